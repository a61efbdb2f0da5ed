"""Images on screen: a grid of them, as large as fits. The user can point at one and choose it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Least, Pen
from ganstudio.core.images import Bytes, cell_width, columns_for, grid
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.badge import badge

NO_IMAGES: Bytes = np.zeros((0, 1, 1, 3), np.uint8)
GAP = 4  # between two images, so that an anchor's frame fits
FRAME = 2
WHOLE_FROM = 0.8  # images are enlarged by a whole number if that leaves them at least this share of what would fit
ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}


@dataclass(frozen=True)
class Cells:
    """Where the images of a grid are, in the screen's own pixels."""

    n: int
    columns: int
    width: int
    height: int
    left: int
    top: int
    gap: int

    def place(self, index: int) -> QRect:
        """Where an image is."""
        row, column = divmod(index, self.columns)
        return QRect(self.left + column * (self.width + self.gap), self.top + row * (self.height + self.gap),
                     self.width, self.height)

    def at(self, x: float, y: float) -> int:
        """The image of a pixel; -1 if there is none."""
        column = math.floor((x - self.left) / (self.width + self.gap))
        row = math.floor((y - self.top) / (self.height + self.gap))
        index = row * self.columns + column
        inside = 0 <= column < self.columns and row >= 0 and index < self.n
        return index if inside and self.place(index).contains(QPoint(int(x), int(y))) else -1


def fitted(side: float, pixels: int, whole_from: float = WHOLE_FROM) -> int:
    """How wide to show an image of ``pixels`` pixels if ``side`` would fit, both in the screen's pixels."""
    if side >= pixels and (side // pixels) * pixels >= whole_from * side:
        return int(side // pixels) * pixels
    return max(int(side), 1)


def scaled(images: Bytes, columns: int, width: int, height: int) -> QImage:
    """Images ``(n, h, w, c)`` side by side without gaps, each ``width`` by ``height``.

    If the factor is no whole number they are enlarged by the next one and then shrunk: their pixels stay
    squares with soft edges, whereas bilinear enlarging would blur them and the nearest pixel would be uneven. Of
    images that are shrunk to less than a quarter some pixels are left out: 64 of 256 px took 0.1 s to shrink whole.
    """
    skipped = max(images.shape[1] // max(2 * height, 1), images.shape[2] // max(2 * width, 1), 1)
    sheet = grid(images[:, ::skipped, ::skipped], columns)
    tall, wide = sheet.shape[:2]
    image = QImage(sheet.tobytes(), wide, tall, 3 * wide, QImage.Format.Format_RGB888)
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = -(-len(images) // columns)
    final = (width * min(columns, len(images)), height * rows)
    factor = max(-(-final[0] // wide), -(-final[1] // tall), 1)
    exact, smooth = Qt.TransformationMode.FastTransformation, Qt.TransformationMode.SmoothTransformation
    ignore = Qt.AspectRatioMode.IgnoreAspectRatio
    if factor > 1:
        image = image.scaled(factor * wide, factor * tall, ignore, exact)
    if (image.width(), image.height()) != final:
        image = image.scaled(*final, ignore, smooth)
    return image


class ImageGrid(QWidget):
    """A grid of images under a title, in a frame. Generated ones have a filled title and a frame twice as wide."""

    chosen = Signal(int)  # clicked, or Enter
    pointed = Signal(int)  # under the pointer or the keys; -1: none
    zoomed = Signal(int)  # notches of the wheel with Ctrl; away from the user is positive
    painted = Signal()

    def __init__(self, title: str, *, filled: bool, choosable: bool = False) -> None:
        """Makes an empty grid.

        Args:
            title: Above the images.
            filled: Whether the title is filled: they are generated.
            choosable: Whether they can be chosen.
        """
        super().__init__()
        self.theme: Theme = DARK
        self.edged = False  # whether each image has a thin edge: white sides cannot be seen on a white ground
        self.whole_rows = False  # whether images that would not fill the last row are left out
        self._title = title
        self._colour = DARK.generated if filled else DARK.real
        self._filled = filled
        self._choosable = False
        self._images = NO_IMAGES
        self._columns = 0  # given; 0: as they fit best
        self._row_names: list[str] = []
        self._marks: dict[int, str] = {}
        self._at = 0  # the image that the keys have reached
        self._under = -1  # the pointer
        self._sheet: tuple[tuple[int, int, int], QImage] | None = None
        self.setMouseTracking(True)
        self.allow_choice(choosable)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(*Least.PICTURE)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def allow_choice(self, on: bool) -> None:
        """Whether images can be chosen."""
        self._choosable = on
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if on else Qt.FocusPolicy.NoFocus)
        self.setProperty("takes_space", on)  # widgets/focus_frame.py
        self.unsetCursor()

    @property
    def images(self) -> Bytes:
        """What is shown, ``(n, h, w, c)``."""
        return self._images[: self.cells().n]

    def name_rows(self, names: list[str]) -> None:
        """Writes a name before each row of images, in grids whose columns are given."""
        if names != self._row_names:
            self._row_names = list(names)
            self.update()

    def show_images(self, images: Bytes, columns: int = 0) -> None:
        """Shows images ``(n, h, w, c)``, c 1 or 3; ``columns``: how many in a row, 0: as they fit best."""
        self._images = images
        self._columns = columns
        self._sheet = None
        self.update()

    def mark(self, letters: dict[int, str]) -> None:
        """Frames these images and gives each its letter."""
        if letters != self._marks:
            self._marks = dict(letters)
            self.update()

    def entitle(self, title: str) -> None:
        """Changes the title."""
        if title != self._title:
            self._title = title
            self.update()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.theme = theme
        self._colour = theme.generated if self._filled else theme.real
        self.update()

    # Where things are ----------------------------------------------------------------------------------------

    def _head(self) -> int:
        """Height of the title, logical pixels; none if there is hardly room for the images."""
        line = self.fontMetrics().height()
        return line * len(self._title_lines()) + 4 if self._title and self.height() > 4 * line else 0

    def _title_lines(self) -> list[str]:
        """The title, on a line for each of its parts if it is too long for one, without parts that have no room."""
        room, width = self.width() - 2 * FRAME - 14, self.fontMetrics().horizontalAdvance
        if width(self._title) <= room:
            return [self._title]
        first, *more = self._title.split(", ")
        return [first, *(part for part in more if width(part) <= room)]

    def cells(self) -> Cells:
        """Where the images are."""
        ratio = self.devicePixelRatioF()
        margin, gap = round((2 * FRAME + GAP) * ratio), round(GAP * ratio)
        head = round(self._head() * ratio)
        width = max(round(self.width() * ratio) - 2 * margin, 1)
        height = max(round(self.height() * ratio) - 2 * margin - head, 1)
        n, tall, wide = self._images.shape[:3]
        aspect = wide / tall
        names = self._names_width() if self._columns else 0
        width -= round(names * ratio)
        columns = self._columns or columns_for(n, width, height, aspect, gap)
        if self.whole_rows and n:
            n = n // columns * columns
        rows = -(-max(n, 1) // columns)
        side = fitted(cell_width(columns, rows, width, height, aspect, gap), wide)
        high = max(round(side / aspect), 1)
        over = (width - columns * side - (columns - 1) * gap, height - rows * high - (rows - 1) * gap)
        left = margin + round(names * ratio) + max(over[0] // 2, 0)
        return Cells(n, columns, side, high, left, margin + head + max(over[1] // 2, 0), gap)

    def _names_width(self) -> int:
        """Room for the names of the rows, logical pixels; none if it would take a third of the images' room."""
        metrics = self.fontMetrics()
        wide = max((metrics.horizontalAdvance(name) for name in self._row_names), default=0)
        return wide + 8 if 0 < wide < self.width() / 3 else 0

    def _index(self, event: QMouseEvent) -> int:
        ratio = self.devicePixelRatioF()
        return self.cells().at(event.position().x() * ratio, event.position().y() * ratio)

    def _point(self, index: int) -> None:
        if index != self._under:
            self._under = index
            self.pointed.emit(index)
            if self._choosable:
                self.setCursor(Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor)

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        width = FRAME * (2 if self._filled else 1)
        half = width / 2
        painter.setPen(QPen(QColor(self._colour), width))
        painter.drawRect(QRectF(self.rect()).adjusted(half, half, -half, -half))
        self._paint_title(painter)
        if len(self._images):
            self._paint_images(painter)
        painter.end()
        self.painted.emit()

    def _paint_title(self, painter: QPainter) -> None:
        head = self._head()
        if not head:
            return
        metrics = painter.fontMetrics()
        room = self.width() - 2 * FRAME
        lines = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room - 14) for line in self._title_lines()]
        plate = QRect(FRAME, FRAME, min(max(map(metrics.horizontalAdvance, lines)) + 14, room), head)
        if self._filled:
            painter.fillRect(plate.adjusted(-FRAME, -FRAME, 0, 0), QColor(self._colour))
        painter.setPen(QColor(self.theme.base if self._filled else self._colour))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, "\n".join(lines))

    def _paint_row_names(self, painter: QPainter, cells: Cells, ratio: float) -> None:
        """Writes its class before each row, or, if rows are less high than text, before every second or third one."""
        wide = self._names_width() if self._columns else 0
        if not wide:
            return
        painter.setPen(QColor(self.theme.text))
        every = -(-painter.fontMetrics().height() // max(round((cells.height + cells.gap) / ratio), 1))
        for row in range(0, -(-cells.n // cells.columns), every):
            box = cells.place(row * cells.columns)
            middle, left = (box.top() + box.height() / 2) / ratio, box.left() / ratio
            line = painter.fontMetrics().height()
            painter.drawText(QRectF(left - wide, middle - line / 2, wide - 6, line),
                             Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._row_names[row])

    def _paint_images(self, painter: QPainter) -> None:
        cells, ratio = self.cells(), self.devicePixelRatioF()
        key = (cells.columns, cells.width, cells.height)
        if self._sheet is None or self._sheet[0] != key:
            self._sheet = key, scaled(self._images, cells.columns, cells.width, cells.height)
        sheet = self._sheet[1]
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        for index in range(cells.n):
            row, column = divmod(index, cells.columns)
            source = QRect(column * cells.width, row * cells.height, cells.width, cells.height)
            painter.drawImage(cells.place(index), sheet, source)
            if self.edged:
                painter.setPen(QPen(QColor(self.theme.edge), max(round(Pen.FINE * ratio), 1)))
                painter.drawRect(cells.place(index).adjusted(-1, -1, 0, 0))
        width = max(round(1.5 * FRAME * ratio), 1)
        around = width / 2 + 0.5 * ratio
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for index in self._marks:
            if index < cells.n:
                painter.setPen(QPen(QColor(self.theme.generated), width))
                painter.drawRect(QRectF(cells.place(index)).adjusted(-around, -around, around, around))
        if self._choosable and self.hasFocus() and self._at < cells.n:
            painter.setPen(QPen(QColor(self.theme.accent), width, Qt.PenStyle.DashLine))
            wider = around + width / 2
            painter.drawRect(QRectF(cells.place(self._at)).adjusted(-wider, -wider, wider, wider))
        painter.restore()
        self._paint_row_names(painter, cells, ratio)
        for index, letter in self._marks.items():
            if index < cells.n:
                corner = cells.place(index).topLeft()
                badge(painter, QPoint(round(corner.x() / ratio), round(corner.y() / ratio)), letter, self.theme,
                      self.font(), cells.height / ratio)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index(event)
        if event.button() == Qt.MouseButton.LeftButton and self._choosable and index >= 0:
            self._at = index
            self.chosen.emit(index)
            self.update()
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._index(event))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(-1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = round(event.angleDelta().y() / 120)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and notches:
            self.zoomed.emit(notches)
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = Qt.Key(event.key()), self.cells().n - 1
        if not self._choosable or last < 0:
            super().keyPressEvent(event)
            return
        self._at = min(self._at, last)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._at)
            return
        if key in ARROWS:
            right, down = ARROWS[key]
            there = self._at + right + down * self.cells().columns
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            there = 0 if key == Qt.Key.Key_Home else last
        else:
            super().keyPressEvent(event)
            return
        if 0 <= there <= last:
            self._at = there
            self._under = there
            self.pointed.emit(there)
            self.update()
