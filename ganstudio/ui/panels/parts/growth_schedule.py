"""The schedule of a growing generator: its phases as a flight of stairs, and where the run is on it."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Least, Pen
from ganstudio.core.protocol.views import Pyramid
from ganstudio.ui.panels.parts.progressive_text import images_shown, place
from ganstudio.ui.theme import Theme


class Schedule(QWidget):
    """The phases as a flight of stairs, from the first level to the last, and a mark at the run's place on it."""

    def __init__(self) -> None:
        super().__init__()
        self._view: Pyramid | None = None
        self._theme: Theme | None = None
        self._roomy = False
        self.setObjectName("progressive.schedule")
        self.setAccessibleName("Schedule")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def roomy(self, on: bool) -> None:
        """Whether its stairs may be higher."""
        if on != self._roomy:
            self._roomy = on
            self.updateGeometry()

    def take(self, view: Pyramid | None) -> None:
        """Shows how far a run is."""
        self._view = view
        self.setToolTip("" if view is None else f"Phase {math.floor(place(view)) + 1} of {2 * view.levels - 1}: "
                                                f"{images_shown(view)}")
        self.setAccessibleDescription(self.toolTip())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(Least.CELL[0], self.fontMetrics().height() * (4 if self._roomy else 3))

    def paintEvent(self, event: QPaintEvent) -> None:
        view, theme = self._view, self._theme
        if view is None or theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, phases = self.fontMetrics().height(), 2 * view.levels - 1
        width, foot = self.width() / phases, self.height() - line
        now = place(view)
        done, ahead = QColor(theme.accent), QColor(theme.line)
        for phase in range(phases):
            past = min(max(now - phase, 0.0), 1.0)
            for start, end, colour in ((0.0, past, done), (past, 1.0, ahead)):
                if start < end:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(colour)
                    painter.drawPolygon(_step(phase, start, end, width, foot, line, view.levels))
            self._name(painter, phase, phases, foot, theme.text if phase == math.floor(now) else theme.quiet)
        x = min(now * width, self.width() - 1.0)
        painter.setPen(QPen(QColor(theme.warning), Pen.USUAL))
        painter.drawLine(QPointF(x, 0.5 * line), QPointF(x, foot))
        painter.setBrush(QColor(theme.warning))
        painter.drawPolygon(QPolygonF([QPointF(x - 4, 0.3 * line), QPointF(x + 4, 0.3 * line), QPointF(x, 0.7 * line)]))
        self._here(painter, x, line, theme)
        painter.end()

    def _name(self, painter: QPainter, phase: int, phases: int, foot: int, colour: str) -> None:
        """As much of a phase's name as there is room for; a fade without a name leaves its room to the others."""
        side = 4 << (phase + 1) // 2
        metrics, width = self.fontMetrics(), self.width() / phases
        terse = metrics.horizontalAdvance("fade") > width - 3
        room = 1.8 * width if terse and 0 < phase < phases - 1 else width - 3
        plain = metrics.horizontalAdvance(f"{2 << (phases + 1) // 2} px") > width - 3
        names = (("", "") if terse else (f"fade {side}", "fade")) if phase % 2 else (
            f"{side}" if plain else f"{side} px",)
        name = next(name for name in (*names, "") if metrics.horizontalAdvance(name) <= room)
        painter.setPen(QColor(colour))
        painter.drawText(QRectF((phase + 0.5) * width - room / 2, foot, room, self.height() - foot),
                         Qt.AlignmentFlag.AlignCenter, name)

    def _here(self, painter: QPainter, x: float, line: int, theme: Theme) -> None:
        """Writes that this is the run's place: left of the mark if there is room, else right of it."""
        text = "you are here"
        wide = self.fontMetrics().horizontalAdvance(text)
        left = x - wide - 8 if x > wide + 8 else x + 8
        painter.setPen(QColor(theme.text))
        painter.drawText(QRectF(left, 0, wide + 2, line), Qt.AlignmentFlag.AlignVCenter, text)


def _step(phase: int, start: float, end: float, width: float, foot: int, head: int, levels: int) -> QPolygonF:
    """A phase as a piece of the stairs: level if nothing fades, a slope if the next level fades in."""
    def top(share: float) -> float:
        level = phase // 2 + (share if phase % 2 else 0.0)
        return foot - (foot - head) * (level + 1) / levels

    left, right = (phase + start) * width, (phase + end) * width
    return QPolygonF([
        QPointF(left, foot), QPointF(left, top(start)), QPointF(right, top(end)), QPointF(right, foot),
    ])
