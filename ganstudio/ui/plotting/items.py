"""What is drawn on a plot: curves, dots, circles, images, arrows and cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from ganstudio.ui.plotting.axes import Plot

Floats = NDArray[np.float32] | NDArray[np.float64]
SYMBOLS: dict[str, QPainterPath] = pg.graphicsItems.ScatterPlotItem.Symbols  # each about 0 in a square of side 1
FARTHEST_PX = 1e6  # no dot is drawn further out: Qt's painter fails on larger coordinates


class Curve:
    """A line through points."""

    def __init__(self, plot: Plot, *, pairs: bool = False, above: float = 0, winding: bool = False) -> None:
        self._plot, self._pairs = plot, pairs
        self._item: Any = pg.PlotCurveItem(connect="pairs" if pairs else "finite", antialias=not pairs)
        if winding:  # piece by piece: half the time of a path, if a thick line turns over itself many times
            self._item.setSegmentedLineMode("on")
        self._item.setZValue(above)
        plot.add(self._item)

    def set_style(self, colour: str, width: float = 1.0, *, dashed: bool = False, fill: str = "") -> None:
        """Takes colour, width in pixels at the usual thickness of lines, and a fill down to 0."""
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        self._item.setPen(pg.mkPen(QColor(colour), width=width * self._plot.stroke, style=style))
        if fill:
            shade = QColor(fill)
            shade.setAlpha(50)
            self._item.setFillLevel(0.0)
            self._item.setBrush(pg.mkBrush(shade))

    def show(self, x: Floats, y: Floats) -> None:
        """Draws ``(n,)`` against ``(n,)``; with gaps where y is not finite."""
        if self._pairs:
            self._item.setData(x, y, connect="pairs")
        else:
            self._item.setData(x, y, connect="finite" if not np.isfinite(y).all() else "all")

    def visible(self, on: bool) -> None:
        """Shows or hides it."""
        self._item.setVisible(on)


class Cursor:
    """An upright line across the plot, at one place or nowhere."""

    def __init__(self, plot: Plot) -> None:
        self._plot, self._line = plot, pg.InfiniteLine(angle=90)
        self._line.setZValue(6)
        self._line.hide()
        plot.add(self._line)

    def set_style(self, colour: str) -> None:
        """Takes a colour."""
        self._line.setPen(pg.mkPen(colour, width=1.5 * self._plot.stroke))

    def show(self, x: float | None) -> None:
        """Puts the line at x, in the axis's units; None hides it."""
        if x is not None:
            self._line.setValue(x)
        self._line.setVisible(x is not None)


class _Spots(QGraphicsItem):
    """Many spots from one picture. pyqtgraph's own item allows each spot its style, and is slower for that."""

    def __init__(self) -> None:
        super().__init__()
        self.at: Floats = np.zeros((0, 2))
        self._bounds = QRectF()
        self._stamps: Any = pg.Qt.internals.PrimitiveArray(QPainter.PixmapFragment, 10)
        self._stamp: QPixmap | None = None
        self._ratio = 0.0
        self.symbol, self.size = "o", 5.0
        self.pen, self.brush = QPen(Qt.PenStyle.NoPen), QBrush()

    def take(self, at: Floats) -> None:
        """Finite points ``(n, 2)``, data units."""
        self.prepareGeometryChange()
        self.at = at.astype(np.float64)
        if len(at):
            (left, low), (right, high) = self.at.min(axis=0).tolist(), self.at.max(axis=0).tolist()
            span = 0.2 * max(right - left, high - low) + 1.0  # spots reach beyond their centres, by pixels
            self._bounds = QRectF(left - span, low - span, right - left + 2 * span, high - low + 2 * span)
        else:
            self._bounds = QRectF()
        self.update()

    def restyle(self) -> None:
        """Another symbol, size or colour."""
        self._stamp = None
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not len(self.at):
            return
        ratio = widget.devicePixelRatioF() if widget is not None else 1.0
        if self._stamp is None or ratio != self._ratio:
            self._stamp, self._ratio = self._drawn(ratio), ratio
        world = painter.transform()
        x, y = self.at[:, 0], self.at[:, 1]
        self._stamps.resize(len(self.at))
        stamps = self._stamps.ndarray()
        stamps[:, 0] = np.clip(world.m11() * x + world.m21() * y + world.dx(), -FARTHEST_PX, FARTHEST_PX)
        stamps[:, 1] = np.clip(world.m12() * x + world.m22() * y + world.dy(), -FARTHEST_PX, FARTHEST_PX)
        stamps[:, 2:] = (0, 0, self._stamp.width(), self._stamp.height(), 1 / ratio, 1 / ratio, 0, 1)
        painter.save()
        painter.resetTransform()
        draw: Any = painter.drawPixmapFragments  # its stubs allow only a list
        draw(*self._stamps.drawargs(), self._stamp)
        painter.restore()

    def _drawn(self, ratio: float) -> QPixmap:
        """One spot, in pixels of the screen."""
        side = math.ceil((self.size + self.pen.widthF()) * ratio) + 2
        side += 1 - side % 2
        stamp = QPixmap(side, side)
        stamp.fill(Qt.GlobalColor.transparent)
        painter = QPainter(stamp)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(side / 2, side / 2)
        painter.scale(self.size * ratio, self.size * ratio)
        pen = QPen(self.pen)
        pen.setCosmetic(True)
        pen.setWidthF(self.pen.widthF() * ratio)
        painter.setPen(pen)
        painter.setBrush(self.brush)
        painter.drawPath(SYMBOLS[self.symbol])
        painter.end()
        return stamp


class Scatter:
    """Points of one shape and colour."""

    def __init__(self, plot: Plot, *, above: float = 0) -> None:
        self._plot, self._item = plot, _Spots()
        self._item.setZValue(above)
        plot.add(self._item)

    def set_style(self, colour: str, size: float, *, filled: bool, symbol: str = "o", alpha: int = 255,
              width: float = 1.0) -> None:
        """Takes colour, shape, and size in pixels at the usual size of text, with which it grows."""
        shade = QColor(colour)
        shade.setAlpha(alpha)
        item = self._item
        item.symbol, item.size = symbol, size * self._plot.scale
        thick = width * max(self._plot.scale, 1.0) * self._plot.stroke
        item.pen = QPen(Qt.PenStyle.NoPen) if filled else QPen(shade, thick)
        item.brush = QBrush(shade) if filled else QBrush()
        item.restyle()

    def show(self, points: Floats) -> None:
        """Draws ``(n, 2)``; what is not finite is left out."""
        self._item.take(points[np.isfinite(points).all(axis=1)])

    @property
    def points(self) -> Floats:
        """What is drawn, ``(n, 2)``."""
        return self._item.at

    def visible(self, on: bool) -> None:
        """Shows or hides it."""
        self._item.setVisible(on)


class Circles:
    """Circles in data units, as one path: radius around centre."""

    _TURN = np.linspace(0, 2 * np.pi, 33)

    def __init__(self, plot: Plot, *, above: float = 0) -> None:
        self._curve = Curve(plot, above=above)
        self._shown: Floats = np.zeros((0, 3))

    def set_style(self, colour: str, width: float = 1.0, *, dashed: bool = False) -> None:
        """Takes colour and width."""
        self._curve.set_style(colour, width, dashed=dashed)

    def visible(self, on: bool) -> None:
        """Shows or hides them."""
        self._curve.visible(on)

    def show(self, centres: Floats, radii: Floats) -> None:
        """Draws ``(K, 2)`` with ``(K,)``."""
        circles = np.column_stack([centres, radii]).astype(np.float64)
        if np.array_equal(circles, self._shown):
            return
        self._shown = circles
        turn = np.append(self._TURN, np.nan)  # a gap after each
        x = centres[:, :1] + radii[:, None] * np.cos(turn)
        y = centres[:, 1:] + radii[:, None] * np.sin(turn)
        self._curve.show(x.ravel(), y.ravel())


class _Raster(QGraphicsItem):
    """An image over a rectangle, row 0 at the bottom."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self._area = QRectF()

    def take(self, image: QImage, area: QRectF) -> None:
        """An image whose format Qt stretches fast: RGB32."""
        if area != self._area:
            self.prepareGeometryChange()
        self.image, self._area = image, area
        self.update()

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self.image.isNull():
            painter.drawImage(self._area, self.image)


class Picture:
    """An image over a rectangle of the plane, row 0 at the bottom."""

    def __init__(self, plot: Plot, *, above: float = -10) -> None:
        self._item = _Raster()
        self._item.setZValue(above)
        plot.add(self._item)

    def show(self, colours: NDArray[np.uint32], x: tuple[float, float], y: tuple[float, float]) -> None:
        """Draws ``(h, w)`` colours, as ``packed`` gives them."""
        height, width = colours.shape
        image = QImage(colours.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()
        self._item.take(image, QRectF(x[0], y[0], x[1] - x[0], y[1] - y[0]))

    def visible(self, on: bool) -> None:
        """Shows or hides it."""
        self._item.setVisible(on)


class Arrows:
    """Short arrows from points along vectors, drawn as one path of line pairs."""

    def __init__(self, plot: Plot, *, above: float = 5) -> None:
        self._curve = Curve(plot, pairs=True, above=above)

    def set_style(self, colour: str, width: float = 1.0) -> None:
        """Takes colour and width."""
        self._curve.set_style(colour, width)

    def visible(self, on: bool) -> None:
        """Shows or hides them."""
        self._curve.visible(on)

    def show(self, at: Floats, vector: Floats) -> None:
        """Draws ``(n, 2)`` from ``(n, 2)``, both in data units."""
        good = np.isfinite(at).all(axis=1) & np.isfinite(vector).all(axis=1)
        start, end = at[good], at[good] + vector[good]
        back = vector[good] * 0.32
        side = np.stack([-back[:, 1], back[:, 0]], axis=1) * 0.6
        segments = np.stack([start, end, end, end - back + side, end, end - back - side], axis=1).reshape(-1, 2)
        self._curve.show(segments[:, 0], segments[:, 1])


class _Cells(QGraphicsItem):
    """Polygons of several strengths, each painted over the last: where they overlap the colour deepens."""

    def __init__(self) -> None:
        super().__init__()
        self._polygons: list[tuple[int, list[QPolygonF]]] = []
        self._bounds = QRectF()
        self.strokes: list[tuple[QPen, QBrush]] = []
        self.open = False  # pieces of a line, not areas

    def take(self, polygons: list[tuple[int, list[QPolygonF]]], bounds: QRectF) -> None:
        """Polygons by the index of their stroke."""
        self.prepareGeometryChange()
        self._polygons, self._bounds = polygons, bounds
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        for index, polygons in self._polygons:
            if index >= len(self.strokes):
                continue
            line, fill = self.strokes[index]
            painter.setPen(line if self.open else QPen(Qt.PenStyle.NoPen))
            painter.setBrush(QBrush() if self.open else fill)
            for polygon in polygons:
                (painter.drawPolyline if self.open else painter.drawPolygon)(polygon)


class Cells:
    """Quadrilaterals in data units, or pieces of a line, each of one of a few strengths of one colour."""

    FAR = 1e6  # data units; beyond that Qt's rasteriser overflows

    def __init__(self, plot: Plot, *, above: float = 0) -> None:
        self._item = _Cells()
        self._item.setZValue(above)
        plot.add(self._item)

    def set_style(self, colour: str, alphas: Sequence[int], width: float = 4.0) -> None:
        """Takes a colour, the opacity of each strength (0 to 255), and the width of pieces of a line in pixels."""
        self._item.strokes = []
        for alpha in alphas:
            shade = QColor(colour)
            shade.setAlpha(alpha)
            self._item.strokes.append((pg.mkPen(shade, width=width), QBrush(shade)))
        self._item.update()

    def show(self, corners: Floats, strength: NDArray[np.int64]) -> None:
        """Draws the faint ones first.

        Args:
            corners: ``(m, k, 2)``, around each cell; k = 2 for pieces of a line. Cells that are not finite are
                left out.
            strength: ``(m,)``, index into the opacities.
        """
        good = np.isfinite(corners).all(axis=(1, 2)) & (np.abs(corners) < self.FAR).all(axis=(1, 2))
        corners, strength = corners[good], strength[good]
        polygons = [
            (int(index), [QPolygonF([QPointF(x, y) for x, y in cell]) for cell in corners[strength == index].tolist()])
            for index in np.unique(strength)
        ]
        bounds = QRectF()
        if len(corners):
            (left, bottom), (right, top) = corners.min(axis=(0, 1)).tolist(), corners.max(axis=(0, 1)).tolist()
            rim = 0.02 * max(right - left, top - bottom, 1e-6)  # for the width of pieces of a line
            bounds = QRectF(left, bottom, right - left, top - bottom).adjusted(-rim, -rim, rim, rim)
        self._item.open = corners.shape[1] == 2
        self._item.take(polygons, bounds)

    def visible(self, on: bool) -> None:
        """Shows or hides them."""
        self._item.setVisible(on)
