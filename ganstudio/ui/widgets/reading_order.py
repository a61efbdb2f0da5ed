"""The order in which Tab and F6 go: as one reads the window, whichever way its docks lie just now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QDockWidget,
    QMainWindow,
    QScrollArea,
    QTabBar,
    QToolBar,
    QWidget,
)

from ganstudio.core.design import Space

NEAR = Space.TIGHT  # between a dock and its tabs
OVER = "lies_over"  # a property of what lies over the docks for a while: Tab goes there first


class Placed(NamedTuple):
    """A widget and where it is, in the window's pixels."""

    area: QRect
    widget: QWidget


def in_reading_order(placed: Sequence[Placed]) -> list[QWidget]:
    """Widgets from left to right and from top to bottom.

    They are cut into rows that nothing crosses, a row into columns, a column into rows again, and so on: what belongs
    together stays together.
    """
    return [each.widget for each in _cut(list(placed), across=True, tried=False)]


def _cut(placed: list[Placed], *, across: bool, tried: bool) -> list[Placed]:
    if len(placed) < 2:
        return placed
    groups = _groups(placed, across=across)
    if len(groups) > 1:
        return [each for group in groups for each in _cut(group, across=not across, tried=False)]
    if tried:  # they lie over each other both ways
        return sorted(placed, key=lambda each: (each.area.top(), each.area.left()))
    return _cut(placed, across=not across, tried=True)


def _groups(placed: list[Placed], *, across: bool) -> list[list[Placed]]:
    """Rows, or columns, between which there is a gap; one pixel of overlap is none."""
    spans = sorted(((each.area.top(), each.area.bottom(), each) if across else
                    (each.area.left(), each.area.right(), each) for each in placed), key=lambda span: span[:2])
    groups: list[list[Placed]] = []
    end = 0
    for low, high, each in spans:
        if groups and low < end:
            groups[-1].append(each)
        else:
            groups.append([each])
        end = max(end, high) if len(groups[-1]) > 1 else high
    return groups


def tab_stops(window: QMainWindow) -> list[QWidget]:
    """Every widget that Tab goes to: what lies over the docks, then in reading order tool bars, docks, timeline."""
    over = [child for child in window.children()
            if isinstance(child, QWidget) and child.property(OVER) and can_be_seen(child)]
    return [stop for region in [*over, *regions(window)] for stop in stops_within(region)]


def next_stop(window: QMainWindow, *, forward: bool) -> QWidget | None:
    """What comes next in reading order after what has the focus, or what comes before; None: there is nothing."""
    stops = tab_stops(window)
    if not stops:
        return None
    focus = QApplication.focusWidget()
    index = stops.index(focus) + (1 if forward else -1) if focus in stops else _place_of(focus, stops, forward=forward)
    return stops[index % len(stops)]


def _place_of(focus: QWidget | None, stops: list[QWidget], *, forward: bool) -> int:
    """Where to go on from what is no stop itself: inside it, or in its panel; else at the beginning or the end."""
    each = focus
    while each is not None and not each.isWindow():
        inside = [index for index, stop in enumerate(stops) if each.isAncestorOf(stop)]
        if inside:
            return inside[0] if forward else inside[-1]
        each = each.parentWidget()
    return 0 if forward else -1


def regions(window: QMainWindow) -> list[QWidget]:
    """Tool bars, docks, each with its tabs, and the status bar, as far as they can be seen, in reading order."""
    kinds = (QToolBar, QDockWidget, QTabBar)
    middle = window.centralWidget()  # the prose of a lesson, or nothing
    found = [child for child in window.children()
             if isinstance(child, QWidget) and (isinstance(child, kinds) or child is middle)]
    seen = [Placed(_area(each, window), each) for each in [*found, window.statusBar()]
            if not each.isWindow() and can_be_seen(each)]
    below: dict[QWidget, QWidget] = {}  # dock -> its tabs
    placed = []
    for area, each in seen:
        tabs = next((other for other in seen if isinstance(each, QDockWidget) and _are_tabs_of(area, other)), None)
        if tabs is not None:
            below[each] = tabs.widget
            area = area.united(tabs.area)
        placed.append(Placed(area, each))
    taken = list(below.values())
    ordered = in_reading_order([each for each in placed if each.widget not in taken])
    return [one for each in ordered for one in ([each, below[each]] if each in below else [each])]


def _are_tabs_of(dock: QRect, other: Placed) -> bool:
    """Whether these are tabs that lie along the lower edge of a dock."""
    if not isinstance(other.widget, QTabBar):
        return False
    shared = min(dock.right(), other.area.right()) - max(dock.left(), other.area.left())
    return abs(other.area.top() - dock.bottom()) <= NEAR and shared > other.area.width() / 2


def stops_within(region: QWidget) -> list[QWidget]:
    """What Tab goes to in a widget, or the widget itself, in reading order."""
    return _ordered([each for each in [region, *region.findChildren(QWidget)] if is_stop(each)], region)


def _ordered(stops: list[QWidget], inside: QWidget) -> list[QWidget]:
    """What can be scrolled counts as one thing in its place, however far it is scrolled; its stops follow it."""
    scrolled: dict[QWidget, list[QWidget]] = {}
    loose: list[QWidget] = []
    for stop in stops:
        area = _scroll_area(stop, inside)
        if area is not None:
            scrolled.setdefault(area, []).append(stop)
        else:
            loose.append(stop)
    there = dict.fromkeys([*loose, *scrolled])
    ordered: list[QWidget] = []
    for each in in_reading_order([Placed(_area(each, inside), each) for each in there]):
        if each in loose:
            ordered.append(each)
        content = each.widget() if isinstance(each, QScrollArea) else None
        if each in scrolled and content is not None:
            ordered += _ordered(scrolled[each], content)
    return ordered


def _scroll_area(stop: QWidget, inside: QWidget) -> QScrollArea | None:
    """The outermost area in a widget that scrolls this stop."""
    found, each = None, stop
    while each is not inside and (parent := each.parentWidget()) is not None:
        if isinstance(each, QScrollArea) and each is not stop:
            found = each
        each = parent
    return found


def is_stop(widget: QWidget) -> bool:
    """Whether Tab goes to a widget."""
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled() and (
        widget.focusProxy() is None and widget.isVisible() and can_be_seen(widget))


def can_be_seen(widget: QWidget) -> bool:
    """Whether it can be seen, or scrolled into sight. Qt calls what lies behind a tab visible."""
    if not widget.isVisible() or widget.width() == 0 or widget.height() == 0:
        return False
    if not widget.visibleRegion().isEmpty():
        return True
    parent = widget.parentWidget()
    while parent is not None and not parent.isWindow():
        if isinstance(parent, QAbstractScrollArea):
            return can_be_seen(parent)
        parent = parent.parentWidget()
    return False


def _area(widget: QWidget, inside: QWidget) -> QRect:
    return QRect(widget.mapTo(inside, QPoint(0, 0)), widget.size())
