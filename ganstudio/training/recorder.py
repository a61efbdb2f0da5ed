"""Writes a run to its file from a thread of its own: the training thread never waits for a disk."""

from __future__ import annotations

import math
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ganstudio.core.protocol.messages import MeasuredNow, Started
from ganstudio.core.protocol.spec import LogEntry, Parent, Plan, Position
from ganstudio.core.protocol.views import ScalarBatch, View
from ganstudio.core.runs.format import Checkpoint, DiskFull
from ganstudio.core.runs.view_frames import Frame
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.files.own_points import HasOwnPoints, OwnPoints
from ganstudio.training.checkpoint import Rebuilt, checkpoint_of
from ganstudio.training.run_description import describe_run
from ganstudio.training.scalars import merge_batches
from ganstudio.training.trainer import Trainer
from ganstudio.training.view_recording import ViewRecorder

COMMIT_S = 0.5
CHECKPOINT_S = 15.0
CHECKPOINT_SHARE = 0.01  # of the training thread's time that copying the state may take
RETRY_S = 0.5  # between two attempts on a full disk
SETTLE_S = 5.0  # how long somebody waits until what was noted is written


@dataclass(frozen=True)
class _Pinned:
    """A checkpoint that stays."""

    checkpoint: Checkpoint


@dataclass(frozen=True)
class _Past:
    """What was seen of another run up to a step."""

    file: Path
    steps: int


_Kept = ScalarBatch | LogEntry | Checkpoint | Plan | Frame | MeasuredNow | Started | _Pinned | _Past | OwnPoints


class Recorder:
    """Records one run. Faults of the disk surface in ``check`` and ``close``; a full one in ``trouble``."""

    def __init__(
        self, path: Path, trainer: Trainer, *, plan: Plan | None = None, parent: Parent | None = None,
        parent_file: Path | None = None,
    ) -> None:
        """Makes the file, with a checkpoint of where the run stands, and what was seen of its parent up to there.

        Raises:
            BadInput: It cannot be made.
        """
        self._begin(path, trainer, RunWriter(path, trainer.spec, plan=plan, parent=parent))
        for entry in trainer.log:
            self._items.put(entry)
        self._logged = len(trainer.log)
        self._keep_points()
        self._items.put(describe_run(trainer))
        self._items.put(checkpoint_of(trainer))
        if parent_file is not None:
            left = trainer.position if parent is None else parent.position  # it may have moved on since
            self._items.put(_Past(parent_file, left.steps))
        self._thread.start()

    @classmethod
    def resumed(cls, path: Path, run: Rebuilt, plan: Plan) -> Recorder:
        """Goes on with a file whose run was rebuilt at its end; BadInput where it cannot be written."""
        recorder = cls.__new__(cls)
        recorder._begin(path, run.trainer, RunWriter.reopened(path, end=run.trainer.game.steps))
        recorder._logged = len(run.trainer.log)  # nothing lies ahead of a run's end
        recorder._keep_points()  # a file of before they were kept stands by itself from here on
        recorder._items.put(plan)
        recorder._items.put(describe_run(run.trainer))
        for batch in run.batches:
            recorder._items.put(batch)
        recorder._thread.start()
        return recorder

    def _begin(self, path: Path, trainer: Trainer, writer: RunWriter) -> None:
        self._path = path
        self._writer = writer
        self._trainer = trainer
        self._items: queue.SimpleQueue[_Kept | threading.Event | None] = queue.SimpleQueue()  # None: the end
        self._unsafe: list[_Kept] = []  # since the last commit
        self._fault: Exception | None = None
        self._giving_up = False
        self._checkpoint_from = time.monotonic() + CHECKPOINT_S
        self._filming = ViewRecorder(trainer)
        self.trouble = ""  # why nothing can be written for now: the run should pause
        # WORKAROUND https://github.com/python/cpython/issues/90882: a `join` that a request to end interrupts takes the
        # thread for ended, and the file for whole.
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._write, name="recorder")

    def _keep_points(self) -> None:
        """Notes the user's own points; they are packed where they are written."""
        if isinstance(data := self._trainer.game.data, HasOwnPoints):
            self._items.put(data.own)

    def note(self, batches: list[ScalarBatch]) -> None:
        """Takes what was flushed, new log entries, and now and then a checkpoint."""
        self.check()
        for batch in batches:
            self._items.put(batch)
        for entry in self._trainer.log[self._logged :]:
            self._items.put(entry)
        self._logged = len(self._trainer.log)
        if time.monotonic() >= self._checkpoint_from:
            self._checkpoint()

    def look(self) -> None:
        """Keeps the views that are due; to be called after every update."""
        if self._filming.due():
            for frame in self._filming.look():
                self._items.put(frame)

    def look_closely(self, patience_s: float = math.inf) -> None:
        """Keeps every view of this very moment, due or not; ``patience_s`` as of ``ViewRecorder.moment``."""
        for frame in self._filming.moment(patience_s):
            self._items.put(frame)

    def seen(self, position: Position, views: dict[str, View]) -> None:
        """Keeps what somebody else looked at, where it is due."""
        for frame in self._filming.seen(position, views):
            self._items.put(frame)

    def measured(self, measured: MeasuredNow) -> None:
        """Keeps numbers of the generator."""
        self._items.put(measured)

    def pin(self, *, for_good: bool = True) -> threading.Event:
        """Keeps this moment, for good and with its pictures or as any other checkpoint.

        Returns:
            What is set once that is committed.
        """
        if for_good:
            self.look_closely()
        checkpoint = checkpoint_of(self._trainer)
        self._items.put(_Pinned(checkpoint) if for_good else checkpoint)
        committed = threading.Event()
        self._items.put(committed)
        return committed

    def _checkpoint(self) -> None:
        start = time.monotonic()
        self._items.put(checkpoint_of(self._trainer))
        end = time.monotonic()
        self._checkpoint_from = end + max(CHECKPOINT_S, (end - start) / CHECKPOINT_SHARE)

    def check(self) -> None:
        """Raises what went wrong while writing."""
        if self._fault is not None:
            raise self._fault

    def close(self, *, patient: bool = True) -> None:
        """Writes the rest and a last checkpoint; the file is whole afterwards.

        Args:
            patient: Waits for room where the disk is full; else what was not yet written is let go of.

        Raises:
            BadInput: Something could not be written; what was committed before stands.
        """
        self.finish()
        self.wait(patient=patient)

    def finish(self) -> None:
        """Notes the last checkpoint and the end, and does not wait until they are written."""
        self._items.put(checkpoint_of(self._trainer))
        self._items.put(None)

    def wait(self, *, patient: bool = True) -> None:
        """After ``finish``: waits as ``close`` does."""
        self._giving_up = not patient
        self._done.wait()
        self._thread.join()
        self.check()

    @property
    def written(self) -> bool:
        """After ``finish``: whether the file is whole, or was given up."""
        return self._done.is_set()

    def settle(self) -> None:
        """Waits until what was noted is committed; on a full disk, not for ever."""
        done = threading.Event()
        self._items.put(done)
        done.wait(SETTLE_S)

    # The recorder's thread -----------------------------------------------------------------------------------

    def _write(self) -> None:
        try:
            self._write_all()
        except sqlite3.Error as fault:  # the file was taken away, or the disk has failed: no fault of the program
            self._fault = BadInput(f"run file {self._path} cannot be written any more: {fault}")
        except Exception as fault:  # noqa: BLE001  # carried to the thread that records, which raises it
            self._fault = fault
        finally:
            self._done.set()

    def _write_all(self) -> None:
        last = time.monotonic() - COMMIT_S  # the first checkpoint is safe at once
        while True:
            waiting, over = self._take()
            if waiting or over or (self._unsafe and time.monotonic() - last >= COMMIT_S):
                self._safely(self._writer.commit)
                last = time.monotonic()
            for event in waiting:
                event.set()
            if over:
                self._safely(self._writer.close)
                return

    def _take(self) -> tuple[list[threading.Event], bool]:
        """Takes what there is, after a while at the latest; who waits until it is written, and whether that was all."""
        waiting: list[threading.Event] = []
        try:
            item = self._items.get(timeout=COMMIT_S)
            while item is not None:
                if isinstance(item, threading.Event):
                    waiting.append(item)
                else:
                    self._unsafe.append(item)
                item = self._items.get_nowait()
            return waiting, True
        except queue.Empty:
            return waiting, False

    def _safely(self, finish: Callable[[], None]) -> None:
        """Writes what waits, then finishes; on a full disk all since the last commit again, until there is room."""
        while True:
            try:
                # Few rows for many updates: a long run has millions, and is to be opened at once.
                for batch in merge_batches([item for item in self._unsafe if isinstance(item, ScalarBatch)]):
                    self._writer.add_scalars(batch)
                for item in self._unsafe:
                    self._put(item)
                finish()
                self._unsafe.clear()
                self.trouble = ""
                return
            except DiskFull as fault:
                self._writer.rollback()
                self.trouble = f"no room for the run in {self._path.parent} ({fault}): free some, and it goes on"
            if self._giving_up:
                self._writer.abandon()
                raise BadInput(f"{self.trouble}; {self._path} holds it up to there")
            time.sleep(RETRY_S)

    def _put(self, item: _Kept) -> None:
        match item:
            case LogEntry():
                self._writer.add_entry(item)
            case Checkpoint():
                self._writer.add_checkpoint(item)
            case Plan():
                self._writer.set_plan(item)
            case Frame():
                self._writer.add_frame(item)
            case MeasuredNow():
                self._writer.add_measures(item)
            case Started():
                self._writer.set_scene(item)
            case OwnPoints():
                self._writer.set_points(item.packed())
            case _Pinned(checkpoint=checkpoint):
                self._writer.add_checkpoint(checkpoint, pinned=True)
            case _Past(file=file, steps=steps):
                self._writer.inherit(file, steps)
