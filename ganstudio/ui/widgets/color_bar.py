"""A colour bar: which value each colour of a heat map means, and the value under the pointer."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ganstudio.core.design import Icon, Space, icon_side
from ganstudio.core.system.wording import figure
from ganstudio.ui.plotting.colors import image_of
from ganstudio.ui.theme import DARK, Theme

SURE = 5e-4  # a chance below it reads as 0


def probability(logit: float) -> float:
    """The chance of being real, D(x)."""
    return 1 / (1 + math.exp(-max(min(logit, 700.0), -700.0)))


class ColorBar(QWidget):
    """What the colours mean, with the value under the pointer."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = DARK
        self._table = np.zeros((256, 1, 3), dtype=np.uint8)  # from the top down
        self._image = QImage()  # the image of the colours, as high as it is painted
        self._range = (0.0, 0.0)
        self._probability: bool | None = None  # None: there is no landscape
        self._value: float | None = None
        self.setAccessibleName("Colour bar")
        self.setToolTip("What the colours mean: the discriminator's score; a mark shows its value under the pointer")

    def apply_theme(self, theme: Theme, table: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
        """Takes a palette and its 256 colours."""
        self._theme = theme
        self._table, self._image = table[::-1, None], QImage()
        self.setFixedWidth(self.fontMetrics().horizontalAdvance("−0.00e+00") + self._beside + Space.CLOSE)
        self.update()

    @property
    def _beside(self) -> int:
        """Where the words beside the colours begin, pixels."""
        return icon_side(Icon.SWATCH, self.fontMetrics().height()) + Space.CLOSE

    def forget(self) -> None:
        """Another run begins."""
        self._range, self._probability, self._value = (0.0, 0.0), None, None
        self.update()

    def show_range(self, low: float, high: float, *, probability: bool) -> None:
        """Shows the scores at the two ends; ``probability``: they are logits, shown as the chance of being real."""
        shown = (float(f"{low:.3g}"), float(f"{high:.3g}"))
        if (shown, probability) != (self._range, self._probability):
            self._range, self._probability = shown, probability
            self.update()

    def mark(self, value: float) -> None:
        """Marks the value under the pointer."""
        self._value = value
        self.update()

    def _label(self, value: float) -> str:
        """A score as the bar names it: of a logit D(x)."""
        if not self._probability:
            return f"{figure(value)}"
        chance = probability(value)
        return "½" if value == 0 else "0" if chance < SURE else f"{chance:.2g}"

    def labels(self, count: int) -> list[str]:
        """The words beside the bar at equal distances, from below; where D is sure all along, one says it."""
        low, high = self._range
        words = [self._label(low + share * (high - low)) for share in np.linspace(0, 1, count)]
        return [
            "" if 0 < i < count - 1 and word == words[i + 1 if i > count / 2 else i - 1] else word
            for i, word in enumerate(words)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = self.fontMetrics().height()
        top, height = 2 * line, max(self.height() - 4 * line, 10)
        if self._probability is None:
            return
        wide = icon_side(Icon.SWATCH, line)
        if (self._image.width(), self._image.height()) != (wide, height):  # stretched once: it takes Qt a millisecond
            self._image = image_of(self._table[np.arange(height) * 256 // height].repeat(wide, axis=1))
        painter.drawImage(Space.HAIR, top, self._image)
        painter.setPen(self._theme.quiet)
        low, high = self._range
        above, below = ("real", "fake") if self._probability else ("higher", "lower")
        painter.drawText(Space.HAIR, line, above)
        painter.drawText(Space.HAIR, top + height + round(1.4 * line), below)
        labels = next((n for n in (5, 3, 2) if height >= 1.2 * n * line), 0)
        for share, word in zip(np.linspace(0, 1, labels), self.labels(labels), strict=True):
            y = top + (1 - share) * height
            area = QRectF(self._beside, y - line / 2, self.width() - self._beside, line)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, word)
        if self._value is not None and high > low:
            share = min(max((self._value - low) / (high - low), 0), 1)
            y = top + (1 - share) * height
            painter.setPen(self._theme.text)
            painter.drawLine(0, round(y), wide + 2 * Space.HAIR, round(y))
