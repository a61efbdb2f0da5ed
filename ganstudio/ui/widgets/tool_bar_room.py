"""Two tool bars beside each other where there is room, else below each other."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow, QToolBar, QToolButton

MORE = "qt_toolbar_ext_button"  # Qt's name for the button that shows what does not fit


def fit_tool_bars(window: QMainWindow, first: QToolBar, second: QToolBar) -> None:
    """Breaks the line before the second tool bar if both together are wider than the window, and only then."""
    needed = first.sizeHint().width() + second.sizeHint().width()
    if (needed > window.width()) != window.toolBarBreak(second):
        (window.insertToolBarBreak if needed > window.width() else window.removeToolBarBreak)(second)
    if (places := window.layout()) is not None:  # else Qt keeps its button for what has no room, though all has
        places.invalidate()
        places.activate()
    for bar in (first, second):
        more = bar.findChild(QToolButton, MORE)
        if more is not None:
            more.setMaximumWidth(0 if bar.width() >= bar.sizeHint().width() else bar.width())
