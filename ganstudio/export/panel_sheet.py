"""Panels on a sheet of any size, shown moment by moment, without a window: what a film is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton, QWidget

from ganstudio.core.control import Value
from ganstudio.core.design import Film, Pen, Space, Text
from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.messages import Applied, MeasuredNow, Progress, Scalars, Snapshot, Started
from ganstudio.core.protocol.spec import OF_DATA, Change, LogEntry, Position, data_name
from ganstudio.core.protocol.views import ScalarBatch, View
from ganstudio.core.system.wording import format_value
from ganstudio.ui.docks.layouts import Layout
from ganstudio.ui.panel import Panel, layout_of
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.state.session import Session
from ganstudio.ui.theme import Theme, apply
from ganstudio.ui.widgets.image_grid import ImageGrid

GAP = Space.CLOSE  # between panels
OBJECTIVE = "objective"  # the group of a variant's own controls
BARE = "QCheckBox { spacing: 0px } QCheckBox::indicator { width: 0px; height: 0px; border: 0px }"
FRESH_S = 1.5  # of the film: a control that was moved is highlighted for this long
SHREDS = 3  # words of a sentence that are not worth showing without the rest
CLOSE = 2  # frames of a moment: if moments follow each other as fast, colours and axes follow too, and do not jump


@dataclass(frozen=True)
class Story:
    """All that is known of a run."""

    catalog: Catalog
    scene: Started
    log: list[LogEntry]
    scalars: list[ScalarBatch]
    measured: list[MeasuredNow]
    end: int  # steps


@dataclass(frozen=True)
class Moment:
    """A moment of a run."""

    position: Position
    views: dict[str, View]
    measured: MeasuredNow | None = None


class Screen:
    """A sheet. Panels whose picture did not change since the last moment are not painted again."""

    def __init__(
        self, story: Story, panels: dict[str, type[Panel]], names: Sequence[str], size: tuple[int, int], theme: Theme,
        note: str = "", fps: int = 30,
    ) -> None:
        """Lays the sheet out.

        Args:
            story: The run.
            panels: All that there are, by name.
            names: Those that are shown.
            size: Width and height, pixels.
            theme: The palette.
            note: A word in the corner.
            fps: Frames a second of the film.
        """
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._width, self._height = size
        self._layout = layout_of(story.scene.kind, panels)
        columns = _columns(names, self._layout)
        self._scale = max(min(self._height / Film.ROWS, self._width / (columns * Film.COLUMN), 3.0), 0.6)
        apply(app, theme, self._scale)
        self._theme, self._story, self._note = theme, story, note
        self._run = RunModel(story.catalog)
        self._started = msgspec.structs.replace(story.scene, run=1, record="", playing=False)
        self._run.begin(self._started)
        nothing = RunCommands(Session(), self._run)  # nothing in a film can be clicked
        self._sheet = QWidget()
        self._sheet.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self._sheet.resize(*size)
        self._panels = [panels[name](self._run, nothing) for name in names]
        self._title_height = round(Film.HEAD * self._scale)
        self._foot_height = round(Film.FOOT * self._scale)
        self._buttons = {panel: panel.findChildren(QPushButton) for panel in self._panels}
        self._place()
        self._image = QImage(*size, QImage.Format.Format_RGB32)
        self._image.fill(QColor(theme.window))
        self._sheet.show()
        self._tell_all(app)
        self._known: dict[Panel, tuple[object, ...]] = {}  # what each panel's picture was painted from
        self._captioned: list[tuple[str, bool]] | None = None  # the captions that are painted
        self._words = QImage()
        self._head = self._headed()
        self._frames = 0  # shown so far
        self._fresh = round(FRESH_S * fps)  # frames
        self._seen_values: dict[str, Value] = {}  # at the last moment
        self._moved: dict[str, tuple[Value, int]] = {}  # its value before, and the frame until which that is news
        self._fitted: dict[Panel, str] = {}  # the words that were cut to their room
        self._under: dict[Panel, tuple[QRect, QImage]] = {}  # what each cursor hides, and where

    def _place(self) -> None:
        """The upper row of a layout above, the lower one below, what is at the side at the right."""
        layout = self._layout
        below = {name for stack in layout.lower for name in stack}
        beside = set(layout.side)
        side = [panel for panel in self._panels if panel.name in beside]
        lower = [panel for panel in self._panels if panel.name in below]
        upper = [panel for panel in self._panels if panel not in side and panel not in lower]
        top, bottom = self._title_height, self._height - self._foot_height
        width = self._width - GAP
        narrow = 0
        if side and (upper or lower):
            narrow = round(width * 0.24)
            _column(side, QRect(GAP + width - narrow, top, narrow - GAP, bottom - top))
        elif side:
            upper = side
        share = (layout.height if lower else 1.0) if upper else 0.0
        middle = top + round((bottom - top) * share)
        _row(upper, QRect(GAP, top, width - narrow - GAP, middle - top - (GAP if lower else 0)))
        _row(lower, QRect(GAP, middle, width - narrow - GAP, bottom - middle))

    def _tell_all(self, app: QApplication) -> None:
        """Feeds the panels what is true of the whole run, once."""
        for panel in self._panels:
            panel.setParent(self._sheet)
            panel.apply_theme(self._theme)
            panel.show()
            panel.on_first_shown()
            panel.begin(self._started)
            _only_names(panel)
        self._run.take(Scalars(run=1, batches=self._story.scalars))
        for entry in self._story.log:
            if isinstance(change := entry.command, Change):
                self._run.take(Applied(run=1, id=0, name=change.name, value=change.value, position=entry.position))
        for measured in self._story.measured:
            self._run.take(msgspec.structs.replace(measured, run=1))
        end = Position(steps=self._story.end)
        # A film plays: colours follow, unless ``show`` says that they jump.
        self._run.take(Progress(run=1, position=end, seen=0, steps_per_second=0.0, playing=True))
        app.processEvents()
        empty = Snapshot(run=1, position=end, views={}, seconds=0.0)
        for panel in self._panels:
            panel.show_snapshot(empty)
        app.processEvents()
        self._labels = {panel: _words_of(panel) for panel in self._panels}
        for panel in self._panels:
            if panel.cursor_at(0) is not None:  # it shows the whole run: its words must not be those of the end
                panel.set_headline(panel.help)
            for pictures in panel.findChildren(ImageGrid):
                pictures.mark({})  # anchors are the user's
            _fit_words(*self._labels[panel])

    @property
    def views(self) -> set[str]:
        """The views that the panels show."""
        return {name for panel in self._panels for name in panel.views}

    # A moment ------------------------------------------------------------------------------------------------

    def show(self, moment: Moment, times: int = 1) -> NDArray[np.uint8]:
        """The sheet at a moment, ``(height, width, 4)`` BGRX; the next one is written over it.

        Args:
            moment: What is shown.
            times: For how many frames.
        """
        snapshot = Snapshot(run=1, position=moment.position, views=moment.views, seconds=0.0)
        steps = moment.position.steps
        self._set_controls(steps)
        painter = QPainter(self._image)
        for panel in self._panels:
            seen = tuple(moment.views.get(name) for name in panel.views) or (
                () if panel.cursor_at(steps) is not None else (moment.measured,))
            if panel not in self._known or any(a is not b for a, b in zip(seen, self._known[panel], strict=True)):
                first = panel not in self._known
                self._known[panel] = seen
                if seen and (first or times > CLOSE or not panel.views):
                    measured = None if moment.measured is None else self._run.in_user_units(moment.measured)
                    panel.show_past(steps, measured)
                if panel.views:
                    panel.show_snapshot(snapshot)
                if first or any(not button.isHidden() for button in self._buttons[panel]):
                    _only_names(panel)
                    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
                label, room = self._labels[panel]
                if label.text() != self._fitted.get(panel):
                    _fit_words(label, room)
                    self._fitted[panel] = label.text()
                panel.render(painter, panel.pos())
            self._paint_cursor(painter, panel, steps)
        self._paint_title(painter, steps)
        self._paint_foot(painter, steps)
        painter.end()
        self._frames += times
        pixels: NDArray[np.uint8] = np.frombuffer(self._image.constBits(), dtype=np.uint8)
        return pixels.reshape(self._height, self._width, 4)

    def _paint_cursor(self, painter: QPainter, panel: Panel, steps: int) -> None:
        """Paints the line of the moment shown over a panel of curves, which itself is painted once."""
        line = panel.cursor_at(steps)
        if line is None or not 0 <= line.x1() < panel.width():  # a plot that holds nothing yet spans one step
            return
        line.translate(QPointF(panel.pos()))
        width = max(round(Pen.LIGHT * self._scale), 1)
        here = QRect(round(line.x1()) - width, round(line.y1()), 2 * width + 1, round(line.length()))
        if panel in self._under:
            painter.drawImage(self._under[panel][0].topLeft(), self._under[panel][1])
        self._under[panel] = (here, self._image.copy(here))
        painter.fillRect(QRectF(round(line.x1()), line.y1(), width, line.length()), QColor(self._theme.text))

    def _font(self, share: float, *, bold: bool = False) -> QFont:
        font = QFont(QApplication.font())
        font.setPointSizeF(share * Text.POINTS * self._scale)
        font.setBold(bold)
        return font

    def _headed(self) -> QImage:
        """Paints the title and the legend; room at the right is left for the step."""
        spec, catalog = self._story.scene.spec, self._story.catalog
        title = next((v.title for v in catalog.variants if v.name == spec.variant), spec.variant)
        data = data_name(spec, next((d.title for d in catalog.data if d.name == spec.data), spec.data))
        image = QImage(self._width, self._title_height, QImage.Format.Format_RGB32)
        image.fill(QColor(self._theme.window))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = Film.EDGE * self._scale
        inner = QRectF(edge, 0, self._width - 2 * edge - self._step_width(), self._title_height)
        font = self._font(Text.TITLE, bold=True)
        metrics = QFontMetricsF(font)
        heading = metrics.elidedText(f"{title} on {data}", Qt.TextElideMode.ElideRight, inner.width())
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, heading)
        inner.setLeft(inner.left() + metrics.horizontalAdvance(heading) + 2 * edge)
        if self.views and self._story.scene.kind == "plane":  # elsewhere the panels say it
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
        return metrics.horizontalAdvance(f"step {self._story.end:,}") + 2 * Film.EDGE * self._scale

    def _paint_title(self, painter: QPainter, steps: int) -> None:
        painter.drawImage(0, 0, self._head)
        painter.setPen(QColor(self._theme.text))
        painter.setFont(self._font(Text.TITLE, bold=True))
        painter.drawText(QRectF(0, 0, self._width - Film.EDGE * self._scale, self._title_height),
                         Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"step {steps:,}")

    def _paint_foot(self, painter: QPainter, steps: int) -> None:
        """Paints the controls, and how far the run is."""
        top = self._height - self._foot_height
        area = QRectF(0, top, self._width, self._foot_height)
        painter.fillRect(area, QColor(self._theme.window))
        edge = Film.EDGE * self._scale
        track = QRectF(edge, top + Film.TRACK_TOP * self._scale, self._width - 2 * edge, Film.TRACK * self._scale)
        painter.fillRect(track, QColor(self._theme.line))
        end, tick = max(self._story.end, 1), Film.TICK * self._scale
        painter.fillRect(QRectF(track.left(), track.top(), track.width() * min(steps / end, 1), track.height()),
                         QColor(self._theme.accent))
        for entry in self._story.log:
            if isinstance(entry.command, Change):
                x = track.left() + track.width() * min(entry.position.steps / end, 1)
                painter.fillRect(QRectF(x - self._scale, track.center().y() - tick / 2, Pen.USUAL * self._scale, tick),
                                 QColor(self._theme.warning))
        captions = self._captions()
        if captions != self._captioned:
            self._captioned = captions
            self._words = self._written(captions)
        painter.drawImage(QPointF(edge, track.bottom() + Space.TIGHT * self._scale), self._words)

    def _written(self, captions: list[tuple[str, bool]]) -> QImage:
        """The line of captions, as many as it has room for, and the note at its end."""
        edge = Film.EDGE * self._scale
        above = (Film.TRACK_TOP + Film.TRACK + 2 * Space.TIGHT) * self._scale
        image = QImage(round(self._width - 2 * edge), round(self._foot_height - above),
                       QImage.Format.Format_RGB32)
        image.fill(QColor(self._theme.window))
        painter = QPainter(image)
        plain, bold = self._font(Text.USUAL), self._font(Text.USUAL, bold=True)
        area = QRectF(image.rect())
        note = QFontMetricsF(plain).horizontalAdvance(self._note) + 3 * edge if self._note else 0
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
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._note)
        painter.end()
        return image

    def _set_controls(self, steps: int) -> None:
        """The controls as they were at a step, for the foot and for the panels; what was just moved is news."""
        values = self._run.rewind_settings(steps)
        for name, value in values.items():
            if self._seen_values and self._seen_values.get(name) != value:
                self._moved[name] = self._seen_values.get(name, value), self._frames + self._fresh
        self._seen_values = values

    def _captions(self) -> list[tuple[str, bool]]:
        """The controls with their values, those that are ever moved first, and whether one was just moved."""
        spec, values = self._story.scene.spec, self._seen_values
        catalog = self._story.catalog
        info = next((v for v in catalog.variants if v.name == spec.variant), None)
        data = next((d for d in catalog.data if d.name == spec.data), None)
        moved = {entry.command.name for entry in self._story.log if isinstance(entry.command, Change)}
        named = [(c.name, c) for c in (info.controls if info is not None else [])]
        named += [(f"{OF_DATA}{c.name}", c) for c in (data.controls if data is not None else [])]
        controls = [(name, c) for name, c in named if name in values and c.live]
        # Those that were moved come first, then the objective's own.
        controls.sort(key=lambda each: (each[0] not in moved, each[1].group != OBJECTIVE))
        captions = []
        for name, _ in controls:
            before, until = self._moved.get(name, ("", 0))
            fresh = self._frames < until
            label = self._run.called(name)
            was = f"{format_value(before)} → " if fresh else ""
            captions.append((f"{label} = {was}{format_value(values[name])}", fresh))
        return captions

    def close(self) -> None:
        """Lets go of the widgets."""
        self._sheet.hide()
        self._sheet.deleteLater()


def _columns(names: Sequence[str], layout: Layout) -> int:
    """How many panels are beside each other at most."""
    below = {name for stack in layout.lower for name in stack}
    side = [name for name in names if name in layout.side]
    lower = [name for name in names if name in below]
    upper = len(names) - len(side) - len(lower)
    return max(upper, len(lower)) + 1 if side and (upper or lower) else max(upper, len(lower), len(side))


def _row(panels: list[Panel], area: QRect) -> None:
    for index, panel in enumerate(panels):
        left = area.left() + (area.width() + GAP) * index // len(panels)
        right = area.left() + (area.width() + GAP) * (index + 1) // len(panels) - GAP
        panel.setGeometry(left, area.top(), right - left, area.height())


def _column(panels: list[Panel], area: QRect) -> None:
    for index, panel in enumerate(panels):
        top = area.top() + (area.height() + GAP) * index // len(panels)
        bottom = area.top() + (area.height() + GAP) * (index + 1) // len(panels) - GAP
        panel.setGeometry(area.left(), top, area.width(), bottom - top)


def _only_names(panel: Panel) -> None:
    """Leaves out what can be clicked; of switches that are the only legend of a plot, the names stay."""
    panel.hide_controls()
    for button in panel.findChildren(QPushButton):
        button.hide()
    if panel.legend:
        for box in panel.findChildren(QCheckBox):
            if not box.icon().isNull() and box.isEnabled():
                box.setStyleSheet(BARE)
                box.show()


def _words_of(panel: Panel) -> tuple[QLabel, int]:
    """The label of a panel's words, and the height that they may have: half a line above it is empty anyway."""
    label = next(child for child in panel.findChildren(QLabel) if child.property("headline"))
    return label, label.height() + label.fontMetrics().height() // 2


def _fit_words(label: QLabel, room: int) -> None:
    """Cuts the text after the last whole sentence that fits, or else after the last word that fits."""
    text = label.text()
    words = text.split(" ")
    while len(words) > 1 and label.heightForWidth(label.width()) > room:
        words.pop()
        text = " ".join(words).rstrip(".,:; ") + "…"
        label.setText(text)
    whole, _, rest = text.rpartition(". ")
    if text.endswith("…") and whole and rest.count(" ") < SHREDS:
        label.setText(f"{whole}.")
