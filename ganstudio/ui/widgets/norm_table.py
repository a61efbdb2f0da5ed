"""Norms row by row: what one mean is taken over, the maps of each class after it, and words beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Least, Pen, Space
from ganstudio.core.images import Bytes
from ganstudio.ui.plotting.colors import image_of
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.elided_label import whole_sentences
from ganstudio.ui.widgets.image_grid import ARROWS

NOTHING = (-1, -1)
WORDS = 17, (0.36, 0.41)  # letters, and shares of the width: words are no narrower, in low and in high rows
LEAST_MAP, LARGEST_MAP = 14, 64  # side of a map, logical pixels
LARGEST_CELL = 16
PIXELS_FROM = {9: 2, 13: 3}  # side of a cell -> pixels drawn in it, along a side
CHIP = Space.TIGHT  # height of a class's colour, logical pixels


@dataclass(frozen=True)
class NormRow:
    """One norm."""

    title: str
    verdict: str  # what becomes of the class
    words: str
    maps: Bytes  # (k, h, w, 3), of each class
    shared: NDArray[np.bool_]  # (k, m): the cells that one mean is taken over
    lost: bool = False
    own: bool = False  # whether it is the run's
    after: Literal["", "latent", "map"] = ""  # what gives it a scale and a shift
    trained: bool = False  # whether these are shown


class NormTable(QWidget):
    """A row for each norm, from the left: words, cells of maps and channels, and the map of each class."""

    pointed = Signal(int, int)  # row and class under the pointer; -1 for none
    row_chosen = Signal(int)
    class_chosen = Signal(int)
    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self._rows: list[NormRow] = []
        self._names: list[str] = []  # of the classes
        self._colours: list[tuple[int, int, int]] = []
        self._picked = (0, 0)  # class and channel
        self._row = 0  # chosen
        self._under = NOTHING
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(*Least.PICTURE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_rows(self, rows: list[NormRow], names: list[str], colours: list[tuple[int, int, int]]) -> None:
        """Shows rows of as many maps as there are classes; none: nothing is known yet."""
        self._rows, self._names, self._colours = rows, names, colours
        self.update()

    def choose(self, row: int, class_: int, channel: int) -> None:
        """Marks a row, the column of a class, and the cell of a class and a channel in every row."""
        self._row, self._picked = row, (class_, channel)
        self.update()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.theme = theme
        self.update()

    # Where things are ----------------------------------------------------------------------------------------

    def _head(self) -> int:
        return self.fontMetrics().height() + CHIP + Space.HAIR

    def rows_shown(self) -> range:
        """The rows that have room for a line of text, the chosen one among them."""
        room = (self.height() - self._head() - Space.TIGHT) // self.fontMetrics().height()
        most = max(min(room, len(self._rows)), 1)
        first = min(max(self._row - most // 2, 0), max(len(self._rows) - most, 0))
        return range(first, first + most)

    def row_box(self, row: int) -> QRect:
        """Where a row that is shown is, logical pixels."""
        shown, room = self.rows_shown(), self.height() - self._head() - Space.TIGHT
        top, end = (self._head() + (at - shown.start) * room // len(shown) for at in (row, row + 1))
        return QRect(0, top, self.width(), end - top)

    def _cell_side(self) -> int:
        k, m = self._rows[0].shared.shape
        room: int = min((self.row_box(self._row).height() - Space.TIGHT) // k, self.width() // 4 // m)
        return max(min(room, LARGEST_CELL), 2)

    def _maps_room(self) -> int:
        """Width for the maps, beside the cells and the words."""
        letters, shares = WORDS
        high = self.row_box(self._row).height() >= 3 * self.fontMetrics().lineSpacing()  # with a line of words
        words = max(letters * self.fontMetrics().averageCharWidth(), round(shares[high] * self.width()))
        room: int = self.width() - self._cells_width() - words - 3 * Space.USUAL
        return room

    def _map_side(self) -> int:
        """Side of a map: as large as a row allows, and as leaves the words their room."""
        each = self._maps_room() // len(self._rows[0].maps) - Space.HAIR
        side: int = min(each, self.row_box(self._row).height() - Space.TIGHT, LARGEST_MAP)
        return max(side, LEAST_MAP)

    def _cells_width(self) -> int:
        """Of the cells, with the classes' colours before them and what is added after them."""
        channels = len(self._rows[0].shared[0])
        return self._cell_side() * channels + 2 * CHIP + Space.TIGHT + self.fontMetrics().height()

    def classes_shown(self) -> range:
        """The classes whose maps have room, the chosen one among them."""
        k, step = len(self._rows[0].maps), self._map_side() + Space.HAIR
        most = max(min(self._maps_room() // step, k), 1)
        first = min(max(self._picked[0] - most // 2, 0), k - most)
        return range(first, first + most)

    def map_box(self, row: int, class_: int) -> QRect:
        """Where the map of a class is, logical pixels."""
        shown, side, box = self.classes_shown(), self._map_side(), self.row_box(row)
        left = self.width() - Space.USUAL - (shown.stop - class_) * (side + Space.HAIR)
        return QRect(left, box.top() + (box.height() - side) // 2, side, side)

    def cell_box(self, row: int, class_: int, channel: int) -> QRectF:
        """Where the cell of a map of the batch and a channel is, logical pixels."""
        side, box = self._cell_side(), self.row_box(row)
        left = self.map_box(row, self.classes_shown().start).left() - Space.USUAL - self._cells_width() + 2 * CHIP
        top = box.top() + (box.height() - side * self._rows[row].shared.shape[0]) // 2
        return QRectF(left + channel * side, top + class_ * side, side, side)

    def at(self, point: QPoint) -> tuple[int, int]:
        """Row and class of a place; class -1 beside the maps, row -1 outside the rows."""
        for row in self.rows_shown() if self._rows else ():
            if self.row_box(row).contains(point):
                return row, next((class_ for class_ in self.classes_shown()
                                  if self.map_box(row, class_).contains(point)), -1)
        return NOTHING

    # Painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        if self._rows:
            painter.fillRect(self.row_box(self._row), QColor(self.theme.raised))
            self._paint_head(painter)
            for index in self.rows_shown():
                row = self._rows[index]
                self._paint_words(painter, index, row)
                self._paint_cells(painter, index, row)
                self._paint_maps(painter, index, row)
        painter.end()
        self.painted.emit()

    def _paint_head(self, painter: QPainter) -> None:
        """Above each column of maps its class: a colour, and a name if all names have room."""
        metrics, shown = self.fontMetrics(), self.classes_shown()
        side, line = self._map_side(), metrics.height()
        named = all(metrics.horizontalAdvance(self._names[class_]) <= side for class_ in shown)
        for class_ in shown:
            box = self.map_box(self._row, class_)
            chosen = class_ == self._picked[0]
            tall = CHIP if named else CHIP + line // 2
            painter.fillRect(QRect(box.left(), self._head() - tall, side, tall), QColor(*self._colours[class_]))
            painter.setPen(QColor(self.theme.text if chosen else self.theme.quiet))
            if named:
                area = QRect(box.left(), self._head() - CHIP - line, side, line)
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._names[class_])
        ends = 0, self._rows[0].shared.shape[1] - 1
        first, last = (self.cell_box(self._row, 0, channel) for channel in ends)
        title = "maps × channels"
        wide = metrics.horizontalAdvance(title)
        middle = round((first.left() + last.right()) / 2)
        if wide <= last.right() - first.left() + 2 * line:
            painter.setPen(QColor(self.theme.quiet))
            painter.drawText(QRect(middle - wide // 2, 0, wide + 1, line), Qt.AlignmentFlag.AlignLeft, title)

    def _paint_words(self, painter: QPainter, index: int, row: NormRow) -> None:
        """The title, what becomes of the class, and as many lines of words as have room."""
        box, metrics = self.row_box(index), self.fontMetrics()
        left = Space.USUAL
        width = int(self.cell_box(index, 0, 0).left()) - 2 * CHIP - Space.USUAL - left
        if row.own:
            painter.fillRect(QRect(0, box.top() + Space.HAIR, CHIP, box.height() - 2 * Space.HAIR),
                             QColor(self.theme.accent))
        lines = max((box.height() - Space.HAIR) // metrics.lineSpacing(), 1)
        beside = [each for each in self._rows if lines > 1 or each is row]  # all rows, if each has a line for it below
        one = all(metrics.horizontalAdvance(f"{each.title}  {each.verdict}") * 1.06 <= width for each in beside)
        most = lines - (1 if one else 2)
        words = whole_sentences(row.words, self.font(), width, most) if most > 0 else []
        used = (1 if one or lines == 1 else 2) + len(words)
        y = box.top() + max((box.height() - used * metrics.lineSpacing()) // 2, 0) + metrics.ascent()
        bold = QFont(self.font())
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(self.theme.accent if row.own else self.theme.text))
        title = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QPointF(left, y), title)
        across = painter.fontMetrics().horizontalAdvance(row.title + "  ") if one else 0
        painter.setFont(self.font())
        if one or lines > 1:
            y += 0 if one else metrics.lineSpacing()
            painter.setPen(QColor(self.theme.warning if row.lost else self.theme.text))
            painter.drawText(QPointF(left + across, y), row.verdict)
        painter.setPen(QColor(self.theme.quiet))
        for line in words:
            y += metrics.lineSpacing()
            painter.drawText(QPointF(left, y), line)

    def _paint_cells(self, painter: QPainter, index: int, row: NormRow) -> None:
        """Maps of the batch by channels, a few pixels in each; coloured: what one mean is taken over."""
        k, m = row.shared.shape
        side = self._cell_side()
        pixels = max((count for least, count in PIXELS_FROM.items() if side >= least), default=1)
        step = (side - 1) // pixels
        for class_ in range(k):
            start = self.cell_box(index, class_, 0)
            painter.fillRect(QRectF(start.left() - 2 * CHIP, start.top(), CHIP, side - 1),
                             QColor(*self._colours[class_]))
            for channel in range(m):
                box = self.cell_box(index, class_, channel)
                colour = QColor(self.theme.accent if row.shared[class_, channel] else self.theme.line)
                for part in range(pixels * pixels):
                    down, right = divmod(part, pixels)
                    painter.fillRect(QRectF(box.left() + right * step, box.top() + down * step,
                                            max(step - (pixels > 1), 1), max(step - (pixels > 1), 1)), colour)
        picked = self.cell_box(index, *self._picked)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.text), Pen.USUAL))
        painter.drawRect(picked.adjusted(-1, -1, 0, 0))
        if row.after:
            self._paint_added(painter, index, row)

    def _paint_added(self, painter: QPainter, index: int, row: NormRow) -> None:
        """What gives scale and shift: the latent, or the label map in its class's colour; dashed if they are left out.
        """
        box, line = self.row_box(index), self.fontMetrics().height()
        end = self.cell_box(index, 0, row.shared.shape[1] - 1).right()
        place = QRectF(end + Space.TIGHT, box.center().y() - line / 2 + 1, line - 2, line - 2)
        if row.after == "map" and row.trained:
            painter.fillRect(place, QColor(*self._colours[self._picked[0]]))
        style = Qt.PenStyle.SolidLine if row.trained else Qt.PenStyle.DotLine
        painter.setPen(QPen(QColor(self.theme.text if row.trained else self.theme.quiet), Pen.FINE, style))
        painter.drawRect(place)
        if row.after == "latent":
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "z")

    def _paint_maps(self, painter: QPainter, index: int, row: NormRow) -> None:
        for class_ in self.classes_shown():
            box = self.map_box(index, class_)
            painter.drawImage(box, image_of(row.maps[class_]))
            if class_ == self._picked[0]:
                painter.setPen(QPen(QColor(self.theme.text), Pen.USUAL))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box.adjusted(0, 0, -1, -1))

    # Pointer and keys ----------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(NOTHING)

    def _point(self, under: tuple[int, int]) -> None:
        if under != self._under:
            self._under = under
            self.pointed.emit(*under)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row, class_ = self.at(event.position().toPoint())
        if row >= 0:
            self.row_chosen.emit(row)
        if class_ >= 0:
            self.class_chosen.emit(class_)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key not in ARROWS or not self._rows:
            super().keyPressEvent(event)
            return
        right, down = ARROWS[key]
        if down:
            self.row_chosen.emit(min(max(self._row + down, 0), len(self._rows) - 1))
        else:
            self.class_chosen.emit(min(max(self._picked[0] + right, 0), len(self._names) - 1))
