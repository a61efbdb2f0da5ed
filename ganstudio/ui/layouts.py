"""Layouts: where the panels stand for each kind of data, which lie behind which, and how big they are."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

Stack = tuple[str, ...]
"""Panels that lie on one place; the first is on top."""


@dataclass(frozen=True)
class Layout:
    """The controls on the left; beside them an upper row that ends with the narrow side, and a lower row."""

    upper: tuple[Stack, ...]
    side: Stack
    lower: tuple[Stack, Stack]

    @property
    def names(self) -> Stack:
        """Every panel of the layout."""
        return ("controls", *(name for stack in (*self.upper, self.side, *self.lower) for name in stack))


LAYOUTS = {
    "plane": Layout(
        upper=(("points", "manifold", "draw"), ("landscape", "gradients", "phase")),
        side=("measures", "theory", "log"),
        lower=(("curves", "workshop"), ("wasserstein",)),
    ),
    "line": Layout(
        upper=(("line", "draw", "gradients", "phase"),),
        side=("measures", "theory", "log"),
        lower=(("curves", "workshop"), ("wasserstein",)),
    ),
}


def arrange(window: QMainWindow, docks: dict[str, QDockWidget], kind: str) -> None:
    """Puts the docks of a kind where they stand at first, sized for the window as it is."""
    layout = LAYOUTS[kind]
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
    window.splitDockWidget(lower[0], lower[1], Qt.Orientation.Horizontal)
    for previous, dock in zip(heart, [*heart[1:], side], strict=True):
        window.splitDockWidget(previous, dock, Qt.Orientation.Horizontal)
    stacks = (*layout.upper, layout.side, *layout.lower)
    for stack in stacks:
        for behind in stack[1:]:
            window.tabifyDockWidget(docks[stack[0]], docks[behind])
    for name, dock in docks.items():
        dock.setVisible(name in layout.names)
    for stack in stacks:
        docks[stack[0]].raise_()
    width, height = window.width(), window.height()
    controls = max(round(width * 0.185), 230)
    narrow = max(round(width * 0.17), 275)
    rest = max(width - controls - narrow, 300)
    window.resizeDocks([docks["controls"]], [controls], Qt.Orientation.Horizontal)
    window.resizeDocks([*heart, side], [rest // len(heart)] * len(heart) + [narrow], Qt.Orientation.Horizontal)
    window.resizeDocks(lower, [(width - controls) // 2] * 2, Qt.Orientation.Horizontal)
    window.resizeDocks([heart[0], lower[0]], [round(height * 0.58), round(height * 0.42)], Qt.Orientation.Vertical)
