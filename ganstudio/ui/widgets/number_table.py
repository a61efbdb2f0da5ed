"""A table of numbers to read: titles on the left, and columns as wide as their numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

LEAST = 0.6  # of the longest title's width: a title that ends with … can be read, a number that is cut is another
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class NumberTable(QTableWidget):
    """The user can read it, and choose a row if it is selectable; nothing in it can be edited."""

    def __init__(self, headers: list[str], *, numbers: int, selectable: bool = False) -> None:
        """Makes a table without rows.

        Args:
            headers: One for each column.
            numbers: How many columns hold numbers, from the second on; they are aligned to the right.
            selectable: Whether the user can choose a row.
        """
        super().__init__(0, len(headers))
        self._numbers = numbers
        self.setHorizontalHeaderLabels(headers)
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection if selectable else
                              QAbstractItemView.SelectionMode.NoSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        for column in range(1, len(headers)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.sectionResized.connect(lambda column, *_: self._fit() if column else None)
        self.model().dataChanged.connect(lambda first, *_: self._fit() if first.column() == 0 else None)

    def write(self, row: int, column: int, text: str, tip: str) -> None:
        """Puts a text into a cell; the row must exist."""
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            if 1 <= column <= self._numbers:
                item.setTextAlignment(RIGHT)
            self.setItem(row, column, item)
        if item.text() != text or item.toolTip() != tip:
            item.setText(text)
            item.setToolTip(tip)

    def _fit(self) -> None:
        """Gives titles the room that numbers leave, but never less than LEAST: the numbers are scrolled to then."""
        header = self.horizontalHeader()
        numbers = sum(header.sectionSize(column) for column in range(1, self.columnCount()))
        cut = self.viewport().width() - numbers < LEAST * self.sizeHintForColumn(0)
        mode = QHeaderView.ResizeMode.ResizeToContents if cut else QHeaderView.ResizeMode.Stretch
        if header.sectionResizeMode(0) != mode:
            header.setSectionResizeMode(0, mode)

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
