"""What is drawn over a sketch: the brush, a box with its handles, and numbered key points."""

from __future__ import annotations

from collections.abc import Container, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ganstudio.core.design import Dot, Pen, Space
from ganstudio.ui.theme import Theme

Box = tuple[float, float, float, float]  # left, top, right, bottom, shares of the side
Point = tuple[float, float]  # x and y, shares of the side


def paint_brush(painter: QPainter, place: QRectF, theme: Theme, at: Point, thickness: float) -> None:
    """A ring of the size of the brush, its diameter a share of the side, that is seen on any colour."""
    radius = thickness * place.width() / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((theme.base, Pen.HEAVY), (theme.text, Pen.FINE)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawEllipse(_on(place, at), radius, radius)


def paint_box(painter: QPainter, place: QRectF, theme: Theme, box: Box) -> None:
    """A frame with a dot at each corner."""
    shown = QRectF(_on(place, box[:2]), _on(place, box[2:]))
    painter.setPen(QPen(QColor(theme.accent), Pen.USUAL))
    painter.drawRect(shown)
    painter.setBrush(QColor(theme.accent))
    for handle in (shown.topLeft(), shown.topRight(), shown.bottomLeft(), shown.bottomRight()):
        painter.drawEllipse(handle, Dot.MARK / 2, Dot.MARK / 2)


def paint_points(
    painter: QPainter, place: QRectF, theme: Theme, points: Sequence[Point], held: Container[int]
) -> None:
    """Dots, larger if they are held, with their numbers on the side where the other points are not."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    centre = sum(column for column, _ in points) / max(len(points), 1)
    for number, point in enumerate(points):
        middle = _on(place, point)
        size = painter.fontMetrics().size(0, str(number + 1))
        plate = QRectF(middle.x() + Dot.MARK, middle.y() - size.height() / 2, size.width() + Space.CLOSE, size.height())
        leftwards = QRectF(plate)
        leftwards.moveRight(middle.x() - Dot.MARK)
        if (point[0] < centre and leftwards.left() >= place.left()) or plate.right() > place.right():
            plate = leftwards
        painter.fillRect(plate, QColor(theme.base))
        painter.setPen(QColor(theme.text))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, str(number + 1))
    painter.setPen(QPen(QColor(theme.base), Pen.USUAL))
    painter.setBrush(QColor(theme.accent))
    for number, point in enumerate(points):
        radius = Dot.MARK * (0.75 if number in held else 0.5)
        painter.drawEllipse(_on(place, point), radius, radius)


def _on(place: QRectF, point: Sequence[float]) -> QPointF:
    return QPointF(place.left() + point[0] * place.width(), place.top() + point[1] * place.height())
