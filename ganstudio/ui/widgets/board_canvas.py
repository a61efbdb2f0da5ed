"""A canvas for a sketch: a label map that is painted in the colours of its classes, or a box that is dragged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Dot, Least, Pen, Space
from ganstudio.ui.plotting.colors import image_of
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.image_grid import ARROWS

Labels = NDArray[np.uint8]
Box = tuple[float, float, float, float]
MOST_KEPT = 100  # strokes that can be undone
LEAST_SIDE = 0.1  # of a box, shares of the image's side
STEP = 1 / 32  # of the side: what an arrow key moves a box


class BoardCanvas(QWidget):
    """Painted with the mouse, or by arrow keys with Space; a box is dragged, or resized at its corners."""

    changed = Signal()
    class_asked = Signal(int)  # a digit was pressed

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self.brush, self.thickness = 0, 4  # the class, and the diameter in px of the map
        self.labels: Labels = np.zeros((0, 0), np.uint8)
        self.box: Box | None = None
        self._colours: NDArray[np.uint8] = np.zeros((0, 3), np.uint8)
        self._before: list[Labels | Box] = []
        self._cursor = (0.5, 0.5)  # column and row, shares of the side
        self._last: tuple[float, float] | None = None  # of the stroke
        self._held: tuple[int, int] | None = None  # which ends of the box are dragged; (-1, -1): all of it
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("takes_space", True)  # widgets/focus_frame.py
        self.setMinimumSize(*Least.CANVAS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)

    # What is drawn -------------------------------------------------------------------------------------------

    def show_map(self, labels: Labels, colours: NDArray[np.uint8]) -> None:
        """Begins with a label map ``(h, h)`` and the colours of the classes ``(classes, 3)``."""
        self.labels, self._colours, self.box = labels.copy(), colours, None
        self._before.clear()
        self.update()

    def show_box(self, box: Box) -> None:
        """Begins with a box."""
        self.box, self.labels = box, np.zeros((0, 0), np.uint8)
        self._before.clear()
        self.update()

    def clear(self) -> None:
        """Nothing is drawn on yet."""
        self.box, self.labels = None, np.zeros((0, 0), np.uint8)
        self._before.clear()
        self.update()

    @property
    def can_undo(self) -> bool:
        """Whether anything was drawn."""
        return bool(self._before)

    def fill(self) -> None:
        """Gives the whole map the class of the brush."""
        if self.labels.size:
            self._remember()
            self.labels[:] = self.brush
            self._tell()

    def undo(self) -> None:
        """Takes the last stroke back."""
        if not self._before:
            return
        before = self._before.pop()
        if isinstance(before, tuple):
            self.box = before
        else:
            self.labels = before
        self._tell()

    def _remember(self) -> None:
        self._before.append(self.box if self.box is not None else self.labels.copy())
        del self._before[:-MOST_KEPT]

    def _tell(self) -> None:
        self.update()
        self.changed.emit()

    def paint_line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Paints from one place to another with a round brush; places are shares of the side."""
        side = self.labels.shape[0]
        middles = np.arange(side) + 0.5
        rows, columns = middles[:, None], middles[None]
        a, b = (np.array(place) * side for place in (start, end))
        along = b - a
        length = max(float(along @ along), 1e-12)
        share = np.clip(((columns - a[0]) * along[0] + (rows - a[1]) * along[1]) / length, 0, 1)
        away = np.hypot(columns - a[0] - share * along[0], rows - a[1] - share * along[1])
        own = min(max(int(b[1]), 0), side - 1), min(max(int(b[0]), 0), side - 1)
        self.labels[away <= self.thickness / 2] = self.brush
        self.labels[own] = self.brush  # the smallest brush paints a pixel wherever it is
        self._tell()

    def move_box(self, right: float, down: float, ends: tuple[int, int] = (-1, -1)) -> None:
        """Moves a box, or the ends of it (0, 2: left, right; 1, 3: top, bottom), and keeps it in the image."""
        if self.box is None:
            return
        box = list(self.box)
        for axis, by in ((0, right), (1, down)):
            if ends[axis] < 0:
                by = min(max(by, -box[axis]), 1 - box[axis + 2])
                box[axis], box[axis + 2] = box[axis] + by, box[axis + 2] + by
            elif ends[axis] == axis:
                box[axis] = min(max(box[axis] + by, 0.0), box[axis + 2] - LEAST_SIDE)
            else:
                box[axis + 2] = max(min(box[axis + 2] + by, 1.0), box[axis] + LEAST_SIDE)
        left, top, far, bottom = (min(max(end, 0.0), 1.0) for end in box)
        self.box = (left, top, far, bottom)
        self._tell()

    # Where things are ----------------------------------------------------------------------------------------

    def place(self) -> QRectF:
        """Where the sketch is."""
        side = max(min(self.width(), self.height()) - 2 * Space.USUAL, 1)
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def _share(self, point: QPointF) -> tuple[float, float]:
        place = self.place()
        return (point.x() - place.left()) / place.width(), (point.y() - place.top()) / place.height()

    def _ends_at(self, point: QPointF) -> tuple[int, int]:
        """Which ends of the box are near a place; -1, -1: none."""
        assert self.box is not None
        place, reach = self.place(), Space.WIDE
        ends = []
        for axis, at, origin in ((0, point.x(), place.left()), (1, point.y(), place.top())):
            near = [end for end in (axis, axis + 2) if abs(at - origin - self.box[end] * place.width()) <= reach]
            ends.append(near[0] if near else -1)
        return (ends[0], ends[1]) if min(ends) >= 0 else (-1, -1)

    # Qt ------------------------------------------------------------------------------------------------------

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        place = self.place()
        if self.labels.size:
            painter.drawImage(place, image_of(self._colours[self.labels]))
        if self.labels.size or self.box is not None:
            painter.setPen(QPen(QColor(self.theme.edge), Pen.FINE))
            painter.drawRect(place)
        if self.labels.size and (self.hasFocus() or self.underMouse()):
            self._paint_brush(painter, place)
        if self.box is not None:
            self._paint_box(painter, place, self.box)

    def _paint_brush(self, painter: QPainter, place: QRectF) -> None:
        pixel = place.width() / self.labels.shape[0]
        radius = max(self.thickness, 1) * pixel / 2
        at = QPointF(place.left() + self._cursor[0] * place.width(), place.top() + self._cursor[1] * place.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((self.theme.base, Pen.HEAVY), (self.theme.text, Pen.FINE)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawEllipse(at, radius, radius)

    def _paint_box(self, painter: QPainter, place: QRectF, box: Box) -> None:
        corner = QPointF(place.left() + box[0] * place.width(), place.top() + box[1] * place.height())
        other = QPointF(place.left() + box[2] * place.width(), place.top() + box[3] * place.height())
        shown = QRectF(corner, other)
        painter.setPen(QPen(QColor(self.theme.accent), Pen.USUAL))
        painter.drawRect(shown)
        painter.setBrush(QColor(self.theme.accent))
        for handle in (shown.topLeft(), shown.topRight(), shown.bottomLeft(), shown.bottomRight()):
            painter.drawEllipse(handle, Dot.MARK / 2, Dot.MARK / 2)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or (not self.labels.size and self.box is None):
            event.ignore()
            return
        self._remember()
        self._last = self._cursor = self._share(event.position())
        if self.box is None:
            self.paint_line(self._last, self._last)
        else:
            self._held = self._ends_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        before, self._cursor = self._last, self._share(event.position())
        if before is None or not event.buttons() & Qt.MouseButton.LeftButton:
            self.update()
            return
        self._last = self._cursor
        if self.box is None:
            self.paint_line(before, self._cursor)
        elif self._held is not None:
            self.move_box(self._cursor[0] - before[0], self._cursor[1] - before[1], self._held)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = self._held = None

    def leaveEvent(self, event: QEvent) -> None:
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _undoes(event):
            event.accept()  # else the window takes back its own last move
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if _undoes(event):
            self.undo()
        elif key in ARROWS and (self.labels.size or self.box is not None):
            right, down = ARROWS[key]
            if self.box is not None:
                self._remember()
                self.move_box(right * STEP, down * STEP, (2, 3) if shift else (-1, -1))
            else:
                step = (1 if shift else max(self.thickness // 2, 1)) / self.labels.shape[0]
                column, row = self._cursor
                self._cursor = (min(max(column + right * step, 0.0), 1.0), min(max(row + down * step, 0.0), 1.0))
                self.update()
        elif key == Qt.Key.Key_Space and self.labels.size:
            self._remember()
            self.paint_line(self._cursor, self._cursor)
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_9 and self.labels.size and not event.modifiers():
            self.class_asked.emit(key - Qt.Key.Key_1)
        else:
            super().keyPressEvent(event)


def _undoes(event: QKeyEvent) -> bool:
    control = Qt.KeyboardModifier.ControlModifier
    return event.key() == Qt.Key.Key_Z and event.modifiers() == control
