"""Two views of one thing: side by side, one above the other, or the second alone if there is no room for both."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

LEAST = 17.0, 9.0  # width and height below which a view is not worth having, lines of text


class TwoViews(QWidget):
    """The first view, and the second one beside or below it while it is wanted."""

    def __init__(self, first: QWidget, second: QWidget) -> None:
        super().__init__()
        self._first, self._second = first, second
        first.setParent(self)
        second.setParent(self)
        self._both = False
        self.setMinimumSize(first.minimumSize())
        self.show_second(False)

    def show_second(self, on: bool) -> None:
        """Shows or hides the second view."""
        self._both = on
        self._arrange()

    def _arrange(self) -> None:
        width, height, line = self.width(), self.height(), self.fontMetrics().height()
        beside = width >= 1.2 * height
        room = (width // 2, height) if beside else (width, height // 2)
        fits = room[0] >= LEAST[0] * line and room[1] >= LEAST[1] * line
        self._first.setVisible(fits or not self._both)
        self._second.setVisible(self._both)
        if not self._both or not fits:
            (self._second if self._both else self._first).setGeometry(0, 0, width, height)
        else:
            self._first.setGeometry(0, 0, *room)
            self._second.setGeometry(width - room[0] if beside else 0, 0 if beside else height - room[1], *room)

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._arrange()
