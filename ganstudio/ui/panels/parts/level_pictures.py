"""Images of a generator's levels in pairs: what it makes at each size, and its largest image shrunk to that size."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Pen, Space
from ganstudio.core.images import coloured
from ganstudio.core.protocol.views import Array
from ganstudio.ui.panels.parts.scales_text import number
from ganstudio.ui.plotting.colors import image_of
from ganstudio.ui.theme import Theme
from ganstudio.views.scales import Scales

GAP = Space.TIGHT  # between two images
APART = Space.WIDE  # between the pairs of two latents, and before the largest images
NAMES = (("made at this size", "largest, shrunk"), ("made", "shrunk"))  # of the rows of a pair: whole, and short
NAMES_SHARE = 5  # the names of the rows take a fifth of the width at most
FOOT = 2.3  # lines of text below the images: the size, and the disagreement


@dataclass(frozen=True)
class Shape:
    """How large the images are, px, and of how many latents there are some."""

    side: int  # of an image of a lower level; the largest ones are twice as wide
    pairs: int
    left: int  # where the images begin, after the names of the rows
    named: bool  # whether the rows have names


def fitted(wide: int, high: int, lower: int, most: int, names: int, largest: int) -> Shape:
    """As large as there is room for, and of as many latents as make them no smaller.

    Args:
        wide: The room, px.
        high: Of the images alone, px.
        lower: Levels below the largest.
        most: Latents that there are.
        names: Width of the names of the rows, px; they are left out if that is more than a fifth of the room.
        largest: Side of the largest lower level's images, px: all are enlarged by whole numbers if there is room.
    """
    named = NAMES_SHARE * names <= wide
    room = wide - (names if named else 0) - (lower - 1) * GAP - APART
    across = room / (lower + 2)
    pairs = max((n for n in range(1, most + 1) if _tall(high, n) >= across), default=1)
    side = max(math.floor(min(across, _tall(high, pairs))), 1)
    if side >= largest:
        side -= side % largest
    used = (lower + 2) * side + (lower - 1) * GAP + APART
    return Shape(side, pairs, (names if named else 0) + max((wide - (names if named else 0) - used) // 2, 0), named)


def _tall(high: int, pairs: int) -> float:
    """The side of an image that is half of one of so many pairs above each other."""
    return (high - (pairs - 1) * APART - pairs * GAP) / (2 * pairs)


class LevelPictures(QWidget):
    """A column for each level below the largest, two rows for each latent, and the largest images at the right."""

    def __init__(self) -> None:
        super().__init__()
        self._levels: list[list[QImage]] = []
        self._pooled: list[list[QImage]] = []
        self._disagreement: list[float] = []
        self._tiles: list[tuple[QRect, str]] = []
        self._theme: Theme | None = None
        self.on_hover: Callable[[str], None] = lambda _: None
        self.shown: Callable[[], None] = lambda: None
        self.setMouseTracking(True)
        self.setObjectName("scales.pictures")
        self.setAccessibleName("Images of all levels")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self._theme = theme
        self.update()

    def take(self, view: Scales | None) -> None:
        """Shows these images."""
        self._levels, self._pooled = ([_drawn(images) for images in levels] for levels in (
            (view.levels, view.pooled) if view is not None else ([], [])))
        self._disagreement = [] if view is None else view.disagreement.doubles().tolist()
        self.setAccessibleDescription("; ".join(
            f"{4 << level} px differs by {number(value)}" for level, value in enumerate(self._disagreement)))
        self.update()

    def colours(self, theme: Theme) -> Sequence[str]:
        """The colour of each level, as its curve has it."""
        return [theme.curves[level % len(theme.curves)] for level in range(len(self._disagreement))]

    def paintEvent(self, event: QPaintEvent) -> None:
        self._tiles = []
        painter = QPainter(self)
        if self._levels and self._theme is not None:
            self._paint(painter, self._theme)
        painter.end()
        self.shown()

    def _paint(self, painter: QPainter, theme: Theme) -> None:
        metrics, lower = self.fontMetrics(), len(self._levels) - 1
        line = metrics.height()
        widths = [max(map(metrics.horizontalAdvance, names)) + Space.USUAL for names in NAMES]
        names, room = next((pair for pair in zip(NAMES, widths, strict=True) if NAMES_SHARE * pair[1] <= self.width()),
                           (NAMES[-1], widths[-1]))
        high = self.height() - math.ceil(FOOT * line)
        shape = fitted(self.width(), high, lower, len(self._levels[0]), room, 2 << lower)
        used = shape.pairs * (2 * shape.side + GAP) + (shape.pairs - 1) * APART
        top = y = max((high - used) // 2, 0)
        for latent in range(shape.pairs):
            for images, row in ((self._levels, 0), (self._pooled, 1)):
                at = y + row * (shape.side + GAP)
                if shape.named:
                    painter.setPen(QColor(theme.generated if row == 0 else theme.quiet))
                    painter.drawText(QRect(0, at, shape.left - Space.USUAL, shape.side),
                                     Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, names[row])
                for level in range(lower):
                    name = (f"Latent {latent + 1} at {4 << level} px" if row == 0 else
                            f"Largest image of latent {latent + 1}, shrunk to {4 << level} px")
                    self._tile(painter, images[level][latent], QRect(
                        shape.left + level * (shape.side + GAP), at, shape.side, shape.side), name)
            largest = shape.left + lower * (shape.side + GAP) - GAP + APART
            self._tile(painter, self._levels[-1][latent], QRect(
                largest, y + GAP // 2, 2 * shape.side, 2 * shape.side), f"Latent {latent + 1} at {4 << lower} px")
            y += 2 * shape.side + GAP + APART
        self._paint_foot(painter, theme, shape, top + used + Space.HAIR)

    def _paint_foot(self, painter: QPainter, theme: Theme, shape: Shape, y: int) -> None:
        """Below each column its size, and the disagreement after a piece of its curve's line."""
        lower, line, metrics = len(self._levels) - 1, self.fontMetrics().height(), self.fontMetrics()
        for level in range(lower + 1):
            x = shape.left + level * (shape.side + GAP) + (APART - GAP if level == lower else 0)
            box = QRect(x, y, shape.side * (1 + (level == lower)), line)
            painter.setPen(QColor(theme.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _first_that_fits(
                (f"{4 << level} px, full size" if level == lower else "", f"{4 << level} px", f"{4 << level}"),
                box.width(), metrics.horizontalAdvance))
            if level == lower:
                continue
            text = number(self._disagreement[level])
            wide, swatch = metrics.horizontalAdvance(text), line
            with_swatch = wide + swatch + Space.TIGHT <= shape.side
            left = box.center().x() - (wide + (swatch + Space.TIGHT if with_swatch else 0)) // 2
            if with_swatch:
                painter.setPen(QPen(QColor(self.colours(theme)[level]), Pen.USUAL * theme.stroke))
                middle = y + 1.5 * line
                painter.drawLine(QPointF(left, middle), QPointF(left + swatch, middle))
                left += swatch + Space.TIGHT
            painter.setPen(QColor(theme.text))
            painter.drawText(QRect(left, y + line, wide + 2, line), Qt.AlignmentFlag.AlignVCenter, text)

    def _tile(self, painter: QPainter, image: QImage, at: QRect, name: str) -> None:
        # Enlarged, a pixel stays a square; only what is shrunk is smoothed.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, image.width() > at.width())
        painter.drawImage(at, image)
        self._tiles.append((at, name))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        self.on_hover(next((name for tile, name in self._tiles if tile.contains(at)), ""))


def _first_that_fits(texts: Sequence[str], room: int, width: Callable[[str], int]) -> str:
    return next((text for text in texts if text and width(text) <= room), "")


def _drawn(images: Array) -> list[QImage]:
    return [image_of(image) for image in coloured(images.numpy().astype(np.uint8))]
