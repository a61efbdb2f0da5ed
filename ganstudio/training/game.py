"""The game: two players and the order in which they move.

A cycle is k discriminator updates, then the generator's; ``step`` counts cycles. Everything a hand
may do (a control, a single step) happens between two updates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ganstudio.core.dataset import Dataset
from ganstudio.core.network import Grows, Growth, KnowsItsDensity, MeetsItsInputs, Network, NetworkControls
from ganstudio.core.protocol.spec import Position
from ganstudio.core.variant import GameControls, Terms, Variant
from ganstudio.maths.gradients import KnowsItsGradient
from ganstudio.maths.latents import draw_latents
from ganstudio.maths.optimisers import Optimiser, optimiser
from ganstudio.maths.resampling import faded, shrunk
from ganstudio.training.ema import Average
from ganstudio.training.flat_module import FlatModule
from ganstudio.training.precision import PLAIN, Precision
from ganstudio.training.prefetch import GatheringStream
from ganstudio.training.streams import Stream, seeded, take_back
from ganstudio.training.tail_mean import TailMean

PlayerName = Literal["discriminator", "generator"]
MET = 4096  # samples of each kind that a player may look at before its first update
BLOCK_IMAGES = 2048  # likewise, of latents and of places in an image set
BLOCK_ROWS = 16384  # rows drawn ahead: some 40 updates of batch 128, 128 KB a stream on the plane


class Player(FlatModule):
    """A network whose parameters lie in one flat vector, with its optimiser."""

    def __init__(
        self, module: nn.Module, device: torch.device, optimiser_name: str, *, channels_last: bool = False,
    ) -> None:
        super().__init__(module.to(device), channels_last=channels_last)
        self.optimiser_name = optimiser_name
        self.optimiser: Optimiser = optimiser(optimiser_name, self.flat)

    def renew(self) -> None:
        """Gives the optimiser fresh memory."""
        self.optimiser = optimiser(self.optimiser_name, self.flat)

    def use(self, optimiser_name: str) -> None:
        """Changes the optimiser; the new one starts with fresh memory."""
        if optimiser_name != self.optimiser_name:
            self.optimiser_name = optimiser_name
            self.optimiser = optimiser(optimiser_name, self.flat)

    def gradient(self, terms: Terms) -> Tensor:
        """Of the sum of the terms, flat like the parameters."""
        loss = sum(list(terms.values())[1:], start=next(iter(terms.values())))
        gradients = torch.autograd.grad(loss, self.parameters, allow_unused=True, materialize_grads=True)
        return self.flattened(gradients)

    def step(self, gradient: Tensor, rate: float, beta1: float, beta2: float) -> None:
        """One update against a gradient."""
        with torch.no_grad():
            self.optimiser.step(self.flat, gradient, rate, beta1, beta2)

    @contextmanager
    def ahead(self, gradient: Tensor, rate: float, beta1: float, beta2: float) -> Iterator[None]:
        """Where one update would lead; afterwards it stands where it stood, and its optimiser remembers nothing."""
        stood = self.flat.clone()
        remembered = {name: tensor.clone() for name, tensor in self.optimiser.state().items()}
        self.step(gradient, rate, beta1, beta2)
        try:
            yield
        finally:
            self.flat.copy_(stood)
            self.optimiser.load_state(remembered)


class Scored:
    """The discriminator as objectives see it (core.variant.Scorer)."""

    def __init__(self, module: nn.Module, together: bool, precision: Precision) -> None:
        self._module = module
        self._together = together
        self._precision = precision

    def __call__(self, x: Tensor) -> Tensor:
        with self._precision.computing():
            scores: Tensor = self._module(x)
        return self._precision.widened(scores)

    def precisely(self, x: Tensor) -> Tensor:
        scores: Tensor = self._module(x)
        return scores

    def input_gradient(self, x: Tensor) -> Tensor | None:
        """The network's own closed form, where it has one (maths.gradients.KnowsItsGradient)."""
        return self._module.input_gradient(x) if isinstance(self._module, KnowsItsGradient) else None

    def both(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        if not self._together:
            return self(real), self(fake)
        scores = self(torch.cat([real, fake]))
        return scores[: real.shape[0]], scores[real.shape[0] :]


class Game:
    """Two players, what they minimise, and where they stand."""

    def __init__(
        self,
        variant: Variant[Any],
        controls: GameControls,
        network: Network[Any],
        network_controls: NetworkControls,
        data: Dataset[Any],
        seed: int,
        device: torch.device,
        precision: Precision = PLAIN,
    ) -> None:
        self.variant = variant
        self.controls = controls
        self.network = network
        self.network_controls = network_controls
        self.data = data
        self.device = device
        cpu = torch.device("cpu")
        G = network.generator(network_controls, data.shape, seeded(seed, "generator", cpu))
        D = network.discriminator(network_controls, data.shape, seeded(seed, "discriminator", cpu))
        _introduce(G, D, data, network_controls, seeded(seed, "meeting", cpu))
        D = variant.dressed(D, controls, seeded(seed, "dressing", cpu))
        self.precision = precision
        lasting = precision.channels_last
        self.generator = Player(G, device, controls.optimiser_g, channels_last=lasting)
        self.discriminator = Player(D, device, controls.optimiser_d, channels_last=lasting)
        self.average = Average(self.generator) if data.kind == "image" else None
        self.scorer = Scored(D, not network.batch_sight(network_controls), precision)
        block_rows = BLOCK_IMAGES if data.kind == "image" else BLOCK_ROWS
        from_data = seeded(seed, "real", device)
        self.reals = (GatheringStream(data.draw, from_data, block_rows, data.rows) if data.kind == "image"
                      else Stream(data.sample, from_data, block_rows))
        self.latents = Stream(
            lambda n, rng: draw_latents(network_controls, n, rng), seeded(seed, "latent", device), block_rows
        )
        self.penalty_rng = seeded(seed, "penalty", device)
        self.moments = TailMean() if isinstance(G, KnowsItsDensity) else None  # of what G makes, update by update
        self.steps = 0
        self.discriminator_updates = 0
        self.generator_updates = 0
        self.place_d = 0  # updates of each player in the cycle under way
        self.place_g = 0
        self.levels = D.levels if isinstance(G, Grows) and isinstance(D, Grows) else 0  # that the players can grow to
        self.growth: Growth | None = None
        self._follow_growth(anew=True)

    @property
    def position(self) -> Position:
        """Between which two updates the game stands."""
        return Position(
            steps=self.steps,
            discriminator_updates=self.discriminator_updates,
            generator_updates=self.generator_updates,
            place=self.place_d + self.place_g,
        )

    @property
    def updates(self) -> int:
        """Updates of both players."""
        return self.discriminator_updates + self.generator_updates

    @property
    def seen(self) -> int:
        """Real samples shown to the discriminator."""
        return self._seen

    _seen = 0

    def set_controls(self, controls: GameControls) -> None:
        """Takes new values for the next update on."""
        self.controls = controls
        self.discriminator.use(controls.optimiser_d)
        self.generator.use(controls.optimiser_g)
        self.variant.retune(self.discriminator.module, controls)
        self._follow_growth()

    def grow(self) -> None:
        """Ends the phase under way, where the players grow."""
        if self.growth is not None:
            self.variant.grow(self.levels, self.controls)
            self._follow_growth()

    def _follow_growth(self, *, anew: bool = False) -> None:
        """Brings the players to the stage that the variant's schedule has come to."""
        before = self.growth
        self.growth = self.variant.growth(self.levels, self.controls) if self.levels else None
        if self.growth is None or (not anew and before is not None and before.stage == self.growth.stage):
            return
        for module in self._modules():
            if isinstance(module, Grows):
                module.set_stage(self.growth.stage)
        if not anew and before is not None and before.stage.resolution != self.growth.stage.resolution:
            self.generator.renew()
            self.discriminator.renew()

    def _modules(self) -> list[nn.Module]:
        average = [self.average.module] if self.average is not None else []
        return [self.generator.module, self.discriminator.module, *average]

    def staged(self, real: Tensor) -> Tensor:
        """Real samples as the players see them: of growing players' size, and faded like their newest level."""
        if self.growth is not None:
            stage = self.growth.stage
            real = faded(shrunk(real, stage.resolution), stage.alpha)
        return real.contiguous(memory_format=torch.channels_last) if self.precision.channels_last else real

    def make(self, z: Tensor) -> Tensor:
        """What the generator makes of latents ``(n, latent_dim)`` as it plays: ``(n, *shape)``, float32."""
        with self.precision.computing():
            samples: Tensor = self.generator.module(z)
        return self.precision.widened(samples)

    def rate_share(self) -> float:
        """Share of the rates at this step: 1, or falling in a line from 1 to the floor at the horizon."""
        c = self.controls
        if c.schedule == "constant":
            return 1.0
        return max(c.rate_floor, 1 - self.steps / c.horizon)

    def next_player(self) -> PlayerName:
        """Whose turn it is."""
        if self.place_g == 0 and self.place_d < self.variant.discriminator_steps(self.steps, self.controls):
            return "discriminator"
        return "generator" if self.controls.generator_steps > 0 else "discriminator"

    def update(self, player: PlayerName | None = None) -> tuple[PlayerName, Terms]:
        """One update of a player: of the one whose turn it is, or of the one named.

        Returns:
            Who moved, and its terms (scalars with graph freed by the caller's drop).
        """
        player = player or self.next_player()
        terms = self._update_discriminator() if player == "discriminator" else self._update_generator()
        needed = self.variant.discriminator_steps(self.steps, self.controls)
        c = self.controls
        if self.place_g >= c.generator_steps and (self.place_g > 0 or self.place_d >= needed):
            self.steps += 1
            self.place_d = self.place_g = 0
        return player, terms

    def _discriminator_terms(self) -> Terms:
        c = self.controls
        real = self.staged(self.reals.take(c.batch_size))
        with torch.no_grad():
            fake = self.make(self.latents.take(c.batch_size))
        return self.variant.discriminator_terms(self.scorer, real, fake, c, self.penalty_rng)

    def _generator_terms(self) -> Terms:
        c = self.controls
        return self.variant.generator_terms(self.scorer, self.make(self.latents.take(c.batch_size)), c)

    def _pace_d(self) -> tuple[float, float, float]:
        """Rate and betas of the discriminator's next update."""
        c = self.controls
        return c.learning_rate_d * self.rate_share(), c.beta1_d, c.beta2_d

    def _pace_g(self) -> tuple[float, float, float]:
        c = self.controls
        return c.learning_rate_g * self.rate_share(), c.beta1_g, c.beta2_g

    @contextmanager
    def _ahead(self) -> Iterator[None]:
        """Both players where their next updates would lead; a player that is held stays."""
        c = self.controls
        D, G = self.discriminator, self.generator
        of_d = D.gradient(self._discriminator_terms()) if c.critic_steps > 0 else None
        of_g = G.gradient(self._generator_terms()) if c.generator_steps > 0 else None
        with (
            D.ahead(of_d, *self._pace_d()) if of_d is not None else nullcontext(),
            G.ahead(of_g, *self._pace_g()) if of_g is not None else nullcontext(),
        ):
            yield

    def _update_discriminator(self) -> Terms:
        c, D = self.controls, self.discriminator
        with self._ahead() if D.optimiser.looks_ahead else nullcontext():
            terms = self._discriminator_terms()
            gradient = D.gradient(terms)
        D.step(gradient, *self._pace_d())
        self.variant.after_discriminator_step(self.discriminator.module, c)
        self.discriminator_updates += 1
        self.place_d += 1
        self._seen += c.batch_size
        self._follow_growth()
        self._move_average("discriminator")
        return terms

    def _update_generator(self) -> Terms:
        G = self.generator
        with self._ahead() if G.optimiser.looks_ahead else nullcontext():
            terms = self._generator_terms()
            gradient = G.gradient(terms)
        G.step(gradient, *self._pace_g())
        self.generator_updates += 1
        self.place_g += 1
        if self.moments is not None and isinstance(G.module, KnowsItsDensity):
            self.moments.add(G.module.moments())
        self._move_average("generator")
        return terms

    def _move_average(self, after: PlayerName) -> None:
        if self.average is not None and self.variant.averages_after == after:
            self.average.follow(self.generator, self.controls.ema_decay)

    def weights_hash(self) -> str:
        """SHA-256 over both players' weights and buffers, as float32 bytes."""
        digest = hashlib.sha256()
        for player in (self.discriminator, self.generator):
            for _, tensor in sorted(player.module.state_dict().items()):
                digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()

    def state(self) -> dict[str, Tensor]:
        """All that decides how the game goes on, by name; tensors are copies on the CPU."""
        parts: dict[str, Mapping[str, Tensor]] = {
            "discriminator": self.discriminator.module.state_dict(),
            "generator": self.generator.module.state_dict(),
            f"optimiser_d.{self.discriminator.optimiser_name}": self.discriminator.optimiser.state(),
            f"optimiser_g.{self.generator.optimiser_name}": self.generator.optimiser.state(),
            "reals": self.reals.state(),
            "latents": self.latents.state(),
            "penalty": {"rng": self.penalty_rng.get_state()},
            "variant": {k: torch.tensor(v, dtype=torch.float64) for k, v in self.variant.state().items()},
            "moments": self.moments.state() if self.moments is not None else {},
            "average": self.average.state() if self.average is not None else {},
            "game": {"counters": torch.tensor(self._counters(), dtype=torch.int64)},
        }
        return {
            f"{part}/{name}": tensor.detach().to("cpu", copy=True).contiguous()
            for part, tensors in parts.items()
            for name, tensor in tensors.items()
        }

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what ``state`` gave, into a game of the same spec.

        Raises:
            ValueError: A tensor is missing or has another shape.
        """
        parts: dict[str, dict[str, Tensor]] = {}
        for key, tensor in state.items():
            part, _, name = key.partition("/")
            parts.setdefault(part, {})[name] = tensor
        try:
            self.load_weights(parts)
            for part, player in (("optimiser_d.", self.discriminator), ("optimiser_g.", self.generator)):
                key = next(name for name in parts if name.startswith(part))
                player.use(key.removeprefix(part))
                player.optimiser.load_state(parts[key])
            self.reals.load_state(parts["reals"])
            self.latents.load_state(parts["latents"])
            take_back(self.penalty_rng, parts["penalty"]["rng"])
            self.variant.load_state({k: float(v) for k, v in parts.get("variant", {}).items()})
            if self.moments is not None:
                self.moments.load_state(parts["moments"])
            if self.average is not None:
                self.average.load_state(parts["average"])
            self._follow_growth(anew=True)
            counters = [int(n) for n in parts["game"]["counters"].tolist()]
            (self.steps, self.discriminator_updates, self.generator_updates,
             self.place_d, self.place_g, self._seen) = counters
        except (KeyError, StopIteration, RuntimeError, TypeError, IndexError) as fault:
            raise ValueError(f"the checkpoint does not fit this run: {' '.join(str(fault).split())}") from fault

    def load_weights(self, parts: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Both players' weights alone, from the parts of a state."""
        for name, player in (("discriminator", self.discriminator), ("generator", self.generator)):
            player.module.load_state_dict(dict(parts[name]))

    def _counters(self) -> list[int]:
        return [self.steps, self.discriminator_updates, self.generator_updates, self.place_d, self.place_g, self._seen]


def _introduce(G: nn.Module, D: nn.Module, data: Dataset[Any], c: NetworkControls, rng: torch.Generator) -> None:
    """Shows the players samples before their first update, where they ask for it."""
    if not (isinstance(G, MeetsItsInputs) or isinstance(D, MeetsItsInputs)):
        return
    real, latents = data.sample(MET, rng), draw_latents(c, MET, rng)
    if isinstance(G, MeetsItsInputs):
        G.meet(real)
    if isinstance(D, MeetsItsInputs):
        with torch.no_grad():
            D.meet(torch.cat([real, G(latents)]))
