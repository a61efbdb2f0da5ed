"""Tells screen readers what changes on the screen without the user having touched it."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from ganstudio.ui.state.run_commands import RunCommands


class Announcer(QObject):
    """Announces that the run plays or does not, that another run has begun, and what the window's notice says."""

    def __init__(self, commands: RunCommands, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._run = commands.run
        self._playing: bool | None = None
        commands.run.began.connect(self._begin)
        commands.run.progressed.connect(self._progressed)

    def say(self, text: str, *, urgent: bool = False) -> None:
        """Has a screen reader say something; ``urgent``: before it ends its present sentence."""
        event = QAccessibleAnnouncementEvent(self._window, text)
        if urgent:
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)

    def _begin(self, _: object) -> None:
        self._playing = None
        started, variant, data = self._run.started, self._run.variant, self._run.data
        if started is not None:
            self.say(f"A run has begun: {variant.title if variant else started.spec.variant} on "
                     f"{data.title if data else started.spec.data}")

    def _progressed(self, progress: object) -> None:
        now = self._run.progress
        if now is None or now.playing == self._playing:
            return
        before, self._playing = self._playing, now.playing
        if before is not None or not now.playing:
            self.say(f"Playing from step {now.position.steps:,}" if now.playing
                     else f"Paused at step {now.position.steps:,}")
