"""Panels on a sheet of any size, shown moment by moment, without a window: what a film is made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from ganstudio.core.control import Value
from ganstudio.core.design import Film, Pen, Space
from ganstudio.core.protocol.messages import Snapshot
from ganstudio.core.protocol.spec import OF_DATA, Position
from ganstudio.core.system.wording import format_value
from ganstudio.export.filmed_panel import FilmedPanel
from ganstudio.export.run_story import Moment, Story
from ganstudio.export.sheet_bands import Caption, ControlNews, Heading, SheetBands
from ganstudio.ui.collector import collector
from ganstudio.ui.docks.layouts import Layout
from ganstudio.ui.panel import Panel, layout_of
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.state.session import Session
from ganstudio.ui.theme import Theme, apply

GAP = Space.CLOSE  # between panels
OBJECTIVE = "objective"  # the group of a variant's own controls


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
        self._scale = scale_of(size, columns)
        self._garbage = collector(app)
        apply(app, theme, self._scale)
        self._theme, self._story = theme, story
        self._run = RunModel(story.catalog)
        self._started = story.started(1)
        self._run.begin(self._started)
        nothing = RunCommands(Session(), self._run)  # nothing in a film can be clicked
        self._sheet = QWidget()
        self._sheet.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self._sheet.resize(*size)
        self._panels = [panels[name](self._run, nothing) for name in names]
        self._bands = SheetBands(size, self._scale, theme, Heading(
            titles=(self._run.title,), end=story.end,
            marks=tuple(position.steps for position, _ in story.moves()),
            legend=bool(self.views) and story.scene.kind == "plane", note=note))  # elsewhere the panels say it
        self._place()
        self._image = QImage(*size, QImage.Format.Format_RGB32)
        self._image.fill(QColor(theme.window))
        self._sheet.show()
        self._tell_all(app)
        self._frames = 0  # shown so far
        self._values: dict[str, Value] = {}  # of the controls, at the moment shown
        self._news = ControlNews(fps)
        self._under: dict[Panel, tuple[QRect, QImage]] = {}  # what each cursor hides, and where

    def _place(self) -> None:
        """The upper row of a layout above, the lower one below, what is at the side at the right."""
        layout = self._layout
        below = {name for stack in layout.lower for name in stack}
        beside = set(layout.side)
        side = [panel for panel in self._panels if panel.name in beside]
        lower = [panel for panel in self._panels if panel.name in below]
        upper = [panel for panel in self._panels if panel not in side and panel not in lower]
        top, bottom = self._bands.title_height, self._height - self._bands.foot_height
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
            panel.begin_run(self._started)
        self._filmed = [FilmedPanel(panel) for panel in self._panels]
        self._story.tell(self._run)
        app.processEvents()
        empty = Snapshot(run=1, position=Position(steps=self._story.end), views={}, seconds=0.0)
        for panel in self._panels:
            panel.show_snapshot(empty)
        app.processEvents()
        for filmed in self._filmed:
            filmed.settle()

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
        steps = moment.position.steps
        self._values = self._run.rewind_settings(steps)
        self._news.see(self._values, self._frames)
        painter = QPainter(self._image)
        for filmed in self._filmed:
            if filmed.take(moment, times):
                filmed.panel.render(painter, filmed.panel.pos())
            self._paint_cursor(painter, filmed.panel, steps)
        self._bands.paint(painter, steps, self._captions())
        painter.end()
        self._garbage.collect_if_due()
        self._frames += times
        return pixels_of(self._image)

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

    def _captions(self) -> list[Caption]:
        """The controls with their values, those that are ever moved first, and whether one was just moved."""
        captions = []
        for name in captioned(self._run, self._values, {change.name for _, change in self._story.moves()}):
            before = self._news.before(name, self._frames)
            was = f"{format_value(before)} → " if before is not None else ""
            captions.append((f"{self._run.called(name)} = {was}{format_value(self._values[name])}", before is not None))
        return captions

    def close(self) -> None:
        """Lets go of the widgets."""
        self._sheet.hide()
        self._sheet.deleteLater()


def scale_of(size: tuple[int, int], columns: int) -> float:
    """The size of text on a sheet of so many pixels with so many panels beside each other; 1 is usual."""
    return max(min(size[1] / Film.ROWS, size[0] / (columns * Film.COLUMN), 3.0), 0.6)


def pixels_of(image: QImage) -> NDArray[np.uint8]:
    """The pixels of a sheet, ``(height, width, 4)`` BGRX, in its own memory."""
    pixels: NDArray[np.uint8] = np.frombuffer(image.constBits(), dtype=np.uint8)
    return pixels.reshape(image.height(), image.width(), 4)


def captioned(run: RunModel, values: Collection[str], moved: Collection[str]) -> list[str]:
    """The live controls among those of a run: first those that are ever moved, then the objective's own."""
    named = [(c.name, c) for c in (run.variant.controls if run.variant is not None else [])]
    named += [(f"{OF_DATA}{c.name}", c) for c in (run.data.controls if run.data is not None else [])]
    controls = [(name, c) for name, c in named if name in values and c.live]
    controls.sort(key=lambda each: (each[0] not in moved, each[1].group != OBJECTIVE))
    return [name for name, _ in controls]


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
