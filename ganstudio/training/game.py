"""The game: who plays, and the order in which the players move.

A step is one cycle of updates: k of the discriminator, then the generator's, or whatever order the variant says. All
that the user may do (move a control, step one player) happens between two updates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn

from ganstudio.core.dataset import Batch, Dataset, DataShape
from ganstudio.core.network import DataDependentInit, Growable, HasDensity, Network, NetworkControls
from ganstudio.core.protocol.spec import Position
from ganstudio.core.system.errors import BadInput
from ganstudio.core.turn import WHOLE, Given, Pace, Phase, Turn
from ganstudio.core.variant import GameControls, Terms, Variant, packed
from ganstudio.maths.latents import draw_latents
from ganstudio.maths.resampling import faded, shrunk
from ganstudio.networks.parts.noise import has_noise
from ganstudio.training.ema import Average
from ganstudio.training.players import PlayedModule, Player, learn
from ganstudio.training.precision import PLAIN, Precision
from ganstudio.training.prefetch import GatheringStream
from ganstudio.training.streams import Stream, generator_for
from ganstudio.training.tail_mean import TailMean

INIT_SAMPLES = 4096  # of each kind that a module may look at before its first update
BLOCK_IMAGES = 2048  # latents, and places in an image set, drawn ahead
BLOCK_ROWS = 16384  # rows of points drawn ahead: some 40 updates of batch 128, 128 KB a stream on the plane
SHARED = ""  # the name of the one stream that all players draw from in runs with a single stream


class Update(NamedTuple):
    """What one update came to."""

    player: str
    terms: Terms  # scalars, whose graph is freed when they are dropped
    at: float  # where on the axis of steps it lies: whole where a step ended


class Game:
    """The players, what they minimise, and how far they are."""

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
        *,
        streams: int = 2,
    ) -> None:
        """``streams``: 1 lets all players draw latents from one stream, as in runs of format 3; 2 each from its own."""
        self.variant = variant
        self.controls = controls
        self.network = network
        self.network_controls = network_controls
        self.data = data
        self.device = device
        self.precision = precision
        self.streams = streams
        self._seed = seed
        self.modules = made_modules(variant, controls, network, network_controls, data, seed)
        for module in self.modules.values():
            module.to(device)
        together = not network.batch_dependence(network_controls)
        self.played = {name: PlayedModule(module, precision, together=together)
                       for name, module in self.modules.items()}
        self._noisy = [layer for module in self.modules.values() for layer in module.modules() if has_noise(layer)]
        G: Any = self.modules.get("G")
        D: Any = self.modules.get("D")
        # that the players can grow to
        self.levels = D.levels if isinstance(G, Growable) and isinstance(D, Growable) else 0
        self.steps = 0
        self.images_seen = 0  # real samples that updates have asked for
        self.updates_of: dict[str, int] = {}  # finished updates of each player, in all phases
        self.done: dict[str, int] = {}  # updates of each player in the step under way
        self.players: dict[str, Player] = {}
        self._teams: Mapping[str, tuple[str, ...]] = {}
        self.phase: Phase = WHOLE
        self._follow_phase(first=True)
        self.average = Average(G) if data.kind == "image" and G is not None else None
        needs = variant.needs
        block_rows = self._block_rows = BLOCK_IMAGES if data.kind == "image" else BLOCK_ROWS
        from_data = generator_for(seed, "real", device)
        gathers = data.kind == "image"
        self.reals: Stream | GatheringStream = (
            GatheringStream(lambda n, rng: data.draw(n, rng, needs), from_data, block_rows,
                            lambda drawn: data.batch(drawn, needs))
            if gathers else Stream(lambda n, rng: data.draw(n, rng, needs), from_data, block_rows))
        self.latents: dict[str, Stream] = {}  # by player, made when first asked for
        self.rngs: dict[str, Generator] = {}  # likewise, for draws inside the terms and inside layers
        if streams == 1:  # as runs of format 3 had them, whose first checkpoint holds both
            self.latents_of(SHARED)
            self.rng_of(SHARED)
        self.frequencies = label_frequencies(data, device) if "label" in needs else None
        self.moments = TailMean() if isinstance(G, HasDensity) else None  # of what G makes, update by update

    @property
    def position(self) -> Position:
        """Between which two updates the game is."""
        return Position(steps=self.steps, by_player=self.updates_of, place=sum(self.done.values()))

    @property
    def updates(self) -> int:
        """Updates of all players."""
        return sum(self.updates_of.values())

    @property
    def in_step(self) -> bool:
        """Whether a step is under way: some of its updates are done, but not all."""
        return bool(self.done)

    def set_controls(self, controls: GameControls) -> None:
        """Takes new values for the next update on."""
        self.controls = controls
        for name, player in self.players.items():
            player.set_optimiser(self.variant.optimiser(name, controls))
        if "D" in self.modules:
            self.variant.update_wrapper(self.modules["D"], controls)
        self._follow_phase()

    def end_phase(self) -> None:
        """Ends the phase under way, where the game has several."""
        self.variant.end_phase(self.levels, self.controls)
        self._follow_phase()

    def _follow_phase(self, *, first: bool = False) -> None:
        """Brings modules and players to the phase that the variant's schedule has come to."""
        before, now = self.phase, self.variant.phase(self.steps, self.levels, self.controls)
        if now is before and not first:
            return
        self.phase = now
        if now.stage is not None and (first or before.stage != now.stage):
            average = [self.average.module] if not first and self.average is not None else []
            for module in (*self.modules.values(), *average):
                if isinstance(module, Growable):
                    module.set_stage(now.stage)
        teams = self.variant.players(now)
        if teams != self._teams:
            self._form(teams)
        elif not first and before.stage is not None and now.stage is not None and before.stage.level != now.stage.level:
            for player in self.players.values():
                player.reset_optimiser()

    def return_to_phase(self) -> None:
        """Brings modules and players to the phase of the state that was loaded; optimisers start afresh."""
        self.phase, self._teams, self.players = WHOLE, {}, {}
        counts = dict(self.updates_of)
        self._follow_phase(first=True)
        if self.average is not None and self.phase.stage is not None and isinstance(self.average.module, Growable):
            self.average.module.set_stage(self.phase.stage)
        self.updates_of = {**self.updates_of, **counts}

    def _form(self, teams: Mapping[str, tuple[str, ...]]) -> None:
        """Makes the players of a phase; one whose modules stay the same goes on."""
        lasting = self.precision.channels_last
        self.players = {
            name: self.players[name] if self._teams.get(name) == modules else Player(
                [self.modules[module] for module in modules], self.variant.optimiser(name, self.controls),
                channels_last=lasting)
            for name, modules in teams.items()
        }
        self._teams = dict(teams)
        for name in teams:
            self.updates_of.setdefault(name, 0)

    def real_at_stage(self, real: Tensor) -> Tensor:
        """Real samples as the players see them: of growing networks' size, and faded like their newest level."""
        if (stage := self.phase.stage) is not None:
            real = faded(shrunk(real, stage.resolution), stage.alpha)
        return real.contiguous(memory_format=torch.channels_last) if self.precision.channels_last else real

    def _draw(self) -> Batch:
        """The next batch of real samples."""
        n = self.controls.batch_size
        if isinstance(self.reals, GatheringStream):
            batch = self.reals.take_batch(n)
        else:
            batch = self.data.batch(self.reals.take(n), self.variant.needs)
        return Batch(self.real_at_stage(batch.x), batch.label, batch.source)

    def stream_of(self, player: str) -> str:
        """The stream that a player draws from."""
        return SHARED if self.streams == 1 else player

    def latents_of(self, stream: str) -> Stream:
        """Latents drawn ahead."""
        if stream not in self.latents:
            purpose = f"latent/{stream}" if stream else "latent"
            c = self.network_controls
            rows = self._block_rows if stream == SHARED else self._block_rows // 2  # a checkpoint holds what is left
            self.latents[stream] = Stream(
                lambda n, rng: draw_latents(c, n, rng), generator_for(self._seed, purpose, self.device), rows)
        return self.latents[stream]

    def rng_of(self, stream: str) -> Generator:
        """For draws inside the terms and inside layers."""
        if stream not in self.rngs:
            self.rngs[stream] = generator_for(self._seed, f"penalty/{stream}" if stream else "penalty", self.device)
        return self.rngs[stream]

    def turn(self, player: str) -> Turn:
        """All that the next update of a player may use."""
        stream = self.stream_of(player)
        rng = self.rng_of(stream)
        for layer in self._noisy:
            layer.noise_rng = rng
        return Turn(
            player, self.updates_of[player], self.phase, rng, self.played, self._draw,
            lambda: self.latents_of(stream).take(self.controls.batch_size),
            lambda: self._labels(rng), torch.no_grad)

    def _labels(self, rng: Generator) -> Tensor:
        if self.frequencies is None:
            raise BadInput(f"variant {self.variant.name} asks for labels without saying that it needs them")
        return torch.multinomial(self.frequencies, self.controls.batch_size, replacement=True, generator=rng)

    def generate(self, given: Given) -> Tensor:
        """What the generator makes as it plays: ``(n, *shape)``, float32; of a list of scales the finest."""
        return self.network.picture(self.variant.generate(self.played, given))

    def rate_share(self) -> float:
        """Share of the rates at this step: 1, or falling in a line from 1 to the floor at the horizon."""
        c = self.controls
        if c.schedule == "constant":
            return 1.0
        return max(c.rate_floor, 1 - self.steps / c.horizon)

    def pace_of(self, player: str) -> Pace:
        """How a player moves at its next update."""
        pace, share = self.variant.pace(player, self.controls), self.rate_share()
        return pace if share == 1.0 else Pace(pace.rate * share, pace.beta1, pace.beta2)

    def cycle(self) -> Mapping[str, int]:
        """Updates of each player in the step under way, in their order."""
        return self.variant.cycle(self.steps, self.controls)

    def _left(self, cycle: Mapping[str, int]) -> list[str]:
        """The players that the step still waits for; once a player has moved, those before it have had their turn."""
        names = list(cycle)
        begun = max((i for i, name in enumerate(names) if self.done.get(name)), default=0)
        return [name for name in names[begun:] if self.done.get(name, 0) < cycle[name]]

    def next_player(self) -> str:
        """Whose turn it is."""
        cycle = self.cycle()
        left = self._left(cycle)
        return left[0] if left else [name for name, count in cycle.items() if count][-1]

    def update(self, player: str = "") -> Update:
        """One update of a player: of the one whose turn it is, or of the one named.

        Raises:
            BadInput: The phase under way has no player of that name.
        """
        name = player or self.next_player()
        if name not in self.players:
            raise BadInput(f"player '{name}' cannot be stepped: the players are {' and '.join(self.players)}")
        cycle = self.cycle()
        at = self.steps + min((sum(self.done.values()) + 1) / max(sum(cycle.values()), 1), 1.0)
        mover = self.players[name]
        turn = self.turn(name)
        terms = learn(self.variant, self.controls, turn, mover, self.pace_of(name),
                      self.lookahead(cycle) if mover.optimiser.looks_ahead else None)
        self.variant.after(turn, self.controls)
        self._finish(name, turn)
        if name == next(iter(cycle)):
            terms = {**terms, **self.variant.diagnostics()}
        if not self._left(self.cycle()):
            self.steps += 1
            self.done = {}
            if player:
                at = float(self.steps)  # an update that the user asked for can end the step early
            self._follow_phase()
        return Update(name, terms, at)

    def _finish(self, name: str, turn: Turn) -> None:
        """Counts an update, and what follows from it."""
        self.updates_of[name] += 1
        self.done[name] = self.done.get(name, 0) + 1
        if turn.drew:
            self.images_seen += self.controls.batch_size
        G: Any = self.modules.get("G")
        if self.moments is not None and "G" in self._teams[name] and isinstance(G, HasDensity):
            self.moments.add(G.moments())
        self._follow_phase()
        if self.average is not None and G is not None and self.variant.averages_after == name:
            self.average.follow(self.controls.ema_decay)

    def terms_of(self, player: str) -> Terms:
        """A player's terms at its next update, on samples and noise of their own."""
        return self.variant.terms(self.turn(player), self.controls)

    @contextmanager
    def lookahead(self, cycle: Mapping[str, int]) -> Iterator[None]:
        """All players where their next updates would lead; one that is held stays."""
        moves = [
            (self.players[name], self.players[name].gradient(self.terms_of(name)), name)
            for name, count in cycle.items() if count > 0
        ]
        with ExitStack() as stack:
            for player, gradient, name in moves:
                stack.enter_context(player.lookahead(gradient, self.pace_of(name)))
            yield

    def weights_hash(self) -> str:
        """SHA-256 over the weights and buffers of all modules, as float32 bytes."""
        digest = hashlib.sha256()
        for module in self.modules.values():
            for _, tensor in sorted(module.state_dict().items()):
                digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()


def data_shape(variant: Variant[Any], controls: GameControls, data: Dataset[Any]) -> DataShape:
    """What the network has to know of the data, and of how the variant plays with it."""
    frequencies = data.label_frequencies if "label" in variant.needs else None
    return DataShape(
        x=tuple(data.shape), classes=0 if frequencies is None else len(frequencies),
        conditioning=variant.conditioning(controls), packing=controls.packing)


def label_frequencies(data: Dataset[Any], device: torch.device) -> Tensor | None:
    """The share of each class, ``(K,)``, on the run's device."""
    frequencies = data.label_frequencies
    return None if frequencies is None else torch.tensor(frequencies, dtype=torch.float32, device=device)


def made_modules(
    variant: Variant[Any], controls: GameControls, network: Network[Any], network_controls: NetworkControls,
    data: Dataset[Any], seed: int,
) -> dict[str, nn.Module]:
    """The modules of a game before its first update, on the CPU."""
    cpu = torch.device("cpu")
    modules = network.modules(
        network_controls, data_shape(variant, controls, data), lambda purpose: generator_for(seed, purpose, cpu))
    if "D" in modules:
        if any(isinstance(module, DataDependentInit) for module in modules.values()):
            initialise_from_data(
                modules, data, network_controls, controls.packing, lambda: generator_for(seed, "meeting", cpu))
        modules["D"] = variant.wrap_discriminator(modules["D"], controls, generator_for(seed, "dressing", cpu))
    return modules


def initialise_from_data(
    modules: Mapping[str, nn.Module], data: Dataset[Any], c: NetworkControls, packing: int,
    rng: Callable[[], Generator],
) -> None:
    """Shows modules samples before their first update, where they ask for it."""
    draws = rng()
    G, D = modules["G"], modules["D"]
    real, latents = data.sample(INIT_SAMPLES, draws), draw_latents(c, INIT_SAMPLES, draws)
    if isinstance(G, DataDependentInit):
        G.init_from_data(real)
    if isinstance(D, DataDependentInit):
        with torch.no_grad():
            D.init_from_data(torch.cat([packed(real, packing), packed(G(latents), packing)]))
