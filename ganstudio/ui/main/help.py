"""The Help menu: the window's keys, the words on the screen, and the manual."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QMainWindow,
    QTableWidget,
    QTableWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.system.resources import page
from ganstudio.ui.main.glossary import WORDS, page_tables
from ganstudio.ui.main.shortcut_list import shortcuts

LETTERS, LINES = 76, 30  # the size of a dialog
ALWAYS = (
    ("Tab, Shift+Tab", "To the next thing, or the one before"),
    ("Space, Enter", "Presses the button that Tab has gone to"),
    ("Arrow keys", "Move the slider, or the marked place of a picture, that has the frame"),
)


class SearchTable(QDialog):
    """A table of two columns in groups, with a field that narrows it."""

    def __init__(self, window: QWidget, name: str, title: str, heads: tuple[str, str]) -> None:
        super().__init__(window)
        self.setObjectName(f"help.{name}")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.line = QLineEdit()
        self.line.setObjectName(f"help.{name}.search")
        self.line.setAccessibleName("Search")
        self.line.setPlaceholderText("search…")
        self.line.setToolTip("Shows only the lines that contain every word typed here")
        self.line.setClearButtonEnabled(True)
        self.line.textChanged.connect(self.narrow)
        self.table = QTableWidget(0, 2)
        self.table.setObjectName(f"help.{name}.table")
        self.table.setAccessibleName(title)
        self.table.setHorizontalHeaderLabels(list(heads))
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setMinimumSectionSize(self.fontMetrics().lineSpacing() + 2)
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self._groups: list[tuple[str, str]] = []  # of each row: its heading, and its words
        column = QVBoxLayout(self)
        column.addWidget(self.line)
        column.addWidget(self.table)
        metrics = self.fontMetrics()
        self.resize(LETTERS * metrics.averageCharWidth(), LINES * metrics.lineSpacing())

    def clear_groups(self) -> None:
        """Takes every line away."""
        self._groups = []
        self.table.clearSpans()
        self.table.setRowCount(0)

    def add_group(self, title: str, rows: list[tuple[str, str]]) -> None:
        """Adds lines below a heading; without a title, below none."""
        if title:
            head = QTableWidgetItem(title)
            font = head.font()
            font.setBold(True)
            head.setFont(font)
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            row = self._add_row(title, "")
            self.table.setItem(row, 0, head)
            self.table.setSpan(row, 0, 1, 2)
        for words in rows:
            self.add_line(title, words)

    def add_line(self, group: str, words: Sequence[str]) -> int:
        """Adds a line of two texts to a group; its row."""
        row = self._add_row(group, " ".join(words))
        for index, text in enumerate(words):
            self.table.setItem(row, index, QTableWidgetItem(text))
        return row

    def _add_row(self, group: str, words: str) -> int:
        self._groups.append((group, words))
        row = self.table.rowCount()
        self.table.insertRow(row)
        return row

    def narrow(self) -> None:
        """Keeps the lines that hold every typed word, with their headings; a heading that holds them keeps its own."""
        words = self.line.text().lower().split()
        kept = [bool(line) and all(word in f"{group} {line}".lower() for word in words)
                for group, line in self._groups]
        shown = {group for (group, _), keep in zip(self._groups, kept, strict=True) if keep}
        for row, ((group, line), keep) in enumerate(zip(self._groups, kept, strict=True)):
            self.table.setRowHidden(row, not (keep or (not line and group in shown)))

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.table.resizeRowsToContents()  # in another width the sentences have other heights

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.table.resizeRowsToContents()


class ShortcutsDialog(SearchTable):
    """Every key of the window, as its menus and panels have them now."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window, "shortcuts", "Shortcuts", ("Key", "What it does"))
        for group, lines in groupby(shortcuts(window), key=lambda each: each.group):
            self.add_group(group, [(line.keys, line.title) for line in lines])
        self.add_group("Everywhere", list(ALWAYS))


class GlossaryDialog(SearchTable):
    """The words and signs on the screen, and those of the documentation with the papers' words beside them."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, "glossary", "Glossary", ("Word", "What it means"))
        self.add_group("On the screen", list(WORDS))
        for title, rows in page_tables(page("glossary")):
            self.add_group(title, rows)


class ManualDialog(QDialog):
    """The manual, as this version has it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("help.manual")
        self.setWindowTitle("Manual")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.text = QTextBrowser()
        self.text.setObjectName("help.manual.text")
        self.text.setAccessibleName("Manual")
        self.text.setToolTip("Page up and page down scroll")
        self.text.setOpenLinks(False)  # of files that need not be on this machine
        pictures_left_out = re.sub(r"!\[[^\]]*\]\([^)]*\)\n*", "", page("manual"))
        self.text.setMarkdown(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", pictures_left_out))
        column = QVBoxLayout(self)
        column.addWidget(self.text)
        metrics = self.fontMetrics()
        self.resize(LETTERS * metrics.averageCharWidth(), LINES * metrics.lineSpacing())
