"""A codebook on screen: what each code is drawn as, in a frame of the code's colour, with how often it is used."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.codes import code_colours
from ganstudio.core.design import Least, Pen, Space
from ganstudio.core.images import Bytes, coloured
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.image_grid import ARROWS, NO_IMAGES

GAP, MARGIN = Space.CLOSE, Space.USUAL  # between tiles, and around them
LABEL_FROM = 3.2  # characters of a count that have to fit under a tile
LARGEST = 64  # logical px a side of a tile


class CodebookView(QWidget):
    """Tiles by number, as large as fits; a dead one, which no image uses, is grey."""

    pointed = Signal(int)  # the code under the pointer or the keys; -1: none
    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self._tiles: Bytes = NO_IMAGES
        self._caption = ""
        self._uses: NDArray[np.float32] = np.zeros(0, np.float32)
        self._colours: Bytes = np.zeros((0, 3), np.uint8)
        self._at = 0  # the code that the keys have reached
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(*Least.PICTURE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_book(self, tiles: Bytes, uses: NDArray[np.float32], caption: str = "") -> None:
        """Shows tiles ``(K, s, s, c)`` and how often each code is used, ``(K,)``, under a caption if it has room."""
        self._tiles, self._uses, self._caption = coloured(tiles), uses, caption
        if len(self._colours) != len(tiles):
            self._colours = code_colours(len(tiles))
        self._at = min(self._at, max(len(tiles) - 1, 0))
        self.update()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.theme = theme
        self.update()

    @property
    def dead(self) -> int:
        """How many codes no image uses."""
        return int((self._uses == 0).sum())

    # Where things are ----------------------------------------------------------------------------------------

    def _layout(self) -> tuple[int, int, int, int]:
        """Columns, side of a tile, height of the label under it and of the caption (0: no room), logical pixels."""
        n, width, height = len(self._tiles), self.width() - 2 * MARGIN, self.height() - 2 * MARGIN
        metrics = self.fontMetrics()
        line, found = metrics.height(), (1, 1, 0, 0)
        caption = line + GAP if self._caption and metrics.horizontalAdvance(self._caption) <= width else 0
        for label, head in ((line, caption), (line, 0), (0, 0)):  # the caption is of the labels
            side, columns = max(
                (min((width + GAP) // across - GAP, (height - head + GAP) // -(-n // across) - GAP - label, LARGEST),
                 -across) for across in range(1, n + 1))
            found = (-columns, max(side, 1), label, head)
            if side >= LABEL_FROM * metrics.averageCharWidth():
                return found
        return found

    def place(self, code: int) -> QRect:
        """Where a tile is, logical pixels."""
        columns, side, label, head = self._layout()
        row, column = divmod(code, columns)
        wide = min(columns, len(self._tiles))
        left = (self.width() - wide * side - (wide - 1) * GAP) // 2
        top = MARGIN + head + row * (side + label + GAP)
        return QRect(left + column * (side + GAP), top, side, side)

    def _code_at(self, point: QPoint) -> int:
        return next((code for code in range(len(self._tiles)) if self.place(code).contains(point)), -1)

    # Qt ------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(Least.GRID[0], Least.GRID[1] // 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        if len(self._tiles):
            _, _, label, head = self._layout()
            if head:
                painter.setPen(QColor(self.theme.text))
                above = QRect(0, MARGIN, self.width(), head - GAP)
                painter.drawText(above, Qt.AlignmentFlag.AlignCenter, self._caption)
            for code in range(len(self._tiles)):
                self._paint(painter, code, self.place(code), label)
            if self.hasFocus():
                painter.setPen(QPen(QColor(self.theme.text), Pen.USUAL, Qt.PenStyle.DotLine))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.place(self._at).adjusted(-3, -3, 2, 2))
        painter.end()
        self.painted.emit()

    def _paint(self, painter: QPainter, code: int, place: QRect, label: int) -> None:
        tile, dead = self._tiles[code], self._uses[code] == 0
        if dead:  # its brightness alone, half as strong
            grey = (tile.mean(axis=2, keepdims=True) / 2 + 64).astype(np.uint8)
            tile = grey.repeat(3, axis=2)
        tall, wide = tile.shape[:2]
        data = np.ascontiguousarray(tile).tobytes()
        painter.drawImage(place, QImage(data, wide, tall, 3 * wide, QImage.Format.Format_RGB888))
        colour = QColor(self.theme.quiet) if dead else QColor(*(int(part) for part in self._colours[code]))
        painter.setPen(QPen(colour, Pen.USUAL, Qt.PenStyle.DotLine if dead else Qt.PenStyle.SolidLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(-1, -1, 0, 0))
        if label:
            painter.setPen(QColor(self.theme.quiet if dead else self.theme.text))
            below = QRect(place.left() - GAP, place.bottom() + 1, place.width() + 2 * GAP, label)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, _short(float(self._uses[code])))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(self._code_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = ARROWS.get(Qt.Key(event.key()))
        if step is None or not len(self._tiles):
            super().keyPressEvent(event)
            return
        there = self._at + step[0] + step[1] * self._layout()[0]
        if 0 <= there < len(self._tiles):
            self._at = there
        self.pointed.emit(self._at)
        self.update()


def _short(count: float) -> str:
    return f"{count:.0f}" if count < 1000 else f"{count / 1000:.1f}k"
