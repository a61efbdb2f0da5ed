"""The library's table: a run in a row of two lines, sorted by any column, narrowed by words and tags."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from ganstudio.core.runs import library
from ganstudio.core.runs.format import SUFFIX
from ganstudio.core.runs.library import Kept
from ganstudio.ui.library.thumbnail import drawn
from ganstudio.ui.theme import DARK, LIGHT, THEMES, Theme

Index = QModelIndex | QPersistentModelIndex
MARGIN = 6  # pixels left and right of a cell's words
MIN_HEIGHT = 44  # pixels of a row
NAME_WIDTH, MAX_WIDTH = 24, 18  # digits: what the name needs, and the most of anything else
NAME_SHARE = 0.4  # of a narrow table, which the name takes at most
TELLING = {"modes": "modes", "jsd": "JSD", "fid": "FID", "w1": "W1", "recall": "recall"}  # measures by their names
MADE_NAME = re.compile(
    r"\d{4}-(?P<month>0[1-9]|1[0-2])-(?P<day>\d\d) (?P<clock>\d\d\.\d\d\.\d\d) (?P<what>.+) \d+-\d+", re.ASCII)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MAX_PICTURES = 600  # kept in memory


@dataclass(frozen=True)
class Column:
    """What a column says of a run, in a line and a quieter one below."""

    title: str
    help: str
    first: Callable[[Kept], str]
    key: Callable[[Kept], Any]  # what it is sorted by
    second: Callable[[Kept], str] = lambda kept: ""
    number: bool = False


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key by which "run 2" comes before "run 10"."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text.casefold())]


def when(changed: float, now: float | None = None) -> str:
    """A time as one says it: today's and yesterday's without a date.

    Args:
        changed: Seconds since 1970.
        now: The same, of the moment that it is said at.
    """
    now = time.time() if now is None else now
    then, clock = time.localtime(changed), time.strftime("%H:%M", time.localtime(changed))
    for day, word in ((now, "Today"), (now - 86400, "Yesterday")):
        if then[:3] == time.localtime(day)[:3]:
            return f"{word}, {clock}"
    return f"{then.tm_mday} {time.strftime('%b %Y', then)}, {clock}"


def amount(size: int) -> str:
    """Bytes as one reads them."""
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def shorter(name: str) -> list[str]:
    """A run's name in as many words as there is room for, the longest first.

    Of the names that the studio gives, as "2026-11-21 20.24.30 wgan-gp ring 28430-1", the time tells runs apart.
    """
    made = MADE_NAME.fullmatch(name)
    if made is None:
        return [name]
    clock = made["clock"].replace(".", ":")
    day = f"{int(made['day'])} {MONTHS[int(made['month']) - 1]}"
    return [name, f"{day}, {clock} {made['what']}", f"{day}, {clock}", clock]


def _origins(kept: Kept) -> list[str]:
    """Where a run comes from, likewise."""
    if kept.fault:
        return ["Cannot be read"]
    if kept.parent is not None:
        where = f"step {kept.parent.position.steps:,} of"
        names = shorter(kept.parent.file.removesuffix(SUFFIX))
        return [f"from {where} {names[0]}", *(f"{where} {name}" for name in names)]
    return [""]


def _origin(kept: Kept) -> str:
    return _origins(kept)[0]


def _variant(kept: Kept) -> str:
    return kept.spec.variant if kept.spec else ""


def _way(kept: Kept) -> str:
    return f"{kept.spec.preset}, seed {kept.spec.seed}" if kept.spec else ""


def _data(kept: Kept) -> str:
    return kept.spec.data if kept.spec else ""


def _measures(kept: Kept) -> list[str]:
    """The first two of the numbers that tell most, each with what a perfect generator would score."""
    if kept.measured is None:
        return []
    found = []
    for name, title in TELLING.items():
        value, floor = kept.measured.measures.get(name), kept.measured.floors.get(name)
        if value is not None:
            found.append(f"{title} {value:.3g}{f' ({floor:.3g})' if floor is not None else ''}")
    return found[:2]


COLUMNS = (
    Column("Run", "The file's name, and the run that it branched off from", lambda kept: kept.path.stem,
           lambda kept: natural(kept.path.stem), _origin),
    Column("Variant", "What the players minimise; preset and seed", _variant,
           lambda kept: (_variant(kept), _way(kept)), _way),
    Column("Data", "What the generator learned to make, and its network", _data, _data,
           lambda kept: kept.spec.network if kept.spec else ""),
    Column("Steps", "How many steps were recorded", lambda kept: f"{kept.steps:,}" if kept.spec else "",
           lambda kept: kept.steps, number=True),
    Column("Last changed", "When the run was written to last", lambda kept: when(kept.changed),
           lambda kept: kept.changed),
    Column("Last measures", "What was measured last; in brackets what a perfect generator would score",
           lambda kept: "".join(_measures(kept)[:1]), lambda kept: [natural(text) for text in _measures(kept)],
           lambda kept: ", ".join(_measures(kept)[1:])),
    Column("Tags", "Words of your own; search them by tag:word", lambda kept: ", ".join(kept.tags),
           lambda kept: [tag.casefold() for tag in kept.tags]),
    Column("Size", "Of the file", lambda kept: amount(kept.size), lambda kept: kept.size, number=True),
)
NAME, MEASURES, CHANGED = (
    next(at for at, column in enumerate(COLUMNS) if column.title == title)
    for title in ("Run", "Last measures", "Last changed")
)


def matches(kept: Kept, line: str, text: str) -> bool:
    """Whether a run holds every word; ``tag:word`` asks for a tag that holds it, ``tag:`` for any tag.

    Args:
        kept: The run.
        line: All that is said of it, in small letters.
        text: What is searched for.
    """
    tags = [tag.casefold() for tag in kept.tags]
    return all(any(word[4:] in tag for tag in tags) if word.startswith("tag:") else word in line
               for word in text.casefold().split())


def _line(kept: Kept) -> str:
    said = [text(kept) for column in COLUMNS for text in (column.first, column.second)]
    date = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.changed))
    return " ".join([*said, date, kept.path.name, kept.fault]).casefold()


class Runs(QAbstractTableModel):
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
        self._lines = [_line(kept) for kept in self.everything]
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
            return f"{column.help}; click to sort"
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
            # Names and faults may come from anybody: they are shown as they are, not as mark-up.
            said = kept.fault or "\n".join(filter(None, (column.first(kept), column.second(kept)))) or str(kept.path)
            full = f"\n{kept.path}" if index.column() == NAME else ""
            return f"<qt>{html.escape(said + full).replace(chr(10), '<br>')}</qt>"
        return None


class TwoLines(QStyledItemDelegate):
    """Draws a cell: a line, a quieter one below, and before the name a small picture of the run."""

    def __init__(self, model: Runs, ready: Callable[[], None]) -> None:
        """``ready`` is called when a picture that was missing can be painted."""
        super().__init__()
        self._model = model
        self._ready = ready
        self._pictures: dict[tuple[Path, float, int, str], QImage | None] = {}
        self._missing: list[tuple[Path, float, int, str]] = []

    def forget_missing(self) -> None:
        """Rows that are not there any more need no picture."""
        self._missing.clear()

    def _picture(self, kept: Kept, side: int, theme: Theme) -> QImage | None:
        """The run's picture. It is made after the row was painted first: a list that is scrolled waits for none."""
        key = (kept.path, kept.changed, side, theme.name)
        if key not in self._pictures and not kept.fault and key not in self._missing:
            self._missing.append(key)
            if len(self._missing) == 1:
                QTimer.singleShot(0, self, self._make_next)
        return self._pictures.get(key)

    def _make_next(self) -> None:
        """One picture, the one asked for last first: it is on screen still."""
        if not self._missing:
            return
        key = self._missing.pop()
        path, _, side, name = key
        if len(self._pictures) >= MAX_PICTURES:
            self._pictures.clear()
        view = library.newest_view(path)
        self._pictures[key] = drawn(view, side, THEMES[name]) if view is not None else None
        if self._pictures[key] is not None:
            self._ready()
        if self._missing:
            QTimer.singleShot(0, self, self._make_next)

    def _draw_picture(self, painter: QPainter, area: QRect, kept: Kept, palette: QPalette) -> None:
        theme = DARK if palette.color(QPalette.ColorRole.Base).lightness() < 128 else LIGHT
        device = painter.device()
        picture = self._picture(kept, round(area.width() * (device.devicePixelRatio() if device else 1.0)), theme)
        if picture is not None:
            painter.drawImage(area, picture)
            painter.setPen(palette.color(QPalette.ColorRole.Mid))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(0, 0, -1, -1))
            return
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.setBrush(palette.color(QPalette.ColorRole.Button))
        painter.drawRect(area.adjusted(0, 0, -1, -1))
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "?" if kept.fault else _data(kept)[:1].upper())

    # Qt ------------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        state, palette, area = option.state, option.palette, option.rect
        kept, column = self._model.shown[index.row()], COLUMNS[index.column()]
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        running, name = kept.path == self._model.running, index.column() == NAME
        painter.save()
        painter.setClipRect(area)
        QApplication.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter)
        area = area.adjusted(MARGIN, 2, -MARGIN, -3)
        if name:
            if running:
                painter.fillRect(area.left() - MARGIN, area.top(), 3, area.height(),
                                 palette.color(QPalette.ColorRole.Highlight))
            side = area.height() - 2
            self._draw_picture(painter, QRect(area.left(), area.top() + 1, side, side), kept, palette)
            area.setLeft(area.left() + side + MARGIN + 2)
        if chosen:
            bright = quiet = palette.color(QPalette.ColorRole.HighlightedText)
        else:
            bright = palette.color(QPalette.ColorRole.Text)
            quiet = palette.color(QPalette.ColorRole.PlaceholderText)
        first = str(index.data(Qt.ItemDataRole.DisplayRole))
        second = str(index.data(Qt.ItemDataRole.UserRole))
        font = QFont(option.font)
        font.setBold(name and running)
        metrics = QFontMetrics(font)
        line = metrics.lineSpacing()
        top = area.center().y() - line + 1 if second else area.center().y() - line // 2
        side_flag = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
        origins = _origins(kept)
        if running:
            origins = [*(f"on screen, {form}" for form in origins if form), "on screen"]
        forms = [shorter(kept.path.stem), origins]
        lines = (first, quiet if kept.fault else bright, font.bold()), (second, quiet, False)
        for (text, colour, bold), shortened in zip(lines, forms, strict=True):
            if not text:
                continue
            font.setBold(bold)
            painter.setFont(font)
            painter.setPen(colour)
            room = QFontMetrics(font)
            if name:
                text = next((form for form in shortened if room.horizontalAdvance(form) <= area.width()), shortened[-1])
            # The end of a name that a hand gave tells runs apart as often as its head.
            cut = Qt.TextElideMode.ElideMiddle if name else Qt.TextElideMode.ElideRight
            shown = room.elidedText(text, cut, area.width())
            painter.drawText(QRect(area.left(), top, area.width(), line),
                             side_flag | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
            top += line
        painter.restore()


class RunTable(QTableView):
    """Keeps rows marked by the runs they show, however these are sorted and narrowed."""

    marked = Signal()  # other rows than before, or other runs in them

    def __init__(self, running: Path | None) -> None:
        """``running``: the run on screen, whose row is marked."""
        super().__init__()
        self.runs = Runs(running)
        self._delegate = TwoLines(self.runs, lambda: self.viewport().update())
        self._held: set[Path] = set()
        self._row = 0  # of the first that was marked
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
        self.setColumnHidden(MEASURES, not any(_measures(kept) for kept in self.runs.everything))
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
        if not paths and shown:  # the next one stands where the marked one stood; what is searched for stands first
            paths = {shown[0 if self._narrowing else min(self._row, len(shown) - 1)].path}
        self.select(paths)
        self.marked.emit()

    def _fit(self) -> None:
        """Makes rows as high as two lines, and columns as wide as what stands in them."""
        metrics, bold = self.fontMetrics(), QFont(self.font())
        bold.setBold(True)
        self.verticalHeader().setDefaultSectionSize(max(MIN_HEIGHT, 2 * metrics.lineSpacing() + 10))
        digit = metrics.horizontalAdvance("0")
        for at, column in enumerate(COLUMNS):
            if at == NAME:
                continue
            texts = {text(kept) for kept in self.runs.everything for text in (column.first, column.second)}
            widest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
            head = metrics.horizontalAdvance(column.title) + 3 * digit  # with the sort indicator
            self.setColumnWidth(at, max(head, min(widest, MAX_WIDTH * digit)) + 2 * MARGIN + 2)

    def _spread(self) -> None:
        """The name takes what the others leave over."""
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
