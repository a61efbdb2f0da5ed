"""Checkpoints: saves a game's whole state as safetensors bytes, loads it, and rebuilds any recorded moment exactly."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from ganstudio.core.protocol.spec import LogEntry, Position, SingleStep, Spec
from ganstudio.core.protocol.views import Array, ScalarBatch
from ganstudio.core.runs.format import Checkpoint, KeptData
from ganstudio.core.runs.moved_data import data_place, images_may_be_absent, missing
from ganstudio.core.runs.reader import RunReader, are_images
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report
from ganstudio.files.data_identity import change_of, check_place, need_unchanged
from ganstudio.files.own_points import standing_in
from ganstudio.training.game_state import game_state, is_from_other_device, load_game_state
from ganstudio.training.recorded_figures import check_counters, check_figures, check_position, most_bytes
from ganstudio.training.resolve_spec import device_missing, with_data_of, with_files_beside
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer


def checkpoint_of(trainer: Trainer) -> Checkpoint:
    """Copies the state of a run."""
    return Checkpoint(position=trainer.position, tensors=save(game_state(trainer.game)), logged=len(trainer.log))


def new_trainer(reader: RunReader, threads: int | None = None, elsewhere: bool = False) -> Trainer:
    """Makes the run of a file as it was before its first step, with the points that it was trained on.

    Images that are not there any more are no fault: the networks are made without them, and what takes images raises
    ``NeedsData``.

    Args:
        reader: The reader of the file.
        threads: How many CPU threads to use instead of the recorded number.
        elsewhere: As in ``resolve_spec.resolved``.

    Raises:
        BadInput: The spec is not valid, the user's own points are neither in the run file nor in their own, or the
            place that was given for the data holds other data.
    """
    spec = with_files_beside(reader.spec(), reader.path)
    if threads is not None:
        spec = msgspec.structs.replace(spec, threads=threads)
    with standing_in(reader.points(), reader.path), images_may_be_absent(lambda: _known_images(reader)):
        trainer = Trainer(spec, elsewhere=elsewhere)
    check_place(reader.path, reader.data() if data_place() else None, trainer.game.data)
    return trainer


def _known_images(reader: RunReader) -> KeptData | None:
    """What a run file says of images that are not there; None if that is too little to make the networks."""
    kept, scene = reader.data(), reader.scene()
    if (kept is not None and kept.shape) or scene is None or scene.classes:
        return kept
    known = KeptData(count=1 if kept is None else kept.count, sha256="", shape=scene.shape)  # of an older version
    return known if are_images(known) else None


def restore(path: Path) -> Trainer:
    """Loads the run of a file at its last checkpoint, with its settings there; on the CPU if its device is missing.

    A run that was too short to keep a checkpoint is repeated up to its end.

    Raises:
        BadInput: The file is not a run, or its checkpoint does not fit its spec.
    """
    reader = RunReader(path)
    try:
        if reader.moments():
            trainer = new_trainer(reader, elsewhere=True)
            return _at(path, trainer, reader.checkpoint(most=most_bytes(trainer.game)), reader.log())[0]
    finally:
        reader.close()
    return rebuild(path).trainer


@dataclass(frozen=True)
class Rebuilt:
    """A run at a recorded moment, in the state that it had there."""

    trainer: Trainer
    repeated: int  # how many updates were done again
    batches: list[ScalarBatch]  # their terms, except those that the file holds
    ahead: list[LogEntry]  # what the user did after this moment
    stored: list[ScalarBatch]  # the terms that the file holds
    foreign: bool  # whether another kind of device computed it up to here: from here on other numbers are drawn
    moved: Spec | None = None  # the spec that the file should hold from here on: its data lies elsewhere now
    changed: str = ""  # how the images outside the file have changed since then, if they have

    def need_data(self) -> None:
        """Raises NeedsData if the run cannot be continued: its images have changed, or are not there."""
        need_unchanged(self.changed, "it cannot be continued", self.trainer.game.data)
        if (fault := missing(self.trainer.game.data)) is not None:
            raise fault


def rebuild(path: Path, steps: int | None = None) -> Rebuilt:
    """Loads the nearest checkpoint before a moment and repeats the updates up to it, which can take minutes.

    The result is the same bit for bit on the same CPU and build of torch. Updates of another kind of device are not
    repeated: such a run can only be rebuilt at its checkpoints.

    Args:
        path: The run file.
        steps: How many steps were done at the moment; None for the last moment that was recorded.

    Raises:
        BadInput: The file is not a run, is damaged, does not reach so far, or the moment cannot be rebuilt here.
    """
    reader = RunReader(path)
    try:
        trainer = new_trainer(reader, elsewhere=True)
        moved = with_data_of(reader.spec(), trainer.spec)
        changed = change_of(path, reader.data(), trainer.game.data)
        log, batches, all_moments = reader.log(), reader.scalars_of(trainer.game.variant.cast), reader.moments()
        check_figures(path, batches, log, all_moments)
        rows, end = _rows(batches), recorded_updates(batches, log, all_moments)
        moments = [found for found in all_moments if steps is None or found[1].steps < steps
                   or (found[1].steps == steps and found[1].place == 0)]
        check_counters(path, reader, [*moments[-1:], *all_moments[-1:]])
        nearest = reader.checkpoint(moments[-1][0], most_bytes(trainer.game)) if moments else None
    finally:
        reader.close()
    waiting, away = log, device_missing(trainer.spec.device)
    if nearest is not None:
        trainer, waiting, away = _at(path, trainer, nearest, log)
    if trainer.game.updates < end and (steps is None or trainer.game.steps < steps):
        need_unchanged(changed, "nothing after a checkpoint can be trained again", trainer.game.data)
        if (fault := missing(trainer.game.data)) is not None:
            raise fault
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
        raise BadInput(f"step {steps:,} is past the end of {path}: it was recorded up to step {trainer.game.steps:,}")
    replay.settle()
    fresh += _missing(trainer.flush(), had, rows)
    return Rebuilt(trainer, replay.position - start.updates, fresh, list(replay.waiting), batches, away, moved, changed)


def _not_here(path: Path, steps: int | None, moments: list[tuple[int, Position]]) -> str:
    """Says why a moment cannot be rebuilt, and which moments can."""
    whole = sorted({position.steps for _, position in moments if position.place == 0})
    before = [at for at in whole if steps is None or at < steps][-1:]
    after = [at for at in whole if steps is not None and at > steps][:1]
    near = " and ".join(f"{at:,}" for at in (*before, *after))
    what = "the end" if steps is None else f"step {steps:,}"
    return (f"{what} of {path} cannot be rebuilt here: it was computed on another kind of device, and would differ if "
            "it were repeated; "
            + (f"its nearest checkpoints are at step {near}" if near else "it has no checkpoint"))


def recorded_updates(batches: list[ScalarBatch], log: list[LogEntry], moments: list[tuple[int, Position]]) -> int:
    """How many updates of all players a run file has recorded."""
    return max([
        sum(_rows(batches).values()), *(position.updates for _, position in moments),
        *(entry.position.updates + _moves(entry) for entry in log),
    ])


class Replay:
    """Repeats a run from its log: each command is applied at the update at which it was given."""

    def __init__(self, trainer: Trainer, log: list[LogEntry]) -> None:
        self._trainer = trainer
        self.waiting = deque(log)

    @property
    def position(self) -> int:
        """How many updates all players have made so far."""
        return self._trainer.game.updates

    def update(self) -> None:
        """Applies the commands before the next update, then makes that update, which may be a step by hand."""
        while self.waiting and self.waiting[0].position.updates <= self.position:
            entry = self.waiting.popleft()
            self._trainer.apply(entry.command)
            if _moves(entry):
                return
        self._trainer.update()

    def settle(self, logged: int | None = None) -> None:
        """Applies the changes that were made at this moment, up to the next step by hand.

        Args:
            logged: Stops when the log has this many entries; None: never.
        """
        while self.waiting and self.waiting[0].position.updates <= self.position and not _moves(self.waiting[0]):
            if logged is not None and len(self._trainer.log) >= logged:
                return
            self._trainer.apply(self.waiting.popleft().command)


def _moves(entry: LogEntry) -> bool:
    return isinstance(entry.command, SingleStep)


def logged_before(checkpoint: Checkpoint, log: list[LogEntry]) -> int:
    """Entries of the log that were done before a checkpoint was made."""
    if checkpoint.logged >= 0:
        return checkpoint.logged
    return sum(entry.position.updates + _moves(entry) <= checkpoint.position.updates for entry in log)


def _at(
    path: Path, trainer: Trainer, checkpoint: Checkpoint, log: list[LogEntry]
) -> tuple[Trainer, list[LogEntry], bool]:
    """Brings the trainer to a checkpoint.

    Returns:
        The trainer, the commands after the checkpoint, and whether another kind of device made it.
    """
    before = logged_before(checkpoint, log)
    for entry in log[:before]:
        trainer.restore_entry(entry)
    try:
        tensors: dict[str, torch.Tensor] = load(checkpoint.tensors)
        load_game_state(trainer.game, tensors)
    except (SafetensorError, ValueError) as fault:
        raise BadInput(f"run file {path} has a damaged checkpoint: {' '.join(str(fault).split())}") from None
    check_position(path, checkpoint.position, trainer.game)
    return trainer, log[before:], is_from_other_device(trainer.game, tensors)


def _rows(batches: list[ScalarBatch]) -> Counter[str]:
    """How many updates of each player have terms here."""
    rows: Counter[str] = Counter()
    for batch in batches:
        rows[batch.player] += batch.at.shape[0]
    return rows


def _missing(batches: list[ScalarBatch], had: Counter[str], rows: Counter[str]) -> list[ScalarBatch]:
    """The rows that the file does not hold; ``had`` counts the rows so far and is updated."""
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
    """The rows of a batch from ``first`` up to, but not including, ``end``."""
    if first == 0 and end == batch.at.shape[0]:
        return batch
    return ScalarBatch(
        player=batch.player, names=batch.names, at=Array.of(batch.at.doubles()[first:end]),
        values=Array.of(batch.values.numpy()[first:end]),
    )
