"""A row of images for each level of a growing generator: generated on the left, real on the right."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Space
from ganstudio.core.images import coloured
from ganstudio.core.protocol.views import Array, Pyramid
from ganstudio.ui.panels.parts.progressive_text import side_of, words
from ganstudio.ui.plotting.colors import image_of
from ganstudio.ui.theme import Theme

SMALL, LARGE = 0.45, 0.75  # least and greatest side of an earlier level's images, of the current level's
GAP = Space.HAIR  # between two images
HEAD = Space.USUAL  # between the names of the two kinds and their images
BETWEEN = Space.WIDE  # between generated and real ones


@dataclass(frozen=True)
class Shape:
    """How large a pyramid's images are, px, and how many of them there is room for."""

    beside: int  # images of each kind beside each other
    current: int  # side of the current level's
    earlier: int  # and of those before it
    rows: int  # earlier levels that there is room for


class Rows(QWidget):
    """A row of images for each level: what G makes of the same latents, and real images."""

    def __init__(self) -> None:
        super().__init__()
        self._view: Pyramid | None = None
        self._fake: list[list[QImage]] = []
        self._real: list[list[QImage]] = []
        self._tiles: list[tuple[QRect, str]] = []
        self._theme: Theme | None = None
        self.on_hover: Callable[[str], None] = lambda _: None
        self.shown: Callable[[], None] = lambda: None
        self.setMouseTracking(True)
        self.setObjectName("progressive.pyramid")
        self.setAccessibleName("Images at every size")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self._theme = theme
        self.update()

    def take(self, view: Pyramid | None) -> None:
        """Shows these images."""
        self._view = view
        self._fake, self._real = ([_drawn(images) for images in levels] for levels in (
            (view.fake, view.real) if view is not None else ([], [])))
        self.setAccessibleDescription("" if view is None else words(view))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._tiles = []
        painter = QPainter(self)
        if self._view is not None and self._theme is not None and self._fake:
            self._paint(painter, self._view, self._theme)
        painter.end()
        self.shown()

    def _paint(self, painter: QPainter, view: Pyramid, theme: Theme) -> None:
        metrics = self.fontMetrics()
        line = metrics.height()
        names = metrics.horizontalAdvance(f"{side_of(view)} px") + 8
        half = (self.width() - names - BETWEEN) // 2
        most = min(len(self._fake[0]), len(self._real[0]))
        shape = fitted(half, self.height() - line - HEAD, view.level, most, line, side_of(view))
        middle = names + half + BETWEEN // 2
        widest = shape.beside * (shape.current + GAP) - GAP
        y = 0
        fake = "● generated"
        whole = f"{fake} by the average of G"
        if view.averaged and metrics.horizontalAdvance(whole) <= half:
            fake = whole
        left, right = middle - BETWEEN // 2, middle + BETWEEN // 2
        for text, colour, box, rule, align in (
            (fake, theme.generated, QRect(names, 0, left - names, line), left - widest, Qt.AlignmentFlag.AlignRight),
            ("○ real", theme.real, QRect(right, 0, half, line), right, Qt.AlignmentFlag.AlignLeft),
        ):
            painter.setPen(QColor(colour))
            painter.drawText(box, align | Qt.AlignmentFlag.AlignVCenter, text)
            painter.fillRect(QRect(rule, line + 1, widest, 2), QColor(colour))
        y = line + HEAD
        for level in range(view.level - shape.rows, view.level + 1):
            current = level == view.level
            side = shape.current if current else shape.earlier
            painter.setPen(QColor(theme.text if current else theme.quiet))
            painter.drawText(QRect(0, y, names, side), Qt.AlignmentFlag.AlignVCenter, f"{4 << level} px")
            reach = shape.beside * (side + GAP) - GAP
            self._row(painter, self._fake[level][:shape.beside], left - reach, y, side,
                      f"generated from latent {{}} at {4 << level} px")
            self._row(painter, self._real[level][:shape.beside], right, y, side,
                      f"real image {{}} at {4 << level} px")
            y += side + GAP

    def _row(self, painter: QPainter, images: list[QImage], left: int, y: int, side: int, name: str) -> None:
        for index, image in enumerate(images):
            at = QRect(left + index * (side + GAP), y, side, side)
            # Enlarged, a pixel stays a square; only what is shrunk is smoothed.
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, image.width() > side)
            painter.drawImage(at, image)
            self._tiles.append((at, name.format(index + 1)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        self.on_hover(next((name for tile, name in self._tiles if tile.contains(at)), ""))


def fitted(half: int, height: int, earlier: int, most: int, least: int, resolution: int) -> Shape:
    """As many images beside each other as show much of the current level, and several of it.

    Args:
        half: Width for each kind of images, px.
        height: Of all rows, px.
        earlier: Levels before the current one.
        most: Images of each kind that there are.
        least: Side below which an earlier level's images are not worth showing, px.
        resolution: Of the current level, px: its images are enlarged by whole numbers if there is room.
    """
    rows = earlier
    while True:
        tall = (height - rows * GAP) / (1 + SMALL * rows)
        if SMALL * tall < least:
            tall = height - rows * (least + GAP)
        if rows == 0 or tall >= 1.5 * least:
            break
        rows -= 1
    beside, side = max(
        ((n, min(tall, (half - (n - 1) * GAP) / n)) for n in range(1, max(most, 1) + 1)),
        key=lambda pair: pair[0] ** 1.5 * max(pair[1], 1.0) ** 2,  # rather one more than all of them larger
    )
    current = max(math.floor(side), 1)
    if current >= 2 * resolution:
        current -= current % resolution
    room = (height - current) / rows - GAP if rows else 0.0
    return Shape(beside, current, max(math.floor(min(max(LARGE * current, least), room, current)), 1), rows)


def _drawn(images: Array) -> list[QImage]:
    return [image_of(image) for image in coloured(images.numpy().astype(np.uint8))]
