"""An image under D's map of scores: each score colours the middle of the square that it sees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Least, Pen, Space
from ganstudio.core.images import Bytes
from ganstudio.core.patch_field import PatchField
from ganstudio.ui.plotting.colors import image_of
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.image_grid import ARROWS, fitted

Scores = NDArray[np.float32]
NO_CELL = (-1, -1)
OPACITY = 0.6  # of the map over the image


class PatchPicture(QWidget):
    """One image, D's map over it, and the square that the chosen score sees."""

    chosen = Signal(int, int)  # row and column of the score under the pointer or the keys; -1, -1: none
    painted = Signal()

    def __init__(self, *, generated: bool) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self._generated = generated
        self._title: tuple[str, str] = ("", "")
        self._longest: tuple[str, str] = ("", "")  # of the titles of pictures that are to be as large
        self._image: Bytes | None = None  # (h, w, 3)
        self._scores: Scores = np.zeros((0, 0), np.float32)
        self._colours: Bytes = np.zeros((0, 0, 3), np.uint8)  # of the scores
        self._field = PatchField(1, 1, 0, 0)
        self._cell = NO_CELL
        self._mapped = True
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(*Least.PICTURE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_map(
        self, title: tuple[str, str], image: Bytes | None, scores: Scores, colours: Bytes, field: PatchField,
    ) -> None:
        """Shows an image with its map.

        Args:
            title: Above the image, on a line or two.
            image: ``(h, w, 3)``; None: nothing is known yet.
            scores: ``(m, m)``.
            colours: Theirs, ``(m, m, 3)``.
            field: What each of them sees.
        """
        self._title, self._image, self._scores, self._colours, self._field = title, image, scores, colours, field
        self.update()

    def give_room(self, titles: Sequence[tuple[str, str]]) -> None:
        """Leaves room for the longest of these titles, so that images beside each other are of one size."""
        self._longest = max(titles, key=lambda title: self.fontMetrics().horizontalAdvance("".join(title)))
        self.update()

    def show_cell(self, row: int, column: int) -> None:
        """Marks a score and the square that it sees."""
        if (row, column) != self._cell:
            self._cell = (row, column)
            self.update()

    def show_colours(self, on: bool) -> None:
        """Shows the map over the image, or the image alone."""
        self._mapped = on
        self.update()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.theme = theme
        self.update()

    # Where things are ----------------------------------------------------------------------------------------

    def _head(self) -> int:
        return len(self._title_lines()) * self.fontMetrics().height() + Space.TIGHT

    def _title_lines(self) -> list[str]:
        """Both parts of the title on one line if they fit, so that the image is larger."""
        fits = self.fontMetrics().horizontalAdvance(", ".join(self._longest)) <= self.width() - 2 * Space.TIGHT
        return [", ".join(self._title)] if fits else list(self._title)

    def place(self) -> QRectF:
        """Where the image is, logical pixels."""
        if self._image is None:
            return QRectF()
        tall, wide = self._image.shape[:2]
        room = QRectF(self.rect()).adjusted(Space.WIDE, self._head() + Space.USUAL, -Space.WIDE, -Space.WIDE)
        ratio = self.devicePixelRatioF()
        side = max(fitted(min(room.width(), room.height() * wide / tall) * ratio, wide) / ratio, 1.0)
        high = side * tall / wide
        return QRectF(room.center().x() - side / 2, max(room.center().y() - high / 2, room.top()), side, high)

    def cell_box(self, row: int, column: int) -> QRectF:
        """What a score colours: as many pixels as lie between two scores, in the middle of what it sees."""
        left, top, right, bottom = self._field.square(row, column)
        half = self._field.step / 2
        return self._of_pixels((left + right) / 2 - half, (top + bottom) / 2 - half, self._field.step)

    def field_box(self, row: int, column: int) -> QRectF:
        """What a score sees; may reach beyond the image."""
        left, top, _, _ = self._field.square(row, column)
        return self._of_pixels(left, top, self._field.side)

    def _of_pixels(self, left: float, top: float, side: float) -> QRectF:
        box = self.place()
        assert self._image is not None
        pixel = box.width() / self._image.shape[1]
        return QRectF(box.left() + left * pixel, box.top() + top * pixel, side * pixel, side * pixel)

    def at(self, point: QPoint) -> tuple[int, int]:
        """The score whose middle is nearest to a place of the image."""
        box = self.place()
        if self._image is None or not self._scores.size or not box.contains(QPointF(point)):
            return NO_CELL
        pixel = box.width() / self._image.shape[1]
        middle = self._field.first + self._field.side / 2
        cells = self._scores.shape[0]
        row, column = (
            min(max(round((away / pixel - middle) / self._field.step), 0), cells - 1)
            for away in (point.y() + 0.5 - box.top(), point.x() + 0.5 - box.left()))
        return row, column

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        if self._image is not None:
            self._paint_title(painter)
            self._paint_image(painter, self._image)
            if self._cell != NO_CELL and max(self._cell) < self._scores.shape[0]:
                self._paint_cell(painter)
        painter.end()
        self.painted.emit()

    def _paint_title(self, painter: QPainter) -> None:
        painter.setPen(QColor(self.theme.generated if self._generated else self.theme.real))
        room = QRect(0, round(self.place().top()) - self._head() - Space.TIGHT, self.width(), self._head())
        metrics = painter.fontMetrics()
        lines = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room.width()) for line in self._title_lines()]
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, "\n".join(lines))

    def _paint_image(self, painter: QPainter, image: Bytes) -> None:
        box = self.place()
        tall, wide = image.shape[:2]
        drawn = QImage(np.ascontiguousarray(image).tobytes(), wide, tall, 3 * wide, QImage.Format.Format_RGB888)
        painter.drawImage(box, drawn)
        cells = len(self._colours)
        if self._mapped and cells:
            first, last = self.cell_box(0, 0), self.cell_box(cells - 1, cells - 1)
            painter.save()
            painter.setClipRect(box)
            painter.setOpacity(OPACITY)
            painter.drawImage(QRectF(first.topLeft(), last.bottomRight()), image_of(self._colours))
            painter.restore()
        painter.setPen(QPen(QColor(self.theme.generated if self._generated else self.theme.real), Pen.USUAL))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(-1.5, -1.5, 1.5, 1.5))

    def _paint_cell(self, painter: QPainter) -> None:
        """The square, dark and light so that it is seen on anything; dashed, and the score's own cell within it."""
        seen, own = self.field_box(*self._cell), self.cell_box(*self._cell)
        painter.setClipRect(QRectF(self.rect()).adjusted(1, self._head(), -1, -1))
        for colour, width in ((self.theme.base, Pen.HEAVY + 2), (self.theme.text, Pen.USUAL)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawRect(seen)
            painter.drawRect(own)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(*self.at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self.chosen.emit(*NO_CELL)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, cells = Qt.Key(event.key()), self._scores.shape[0]
        if key not in ARROWS or not cells:
            super().keyPressEvent(event)
            return
        right, down = ARROWS[key]
        row, column = (cells // 2, cells // 2) if self._cell == NO_CELL else (
            self._cell[0] + down, self._cell[1] + right)
        self.chosen.emit(min(max(row, 0), cells - 1), min(max(column, 0), cells - 1))
