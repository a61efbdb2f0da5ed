"""Layouts: where the panels of a kind of data lie, which of them behind which, and how big they are.

Each panel says its own place; this file names none.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

Stack = tuple[str, ...]
"""Panels that lie on one place; the first is on top."""


Row = Literal["left", "upper", "side", "lower"]


class Place(NamedTuple):
    """Where a panel lies at first. Panels with one row and column lie behind each other, as tabs."""

    row: Row
    column: int = 0  # of the upper and the lower row
    order: int = 0  # 0: in front


@dataclass(frozen=True)
class Layout:
    """The controls on the left; beside them an upper row that ends with the narrow side, and a lower row."""

    upper: tuple[Stack, ...]
    side: Stack
    lower: tuple[Stack, ...]
    shares: tuple[float, ...]  # of the upper row's width, without the side
    height: float = 0.58  # the upper row's share
    left: Stack = ()

    @property
    def stacks(self) -> tuple[Stack, ...]:
        """All but the controls."""
        return (*self.upper, self.side, *self.lower)

    @property
    def names(self) -> Stack:
        """Every panel of the layout."""
        return (*self.left, *(name for stack in self.stacks for name in stack))

    def front(self, panel: str) -> list[str]:
        """The panels of both rows that lie in front if this one is raised in its place."""
        return [panel if panel in stack else stack[0] for stack in (*self.upper, *self.lower)]

    def among(self, there: Container[str]) -> Layout:
        """The layout with only the panels that there are."""
        def kept(stacks: Iterable[Stack]) -> list[Stack]:
            return [tuple(name for name in stack if name in there) for stack in stacks]

        upper = [(stack, share) for stack, share in zip(kept(self.upper), self.shares, strict=True) if stack]
        return replace(
            self, upper=tuple(stack for stack, _ in upper), shares=tuple(share for _, share in upper),
            side=kept([self.side])[0], left=kept([self.left])[0],
            lower=tuple(stack for stack in kept(self.lower) if stack),
        )


@dataclass(frozen=True)
class Frame:
    """How the rows of a kind's layout share the window."""

    shares: tuple[float, ...]  # of the upper row's width, for each column but the side
    height: float = 0.58  # the upper row's share


FRAMES = {
    "plane": Frame((0.5, 0.5)),
    "line": Frame((1.0,)),
    "image": Frame((0.55, 0.45), height=0.62),
}
"""By kind of data."""


def composed(kind: str, places: Mapping[str, Place]) -> Layout:
    """The layout of a kind of data.

    Args:
        kind: One of `FRAMES`.
        places: Panel -> where it lies.
    """
    frame = FRAMES[kind]

    def stack(row: Row, column: int | None = None) -> Stack:
        found = [(place.order, name) for name, place in places.items()
                 if place.row == row and column in (None, place.column)]
        return tuple(name for _, name in sorted(found))

    def row(name: Row) -> dict[int, Stack]:
        columns = sorted({place.column for place in places.values() if place.row == name})
        return {column: stack(name, column) for column in columns}

    upper = row("upper")
    return Layout(
        upper=tuple(upper.values()), side=stack("side"), lower=tuple(row("lower").values()),
        shares=tuple(frame.shares[min(column, len(frame.shares) - 1)] for column in upper), height=frame.height,
        left=stack("left"),
    )


def arrange(window: QMainWindow, docks: dict[str, QDockWidget], layout: Layout) -> None:
    """Puts the docks where they lie at first, sized for the window as it is."""
    layout = layout.among(docks)
    for name, dock in docks.items():
        dock.setFloating(False)
        window.removeDockWidget(dock)
        # Qt keeps the place of a dock that was removed, under its name, and restoreState would bring it back.
        dock.setObjectName(f"dock.{name}" if name in layout.names else f"away.{name}")
    left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
    for name in layout.left:
        window.addDockWidget(left, docks[name])
    heart, lower = ([docks[stack[0]] for stack in row] for row in (layout.upper, layout.lower))
    side = docks[layout.side[0]]
    window.addDockWidget(right, heart[0])
    # The lower row first, so that it runs below all of the upper one.
    window.splitDockWidget(heart[0], lower[0], Qt.Orientation.Vertical)
    for previous, dock in itertools.pairwise(lower):
        window.splitDockWidget(previous, dock, Qt.Orientation.Horizontal)
    for previous, dock in zip(heart, [*heart[1:], side], strict=True):
        window.splitDockWidget(previous, dock, Qt.Orientation.Horizontal)
    for stack in layout.stacks:
        for behind in stack[1:]:
            window.tabifyDockWidget(docks[stack[0]], docks[behind])
    for name, dock in docks.items():
        dock.setVisible(name in layout.names)
    for stack in layout.stacks:
        docks[stack[0]].raise_()
    width, height = window.width(), window.height()
    controls = max(round(width * 0.185), 230)
    narrow = max(round(width * 0.17), 275)
    rest = max(width - controls - narrow, 300)
    for name in layout.left:
        window.resizeDocks([docks[name]], [controls], Qt.Orientation.Horizontal)
    widths = [round(rest * share / sum(layout.shares)) for share in layout.shares]
    window.resizeDocks([*heart, side], [*widths, narrow], Qt.Orientation.Horizontal)
    window.resizeDocks(lower, [(width - controls) // len(lower)] * len(lower), Qt.Orientation.Horizontal)
    upper = round(height * layout.height)
    window.resizeDocks([heart[0], lower[0]], [upper, height - upper], Qt.Orientation.Vertical)


def foremost(docks: dict[str, QDockWidget], layout: Layout, last: str, now: str) -> None:
    """Raises a panel, and lowers the one that was raised last.

    Args:
        docks: By panel.
        layout: Where they lie.
        last: The panel that the last variant brought to the front, and that was still there; empty: none.
        now: The panel that the present one brings there; empty: none.
    """
    for stack in layout.among(docks).stacks:
        if last in stack and (first := next((name for name in stack if not docks[name].isHidden()), "")):
            docks[first].raise_()
        if now in stack:
            docks[now].show()  # it may have been of no use to the run that was on screen when the window was closed
            docks[now].raise_()
