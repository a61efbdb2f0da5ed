"""The library: every run that was kept, to be found, opened, renamed or thrown away."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QFile, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core import library
from ganstudio.core.errors import BadInput
from ganstudio.core.library import Kept

COLUMNS = ("Last changed", "Variant", "Data", "Preset", "Seed", "Steps", "Size", "From", "File")
ORIGIN = COLUMNS.index("From")


class Library(QDialog):
    """Runs in a table; what is typed above narrows it to the rows that hold every word."""

    chosen = Signal(str, object)  # path, Spec

    def __init__(self, folder: Path, parent: QWidget | None = None, *, running: str = "") -> None:
        """``running``: the file of the run on screen, which is being written and keeps its name."""
        super().__init__(parent)
        self._running = Path(running) if running else None
        self.setObjectName("library")
        self.setWindowTitle("Runs")
        self._folder = folder
        self._runs: list[Kept] = []
        self.search = QLineEdit()
        self.search.setObjectName("library.search")
        self.search.setPlaceholderText("Search: variant, data, step, date…")
        self.search.setAccessibleName("Search the runs")
        self.search.setToolTip("Rows that hold every word typed here stay")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._narrow)
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setObjectName("library.table")
        self.table.setAccessibleName("Runs")
        self.table.setToolTip("Double-click a run to open it where it stands")
        self.table.setHorizontalHeaderLabels(COLUMNS)
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        self.table.itemSelectionChanged.connect(self._selected)
        self.table.cellDoubleClicked.connect(lambda *_: self._open())
        self.words = QLabel()
        self.words.setObjectName("library.words")
        self.words.setWordWrap(True)
        self.opening = self._button("Open", "open", "Shows the run where it stands, held; playing on makes a new run",
                                    self._open)
        self.rename = self._button("Rename…", "rename", "Gives the file another name", self._rename)
        self.trash = self._button("Move to trash", "trash", "The file goes into the system's trash, whence it can be "
                                  "taken back", self._throw_away)
        self._done = self._button("Close", "close", "Back to the run on screen (Esc)", self.reject)
        row = QHBoxLayout()
        for button in (self.opening, self.rename, self.trash):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self._done)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.words)
        layout.addLayout(row)
        self.resize(1100, 560)
        self.refresh()

    def _button(self, text: str, name: str, tip: str, act: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"library.{name}")
        button.setToolTip(tip)
        button.setAutoDefault(name == "open")
        button.clicked.connect(lambda _=False: act() if callable(act) else None)
        return button

    def refresh(self) -> None:
        """Reads the folder again."""
        self._runs = library.runs(self._folder)
        self.table.setUpdatesEnabled(False)
        self.table.setRowCount(len(self._runs))
        for row, kept in enumerate(self._runs):
            for column, text in enumerate(_cells(kept)):
                item = QTableWidgetItem(text)
                if column in (4, 5, 6):
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setToolTip(kept.fault or (text if column == ORIGIN and text else str(kept.path)))
                self.table.setItem(row, column, item)
        self.table.setUpdatesEnabled(True)
        for column in range(len(COLUMNS) - 1):
            self.table.resizeColumnToContents(column)
        self.table.setColumnWidth(ORIGIN, min(self.table.columnWidth(ORIGIN), 240))  # the rest is for the file's name
        self._narrow(self.search.text())
        readable = [row for row, kept in enumerate(self._runs) if kept.spec is not None]
        if readable:
            self.table.selectRow(readable[0])
        self._selected()

    def _narrow(self, text: str) -> None:
        words = text.lower().split()
        for row, kept in enumerate(self._runs):
            line = " ".join(_cells(kept)).lower()
            self.table.setRowHidden(row, not all(word in line for word in words))
        self._count()

    def _count(self) -> None:
        """How many runs there are, and how many of them are shown."""
        shown = sum(not self.table.isRowHidden(row) for row in range(len(self._runs)))
        if not self._runs:
            self._say(f"No run is kept yet. Every training is recorded from its first step, in {self._folder}.")
        elif not shown:
            self._say("No run holds all of these words.")
        else:
            self._say(f"{shown} of {len(self._runs)} runs in {self._folder}.")

    def _say(self, text: str) -> None:
        self.words.setText(text)

    @property
    def selected(self) -> Kept | None:
        """The run whose row is marked."""
        rows = self.table.selectionModel().selectedRows()
        return self._runs[rows[0].row()] if rows and rows[0].row() < len(self._runs) else None

    def _selected(self) -> None:
        kept = self.selected
        self.opening.setEnabled(kept is not None and kept.spec is not None)
        idle = kept is not None and kept.path != self._running
        self.rename.setEnabled(idle)
        self.trash.setEnabled(idle)
        if not idle and kept is not None:
            self._say("This is the run on screen: it is being recorded.")
        elif kept is not None and kept.fault:
            self._say(f"This one cannot be opened: {kept.fault}.")
        else:
            self._count()

    def _open(self) -> None:
        kept = self.selected
        if kept is not None and kept.spec is not None:
            self.chosen.emit(str(kept.path), kept.spec)
            self.accept()

    def _rename(self) -> None:
        kept = self.selected
        if kept is None:
            return
        name, sure = QInputDialog.getText(self, "Rename the run", "Name:", text=kept.path.stem)
        if sure:
            self.name(kept, name)

    def name(self, kept: Kept, name: str) -> None:
        """Gives a run another name, or says why it cannot have it."""
        try:
            library.renamed(kept.path, name)
        except BadInput as fault:
            self._say(f"Not done: {fault}.")
        else:
            self.refresh()

    def _throw_away(self) -> None:
        kept = self.selected
        if kept is None:
            return
        if QFile(str(kept.path)).moveToTrash():
            self.refresh()
        else:
            self._say(f"Not done: the system's trash does not take {kept.path.name}. The run is where it was.")


def _cells(kept: Kept) -> list[str]:
    changed = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.changed))
    size = f"{kept.size / 1e6:.1f} MB"
    if kept.spec is None:
        return [changed, "cannot be read", "", "", "", "", size, "", kept.path.name]
    origin = f"step {kept.parent.position.steps:,} of {kept.parent.file}" if kept.parent else ""
    return [changed, kept.spec.variant, kept.spec.data, kept.spec.preset, str(kept.spec.seed), f"{kept.steps:,}", size,
            origin, kept.path.name]
