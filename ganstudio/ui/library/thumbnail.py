"""A small picture of a run, from the newest view in its file: as the panels draw it, without axes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from ganstudio.core.images import coloured, images_of
from ganstudio.core.protocol.views import Array, Line, Points, Pyramid, Samples, View
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.image_grid import scaled

Floats = NDArray[np.float64]
MOST_POINTS = 150  # of each kind: more would run together
MARGIN = 0.12  # of the data's width, left free around it
COLUMNS = 2  # images beside each other: more would be too small to see


def drawn(view: View, side: int, theme: Theme) -> QImage | None:
    """Draws a view as a square; None if there is nothing to draw, or it does not fit its own shape.

    Args:
        view: Of points, of densities on the line, or of images.
        side: Of the square, in the screen's own pixels.
        theme: The palette.
    """
    try:
        match view:
            case Samples():
                return _images(view.fake, side)
            case Pyramid():
                return _images(view.fake[-1], side) if view.fake else None
            case Points() | Line():
                return _plot(view, side, theme)
    except (ValueError, BadInput):  # the view comes from a file, which may come from elsewhere
        return None
    return None


def _images(array: Array, side: int) -> QImage | None:
    images = coloured(images_of(array)[:COLUMNS**2])
    if len(images) < COLUMNS**2 or 0 in images.shape:
        return None
    tall, wide = images.shape[1:3]
    edge = min(tall, wide)  # of an image that is no square the middle one
    top, left = (tall - edge) // 2, (wide - edge) // 2
    return scaled(images[:, top : top + edge, left : left + edge], COLUMNS, side // COLUMNS, side // COLUMNS)


def _plot(view: Points | Line, side: int, theme: Theme) -> QImage | None:
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.base))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    try:
        done = _points(painter, view, side, theme) if isinstance(view, Points) else _line(painter, view, side, theme)
    finally:
        painter.end()
    return image if done else None


def _points(painter: QPainter, view: Points, side: int, theme: Theme) -> bool:
    real, fake = (_finite(cloud) for cloud in (view.real, view.fake))
    if not len(real):
        return False
    centre, width = (real.max(0) + real.min(0)) / 2, float(np.ptp(real, axis=0).max()) or 1.0
    dot = side / 24
    for cloud, colour, size in ((real, theme.real, 0.7 * dot), (fake, theme.generated, dot)):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        at = ((cloud[:MOST_POINTS] - centre) / (width * (1 + 2 * MARGIN)) * (1, -1) + 0.5) * side
        for x, y in at[((at > -side) & (at < 2 * side)).all(1)]:
            painter.drawEllipse(QPointF(x, y), size, size)
    return True


def _finite(cloud: Array) -> Floats:
    values = cloud.doubles()
    if values.ndim != 2 or values.shape[1] != 2:
        raise ValueError(f"points of shape {values.shape} are not on the plane")
    return np.asarray(values[np.isfinite(values).all(1)])


def _line(painter: QPainter, view: Line, side: int, theme: Theme) -> bool:
    x, data, generator = (array.doubles() for array in (view.x, view.data, view.generator))
    if x.ndim != 1 or not len(x) or x.shape != data.shape or x.shape != generator.shape or not np.isfinite(x).all():
        return False
    data, generator = (np.nan_to_num(density, nan=0.0, posinf=0.0, neginf=0.0) for density in (data, generator))
    top = 1.15 * float(max(data.max(), generator.max())) or 1.0
    across = (x - x.min()) / (float(np.ptp(x)) or 1.0) * side
    curves = [QPolygonF([QPointF(a, b) for a, b in zip(across, side - density / top * side, strict=True)])
              for density in (generator, data)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.generated))
    painter.drawPolygon(QPolygonF([QPointF(across[0], side), *curves[0].toList(), QPointF(across[-1], side)]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.truth), side / 28, Qt.PenStyle.DashLine))
    painter.drawPolyline(curves[1])
    return True
