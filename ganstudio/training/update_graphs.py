"""Whole updates as CUDA graphs: a small network's update is some two hundred kernels, each of which takes less time
than Python takes to launch it; a graph launches all of them at once.

An update that can be repeated is always computed in its *static form*: real samples, latents, controls and the
optimiser's numbers lie in buffers that are filled first (`dials` has the numbers). Its first runs are made by hand;
then it is recorded and repeated. By hand or repeated, the same operations run on the same numbers, so a run's bits do
not depend on when it was recorded: a run that goes on from a checkpoint records again.

A repetition knows nothing of Python. So only games on points are repeated, of variants that remember nothing between
updates. An update that waits for the device, that asks which update it is, or that puts a buffer of a module in another
place (spectral norm does) is made by hand each time. A change of another kind than a slider's (an optimiser, the batch
size, a switch) begins another recording.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Generator, Tensor, nn

from ganstudio.core.dataset import Batch, Dataset
from ganstudio.core.turn import Pace, Turn
from ganstudio.core.variant import GameControls, Terms, Variant
from ganstudio.training.dials import Dials, Values, floats_of, others_of
from ganstudio.training.players import Player, differentiated
from ganstudio.training.recordings import CudaRecording, HostReads, Recording
from ganstudio.training.tape import Tape
from ganstudio.training.update_watch import UpdateWatch

WARM_UP = 3  # updates by hand before one is recorded: kernels are loaded, and libraries choose their algorithms
MOST_KINDS = 16  # kept at once: each holds memory of its own


def can_repeat(variant: Variant[Any], data: Dataset[Any]) -> bool:
    """Whether updates of a game may be repeated: on points, and of a variant that remembers nothing."""
    kind = type(variant)
    return (data.kind != "image" and kind.state is Variant.state and kind.diagnostics is Variant.diagnostics
            and not variant.takes_gradients)


class UpdateGraphs:
    """Makes the updates of one game, and repeats those that can be repeated."""

    def __init__(
        self, modules: Mapping[str, nn.Module], recording: Callable[[Generator], Recording] = CudaRecording,
    ) -> None:
        """``modules``: those of the game. ``recording``: what records an update that draws from a generator."""
        self._modules = modules
        self._recording = recording
        self._kinds: dict[object, list[_Kind]] = {}
        self._controls: GameControls | None = None
        self._values: Values = {}
        self._others: tuple[tuple[str, Any], ...] = ()
        self.recorded = 0  # recordings made so far
        self.repeated = 0  # updates that were repetitions

    def clear(self) -> None:
        """Forgets all recordings: weights, optimisers or modules may lie elsewhere from now on."""
        self._kinds.clear()

    def fits(self, player: Player) -> bool:
        """Whether an update of this player has a static form: not if it looks ahead at those of others."""
        return not player.optimiser.looks_ahead

    def learn(
        self, variant: Variant[Any], controls: GameControls, turn: Turn, player: Player, pace: Pace,
        tape: Tape | None = None, watch: UpdateWatch | None = None,
    ) -> Terms:
        """Makes one update of a player; the arguments are those of ``players.learn``.

        Returns:
            Its terms, without gradients.
        """
        if controls is not self._controls:
            if self._controls is not None and type(variant).update_wrapper is not Variant.update_wrapper:
                self.clear()  # the wrapped network holds numbers of its own
            self._controls, self._values, self._others = controls, floats_of(controls), others_of(controls)
        numbers = player.optimiser.numbers(pace.rate, pace.beta1, pace.beta2)
        kind = self._kind(variant, turn, player, tape, len(numbers))
        kind.dials.turn_to(numbers, self._values)
        kind.take_draws(turn)
        if watch is None and kind.recording is None and kind.fit and kind.runs >= WARM_UP:
            self._record(kind, turn)
        elif watch is None and kind.recording is not None:
            kind.recording.replay()
            self.repeated += 1
        else:
            kind.run_by_hand(turn, watch)
            kind.runs += 1
            return dict(zip(kind.names, kind.terms.unbind(), strict=True))
        # A recording writes its terms to the same place each time.
        return dict(zip(kind.names, kind.recorded_terms.clone().unbind(), strict=True))

    def _record(self, kind: _Kind, turn: Turn) -> None:
        """Makes an update by recording it, or else by hand."""
        recording = self._recording(turn.rng)
        try:
            recording.make(lambda: kind.run(turn))
            kind.recorded_terms = kind.terms
        except RuntimeError:  # what cannot be recorded is made by hand, from now on too
            kind.fit = False
            for others in self._kinds.values():
                for other in others:  # the generator draws from another state now than theirs: they record afresh
                    other.recording = None
            kind.run_by_hand(turn, None)
            kind.recorded_terms = kind.terms
            return
        kind.recording = recording
        self.recorded += 1

    def _kind(self, variant: Variant[Any], turn: Turn, player: Player, tape: Tape | None, numbers: int) -> _Kind:
        """The kind of an update: those whose operations are the same."""
        optimiser = player.optimiser
        key = (turn.player, optimiser, optimiser.form, turn.phase, turn.rng, self._others)
        known = self._kinds.setdefault(key, [])
        for kind in known:
            if kind.for_values is self._values or kind.dials.hold_for(self._values):
                kind.for_values = self._values
                return kind
        if sum(map(len, self._kinds.values())) >= MOST_KINDS:
            self._kinds = {key: known}
            known.clear()
        assert self._controls is not None
        kind = _Kind(variant, self._controls, self._modules, player, tape, numbers, turn.rng.device)
        kind.for_values = self._values
        known.append(kind)
        return kind


class _Kind:
    """One kind of update, and the buffers that it reads."""

    def __init__(
        self, variant: Variant[Any], controls: GameControls, modules: Mapping[str, nn.Module], player: Player,
        tape: Tape | None, numbers: int, device: torch.device,
    ) -> None:
        self.dials = Dials(device, numbers)
        self.recording: Recording | None = None
        self.fit = True
        self.runs = 0
        self.names: tuple[str, ...] = ()
        self.terms = torch.zeros(0)  # of the last run by hand
        self.recorded_terms = self.terms  # where the recording writes them
        self.for_values: Values | None = None  # with which what was noted has been compared
        self._variant, self._modules, self._player, self._tape = variant, modules, player, tape
        self._controls = self.dials.controls(controls)
        self._batch: Batch | None = None
        self._latents: list[Tensor] = []
        self._reads = HostReads()
        self._order: list[bool] = []  # of what it asks for: whether it was the batch, else latents

    def take_draws(self, turn: Turn) -> None:
        """Fills the buffers with what the turn draws, in the order in which the update asks for it."""
        if not self.runs:
            return  # not known yet: the first run draws when it asks
        latents = iter(self._latents)
        for is_batch in self._order:
            if is_batch:
                assert self._batch is not None
                for buffer, drawn in zip(self._batch.tensors, turn.batch.tensors, strict=True):
                    buffer.copy_(drawn)
            else:
                next(latents).copy_(turn.latent())

    def run_by_hand(self, turn: Turn, watch: UpdateWatch | None) -> None:
        """Makes the update by running its Python; the first time it is learnt what the update needs."""
        if self.runs:
            self.run(turn, watch)
            return
        before = self._places()
        with self._reads:
            asked = self.run(turn, watch)
        self.dials.end_first()
        after = self._places()
        stays = before.keys() == after.keys() and all(before[name] is after[name] for name in before)
        self.fit = stays and not (self._reads.found or asked)

    def _places(self) -> dict[str, object]:
        """What an update may change and must not replace: parameters and buffers, and what the variant holds."""
        held = {f"{key}.{name}": tensor for key, module in self._modules.items()
                for name, tensor in (*module.named_parameters(), *module.named_buffers())}
        return {**held, **{f"variant {name}": value for name, value in vars(self._variant).items()}}

    def run(self, turn: Turn, watch: UpdateWatch | None = None) -> bool:
        """Makes the update on the buffers. Returns whether its terms asked which update it is."""
        self.dials.begin()
        if self.runs:
            latents = iter(self._latents)
            static = turn.redrawn(_StaticTurn, lambda: self._buffers, lambda: next(latents))
        else:
            static = turn.redrawn(_StaticTurn, lambda: self._first_batch(turn), lambda: self._first_latent(turn))
        terms, gradient = differentiated(self._variant, self._controls, static, self._player, self._tape)
        player = self._player
        if watch is not None:
            with self._reads.not_now():
                watch.before_step(player.flat, gradient)
        with torch.no_grad():
            player.optimiser.step_by(player.flat, gradient, self.dials.numbers)
        if watch is not None:
            with self._reads.not_now():
                watch.after_step(player.flat)
        self.names = tuple(terms)
        self.terms = torch.stack([term.detach() for term in terms.values()])
        return static.asked

    @property
    def _buffers(self) -> Batch:
        assert self._batch is not None
        return self._batch

    def _first_batch(self, turn: Turn) -> Batch:
        with self._reads.not_now():  # what the data do to draw is no part of the update
            batch = turn.batch
        parts: dict[str, Any] = {name: part.clone() for name in ("x", "label", "source", "attributes", "place")
                                 if (part := getattr(batch, name)) is not None}
        self._batch = replace(batch, **parts)
        self._order.append(True)
        return self._batch

    def _first_latent(self, turn: Turn) -> Tensor:
        with self._reads.not_now():
            self._latents.append(turn.latent().clone())
        self._order.append(False)
        return self._latents[-1]


class _StaticTurn(Turn):
    """A turn whose draws lie in buffers. It notes whether terms ask which update or step it is."""

    __slots__ = ("asked",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.asked = False

    def __getattribute__(self, name: str) -> Any:
        if name in ("update", "step", "place"):
            self.asked = True
        return super().__getattribute__(name)
