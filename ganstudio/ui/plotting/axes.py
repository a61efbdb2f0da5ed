"""One pair of axes in a widget, with its mouse and keys. Panels hold a ``Plot`` and never subclass pyqtgraph.

pyqtgraph ships no types: this folder is the only one that sees it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QLineF, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from ganstudio.core.design import Space, Text
from ganstudio.core.system.wording import figure
from ganstudio.core.user_units import UserUnits
from ganstudio.ui.plotting.axis_link import AxisLink, Range
from ganstudio.ui.plotting.frame import PlotFrame
from ganstudio.ui.plotting.unit_axis import UnitAxis
from ganstudio.ui.theme import Theme

pg.setConfigOptions(antialias=False, useOpenGL=False, imageAxisOrder="row-major")

LOWEST = 6.0  # lines of text: a plot that is less high has no room for a name below it
BELOW = 3.0  # lines of text that the numbers and the name of the other axis take
RIM = 0.7  # above and to the right of the axes, in sizes of the text: the outermost numbers reach as far
USUAL_POINTS = Text.POINTS  # size of text at which what is drawn has the sizes in pixels that panels give it
SLACK = 0.02  # of an axis that grows: it grows by this share at a time


def _holds(now: tuple[float, float], wanted: tuple[float, float]) -> bool:
    """Whether the range on screen contains the wanted one, and is not much larger."""
    rim = 2 * SLACK * (wanted[1] - wanted[0])
    return wanted[0] - rim <= now[0] <= wanted[0] + rim / 16 and wanted[1] - rim / 16 <= now[1] <= wanted[1] + rim


class _Axis(UnitAxis):
    """An axis whose numbers are written as everywhere on the screen: 1,000 and not 1000 or 1e+03."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [_grouped(text) for text in super().tickStrings(values, scale, spacing)]


def _grouped(text: str) -> str:
    if "e" in text:
        return figure(float(text), 4)
    whole = re.sub(r"^(-?)(\d{4,})", lambda found: f"{found[1]}{int(found[2]):,}", text)  # not what follows the point
    return whole.replace("-", "−")


class _PaintWatch(QObject):
    """Tells when a plot has been painted, and when it has another size."""

    def __init__(self, viewport: QWidget) -> None:
        super().__init__(viewport)
        self.painted: Callable[[], None] | None = None
        self.resized: Callable[[], None] | None = None
        viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self.painted is not None:
            self.painted()
        elif event.type() == QEvent.Type.Resize and self.resized is not None:
            self.resized()
        return False


class _PlotInput(QObject):
    """Gives a plot's left button and its keys to the callbacks that ask for them; all else pyqtgraph handles."""

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
        self._axes = {side: _Axis(side) for side in ("left", "bottom")}
        self._view: Any = PlotFrame(self._axes)
        self._box: Any = self._view.box
        self._labels = {"bottom": x_label, "left": y_label}
        self._box.disableAutoRange()
        if square:
            self._box.setAspectLocked(True)
        self._watch = _PaintWatch(self._view.viewport())
        self._sides_named = True
        self._watch.resized = self._fit_names
        self._hover: Callable[[float, float], None] | None = None
        self._input: _PlotInput | None = None
        self._view.scene().sigMouseMoved.connect(self._moved)
        self.following = True
        self._link: AxisLink | None = None
        self.scale = 1.0  # how much larger than usual the text is: dots grow with it
        self.stroke = 1.0  # how much thicker than usual lines are
        self._box.sigRangeChangedManually.connect(self._stop_following)
        self._view.setFrameShape(self._view.Shape.NoFrame)
        self._view.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # it takes no keys: no stop for Tab

    @property
    def widget(self) -> QWidget:
        """The widget to put into a layout."""
        widget: QWidget = self._view
        return widget

    def use_units(self, units: UserUnits, *, upright: bool = True) -> None:
        """Writes the user's units on the axes; what is drawn and hovered over stays in the networks' coordinates.

        Args:
            units: How the two relate.
            upright: Whether the upright axis is a coordinate, too; else it is a density, and shown in the user's.
        """
        self._axes["bottom"].use_units(units.origin(0), units.scale)
        self._axes["left"].use_units(*((units.origin(1), units.scale) if upright else (0.0, 1 / units.scale)))

    def name_axes(self, x_label: str, y_label: str) -> None:
        """Other labels; they are drawn with the next palette."""
        self._labels |= {"bottom": x_label, "left": y_label}

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
        self._make_input().drag = drag

    def on_key(self, key: Callable[[int, bool], bool], focus: Callable[[bool], None] | None = None) -> None:
        """Calls back with each key, and whether shift is held, while the plot has the keyboard's focus.

        Args:
            key: Given one of Qt.Key, or a number that Qt has no name for; says whether it took it.
            focus: Called back when the focus comes and goes.
        """
        self._make_input().key = key
        self._view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._make_input().focus = focus

    def on_range(self, ranged: Callable[[], None]) -> None:
        """Calls back when another part of the plane is shown, whatever moved it."""
        self._box.sigRangeChanged.connect(lambda *_: ranged())

    def _make_input(self) -> _PlotInput:
        if self._input is None:
            self._input = _PlotInput(self)
        return self._input

    def _moved(self, at: QPointF) -> None:
        if self._hover is not None and self._box.sceneBoundingRect().contains(at):
            point = self._box.mapSceneToView(at)
            self._hover(point.x(), point.y())

    def _stop_following(self, *_: object) -> None:
        self.following = False
        if self._link is not None:
            self._link.moved(self)

    def link(self, link: AxisLink) -> None:
        """Has the same axes as the other plots of a link from now on."""
        self._link = link
        link.add(self)

    def put(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Shows this part of the plane, as if the user had moved the view there."""
        self.following = False
        self._box.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=True)

    def apply_theme(self, theme: Theme, font: QFont) -> None:
        """Takes a palette and a font."""
        self.scale = font.pointSizeF() / USUAL_POINTS
        self.stroke = theme.stroke
        rim = round(RIM * font.pointSizeF())
        self._view.grid.setContentsMargins(Space.HAIR, rim, rim, Space.HAIR)
        self._view.setBackground(QColor(theme.base))
        for side, label in self._labels.items():
            axis = self._view.axes[side]
            axis.setSIPrefixEnableRanges(())  # "density (x0.001)" explains nothing; switched off alone it comes back
            axis.enableAutoSIPrefix(False)
            axis.setPen(pg.mkPen(theme.line, width=theme.stroke))
            axis.setTextPen(pg.mkPen(theme.quiet))
            axis.setTickFont(font)
            style = {"color": theme.quiet, "font-size": f"{font.pointSizeF():.1f}pt"}
            axis.setLabel(label, siPrefixEnableRanges=(), **style)
        self._fit_names()

    def show_range(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Shows this part of the plane, unless the user has moved the view."""
        if all(map(math.isfinite, (*x, *y))):
            self._show(*self._joined(x, y))

    def _joined(self, x: Range, y: Range) -> tuple[Range, Range]:
        return (x, y) if self._link is None else self._link.joined(self, x, y)

    def _show(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        if self.following:
            self._box.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=True)

    def show_exactly(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Shows this part of the plane, whatever the plots of its link want, unless the user has moved the view."""
        self._show(x, y)

    def follow_range(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Shows at least this part, and a little more if it grows: new axes for each picture cost 4 ms of it."""
        if all(map(math.isfinite, (*x, *y))):
            x, y = self._joined(x, y)
            now_x, now_y = self.x_range(), self.y_range()
            self._show(now_x if _holds(now_x, x) else (x[0], x[1] + SLACK * (x[1] - x[0])),
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
        """Sets whether the user may pan and zoom."""
        self._box.setMouseEnabled(x=on, y=on)

    def ticks(self, side: Literal["left", "bottom", "right"], ticks: Sequence[tuple[float, str]] | None) -> None:
        """Explicit ticks; None gives back the automatic ones."""
        self._view.axes[side].setTicks(None if ticks is None else [list(ticks)])

    def axis_width(self, pixels: float, side: Literal["left", "right"] = "left") -> None:
        """A fixed width of an upright axis, so that plots above each other line up."""
        self._view.axes[side].setWidth(round(pixels))

    def right_axis(self, label: str) -> None:
        """A second upright axis, for what is drawn on a scale of its own; ``ticks`` says which."""
        self._labels["right"] = label
        self._view.add_axis("right", _Axis("right"))

    def name_sides(self, on: bool) -> None:
        """Whether the upright axes have their labels: a low plot has no room for them."""
        self._sides_named = on
        self._fit_names()

    def _fit_names(self) -> None:
        """Names an axis if there is room: else the name would be cut. Goes by the whole plot, which no name changes."""
        area = self._view.viewport().size()
        for side, label in self._labels.items():
            axis, upright = self._view.axes[side], side != "bottom"
            name = axis.label.boundingRect()
            room = area.height() - BELOW * name.height() if upright else area.width() - BELOW * name.height()
            fits = bool(label) and name.width() <= room
            fits &= self._sides_named if upright else area.height() >= LOWEST * name.height()
            if axis.label.isVisible() != fits:
                axis.showLabel(fits)

    def upright(self, x: float, inside: QWidget) -> QLineF:
        """The line across the axes at x, in the pixels of a widget that holds the plot."""
        area = self._box.sceneBoundingRect()
        at = self._box.mapViewToScene(QPointF(x, 0)).x()
        corner = QPointF(self._view.mapTo(inside, QPoint(0, 0)))
        return QLineF(at, area.top(), at, area.bottom()).translated(corner)

    def add(self, item: Any) -> None:
        """Adds a pyqtgraph item made in this module."""
        self._box.addItem(item, ignoreBounds=True)
