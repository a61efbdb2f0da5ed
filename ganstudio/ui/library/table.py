"""The library's table: a run in a row of two lines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ganstudio.core.design import Space
from ganstudio.core.runs.library import Kept
from ganstudio.ui.library.columns import CHANGED, COLUMNS, MEASURES, NAME, measures
from ganstudio.ui.library.row_painter import MARGIN, RowPainter
from ganstudio.ui.library.run_rows import RunRows

MIN_HEIGHT = 44  # pixels of a row
NAME_WIDTH, MAX_WIDTH = 24, 18  # in digits: the width that the name needs, and the most of any other column
NAME_SHARE = 0.4  # the largest share of a narrow table for the name


class RunTable(QTableView):
    """Keeps rows marked by the runs they show, however these are sorted and narrowed."""

    marked = Signal()  # other rows than before, or other runs in them

    def __init__(self, running: Path | None) -> None:
        """``running``: the run on screen, whose row is marked."""
        super().__init__()
        self.runs = RunRows(running)
        self._delegate = RowPainter(self.runs, lambda: self.viewport().update())
        self._held: set[Path] = set()
        self._row = 0  # the row of the first run that was marked
        self._narrowing = False
        self.setObjectName("library.table")
        self.setAccessibleName("Runs")
        self.setModel(self.runs)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSortIndicator(CHANGED, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)
        self.runs.modelAboutToBeReset.connect(self._remember)
        self.runs.modelAboutToBeReset.connect(self._delegate.forget_missing)
        self.runs.modelReset.connect(self._restore)
        self.selectionModel().selectionChanged.connect(lambda *_: self.marked.emit())

    def show_runs(self, runs: Iterable[Kept]) -> None:
        """Takes other runs."""
        self.runs.show(runs)
        self.setColumnHidden(MEASURES, not any(measures(kept) for kept in self.runs.everything))
        self._spread()

    def narrow(self, text: str) -> None:
        """Keeps the rows that hold every word."""
        self._narrowing = True
        self.runs.narrow(text)
        self._narrowing = False

    @property
    def selected(self) -> list[Kept]:
        """The runs whose rows are marked, from the top."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.runs.shown[row] for row in rows if row < len(self.runs.shown)]

    def select(self, paths: Iterable[Path]) -> None:
        """Marks the rows of these runs, and shows the first of them."""
        wanted = set(paths)
        rows = [row for row, kept in enumerate(self.runs.shown) if kept.path in wanted]
        chosen = QItemSelection()
        for row in rows:
            chosen.select(self.runs.index(row, 0), self.runs.index(row, len(COLUMNS) - 1))
        model = self.selectionModel()
        model.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            model.setCurrentIndex(self.runs.index(rows[0], 0), QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(self.runs.index(rows[0], 0))

    def _remember(self) -> None:
        chosen = self.selected
        self._held = {kept.path for kept in chosen}
        self._row = self.runs.shown.index(chosen[0]) if chosen else 0

    def _restore(self) -> None:
        shown = self.runs.shown
        paths = self._held & {kept.path for kept in shown}
        if not paths and shown:  # the next one is where the marked one was; what is searched for comes first
            paths = {shown[0 if self._narrowing else min(self._row, len(shown) - 1)].path}
        self.select(paths)
        self.marked.emit()

    def _fit(self) -> None:
        """Makes rows as high as two lines, and columns as wide as what is in them."""
        metrics, bold = self.fontMetrics(), QFont(self.font())
        bold.setBold(True)
        self.verticalHeader().setDefaultSectionSize(max(MIN_HEIGHT, 2 * metrics.lineSpacing() + Space.WIDE))
        digit = metrics.horizontalAdvance("0")
        for at, column in enumerate(COLUMNS):
            if at == NAME:
                continue
            texts = {text(kept) for kept in self.runs.everything for text in (column.first, column.second)}
            widest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
            head = metrics.horizontalAdvance(column.title) + 3 * digit  # with the sort indicator
            self.setColumnWidth(at, max(head, min(widest, MAX_WIDTH * digit)) + 2 * MARGIN + 2)

    def _spread(self) -> None:
        """Gives the column of names the width that the others leave over."""
        self._fit()
        self._fill()

    def _fill(self) -> None:
        taken = sum(self.columnWidth(at) for at in range(len(COLUMNS)) if at != NAME and not self.isColumnHidden(at))
        width, needed = self.viewport().width(), NAME_WIDTH * self.fontMetrics().horizontalAdvance("0")
        least = min(needed, round(NAME_SHARE * width)) + self.verticalHeader().defaultSectionSize()
        self.setColumnWidth(NAME, max(width - taken, least))

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._spread()
