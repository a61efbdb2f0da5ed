"""The scales of one image beside each other: above the image itself at each size, below what the fixed noise gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Pen, Space
from ganstudio.core.images import coloured, images_of
from ganstudio.core.protocol.views import Array
from ganstudio.ui.panels.parts.one_image_text import columns_said
from ganstudio.ui.plotting.colors import image_of
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.image_grid import fitted
from ganstudio.views.one_image import Reconstructions

GAP = Space.TIGHT  # between two images
NAMES = ("the image", "reconstruction")
NAMES_SHARE = 5  # the names of the rows take a fifth of the width at most
LINES = 3  # of text below the images, if there is room
ROOMY = 12  # lines of text: a widget as high as that has room for all of them


class ScalePyramid(QWidget):
    """A column for each scale that has been learnt or is under way, the coarsest on the left."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[list[QImage]] = []
        self._said: Sequence[tuple[str, str, str]] = ()
        self._tiles: list[tuple[QRect, str]] = []
        self._theme: Theme | None = None
        self.on_hover: Callable[[str], None] = lambda _: None
        self.shown: Callable[[], None] = lambda: None
        self.setMouseTracking(True)
        self.setObjectName("scales.pyramid")
        self.setAccessibleName("The image and its reconstruction at each scale")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self._theme = theme
        self.update()

    def take(self, view: Reconstructions | None) -> None:
        """Shows these images."""
        self._rows = [] if view is None else [[_drawn(part) for part in parts] for parts in (view.real, view.made)]
        self._said = [] if view is None else columns_said(view)
        self.setAccessibleDescription("; ".join(", ".join(filter(None, said)) for said in self._said))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._tiles = []
        painter = QPainter(self)
        if self._rows and self._theme is not None:
            self._paint(painter, self._theme)
        painter.end()
        self.shown()

    def _paint(self, painter: QPainter, theme: Theme) -> None:
        metrics, count = self.fontMetrics(), len(self._said)
        line = metrics.height()
        names = max(map(metrics.horizontalAdvance, NAMES)) + Space.USUAL
        names = names if NAMES_SHARE * names <= self.width() else 0
        lines = LINES if self.height() >= ROOMY * line else LINES - 1
        finest = self._rows[0][-1]
        room = (self.width() - names - (count - 1) * GAP) / count
        high = (self.height() - lines * line - 2 * GAP) / 2
        wide = fitted(min(room, high * finest.width() / finest.height()), finest.width())
        tall = max(round(wide * finest.height() / finest.width()), 1)
        written = max(map(metrics.horizontalAdvance, (text for said in self._said for text in said[:lines])))
        column = max(wide, min(int(room), written))  # small images lie further apart, to leave the text its room
        pitch = column + GAP
        left = names + max((self.width() - names - count * pitch + GAP) // 2, 0)
        top = max((self.height() - 2 * tall - GAP - lines * line) // 2, 0)
        for row, images in enumerate(self._rows):
            y = top + row * (tall + GAP)
            if names:
                painter.setPen(QColor(theme.real if row == 0 else theme.generated))
                painter.drawText(QRect(left - names, y, names - Space.USUAL, tall),
                                 Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, NAMES[row])
            for scale, image in enumerate(images):
                at = QRect(left + scale * pitch + (column - wide) // 2, y, wide, tall)
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, image.width() > wide)
                painter.drawImage(at, image)
                painter.setPen(QPen(QColor(theme.real if row == 0 else theme.generated), Pen.FINE))
                painter.drawRect(at.adjusted(-1, -1, 0, 0))
                said = ", ".join(filter(None, self._said[scale]))
                self._tiles.append((at, f"{NAMES[row].capitalize()} at scale {scale}: {said}"))
        y = top + 2 * tall + GAP
        for scale, texts in enumerate(self._said):
            for place, text in enumerate(texts[:lines]):
                painter.setPen(QColor(theme.quiet if place == 2 else theme.text))
                painter.drawText(QRect(left + scale * pitch - GAP // 2, y + place * line, pitch, line),
                                 Qt.AlignmentFlag.AlignCenter, _that_fits(text, column, metrics.horizontalAdvance))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        self.on_hover(next((name for tile, name in self._tiles if tile.contains(at)), ""))


def _that_fits(text: str, room: int, width: Callable[[str], int]) -> str:
    """The text, or its last word, that without a leading 0, or nothing."""
    last = text.rpartition(" ")[2]
    return next((part for part in (text, last, last.lstrip("0")) if width(part) <= room), "")


def _drawn(images: Array) -> QImage:
    return image_of(np.ascontiguousarray(coloured(images_of(images))[0]))
