"""A table of numbers to read: titles on the left, wrapped at words, and columns as wide as their numbers."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QTableWidget, QTableWidgetItem

from ganstudio.core.design import Space

SIDE = Space.CLOSE  # left and right of the figures, so that they begin where the words above them do
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class NumberTable(QTableWidget):
    """The user can read it, and choose a row if it is selectable; nothing in it can be edited.

    A figure whose title is cut is no figure: a title has the room of its longest word at least, else the table scrolls
    sideways. Its smallest size is that in which it need not.
    """

    def __init__(self, headers: list[str], *, numbers: int, selectable: bool = False) -> None:
        """Makes a table without rows.

        Args:
            headers: One for each column.
            numbers: How many columns hold numbers, from the second on; they are aligned to the right.
            selectable: Whether the user can choose a row.
        """
        super().__init__(0, len(headers))
        self._numbers = numbers
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._fit)
        self.setHorizontalHeaderLabels(headers)
        for column in range(1, numbers + 1):
            if (header_item := self.horizontalHeaderItem(column)) is not None:
                header_item.setTextAlignment(RIGHT)
        self.setStyleSheet(f"NumberTable {{ padding: 0 {SIDE}px; }}")
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection if selectable else
                              QAbstractItemView.SelectionMode.NoSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)  # Qt's own fitting waits until the table is seen
        header.setHighlightSections(False)
        self.model().dataChanged.connect(lambda *_: self._soon.start())
        self.verticalScrollBar().rangeChanged.connect(lambda *_: self._soon.start())
        self.model().rowsInserted.connect(lambda *_: self._soon.start())

    def write(self, row: int, column: int, text: str, tip: str) -> None:
        """Puts a text into a cell; the row must exist."""
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self._grown = True
            if 1 <= column <= self._numbers:
                item.setTextAlignment(RIGHT)
            self.setItem(row, column, item)
        if item.text() != text or item.toolTip() != tip:
            self._grown |= column == 0
            item.setText(text)
            item.setToolTip(tip)

    def _least(self) -> int:
        """The least width of the titles' column."""
        titles = [item.text() for row in range(self.rowCount()) if (item := self.item(row, 0)) is not None]
        parts = [word for title in titles for word in title.split()] if self.wordWrap() else titles
        margin = self.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, None, self) + 1
        return max(map(self.fontMetrics().horizontalAdvance, parts), default=0) + 2 * margin + 2

    def _others(self) -> list[int]:
        """The widths of all other columns: of their widest text."""
        header = self.horizontalHeader()
        return [max(header.sectionSizeHint(column), self.sizeHintForColumn(column))
                for column in range(1, self.columnCount())]

    def _fit(self) -> None:
        """Gives titles the room that numbers leave, but never too little to read them."""
        others = self._others()
        widths = [max(self.viewport().width() - sum(others), self._least()), *others]
        if widths == [self.columnWidth(column) for column in range(self.columnCount())] and not self._grown:
            return
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)
        if self.wordWrap():
            self.resizeRowsToContents()
            line = self.fontMetrics().lineSpacing()
            for row in range(self.rowCount()):  # titles of two lines would run into each other
                if self.rowHeight(row) > 1.9 * line:
                    self.setRowHeight(row, self.rowHeight(row) + line // 3)
        self._grown = False
        self.updateGeometry()

    _grown = False  # whether rows were added, or have other titles, since they were given their heights

    # Qt ------------------------------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        bar = self.verticalScrollBar().sizeHint().width()
        line = self.fontMetrics().height()
        return QSize(self._least() + sum(self._others()) + bar + 2 * (self.frameWidth() + SIDE), 4 * line)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_soon"):
            self._grown = True
            self._soon.start()
