"""A canvas for a sketch: a label map painted in the colours of its classes, or a box or key points to drag."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Least, Pen, Space
from ganstudio.core.images import Bytes, coloured
from ganstudio.ui.plotting.colors import image_of
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.board_marks import Box, Point, paint_box, paint_brush, paint_points
from ganstudio.ui.widgets.image_grid import ARROWS, FRAME, ImageGrid

Labels = NDArray[np.uint8]
MOST_KEPT = 100  # strokes that can be undone
LEAST_SIDE = 0.1  # of a box, shares of the image's side
STEP = 1 / 32  # of the side: what an arrow key moves a box or points
FAINT = 0.45  # how much is seen of the answer below a box or points
ALL = -1  # in the place of a point's number


class BoardCanvas(QWidget):
    """Painted with the mouse, or by arrow keys with Space; a box is dragged, or resized at its corners; a key point is
    dragged, or all of them from between them.
    """

    changed = Signal()
    approached = Signal()  # the pointer moves over the sketch, and has not pressed yet
    class_asked = Signal(int)  # a digit was pressed
    pointed = Signal(str)  # the name of the key point under the pointer, or that the keys move; empty: none

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self._beside: ImageGrid | None = None
        self.brush, self.thickness = 0, 4  # the class, and the diameter in px of the map
        self.labels: Labels = np.zeros((0, 0), np.uint8)
        self.box: Box | None = None
        self.points: list[Point] = []
        self._names: list[str] = []  # of the points
        self._colours: NDArray[np.uint8] = np.zeros((0, 3), np.uint8)
        self._answer: QImage | None = None  # what is below a box or points
        self._before: list[tuple[Labels, Box | None, list[Point]]] = []
        self._cursor = (0.5, 0.5)  # column and row, shares of the side
        self._last: tuple[float, float] | None = None  # of the stroke
        self._held: tuple[int, int] | None = None  # which ends of the box are dragged; (-1, -1): all of it
        self._point = ALL  # which point is dragged, or moved by keys
        self._near = ALL  # which is under the pointer
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("takes_space", True)  # widgets/focus_frame.py
        self.setMinimumSize(*Least.CANVAS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)

    # What is drawn -------------------------------------------------------------------------------------------

    def show_map(self, labels: Labels, colours: NDArray[np.uint8]) -> None:
        """Begins with a label map ``(h, h)`` and the colours of the classes ``(classes, 3)``."""
        self.clear()
        self.labels, self._colours = labels.copy(), colours

    def show_box(self, box: Box) -> None:
        """Begins with a box."""
        self.clear()
        self.box = box

    def show_points(self, points: Sequence[Point], names: Sequence[str]) -> None:
        """Begins with key points, each with its name."""
        self.clear()
        self.points, self._names = list(points), list(names)

    def show_answer(self, image: Bytes | None) -> None:
        """Shows an image ``(h, w, c)`` faintly below a box or points; none: nothing is known yet."""
        self._answer = None if image is None else image_of(coloured(image[None])[0])
        self.update()

    def clear(self) -> None:
        """Nothing is drawn on yet."""
        self.box, self.labels, self.points = None, np.zeros((0, 0), np.uint8), []
        self._point = self._near = ALL
        self._last = self._held = None  # a stroke that is under way ends: it was for what was drawn before
        self._before.clear()
        self.update()

    @property
    def ready(self) -> bool:
        """Whether there is something to draw on."""
        return self.labels.size > 0 or self.box is not None or bool(self.points)

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
        self.labels, self.box, self.points = self._before.pop()
        self._tell()

    def _remember(self) -> None:
        self._before.append((self.labels.copy(), self.box, list(self.points)))
        del self._before[:-MOST_KEPT]

    def _forget_if_the_same(self) -> None:
        """Takes out of what can be undone what changed nothing."""
        if self._before:
            labels, box, points = self._before[-1]
            if (box, points) == (self.box, self.points) and np.array_equal(labels, self.labels):
                self._before.pop()

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

    def move_points(self, right: float, down: float, which: int = ALL) -> None:
        """Moves one point, or all, and keeps them in the image."""
        moved = [self.points[which]] if which != ALL else self.points
        if not moved:
            return
        right, down = (min(max(by, -min(point[axis] for point in moved)), 1 - max(point[axis] for point in moved))
                       for axis, by in ((0, right), (1, down)))
        self.points = [(column + right, row + down) if which in (ALL, at) else (column, row)
                       for at, (column, row) in enumerate(self.points)]
        self._tell()

    # Where things are ----------------------------------------------------------------------------------------

    def lie_like(self, beside: ImageGrid) -> None:
        """Shows the sketch as large and as high up as a widget beside it, of the same size, shows its only image."""
        self._beside = beside

    def place(self) -> QRectF:
        """Where the sketch is."""
        beside, ratio = self._beside, self.devicePixelRatioF()
        if beside is not None and len(beside.images):
            place = beside.cells().place(0)  # a layout makes one of two widgets a pixel wider
            left = (self.width() - place.width() / ratio) / 2
            top = place.top() / ratio + (self.height() - beside.height()) / 2
            return QRectF(round(left), round(top), place.width() / ratio, place.height() / ratio)
        head = self.fontMetrics().height() + Space.CLOSE
        side = max(min(self.width(), self.height() - head) - 2 * Space.USUAL, 1)
        return QRectF((self.width() - side) / 2, (self.height() + head - side) / 2, side, side)

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

    def _point_at(self, place: QPointF) -> int:
        """The point that is nearest to a place, if it is near; of points on one spot the one that was chosen."""
        shown = self.place()
        away = [hypot(shown.left() + column * shown.width() - place.x(), shown.top() + row * shown.height() - place.y())
                for column, row in self.points]
        nearest = min(range(len(away)), key=away.__getitem__, default=ALL)
        if nearest == ALL or away[nearest] > Space.WIDE:
            return ALL
        chosen = self._point
        return chosen if chosen != ALL and away[chosen] - away[nearest] < 1 else nearest

    def _look_at(self, place: QPointF) -> None:
        """Says what is under the pointer, also with its shape."""
        near = self._point_at(place)
        if near != self._near:
            self._near = near
            self.pointed.emit(self._names[near] if near != ALL else "")
        if self.box is not None and (ends := self._ends_at(place)) != (-1, -1):
            falls = (ends[0] == 0) == (ends[1] == 1)
            self.setCursor(Qt.CursorShape.SizeFDiagCursor if falls else Qt.CursorShape.SizeBDiagCursor)
        elif self.box is not None or self.points:
            self.setCursor(Qt.CursorShape.SizeAllCursor if near == ALL else Qt.CursorShape.PointingHandCursor)
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)

    # Qt ------------------------------------------------------------------------------------------------------

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        painter.setPen(QPen(QColor(self.theme.edge), FRAME))
        painter.drawRect(QRectF(self.rect()).adjusted(FRAME / 2, FRAME / 2, -FRAME / 2, -FRAME / 2))
        place = self.place()
        painter.setPen(QColor(self.theme.text))
        painter.drawText(QRectF(Space.USUAL, 0, self.width(), self.fontMetrics().height() + Space.CLOSE),
                         Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "sketch")
        if self.labels.size:
            painter.drawImage(place, image_of(self._colours[self.labels]))
        elif self.ready and self._answer is not None:
            painter.setOpacity(FAINT)
            painter.drawImage(place, self._answer)
            painter.setOpacity(1.0)
        if self.ready:
            painter.setPen(QPen(QColor(self.theme.edge), Pen.FINE))
            painter.drawRect(place)
        if self.labels.size and (self.hasFocus() or self.underMouse()):
            paint_brush(painter, place, self.theme, self._cursor, max(self.thickness, 1) / self.labels.shape[0])
        if self.box is not None:
            paint_box(painter, place, self.theme, self.box)
        paint_points(painter, place, self.theme, self.points, {self._point, self._near})

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.ready:
            event.ignore()
            return
        self._remember()
        self._last = self._cursor = self._share(event.position())
        if self.labels.size:
            self.paint_line(self._last, self._last)
        elif self.box is not None:
            self._held = self._ends_at(event.position())
        else:
            self._point = self._point_at(event.position())
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        before, self._cursor = self._last, self._share(event.position())
        if before is None or not event.buttons() & Qt.MouseButton.LeftButton:
            self._look_at(event.position())
            self.update()
            if self.ready:
                self.approached.emit()
            return
        self._last = self._cursor
        right, down = self._cursor[0] - before[0], self._cursor[1] - before[1]
        if self.labels.size:
            self.paint_line(before, self._cursor)
        elif self._held is not None:
            self.move_box(right, down, self._held)
        else:
            self.move_points(right, down, self._point)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            self._forget_if_the_same()
        self._last = self._held = None

    def leaveEvent(self, event: QEvent) -> None:
        if self._near != ALL:
            self._near = ALL
            self.pointed.emit("")
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
        elif key in ARROWS and self.ready:
            right, down = ARROWS[key]
            if not self.labels.size:
                self._remember()
                if self.box is not None:
                    self.move_box(right * STEP, down * STEP, (2, 3) if shift else (-1, -1))
                else:
                    self.move_points(right * STEP, down * STEP, self._point)
                self._forget_if_the_same()
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
        elif Qt.Key.Key_0 <= key < Qt.Key.Key_1 + len(self.points) and self.points and not event.modifiers():
            self._point = key - Qt.Key.Key_1  # 0 is for all
            self.pointed.emit(self._names[self._point] if self._point != ALL else "")
            self.update()
        else:
            super().keyPressEvent(event)


def _undoes(event: QKeyEvent) -> bool:
    control = Qt.KeyboardModifier.ControlModifier
    return event.key() == Qt.Key.Key_Z and event.modifiers() == control
