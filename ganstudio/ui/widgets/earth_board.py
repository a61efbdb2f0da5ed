"""A board on which piles of earth and holes are seen, dragged, chosen by keys, and carried from one to the other."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Least, Pen
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.earth_drawing import Earth, Frame, paint

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
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(*Least.PANEL)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_earth(self, earth: Earth | None) -> None:
        """Shows piles and holes; None: nothing."""
        self._earth = earth
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

    # Qt --------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        earth, frame = self._earth, self.frame()
        if earth is not None and frame is not None:
            paint(painter, earth, frame, self.theme)
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        word = KEYS.get(Qt.Key(event.key()), "")
        if not word or not self.editable:
            super().keyPressEvent(event)
            return
        self.keyed.emit(word, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
