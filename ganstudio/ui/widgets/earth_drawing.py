"""Piles, holes and what is carried between them, as they are painted: on the line in two rows, else on the plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from ganstudio.core.design import Pen
from ganstudio.core.earth_mover import Floats, Loads, distribution
from ganstudio.core.system.wording import figure
from ganstudio.core.ticks import round_numbers
from ganstudio.core.user_units import SAME, UserUnits
from ganstudio.ui.theme import Theme

FEW = 12  # piles that are drawn as loads upon each other; more are dots
SHARES_BEST, SHARES_OWN = (0.55, 0.42, 0.68, 0.3), (0.3, 0.18, 0.42, 0.8)  # of the way, where a number may be
CURVES_FROM = 15.0  # lines of text: a picture less high has no room for the two distribution functions
SHARE = 0.4  # of the height, for them
Mark = tuple[int, int]  # a pile and a hole: what is carried between them; -1 for one of them: all of the other's
NOWHERE: Mark = (-1, -1)
PALE = 150, 60  # opacity of 255: of routes if nothing is marked, and beside what is marked


@dataclass(frozen=True)
class Earth:
    """What is to be drawn."""

    sources: Floats  # (m, d): where the piles, or the generated points, are
    supply: Loads  # (m,)
    targets: Floats  # (n, d): where the holes, or the real points, are
    demand: Loads  # (n,)
    low: float  # the range of each axis
    high: float
    plan: Loads | None = None  # (m, n): the best one
    own: Loads | None = None  # (m, n): the user's
    units: UserUnits = SAME
    selected: tuple[int, int] = (-1, -1)  # 0: a pile, 1: a hole; and which; -1: none

    @property
    def flat(self) -> bool:
        """Whether all lies on a line."""
        return int(self.sources.shape[1]) == 1

    @property
    def dots(self) -> bool:
        """Whether there are too many to be drawn as loads."""
        return max(len(self.supply), len(self.demand)) > FEW


@dataclass(frozen=True)
class Frame:
    """Where things are in a widget, logical pixels."""

    area: QRectF  # of all piles, holes and routes
    curves: QRectF  # of the distribution functions; empty if there is no room
    low: float
    high: float
    flat: bool
    load: float  # side of one load on the line

    @classmethod
    def of(cls, earth: Earth, whole: QRectF, metrics: QFontMetricsF) -> Frame:
        """How a picture of that size is shared out."""
        line = metrics.height()
        if not earth.flat:
            side = max(min(whole.width(), whole.height()) - 2.6 * line, 10.0)
            left = whole.center().x() - side / 2
            area = QRectF(left, whole.top() + 0.6 * line, side, side)
            return cls(area, QRectF(), earth.low, earth.high, False, line)
        inner = whole.adjusted(2.2 * line, 1.2 * line, -line, -1.6 * line)
        curves = QRectF()
        if whole.height() >= CURVES_FROM * line:
            curves = QRectF(inner)
            curves.setTop(inner.bottom() - SHARE * inner.height())
            inner.setBottom(curves.top() - 1.4 * line)
        most = int(max(earth.supply.max(initial=1), earth.demand.max(initial=1)))
        load = min(0.3 * inner.height() / most, 1.5 * line)
        return cls(inner, curves, earth.low, earth.high, True, 0.6 * line if earth.dots else max(load, 3.0))

    def across(self, x: float) -> float:
        """Where a coordinate is from left to right; far outside it stays beside the picture."""
        share = (x - self.low) / (self.high - self.low)
        return self.area.left() + min(max(share, -0.05), 1.05) * self.area.width()

    def at(self, place: Floats, which: int) -> QPointF:
        """The middle of the lower edge of a pile, or of the upper edge of a hole; on the plane, of the point."""
        if self.flat:
            y = self.area.top() + (0.34 if which == 0 else 0.66) * self.area.height()
            return QPointF(self.across(float(place[0])), y)
        share = (float(place[1]) - self.low) / (self.high - self.low)
        return QPointF(self.across(float(place[0])), self.area.bottom() - min(max(share, -0.05), 1.05) *
                       self.area.height())

    def route(self, earth: Earth, pile: int, hole: int) -> tuple[QPointF, QPointF]:
        """The ends of the line on which earth is carried."""
        return self.at(earth.sources[pile], 0), self.at(earth.targets[hole], 1)

    def place(self, at: QPointF) -> tuple[float, float]:
        """The coordinates of a point of the widget."""
        unit = (self.high - self.low) / max(self.area.width(), 1.0)
        return (self.low + (at.x() - self.area.left()) * unit, self.low + (self.area.bottom() - at.y()) * unit)

    def body(self, place: Floats, loads: int, which: int, dots: bool) -> QRectF:
        """What a pile or hole covers."""
        at = self.at(place, which)
        if dots or not self.flat:
            side = self.load * (0.55 if dots else 0.9)
            return QRectF(at.x() - side / 2, at.y() - side / 2, side, side)
        height = loads * self.load
        return QRectF(at.x() - self.load / 2, at.y() - height if which == 0 else at.y(), self.load, height)


def is_marked(mark: Mark, pile: int, hole: int) -> bool:
    """Whether what is carried from a pile to a hole is part of what is marked."""
    return mark != NOWHERE and mark[0] in (-1, pile) and mark[1] in (-1, hole)


def paint(painter: QPainter, earth: Earth, frame: Frame, theme: Theme, mark: Mark = NOWHERE) -> None:
    """Paints all of it; the background is there already. Beside what is marked, other routes are pale."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_axes(painter, earth, frame, theme)
    if not frame.curves.isEmpty():
        _paint_curves(painter, earth, frame, theme)
    numbers: list[QRectF] = []
    if earth.plan is not None:
        _paint_plan(painter, earth, frame, earth.plan, QColor(theme.truth), mark, numbers)
    if earth.own is not None:
        _paint_plan(painter, earth, frame, earth.own, QColor(theme.accent), mark, numbers, own=True)
    if min(mark) >= 0:
        painter.setPen(QPen(QColor(theme.text), Pen.LIGHT, Qt.PenStyle.DotLine))
        painter.drawLine(*frame.route(earth, *mark))
    for which, places, loads, colour in ((1, earth.targets, earth.demand, theme.real),
                                         (0, earth.sources, earth.supply, theme.generated)):
        for index, place in enumerate(places):
            body = frame.body(place, int(loads[index]), which, earth.dots)
            _paint_body(painter, body, int(loads[index]), frame, earth.dots, QColor(colour), filled=which == 0)
            if (which, index) == earth.selected:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.text), Pen.LIGHT, Qt.PenStyle.DotLine))
                painter.drawRect(body.adjusted(-4, -4, 4, 4))


def _paint_body(
    painter: QPainter, body: QRectF, loads: int, frame: Frame, dots: bool, colour: QColor, *, filled: bool,
) -> None:
    painter.setPen(QPen(colour, Pen.LIGHT))
    shade = QColor(colour)
    shade.setAlpha(220 if filled else 40)
    painter.setBrush(shade)
    if dots or not frame.flat:
        painter.drawEllipse(body)
        return
    for index in range(loads):
        painter.drawRect(QRectF(body.left(), body.top() + index * frame.load, body.width(), frame.load).adjusted(
            0.8, 0.8, -0.8, -0.8))


def _paint_plan(
    painter: QPainter, earth: Earth, frame: Frame, plan: Loads, colour: QColor, mark: Mark, numbers: list[QRectF], *,
    own: bool = False,
) -> None:
    """A line for each route, as thick as what is carried on it; the user's own is dashed beside the best one.

    ``numbers``: where numbers lie already; one that finds no room along its line is left out.
    """
    thickest = 1.4 if earth.dots else 0.5 * frame.load if frame.flat else 2.4
    most = max(int(each.max(initial=1)) for each in (earth.plan, earth.own) if each is not None)
    dashed, shares = own and earth.plan is not None, SHARES_OWN if own else SHARES_BEST
    metrics = QFontMetricsF(painter.font())
    for i, j in np.argwhere(plan > 0).tolist():
        shade = QColor(colour)
        shade.setAlpha(PALE[mark != NOWHERE] if not is_marked(mark, i, j) else 255)
        carried = int(plan[i, j])
        width = max(thickest * (carried / most if earth.flat and not earth.dots else 1.0), 1.2)
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(shade, width, style, Qt.PenCapStyle.FlatCap))
        start, end = frame.route(earth, i, j)
        painter.drawLine(start, end)
        if earth.flat and not earth.dots:
            painter.setPen(colour)
            beside = QPointF(width / 2 + 2, 4)
            places = [start + (end - start) * share + beside for share in shares]
            _paint_number(painter, metrics, f"{carried}", places, numbers)


def _paint_number(
    painter: QPainter, metrics: QFontMetricsF, text: str, places: Sequence[QPointF], numbers: list[QRectF],
) -> None:
    """Writes a number at the first of these places that no other number has."""
    for at in places:
        area = metrics.tightBoundingRect(text).translated(at).adjusted(-1, -1, 1, 1)
        if not any(area.intersects(other) for other in numbers):
            numbers.append(area)
            painter.drawText(at, text)
            return


def _paint_axes(painter: QPainter, earth: Earth, frame: Frame, theme: Theme) -> None:
    metrics, area = QFontMetricsF(painter.font()), frame.area
    painter.setPen(QPen(QColor(theme.line), Pen.FINE))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    bottom = frame.curves.bottom() if not frame.curves.isEmpty() else area.bottom()
    if frame.flat:
        for which in (0, 1):
            y = frame.at(np.zeros(1), which).y()
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.drawLine(QPointF(area.left(), bottom), QPointF(area.right(), bottom))
    else:
        painter.drawRect(area)
    painter.setPen(QColor(theme.quiet))
    units = earth.units
    room = max(int(area.width() / (5 * metrics.averageCharWidth())), 3)
    for value in round_numbers(units.place(frame.low), units.place(frame.high), min(room, 11)):
        share = (value - units.place(frame.low)) / (units.place(frame.high) - units.place(frame.low))
        x, text = area.left() + share * area.width(), figure(value)
        painter.drawText(QPointF(x - metrics.horizontalAdvance(text) / 2, bottom + metrics.height()), text)
    if not frame.flat:
        for value in round_numbers(units.place(frame.low, 1), units.place(frame.high, 1), 6):
            share = (value - units.place(frame.low, 1)) / (units.place(frame.high, 1) - units.place(frame.low, 1))
            text = figure(value)
            painter.drawText(QPointF(area.left() - metrics.horizontalAdvance(text) - 4,
                                     area.bottom() - share * area.height() + metrics.ascent() / 2), text)


def _paint_curves(painter: QPainter, earth: Earth, frame: Frame, theme: Theme) -> None:
    """The distribution functions of piles and holes, and the area between them."""
    area, metrics = frame.curves, QFontMetricsF(painter.font())
    places = np.unique(np.concatenate([[earth.low], earth.sources[:, 0], earth.targets[:, 0], [earth.high]]))
    places = places[np.isfinite(places)]
    shares = [distribution(places, earth.sources[:, 0], earth.supply),
              distribution(places, earth.targets[:, 0], earth.demand)]
    above, below = np.maximum(*shares), np.minimum(*shares)
    shade = QColor(theme.truth)
    shade.setAlpha(70)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # there would be a seam between two pieces
    for index in range(len(places) - 1):
        left, right = frame.across(places[index]), frame.across(places[index + 1])
        top, bottom = (area.bottom() - share * area.height() for share in (above[index], below[index]))
        painter.drawRect(QRectF(left, top, right - left, bottom - top))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for curve, colour in zip(shares, (theme.generated, theme.real), strict=True):
        painter.setPen(QPen(QColor(colour), Pen.USUAL))
        painter.drawPolyline(QPolygonF(_steps(places, curve, frame)))
    painter.setPen(QColor(theme.quiet))
    for level, text in ((0.0, "0"), (1.0, "1")):
        painter.drawText(QPointF(area.left() - metrics.horizontalAdvance(text) - 5,
                                 area.bottom() - level * area.height() + metrics.ascent() / 2), text)
    painter.drawText(QPointF(area.left(), area.top() - 0.4 * metrics.height()), "share left of each place")


def _steps(places: NDArray[np.float64], shares: NDArray[np.float64], frame: Frame) -> Sequence[QPointF]:
    """The corners of a step function."""
    corners, height = [], 0.0
    for place, share in zip(places.tolist(), shares.tolist(), strict=True):
        if not math.isfinite(place):
            continue
        for level in (height, share):
            corners.append(QPointF(frame.across(place), frame.curves.bottom() - level * frame.curves.height()))
        height = share
    return corners
