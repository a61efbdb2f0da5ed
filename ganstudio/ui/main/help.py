"""The Help menu: the window's keys, the words on the screen, and the manual."""

from __future__ import annotations

import re
from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QMainWindow,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.system.resources import manual
from ganstudio.ui.main.glossary import WORDS
from ganstudio.ui.main.shortcut_list import shortcuts

LETTERS, LINES = 76, 30  # the size of a dialog
ALWAYS = (
    ("Tab, Shift+Tab", "To the next thing, or the one before"),
    ("Space, Enter", "Presses the button that Tab has gone to"),
    ("Arrow keys", "Move the slider, or the marked place of a picture, that has the frame"),
)


class _Table(QDialog):
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
        self.line.setToolTip("Only lines that hold every word typed here stay")
        self.line.setClearButtonEnabled(True)
        self.line.textChanged.connect(self._narrow)
        self.table = QTreeWidget()
        self.table.setObjectName(f"help.{name}.table")
        self.table.setAccessibleName(title)
        self.table.setHeaderLabels(list(heads))
        self.table.setRootIsDecorated(False)
        self.table.setWordWrap(True)
        self.table.setTabKeyNavigation(False)
        self.table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        column = QVBoxLayout(self)
        column.addWidget(self.line)
        column.addWidget(self.table)
        metrics = self.fontMetrics()
        self.resize(LETTERS * metrics.averageCharWidth(), LINES * metrics.lineSpacing())

    def add_group(self, title: str, rows: list[tuple[str, str]]) -> None:
        """Adds lines below a heading; without a title, below none."""
        above = self.table.invisibleRootItem()
        if title:
            above = QTreeWidgetItem([title])
            font = above.font(0)
            font.setBold(True)
            above.setFont(0, font)
            above.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.table.addTopLevelItem(above)
            above.setFirstColumnSpanned(True)
        for row in rows:
            item = QTreeWidgetItem(list(row))
            item.setToolTip(1, row[1])
            above.addChild(item)
        self.table.expandAll()

    def _narrow(self, text: str) -> None:
        words = text.lower().split()

        def holds(item: QTreeWidgetItem) -> bool:
            said = f"{item.text(0)} {item.text(1)}".lower()
            return all(word in said for word in words)

        for index in range(self.table.topLevelItemCount()):
            top = self.table.topLevelItem(index)
            if top is None:
                continue
            lines = [line for row in range(top.childCount()) if (line := top.child(row)) is not None]
            for line in lines:
                line.setHidden(not (holds(line) or holds(top)))
            top.setHidden(all(line.isHidden() for line in lines) if lines else not holds(top))


class ShortcutsDialog(_Table):
    """Every key of the window, as its menus and panels have them now."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window, "shortcuts", "Shortcuts", ("Key", "What it does"))
        for group, lines in groupby(shortcuts(window), key=lambda each: each.group):
            self.add_group(group, [(line.keys, line.title) for line in lines])
        self.add_group("Everywhere", list(ALWAYS))


class GlossaryDialog(_Table):
    """The words and signs on the screen."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, "glossary", "Words on the screen", ("Word", "What it means"))
        self.add_group("", list(WORDS))


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
        pictures_left_out = re.sub(r"!\[[^\]]*\]\([^)]*\)\n*", "", manual())
        self.text.setMarkdown(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", pictures_left_out))
        column = QVBoxLayout(self)
        column.addWidget(self.text)
        metrics = self.fontMetrics()
        self.resize(LETTERS * metrics.averageCharWidth(), LINES * metrics.lineSpacing())
