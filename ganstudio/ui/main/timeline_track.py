"""The timeline's track: the run from its first step to its last, with a mark for whatever happened, to be scrubbed."""

from __future__ import annotations

import bisect
import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ganstudio.core.design import Least, Pen
from ganstudio.core.system.wording import format_value
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import DARK, Theme

EDGE = 9.0  # left and right of the track, as all lengths here: pixels, at text that is 16 pixels high
NEAR = 4.0  # a tick that the pointer is at
MANY = 10  # moments of a page
MOST_NAMED = 8  # ticks that the pointer's text names at once
HELP = ("Drag to look back. Arrow keys go from moment to moment, with Ctrl from mark to mark (changes, pins). End "
        "goes back to live.")


class TimelineTrack(QWidget):
    """The track, its ticks and its handle."""

    touched = Signal()  # the user moves to another moment

    def __init__(self, run: RunModel, history: RunHistory) -> None:
        super().__init__()
        self._run = run
        self._history = history
        self._theme = DARK
        self.setObjectName("timeline.strip")
        self.setAccessibleName("Timeline")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setToolTip(HELP)

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self._theme = theme
        self.update()

    @property
    def span(self) -> int:
        """Steps along the track."""
        return max(self._history.end, 1)

    @property
    def _scale(self) -> float:
        """How much larger than usual the text is: marks grow with it."""
        return max(self.fontMetrics().height() / 16, 0.75)

    def x_of(self, steps: float) -> float:
        """Where a step is, in pixels."""
        edge = EDGE * self._scale
        return edge + (self.width() - 2 * edge) * min(steps / self.span, 1.0)

    def step_at(self, x: float) -> int:
        """The step that is there."""
        edge = EDGE * self._scale
        return round((x - edge) / max(self.width() - 2 * edge, 1) * self.span)

    @property
    def changes(self) -> dict[int, str]:
        """Steps at which a control was changed, and how."""
        moved: dict[int, str] = {}
        for change in self._run.changes:
            steps = change.position.steps
            word = f"{self._run.called(change.name)} → {format_value(change.value)}"
            moved[steps] = f"{moved[steps]}, {word}" if steps in moved else word
        return moved

    @property
    def marks(self) -> list[int]:
        """The recorded moments at which something is marked, ascending."""
        run, moments = self._run, self._history.moments
        at = {*self.changes, *self._history.pins, *(collapse.at for collapse in run.collapses)}
        if run.last_diverged is not None:
            at.add(math.floor(run.last_diverged.what.at))
        if self._history.left_at:
            at.add(self._history.left_at)
        places = {max(bisect.bisect_right(moments, steps) - 1, 0) for steps in at}
        return [moments[place] for place in sorted(places)] if moments else []

    def _to_mark(self, *, on: bool) -> None:
        """Goes to the next mark, or to the one before; after the last one comes live."""
        here = self._history.end + 1 if self._history.at is None else self._history.at
        marks = [steps for steps in self.marks if (steps > here if on else steps < here)]
        if marks:
            self._history.to(marks[0] if on else marks[-1])
        elif on:
            self._history.to_live()

    def words(self, x: float) -> str:
        """What happened near a place on the track, one line each."""
        def here(at: float) -> bool:
            return abs(self.x_of(at) - x) <= NEAR * self._scale

        steps = max(0, min(self.step_at(x), self.span))
        lines = [f"step {at:,}: {what}" for at, what in self.changes.items() if here(at)]
        lines += [f"step {at:,}: pinned" for at in self._history.pins if here(at)]
        diverged = self._run.last_diverged
        if diverged is not None and here(diverged.what.at):
            lines.append(f"step {diverged.what.at:,.0f}: diverged, “{diverged.what.term}” became {diverged.what.value}")
        for collapse in self._run.collapses:
            if here(collapse.at):
                well = ("no good moment before" if collapse.well_at is None
                        else f"last good moment: step {collapse.well_at:,}")
                lines.append(f"step {collapse.at:,}: mode collapse, {collapse.words}; {well}")
        left = self._history.left_at
        if left is not None and here(left):
            lines.append(f"step {left:,}: this run branched off here")
        more = len(lines) - MOST_NAMED
        lines = lines[:MOST_NAMED] + ([f"and {more:,} more"] if more > 0 else [])
        return "\n".join([f"step {steps:,}", *lines])

    # Qt ------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(Least.TRACK[0], max(round(1.6 * self.fontMetrics().height()), Least.TRACK[1]))

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
        left = self._history.left_at
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
        """The stretches of recorded moments, in pixels; moments that touch are one stretch."""
        moments = np.asarray(self._history.moments, dtype=np.float64)  # thousands of them, many times a second
        if not len(moments):
            return []
        first, last = self.x_of(0), self.x_of(self.span)
        at = np.unique(np.round(first + (last - first) * np.minimum(moments / self.span, 1.0)))
        breaks = np.flatnonzero(np.diff(at) > 3) + 1
        return [(float(part[0]), float(part[-1])) for part in np.split(at, breaks)]

    def _paint_pins(self, painter: QPainter, middle: float) -> None:
        scale = self._scale
        painter.setPen(QPen(QColor(self._theme.window), Pen.FINE))  # so that it is seen apart from the ticks behind it
        painter.setBrush(QColor(self._theme.accent))
        for steps in self._history.pins:
            x = self.x_of(steps)
            painter.drawPolygon(QPolygonF([
                QPointF(x, middle - 2 * scale), QPointF(x - 6 * scale, middle - 11 * scale),
                QPointF(x + 6 * scale, middle - 11 * scale)]))

    def _paint_collapse(self, painter: QPainter, x: float, middle: float) -> None:
        """Paints the mark of a mode collapse: a triangle that narrows to a point."""
        scale = self._scale
        painter.setPen(QPen(QColor(self._theme.window), Pen.FINE))
        painter.setBrush(QColor(self._theme.generated))
        painter.drawPolygon(QPolygonF([
            QPointF(x, middle + 2 * scale), QPointF(x - 6 * scale, middle + 11 * scale),
            QPointF(x + 6 * scale, middle + 11 * scale)]))

    def _paint_cross(self, painter: QPainter, x: float, middle: float) -> None:
        arm = 5 * self._scale
        painter.setPen(QPen(QColor(self._theme.generated), Pen.HEAVY * self._scale))
        for side in (-1, 1):
            painter.drawLine(QPointF(x - arm, middle - arm * side), QPointF(x + arm, middle + arm * side))

    def _paint_handle(self, painter: QPainter, middle: float) -> None:
        at, scale = self._history.at, self._scale
        x = self.x_of(self._history.end if at is None else at)
        painter.setPen(QPen(QColor(self._theme.text if self.hasFocus() else self._theme.quiet), 2 * scale))
        painter.setBrush(QColor(self._theme.raised if at is None else self._theme.accent))
        painter.drawEllipse(QPointF(x, middle), 7 * scale, 7 * scale)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.isEnabled():
            # The widget's own tooltip would replace that of the mark under the pointer.
            QToolTip.showText(event.globalPos(), self.words(event.pos().x()), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.touched.emit()
            self._history.to(self.step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._history.to(self.step_at(x))
        QToolTip.showText(event.globalPosition().toPoint(), self.words(x), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -MANY, Qt.Key.Key_PageDown: MANY}
        key = Qt.Key(event.key())
        if key in (*moves, Qt.Key.Key_Home):
            self.touched.emit()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._to_mark(on=key == Qt.Key.Key_Right)
        elif key in moves:
            self._history.by(moves[key])
        elif key == Qt.Key.Key_Home:
            self._history.to(0)
        elif key in (Qt.Key.Key_End, Qt.Key.Key_Escape):
            self._history.to_live()
        else:
            super().keyPressEvent(event)
