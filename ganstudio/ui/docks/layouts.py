"""Layouts: where the panels stand for each kind of data, which lie behind which, and how big they are."""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

Stack = tuple[str, ...]
"""Panels that lie on one place; the first is on top."""


@dataclass(frozen=True)
class Layout:
    """The controls on the left; beside them an upper row that ends with the narrow side, and a lower row."""

    upper: tuple[Stack, ...]
    side: Stack
    lower: tuple[Stack, ...]
    shares: tuple[float, ...]  # of the upper row's width, without the side
    height: float = 0.58  # the upper row's share

    @property
    def stacks(self) -> tuple[Stack, ...]:
        """All but the controls."""
        return (*self.upper, self.side, *self.lower)

    @property
    def names(self) -> Stack:
        """Every panel of the layout."""
        return ("controls", *(name for stack in self.stacks for name in stack))

    def among(self, there: Container[str]) -> Layout:
        """The layout with only the panels that there are."""
        def kept(stacks: Iterable[Stack]) -> list[Stack]:
            return [tuple(name for name in stack if name in there) for stack in stacks]

        upper = [(stack, share) for stack, share in zip(kept(self.upper), self.shares, strict=True) if stack]
        return replace(
            self, upper=tuple(stack for stack, _ in upper), shares=tuple(share for _, share in upper),
            side=kept([self.side])[0], lower=tuple(stack for stack in kept(self.lower) if stack),
        )


LAYOUTS = {
    "plane": Layout(
        upper=(("points", "manifold", "draw"), ("landscape", "gradients", "phase")),
        side=("measures", "theory", "log"),
        lower=(("curves", "workshop"), ("wasserstein",)),
        shares=(0.5, 0.5),
    ),
    "line": Layout(
        upper=(("line", "draw", "gradients", "phase"),),
        side=("measures", "theory", "log"),
        lower=(("curves", "workshop"), ("wasserstein",)),
        shares=(1.0,),
    ),
    "image": Layout(
        upper=(("samples",), ("interpolation", "progressive", "gradients")),
        side=("measures", "quality", "theory", "log"),
        lower=(("curves", "draw", "phase"), ("balance",)),
        shares=(0.55, 0.45),
        height=0.62,
    ),
}
FOREMOST = {"progan": "progressive", "began": "balance"}
"""Variant -> the panel that it is chosen for."""


def arrange(window: QMainWindow, docks: dict[str, QDockWidget], kind: str) -> None:
    """Puts the docks of a kind where they stand at first, sized for the window as it is."""
    layout = LAYOUTS[kind].among(docks)
    for name, dock in docks.items():
        dock.setFloating(False)
        window.removeDockWidget(dock)
        # Qt keeps the place of a dock that was removed, under its name, and restoreState would bring it back.
        dock.setObjectName(f"dock.{name}" if name in layout.names else f"away.{name}")
    left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
    window.addDockWidget(left, docks["controls"])
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
    window.resizeDocks([docks["controls"]], [controls], Qt.Orientation.Horizontal)
    widths = [round(rest * share / sum(layout.shares)) for share in layout.shares]
    window.resizeDocks([*heart, side], [*widths, narrow], Qt.Orientation.Horizontal)
    window.resizeDocks(lower, [(width - controls) // len(lower)] * len(lower), Qt.Orientation.Horizontal)
    upper = round(height * layout.height)
    window.resizeDocks([heart[0], lower[0]], [upper, height - upper], Qt.Orientation.Vertical)


def foremost(docks: dict[str, QDockWidget], kind: str, before: str, variant: str) -> None:
    """Raises the panel that a variant is chosen for; the one that the last variant was chosen for steps back.

    Args:
        docks: By panel.
        kind: Of the data.
        before: The last variant.
        variant: The one that runs.
    """
    stacks = LAYOUTS[kind].among(docks).stacks
    last, now = FOREMOST.get(before, ""), FOREMOST.get(variant, "")
    for stack in stacks:
        if last in stack and not docks[last].visibleRegion().isEmpty():
            docks[stack[0]].raise_()
        if now in stack:
            docks[now].raise_()
