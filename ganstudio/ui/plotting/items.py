"""The one place that wraps pyqtgraph, which ships no types: panels hold these objects and never subclass it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QObject, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
)
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from ganstudio.ui.theme import Theme

pg.setConfigOptions(antialias=False, useOpenGL=False, imageAxisOrder="row-major")

Floats = NDArray[np.float32] | NDArray[np.float64]
Scale = Literal["linear", "log", "symlog"]
SYMBOLS: dict[str, QPainterPath] = pg.graphicsItems.ScatterPlotItem.Symbols  # each about 0 in a square of side 1
SLACK = 0.02  # of an axis that grows: so much it grows at a time
FARTHEST_PX = 1e6  # no further is a spot drawn: Qt's painter does not like what is


def _holds(now: tuple[float, float], wanted: tuple[float, float]) -> bool:
    """Whether a range on screen shows all that is wanted, and not much more."""
    rim = 2 * SLACK * (wanted[1] - wanted[0])
    return wanted[0] - rim <= now[0] <= wanted[0] + rim / 16 and wanted[1] - rim / 16 <= now[1] <= wanted[1] + rim


class _PaintWatch(QObject):
    """Tells when a plot has been painted."""

    def __init__(self, viewport: QWidget) -> None:
        super().__init__(viewport)
        self.painted: Callable[[], None] | None = None
        viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self.painted is not None:
            self.painted()
        return False


class _Hand(QObject):
    """Hands a plot's left button and its keys to whoever asked for them; what nobody takes goes the usual way."""

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot._view)
        self._plot = plot
        self._dragging = False
        self.drag: Callable[[float, float, bool], None] | None = None
        self.key: Callable[[int, bool], bool] | None = None
        self.focus: Callable[[bool], None] | None = None
        plot._view.installEventFilter(self)
        plot._view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if watched is not self._plot._view:
            return False
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self.key is not None:
            return self.key(event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut) and self.focus is not None:
            self.focus(event.type() == QEvent.Type.FocusIn)
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        if self.drag is None:
            return False
        at = self._plot._view.mapToScene(event.position().toPoint())
        left = event.button() == Qt.MouseButton.LeftButton
        match event.type():
            case QEvent.Type.MouseButtonPress if left and self._plot._box.sceneBoundingRect().contains(at):
                self._plot._view.setFocus(Qt.FocusReason.MouseFocusReason)
                self._dragging = True
            case QEvent.Type.MouseButtonDblClick if left:
                return True
            case QEvent.Type.MouseMove if self._dragging:
                pass
            case QEvent.Type.MouseButtonRelease if left and self._dragging:
                self._dragging = False
            case _:
                return False
        point = self._plot._box.mapSceneToView(at)
        self.drag(point.x(), point.y(), not self._dragging)
        return True


class Plot:
    """One pair of axes in a widget."""

    def __init__(self, *, square: bool = False, x_label: str = "", y_label: str = "") -> None:
        self._view: Any = pg.PlotWidget()
        self._item: Any = self._view.getPlotItem()
        self._box: Any = self._item.getViewBox()
        self._labels = {"bottom": x_label, "left": y_label}
        self._item.hideButtons()
        self._item.setMenuEnabled(False)
        self._box.disableAutoRange()
        if square:
            self._box.setAspectLocked(True)
        self._watch = _PaintWatch(self._view.viewport())
        self._hover: Callable[[float, float], None] | None = None
        self._hand: _Hand | None = None
        self._view.scene().sigMouseMoved.connect(self._moved)
        self.following = True
        self._box.sigRangeChangedManually.connect(self._ranged_by_hand)
        self._view.setFrameShape(self._view.Shape.NoFrame)
        self._view.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # it takes no keys: no stop for Tab

    @property
    def widget(self) -> QWidget:
        """What stands in a layout."""
        widget: QWidget = self._view
        return widget

    def on_painted(self, painted: Callable[[], None]) -> None:
        """Calls back after each painting."""
        self._watch.painted = painted

    def on_hover(self, hover: Callable[[float, float], None]) -> None:
        """Calls back with data coordinates while the pointer is over the axes."""
        self._hover = hover

    def on_drag(self, drag: Callable[[float, float, bool], None]) -> None:
        """Calls back with data coordinates, and whether the button was let go, while the left button drags.

        The left button no longer pans then; the wheel still zooms and the middle button pans.
        """
        self._hand_of().drag = drag

    def on_key(self, key: Callable[[int, bool], bool], focus: Callable[[bool], None] | None = None) -> None:
        """Calls back with each key, and whether shift is held, while the plot has the keyboard's focus.

        Args:
            key: Given one of Qt.Key, or a number that Qt has no name for; says whether it took it.
            focus: Called back when the focus comes and goes.
        """
        self._hand_of().key = key
        self._view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._hand_of().focus = focus

    def on_range(self, ranged: Callable[[], None]) -> None:
        """Calls back when another part of the plane is shown, whoever moved it."""
        self._box.sigRangeChanged.connect(lambda *_: ranged())

    def _hand_of(self) -> _Hand:
        if self._hand is None:
            self._hand = _Hand(self)
        return self._hand

    def _moved(self, at: QPointF) -> None:
        if self._hover is not None and self._box.sceneBoundingRect().contains(at):
            point = self._box.mapSceneToView(at)
            self._hover(point.x(), point.y())

    def _ranged_by_hand(self, *_: object) -> None:
        self.following = False

    def dress(self, theme: Theme, font: QFont) -> None:
        """Takes a palette and a font."""
        self._view.setBackground(QColor(theme.base))
        for side, label in self._labels.items():
            axis = self._item.getAxis(side)
            axis.enableAutoSIPrefix(False)  # "density (x0.001)" explains nothing
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.quiet))
            axis.setTickFont(font)
            axis.setLabel(label, color=theme.quiet, **{"font-size": f"{font.pointSizeF():.1f}pt"})
            if not label:
                axis.showLabel(False)

    def show_range(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Shows this part of the plane, unless a hand has moved the view."""
        if self.following and all(map(math.isfinite, (*x, *y))):
            self._box.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=True)

    def follow_range(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Shows at least this part, and a little more where it grows: new axes for each picture cost 4 ms of it."""
        if all(map(math.isfinite, (*x, *y))):
            now_x, now_y = self.x_range(), self.y_range()
            self.show_range(now_x if _holds(now_x, x) else (x[0], x[1] + SLACK * (x[1] - x[0])),
                            now_y if _holds(now_y, y) else y)

    def y_range(self) -> tuple[float, float]:
        """What is shown from bottom to top."""
        low, high = self._box.viewRange()[1]
        return float(low), float(high)

    def x_range(self) -> tuple[float, float]:
        """What is shown from left to right."""
        low, high = self._box.viewRange()[0]
        return float(low), float(high)

    def mouse(self, on: bool) -> None:
        """Whether a hand may pan and zoom."""
        self._box.setMouseEnabled(x=on, y=on)

    def ticks(self, side: Literal["left", "bottom", "right"], ticks: Sequence[tuple[float, str]] | None) -> None:
        """Explicit ticks; None gives back the automatic ones."""
        self._item.getAxis(side).setTicks(None if ticks is None else [list(ticks)])

    def axis_width(self, pixels: float, side: Literal["left", "right"] = "left") -> None:
        """A fixed width of an upright axis, so that plots above each other line up."""
        self._item.getAxis(side).setWidth(round(pixels))

    def right_axis(self, label: str) -> None:
        """A second upright axis, for what is drawn on a scale of its own; ``ticks`` says which."""
        self._labels["right"] = label
        self._item.showAxis("right")

    def name_sides(self, on: bool) -> None:
        """Whether the upright axes have their labels: a low plot has no room for them."""
        for side in ("left", "right"):
            self._item.getAxis(side).showLabel(on and bool(self._labels.get(side)))

    def upright(self, x: float, inside: QWidget) -> QLineF:
        """The line across the axes at x, in the pixels of a widget that holds the plot."""
        area = self._box.sceneBoundingRect()
        at = self._box.mapViewToScene(QPointF(x, 0)).x()
        corner = QPointF(self._view.mapTo(inside, QPoint(0, 0)))
        return QLineF(at, area.top(), at, area.bottom()).translated(corner)

    def add(self, item: Any) -> None:
        """Adds a pyqtgraph item made in this module."""
        self._item.addItem(item, ignoreBounds=True)


class Curve:
    """A line through points."""

    def __init__(self, plot: Plot, *, pairs: bool = False, above: float = 0, winding: bool = False) -> None:
        self._item: Any = pg.PlotCurveItem(connect="pairs" if pairs else "finite", antialias=not pairs)
        self._pairs = pairs
        if winding:  # piece by piece: half the time of a path, where a thick line turns over itself many times
            self._item.setSegmentedLineMode("on")
        self._item.setZValue(above)
        plot.add(self._item)

    def dress(self, colour: str, width: float = 1.0, *, dashed: bool = False, fill: str = "") -> None:
        """Takes colour, width in pixels, and a fill down to 0."""
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        self._item.setPen(pg.mkPen(QColor(colour), width=width, style=style))
        if fill:
            shade = QColor(fill)
            shade.setAlpha(50)
            self._item.setFillLevel(0.0)
            self._item.setBrush(pg.mkBrush(shade))

    def show(self, x: Floats, y: Floats) -> None:
        """Draws ``(n,)`` against ``(n,)``; gaps where y is not finite."""
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
        self._line = pg.InfiniteLine(angle=90)
        self._line.setZValue(6)
        self._line.hide()
        plot.add(self._line)

    def dress(self, colour: str) -> None:
        """Takes a colour."""
        self._line.setPen(pg.mkPen(colour, width=1.5))

    def show(self, x: float | None) -> None:
        """Stands at x, in the axis's units; None: nowhere."""
        if x is not None:
            self._line.setValue(x)
        self._line.setVisible(x is not None)


class _Spots(QGraphicsItem):
    """Stamps of one picture: pyqtgraph's own item allows each spot its style, and pays for that with every picture."""

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
        draw: Any = painter.drawPixmapFragments  # its stubs know a list alone
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
        self._item = _Spots()
        self._item.setZValue(above)
        plot.add(self._item)

    def dress(self, colour: str, size: float, *, filled: bool, symbol: str = "o", alpha: int = 255,
              width: float = 1.0) -> None:
        """Takes colour, size in pixels and shape."""
        shade = QColor(colour)
        shade.setAlpha(alpha)
        item = self._item
        item.symbol, item.size = symbol, size
        item.pen = QPen(Qt.PenStyle.NoPen) if filled else QPen(shade, width)
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

    def dress(self, colour: str, width: float = 1.0, *, dashed: bool = False) -> None:
        """Takes colour and width."""
        self._curve.dress(colour, width, dashed=dashed)

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

    def dress(self, colour: str, width: float = 1.0) -> None:
        """Takes colour and width."""
        self._curve.dress(colour, width)

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
            draw = painter.drawPolyline if self.open else painter.drawPolygon
            for polygon in polygons:
                draw(polygon)


class Cells:
    """Quadrilaterals in data units, or pieces of a line, each of one of a few strengths of one colour."""

    FAR = 1e6  # data units; beyond that Qt's rasteriser loses count

    def __init__(self, plot: Plot, *, above: float = 0) -> None:
        self._item = _Cells()
        self._item.setZValue(above)
        plot.add(self._item)

    def dress(self, colour: str, alphas: Sequence[int], width: float = 4.0) -> None:
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


def pen(colour: str, width: float = 1.0) -> QPen:
    """A cosmetic pen."""
    made: QPen = pg.mkPen(QColor(colour), width=width)
    return made


def colour_table(low: str, middle: str, high: str) -> NDArray[np.uint8]:
    """256 colours ``(256, 3)`` from low through middle to high."""
    ends = [QColor(name) for name in (low, middle, high)]
    stops = np.array([[c.red(), c.green(), c.blue()] for c in ends], dtype=np.float64)
    at = np.linspace(0, 2, 256)
    left = np.minimum(at.astype(int), 1)
    share = (at - left)[:, None]
    table: NDArray[np.uint8] = (stops[left] * (1 - share) + stops[left + 1] * share + 0.5).astype(np.uint8)
    return table


def stretched(values: Floats, side: int) -> NDArray[np.float32]:
    """A square grid ``(n, n)`` resampled bilinearly to ``(side, side)``, cell centres kept in place."""
    n = values.shape[0]
    at = np.clip((np.arange(side) + 0.5) * n / side - 0.5, 0, n - 1)
    left = np.minimum(at.astype(int), max(n - 2, 0))
    share = (at - left).astype(np.float32)
    right = np.minimum(left + 1, n - 1)
    rows = (values[left] * (1 - share)[:, None] + values[right] * share[:, None]).astype(np.float32)
    stretched_: NDArray[np.float32] = rows[:, left] * (1 - share) + rows[:, right] * share
    return stretched_


def scaled(y: Floats, scale: Scale, unit: float) -> NDArray[np.float64]:
    """Values as they are drawn on a linear, logarithmic or symmetric logarithmic axis.

    Args:
        y: ``(n,)``.
        scale: log leaves out what is not positive; symlog is linear within ``unit`` of 0.
        unit: Where symlog turns from linear to logarithmic.
    """
    y = np.asarray(y, dtype=np.float64)
    with np.errstate(all="ignore"):
        if scale == "log":
            return np.where(y > 0, np.log10(np.where(y > 0, y, 1)), np.nan)
        if scale == "symlog":
            return np.asarray(np.sign(y) * np.log10(1 + np.abs(y) / unit))
    return y


def scale_ticks(low: float, high: float, scale: Scale, unit: float) -> list[tuple[float, str]] | None:
    """Ticks of a logarithmic axis between two drawn values; None where the axis is linear."""
    if scale == "linear" or not (math.isfinite(low) and math.isfinite(high)):
        return None
    if scale == "log":
        first, last = math.ceil(low), math.floor(high)
        step = max(1, (last - first) // 6 + 1)
        decades = [(float(k), f"{10.0**k:g}") for k in range(first, last + 1, step)]
        return decades if len(decades) > 1 else _fine_ticks(low, high, scale, unit)
    ticks = [(0.0, "0")]
    powers = [k for k in range(-12, 39) if 10.0**k >= unit]
    step = max(1, int(max(abs(low), abs(high)) // 4) or 1)
    for k in powers[::step]:
        at = math.log10(1 + 10.0**k / unit)
        ticks += [(sign * at, f"{sign * 10.0**k:g}") for sign in (1, -1) if low <= sign * at <= high]
    inside = sum(low <= at <= high for at, _ in ticks)
    return ticks if inside > 1 else _fine_ticks(low, high, scale, unit)


def _fine_ticks(low: float, high: float, scale: Scale, unit: float) -> list[tuple[float, str]]:
    """Ticks within one decade: a few round numbers, with as many digits as it takes to tell them apart."""
    drawn = np.linspace(low, high, 6)
    values = 10.0**drawn if scale == "log" else np.sign(drawn) * unit * (10.0 ** np.abs(drawn) - 1)
    for digits in range(1, 16):
        labels = sorted({float(f"{value:.{digits}g}") for value in values})
        at = scaled(np.array(labels), scale, unit)
        ticks = [(float(a), f"{label:.{digits}g}") for a, label in zip(at, labels, strict=True) if low <= a <= high]
        if len(ticks) > 2:
            return ticks
    return [(low, ""), (high, "")]


def packed(rgb: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Colours ``(..., 3)`` as numbers ``(...)`` of QImage's RGB32."""
    wide = rgb.astype(np.uint32)
    colours: NDArray[np.uint32] = (np.uint32(0xFF000000) + wide @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32))
    return colours


def image_of(rgb: NDArray[np.uint8]) -> QImage:
    """A QImage that owns its bytes, from ``(h, w, 3)``: RGB32, which Qt paints in a tenth of the time of RGB888."""
    height, width = rgb.shape[:2]
    return QImage(packed(rgb).tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()
