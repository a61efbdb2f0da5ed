"""A letter on a plate, as an image's mark."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from ganstudio.core.design import Pen, Text
from ganstudio.ui.theme import Theme


def badge(painter: QPainter, corner: QPoint, text: str, theme: Theme, font: QFont, room: float) -> None:
    """A letter on a plate, the plate's upper left at ``corner``; at most half as high as the room, logical pixels."""
    bold = QFont(font)
    bold.setBold(True)
    line = QFontMetrics(bold).height()
    if line > room / 2:
        fitting = bold.pointSizeF() * room / 2 / line
        bold.setPointSizeF(max(fitting, Text.LEAST * Text.POINTS))
    metrics = QFontMetrics(bold)
    side = metrics.height()
    plate = QRectF(corner.x(), corner.y(), max(side, metrics.horizontalAdvance(text) + side // 3), side)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.base), Pen.FINE))
    painter.setBrush(QColor(theme.text))
    painter.drawRoundedRect(plate, side / 5, side / 5)
    painter.setFont(bold)
    painter.setPen(QColor(theme.base))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
