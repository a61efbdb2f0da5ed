"""Layouts: where the panels stand for each kind of data, and how big."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

LAYOUTS = {
    "plane": ("controls", "points", "landscape", "curves", "wasserstein", "measures", "log"),
    "line": ("controls", "line", "curves", "wasserstein", "measures", "log"),
}


def arrange(window: QMainWindow, docks: dict[str, QDockWidget], kind: str) -> None:
    """Puts the docks of a kind where they stand at first, sized for the window as it is."""
    names = LAYOUTS[kind]
    for dock in docks.values():
        dock.setFloating(False)
        window.removeDockWidget(dock)
    left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
    window.addDockWidget(left, docks["controls"])
    heart = [docks[name] for name in ("points", "landscape", "line") if name in names]
    window.addDockWidget(right, heart[0])
    # The lower row first, so that it runs below all of the upper one.
    window.splitDockWidget(heart[0], docks["curves"], Qt.Orientation.Vertical)
    window.splitDockWidget(docks["curves"], docks["wasserstein"], Qt.Orientation.Horizontal)
    previous = heart[0]
    for dock in heart[1:]:
        window.splitDockWidget(previous, dock, Qt.Orientation.Horizontal)
        previous = dock
    window.splitDockWidget(previous, docks["measures"], Qt.Orientation.Horizontal)
    window.tabifyDockWidget(docks["measures"], docks["log"])
    for name, dock in docks.items():
        dock.setVisible(name in names)
    docks["measures"].raise_()
    width, height = window.width(), window.height()
    controls = max(round(width * 0.185), 230)
    side = max(round(width * 0.17), 275)
    rest = max(width - controls - side, 300)
    window.resizeDocks([docks["controls"]], [controls], Qt.Orientation.Horizontal)
    window.resizeDocks([*heart, docks["measures"]], [rest // len(heart)] * len(heart) + [side],
                       Qt.Orientation.Horizontal)
    window.resizeDocks([docks["curves"], docks["wasserstein"]], [(width - controls) // 2] * 2,
                       Qt.Orientation.Horizontal)
    window.resizeDocks([heart[0], docks["curves"]], [round(height * 0.58), round(height * 0.42)],
                       Qt.Orientation.Vertical)
