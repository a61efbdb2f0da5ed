"""The timeline: the run from its first step to its last, to be scrubbed, with a tick for whatever happened."""

from __future__ import annotations

import bisect
import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolBar, QToolTip, QWidget

from ganstudio.core.system.wording import format_value
from ganstudio.ui.state.history import Hindsight
from ganstudio.ui.state.history_playback import Playback
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import DARK, Theme

EDGE = 9.0  # left and right of the track, as all lengths here: pixels, at text that is 16 pixels high
NEAR = 4.0  # a tick that the pointer is at
MANY = 10  # moments of a page
MOST_TOLD = 8  # ticks of which the pointer tells at once
PACE_MS = 250  # between two pictures of a track that only grows
WORDS = 0.25  # of the toolbar's width that the words may take
HELP = ("Drag to look back; arrow keys go from moment to moment, with Ctrl from mark to mark (moved controls, pins), "
        "End comes back to the present")
NOT_RECORDED = "This run is not recorded: there is nothing to go back to"
NOTHING_YET = "Nothing of this run was kept yet: there is something to look back at from its first step on"


class Strip(QWidget):
    """The track, its ticks and its handle."""

    touched = Signal()  # a hand moves to another moment

    def __init__(self, run: RunModel, hindsight: Hindsight) -> None:
        super().__init__()
        self._run = run
        self._hindsight = hindsight
        self._theme = DARK
        self.setObjectName("timeline.strip")
        self.setAccessibleName("Timeline")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setToolTip(HELP)

    def dress(self, theme: Theme) -> None:
        """Takes a palette."""
        self._theme = theme
        self.update()

    @property
    def span(self) -> int:
        """Steps along the track."""
        return max(self._hindsight.end, 1)

    @property
    def _scale(self) -> float:
        """How much larger than usual the text is: marks grow with it."""
        return max(self.fontMetrics().height() / 16, 0.75)

    def x_of(self, steps: float) -> float:
        """Where a step stands, in pixels."""
        edge = EDGE * self._scale
        return edge + (self.width() - 2 * edge) * min(steps / self.span, 1.0)

    def step_at(self, x: float) -> int:
        """The step that stands there."""
        edge = EDGE * self._scale
        return round((x - edge) / max(self.width() - 2 * edge, 1) * self.span)

    @property
    def changes(self) -> dict[int, str]:
        """Steps at which a control was moved, and what was moved."""
        told: dict[int, str] = {}
        for change in self._run.changes:
            steps = change.position.steps
            word = f"{self._run.called(change.name)} to {format_value(change.value)}"
            told[steps] = f"{told[steps]}, {word}" if steps in told else word
        return told

    @property
    def marks(self) -> list[int]:
        """The recorded moments at which something is marked, ascending."""
        run, moments = self._run, self._hindsight.moments
        at = {*self.changes, *self._hindsight.pins, *(collapse.at for collapse in run.collapses)}
        if run.last_diverged is not None:
            at.add(math.floor(run.last_diverged.what.at))
        if self._hindsight.left_at:
            at.add(self._hindsight.left_at)
        places = {max(bisect.bisect_right(moments, steps) - 1, 0) for steps in at}
        return [moments[place] for place in sorted(places)] if moments else []

    def _to_mark(self, *, on: bool) -> None:
        """The next mark, or the one before; past the last one is the present."""
        here = self._hindsight.end + 1 if self._hindsight.at is None else self._hindsight.at
        marks = [steps for steps in self.marks if (steps > here if on else steps < here)]
        if marks:
            self._hindsight.to(marks[0] if on else marks[-1])
        elif on:
            self._hindsight.now()

    def words(self, x: float) -> str:
        """What is to be said of a place on the track."""
        def here(at: float) -> bool:
            return abs(self.x_of(at) - x) <= NEAR * self._scale

        steps = max(0, min(self.step_at(x), self.span))
        told = [f"step {at:,}: {what}" for at, what in self.changes.items() if here(at)]
        told += [f"step {at:,}: pinned" for at in self._hindsight.pins if here(at)]
        diverged = self._run.last_diverged
        if diverged is not None and here(diverged.what.at):
            told.append(f"step {diverged.what.at:,.0f}: diverged, “{diverged.what.term}” became {diverged.what.value}")
        for collapse in self._run.collapses:
            if here(collapse.at):
                well = "never well" if collapse.well_at is None else f"well until step {collapse.well_at:,}"
                told.append(f"step {collapse.at:,}: mode collapse, {collapse.words}; {well}")
        left = self._hindsight.left_at
        if left is not None and here(left):
            told.append(f"step {left:,}: this run left the one it branched from")
        more = len(told) - MOST_TOLD
        told = told[:MOST_TOLD] + ([f"and {more:,} more"] if more > 0 else [])
        return "\n".join([f"step {steps:,}", *told])

    # Qt ------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(300, max(round(1.6 * self.fontMetrics().height()), 24))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, middle, scale = self._theme, self.height() / 2, self._scale
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.line))
        thin = min(max(2 * scale, 2), 3)  # on whole pixels and no thinner: else a light palette washes it out
        track = QRectF(EDGE * scale, middle - 3 * scale, self.width() - 2 * EDGE * scale, 6 * scale)
        painter.drawRoundedRect(track, 3 * scale, 3 * scale)
        painter.setBrush(QColor(theme.quiet))
        for first, last in self._stretches():
            wide = max(last - first, 2 * scale)
            painter.drawRect(QRectF(first, middle - 2 * scale, wide, 4 * scale))
        left = self._hindsight.left_at
        if left:
            painter.setPen(QPen(QColor(theme.text), thin, Qt.PenStyle.DashLine))
            x = round(self.x_of(left))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setPen(QPen(QColor(theme.warning), thin))
        for x in {round(self.x_of(change.position.steps)) for change in self._run.changes}:
            painter.drawLine(QPointF(x, middle - 8 * scale), QPointF(x, middle + 8 * scale))
        self._paint_pins(painter, middle)
        for collapse in self._run.collapses:
            self._paint_collapse(painter, self.x_of(collapse.at), middle)
        diverged = self._run.last_diverged
        if diverged is not None:
            self._paint_cross(painter, self.x_of(diverged.what.at), middle)
        if self.isEnabled():
            self._paint_handle(painter, middle)
        painter.end()

    def _stretches(self) -> list[tuple[float, float]]:
        """Where there are recorded moments, in pixels; those that touch are one stretch."""
        moments = np.asarray(self._hindsight.moments, dtype=np.float64)  # thousands of them, many times a second
        if not len(moments):
            return []
        first, last = self.x_of(0), self.x_of(self.span)
        at = np.unique(np.round(first + (last - first) * np.minimum(moments / self.span, 1.0)))
        breaks = np.flatnonzero(np.diff(at) > 3) + 1
        return [(float(part[0]), float(part[-1])) for part in np.split(at, breaks)]

    def _paint_pins(self, painter: QPainter, middle: float) -> None:
        scale = self._scale
        painter.setPen(QPen(QColor(self._theme.window), 1))  # so that it stands apart from the ticks behind it
        painter.setBrush(QColor(self._theme.accent))
        for steps in self._hindsight.pins:
            x = self.x_of(steps)
            painter.drawPolygon(QPolygonF([
                QPointF(x, middle - 2 * scale), QPointF(x - 6 * scale, middle - 11 * scale),
                QPointF(x + 6 * scale, middle - 11 * scale)]))

    def _paint_collapse(self, painter: QPainter, x: float, middle: float) -> None:
        """What was wide runs together in one point."""
        scale = self._scale
        painter.setPen(QPen(QColor(self._theme.window), 1))
        painter.setBrush(QColor(self._theme.generated))
        painter.drawPolygon(QPolygonF([
            QPointF(x, middle + 2 * scale), QPointF(x - 6 * scale, middle + 11 * scale),
            QPointF(x + 6 * scale, middle + 11 * scale)]))

    def _paint_cross(self, painter: QPainter, x: float, middle: float) -> None:
        arm = 5 * self._scale
        painter.setPen(QPen(QColor(self._theme.generated), 2.5 * self._scale))
        for side in (-1, 1):
            painter.drawLine(QPointF(x - arm, middle - arm * side), QPointF(x + arm, middle + arm * side))

    def _paint_handle(self, painter: QPainter, middle: float) -> None:
        at, scale = self._hindsight.at, self._scale
        x = self.x_of(self._hindsight.end if at is None else at)
        painter.setPen(QPen(QColor(self._theme.text if self.hasFocus() else self._theme.quiet), 2 * scale))
        painter.setBrush(QColor(self._theme.raised if at is None else self._theme.accent))
        painter.drawEllipse(QPointF(x, middle), 7 * scale, 7 * scale)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.isEnabled():
            # The widget's own would take the place of what is told of the mark under the pointer.
            QToolTip.showText(event.globalPos(), self.words(event.pos().x()), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.touched.emit()
            self._hindsight.to(self.step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._hindsight.to(self.step_at(x))
        QToolTip.showText(event.globalPosition().toPoint(), self.words(x), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -MANY, Qt.Key.Key_PageDown: MANY}
        key = Qt.Key(event.key())
        if key in (*moves, Qt.Key.Key_Home):
            self.touched.emit()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._to_mark(on=key == Qt.Key.Key_Right)
        elif key in moves:
            self._hindsight.by(moves[key])
        elif key == Qt.Key.Key_Home:
            self._hindsight.to(0)
        elif key in (Qt.Key.Key_End, Qt.Key.Key_Escape):
            self._hindsight.now()
        else:
            super().keyPressEvent(event)


class Timeline(QToolBar):
    """The strip with what can be done at the moment it shows."""

    def __init__(self, commands: RunCommands, hindsight: Hindsight) -> None:
        super().__init__("Timeline")
        self.setObjectName("timeline")
        self.setMovable(False)
        run = self._run = commands.run
        self._hindsight = hindsight
        self.strip = Strip(run, hindsight)
        self._tips: dict[str, str] = {}  # of what can be done, by object name
        self._label = QLabel()
        self._label.setObjectName("timeline.label")
        self._label.setProperty("quiet", True)
        self._label.setAccessibleName("What the panels show")
        self._label.setContentsMargins(6, 0, 6, 0)
        self._playback = Playback(hindsight)
        self.again = self._action("Play back", "Shift+Space", "The recorded moments one after the other, from the one "
                                  "that is shown, or from the first (Shift+Space)", self._playback.toggle)
        self.again.setCheckable(True)
        self.now = self._action("Now", "Ctrl+E", "Back to the present (Ctrl+E; End or Esc on the timeline)",
                                hindsight.now)
        self.go_on = self._action("Continue from here", "Ctrl+K", "A new run starts at the moment that is shown and "
                                  "trains on; this one is kept as it is (Ctrl+K)", hindsight.go_on)
        self.pin = self._action("Pin", "Ctrl+P", "Keeps this very moment in the run's file for good, with its pictures "
                                "(Ctrl+P)", hindsight.pin)
        self.addWidget(self.strip)
        self.addWidget(self._label)
        self.addActions([self.again, self.now, self.go_on, self.pin])
        self.strip.touched.connect(self._playback.stop)
        self._playback.changed.connect(self._show)
        commands.next_run.starting.connect(self._playback.stop)
        hindsight.changed.connect(self._show)
        hindsight.moved.connect(self._show)
        run.progressed.connect(self._grow)
        run.control_applied.connect(self._show)
        run.diverged.connect(self._show)
        run.collapsed.connect(self._show)
        run.began.connect(self._show)
        commands.session.engine_lost.connect(self._show)
        self._shown = ""  # the length of the run as it stands
        self._pace = QTimer(self, singleShot=True, interval=PACE_MS)
        self._pace.timeout.connect(self._show)
        self._show()

    def _action(self, text: str, key: str, tip: str, act: object) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"timeline.{text.split()[0].lower()}")
        action.setShortcut(key)
        self._tips[action.objectName()] = tip
        action.triggered.connect(lambda _=False: act() if callable(act) else None)
        return action

    def dress(self, theme: Theme) -> None:
        """Takes a palette."""
        self.strip.dress(theme)

    def _grow(self, _: object) -> None:
        """The run is longer: told now and then, for it is so 25 times a second; at once where the words get wider."""
        if len(f"{self._hindsight.end:,}") != len(self._shown):
            self._show()
        elif not self._pace.isActive():
            self._pace.start()

    def _show(self, _: object = None) -> None:
        at, run = self._hindsight.at, self._run
        self._pace.stop()
        self._shown = f"{self._hindsight.end:,}"
        recorded, moments = self._hindsight.recorded, bool(self._hindsight.moments)
        self.strip.setEnabled(moments)
        self.strip.setToolTip(HELP if moments else NOTHING_YET if recorded else NOT_RECORDED)
        self.again.setChecked(self._playback.playing)
        self._allow(self.again, moments, NOTHING_YET if recorded else NOT_RECORDED)
        self._allow(self.now, at is not None, "The present is shown already" if recorded else NOT_RECORDED)
        self._allow(self.go_on, at is not None and bool(run.source),
                    "Drag the timeline back to the moment to go on from" if recorded else NOT_RECORDED)
        kept = run.started is not None and bool(run.started.record)
        self._allow(self.pin, at is None and kept,
                    "Only the present moment can be pinned: come back to it first" if kept else NOT_RECORDED)
        self._write()
        self.strip.update()

    def _allow(self, action: QAction, on: bool, why: str) -> None:
        """Enables an action, or says why it is not."""
        action.setEnabled(on)
        action.setToolTip(self._tips[action.objectName()] if on else why)

    def _write(self) -> None:
        """What is shown, in as many words as there is room for; the track stays where it is whatever they are."""
        at, end = self._hindsight.at, self._hindsight.end
        measure = self._label.fontMetrics().horizontalAdvance
        head = "looking back at "
        if measure(f"{head}step {end:,} of {end:,}") > WORDS * self.width():
            head = ""
        present = "the present" if self._hindsight.recorded else "not recorded"
        text = present if at is None else f"{head}step {at:,} of {end:,}"
        self._label.setText(text)
        self.strip.setAccessibleDescription(text)
        widest = max(measure(f"{head}step {end:,} of {end:,}"), measure("not recorded"))
        self._label.setMinimumWidth(widest + 14)

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_label"):
            self._write()
