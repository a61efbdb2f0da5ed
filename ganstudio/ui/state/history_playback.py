"""Playing the past: the recorded moments one after the other, until the live one, or until the user ends it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from ganstudio.ui.state.history import RunHistory

TICK_MS = 40
LONGEST = 300  # ticks: of a long run's thousands of moments some are left out


class HistoryPlayback(QObject):
    """Moves through what was recorded, from the moment that is shown, or from the first if that is the live one."""

    changed = Signal()  # it plays now, or no longer

    def __init__(self, history: RunHistory) -> None:
        super().__init__()
        self._history = history
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        history.moved.connect(self._moved)

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    def toggle(self) -> None:
        """Plays, or stops at the moment that is shown."""
        if self.playing:
            self.stop()
        elif self._history.moments:
            if self._history.at is None:
                self._history.to(self._history.moments[0])
            self._timer.start()
            self.changed.emit()

    def stop(self) -> None:
        """Leaves the moment that is shown as it is."""
        if self.playing:
            self._timer.stop()
            self.changed.emit()

    def _tick(self) -> None:
        self._history.by(-(-len(self._history.moments) // LONGEST))

    def _moved(self) -> None:
        if self._history.at is None:
            self.stop()
