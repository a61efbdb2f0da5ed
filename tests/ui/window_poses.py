"""The window at the sizes and with the text that users have, every panel in front once."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ganstudio.ui.main.window import Window

SIZES = ((1366, 768), (1600, 1000), (1920, 1080))
SCALES = (1.0, 1.25, 1.5, 2.0, 2.5)


def settle() -> None:
    """Lays out and paints what has changed."""
    for _ in range(4):
        QTest.qWait(5)  # what waits for its turn comes then
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()


def take_pose(window: Window, scale: float, width: int, height: int) -> None:
    """Gives the window its size and its text, and lets the docks find their places."""
    if window.preferences.scale != scale:
        window.set_scale(scale)
    window.resize(width, height)
    settle()
    for _ in range(2):
        window.proportions.make_room()
        settle()


def each_in_front(window: Window) -> Iterator[list[str]]:
    """Raises the docks of all stacks, one of each at a time; the titles of those that are in front."""
    stacks = [sorted((dock for dock in window.proportions._stack(top) if not dock.isHidden()),
                     key=lambda dock: dock.objectName()) for top in window.proportions.tops()]
    for index in range(max(map(len, stacks))):
        front = [stack[min(index, len(stack) - 1)] for stack in stacks]
        for dock in front:
            dock.raise_()
        settle()
        yield [dock.windowTitle() for dock in front]
