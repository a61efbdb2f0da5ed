"""The game: its players, and the order in which they move.

A step is one cycle of updates: k of the discriminator, then one of the generator, or the order that the variant says.
What the user does (move a control, step one player) happens between two updates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn

from ganstudio.core.dataset import Batch, Dataset, DataShape
from ganstudio.core.network import (
    DataDependentInit,
    Growable,
    HasDensity,
    Network,
    NetworkControls,
    OfOneScale,
)
from ganstudio.core.protocol.spec import STREAMS, Position
from ganstudio.core.system.errors import BadInput
from ganstudio.core.turn import WHOLE, Given, Pace, Phase, Turn
from ganstudio.core.variant import GameControls, Terms, Variant, packed
from ganstudio.maths.latents import draw_latents
from ganstudio.maths.resampling import faded, shrunk
from ganstudio.networks.parts.noise import has_noise
from ganstudio.training.ema import Average
from ganstudio.training.players import PlayedModule, Player, differentiated, learn
from ganstudio.training.precision import PLAIN, Precision
from ganstudio.training.prefetch import GatheringStream
from ganstudio.training.streams import Stream, generator_for
from ganstudio.training.tail_mean import TailMean
from ganstudio.training.tape import Tape
from ganstudio.training.update_graphs import UpdateGraphs, can_repeat
from ganstudio.training.update_watch import UpdateWatch
from ganstudio.training.witness import Note, Witness

INIT_SAMPLES = 4096  # real and generated samples that a module is initialised from
BLOCK_IMAGES = 2048  # latents, and indices of images, drawn ahead
BLOCK_ROWS = 16384  # rows of points drawn ahead: some 40 updates of batch 128, 128 KB a stream on the plane
SHARED = ""  # the name of a stream that all players draw from
FIRST_PLAYER = "discriminator"  # its stream of real samples is the one that all players share if there are fewer


class Update(NamedTuple):
    """The result of one update."""

    player: str
    terms: Terms  # scalars; dropping them frees their graph
    at: float  # its place on the axis of steps: a whole number if it ended a step


class Game:
    """The players, what they minimise, and how many updates they have made."""

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
        streams: int = STREAMS,
        written: bool = True,
        graphs: bool = False,
    ) -> None:
        """Builds a game before its first update.

        ``streams``: 3 if each player draws latents and real samples from streams of its own; 2 if it does so for
        latents only, 1 if not even for those, as in runs of format 3.
        ``written``: whether networks that have a written backward pass use it; if not, all gradients are autograd's.
        ``graphs``: whether updates that can be repeated are repeated as CUDA graphs, if the device has them.
        """
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
        self._tape = Tape() if written and not variant.takes_gradients else None
        self.played = {name: PlayedModule(module, precision, together=together, tape=self._tape)
                       for name, module in self.modules.items()}
        self._noisy = [layer for module in self.modules.values() for layer in module.modules() if has_noise(layer)]
        G: Any = self.modules.get("G")
        self.levels = levels_of(self.modules)
        self.steps = 0
        self.images_seen = 0  # real samples that updates have used
        self.updates_of: dict[str, int] = {}  # finished updates of each player, in all phases
        self.done: dict[str, int] = {}  # updates of each player in the step under way
        self.players: dict[str, Player] = {}
        self._teams: Mapping[str, tuple[str, ...]] = {}
        self.phase: Phase = WHOLE
        self._follow_phase(first=True)
        self.average = None
        if data.kind == "image" and G is not None:
            self.average = Average({name: self.modules[name] for name in variant.averaged},
                                   copy_buffers=network.copies_buffers)
        self._plain_cycle = type(variant).cycle is Variant.cycle  # then it follows from the step and the controls alone
        self._block_rows = BLOCK_IMAGES if data.kind == "image" else BLOCK_ROWS
        self.reals = self._real_samples("real")  # of the discriminator, or of all players
        self.further_reals: dict[str, Stream] = {}  # by stream, made when they are first used
        self.latents: dict[str, Stream] = {}  # by stream, made when they are first used
        self.rngs: dict[str, Generator] = {}  # by stream, made when first used: for draws in the terms and in layers
        if streams == 1:  # runs of format 3 have both in their first checkpoint
            self.latents_of(SHARED)
            self.rng_of(SHARED)
        self.witness: Witness | None = None  # if there is one, it is told what is drawn
        self.frequencies = label_frequencies(data, device) if "label" in variant.needs else None
        if graphs and device.type == "cuda" and can_repeat(variant, data):
            self.graphs = UpdateGraphs(self.modules)
        self.moments = TailMean() if isinstance(G, HasDensity) else None  # of the samples of G, update by update

    @property
    def position(self) -> Position:
        """How many steps and updates are done."""
        return Position(steps=self.steps, by_player=self.updates_of, place=sum(self.done.values()))

    @property
    def updates(self) -> int:
        """Updates of all players."""
        return sum(self.updates_of.values())

    in_update = False
    """Whether an update has begun and not ended: if it was broken off by an error, the state is that of no moment."""

    watch: UpdateWatch | None = None
    """Is given the numbers of each update; None: they are not worked out."""

    graphs: UpdateGraphs | None = None
    """Makes those updates that can be repeated; None: all are made by Python."""

    @property
    def in_step(self) -> bool:
        """Whether a step is under way: some of its updates are done, but not all."""
        return bool(self.done)

    def set_controls(self, controls: GameControls) -> None:
        """Sets new values, which hold from the next update on."""
        self.controls = controls
        for name, player in self.players.items():
            player.set_optimiser(self.variant.optimiser(name, controls))
        if "D" in self.modules:
            self.variant.update_wrapper(self.modules["D"], controls)
        self._follow_phase()

    def set_data(self, data: Dataset[Any]) -> None:
        """Sets the same data with other values of its live controls (``with_controls``), for the next update on."""
        self.data = data
        if isinstance(self.reals, GatheringStream):
            needs = self.variant.needs
            self.reals.gather_by(lambda drawn: data.batch(drawn, needs))

    def end_phase(self) -> None:
        """Ends the current phase, if the game has several."""
        self.variant.end_phase(self.levels, self.controls)
        self._follow_phase()

    def _follow_phase(self, *, first: bool = False) -> None:
        """Brings modules and players to the phase that the variant's schedule asks for."""
        before, now = self.phase, self.variant.phase(self.steps, self.levels, self.controls)
        if now is before and not first:
            return
        self.phase = now
        if self.graphs is not None:
            self.graphs.clear()
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
        """Brings modules and players to the phase of the state that was loaded, with new optimisers."""
        self.phase, self._teams, self.players = WHOLE, {}, {}
        counts = dict(self.updates_of)
        self._follow_phase(first=True)
        if self.average is not None and self.phase.stage is not None and isinstance(self.average.module, Growable):
            self.average.module.set_stage(self.phase.stage)
        self.updates_of = {**self.updates_of, **counts}

    def _form(self, teams: Mapping[str, tuple[str, ...]]) -> None:
        """Makes the players of a phase; a player whose modules stay the same is kept.

        A module that nobody updates in this phase stays in evaluation mode: its running statistics do not move.
        """
        moving = {name for names in teams.values() for name in names}
        for name, module in self.modules.items():
            module.train(name in moving)
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

    def modules_of(self, player: str) -> list[nn.Module]:
        """The modules that a player updates; none if the current phase has no such player."""
        return [self.modules[name] for name in self._teams.get(player, ())]

    def real_at_stage(self, real: Tensor) -> Tensor:
        """Real samples as the players see them: shrunk and faded to the stage of growing networks."""
        if (stage := self.phase.stage) is not None:
            real = faded(shrunk(real, stage.resolution), stage.alpha)
        return real.contiguous(memory_format=torch.channels_last) if self.precision.channels_last else real

    def _draw(self, stream: str, note: Note | None) -> Batch:
        """The next batch of real samples of a stream; ``note`` is told which, whatever stage they are shown at."""
        n = self.controls.batch_size
        reals = self.reals_of(stream)
        if isinstance(reals, GatheringStream):
            batch = reals.take_batch(n)
        else:
            batch = self.data.batch(reals.take(n), self.variant.needs)
        if note is not None:
            note("data", batch.x)
        return batch.with_x(self.real_at_stage(batch.x))

    def stream_of(self, player: str, ahead_in: str = "") -> str:
        """The stream that a player draws from; ``ahead_in``: the player whose update looks ahead, if one does.

        What is drawn to look ahead comes from a stream of its own: the latents and real samples of an update then
        depend neither on its optimiser nor on how often the other player moves.
        """
        if self.streams == 1:
            return SHARED
        return f"{ahead_in}/ahead" if ahead_in and self.streams >= STREAMS else player

    def reals_of(self, stream: str) -> Stream:
        """The real samples of a stream, which are drawn ahead."""
        if self.streams < STREAMS or stream == FIRST_PLAYER:
            return self.reals
        if stream not in self.further_reals:
            self.further_reals[stream] = self._real_samples(f"real/{stream}")
        return self.further_reals[stream]

    def _real_samples(self, purpose: str) -> Stream:
        data, needs, rng = self.data, self.variant.needs, generator_for(self._seed, purpose, self.device)

        def draw(n: int, rng: Generator) -> Tensor:
            return data.draw(n, rng, needs)

        if data.kind == "image":
            return GatheringStream(draw, rng, self._block_rows, lambda drawn: data.batch(drawn, needs))
        return Stream(draw, rng, self._block_rows)

    def latents_of(self, stream: str) -> Stream:
        """The latents of a stream, which are drawn ahead."""
        if stream not in self.latents:
            purpose = f"latent/{stream}" if stream else "latent"
            c = self.network_controls
            rows = self._block_rows if stream == SHARED else self._block_rows // 2  # checkpoints hold them
            self.latents[stream] = Stream(
                lambda n, rng: draw_latents(c, n, rng), generator_for(self._seed, purpose, self.device), rows)
        return self.latents[stream]

    def rng_of(self, stream: str) -> Generator:
        """The generator of a stream for draws in the terms and in layers."""
        if stream not in self.rngs:
            self.rngs[stream] = generator_for(self._seed, f"penalty/{stream}" if stream else "penalty", self.device)
        return self.rngs[stream]

    def turn(self, player: str, *, ahead_in: str = "") -> Turn:
        """What the next update of a player may use; ``ahead_in``: the player whose update looks ahead, if one does."""
        stream = self.stream_of(player, ahead_in)
        rng = self.rng_of(stream)
        self._let_layers_draw(rng)
        update = self.updates_of[player]
        note = None if self.witness is None or ahead_in else partial(self.witness.note, player, update)
        return Turn(
            player, update, self.phase, rng, self.played, lambda: self._draw(stream, note),
            lambda: self._latent(stream, note), lambda: self._labels(rng), torch.no_grad,
            self.done.get(player, 0), self.steps)

    def _let_layers_draw(self, rng: Generator) -> None:
        """Layers with noise draw it from this generator from now on."""
        for layer in self._noisy:
            layer.noise_rng = rng

    def _latent(self, stream: str, note: Note | None) -> Tensor:
        latent = self.latents_of(stream).take(self.controls.batch_size)
        if note is not None:
            note("latent", latent)
        return latent

    def _labels(self, rng: Generator) -> Tensor:
        if self.frequencies is None:
            raise BadInput(f"variant {self.variant.name} asks for labels without saying that it needs them")
        return torch.multinomial(self.frequencies, self.controls.batch_size, replacement=True, generator=rng)

    def generate(self, given: Given) -> Tensor:
        """Samples ``(n, *shape)`` of the generator, float32; if it makes several scales, the finest."""
        return self.network.picture(self.variant.generate(self.played, given))

    def rate_share(self) -> float:
        """The factor of the learning rates at this step."""
        return self.variant.rate_share(self.steps, self.controls)

    def pace_of(self, player: str) -> Pace:
        """The learning rate and betas of a player's next update."""
        pace, share = self.variant.pace(player, self.controls), self.rate_share()
        return pace if share == 1.0 else Pace(pace.rate * share, pace.beta1, pace.beta2)

    def cycle(self) -> Mapping[str, int]:
        """How many updates each player has in the current step, in their order."""
        return self.variant.cycle(self.steps, self.controls)

    def _next(self, cycle: Mapping[str, int]) -> str:
        """Who moves next in this step; empty if it is over. Once a player has moved, those before it are skipped."""
        found = ""
        for name, count in cycle.items():
            done = self.done.get(name, 0)
            if done:
                found = name if done < count else ""
            elif not found and count > 0:
                found = name
        return found

    def next_player(self) -> str:
        """The player that makes the next update."""
        cycle = self.cycle()
        return self._next(cycle) or [name for name, count in cycle.items() if count][-1]

    def update(self, player: str = "") -> Update:
        """Makes one update: of the named player, or of the one whose turn it is.

        Raises:
            BadInput: The current phase has no player of that name.
        """
        cycle = self.cycle()
        name = player or self._next(cycle) or self.next_player()
        if name not in self.players:
            raise BadInput(f"player '{name}' cannot be stepped: the players are {' and '.join(self.players)}")
        at = self.steps + min((sum(self.done.values()) + 1) / max(sum(cycle.values()), 1), 1.0)
        mover = self.players[name]
        self.in_update = True
        turn = self.turn(name)
        pace, watch, optimiser = self.pace_of(name), self.watch, mover.optimiser_name
        if self.graphs is not None and self.graphs.fits(mover):
            terms = self.graphs.learn(self.variant, self.controls, turn, mover, pace, self._tape, watch)
        else:
            terms = learn(self.variant, self.controls, turn, mover, pace,
                          self.lookahead(cycle, name) if mover.optimiser.looks_ahead else None, watch, self._tape)
        self.variant.after(turn, self.controls)
        if watch is not None:
            watch.finish(
                mover.flat, player=name, update=self.updates_of[name] + 1, place=self.done.get(name, 0) + 1,
                places=cycle.get(name, 0), batch=self.controls.batch_size, drew=turn.drew,
                latents=turn.latent_draws * self.controls.batch_size, terms=terms,
                readings=self.variant.diagnostics() if name == next(iter(cycle)) else {},
                rate=pace.rate, rate_share=self.rate_share(), optimiser=optimiser)
        self._finish(name, turn)
        if name == next(iter(cycle)):
            terms = {**terms, **self.variant.diagnostics()}
        if not self._next(cycle if self._plain_cycle else self.cycle()):
            self.steps += 1
            self.done = {}
            if player:
                at = float(self.steps)  # an update that the user asked for can end the step early
            self._follow_phase()
        self.in_update = False
        return Update(name, terms, at)

    def _finish(self, name: str, turn: Turn) -> None:
        """Counts an update, and updates the phase and the averages."""
        self.updates_of[name] += 1
        self.done[name] = self.done.get(name, 0) + 1
        if turn.drew:
            self.images_seen += self.controls.batch_size
        G: Any = self.modules.get("G")
        if self.moments is not None and "G" in self._teams[name] and isinstance(G, HasDensity):
            self.moments.add(G.moments())
        self._follow_phase()
        if self.average is not None and G is not None and self.variant.averages_after == name:
            decay = self.variant.average_decay(turn, self.average.count, self.controls)
            if decay is not None:
                self.average.follow(decay)

    def terms_of(self, player: str, *, ahead_in: str = "") -> Terms:
        """A player's terms at its next update, on samples and noise that are drawn for it; ``ahead_in`` as above."""
        return self.variant.terms(self.turn(player, ahead_in=ahead_in), self.controls)

    def _gradient_of(self, player: str, *, ahead_in: str) -> Tensor:
        """The gradient of a player's terms at its next update, as one vector."""
        turn = self.turn(player, ahead_in=ahead_in)
        return differentiated(self.variant, self.controls, turn, self.players[player], self._tape)[1]

    @contextmanager
    def lookahead(self, cycle: Mapping[str, int], mover: str = "") -> Iterator[None]:
        """Makes the next update of each player in the cycle for a while; afterwards all are restored.

        What the terms make a variant remember (images in a pool) is of no update that was made, and is forgotten.

        ``mover``: the player whose update looks ahead.
        """
        remembered = dict(self.variant.state())
        moves = [
            (self.players[name], self._gradient_of(name, ahead_in=mover), name)
            for name, count in cycle.items() if count > 0
        ]
        self.variant.load_state(remembered)
        if mover and self.streams >= STREAMS:
            self._let_layers_draw(self.rng_of(mover))  # for the update itself
        with ExitStack() as stack:
            for player, gradient, name in moves:
                stack.enter_context(player.lookahead(gradient, self.pace_of(name)))
            yield

    def weights_hash(self) -> str:
        """SHA-256 over the weights and buffers of all modules, as float32 bytes."""
        digest = hashlib.sha256()
        for _, module in sorted(self.modules.items()):
            for _, tensor in sorted(module.state_dict().items()):
                digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()


def levels_of(modules: Mapping[str, nn.Module]) -> int:
    """To how many levels growing modules can grow, or how many scales have modules of their own; 0: neither."""
    scales = (len(module.sizes) for module in modules.values() if isinstance(module, OfOneScale))
    grown = min((module.levels for module in modules.values() if isinstance(module, Growable)), default=0)
    return next(scales, grown)


def data_shape(variant: Variant[Any], controls: GameControls, data: Dataset[Any]) -> DataShape:
    """What the network has to know of the data and of the variant."""
    frequencies = data.label_frequencies if "label" in variant.needs else None
    return DataShape(
        x=tuple(data.shape), classes=0 if frequencies is None else len(frequencies),
        source=tuple(data.source_shape) if "source" in variant.needs else (),
        attributes=(tuple(len(words) for words in data.attribute_values.values())
                    if "attributes" in variant.needs else ()),
        place=data.place_size if "place" in variant.needs else 0,
        conditioning=variant.conditioning(controls), packing=controls.packing)


def label_frequencies(data: Dataset[Any], device: torch.device) -> Tensor | None:
    """The share of each class, ``(K,)``, on the run's device."""
    frequencies = data.label_frequencies
    return None if frequencies is None else torch.tensor(frequencies, dtype=torch.float32, device=device)


def made_modules(
    variant: Variant[Any], controls: GameControls, network: Network[Any], network_controls: NetworkControls,
    data: Dataset[Any], seed: int,
) -> dict[str, nn.Module]:
    """Makes the modules of a game, on the CPU."""
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
    """Initialises from samples those modules that ask for it."""
    draws = rng()
    G, D = modules["G"], modules["D"]
    real, latents = data.sample(INIT_SAMPLES, draws), draw_latents(c, INIT_SAMPLES, draws)
    if isinstance(G, DataDependentInit):
        G.init_from_data(real)
    if isinstance(D, DataDependentInit):
        with torch.no_grad():
            D.init_from_data(torch.cat([packed(real, packing), packed(G(latents), packing)]))
