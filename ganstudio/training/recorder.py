"""Writes a run to its file from a thread of its own: the training thread never waits for a disk."""

from __future__ import annotations

import atexit
import contextlib
import math
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ganstudio.core.protocol.messages import MeasuredNow, Started
from ganstudio.core.protocol.spec import LogEntry, Parent, Plan, Position, Spec
from ganstudio.core.protocol.views import ScalarBatch, View
from ganstudio.core.runs.format import Checkpoint, DiskFull, KeptData, Machine, there
from ganstudio.core.runs.joined_terms import merge_batches
from ganstudio.core.runs.view_frames import Frame
from ganstudio.core.runs.write_lock import WriteLock
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.files.data_identity import HasIdentity
from ganstudio.files.own_points import HasOwnPoints, OwnPoints
from ganstudio.training.checkpoint import Rebuilt, checkpoint_of
from ganstudio.training.machine import this_machine
from ganstudio.training.run_description import describe_run
from ganstudio.training.trainer import Trainer
from ganstudio.training.view_recording import ViewRecorder

COMMIT_S = 0.5
CHECKPOINT_S = 15.0
CHECKPOINT_SHARE = 0.01  # of the training thread's time, which copying the state may take
RETRY_S = 0.5  # between two attempts on a full disk
SHORT_S = 2.0  # a run that may be kept short and lasted no longer keeps no checkpoint: it is repeated as quickly
SETTLE_S = 5.0  # how long ``settle`` waits at most


@dataclass(frozen=True)
class _Pinned:
    """A checkpoint that is never thinned out."""

    checkpoint: Checkpoint


@dataclass(frozen=True)
class _Past:
    """The views that another run's file holds up to a step."""

    file: Path
    steps: int


_Kept = (ScalarBatch | LogEntry | Checkpoint | Plan | Frame | MeasuredNow | Started | _Pinned | _Past | OwnPoints
         | KeptData | Machine | Spec)


class Recorder:
    """Records one run. ``check`` and ``close`` raise faults of the disk; ``trouble`` says that the disk is full."""

    _first: Checkpoint | None = None  # held back while the run may turn out to be short

    def __init__(
        self, path: Path, trainer: Trainer, *, plan: Plan | None = None, parent: Parent | None = None,
        parent_file: Path | None = None, past: Sequence[ScalarBatch] = (), brief: bool = False, sparse: bool = False,
    ) -> None:
        """Makes the file. It appears once the first commit is done, with a checkpoint of the run as it is now.

        Args:
            path: The new file.
            trainer: The run.
            plan: What the run is to do, if a command recorded it.
            parent: The moment of another run that it branched from.
            parent_file: The file of that run: its views up to there are copied.
            past: The terms of all updates that the run has made, if it has made any.
            brief: If the run has no checkpoint that was asked for and ends within SHORT_S, none is kept at all: spec
                and log are enough to repeat it. Not if it is a branch, on another device than the CPU, or on images
                outside the file, which may change.
            sparse: There is no checkpoint but those that are pinned and the last one: none of the beginning, and none
                every so many seconds. So what the file holds does not depend on how fast the machine is.

        Raises:
            BadInput: The file cannot be made.
        """
        self._begin(path, trainer, RunWriter(path, trainer.spec, plan=plan, parent=parent))
        if sparse:
            self._checkpoint_from = math.inf
        for batch in past:
            self._items.put(batch)
        for entry in trainer.log:
            self._items.put(entry)
        self._logged = len(trainer.log)
        self._keep_data()
        self._items.put(describe_run(trainer))
        first = self._present()
        data = trainer.game.data
        if brief and parent is None and trainer.spec.device == "cpu" and not (
                isinstance(data, HasIdentity) and data.identity() is not None):
            self._first = first
        elif not sparse:
            self._items.put(first)
        if parent_file is not None:
            left = trainer.position if parent is None else parent.position  # the run may have moved since it branched
            self._items.put(_Past(parent_file, left.steps))
        self._start()

    @classmethod
    def resumed(cls, path: Path, run: Rebuilt, plan: Plan, lock: WriteLock | None = None) -> Recorder:
        """Goes on with the file of a run that was rebuilt at its end; BadInput if it cannot be written.

        ``lock``: The right to write it, taken before it was rebuilt.
        """
        recorder = cls.__new__(cls)
        recorder._begin(path, run.trainer, RunWriter.reopened(path, end=run.trainer.game.steps, lock=lock))
        recorder._logged = len(run.trainer.log)  # the file holds all of it: the run is at its end
        recorder._keep_data()  # files of older versions do not hold them yet
        if run.moved is not None:
            recorder._items.put(run.moved)
        recorder._items.put(plan)
        recorder._items.put(describe_run(run.trainer))
        for batch in run.batches:
            recorder._items.put(batch)
        recorder._start()
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
        self._short_until = time.monotonic() + SHORT_S
        self._newest = (-1, -1)  # updates and entries of the log at the newest checkpoint
        self.trouble = ""  # why nothing can be written for now: the run should pause
        # WORKAROUND https://github.com/python/cpython/issues/90882: if a signal interrupts `join`, the thread counts as
        # ended, though it still writes.
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._write, name="recorder", daemon=True)

    def _start(self) -> None:
        """Starts the writing thread. If the program ends without ``close``, what was noted is still written."""
        atexit.register(self._end_with_program)
        self._thread.start()

    def _keep_data(self) -> None:
        """Notes the machine, and the user's own points, which the writing thread packs, or what is known of images."""
        self._items.put(this_machine())
        data = self._trainer.game.data
        if isinstance(data, HasOwnPoints):
            self._items.put(data.own)
        if isinstance(data, HasIdentity) and (identity := data.identity()) is not None:
            self._items.put(identity)

    def note(self, batches: list[ScalarBatch]) -> None:
        """Records the terms that were flushed, new entries of the log, and now and then a checkpoint."""
        self.check()
        if batches and time.monotonic() >= self._short_until:
            self._put_first()
        for batch in batches:
            self._items.put(batch)
        for entry in self._trainer.log[self._logged :]:
            self._items.put(entry)
        self._logged = len(self._trainer.log)
        if time.monotonic() >= self._checkpoint_from:
            self._checkpoint()

    def look(self) -> None:
        """Records the views that are due; to be called after every update."""
        if self._filming.due():
            for frame in self._filming.look():
                self._items.put(frame)

    def look_closely(self, patience_s: float = math.inf) -> None:
        """Records every view of this moment, due or not; ``patience_s`` as in ``ViewRecorder.moment``."""
        if self._trainer.game.in_update:
            return  # broken off by an error: there is nothing to see of a moment
        for frame in self._filming.moment(patience_s):
            self._items.put(frame)

    def seen(self, position: Position, views: dict[str, View]) -> None:
        """Records views that were computed for the window, if they are due."""
        for frame in self._filming.seen(position, views):
            self._items.put(frame)

    def measured(self, measured: MeasuredNow) -> None:
        """Records numbers of the generator."""
        self._items.put(measured)

    def pin(self, *, for_good: bool = True) -> threading.Event:
        """Records this moment: for good and with its pictures, or as any other checkpoint.

        Returns:
            An event that is set when the moment is committed.
        """
        self._put_first()
        if for_good:
            self.look_closely()
        if not self._trainer.game.in_update and (for_good or self._has_moved):
            checkpoint = self._present()
            self._items.put(_Pinned(checkpoint) if for_good else checkpoint)
        committed = threading.Event()
        self._items.put(committed)
        return committed

    def _checkpoint(self) -> None:
        if self._trainer.game.in_update or self._first is not None or not self._has_moved:
            return
        start = time.monotonic()
        self._items.put(self._present())
        end = time.monotonic()
        self._checkpoint_from = end + max(CHECKPOINT_S, (end - start) / CHECKPOINT_SHARE)

    def _present(self) -> Checkpoint:
        checkpoint = checkpoint_of(self._trainer)
        self._newest = (checkpoint.position.updates, checkpoint.logged)
        return checkpoint

    def _put_first(self) -> None:
        """Notes the checkpoint that was held back: the run is no short one."""
        first, self._first = self._first, None
        if first is not None:
            self._items.put(first)

    @property
    def _has_moved(self) -> bool:
        """Whether the run was updated or changed since its newest checkpoint."""
        return self._newest != (self._trainer.game.updates, len(self._trainer.log))

    def check(self) -> None:
        """Raises what went wrong while writing."""
        if self._fault is not None:
            raise self._fault

    def close(self, *, patient: bool = True) -> None:
        """Writes the rest and a last checkpoint, unless an update was broken off, and completes the file.

        Args:
            patient: If the disk is full: waits for room. Otherwise it gives up what is not written yet.

        Raises:
            BadInput: Something could not be written; the file keeps what was committed before.
        """
        self.finish()
        self.wait(patient=patient)

    def finish(self) -> None:
        """Notes the last checkpoint and the end, and does not wait until they are written."""
        if not self._trainer.game.in_update:  # else the state is that of no moment
            for batch in self._trainer.flush():  # of a run that raised: no checkpoint without the terms before it
                self._items.put(batch)
            if self._first is None and self._has_moved:
                self._items.put(self._present())
        self._items.put(None)

    def wait(self, *, patient: bool = True) -> None:
        """After ``finish``: waits as ``close`` does."""
        self._giving_up = not patient
        self._done.wait()
        self._thread.join()
        self.check()

    def _end_with_program(self) -> None:
        """Writes what was noted if the program ends without ``close``. On a full disk it gives up."""
        self._giving_up = True
        self._items.put(None)
        self._done.wait()

    @property
    def written(self) -> bool:
        """After ``finish``: whether the file is complete, or was given up."""
        return self._done.is_set()

    def settle(self) -> None:
        """Waits until what was noted is committed; if the disk is full, no longer than SETTLE_S."""
        done = threading.Event()
        self._items.put(done)
        done.wait(SETTLE_S)

    # The recorder's thread -----------------------------------------------------------------------------------

    def _write(self) -> None:
        try:
            self._write_all()
        except sqlite3.Error as fault:  # the file was deleted, or the disk has failed: no fault of the program
            self._fault = BadInput(f"run file {self._path} can no longer be written: {fault}")
        except Exception as fault:  # noqa: BLE001  # carried to the thread that records, which raises it
            self._fault = fault
        finally:
            if self._fault is not None:
                self.trouble = ""  # nothing to wait for
                with contextlib.suppress(Exception):  # the disk that has failed may fail once more
                    self._writer.abandon()
            atexit.unregister(self._end_with_program)
            self._done.set()

    def _write_all(self) -> None:
        last = -math.inf  # when the last commit began; the first checkpoint is safe at once
        while True:
            waiting, over = self._take(last + COMMIT_S - time.monotonic() if self._unsafe else COMMIT_S)
            if waiting or over or (self._unsafe and time.monotonic() - last >= COMMIT_S):
                last = time.monotonic()
                self._safely(self._writer.commit)
            for event in waiting:
                event.set()
            if over:
                self._safely(self._writer.close)
                return

    def _take(self, patience_s: float) -> tuple[list[threading.Event], bool]:
        """Takes what was noted, waiting for it for at most so long.

        Returns:
            Events to set when it is written, and whether that was all.
        """
        waiting: list[threading.Event] = []
        try:
            item = self._items.get(timeout=max(patience_s, 0.0))
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
        """Writes what was taken, then calls ``finish``; if the disk is full, tries again all since the last commit."""
        while True:
            try:
                # One row for many updates: a long run has millions, and its file must open quickly.
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
                self.trouble = f"no room for the run in {self._path.parent} ({fault}); it goes on when there is some"
            if self._giving_up:
                self._writer.abandon()
                kept = f"{self._path} contains it up to there" if there(self._path) else "nothing of it is kept"
                raise BadInput(f"{self.trouble}; {kept}")
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
            case Spec():
                self._writer.set_spec(item)
            case KeptData():
                self._writer.set_data(item)
            case Machine():
                self._writer.add_machine(item)
            case OwnPoints():
                self._writer.set_points(item.packed())
            case _Pinned(checkpoint=checkpoint):
                self._writer.add_checkpoint(checkpoint, pinned=True)
            case _Past(file=file, steps=steps):
                self._writer.inherit(file, steps)
