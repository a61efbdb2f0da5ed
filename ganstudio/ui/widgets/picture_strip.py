"""Rows of pictures that belong together: a column for each kind, with a title and a frame that says what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Least, Pen, Space
from ganstudio.core.images import Bytes
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.image_grid import fitted, scaled

Frame = Literal["real", "generated", "dashed", "plain"]
GAP, MARGIN = Space.CLOSE, Space.USUAL  # between pictures, and around them
SOFT_HYPHEN = "\N{SOFT HYPHEN}"


@dataclass(frozen=True)
class Column:
    """Pictures of one kind, one for each row."""

    title: str  # a soft hyphen may part a word of it
    images: Bytes  # (n, h, w, 3)
    frame: Frame = "plain"
    own: frozenset[int] = frozenset()  # rows whose picture has a dashed frame instead
    head: Bytes | None = None  # (h, w, 3): a picture above the column
    empty: frozenset[int] = frozenset()  # rows where there is no picture of this kind


class PictureStrip(QWidget):
    """Columns of pictures; as many rows as fit. The picture under the pointer is shown large."""

    pointed = Signal(int, int)  # row and column under the pointer; -1, -1: none
    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self._columns: list[Column] = []
        self._under = (-1, -1)
        self._titles_high = 0  # 0: to be measured; every place depends on it, and measuring text takes long
        self.setMouseTracking(True)
        self.setMinimumSize(*Least.PICTURE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_columns(self, columns: list[Column]) -> None:
        """Shows columns; those without images are left out."""
        self._columns = [column for column in columns if len(column.images)]
        self._titles_high = 0
        row, at = self._under
        if at >= len(self._columns) or (at >= 0 and row >= self.layout_of()[1]):
            self._point((-1, -1))  # the picture under the resting pointer is gone
        self.update()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.theme = theme
        self.update()

    @property
    def columns(self) -> list[Column]:
        """What is shown."""
        return self._columns

    # Where things are ----------------------------------------------------------------------------------------

    def _step(self) -> int:
        """From one column to the next."""
        return max((self.width() - 2 * MARGIN + GAP) // max(len(self._columns), 1), 1)

    def _titles(self) -> list[list[str]]:
        """The lines of each title: one, two if it is too wide for its column, or none of a title that is turned.

        A title that no two lines can hold is written upwards; if there are two such, all are.
        """
        width, room = self.fontMetrics().horizontalAdvance, self._step() - GAP
        found = []
        for column in self._columns:
            first, mark, rest = column.title.rpartition(" ")
            if not mark:
                first, mark, rest = column.title.partition(SOFT_HYPHEN)
            lines = [plain(column.title)]
            if width(lines[0]) > room and mark:
                lines = [plain(first) + "-" * (mark == SOFT_HYPHEN), plain(rest)]
            found.append(lines if max(map(width, lines)) <= room else [])
        return [[] for _ in found] if sum(not lines for lines in found) > 1 else found

    def _title_height(self) -> int:
        """Room for the titles: of as many lines as one of them needs, or of the longest that is turned."""
        if self._titles_high:
            return self._titles_high
        metrics, titles = self.fontMetrics(), self._titles()
        turned = (metrics.horizontalAdvance(plain(column.title))
                  for column, lines in zip(self._columns, titles, strict=True) if not lines)
        high = max(max((len(lines) for lines in titles), default=1) * metrics.height(), max(turned, default=0))
        self._titles_high = min(high, max(self.height() // 3, metrics.height())) + Space.CLOSE
        return self._titles_high

    def _head_side(self) -> int:
        """Width of the pictures above the columns; 0: there are none."""
        return min(self._step() - GAP, self.height() // 8) if any(
            column.head is not None for column in self._columns) else 0

    def _head(self) -> int:
        side = self._head_side()
        return self._title_height() + (side + GAP if side else 0)

    def layout_of(self) -> tuple[int, int]:
        """Side of a picture in logical pixels, and how many rows fit."""
        if not self._columns:
            return 0, 0
        n, tall, wide = self._columns[0].images.shape[:3]
        room = self.width() - 2 * MARGIN - (len(self._columns) - 1) * GAP
        high = self.height() - self._head() - 2 * MARGIN
        across = max(room // len(self._columns), 1)
        # As many rows as keep the pictures as wide as the columns allow, and at least one.
        rows = min(max(round((high + GAP) / (across * tall / wide + GAP)), 1), n)
        side = min(across, int(((high + GAP) / rows - GAP) * wide / tall))
        ratio = self.devicePixelRatioF()
        return max(int(fitted(side * ratio, wide) / ratio), 1), rows

    def place(self, row: int, column: int) -> QRect:
        """Where a picture is, logical pixels."""
        side, rows = self.layout_of()
        _, tall, wide = self._columns[0].images.shape[:3]
        high = max(round(side * tall / wide), 1)
        step = max(self._step(), side + 1)
        left = MARGIN + column * step + max(step - GAP - side, 0) // 2
        over = self.height() - self._head() - 2 * MARGIN - rows * high - (rows - 1) * GAP
        return QRect(left, self._head() + MARGIN + max(over, 0) // 2 + row * (high + GAP), side, high)

    def at(self, point: QPoint) -> tuple[int, int]:
        """Row and column of a place; -1, -1 where there is no picture."""
        _, rows = self.layout_of()
        return next(((row, column) for row in range(rows) for column in range(len(self._columns))
                     if row not in self._columns[column].empty and self.place(row, column).contains(point)), (-1, -1))

    # Qt ------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(*Least.GRID)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._titles_high = 0
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self._titles_high = 0
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        side, rows = self.layout_of()
        for at, (column, lines) in enumerate(zip(self._columns, self._titles(), strict=True)):
            self._paint_title(painter, at, column, lines)
            high = self.place(0, at).height()
            ratio = self.devicePixelRatioF()
            sheet = scaled(column.images[:rows], 1, round(side * ratio), round(high * ratio))
            for row in range(rows):
                if row in column.empty:
                    continue
                part = QRect(0, row * round(high * ratio), round(side * ratio), round(high * ratio))
                painter.drawImage(self.place(row, at), sheet, part)
                self._paint_frame(painter, self.place(row, at), "dashed" if row in column.own else column.frame)
        if self._under != (-1, -1):
            self._paint_enlarged(painter, *self._under)
        painter.end()
        self.painted.emit()

    def _paint_title(self, painter: QPainter, at: int, column: Column, lines: list[str]) -> None:
        step, high, side = self._step(), self._title_height(), self._head_side()
        room = QRect(MARGIN + at * step, self.place(0, at).top() - self._head() - 2, step - GAP, high)
        colours = {"real": self.theme.real, "generated": self.theme.generated}
        painter.setPen(QColor(colours.get(column.frame, self.theme.text)))
        if lines:
            painter.drawText(room, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, "\n".join(lines))
        else:
            text = painter.fontMetrics().elidedText(plain(column.title), Qt.TextElideMode.ElideRight, high)
            painter.save()
            painter.translate(room.left(), room.bottom() - Space.HAIR)
            painter.rotate(-90)
            painter.drawText(QRect(0, 0, high, room.width()),
                             Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
            painter.restore()
        if side and column.head is not None:
            above = QRect(room.center().x() - side // 2, room.bottom() + GAP, side, side)
            painter.drawImage(above, scaled(column.head[None], 1, side, side))
            self._paint_frame(painter, above, "real")

    def _paint_frame(self, painter: QPainter, box: QRect, frame: Frame) -> None:
        colours = {"real": self.theme.real, "generated": self.theme.generated, "dashed": self.theme.text}
        if frame not in colours:
            return
        style = Qt.PenStyle.DashLine if frame == "dashed" else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(colours[frame]), Pen.USUAL, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(box).adjusted(-1.5, -1.5, 1.5, 1.5))

    def _paint_enlarged(self, painter: QPainter, row: int, column: int) -> None:
        """The picture under the pointer, as large as the widget allows, on the side where the pointer is not."""
        box = self.place(row, column)
        room = min(self.width() // 2, self.height()) - 2 * MARGIN
        if room < 1.5 * box.width():
            return
        left = MARGIN if box.center().x() > self.width() / 2 else self.width() - room - MARGIN
        place = QRect(left, (self.height() - room) // 2, room, room)
        image = self._columns[column].images[row]
        tall, wide = image.shape[:2]
        drawn = QImage(np.ascontiguousarray(image).tobytes(), wide, tall, 3 * wide, QImage.Format.Format_RGB888)
        painter.fillRect(place.adjusted(-GAP, -GAP, GAP, GAP), QColor(self.theme.base))
        painter.drawImage(place, drawn)
        shown = self._columns[column]
        self._paint_frame(painter, place, "dashed" if row in shown.own else shown.frame)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point((-1, -1))

    def _point(self, under: tuple[int, int]) -> None:
        if under != self._under:
            self._under = under
            self.update()
            self.pointed.emit(*under)


def plain(title: str) -> str:
    """A title as it is written on one line."""
    return title.replace(SOFT_HYPHEN, "")
