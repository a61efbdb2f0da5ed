"""Member: one run of a comparison, at a place of its own, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from ganstudio.core.mode_collapse import Collapse
from ganstudio.core.protocol.messages import Failed, Refused, Started
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.state.collapse_watch import CollapseWatch
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.session import Session


class Member(QObject):
    """One run of a comparison, and its place."""

    changed = Signal()  # how it is

    def __init__(self, index: int, session: Session, folder: Path | None, group: int) -> None:
        """Makes the place of a run.

        Args:
            index: Its number on screen, from 0.
            session: Where its commands go.
            folder: Where it is recorded; None: nowhere.
            group: Those of one group go in lockstep.
        """
        super().__init__()
        self.index = index
        self.commands = RunCommands(session)
        self.run = self.commands.run
        self.commands.next_run.folder, self.commands.next_run.group = folder, group
        self.history = RunHistory(self.commands)
        self.label = f"run {index + 1}"
        self.fault = ""  # a sentence on why there is no run
        self.waiting = True  # for its run to begin
        self.spec = Spec()  # that was asked for
        self.file = ""  # that it goes on from
        self.collapse: Collapse | None = None  # that is not over
        CollapseWatch(self.run)
        self.run.began.connect(self._begin)
        self.run.refused.connect(self._refused)
        self.run.failed.connect(self._failed)
        self.run.diverged.connect(self.changed)
        self.run.collapsed.connect(self._collapse)
        self.run.collapse_ended.connect(self._recover)

    def start(self, spec: Spec, *, playing: bool, file: str = "") -> None:
        """Asks for its run; with ``file``, for the one in that file at its last moment."""
        self.spec, self.file, self.waiting, self.fault = spec, file, True, ""
        self.commands.next_run.start(spec, playing=playing, file=file)

    def restart(self, seed: int | None) -> None:
        """Asks for its run from step 0, with the settings as they are."""
        base = self.commands.next_run.base if self.run.number else self.spec
        self.start(base if seed is None else msgspec.structs.replace(base, seed=seed), playing=True)

    @property
    def files(self) -> set[str]:
        """The file that it goes on from, the one that it is read from, and the one that it is recorded into."""
        record = self.run.started.record if self.run.started is not None else ""
        return {self.file, self.run.source, record} - {""}

    @property
    def playing(self) -> bool:
        """Whether it goes on."""
        progress = self.run.progress
        return self.alive and progress is not None and progress.playing

    @property
    def alive(self) -> bool:
        """Whether there is a run that can go on."""
        return self.run.started is not None and not self.fault and self.run.last_diverged is None

    @property
    def steps(self) -> int:
        """How many steps it has done."""
        return self.history.end

    @property
    def state(self) -> str:
        """A sentence on what is not as usual; empty if all is."""
        if self.fault:
            return self.fault
        if self.run.started is None:
            return "Getting ready…" if self.waiting else "The engine stopped. The run is kept up to here."
        if (diverged := self.run.last_diverged) is not None:
            what = diverged.what
            return f"Diverged at step {what.at:,.0f}: “{what.term}” became {what.value}."
        if self.collapse is not None:
            return f"Mode collapse since step {self.collapse.at:,}."
        return ""

    def _begin(self, _: Started) -> None:
        self.fault, self.waiting, self.collapse = "", False, None
        self.changed.emit()

    def _refused(self, refused: Refused) -> None:
        if refused.id >= 0 or not self.waiting:
            return  # a command, not the run
        self.waiting = False
        self.fault = f"Not started: {refused.reason}."
        self.changed.emit()

    def _failed(self, failed: Failed) -> None:
        self.waiting = False
        self.fault = f"The run failed and was ended: {failed.reason}."
        self.changed.emit()

    def _collapse(self, collapse: Collapse) -> None:
        self.collapse = collapse
        self.changed.emit()

    def _recover(self, _: int) -> None:
        self.collapse = None
        self.changed.emit()
