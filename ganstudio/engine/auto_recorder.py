"""Records a run that the user watches, without being asked: the run file is made after the first update."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Parent, Position
from ganstudio.core.protocol.views import ScalarBatch, View
from ganstudio.core.system.errors import BadInput
from ganstudio.training.branching import Branch
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer

PATIENCE_S = 0.1  # how long the views of a run's end may take, because the next run waits


class AutoRecorder:
    """Records a run as long as its file can be written; ``fault`` says why it cannot be."""

    def __init__(self, path: Path, trainer: Trainer, branch: Branch | None = None) -> None:
        """Prepares to record a run; ``branch`` is what it goes on from, if it began as a branch of another run."""
        self.path = path
        self.fault = ""
        self._trainer = trainer
        self._past: list[ScalarBatch] = []
        self._parent: Parent | None = None
        self._parent_file: Path | None = None
        if branch is not None:
            self._past = branch.past
            self._parent = Parent(file=branch.file.name, position=trainer.position)
            self._parent_file = branch.file
        self._recorder: Recorder | None = None
        self._pending: list[tuple[Position, threading.Event]] = []  # pinned moments that are not on the disk yet
        self._pinned: tuple[Position, int, bool] | None = None  # the last one, with the commands before it

    def note(self, batches: list[ScalarBatch]) -> None:
        """Records the terms of the last updates, and what the user changed."""
        if self.fault or (self._recorder is None and not batches):
            return  # a run that never moved leaves no file
        try:
            if self._recorder is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._recorder = Recorder(
                    self.path, self._trainer, parent=self._parent, parent_file=self._parent_file,
                    past=[*self._past, *batches], brief=True)
                batches, self._past = [], []
            self._recorder.note(batches)
        except (BadInput, OSError) as fault:
            self.fault = f"this run is no longer recorded: {fault}" if self._recorder else (
                f"this run is not recorded: {fault}")

    @property
    def _active(self) -> Recorder | None:
        """The recorder that writes the file; None before the first update and after a fault."""
        return None if self.fault else self._recorder

    def record_due_views(self) -> None:
        """Records the views that are due; called after every update."""
        if (recorder := self._active) is not None:
            recorder.look()

    def record_views(self, position: Position, views: dict[str, View]) -> None:
        """Records views that were computed for the window."""
        if (recorder := self._active) is not None:
            recorder.seen(position, views)

    def record_measures(self, measured: MeasuredNow) -> None:
        """Records numbers of the generator."""
        if (recorder := self._active) is not None:
            recorder.measured(measured)

    def pin(self, *, for_good: bool = True) -> None:
        """Records this moment, for good or as any other checkpoint; BadInput if nothing is recorded."""
        if (recorder := self._active) is None:
            raise BadInput("this moment cannot be pinned: the run is not recorded, or has made no update yet")
        moment = (self._trainer.position, len(self._trainer.log), for_good)
        if self._pending and moment == self._pinned:  # the same once more: it is on its way to the disk
            self._pending.append((moment[0], self._pending[-1][1]))
            return
        self._pinned = moment
        self._pending.append((moment[0], recorder.pin(for_good=for_good)))

    @property
    def has_pending_pins(self) -> bool:
        """Whether a pinned moment is not on the disk yet."""
        return bool(self._pending) and not self.fault

    def take_saved(self) -> list[Position]:
        """The pinned moments that are on the disk by now, each returned once."""
        saved = [position for position, committed in self._pending if committed.is_set()]
        self._pending = [(position, committed) for position, committed in self._pending if not committed.is_set()]
        return saved

    @property
    def trouble(self) -> str:
        """Why nothing can be written at the moment; empty if there is no trouble."""
        return self._recorder.trouble if self._recorder is not None and not self.fault else ""

    def settle(self) -> None:
        """Waits until the file holds everything that was noted."""
        if (recorder := self._active) is not None:
            recorder.settle()

    def finish(self, *, look: bool = True) -> None:
        """Ends the file and does not wait until it is written; with ``look``, records every view of the end first."""
        if (recorder := self._active) is not None:
            if look:
                with contextlib.suppress(Exception):  # the run ends, also if a view cannot be computed
                    recorder.look_closely(PATIENCE_S)
            recorder.finish()

    def close(self) -> None:
        """After ``finish``: waits until the file is complete. On a full disk it gives up what is not committed."""
        if self._recorder is not None and not self.fault:
            try:
                self._recorder.wait(patient=False)
            except Exception as fault:  # noqa: BLE001  # whatever the fault: the files of other runs must be closed too
                self.fault = str(fault)

    @property
    def written(self) -> bool:
        """After ``finish``: whether all is written."""
        return self._recorder is None or self._recorder.written
