"""Where the window opens: as it was closed last, and the first time as large as its screen allows."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow

from ganstudio.core.design import First

USUAL = QSize(*First.MAIN)
FRAME = 40  # pixels that the desktop's title bar takes at most: unknown before the window is shown


def place(window: QMainWindow, kept: QByteArray | None) -> None:
    """Gives a window that is not shown yet its size, place and state.

    Args:
        window: The window.
        kept: What ``saveGeometry`` gave when it was closed last; None, or what cannot be read: the first start. The
            window is then in the middle of its screen, or takes the whole of a screen that has no room for it.
    """
    if kept is not None and window.restoreGeometry(kept):
        return
    room = free_area(window)
    window.resize(USUAL.boundedTo(room.size() - QSize(0, FRAME)))
    window.move(room.center() - window.rect().center())
    if USUAL.width() > room.width() or USUAL.height() + FRAME > room.height():
        window.setWindowState(window.windowState() | Qt.WindowState.WindowMaximized)


def free_area(window: QMainWindow) -> QRect:
    """What of the window's screen no panel of the desktop takes, pixels."""
    screen = window.screen() or QGuiApplication.primaryScreen()
    return screen.availableGeometry()
