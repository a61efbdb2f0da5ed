"""Progressive: a generator that grows, at every size it has reached, and where its schedule stands."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ganstudio.core.images import coloured
from ganstudio.core.protocol.messages import Snapshot, Started
from ganstudio.core.protocol.views import Array, Pyramid
from ganstudio.ui.panel import Panel
from ganstudio.ui.plotting.items import image_of
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme

GROWING = "progan"  # the variant that is offered where nothing grows
SMALL, LARGE = 0.45, 0.75  # least and greatest side of an earlier level's images, of the current level's
GAP = 2  # px between two images
HEAD = 7  # px between the names of the two kinds and their images
BETWEEN = 14  # px between generated and real ones
FINE = 1000  # positions of the fade bar


class ProgressivePanel(Panel):
    """The levels stand above each other like the steps of a pyramid: generated on the left, real on the right."""

    name = "progressive"
    title = "Progressive"
    kinds = ("image",)
    help = "A growing generator at every size from 4 px up, real images at the same sizes, and the schedule."
    views = ("pyramid",)
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._label = QLabel("fade α")
        self._fade = QProgressBar()
        self._fade.setRange(0, FINE)
        self._fade.setObjectName("progressive.fade")
        self._fade.setAccessibleName("Fade α")
        self._fade.setToolTip("Share of each image that the newest layers make; the rest is the last size, enlarged")
        self._grow = QPushButton("Grow now")
        self._grow.setObjectName("progressive.grow")
        self._grow.setAccessibleName("Grow now")
        self._grow.clicked.connect(commands.grow)
        self._choose = QPushButton("Play Progressive GAN")
        self._choose.setObjectName("progressive.choose")
        self._choose.setAccessibleName("Play Progressive GAN")
        self._choose.setToolTip("Restarts with the variant whose players grow, on the same images")
        self._choose.clicked.connect(lambda: commands.next_run.choose_variant(GROWING))
        self._tools.addWidget(self._label)
        self._tools.addWidget(self._fade, 1)
        self._tools.addWidget(self._grow)
        self._tools.addWidget(self._choose)
        self._schedule = Schedule()
        self._rows = Rows()
        self._rows.told = self.show_hover_value
        self._rows.shown = self.painted.emit
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(8, 0, 8, 6)
        column.setSpacing(4)
        column.addWidget(self._schedule)
        column.addWidget(self._rows, 1)
        self.set_body(holder)
        self._show(None)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._schedule.dress(theme)
        self._rows.dress(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        line = self.fontMetrics().height()
        self._schedule.roomy(self.height() > 28 * line)
        self._schedule.setMaximumHeight(self._schedule.sizeHint().height() if self.height() > 12 * line else 0)

    def begin(self, started: Started) -> None:
        self._show(None)
        self.set_headline("The first images are on their way…")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("pyramid")
        if isinstance(view, Pyramid):
            self._show(view)
            self.set_headline(words(view))

    def _show(self, view: Pyramid | None) -> None:
        grows = view is not None and view.levels > 0
        for part in (self._label, self._fade, self._grow, self._schedule):
            part.setVisible(grows or view is None)
        self._choose.setVisible(view is not None and not grows)
        self._rows.take(view)
        self._schedule.take(view if grows else None)
        if view is None or not grows:
            self._grow.setEnabled(False)
            self._grow.setToolTip("Lets the next level fade in at once, as soon as there is one to be seen")
            self._fade.setValue(0)
            self._fade.setFormat("")
            return
        self._fade.setValue(round(FINE * view.alpha))
        self._fade.setFormat(f"{view.alpha:.2f}")
        self._grow.setEnabled(not _whole(view))
        self._grow.setToolTip(
            "Nothing is left to grow: all levels are there and faded in" if _whole(view)
            else f"Ends the fade at once: {_side(view)} px layers then have all the say" if view.alpha < 1
            else f"Lets {2 * _side(view)} px layers fade in now, whatever the schedule says")


class Schedule(QWidget):
    """The phases as a flight of stairs, from the first level to the last, and where the run stands on it."""

    def __init__(self) -> None:
        super().__init__()
        self._view: Pyramid | None = None
        self._theme: Theme | None = None
        self._roomy = False
        self.setObjectName("progressive.schedule")
        self.setAccessibleName("Schedule")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def dress(self, theme: Theme) -> None:
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
        """Shows where a run stands."""
        self._view = view
        self.setToolTip("" if view is None else f"Phase {math.floor(place(view)) + 1} of {2 * view.levels - 1}: "
                                                f"{_count(view)}")
        self.setAccessibleDescription(self.toolTip())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(100, self.fontMetrics().height() * (4 if self._roomy else 3))

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
        painter.setPen(QPen(QColor(theme.warning), 2))
        painter.drawLine(QPointF(x, 0.5 * line), QPointF(x, foot))
        painter.setBrush(QColor(theme.warning))
        painter.drawPolygon(QPolygonF([QPointF(x - 4, 0.3 * line), QPointF(x + 4, 0.3 * line), QPointF(x, 0.7 * line)]))
        self._here(painter, x, line, theme)
        painter.end()

    def _name(self, painter: QPainter, phase: int, phases: int, foot: int, colour: str) -> None:
        """As much of a phase's name as there is room for; where fades have none, the others reach below them."""
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
        """Before the mark, where the stairs are still low, or behind it at their foot."""
        text = "you are here"
        wide = self.fontMetrics().horizontalAdvance(text)
        left = x - wide - 8 if x > wide + 8 else x + 8
        painter.setPen(QColor(theme.text))
        painter.drawText(QRectF(left, 0, wide + 2, line), Qt.AlignmentFlag.AlignVCenter, text)


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
        self.told: Callable[[str], None] = lambda _: None
        self.shown: Callable[[], None] = lambda: None
        self.setMouseTracking(True)
        self.setObjectName("progressive.pyramid")
        self.setAccessibleName("Images at every size")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def dress(self, theme: Theme) -> None:
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
        names = metrics.horizontalAdvance(f"{_side(view)} px") + 8
        half = (self.width() - names - BETWEEN) // 2
        most = min(len(self._fake[0]), len(self._real[0]))
        shape = fitted(half, self.height() - line - HEAD, view.level, most, line, _side(view))
        middle = names + half + BETWEEN // 2
        widest = shape.beside * (shape.current + GAP) - GAP
        y = 0
        fake = "● generated"
        whole = f"{fake} by the average of G"
        if view.averaged and metrics.horizontalAdvance(whole) <= half:
            fake = whole
        left, right = middle - BETWEEN // 2, middle + BETWEEN // 2
        for text, colour, box, rule, hand in (
            (fake, theme.generated, QRect(names, 0, left - names, line), left - widest, Qt.AlignmentFlag.AlignRight),
            ("○ real", theme.real, QRect(right, 0, half, line), right, Qt.AlignmentFlag.AlignLeft),
        ):
            painter.setPen(QColor(colour))
            painter.drawText(box, hand | Qt.AlignmentFlag.AlignVCenter, text)
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
        self.told(next((name for tile, name in self._tiles if tile.contains(at)), ""))


def fitted(half: int, height: int, earlier: int, most: int, least: int, resolution: int) -> Shape:
    """As many images beside each other as show much of the current level, and several of it.

    Args:
        half: Width for each kind of images, px.
        height: Of all rows, px.
        earlier: Levels before the current one.
        most: Images of each kind that there are.
        least: Side below which an earlier level's images are not worth showing, px.
        resolution: Of the current level, px: its images are enlarged by whole numbers where there is room.
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


def place(view: Pyramid) -> float:
    """Where a run stands, in phases from the first: 2.5 is half of the third."""
    phase = 2 * view.level - (view.alpha < 1)
    if view.alpha < 1:
        return phase + max(view.alpha, 0.0)
    return phase + (min(view.shown / view.lasts, 1.0) if view.lasts else 0.5)


def words(view: Pyramid) -> str:
    """What is to be seen, in one or two plain sentences."""
    if not view.levels:
        return "Nothing grows here: these networks make whole images from the start. Progressive GAN is one that grows."
    side = _side(view)
    if view.alpha < 1:
        return f"{side} px layers are being faded in: {view.alpha:.0%} of each image is theirs. {_count(view)}."
    if _whole(view):
        return f"Fully grown: all layers up to {side} px are there, and train on. {_count(view)}."
    return f"{side} px for now: {_count(view)}, then {2 * side} px fades in."


def _count(view: Pyramid) -> str:
    return f"{view.shown:,} of {view.lasts:,} images shown" if view.lasts else f"{view.shown:,} images shown"


def _side(view: Pyramid) -> int:
    return 4 << view.level


def _whole(view: Pyramid) -> bool:
    return view.level >= view.levels - 1 and view.alpha >= 1


def _step(phase: int, start: float, end: float, width: float, foot: int, head: int, levels: int) -> QPolygonF:
    """A piece of a phase: level where nothing fades, a slope where the next level does."""
    def top(share: float) -> float:
        level = phase // 2 + (share if phase % 2 else 0.0)
        return foot - (foot - head) * (level + 1) / levels

    left, right = (phase + start) * width, (phase + end) * width
    return QPolygonF([
        QPointF(left, foot), QPointF(left, top(start)), QPointF(right, top(end)), QPointF(right, foot),
    ])


def _drawn(images: Array) -> list[QImage]:
    return [image_of(image) for image in coloured(images.numpy().astype(np.uint8))]
