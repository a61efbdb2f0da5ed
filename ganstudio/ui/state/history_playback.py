"""Playing the past: the recorded moments one after the other, until the present or a hand ends it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from ganstudio.ui.state.history import Hindsight

TICK_MS = 40
LONGEST = 300  # ticks: of a long run's thousands of moments some are left out


class Playback(QObject):
    """Moves through what was recorded, from the moment that is shown, or from the first where that is the present."""

    changed = Signal()  # it plays now, or no longer

    def __init__(self, hindsight: Hindsight) -> None:
        super().__init__()
        self._hindsight = hindsight
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        hindsight.moved.connect(self._moved)

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    def toggle(self) -> None:
        """Plays, or stops where it is."""
        if self.playing:
            self.stop()
        elif self._hindsight.moments:
            if self._hindsight.at is None:
                self._hindsight.to(self._hindsight.moments[0])
            self._timer.start()
            self.changed.emit()

    def stop(self) -> None:
        """Leaves the moment that is shown as it is."""
        if self.playing:
            self._timer.stop()
            self.changed.emit()

    def _tick(self) -> None:
        self._hindsight.by(-(-len(self._hindsight.moments) // LONGEST))

    def _moved(self) -> None:
        if self._hindsight.at is None:
            self.stop()
