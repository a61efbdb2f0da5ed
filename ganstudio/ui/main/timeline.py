"""The timeline: the run's track, and what can be done at the moment that it shows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QLabel, QToolBar

from ganstudio.core.design import Space
from ganstudio.ui.main.timeline_track import HELP, TimelineTrack
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.state.history_playback import HistoryPlayback
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.theme import Theme

PACE_MS = 250  # between two pictures of a track that only grows
WORDS = 0.25  # of the toolbar's width that the words may take
NOT_RECORDED = "This run is not recorded, so you cannot go back in it"
NOTHING_YET = "Nothing of this run has been recorded yet. You can look back after its first step."


class Timeline(QToolBar):
    """The track, and beside it what can be done at the moment it shows."""

    def __init__(self, commands: RunCommands, history: RunHistory) -> None:
        super().__init__("Timeline")
        self.setObjectName("timeline")
        self.setMovable(False)
        run = self._run = commands.run
        self._history = history
        self.track = TimelineTrack(run, history)
        self._tips: dict[str, str] = {}  # of what can be done, by object name
        self._label = QLabel()
        self._label.setObjectName("timeline.label")
        self._label.setProperty("quiet", True)
        self._label.setAccessibleName("What the panels show")
        self._label.setContentsMargins(Space.CLOSE, 0, Space.CLOSE, 0)
        self._playback = HistoryPlayback(history)
        self.again = self._action("Play back", "Shift+Space", "Plays the recorded moments one after the other, from "
                                                              "the one that is shown or from the first "
                                                              "(Shift+Space)", self._playback.toggle)
        self.again.setCheckable(True)
        self.live = self._action("Back to live", "Ctrl+E", "Back to the live run (Ctrl+E; End or Esc on the timeline)",
                                history.to_live)
        self.go_on = self._action("Continue from here", "Ctrl+K", "Starts a new run at the moment that is shown and "
                                                                  "trains on. This run is kept as it is "
                                                                  "(Ctrl+K).", history.go_on)
        self.pin = self._action("Pin", "Ctrl+P", "Keeps this moment, with its pictures, in the run's file for good "
                                                 "(Ctrl+P)", history.pin)
        self.addWidget(self.track)
        self.addWidget(self._label)
        self.addActions([self.again, self.live, self.go_on, self.pin])
        for action in (self.again, self.live, self.go_on, self.pin):
            self.widgetForAction(action).setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.widgetForAction(action).setObjectName(action.objectName())
            self.widgetForAction(action).setAccessibleName(action.text())
        self.track.touched.connect(self._playback.stop)
        self._playback.changed.connect(self._show)
        commands.next_run.starting.connect(self._playback.stop)
        history.changed.connect(self._show)
        history.moved.connect(self._show)
        run.progressed.connect(self._grow)
        run.control_applied.connect(self._show)
        run.diverged.connect(self._show)
        run.collapsed.connect(self._show)
        run.began.connect(self._show)
        commands.session.engine_lost.connect(self._show)
        self._shown = ""  # the length of the run, as it is written
        self._pace = QTimer(self, singleShot=True, interval=PACE_MS)
        self._pace.timeout.connect(self._show)
        self._show()

    def _action(self, text: str, key: str, tip: str, act: object) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"timeline.{'live' if text == 'Back to live' else text.split()[0].lower()}")
        action.setShortcut(key)
        self._tips[action.objectName()] = tip
        action.triggered.connect(lambda _=False: act() if callable(act) else None)
        return action

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.track.apply_theme(theme)

    def _grow(self, _: object) -> None:
        """Shows that the run is longer, at most 4 times a second, or at once if the words get wider."""
        if len(f"{self._history.end:,}") != len(self._shown):
            self._show()
        elif not self._pace.isActive():
            self._pace.start()

    def _show(self, _: object = None) -> None:
        at, run = self._history.at, self._run
        self._pace.stop()
        self._shown = f"{self._history.end:,}"
        recorded, moments = self._history.recorded, bool(self._history.moments)
        self.track.setEnabled(moments)
        self.track.setToolTip(HELP if moments else NOTHING_YET if recorded else NOT_RECORDED)
        self.again.setChecked(self._playback.playing)
        self._allow(self.again, moments, NOTHING_YET if recorded else NOT_RECORDED)
        self._allow(self.live, at is not None, "The live run is shown already" if recorded else NOT_RECORDED)
        self._allow(self.go_on, at is not None and bool(run.source),
                    "Drag the timeline to the moment that you want to continue from" if recorded else NOT_RECORDED)
        kept = run.started is not None and bool(run.started.record)
        self._allow(self.pin, at is None and kept,
                    "Only the live moment can be pinned: go back to live first" if kept else NOT_RECORDED)
        self._write()
        self.track.update()

    def _allow(self, action: QAction, on: bool, why: str) -> None:
        """Enables an action, or says why it is not."""
        action.setEnabled(on)
        action.setToolTip(self._tips[action.objectName()] if on else why)

    def _write(self) -> None:
        """Writes what is shown, in as many words as there is room for, without moving the track."""
        at, end = self._history.at, self._history.end
        measure = self._label.fontMetrics().horizontalAdvance
        head = "viewing "
        if measure(f"{head}step {end:,} of {end:,}") > WORDS * self.width():
            head = ""
        live = "live" if self._history.recorded else "not recorded"
        text = live if at is None else f"{head}step {at:,} of {end:,}"
        self._label.setText(text)
        self.track.setAccessibleDescription(text)
        widest = max(measure(f"{head}step {end:,} of {end:,}"), measure("not recorded"))
        self._label.setMinimumWidth(widest + Space.APART)

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_label"):
            self._write()
