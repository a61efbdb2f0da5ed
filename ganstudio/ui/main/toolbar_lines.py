"""The toolbars at the top on as many lines as it takes, so that a narrow window or large text hides none of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QMainWindow, QToolBar, QToolButton

MORE = "qt_toolbar_ext_button"  # Qt's name for the one that shows what does not fit


class ToolbarLines(QObject):
    """Begins a new line before each toolbar that its line has no room for."""

    def __init__(self, window: QMainWindow, bars: Sequence[QToolBar]) -> None:
        """Adds the toolbars to the window.

        Args:
            window: Where they lie.
            bars: From left to right.
        """
        super().__init__(window)
        self._window, self._bars = window, list(bars)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.arrange)
        for bar in self._bars:
            window.addToolBar(bar)
            bar.installEventFilter(self)
        window.installEventFilter(self)

    def arrange(self) -> None:
        """Puts each toolbar on the line that has room for it."""
        used, changed = 0, False
        for index, bar in enumerate(self._bars):
            needed = bar.sizeHint().width()
            new_line = index > 0 and used + needed > self._window.width()
            if new_line != self._window.toolBarBreak(bar):
                changed = True
                (self._window.insertToolBarBreak if new_line else self._window.removeToolBarBreak)(bar)
            used = needed if new_line else used + needed
        layout = self._window.layout()
        short = any(bar.width() < bar.sizeHint().width() for bar in self._bars)  # Qt notices some changes late
        if (changed or short) and layout is not None:
            layout.invalidate()
            layout.activate()
        for bar in self._bars:
            more = bar.findChild(QToolButton, MORE)
            if more is not None:  # Qt leaves it there if a bar grows together with what is in it, and shows it again
                more.setMaximumWidth(0 if bar.width() >= bar.sizeHint().width() else bar.width())

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.Resize if watched is self._window:
                self.arrange()
            case QEvent.Type.LayoutRequest | QEvent.Type.FontChange | QEvent.Type.Resize if watched is not self._window:
                self._soon.start()
        return False
