"""A small picture of points or of a histogram, painted by Qt alone: for dialogs, which come and go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Least, Pen
from ganstudio.core.system.wording import figure
from ganstudio.ui.theme import Theme

Floats = NDArray[np.float64]
RADIUS = 3.0  # pixels of a point
BINS = 30  # of the histogram
RIM = 0.06  # of the picture's width, beside the points


class PointsPicture(QWidget):
    """Shows points ``(n, 2)`` on the plane, or how often each value ``(n, 1)`` occurs."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.points: Floats = np.zeros((0, 2))
        self._names = ["", ""]
        self.setMinimumSize(*Least.PREVIEW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_points(self, points: Floats, names: list[str]) -> None:
        """Takes points, all finite, and the names of their columns."""
        self.points, self._names = points, [*names, "points"][:2]
        self.setAccessibleName(f"{len(points):,} points by {' and '.join(names)}")
        self.update()

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.base))
        line = self.fontMetrics().lineSpacing()
        frame = QRectF(self.rect()).adjusted(line + 4, 4, -4, -2 * line - 4)
        painter.setPen(QColor(self._theme.quiet))
        painter.drawRect(frame)
        if len(self.points):
            flat = self.points.shape[1] == 1
            across = _range(self.points[:, 0])
            counts, edges = np.histogram(self.points[:, 0], bins=BINS) if flat else (np.zeros(0), np.zeros(0))
            upward = (0.0, 1.05 * float(counts.max())) if flat else _range(self.points[:, 1])
            self._write(painter, frame, across, upward, line)
            painter.setClipRect(frame)
            painter.setPen(QPen(QColor(self._theme.real), Pen.RING))
            if flat:
                shade = QColor(self._theme.real)
                shade.setAlpha(70)
                for count, left, right in zip(counts, edges[:-1], edges[1:], strict=True):
                    corners = _placed(np.array([[left, count], [right, 0.0]]), frame, across, upward)
                    bar = QRectF(QPointF(*corners[0]), QPointF(*corners[1]))
                    painter.fillRect(bar, shade)
                    painter.drawRect(bar)
            else:
                for x, y in _placed(self.points, frame, across, upward):
                    painter.drawEllipse(QPointF(x, y), RADIUS, RADIUS)
        painter.end()

    def _write(self, painter: QPainter, frame: QRectF, across: tuple[float, float], upward: tuple[float, float],
               line: int) -> None:
        """The names of the axes and the numbers at their ends."""
        painter.setPen(QColor(self._theme.quiet))
        below = QRectF(frame.left(), frame.bottom() + 1, frame.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, figure(across[0]))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, figure(across[1]))
        painter.setPen(QColor(self._theme.text))
        painter.drawText(below.translated(0, line), Qt.AlignmentFlag.AlignHCenter, self._names[0])
        painter.save()
        painter.translate(frame.left() - 2, frame.bottom())
        painter.rotate(-90)
        beside = QRectF(0, -line, frame.height(), line)
        painter.drawText(beside, Qt.AlignmentFlag.AlignHCenter, self._names[1])
        painter.setPen(QColor(self._theme.quiet))
        painter.drawText(beside, Qt.AlignmentFlag.AlignLeft, figure(upward[0]))
        painter.drawText(beside, Qt.AlignmentFlag.AlignRight, figure(upward[1]))
        painter.restore()


def _range(values: Floats) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    rim = RIM * (high - low) or 0.5
    return low - rim, high + rim


def _placed(points: Floats, frame: QRectF, across: tuple[float, float], upward: tuple[float, float]) -> Floats:
    """Points ``(n, 2)`` in pixels."""
    x = frame.left() + (points[:, 0] - across[0]) / (across[1] - across[0]) * frame.width()
    y = frame.bottom() - (points[:, 1] - upward[0]) / (upward[1] - upward[0]) * frame.height()
    return np.stack([x, y], axis=1)
