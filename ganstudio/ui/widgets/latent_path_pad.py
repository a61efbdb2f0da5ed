"""A path through the latent space on screen: its images in their places, and a point that the user drags along."""

from __future__ import annotations

import math
from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Least, Pen
from ganstudio.core.images import Bytes
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.badge import badge
from ganstudio.ui.widgets.image_grid import ARROWS, NO_IMAGES, fitted, scaled

Path = Literal["line", "square", "circle"]
PathPoint = tuple[float, float]
SQUARE, CIRCLE = 6, 12  # images along a side, and around
RING = 0.155  # of the circle's square: the side of its images, so that neighbours on the diagonal just touch
STEP, FINE, PAGE = 0.02, 0.005, 0.1  # of the way: an arrow key, with Shift, and Page Up or Down
WHOLE_FROM = 0.95  # images that lie close beside each other show the way better than images of whole pixels
GRIP = 7  # radius of the point, logical pixels


def places(path: Path, anchors: int) -> list[PathPoint]:
    """Where the images of an overview lie on the path; each anchor is one of them."""
    if path == "square":
        return [(column / (SQUARE - 1), row / (SQUARE - 1)) for row in range(SQUARE) for column in range(SQUARE)]
    if path == "circle":
        return [(index / CIRCLE, 0.0) for index in range(CIRCLE)]
    count = 9 if anchors == 3 else 10
    return [(index / (count - 1), 0.0) for index in range(count)]


def stops(path: Path, anchors: int) -> list[tuple[str, PathPoint]]:
    """The anchors by their letters, and where they lie on the way; −A is the opposite of A."""
    letters = "ABCD"[:anchors]
    if path == "square":
        around = {2: "ABAB", 3: "ABCC", 4: "ABCD"}[anchors]
        return list(zip(around, [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)], strict=True))
    if path == "circle":
        names = ["A", "B", "−A", "−B"] if anchors == 2 else list(letters)
        return [(name, (index / len(names), 0.0)) for index, name in enumerate(names)]
    return [(letter, (index / (anchors - 1), 0.0)) for index, letter in enumerate(letters)]


class LatentPathPad(QWidget):
    """A line of images, a square of them, or a ring; the point is dragged, clicked to, or moved by the arrow keys."""

    moved = Signal(float, float)  # the point, by the user; each 0 to 1
    pointed = Signal(int)  # the image under the pointer; -1: none

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self.path: Path = "line"
        self.point: PathPoint = (0.5, 0.5)
        self.anchors = 4  # letters on the way
        self._images = NO_IMAGES
        self._sheet: tuple[int, QImage] | None = None
        self._under = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(*Least.PANEL)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def images(self) -> Bytes:
        """Those of the way, ``(n, h, w, c)``."""
        return self._images

    def show_way(self, path: Path, anchors: int) -> None:
        """Shows another path, whose images are still to come."""
        self.path, self.anchors = path, anchors
        self.show_images(NO_IMAGES)

    def show_images(self, images: Bytes) -> None:
        """Shows images at ``places(path, anchors)``; if their number differs, none."""
        self._images = images if len(images) == len(places(self.path, self.anchors)) else NO_IMAGES
        self._sheet = None
        self.update()

    def put(self, x: float, y: float) -> None:
        """Moves the point, each 0 to 1, without sending ``moved``."""
        self.point = (x, y)
        self.update()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.theme = theme
        self.update()

    def height_for(self, width: int) -> int:
        """Of a line of this width: its images and the track below them, logical pixels."""
        return round(width / len(places("line", self.anchors))) + self._track()

    # Where things are: logical pixels ------------------------------------------------------------------------

    def _track(self) -> int:
        """Height of the track below a line."""
        return 2 * GRIP + 8

    def _area(self) -> QRectF:
        """What the images fill."""
        whole = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        if self.path == "line":
            return whole.adjusted(GRIP, 0, -GRIP, -self._track())
        side = max(min(whole.width(), whole.height()), 1.0)
        return QRectF(whole.center().x() - side / 2, whole.center().y() - side / 2, side, side)

    def _cell(self) -> float:
        """Side of the square that each image fits into."""
        area = self._area()
        match self.path:
            case "line":
                return max(min(area.width() / len(places("line", self.anchors)), area.height()), 1.0)
            case "square":
                return area.width() / SQUARE
            case "circle":
                return RING * area.width()

    def position_of(self, x: float, y: float) -> QPointF:
        """The pixel of a place on the way."""
        area, cell = self._area(), self._cell()
        if self.path == "line":
            half = cell * (len(places("line", self.anchors)) - 1) / 2
            return QPointF(area.center().x() + (2 * x - 1) * half, area.bottom() - cell / 2)
        if self.path == "square":
            reach = area.width() - cell
            return QPointF(area.left() + cell / 2 + x * reach, area.top() + cell / 2 + y * reach)
        angle, radius = 2 * math.pi * x, (area.width() - cell) / 2
        return area.center() + QPointF(radius * math.sin(angle), -radius * math.cos(angle))

    def grip(self) -> QPointF:
        """The pixel of the point that is dragged: on the square itself, else beside the images."""
        at = self.position_of(*self.point)
        if self.path == "line":
            return QPointF(at.x(), self._area().bottom() + self._track() / 2)
        if self.path == "circle":
            middle, inner = self._area().center(), self._inner()
            angle = 2 * math.pi * self.point[0]
            return middle + QPointF(inner * math.sin(angle), -inner * math.cos(angle))
        return at

    def _inner(self) -> float:
        """Radius of the circle's track, within its images."""
        area, cell = self._area(), self._cell()
        return max((area.width() - cell) / 2 - 0.71 * cell - GRIP, 1.0)

    def place_at(self, at: QPointF) -> PathPoint:
        """The place on the way that is nearest to a pixel."""
        area, cell = self._area(), self._cell()
        if self.path == "circle":
            off = at - area.center()
            return (math.atan2(off.x(), -off.y()) / (2 * math.pi)) % 1.0, self.point[1]
        low, high = self.position_of(0, 0), self.position_of(1, 1)
        x = _share(at.x(), low.x(), high.x())
        return (x, _share(at.y(), low.y(), high.y()) if self.path == "square" else self.point[1]) if cell else (x, 0.0)

    def _image_at(self, at: QPointF) -> int:
        half = self._cell() / 2
        for index, place in enumerate(places(self.path, self.anchors)):
            off = at - self.position_of(*place)
            if max(abs(off.x()), abs(off.y())) <= half:
                return index
        return -1

    def _go(self, x: float, y: float) -> None:
        self.put(x, y)
        self.moved.emit(x, y)

    # Painting ------------------------------------------------------------------------------------------------

    def _paint_images(self, painter: QPainter) -> None:
        ratio = self.devicePixelRatioF()
        gap = 2 * ratio if self.path != "circle" else 0.0
        side = fitted(max(self._cell() * ratio - gap, 1.0), self._images.shape[2], WHOLE_FROM)
        if self._sheet is None or self._sheet[0] != side:
            tall = max(round(side * self._images.shape[1] / self._images.shape[2]), 1)
            self._sheet = side, scaled(self._images, len(self._images), side, tall)
        sheet = self._sheet[1]
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        for index, place in enumerate(places(self.path, self.anchors)):
            at = self.position_of(*place) * ratio
            corner = QPoint(round(at.x() - side / 2), round(at.y() - sheet.height() / 2))
            painter.drawImage(corner, sheet, QRect(index * side, 0, side, sheet.height()))
        painter.restore()

    def _paint_stops(self, painter: QPainter) -> None:
        half = self._cell() / 2
        for letter, place in stops(self.path, self.anchors):
            at = self.position_of(*place)
            painter.setPen(QPen(QColor(self.theme.generated), Pen.USUAL))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half).adjusted(1, 1, -1, -1))
            corner = QPoint(round(at.x() - half), round(at.y() - half))
            badge(painter, corner, letter, self.theme, self.font(), 2 * half)

    def _paint_track(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(self.theme.quiet), Pen.HEAVY))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.path == "circle":
            painter.drawEllipse(self._area().center(), self._inner(), self._inner())
        elif self.path == "line":
            y = self._area().bottom() + self._track() / 2
            painter.drawLine(QPointF(self.position_of(0, 0).x(), y), QPointF(self.position_of(1, 0).x(), y))

    def _paint_grip(self, painter: QPainter) -> None:
        at = self.grip()
        if self.path == "square":  # over images of any colour: a light ring on a dark one
            for colour, width in ((self.theme.base, 5.0), (self.theme.generated, 2.5)):
                painter.setPen(QPen(QColor(colour), width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(at, GRIP + 2.0, GRIP + 2.0)
        painter.setPen(QPen(QColor(self.theme.base), Pen.LIGHT))
        painter.setBrush(QColor(self.theme.generated))
        painter.drawEllipse(at, float(GRIP), float(GRIP))

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        if len(self._images):
            self._paint_images(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_stops(painter)
        self._paint_track(painter)
        self._paint_grip(painter)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QPen(QColor(self.theme.accent), Pen.FINE))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._go(*self.place_at(event.position()))
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(*self.place_at(event.position()))
            return
        index = self._image_at(event.position())
        if index != self._under:
            self._under = index
            self.pointed.emit(index)

    def leaveEvent(self, event: QEvent) -> None:
        if self._under >= 0:
            self._under = -1
            self.pointed.emit(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, (x, y) = Qt.Key(event.key()), self.point
        step = FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        if key in ARROWS:
            right, down = ARROWS[key]
            x, y = (x + right * step, y + down * step) if self.path == "square" else (x + (right - down) * step, y)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            x += PAGE if key == Qt.Key.Key_PageUp else -PAGE
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            x = 0.0 if key == Qt.Key.Key_Home else 1.0
        else:
            super().keyPressEvent(event)
            return
        self._go(x % 1.0 if self.path == "circle" else min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))


def _share(at: float, low: float, high: float) -> float:
    return min(max((at - low) / (high - low), 0.0), 1.0) if high > low else 0.0
