"""The docks' places as a layout in words, and back: what a preset file keeps of the window."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

from ganstudio.core.presets.layout import Layout, Split, Stack, first_panel, panels_of

STEP = 0.5  # percent: shares are rounded to this


def read_layout(window: QMainWindow, docks: Mapping[str, QDockWidget], tops: Iterable[QDockWidget]) -> Layout | None:
    """The layout of the docks as they lie; None if none can be seen.

    Args:
        window: Where they lie.
        docks: By panel.
        tops: Those that can be seen: neither floating nor behind a tab.
    """
    names = {dock: name for name, dock in docks.items()}
    places = []
    for top in tops:
        behind = [names[each] for each in window.tabifiedDockWidgets(top)
                  if each in names and not each.isHidden() and not each.isFloating()]
        places.append((Stack((names[top], *behind)), top.geometry()))
    return _split(places) if places else None


def _split(places: list[tuple[Stack, QRect]]) -> Layout:
    """Docks lie in rows of columns of rows: wherever a straight cut crosses none of them, there is one."""
    if len(places) == 1:
        return places[0][0]
    for way in ("row", "column"):
        groups = _cut(places, row=way == "row")
        if len(groups) > 1:
            sizes = [_extent(group, row=way == "row") for group in groups]
            parts = tuple((_share(size, sum(sizes)), _split(group)) for size, group in zip(sizes, groups, strict=True))
            return Split("row" if way == "row" else "column", parts)
    # No straight cut, which docks of Qt's never have: the largest keeps the place, the others go behind it.
    ordered = sorted(places, key=lambda place: -place[1].width() * place[1].height())
    return Stack(tuple(name for stack, _ in ordered for name in stack.panels))


def _cut(places: list[tuple[Stack, QRect]], *, row: bool) -> list[list[tuple[Stack, QRect]]]:
    """Groups of places with a straight cut between each two, from the left or the top."""
    ordered = sorted(places, key=lambda place: place[1].x() if row else place[1].y())
    groups: list[list[tuple[Stack, QRect]]] = []
    end = -1
    for place in ordered:
        start = place[1].x() if row else place[1].y()
        if not groups or start > end:
            groups.append([])
        groups[-1].append(place)
        end = max(end, place[1].right() if row else place[1].bottom())
    return groups


def _extent(group: list[tuple[Stack, QRect]], *, row: bool) -> int:
    first = min(rect.x() if row else rect.y() for _, rect in group)
    last = max(rect.right() if row else rect.bottom() for _, rect in group)
    return last - first + 1


def _share(size: int, whole: int) -> float:
    return max(round(100 * size / whole / STEP) * STEP, STEP)


def show_layout(window: QMainWindow, docks: Mapping[str, QDockWidget], layout: Layout) -> None:
    """Puts the docks where the layout says, and hides those that it does not name.

    Args:
        window: Whose docks they are.
        docks: By panel; each panel of the layout is among them.
        layout: The places.
    """
    shown = list(panels_of(layout))
    for name, dock in docks.items():
        dock.setFloating(False)
        window.removeDockWidget(dock)
        dock.setObjectName(f"dock.{name}" if name in shown else f"away.{name}")  # as in `layouts.arrange`
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, docks[first_panel(layout)])
    _place(window, docks, layout)
    for name in shown:
        docks[name].show()
    _raise_fronts(docks, layout)
    _resize(window, docks, layout, window.width(), window.height())


def _place(window: QMainWindow, docks: Mapping[str, QDockWidget], layout: Layout) -> None:
    """Splits the place of the layout's first panel, which fills it."""
    if isinstance(layout, Stack):
        for name in layout.panels[1:]:
            window.tabifyDockWidget(docks[layout.panels[0]], docks[name])
        return
    way = Qt.Orientation.Horizontal if layout.way == "row" else Qt.Orientation.Vertical
    firsts = [docks[first_panel(part)] for _, part in layout.parts]
    for previous, dock in itertools.pairwise(firsts):
        window.splitDockWidget(previous, dock, way)
    for _, part in layout.parts:
        _place(window, docks, part)


def _raise_fronts(docks: Mapping[str, QDockWidget], layout: Layout) -> None:
    if isinstance(layout, Stack):
        docks[layout.panels[0]].raise_()
        return
    for _, part in layout.parts:
        _raise_fronts(docks, part)


def _resize(window: QMainWindow, docks: Mapping[str, QDockWidget], layout: Layout, width: int, height: int) -> None:
    if isinstance(layout, Stack):
        return
    whole = sum(share for share, _ in layout.parts)
    row = layout.way == "row"
    sizes = [max(round((width if row else height) * share / whole), 1) for share, _ in layout.parts]
    firsts = [docks[first_panel(part)] for _, part in layout.parts]
    window.resizeDocks(firsts, sizes, Qt.Orientation.Horizontal if row else Qt.Orientation.Vertical)
    for size, (_, part) in zip(sizes, layout.parts, strict=True):
        _resize(window, docks, part, size if row else width, height if row else size)
