"""A board on which piles of earth and holes are seen, dragged, chosen by keys, and carried from one to the other."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Least, Pen
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.earth_drawing import NOWHERE, Earth, Frame, Mark, paint

GRIP = 8.0  # logical pixels around a pile within which it is taken
KEYS = {
    Qt.Key.Key_Left: "left", Qt.Key.Key_Right: "right", Qt.Key.Key_Up: "up", Qt.Key.Key_Down: "down",
    Qt.Key.Key_PageUp: "before", Qt.Key.Key_PageDown: "next", Qt.Key.Key_Return: "carry", Qt.Key.Key_Enter: "carry",
    Qt.Key.Key_Delete: "clear",
}


class EarthBoard(QWidget):
    """Shows an ``Earth`` and sends what the user does with it; it changes nothing by itself."""

    dragged = Signal(int, int, float, float)  # 0: a pile, 1: a hole; which; where to, in its coordinates
    chosen = Signal(int, int)  # a pile or a hole, by the mouse
    carried = Signal(int, int)  # from a pile to a hole, by the mouse
    pointed = Signal(int, int)  # the pile and hole of the route under the pointer; -1: none, or all routes of one
    keyed = Signal(str, bool)  # one of KEYS' words, and whether Shift is held

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self.carrying = False  # whether a drag carries earth instead of moving a pile
        self.editable = True
        self._earth: Earth | None = None
        self._taken: tuple[int, int] | None = None
        self._offset = QPointF()  # from the pointer to what was taken
        self._pointer: QPointF | None = None  # the end of the line that follows it
        self._mark: Mark = NOWHERE
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(*Least.PANEL)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_earth(self, earth: Earth | None) -> None:
        """Shows piles and holes; None: nothing."""
        self._earth = earth
        self.update()

    def highlight(self, mark: Mark) -> None:
        """Marks a route, or all of a pile or hole."""
        if mark != self._mark:
            self._mark = mark
            self.update()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.theme = theme
        self.update()

    def frame(self) -> Frame | None:
        """Where things are now; None if there is nothing."""
        if self._earth is None:
            return None
        return Frame.of(self._earth, QRectF(self.rect()), QFontMetricsF(self.font()))

    def _under(self, at: QPointF, which: int | None = None) -> tuple[int, int] | None:
        """The pile or hole nearest to a point of the widget, within reach; ``which``: only of that kind."""
        earth, frame = self._earth, self.frame()
        if earth is None or frame is None:
            return None
        found: list[tuple[float, int, int]] = []
        for kind, places, loads in ((0, earth.sources, earth.supply), (1, earth.targets, earth.demand)):
            for index, place in enumerate(places):
                body = frame.body(place, int(loads[index]), kind, earth.dots)
                if which in (None, kind) and body.adjusted(-GRIP, -GRIP, GRIP, GRIP).contains(at):
                    away = body.center() - at
                    found.append((away.x() ** 2 + away.y() ** 2, kind, index))
        return min(found)[1:] if found else None

    def _route_under(self, at: QPointF) -> Mark:
        """The route of a plan nearest to a point of the widget, else all routes of the pile or hole there."""
        earth, frame, near = self._earth, self.frame(), (GRIP, NOWHERE)
        if earth is None or frame is None:
            return NOWHERE
        if (end := self._under(at)) is not None:
            return (end[1], -1) if end[0] == 0 else (-1, end[1])
        for plan in (earth.plan, earth.own):
            for pile, hole in [] if plan is None else np.argwhere(plan > 0).tolist():
                near = min(near, (_distance(at, *frame.route(earth, pile, hole)), (pile, hole)))
        return near[1]

    # Qt --------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        earth, frame = self._earth, self.frame()
        if earth is not None and frame is not None:
            there = self._mark[0] < len(earth.sources) and self._mark[1] < len(earth.targets)
            paint(painter, earth, frame, self.theme, self._mark if there else NOWHERE)
            if self._pointer is not None and self._taken is not None:
                painter.setPen(QPen(QColor(self.theme.accent), Pen.USUAL, Qt.PenStyle.DashLine))
                painter.drawLine(frame.at(earth.sources[self._taken[1]], 0), self._pointer)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QPen(QColor(self.theme.accent), Pen.FINE))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        earth, frame = self._earth, self.frame()
        if event.button() != Qt.MouseButton.LeftButton or not self.editable or earth is None or frame is None:
            event.ignore()
            return
        self._taken = self._under(event.position())
        if self._taken is None:
            return
        which, index = self._taken
        self.chosen.emit(which, index)
        if self.carrying and which == 0:
            self._pointer = event.position()
        elif self.carrying:
            self._taken = None
        else:
            self._offset = frame.at((earth.sources, earth.targets)[which][index], which) - event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        frame = self.frame()
        if self._taken is None or frame is None:
            self.pointed.emit(*self._route_under(event.position()))
            return
        if self._pointer is not None:
            self._pointer = event.position()
            self.update()
        else:
            self.dragged.emit(*self._taken, *frame.place(event.position() + self._offset))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        taken, self._taken = self._taken, None
        if self._pointer is None or taken is None:
            return
        self._pointer = None
        if (hole := self._under(event.position(), 1)) is not None:
            self.carried.emit(taken[1], hole[1])
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(*NOWHERE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        word = KEYS.get(Qt.Key(event.key()), "")
        if not word or not self.editable:
            super().keyPressEvent(event)
            return
        self.keyed.emit(word, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))


def _distance(at: QPointF, start: QPointF, end: QPointF) -> float:
    """From a point to a line between two points."""
    way, to = end - start, at - start
    share = QPointF.dotProduct(to, way) / max(QPointF.dotProduct(way, way), 1e-9)
    beside = to - way * min(max(share, 0.0), 1.0)
    return float(QPointF.dotProduct(beside, beside) ** 0.5)
