"""A label of several lines that ends with … where its text has no room: a sentence cut in its middle says another."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QTextLayout

from ganstudio.ui.widgets.plain_text import PlainLabel


class ElidedLabel(PlainLabel):
    """Plain text, wrapped at words; ``text`` is the whole of it."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setWordWrap(True)

    def shown_lines(self) -> list[str] | None:
        """The lines that are painted if the text has no room; None if it has."""
        area, metrics = self.contentsRect(), self.fontMetrics()
        if area.width() <= 0 or area.height() < metrics.height():
            return []
        room = QRect(0, 0, area.width(), 10_000)
        if metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, self.text()).height() <= area.height() + 1:
            return None
        most = max(1, 1 + (area.height() - metrics.height()) // metrics.lineSpacing())
        layout = QTextLayout(self.text(), self.font())
        layout.beginLayout()
        starts: list[int] = []
        while len(starts) < most and (line := layout.createLine()).isValid():
            line.setLineWidth(area.width())
            starts.append(line.textStart())
        layout.endLayout()
        lines = [self.text()[start:end].rstrip() for start, end in itertools.pairwise(starts)]
        last = metrics.elidedText(self.text()[starts[-1]:], Qt.TextElideMode.ElideRight, area.width())
        return [*lines, last]

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        lines = self.shown_lines()
        if lines is None:
            super().paintEvent(event)
            return
        painter, area, metrics = QPainter(self), self.contentsRect(), self.fontMetrics()
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        for index, line in enumerate(lines):
            painter.drawText(QPointF(area.left(), area.top() + metrics.ascent() + index * metrics.lineSpacing()), line)
