"""A canvas to draw a distribution on, with mouse, pen, finger or keys."""

from __future__ import annotations

import dataclasses
from typing import cast

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QTouchEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ganstudio.core.design import Least, Pen
from ganstudio.core.drawing import REACH, Brush, Doubles, Drawing, Floats, centres
from ganstudio.ui.plotting.colors import image_of
from ganstudio.ui.theme import DARK, Theme

SHOWN = 1500  # points at most: more fill the densest places; on a small canvas one to each ROOM
ROOM = 180  # square pixels
BINS = 60  # of the points on the line
HEADROOM = 1.05  # what the line's picture shows above the highest curve
STEP = 0.1  # data units that an arrow key moves the brush; a quarter of it with Shift
INVITATION = "paint here with the mouse or a finger"
ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Down: (0, -1), Qt.Key.Key_Up: (0, 1),
}


class Canvas(QWidget):
    """Shows a drawing and hands the strokes to it.

    On the plane the density is a heat image in the colour of real data, on the line a filled curve. Points drawn
    from it lie over it, hollow: as circles on the plane, as the steps of a histogram on the line. A pen comes as
    the mouse, which Qt makes of it.
    """

    began = Signal()  # a stroke
    ended = Signal()  # a stroke, whether or not it changed anything
    pointed = Signal(float, float)  # where the pointer rests or goes between strokes, data units

    def __init__(self) -> None:
        super().__init__()
        self.brush = Brush()
        self.theme: Theme = DARK
        self._drawing = Drawing("plane")
        self._points: Doubles = np.zeros((0, 2))
        self._brush_at: tuple[float, float] | None = None  # data units
        self._heat: tuple[Floats, QImage] | None = None  # of which density
        self._cloud: tuple[tuple[float, ...], QPixmap] | None = None  # for which rectangle
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(*Least.CANVAS)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def show_drawing(self, drawing: Drawing, points: Doubles) -> None:
        """Shows a drawing, which strokes then change, and points drawn from it: ``(n, 2)`` or ``(n, 1)``."""
        self._drawing, self._points = drawing, points
        self._cloud = None
        self.update()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.theme = theme
        self._heat = self._cloud = None
        self.update()

    # Where things are ----------------------------------------------------------------------------------------

    def rectangle(self) -> QRectF:
        """Where the density is drawn, pixels: a square for the plane, beside its labels."""
        metrics = self.fontMetrics()
        label = metrics.horizontalAdvance("−2")
        left, below, rest = label + 10, metrics.height() + 6, max(label // 2, 10)
        whole = QRectF(left, rest, self.width() - left - rest, self.height() - below - rest)
        if self._drawing.kind == "line":
            return whole
        side = max(min(whole.width(), whole.height()), 1.0)
        return QRectF(left + (whole.width() - side) / 2, rest + (whole.height() - side) / 2, side, side)

    def position_of(self, x: float, y: float) -> QPointF:
        """The pixel of a point: data units, on the line the height from 0 to 1."""
        r, reach = self.rectangle(), REACH[self._drawing.kind]
        up = (y + reach) / (2 * reach) if self._drawing.kind == "plane" else y / HEADROOM
        return QPointF(r.left() + (x + reach) / (2 * reach) * r.width(), r.bottom() - up * r.height())

    def point_at(self, at: QPointF) -> tuple[float, float]:
        """The point of a pixel."""
        r, reach = self.rectangle(), REACH[self._drawing.kind]
        up = (r.bottom() - at.y()) / r.height()
        x = ((at.x() - r.left()) / r.width() * 2 - 1) * reach
        return x, (up * 2 - 1) * reach if self._drawing.kind == "plane" else up * HEADROOM

    # Strokes -------------------------------------------------------------------------------------------------

    def _press(self, x: float, y: float, *, erase: bool = False) -> None:
        QToolTip.hideText()
        self._brush_at = (x, y)
        self.began.emit()
        self._drawing.begin(dataclasses.replace(self.brush, erase=True) if erase else self.brush, x, y)
        self.update()

    def _move(self, x: float, y: float) -> None:
        self._brush_at = (x, y)
        if self._drawing.drawing:
            self._drawing.move(x, y)
        else:
            self.pointed.emit(x, y)
        self.update()

    def _lift(self) -> None:
        if self._drawing.drawing:
            self._drawing.end()
            self.update()
            self.ended.emit()

    # Painting ------------------------------------------------------------------------------------------------

    def _paint_grid(self, painter: QPainter) -> None:
        r, metrics = self.rectangle(), self.fontMetrics()
        reach = int(REACH[self._drawing.kind])
        plane = self._drawing.kind == "plane"
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        height = metrics.height()
        unit = r.width() / (2 * reach)  # pixels
        every = 1 if unit > max(1.5 * metrics.horizontalAdvance("−2"), height) else 2
        for tick in range(-reach, reach + 1):
            x, y = self.position_of(tick, 0).x(), self.position_of(0, tick).y()
            painter.setPen(QPen(QColor(self.theme.line), Pen.FINE))
            painter.drawLine(QPointF(x, r.top()), QPointF(x, r.bottom()))
            if plane:
                painter.drawLine(QPointF(r.left(), y), QPointF(r.right(), y))
            if tick % every:
                continue
            painter.setPen(QColor(self.theme.quiet))
            label = str(tick).replace("-", "−")
            painter.drawText(QRectF(x - 50, r.bottom() + 3, 100, height), Qt.AlignmentFlag.AlignCenter, label)
            if plane:
                raised = height / 2 if tick == -reach else 0  # clear of the number below the corner
                painter.drawText(QRectF(r.left() - 106, y - height / 2 - raised, 100, height),
                                 Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, label)
        if not plane:
            painter.setPen(QPen(QColor(self.theme.line), Pen.FINE))
            painter.drawLine(r.bottomLeft(), r.bottomRight())
            painter.setPen(QColor(self.theme.quiet))
            painter.save()
            painter.translate(r.left() - 6, r.bottom())
            painter.rotate(-90)
            painter.drawText(QRectF(0, -height, r.height(), height), Qt.AlignmentFlag.AlignCenter, "density")
            painter.restore()

    def _paint_plane(self, painter: QPainter) -> None:
        density = self._drawing.density
        if self._heat is None or self._heat[0] is not density:
            self._heat = density, _heat(density, self.theme)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.rectangle(), self._heat[1])

    def _paint_cloud(self, painter: QPainter) -> None:
        """The points, from a picture of them: drawing 1500 circles again at each move of the pointer takes too long."""
        r, ratio = self.rectangle(), self.devicePixelRatioF()
        key = (r.left(), r.top(), r.width(), r.height(), ratio)
        if self._cloud is None or self._cloud[0] != key:
            cloud = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            cloud.setDevicePixelRatio(ratio)
            cloud.fill(Qt.GlobalColor.transparent)
            inner = QPainter(cloud)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            inner.setPen(QPen(QColor(self.theme.real), Pen.RING))
            for x, y in self._points[: min(SHOWN, int(r.width() * r.height() / ROOM))].tolist():
                inner.drawEllipse(self.position_of(x, y), 2.4, 2.4)
            inner.end()
            self._cloud = key, cloud
        painter.drawPixmap(0, 0, self._cloud[1])

    def _paint_line(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        density = self._drawing.density
        curve = [self.position_of(x, y) for x, y in zip(centres("line").tolist(), density.tolist(), strict=True)]
        shade = QColor(self.theme.real)
        shade.setAlpha(60)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        reach = REACH["line"]
        painter.drawPolygon(QPolygonF([self.position_of(-reach, 0), *curve, self.position_of(reach, 0)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.real), Pen.HEAVY))
        painter.drawPolyline(QPolygonF(curve))

    def _paint_steps(self, painter: QPainter) -> None:
        """How many points fall into each bin, in the drawing's own units."""
        reach = REACH["line"]
        counts, edges = np.histogram(self._points, BINS, (-reach, reach))
        if not counts.any():
            return
        mean = float(self._drawing.density.mean())
        heights = np.minimum(counts / counts.sum() * BINS * mean, HEADROOM)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(QColor(self.theme.text), Pen.FINE))
        corners = np.stack([np.repeat(edges, 2)[1:-1], np.repeat(heights, 2)], axis=1)
        painter.drawPolyline(QPolygonF([self.position_of(x, y) for x, y in corners.tolist()]))

    def _paint_brush(self, painter: QPainter, x: float, y: float) -> None:
        at, edge = self.position_of(x, y), self.position_of(x + self.brush.radius, y)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.text), Pen.FINE))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = edge.x() - at.x()
        if self._drawing.kind == "plane":
            painter.drawEllipse(at, radius, radius)
        else:
            painter.drawLine(QPointF(at.x() - radius, at.y()), QPointF(at.x() + radius, at.y()))
        painter.drawLine(at - QPointF(0, 4), at + QPointF(0, 4))
        painter.drawLine(at - QPointF(4, 0), at + QPointF(4, 0))

    def _invite(self, painter: QPainter) -> None:
        inside, flags = self.rectangle().adjusted(8, 8, -8, -8), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        needed = painter.boundingRect(inside, flags, INVITATION)
        painter.fillRect(needed.adjusted(-6, -4, 6, 4), QColor(self.theme.base))
        painter.setPen(QColor(self.theme.text))
        painter.drawText(inside, flags, INVITATION)

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        drawing = self._drawing
        if drawing.kind == "plane":
            self._paint_plane(painter)
        self._paint_grid(painter)
        painter.setClipRect(self.rectangle().adjusted(-1, -1, 1, 1))
        if drawing.kind == "line" and not drawing.empty:
            self._paint_line(painter)
        if not drawing.drawing:  # while a stroke goes on the points are those of the drawing before it
            (self._paint_cloud if drawing.kind == "plane" else self._paint_steps)(painter)
        if drawing.empty:
            self._invite(painter)
        if self._brush_at is not None:
            self._paint_brush(painter, *self._brush_at)
        if self.hasFocus():
            painter.setClipping(False)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QPen(QColor(self.theme.accent), Pen.FINE))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        match event.button():
            case Qt.MouseButton.LeftButton:
                self._press(*self.point_at(event.position()))
            case Qt.MouseButton.RightButton:
                self._press(*self.point_at(event.position()), erase=True)
            case _:
                event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move(*self.point_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not event.buttons():
            self._lift()

    def leaveEvent(self, event: QEvent) -> None:
        if not self._drawing.drawing:
            self._brush_at = None
            self.update()

    def event(self, event: QEvent) -> bool:
        # One finger draws; what a second one does is left alone.
        if event.type() in (QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TouchEnd):
            points = cast(QTouchEvent, event).points()
            if points:
                at = self.point_at(points[0].position())
                if event.type() == QEvent.Type.TouchBegin:
                    self._press(*at)
                else:
                    self._move(*at)
            if event.type() == QEvent.Type.TouchEnd:
                self._lift()
            event.accept()
            return True
        if event.type() == QEvent.Type.TouchCancel:
            self._lift()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        x, y = self._brush_at or (0.0, 0.0 if self._drawing.kind == "plane" else 0.5)
        key = Qt.Key(event.key())
        if key in ARROWS:
            step = STEP / 4 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
            reach = REACH[self._drawing.kind]
            low, high = (-reach, reach) if self._drawing.kind == "plane" else (0.0, 1.0)
            self._move(min(max(x + ARROWS[key][0] * step, -reach), reach),
                       min(max(y + ARROWS[key][1] * step, low), high))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._press(x, y, erase=key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete))
            self._lift()
        else:
            super().keyPressEvent(event)


def _heat(density: Floats, theme: Theme) -> QImage:
    """The density from the background to the colour of real data, row 0 of the image at the top."""
    top = float(density.max()) or 1.0
    # By the root, so that thin places can be seen; at most 55 %, so that the points stand out where it is dense.
    share = 0.55 * np.sqrt(density[::-1] / top)[:, :, None]
    base, real = (np.array([c.red(), c.green(), c.blue()], dtype=np.float32)
                  for c in (QColor(theme.base), QColor(theme.real)))
    return image_of((base + (real - base) * share + 0.5).astype(np.uint8))
