"""The cells of a comparison on a sheet of any size, without a window: what a film of several runs is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from ganstudio.core.protocol.messages import Diverged, Snapshot
from ganstudio.core.protocol.spec import Position
from ganstudio.core.protocol.views import Divergence
from ganstudio.core.system.errors import BadInput, unknown
from ganstudio.core.system.wording import format_value
from ganstudio.export.curves import curves, first_not_finite
from ganstudio.export.filmed_panel import FilmedPanel
from ganstudio.export.panel_sheet import GAP, captioned, pixels_of, scale_of
from ganstudio.export.run_story import Moment, Story
from ganstudio.export.sheet_bands import Caption, ControlNews, Heading, SheetBands
from ganstudio.ui.collector import collector
from ganstudio.ui.comparison.grid import COLUMNS, CURVES_SHARE, FIRST, ComparisonGrid, has_room_for_curves
from ganstudio.ui.comparison.overlays import MEASURED, OVERLAYS, Overlay, make_overlays
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.comparison_member import Member
from ganstudio.ui.state.session import Session
from ganstudio.ui.theme import Theme, apply


class ComparisonScreen:
    """A sheet with a cell for each run: the same panel in all, with the same axes and colours, and curves below."""

    def __init__(
        self, stories: Sequence[Story], panels: Mapping[str, type[Panel]], layout: str, size: tuple[int, int],
        theme: Theme, note: str = "", fps: int = 30, *, apart: bool = False,
    ) -> None:
        """Lays the sheet out.

        Args:
            stories: The runs, at least two, on data of one kind.
            panels: All that there are, by name.
            layout: The panel of all cells and the curves below them, with commas between; "whole": all curves; empty:
                of two or three runs the losses, and W1 or FID if that was measured more than once.
            size: Width and height, pixels.
            theme: The palette.
            note: A word in the corner.
            fps: Frames a second of the film.
            apart: Whether the moments of the runs can be of different steps: then each cell says its own.

        Raises:
            BadInput: The layout names something that these runs do not have.
        """
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._stories, self._theme, self._apart = stories, theme, apart
        self._width, self._height = size
        columns = COLUMNS[len(stories)]
        self._scale = scale_of(size, columns)
        self._garbage = collector(app)
        apply(app, theme, self._scale)
        session = Session()  # without an engine: nothing in a film can be clicked
        session.set_catalog(stories[0].catalog)
        self._comparison = Comparison(session, None, len(stories))
        for member, story in zip(self._members, stories, strict=True):
            member.run.begin(story.started(member.index + 1))
        self._lost = [first_not_finite(curves(story.scalars)) for story in stories]
        self._sheet = QWidget()
        self._sheet.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self._sheet.resize(*size)
        self._grid = ComparisonGrid(self._comparison, panels)
        panel, below = self._chosen(layout, self._sheet.fontMetrics().lineSpacing())
        self._overlays = list(make_overlays(self._comparison, below).values())
        self._grid.show_panel(panel)
        parts: list[ComparisonGrid | Overlay] = [self._grid, *self._overlays]
        for part in parts:
            part.setParent(self._sheet)
            part.apply_theme(theme)
            part.hide_controls()
        self._filmed = [FilmedPanel(cell.panel) for cell in self._grid.cells if cell.panel is not None]
        self._bands = SheetBands(size, self._scale, theme, self._heading(note))
        self._place(columns)
        self._image = QImage(*size, QImage.Format.Format_RGB32)
        self._image.fill(QColor(theme.window))
        self._sheet.show()
        self._tell_all(app)
        self._frames = 0  # shown so far
        self._values: dict[str, list[str]] = {}  # of each control, run by run, at the moment shown
        self._news = ControlNews(fps)
        self._moved = {change.name for story in stories for _, change in story.moves()}
        self._wheres: list[str] | None = None  # what the cells say of their steps

    @property
    def _members(self) -> list[Member]:
        return self._comparison.members

    def _chosen(self, layout: str, line: int) -> tuple[str, list[str]]:
        """The panel of the cells and the curves below them; ``line``: of a line of text, pixels."""
        offered = [name for _, name in self._grid.offered()]
        usual = next(name for name in (FIRST[self._comparison.kind], *offered) if name in offered)
        if layout == "whole":
            return usual, list(OVERLAYS)
        if not layout:
            if self._grid.rows > 1 or not has_room_for_curves(len(self._stories), self._height, line):
                return usual, []
            often = any(sum(measured.measures.get(name) is not None for measured in story.measured) > 1
                        for story in self._stories for name in MEASURED["distance"])  # one number is no curve
            return usual, ["loss", *(["distance"] if often else [])]
        words = list(dict.fromkeys(word.strip() for word in layout.split(",")))
        if "whole" in words:
            raise BadInput(f"--layout {layout[:200]} is not possible: 'whole' is all that the window shows at first, "
                           "and is given alone")
        for word in words:
            if word not in (*offered, *OVERLAYS):
                raise unknown("panel of a comparison", word, ["whole", *sorted(offered), *OVERLAYS])
        cells = [word for word in words if word in offered]
        if len(cells) > 1:
            raise BadInput(f"--layout {layout[:200]} names {len(cells)} panels: the cells of a comparison all show one "
                           f"panel, and the curves below them are {', '.join(OVERLAYS)}")
        return (cells or [usual])[0], [word for word in words if word in OVERLAYS]

    def _heading(self, note: str) -> Heading:
        """The runs and their data, or if that has no room how many there are."""
        data = dict.fromkeys(member.run.data_name for member in self._members)
        names = ", ".join(member.label for member in self._members)
        runs = f"{len(self._members)} runs"
        on = f" on {next(iter(data))}" if len(data) == 1 else ""
        views = {name for filmed in self._filmed for name in filmed.panel.views}
        return Heading(
            titles=(f"{names}{on}", f"{runs}{on}", runs), end=max(story.end for story in self._stories),
            marks=tuple({position.steps for story in self._stories for position, _ in story.moves()}),
            legend="points" in views, note=note)

    def _place(self, columns: int) -> None:
        """The cells, each as large as the others to the pixel, and the curves below."""
        top, bottom = self._bands.title_height, self._height - self._bands.foot_height
        layout = self._grid.layout()
        assert layout is not None
        layout.setSpacing(GAP)
        rows = -(-len(self._stories) // columns)
        high = round((bottom - top) * (1 - CURVES_SHARE)) if self._overlays else bottom - top
        width, height = ((room - (count - 1) * GAP) // count * count + (count - 1) * GAP
                         for room, count in ((self._width - 2 * GAP, columns), (high, rows)))
        self._grid.setGeometry((self._width - width) // 2, top, width, height)
        left, beside = self._grid.x(), len(self._overlays)
        for at, overlay in enumerate(self._overlays):
            start, end = (left + (width + GAP) * place // beside for place in (at, at + 1))
            overlay.setGeometry(QRect(start, top + height + GAP, end - start - GAP, bottom - top - height - GAP))

    def _tell_all(self, app: QApplication) -> None:
        """Feeds the runs what is true of the whole of them, once."""
        for member, story in zip(self._members, self._stories, strict=True):
            story.tell(member.run)
        app.processEvents()
        for overlay in self._overlays:
            overlay.draw()
        for filmed, story in zip(self._filmed, self._stories, strict=True):
            filmed.panel.show_snapshot(Snapshot(run=filmed.panel.run.number, position=Position(steps=story.end),
                                                views={}, seconds=0.0))
        app.processEvents()
        for filmed in self._filmed:
            filmed.settle()

    @property
    def views(self) -> set[str]:
        """The views that the cells show."""
        return {name for filmed in self._filmed for name in filmed.panel.views}

    # A moment ------------------------------------------------------------------------------------------------

    def show(self, shown: Sequence[tuple[Moment, int]], times: int = 1) -> NDArray[np.uint8]:
        """The sheet at a moment of each run, ``(height, width, 4)`` BGRX; the next one is written over it.

        Args:
            shown: Of each run, in their order: its moment, and for how many frames that one is shown.
            times: For how many frames all of these are.
        """
        moments = [moment for moment, _ in shown]
        steps = max(moment.position.steps for moment in moments)
        self._set_controls(moments)
        wheres = [self._where(at, moment, steps) for at, moment in enumerate(moments)]
        for cell, where in zip(self._grid.cells, wheres, strict=True):
            cell.tell(where)
        changed = [filmed.take(moment, frames) for filmed, (moment, frames) in zip(self._filmed, shown, strict=True)]
        painter = QPainter(self._image)
        if any(changed) or wheres != self._wheres:
            self._wheres = wheres
            self._grid.even_out()
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            self._grid.render(painter, self._grid.pos())
        for overlay in self._overlays:
            overlay.show_at(steps)
            overlay.render(painter, overlay.pos())
        self._bands.paint(painter, steps, self._captions())
        painter.end()
        self._garbage.collect_if_due()
        self._frames += times
        return pixels_of(self._image)

    def _where(self, at: int, moment: Moment, steps: int) -> str:
        """What a cell says of its run's step; from its divergence on, the run has no say in the axes of the others."""
        story, lost, member = self._stories[at], self._lost[at], self._members[at]
        if lost is not None and moment.position.steps >= int(lost.at):
            if member.run.last_diverged is None:
                member.run.take(Diverged(run=member.run.number, good_settings={}, what=Divergence(
                    term=lost.name, at=lost.at, value=str(lost.value))))
            return f"diverged at step {lost.at:,.0f}"
        if steps > story.end:
            return f"ended at step {story.end:,}"
        return f"step {moment.position.steps:,}" if self._apart else ""

    def _set_controls(self, moments: Sequence[Moment]) -> None:
        """The controls of each run as they were; what a run is called follows them."""
        found: dict[str, list[str]] = {}
        for at, (member, moment) in enumerate(zip(self._members, moments, strict=True)):
            for name, value in member.run.rewind_settings(moment.position.steps).items():
                found.setdefault(name, ["–"] * len(moments))[at] = format_value(value)
        if found != self._values:
            self._values = found
            self._comparison.name_runs()
        self._news.see({name: _joined(values) for name, values in found.items()}, self._frames)

    def _captions(self) -> list[Caption]:
        """The controls with their values in the order of the runs: moved ones first, then those that differ."""
        owners: dict[str, Member] = {}
        places: dict[str, int] = {}  # the first that it has in any run: the objective's own controls come first
        for member in self._members:
            for place, name in enumerate(captioned(member.run, self._values, self._moved)):
                owners.setdefault(name, member)
                places[name] = min(place, places.get(name, place))
        captions = []
        for name in sorted(owners, key=lambda name: (
                name not in self._moved, len(set(self._values[name])) == 1, places[name])):
            before = self._news.before(name, self._frames)
            was = f"{before} → " if before is not None else ""
            captions.append((f"{owners[name].run.called(name)} = {was}{_joined(self._values[name])}",
                             before is not None))
        return captions

    def close(self) -> None:
        """Lets go of the widgets."""
        self._sheet.hide()
        self._sheet.deleteLater()


def _joined(values: Sequence[str]) -> str:
    """The values of all runs, once if all have the same."""
    return values[0] if len(set(values)) == 1 else " / ".join(values)
