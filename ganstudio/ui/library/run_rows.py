"""The library's runs as rows: sorted by any column, narrowed by words and tags."""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from ganstudio.core.runs.library import Kept
from ganstudio.core.system.printable import printable
from ganstudio.ui.library.columns import CHANGED, COLUMNS, NAME, matches, search_text
from ganstudio.ui.widgets.plain_text import LINES

Index = QModelIndex | QPersistentModelIndex


class RunRows(QAbstractTableModel):
    """The runs that are found, in the order of a column."""

    def __init__(self, running: Path | None) -> None:
        """``running``: the run on screen, whose row is marked."""
        super().__init__()
        self.running = running
        self.everything: list[Kept] = []
        self.shown: list[Kept] = []
        self._lines: list[str] = []
        self._text = ""
        self._by, self._order = CHANGED, Qt.SortOrder.DescendingOrder

    def show(self, runs: Iterable[Kept]) -> None:
        """Takes other runs."""
        self.everything = list(runs)
        self._lines = [search_text(kept) for kept in self.everything]
        self._arrange()

    def narrow(self, text: str) -> None:
        """Keeps those that hold every word."""
        self._text = text
        self._arrange()

    def _arrange(self) -> None:
        self.beginResetModel()
        found = [kept for kept, line in zip(self.everything, self._lines, strict=True)
                 if matches(kept, line, self._text)]
        self.shown = sorted(found, key=COLUMNS[self._by].key, reverse=self._order == Qt.SortOrder.DescendingOrder)
        self.endResetModel()

    # Qt ------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._by, self._order = column, order
        self._arrange()

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical or section >= len(COLUMNS):
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{column.help} (click to sort)"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.shown):
            return None
        kept, column = self.shown[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.first(kept)
        if role == Qt.ItemDataRole.UserRole:
            running = kept.path == self.running and index.column() == NAME
            return ", ".join(filter(None, ("on screen" if running else "", column.second(kept))))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (column.first(kept), column.second(kept))))
        if role == Qt.ItemDataRole.ToolTipRole:
            # Names and faults may come from elsewhere: they are shown as they are, not as mark-up.
            said = kept.fault or "\n".join(filter(None, (column.first(kept), column.second(kept)))) or str(kept.path)
            full = f"\n{kept.path}" if index.column() == NAME else ""
            return f"<qt>{html.escape(printable(said + full, keep=LINES)).replace(chr(10), '<br>')}</qt>"
        return None
