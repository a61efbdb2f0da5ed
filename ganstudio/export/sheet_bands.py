"""What is above and below the panels of a film: title, step and legend; how far the run is, and its controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QApplication

from ganstudio.core.control import Value
from ganstudio.core.design import Film, Pen, Space, Text
from ganstudio.ui.theme import Theme

FRESH_S = 1.5  # of the film: a control that was moved is highlighted for this long

Caption = tuple[str, bool]  # a control with its value, and whether it was just moved


@dataclass(frozen=True)
class Heading:
    """What the bands say of the whole film."""

    titles: tuple[str, ...]  # the same in fewer and fewer words: the first that has room is painted
    end: int  # the last step
    marks: tuple[int, ...] = ()  # steps at which a control was moved
    legend: bool = False  # whether points are shown, whose two colours need words
    note: str = ""  # in the corner


class ControlNews:
    """Which controls were just moved: so that one can read it at any pace of the film."""

    def __init__(self, fps: int) -> None:
        self._fresh = round(FRESH_S * fps)  # frames
        self._seen: dict[str, Value] = {}  # at the last moment
        self._moved: dict[str, tuple[Value, int]] = {}  # its value before, and the frame until which that is news

    def see(self, values: Mapping[str, Value], frame: int) -> None:
        """Takes the controls as they are in a frame."""
        for name, value in values.items():
            if self._seen and self._seen.get(name) != value:
                self._moved[name] = self._seen.get(name, value), frame + self._fresh
        self._seen = dict(values)

    def before(self, name: str, frame: int) -> Value | None:
        """What a control was before it was moved, if that is news in this frame."""
        value, until = self._moved.get(name, (None, 0))
        return value if frame < until else None


class SheetBands:
    """Paints the two bands of a sheet."""

    def __init__(self, size: tuple[int, int], scale: float, theme: Theme, heading: Heading) -> None:
        """Lays the bands out.

        Args:
            size: Width and height of the whole sheet, pixels.
            scale: Of all text, 1 being usual.
            theme: The palette.
            heading: What they say of the whole film.
        """
        self._width, self._height = size
        self._scale, self._theme, self._heading = scale, theme, heading
        self.title_height, self.foot_height = round(Film.HEAD * scale), round(Film.FOOT * scale)
        self._captioned: Sequence[Caption] | None = None  # the captions that are painted
        self._words = QImage()
        self._head = self._headed()

    def paint(self, painter: QPainter, steps: int, captions: Sequence[Caption]) -> None:
        """Paints both bands at a step."""
        self._paint_title(painter, steps)
        self._paint_foot(painter, steps, captions)

    def _font(self, share: float, *, bold: bool = False) -> QFont:
        font = QFont(QApplication.font())
        font.setPointSizeF(share * Text.POINTS * self._scale)
        font.setBold(bold)
        return font

    def _headed(self) -> QImage:
        """Paints the title and the legend; room at the right is left for the step."""
        image = QImage(self._width, self.title_height, QImage.Format.Format_RGB32)
        image.fill(QColor(self._theme.window))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = Film.EDGE * self._scale
        inner = QRectF(edge, 0, self._width - 2 * edge - self._step_width(), self.title_height)
        font = self._font(Text.TITLE, bold=True)
        metrics = QFontMetricsF(font)
        titles = self._heading.titles
        title = next((each for each in titles if metrics.horizontalAdvance(each) <= inner.width()), titles[-1])
        heading = metrics.elidedText(title, Qt.TextElideMode.ElideRight, inner.width())
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, heading)
        inner.setLeft(inner.left() + metrics.horizontalAdvance(heading) + 2 * edge)
        if self._heading.legend:
            self._paint_legend(painter, inner)
        painter.end()
        return image

    def _paint_legend(self, painter: QPainter, area: QRectF) -> None:
        """Paints which points are real and which generated, if there is room."""
        painter.setFont(self._font(Text.USUAL))
        metrics = painter.fontMetrics()
        dot, gap = Film.DOT * self._scale, Space.CLOSE * self._scale
        entries = [(name, colour, metrics.horizontalAdvance(name) + dot + gap) for name, colour in
                   (("real", self._theme.real), ("generated", self._theme.generated))]
        x = area.right() - sum(width for _, _, width in entries) - 4 * gap
        if x < area.left():
            return
        for name, colour, width in entries:
            painter.setPen(QPen(QColor(colour), Pen.LIGHT * self._scale))
            painter.setBrush(QColor(colour) if name == "generated" else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QRectF(x, area.center().y() - dot / 2, dot, dot))
            painter.setPen(QColor(self._theme.text))
            painter.drawText(QRectF(x + dot + gap, area.top(), width, area.height()), Qt.AlignmentFlag.AlignVCenter,
                             name)
            x += width + 2 * gap

    def _step_width(self) -> float:
        """Pixels that the longest step takes."""
        metrics = QFontMetricsF(self._font(Text.TITLE, bold=True))
        return metrics.horizontalAdvance(f"step {self._heading.end:,}") + 2 * Film.EDGE * self._scale

    def _paint_title(self, painter: QPainter, steps: int) -> None:
        painter.drawImage(0, 0, self._head)
        painter.setPen(QColor(self._theme.text))
        painter.setFont(self._font(Text.TITLE, bold=True))
        painter.drawText(QRectF(0, 0, self._width - Film.EDGE * self._scale, self.title_height),
                         Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"step {steps:,}")

    def _paint_foot(self, painter: QPainter, steps: int, captions: Sequence[Caption]) -> None:
        """Paints the controls, and how far the run is."""
        top = self._height - self.foot_height
        area = QRectF(0, top, self._width, self.foot_height)
        painter.fillRect(area, QColor(self._theme.window))
        edge = Film.EDGE * self._scale
        track = QRectF(edge, top + Film.TRACK_TOP * self._scale, self._width - 2 * edge, Film.TRACK * self._scale)
        painter.fillRect(track, QColor(self._theme.line))
        end, tick = max(self._heading.end, 1), Film.TICK * self._scale
        painter.fillRect(QRectF(track.left(), track.top(), track.width() * min(steps / end, 1), track.height()),
                         QColor(self._theme.accent))
        for mark in self._heading.marks:
            x = track.left() + track.width() * min(mark / end, 1)
            painter.fillRect(QRectF(x - self._scale, track.center().y() - tick / 2, Pen.USUAL * self._scale, tick),
                             QColor(self._theme.warning))
        if captions != self._captioned:
            self._captioned = captions
            self._words = self._written(captions)
        painter.drawImage(QPointF(edge, track.bottom() + Space.TIGHT * self._scale), self._words)

    def _written(self, captions: Sequence[Caption]) -> QImage:
        """The line of captions, as many as it has room for, and the note at its end."""
        edge = Film.EDGE * self._scale
        above = (Film.TRACK_TOP + Film.TRACK + 2 * Space.TIGHT) * self._scale
        image = QImage(round(self._width - 2 * edge), round(self.foot_height - above), QImage.Format.Format_RGB32)
        image.fill(QColor(self._theme.window))
        painter = QPainter(image)
        plain, bold = self._font(Text.USUAL), self._font(Text.USUAL, bold=True)
        area = QRectF(image.rect())
        note = QFontMetricsF(plain).horizontalAdvance(self._heading.note) + 3 * edge if self._heading.note else 0
        left, right = 0.0, area.right() - note
        for text, fresh in captions:
            font = bold if fresh else plain
            width = QFontMetricsF(font).horizontalAdvance(text)
            if left + width > right:
                break
            painter.setFont(font)
            painter.setPen(QColor(self._theme.warning if fresh else self._theme.text))
            painter.drawText(QRectF(left, 0, width + 2, area.height()), Qt.AlignmentFlag.AlignVCenter, text)
            left += width + 2 * edge
        painter.setFont(plain)
        painter.setPen(QColor(self._theme.quiet))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._heading.note)
        painter.end()
        return image
