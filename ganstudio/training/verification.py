"""Repeats a run from its log and compares every term and every checkpoint with what was recorded, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load

from ganstudio.core.protocol.spec import Position
from ganstudio.core.protocol.views import ScalarBatch
from ganstudio.core.runs.moved_data import missing
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report
from ganstudio.files.data_identity import change_of, need_unchanged
from ganstudio.training.checkpoint import Replay, logged_before, new_trainer, recorded_updates
from ganstudio.training.game_state import game_state, present_names
from ganstudio.training.machine import cause_of_difference
from ganstudio.training.recorded_figures import check_counters, check_figures, most_bytes
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a replay."""

    identical: bool
    steps: int  # how many were repeated
    hash: str  # of the weights after them
    first_difference: int | None  # the step of the first update that differs
    compared: int  # how many updates and checkpoints were compared
    cause: str = ""  # what is known of why it differs, as the end of a sentence


@dataclass
class _Stream:
    """The terms of one player that have the same names, in the order of the game."""

    at: NDArray[np.float64]
    values: NDArray[np.float32]
    read: int = 0


@dataclass
class _Record:
    """What a run file has recorded, and how far a replay agrees with it."""

    streams: dict[tuple[str, tuple[str, ...]], _Stream]
    moments: list[tuple[int, Position]]
    compared: int = 0
    first: float | None = None  # the place of the first difference, in steps

    def compare(self, batches: list[ScalarBatch]) -> None:
        """Compares repeated terms with the recorded ones."""
        for batch in batches:
            at, values = batch.at.doubles(), batch.values.numpy()
            stream = self.streams.get((batch.player, tuple(batch.names)))
            if stream is None:
                if any(player == batch.player for player, _ in self.streams):  # else none of its terms were written
                    self.differs(float(at[0]))
                continue
            there = slice(stream.read, stream.read + len(at))
            stream.read += len(at)
            known = len(stream.at[there])  # fewer, if the recording ended before the last terms were written
            same = (stream.at[there] == at[:known]) & (
                stream.values[there].view(np.uint32) == np.ascontiguousarray(values[:known]).view(np.uint32)).all(1)
            self.compared += known
            if not same.all():
                self.differs(float(at[int(np.argmin(same))]))

    def differs(self, at: float) -> None:
        """Notes a difference at that step."""
        self.first = at if self.first is None else min(self.first, at)


def verified(path: Path, to: int | None = None, threads: int | None = None) -> Verdict:
    """Repeats a run up to a step, or to its end, and compares.

    Args:
        path: The run file.
        to: How many steps; None for all.
        threads: How many CPU threads to use instead of the recorded number.

    Raises:
        BadInput: The file is not a run, is damaged, or does not reach so far.
    """
    reader = RunReader(path)
    try:
        spec, machines = reader.spec(), reader.machines()
        log, batches = reader.log(), reader.scalars()
        record = _Record(_streams(path, batches), reader.moments())
        check_figures(path, batches, log, record.moments)
        check_counters(path, reader, record.moments[:1])  # by the first one, all the others were measured
        end = recorded_updates(batches, log, record.moments)
        trainer = new_trainer(reader, threads)
        need_unchanged(change_of(path, reader.data(), trainer.game.data), "it cannot be repeated",
                       trainer.game.data)
        if (fault := missing(trainer.game.data)) is not None:
            raise fault
        replay = Replay(trainer, log)
        for id_, position in record.moments:
            while replay.position < position.updates and record.first is None and not _there(trainer, to):
                _update(replay, trainer, record, end)
            record.compare(trainer.flush())
            if record.first is not None or replay.position != position.updates:
                break
            checkpoint = reader.checkpoint(id_, most_bytes(trainer.game))
            replay.settle(logged_before(checkpoint, log))  # it may come after changes at this same moment
            _compare_state(path, trainer, checkpoint.tensors, record)
        while replay.position < end and record.first is None and not _there(trainer, to):
            _update(replay, trainer, record, end)
    finally:
        reader.close()
    record.compare(trainer.flush())
    if to is not None and record.first is None and trainer.game.steps < to:
        raise BadInput(f"step {to:,} is past the end of {path}: it was recorded up to step {trainer.game.steps:,}")
    return Verdict(
        identical=record.first is None, steps=trainer.game.steps, hash=trainer.game.weights_hash(),
        first_difference=None if record.first is None else int(record.first), compared=record.compared,
        cause="" if record.first is None else cause_of_difference(spec, machines, threads),
    )


def _there(trainer: Trainer, to: int | None) -> bool:
    return to is not None and trainer.game.steps >= to


def _update(replay: Replay, trainer: Trainer, record: _Record, end: int) -> None:
    replay.update()
    if trainer.waiting_scalars >= FLUSH_UPDATES:
        record.compare(trainer.flush())
        report("repeating updates", replay.position, end)


def _compare_state(path: Path, trainer: Trainer, stored: bytes, record: _Record) -> None:
    """Compares a checkpoint with the game: everything that its further course depends on."""
    try:
        kept = present_names(load(stored))
    except SafetensorError as fault:
        raise BadInput(f"run file {path} has a damaged checkpoint: {' '.join(str(fault).split())}") from None
    state = game_state(trainer.game)
    same = kept.keys() == state.keys() and all(
        value.dtype == kept[name].dtype and value.shape == kept[name].shape and _bits(value) == _bits(kept[name])
        for name, value in state.items())
    record.compared += 1
    if not same:
        record.differs(float(trainer.position.steps))


def _bits(values: torch.Tensor) -> bytes:
    return values.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()


def _streams(path: Path, batches: list[ScalarBatch]) -> dict[tuple[str, tuple[str, ...]], _Stream]:
    grouped: dict[tuple[str, tuple[str, ...]], list[ScalarBatch]] = {}
    for batch in batches:
        grouped.setdefault((batch.player, tuple(batch.names)), []).append(batch)
    try:
        return {
            key: _Stream(np.concatenate([b.at.doubles() for b in found]),
                         np.ascontiguousarray(np.concatenate([b.values.numpy() for b in found])))
            for key, found in grouped.items()
        }
    except ValueError as fault:
        raise BadInput(f"run file {path} has a damaged scalar: {fault}") from None
