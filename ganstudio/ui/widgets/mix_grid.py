"""Mixed styles: the source of each row on the left, that of each column above, and in their crossing what both give."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Least, Pen, Space
from ganstudio.core.images import Bytes
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.image_grid import NO_IMAGES, fitted, scaled

GAP, APART = Space.TIGHT, Space.WIDE  # between images, and between sources and what is made of them
NOWHERE = (-1, -1)
WHOLE_FROM = 0.9  # as in `image_grid`: many small images need their room


class MixGrid(QWidget):
    """Row 0 and column 0 are the sources; where they meet lies the picture that both begin with."""

    pointed = Signal(int, int)  # row and column under the pointer; -1, -1: none
    painted = Signal()

    def __init__(self, row_letter: str, column_letter: str, corner: str) -> None:
        """Makes an empty grid.

        Args:
            row_letter: Of the sources on the left, which are counted from 1.
            column_letter: Of those above.
            corner: Over the picture in the corner.
        """
        super().__init__()
        self.theme: Theme = DARK
        self._letters, self._corner = (row_letter, column_letter), corner
        self._images, self._columns = NO_IMAGES, 1
        self._under = NOWHERE
        self.setMouseTracking(True)
        self.setMinimumSize(*Least.PICTURE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_images(self, images: Bytes, columns: int) -> None:
        """Shows images ``(n, h, w, c)`` row by row, sources among them; none: nothing is known yet."""
        self._images, self._columns = images, max(columns, 1)
        self.update()

    @property
    def images(self) -> Bytes:
        """What is shown."""
        return self._images

    @property
    def rows(self) -> int:
        """With that of the sources."""
        return len(self._images) // self._columns

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.theme = theme
        self.update()

    # Where things are ----------------------------------------------------------------------------------------

    def _margins(self) -> tuple[int, int]:
        """Room for the letters on the left and above."""
        metrics = self.fontMetrics()
        widest = metrics.horizontalAdvance(f"{self._letters[0]}{self.rows}")
        return widest + Space.USUAL + Space.TIGHT, metrics.height() + Space.TIGHT

    def _side(self) -> int:
        """Of an image: its height and, as images are square, its width; logical pixels."""
        left, top = self._margins()
        wide = self.width() - left - Space.USUAL - APART - GAP * (self._columns - 2)
        high = self.height() - top - Space.USUAL - APART - GAP * (self.rows - 2)
        ratio = self.devicePixelRatioF()
        room = max(min(wide // self._columns, high // max(self.rows, 1)), 1)
        return max(int(fitted(room * ratio, self._images.shape[2], WHOLE_FROM) / ratio), 1)

    def place(self, row: int, column: int) -> QRect:
        """Where an image is, logical pixels."""
        side, (left, top) = self._side(), self._margins()

        def offset(index: int) -> int:
            return index * (side + GAP) + (APART - GAP if index else 0)

        over = [room - before - Space.USUAL - offset(count - 1) - side for room, before, count in (
            (self.width(), left, self._columns), (self.height(), top, self.rows))]
        return QRect(left + max(over[0], 0) // 2 + offset(column), top + max(over[1], 0) // 2 + offset(row), side, side)

    def at(self, point: QPoint) -> tuple[int, int]:
        """Row and column of a place."""
        return next(((row, column) for row in range(self.rows) for column in range(self._columns)
                     if self.place(row, column).contains(point)), NOWHERE)

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        if self.rows:
            self._paint_images(painter)
            self._paint_letters(painter)
        painter.end()
        self.painted.emit()

    def _paint_images(self, painter: QPainter) -> None:
        side = round(self._side() * self.devicePixelRatioF())
        sheet = scaled(self._images, self._columns, side, side)
        for row in range(self.rows):
            for column in range(self._columns):
                box = self.place(row, column)
                painter.drawImage(box, sheet, QRect(column * side, row * side, side, side))
                if row == 0 or column == 0:
                    style = Qt.PenStyle.SolidLine if row or column else Qt.PenStyle.DashLine
                    painter.setPen(QPen(QColor(self.theme.generated), Pen.USUAL, style))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRect(QRectF(box).adjusted(-1, -1, 1, 1))

    def _paint_letters(self, painter: QPainter) -> None:
        line = self.fontMetrics().height()
        painter.setPen(QColor(self.theme.text))
        for column in range(self._columns):
            box = self.place(0, column)
            area = QRect(box.left() - GAP, box.top() - line - Space.TIGHT, box.width() + 2 * GAP, line)
            text = f"{self._letters[1]}{column}" if column else self._corner
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        for row in range(1, self.rows):
            box = self.place(row, 0)
            area = QRect(0, box.top(), box.left() - Space.USUAL, box.height())
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                             f"{self._letters[0]}{row}")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.at(event.position().toPoint()) if self.rows else NOWHERE)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(NOWHERE)

    def _point(self, under: tuple[int, int]) -> None:
        if under != self._under:
            self._under = under
            self.pointed.emit(*under)
