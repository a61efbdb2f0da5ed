"""Chosen panels: puts some docks beside and below each other, all in sight, and hides the others."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

DOCKS = 0.78  # of the window's height: about what docks have of it
WIDE = {"line": 2.4}  # width over height of the room from which two docks are beside each other: curves want to be wide
USUAL = 1.3  # for data of other kinds, whose pictures are square


def rows_of(names: Sequence[str], *, wide: bool) -> list[list[str]]:
    """The docks of each row, from the top: one or two of them in a row, three where there are many.

    Args:
        names: The docks in their order.
        wide: Whether the room is wider than it is high.
    """
    count = len(names)
    if count == 0:
        return []
    if count <= 2:
        return [list(names)] if wide else [[name] for name in names]
    if count == 3 and wide:
        return [[names[0]], list(names[1:])]
    across = 2 if count <= 4 or not wide else 3
    if count == 3:
        across = 1
    return [list(names[at : at + across]) for at in range(0, count, across)]


def arrange_chosen(
    window: QMainWindow, docks: Mapping[str, QDockWidget], names: Sequence[str], room: int, kind: str,
) -> None:
    """Shows the docks of these names and no others.

    Args:
        window: Where they are.
        docks: All, by panel.
        names: Of those to show; the controls keep their place on the left.
        room: Pixels of the window's width that they may take.
        kind: Of the data that they show.
    """
    shown = [name for name in dict.fromkeys(names) if name in docks]
    for name, dock in docks.items():
        dock.setFloating(False)
        window.removeDockWidget(dock)
        dock.setObjectName(f"dock.{name}" if name in shown else f"away.{name}")  # as in layouts.arrange
    left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
    if "controls" in shown:
        window.addDockWidget(left, docks["controls"])
    others = [name for name in shown if name != "controls"]
    rows = rows_of(others, wide=room >= WIDE.get(kind, USUAL) * DOCKS * window.height())
    heads = [docks[row[0]] for row in rows]
    for index, head in enumerate(heads):
        if index == 0:
            window.addDockWidget(right, head)
        else:
            window.splitDockWidget(heads[index - 1], head, Qt.Orientation.Vertical)
    for row in rows:
        for before, name in itertools.pairwise(row):
            window.splitDockWidget(docks[before], docks[name], Qt.Orientation.Horizontal)
    for name, dock in docks.items():
        dock.setVisible(name in shown)
    for row in rows:
        window.resizeDocks([docks[name] for name in row], [room // len(row)] * len(row), Qt.Orientation.Horizontal)
    if rows:
        window.resizeDocks(heads, [window.height() // len(rows)] * len(rows), Qt.Orientation.Vertical)
