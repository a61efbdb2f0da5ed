"""The small live pictures in the parts of the overview: clouds, curves, images, a landscape, bars with numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from ganstudio.core.design import Pen
from ganstudio.core.images import Bytes, coloured
from ganstudio.core.system.wording import figure
from ganstudio.ui.plotting.colors import colour_table, image_of, stretched
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.image_grid import scaled

Floats = NDArray[np.float64]
MOST_POINTS = 120  # of a cloud: more would run together
SIDE = 48  # pixels of a landscape, which Qt stretches


@dataclass(frozen=True)
class Cloud:
    """Points ``(n, 2)`` in a square."""

    points: Floats
    low: float
    high: float
    colour: str
    filled: bool


@dataclass(frozen=True)
class Landscape:
    """Scores over a square, ``(s, s)``; of logits the middle colour is undecided."""

    values: Floats
    logit: bool


@dataclass(frozen=True)
class Hill:
    """A curve over the line; filled below it if it is a density of generated samples."""

    y: Floats
    colour: str
    filled: bool = False
    dashed: bool = False


@dataclass(frozen=True)
class Images:
    """Images ``(n, h, w, c)``."""

    images: Bytes


@dataclass(frozen=True)
class Bars:
    """Numbers with their names, each with a bar from 0."""

    rows: tuple[tuple[str, float, str], ...]  # name, number, colour
    percent: bool = False


@dataclass(frozen=True)
class Words:
    """A few short lines; those that have no room are left out."""

    lines: tuple[str, ...]


Picture = Cloud | Landscape | Hill | Images | Bars | Words


def paint(painter: QPainter, area: QRectF, picture: Picture, theme: Theme) -> None:
    """Paints a picture into an area, in logical pixels; nothing if it has no room."""
    if area.width() < 8 or area.height() < 8:
        return
    painter.save()
    painter.setClipRect(area)
    match picture:
        case Cloud():
            _cloud(painter, area, picture)
        case Landscape():
            _landscape(painter, area, picture, theme)
        case Hill():
            _hill(painter, area, picture)
        case Images():
            _images(painter, area, picture)
        case Bars():
            _bars(painter, area, picture, theme)
        case Words():
            _words(painter, area, picture, theme)
    painter.restore()


def _square(area: QRectF) -> QRectF:
    side = min(area.width(), area.height())
    return QRectF(area.center().x() - side / 2, area.center().y() - side / 2, side, side)


def _cloud(painter: QPainter, area: QRectF, cloud: Cloud) -> None:
    square, span = _square(area), cloud.high - cloud.low
    finite = cloud.points[np.isfinite(cloud.points).all(1)][:MOST_POINTS]
    if not span > 0 or not len(finite):
        return
    size = max(square.width() / 45, 1.0)
    colour = QColor(cloud.colour)
    painter.setPen(Qt.PenStyle.NoPen if cloud.filled else QPen(colour, Pen.FINE))
    painter.setBrush(colour if cloud.filled else Qt.BrushStyle.NoBrush)
    share = (finite - cloud.low) / span
    for x, y in share[((share >= 0) & (share <= 1)).all(1)]:
        painter.drawEllipse(QPointF(square.left() + x * square.width(), square.bottom() - y * square.height()), size,
                            size)


def _landscape(painter: QPainter, area: QRectF, landscape: Landscape, theme: Theme) -> None:
    values = landscape.values
    finite = values[np.isfinite(values)]
    if not len(finite):
        return
    if landscape.logit:
        high = max(float(np.quantile(np.abs(finite), 0.98)), 0.1)
        low = -high
    else:
        low, high = float(finite.min()), float(finite.max())
    with np.errstate(all="ignore"):  # a critic that explodes is shown as it is
        share = np.nan_to_num((values - low) / max(high - low, 1e-9))
        level = np.clip(stretched(np.clip(share, -1e3, 1e3), SIDE) * 255, 0, 255).astype(np.uint8)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    table = colour_table(theme.low, theme.middle, theme.high)
    painter.drawImage(_square(area), image_of(table[level[::-1]]))


def _hill(painter: QPainter, area: QRectF, hill: Hill) -> None:
    with np.errstate(all="ignore"):
        y = np.nan_to_num(hill.y, nan=0.0, posinf=0.0, neginf=0.0)
    if len(y) < 2:
        return
    low, high = min(float(y.min()), 0.0), max(float(y.max()), 0.0)
    span = (high - low) * 1.1 or 1.0
    across = np.linspace(area.left(), area.right(), len(y))
    line = [QPointF(x, area.bottom() - (v - low) / span * area.height()) for x, v in zip(across, y, strict=True)]
    if hill.filled:
        floor = area.bottom() + low / span * area.height()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(hill.colour))
        painter.drawPolygon(QPolygonF([QPointF(area.left(), floor), *line, QPointF(area.right(), floor)]))
        return
    style = Qt.PenStyle.DashLine if hill.dashed else Qt.PenStyle.SolidLine
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(hill.colour), Pen.LIGHT, style))
    painter.drawPolyline(QPolygonF(line))


def _images(painter: QPainter, area: QRectF, picture: Images) -> None:
    columns = 3 if len(picture.images) >= 9 else 2 if len(picture.images) >= 4 else 1
    shown = coloured(picture.images[: columns**2])
    square = _square(area)
    cell = int(square.width() // columns)
    if not len(shown) or 0 in shown.shape or cell < 2:
        return
    image: QImage = scaled(shown, columns, cell, cell)
    painter.drawImage(QRectF(square.left(), square.top(), cell * columns, cell * columns), image)


def _bars(painter: QPainter, area: QRectF, bars: Bars, theme: Theme) -> None:
    """A name and its number in each row, and the bar below; rows that have no room are left out."""
    metrics = painter.fontMetrics()
    line = metrics.lineSpacing()
    bar = max(line // 4, 3)
    rows = bars.rows[: max(int(area.height() // (line + bar + 3)), 0)]
    if not rows:
        return
    finite = [abs(value) for _, value, _ in bars.rows if np.isfinite(value)]
    top = 1.0 if bars.percent else max([*finite, 1e-12])
    height = area.height() / len(rows)
    for index, (name, value, colour) in enumerate(rows):
        number = f"{value:.0%}" if bars.percent and np.isfinite(value) else figure(value, 2)
        text = next((text for text in (f"{name} {number}", number)
                     if metrics.horizontalAdvance(text) <= area.width()), number)
        above = area.top() + index * height + (height - line - bar) / 2
        painter.setPen(QColor(theme.text))
        painter.save()
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * min(area.width() / max(metrics.horizontalAdvance(text), 1), 1.0))
        painter.setFont(font)
        painter.drawText(QPointF(area.left(), above + metrics.ascent()), text)
        painter.restore()
        if np.isfinite(value):
            long = min(abs(value) / top, 1.0) * area.width()
            painter.fillRect(QRectF(area.left(), above + line, max(long, 1.0), bar), QColor(colour))


def _words(painter: QPainter, area: QRectF, words: Words, theme: Theme) -> None:
    metrics = painter.fontMetrics()
    lines = [line for line in words.lines if metrics.horizontalAdvance(line) <= area.width()]
    lines = lines[: max(int(area.height() // metrics.lineSpacing()), 0)]
    above = area.center().y() - len(lines) * metrics.lineSpacing() / 2
    painter.setPen(QColor(theme.quiet))
    for index, line in enumerate(lines):
        left = area.center().x() - metrics.horizontalAdvance(line) / 2
        painter.drawText(QPointF(left, above + index * metrics.lineSpacing() + metrics.ascent()), line)
