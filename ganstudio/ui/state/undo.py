"""Undo and redo of control changes. Taking one back is a move like any other: it is applied, logged and replayed."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import Applied, Started
from ganstudio.core.system.wording import format_value
from ganstudio.ui.state.control_sender import ControlSender
from ganstudio.ui.state.run_model import RunModel

DRAG_S = 1.0  # moves of one control that follow each other this closely are one change


@dataclass
class Done:
    """A change that can be taken back."""

    name: str
    before: Value
    after: Value
    at: float  # seconds, of its last move


class UndoStack(QObject):
    """Listens to what was applied to the run on screen."""

    changed = Signal()  # what can be undone or redone

    def __init__(self, run: RunModel, sender: ControlSender) -> None:
        super().__init__()
        self._run = run
        self._sender = sender
        self._known: dict[str, Value] = {}
        self._done: list[Done] = []
        self._undone: list[Done] = []
        self._expected: list[tuple[str, Value]] = []  # moves of our own that are on their way
        run.began.connect(self._begin)
        run.control_applied.connect(self._applied)

    def _begin(self, started: Started) -> None:
        self._known = dict(started.settings)
        self._done, self._undone, self._expected = [], [], []
        self.changed.emit()

    def _applied(self, applied: Applied) -> None:
        before, self._known[applied.name] = self._known.get(applied.name), applied.value
        if (applied.name, applied.value) in self._expected:
            self._expected.remove((applied.name, applied.value))
            return
        if before is None or before == applied.value or applied.id == 0:  # 0: of a stored run's past
            return
        now = time.monotonic()
        last = self._done[-1] if self._done else None
        if last is not None and last.name == applied.name and now - last.at < DRAG_S:
            last.after, last.at = applied.value, now
        else:
            self._done.append(Done(applied.name, before, applied.value, now))
        self._undone.clear()
        self.changed.emit()

    @property
    def undo_text(self) -> str:
        """What would be taken back; empty if there is nothing."""
        return self._text(self._done)

    @property
    def redo_text(self) -> str:
        """What would be done again; empty if there is nothing."""
        return self._text(self._undone)

    def _text(self, changes: list[Done]) -> str:
        return f"{self._run.called(changes[-1].name)} → {format_value(changes[-1].after)}" if changes else ""

    def undo(self) -> None:
        """Sets the control of the last change to what it was before."""
        if self._done:
            change = self._done.pop()
            self._undone.append(change)
            self._move(change.name, change.before)

    def redo(self) -> None:
        """Makes the change that was taken back last again."""
        if self._undone:
            change = self._undone.pop()
            change.at = -DRAG_S  # what the user does next is a change of its own
            self._done.append(change)
            self._move(change.name, change.after)

    def _move(self, name: str, value: Value) -> None:
        self._expected.append((name, value))
        self._sender.set_control(name, value)
        self.changed.emit()
