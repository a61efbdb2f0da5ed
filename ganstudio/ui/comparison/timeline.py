"""One timeline for all runs of a comparison."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLabel, QSlider, QToolBar, QWidget

from ganstudio.core.design import Space
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.comparison_history import ComparisonHistory

TICK_MS = 40  # between two moments that are played back
LONGEST = 300  # ticks: of a long run's moments some are left out
MANY = 10  # moments of a page
HELP = ("Drag to look back at all runs. Arrow keys go from moment to moment, Page up and Page down by ten. End goes "
        "back to live.")
NOTHING_YET = "Nothing of these runs has been recorded yet. You can look back after their first step."


class Track(QSlider):
    """The steps of the runs: keys go from one recorded moment to the next."""

    def __init__(self, history: ComparisonHistory) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._history = history

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1,
                 Qt.Key.Key_PageUp: -MANY, Qt.Key.Key_PageDown: MANY}
        key = Qt.Key(event.key())
        if key in moves:
            self._history.by(moves[key])
        elif key == Qt.Key.Key_Home:
            self._history.to(0)
        elif key in (Qt.Key.Key_End, Qt.Key.Key_Escape):
            self._history.to_live()
        else:
            super().keyPressEvent(event)


class ComparisonTimeline(QToolBar):
    """A slider over the steps of all runs, and what can be done at the step that it shows."""

    def __init__(self, comparison: Comparison, history: ComparisonHistory) -> None:
        super().__init__("Timeline of all runs")
        self.setObjectName("comparison.timeline")
        self.setMovable(False)
        self._history = history
        self.track = Track(history)
        self.track.setObjectName("comparison.track")
        self.track.setAccessibleName("Timeline of all runs")
        self.track.setToolTip(NOTHING_YET)
        self.track.valueChanged.connect(self._moved)
        self._label = QLabel("live")
        self._label.setObjectName("comparison.moment")
        self._label.setAccessibleName("What the cells show")
        self._label.setProperty("quiet", True)
        self._label.setContentsMargins(Space.CLOSE, 0, Space.CLOSE, 0)
        self._play = QTimer(self, interval=TICK_MS)
        self._play.timeout.connect(self._tick)
        self.again = self._action("Play back", "Shift+Space", "Plays the recorded moments of all runs one after the "
                                                              "other (Shift+Space)", self.toggle)
        self.again.setCheckable(True)
        self.live = self._action("Back to live", "Ctrl+E", "Back to the live runs (Ctrl+E)", history.to_live)
        self.addWidget(self.track)
        self.addWidget(self._label)
        for action in (self.again, self.live):
            self.addAction(action)
            button: QWidget = self.widgetForAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setObjectName(action.objectName())
            button.setAccessibleName(action.text())
        history.changed.connect(self.show_moment)
        history.moved.connect(self.show_moment)
        comparison.moved.connect(self.show_moment)
        self.show_moment()

    def _action(self, text: str, key: str, tip: str, act: object) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"comparison.{text.split()[-1].lower()}")
        action.setShortcut(key)
        action.setToolTip(tip)
        action.triggered.connect(lambda _=False: act() if callable(act) else None)
        return action

    def _moved(self, steps: int) -> None:
        self.stop()
        self._history.to(steps)

    def toggle(self) -> None:
        """Plays back, or stops at the moment that is shown."""
        if self._play.isActive():
            self.stop()
        elif moments := self._history.moments:
            if self._history.at is None:
                self._history.to(moments[0])
            self._play.start()
        self.again.setChecked(self._play.isActive())

    def stop(self) -> None:
        """Leaves the moment that is shown as it is."""
        self._play.stop()
        self.again.setChecked(False)

    def _tick(self) -> None:
        self._history.by(-(-len(self._history.moments) // LONGEST))
        if self._history.at is None:
            self.stop()

    def show_moment(self) -> None:
        """Shows which step the cells show."""
        at, end, moments = self._history.at, self._history.end, bool(self._history.moments)
        with QSignalBlocker(self.track):
            self.track.setRange(0, max(end, 1))
            self.track.setValue(end if at is None else at)
        self.track.setEnabled(moments)
        self.track.setToolTip(HELP if moments else NOTHING_YET)
        self.again.setEnabled(moments)
        self.live.setEnabled(at is not None)
        text = "live" if at is None else f"viewing step {at:,} of {end:,}"
        if text != self._label.text():
            self._label.setText(text)
        widest = self._label.fontMetrics().horizontalAdvance(f"viewing step {end:,} of {end:,}")
        self._label.setMinimumWidth(widest + Space.APART)
        self.track.setAccessibleDescription(text)
