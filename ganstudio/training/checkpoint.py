"""Checkpoints: a game's whole state as safetensors bytes, and back; any recorded moment of a run, rebuilt exactly."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from ganstudio.core.protocol.spec import LogEntry, Position, SingleStep
from ganstudio.core.protocol.views import Array, ScalarBatch
from ganstudio.core.runs.format import Checkpoint
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report
from ganstudio.files.own_points import standing_in
from ganstudio.training.game_state import game_state, is_from_other_device, load_game_state
from ganstudio.training.resolve_spec import device_missing
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer


def checkpoint_of(trainer: Trainer) -> Checkpoint:
    """The state of a run, copied."""
    return Checkpoint(position=trainer.position, tensors=save(game_state(trainer.game)), logged=len(trainer.log))


def new_trainer(reader: RunReader, threads: int | None = None, elsewhere: bool = False) -> Trainer:
    """The run of a file before its first step, on the very points that it was trained on.

    Args:
        reader: Of the file.
        threads: CPU threads in the place of the recorded count.
        elsewhere: As in ``resolve_spec.resolved``.

    Raises:
        BadInput: The spec does not stand, or points of the user's own are neither in the file nor where they were read.
    """
    spec = reader.spec()
    with standing_in(reader.points(), reader.path):
        return Trainer(spec if threads is None else msgspec.structs.replace(spec, threads=threads), elsewhere=elsewhere)


def restore(path: Path) -> Trainer:
    """The run of a file at its last checkpoint, with its settings as they stood; on the CPU where its device is not.

    Raises:
        BadInput: The file is not a run, or its checkpoint does not fit its spec.
    """
    reader = RunReader(path)
    try:
        return _at(path, new_trainer(reader, elsewhere=True), reader.checkpoint(), reader.log())[0]
    finally:
        reader.close()


@dataclass(frozen=True)
class Rebuilt:
    """A run at a recorded moment, in the state that it had there."""

    trainer: Trainer
    repeated: int  # updates that were done again
    batches: list[ScalarBatch]  # terms of those of them that the file does not hold
    ahead: list[LogEntry]  # what a hand did later on
    stored: list[ScalarBatch]  # terms that the file holds
    foreign: bool  # it was another kind of device that came so far: what follows is drawn otherwise


def rebuild(path: Path, steps: int | None = None) -> Rebuilt:
    """The nearest checkpoint, then what followed it, done again: bit for bit the same on the same CPU and build.

    What was done on another kind of device is not done again: such a run can be had at its checkpoints alone.

    Args:
        steps: How many steps shall be done there; None for the last moment that was recorded.

    Raises:
        BadInput: The file is not a run, is damaged, does not reach so far, or the moment cannot be had here.
    """
    reader = RunReader(path)
    try:
        trainer = new_trainer(reader, elsewhere=True)
        log, batches, all_moments = reader.log(), reader.scalars_of(trainer.game.variant.cast), reader.moments()
        rows, end = _rows(batches), recorded_updates(batches, log, all_moments)
        moments = [found for found in all_moments if steps is None or found[1].steps < steps
                   or (found[1].steps == steps and found[1].place == 0)]
        nearest = reader.checkpoint(moments[-1][0]) if moments else None
    finally:
        reader.close()
    waiting, away = log, device_missing(trainer.spec.device)
    if nearest is not None:
        trainer, waiting, away = _at(path, trainer, nearest, log)
    if away and trainer.game.updates < end and (steps is None or trainer.game.steps < steps):
        raise BadInput(_not_here(path, steps, all_moments))
    start = trainer.position
    had = Counter(start.by_player)
    fresh: list[ScalarBatch] = []
    replay = Replay(trainer, waiting)
    while replay.position < end and (steps is None or trainer.game.steps < steps):
        replay.update()
        if trainer.waiting_scalars >= FLUSH_UPDATES:
            fresh += _missing(trainer.flush(), had, rows)
            if steps is None:
                report("repeating updates", replay.position - start.updates, end - start.updates)
            else:
                report("repeating steps", trainer.game.steps - start.steps, steps - start.steps)
    if steps is not None and trainer.game.steps < steps:
        raise BadInput(f"step {steps} lies past the end of {path}: it was recorded up to step {trainer.game.steps}")
    replay.settle()
    fresh += _missing(trainer.flush(), had, rows)
    return Rebuilt(trainer, replay.position - start.updates, fresh, list(replay.waiting), batches, away)


def _not_here(path: Path, steps: int | None, moments: list[tuple[int, Position]]) -> str:
    """Why a moment cannot be had, and which can."""
    whole = sorted({position.steps for _, position in moments if position.place == 0})
    before = [at for at in whole if steps is None or at < steps][-1:]
    after = [at for at in whole if steps is not None and at > steps][:1]
    near = " and ".join(f"{at}" for at in (*before, *after))
    what = "the end" if steps is None else f"step {steps}"
    return (f"{what} of {path} cannot be had here: it was computed on another kind of device, and done again it would "
            "differ; "
            + (f"its nearest checkpoints are at step {near}" if near else "it has no checkpoint"))


def recorded_updates(batches: list[ScalarBatch], log: list[LogEntry], moments: list[tuple[int, Position]]) -> int:
    """How many updates of both players a record tells of."""
    return max([
        sum(_rows(batches).values()), *(position.updates for _, position in moments),
        *(entry.position.updates + _moves(entry) for entry in log),
    ])


class Replay:
    """Does again what a log says, each command where it was done."""

    def __init__(self, trainer: Trainer, log: list[LogEntry]) -> None:
        self._trainer = trainer
        self.waiting = deque(log)

    @property
    def position(self) -> int:
        """Updates of both players so far."""
        return self._trainer.game.updates

    def update(self) -> None:
        """What was done before the next update, and that update: of the player whose turn it was, or by hand."""
        while self.waiting and self.waiting[0].position.updates <= self.position:
            entry = self.waiting.popleft()
            self._trainer.apply(entry.command)
            if _moves(entry):
                return
        self._trainer.update()

    def settle(self) -> None:
        """What was set at this very moment; a step by hand is no setting."""
        while self.waiting and self.waiting[0].position.updates <= self.position and not _moves(self.waiting[0]):
            self._trainer.apply(self.waiting.popleft().command)


def _moves(entry: LogEntry) -> bool:
    return isinstance(entry.command, SingleStep)


def _at(
    path: Path, trainer: Trainer, checkpoint: Checkpoint, log: list[LogEntry]
) -> tuple[Trainer, list[LogEntry], bool]:
    """The trainer in a checkpoint's state, the commands that came after it, and whether it is another device's."""
    there = checkpoint.position.updates
    before = checkpoint.logged if checkpoint.logged >= 0 else sum(
        entry.position.updates + _moves(entry) <= there for entry in log)
    for entry in log[:before]:
        trainer.restore_entry(entry)
    try:
        tensors: dict[str, torch.Tensor] = load(checkpoint.tensors)
        load_game_state(trainer.game, tensors)
    except (SafetensorError, ValueError) as fault:
        raise BadInput(f"run file {path} has a damaged checkpoint: {' '.join(str(fault).split())}") from None
    return trainer, log[before:], is_from_other_device(trainer.game, tensors)


def _rows(batches: list[ScalarBatch]) -> Counter[str]:
    """Updates of each player whose terms are kept."""
    rows: Counter[str] = Counter()
    for batch in batches:
        rows[batch.player] += batch.at.shape[0]
    return rows


def _missing(batches: list[ScalarBatch], had: Counter[str], rows: Counter[str]) -> list[ScalarBatch]:
    """Those rows that the file does not hold; ``had`` counts the rows so far and is moved on."""
    fresh = []
    for batch in batches:
        count = batch.at.shape[0]
        known = min(max(rows[batch.player] - had[batch.player], 0), count)
        had[batch.player] += count
        if known < count:
            fresh.append(_cut(batch, known, count))
    return fresh


def terms_before(batches: list[ScalarBatch], position: Position) -> list[ScalarBatch]:
    """The terms of the updates before a position, in the order of the game."""
    left = Counter(position.by_player)
    kept = []
    for batch in batches:
        count = min(batch.at.shape[0], left[batch.player])
        left[batch.player] -= count
        if count:
            kept.append(_cut(batch, 0, count))
    return kept


def terms_after(batches: list[ScalarBatch], position: Position) -> list[ScalarBatch]:
    """The terms of the updates from a position on, in the order of the game."""
    left = Counter(position.by_player)
    kept = []
    for batch in batches:
        count = batch.at.shape[0]
        first = min(count, left[batch.player])
        left[batch.player] -= first
        if first < count:
            kept.append(_cut(batch, first, count))
    return kept


def _cut(batch: ScalarBatch, first: int, end: int) -> ScalarBatch:
    """Its rows from the first to before the end."""
    if first == 0 and end == batch.at.shape[0]:
        return batch
    return ScalarBatch(
        player=batch.player, names=batch.names, at=Array.of(batch.at.doubles()[first:end]),
        values=Array.of(batch.values.numpy()[first:end]),
    )
