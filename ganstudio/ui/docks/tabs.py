"""The tabs of docks that lie behind each other: their names are written whole, and scrolled to if there are many."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QMainWindow, QTabBar


class DockTabs(QObject):
    """Styles each tab bar that Qt makes for docks: by itself Qt shortens the names to a letter or two."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.arrange)
        window.installEventFilter(self)
        self.arrange()

    @property
    def bars(self) -> list[QTabBar]:
        """The tab bars of docks that there are; Qt keeps those that are not needed now, hidden."""
        return self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)

    def arrange(self) -> None:
        """Sees to the tab bars that are new."""
        for bar in self.bars:
            if bar.elideMode() != Qt.TextElideMode.ElideNone:
                bar.setElideMode(Qt.TextElideMode.ElideNone)
                bar.setUsesScrollButtons(True)
                bar.setExpanding(False)

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ChildAdded:
            self._soon.start()
        return False
