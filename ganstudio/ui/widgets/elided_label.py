"""A label of several lines that ends with … where its text has no room: a sentence cut in its middle says another."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPalette, QTextLayout

from ganstudio.ui.widgets.plain_text import PlainLabel


class ElidedLabel(PlainLabel):
    """Plain text, wrapped at words; ``text`` is the whole of it."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setWordWrap(True)
        self._broken: tuple[tuple[str, str, int, int], tuple[bool, list[str]]] | None = None  # the last, and of what

    def shown_lines(self) -> list[str] | None:
        """The lines that are painted if the text has no room; None if it has."""
        whole, lines = self._lines()
        return None if whole else lines

    def _lines(self) -> tuple[bool, list[str]]:
        """Whether the whole text has room, and the lines that are painted."""
        area, metrics = self.contentsRect(), self.fontMetrics()
        if area.width() <= 0 or area.height() < metrics.height():
            return False, []
        most = max(1, 1 + (area.height() + 1 - metrics.height()) // metrics.lineSpacing())
        of = (self.text(), self.font().key(), area.width(), most)
        if self._broken is None or self._broken[0] != of:
            self._broken = of, lines_within(self.text(), self.font(), area.width(), most)
        return self._broken[1]

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area, metrics = QPainter(self), self.contentsRect(), self.fontMetrics()
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        # The very lines that were found to have room: what QLabel paints is broken elsewhere now and then.
        for index, line in enumerate(self._lines()[1]):
            painter.drawText(QPointF(area.left(), area.top() + metrics.ascent() + index * metrics.lineSpacing()), line)


def lines_within(text: str, font: QFont, width: int, most: int) -> tuple[bool, list[str]]:
    """Breaks a text at words, and cuts it with … after ``most`` lines.

    Args:
        text: In one paragraph.
        font: That it is painted in.
        width: Of a line, logical pixels.
        most: Lines, at least 1.

    Returns:
        Whether the whole text has room, and its lines.
    """
    layout = QTextLayout(text, font)
    layout.beginLayout()
    starts: list[int] = []
    while (line := layout.createLine()).isValid() and len(starts) <= most:
        line.setLineWidth(width)
        starts.append(line.textStart())
    layout.endLayout()
    whole, starts = len(starts) <= most, starts[:most]
    lines = [text[start:end].rstrip() for start, end in itertools.pairwise(starts)]
    rest = text[starts[-1]:].rstrip() if starts else ""
    cut = rest if whole else QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width)
    return whole, [*lines, cut]


def whole_sentences(text: str, font: QFont, width: int, most: int) -> list[str]:
    """The lines of the sentences that fit into ``most`` lines; if the first does not fit, its beginning."""
    sentences = [part if part.endswith(".") else f"{part}." for part in text.split(". ")]
    for count in range(len(sentences), 0, -1):
        whole, lines = lines_within(" ".join(sentences[:count]), font, width, most)
        if whole or count == 1:
            return lines
    return []
