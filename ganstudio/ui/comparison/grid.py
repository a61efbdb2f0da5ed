"""The cells of a comparison side by side, with the same panel in all, linked axes and one range of colours."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.ui.comparison.cell import Cell
from ganstudio.ui.comparison.overlays import run_colours
from ganstudio.ui.comparison.points_over_landscape import PointsOverLandscape
from ganstudio.ui.panel import Panel, abilities_of
from ganstudio.ui.panels.landscape import LandscapePanel
from ganstudio.ui.plotting.axis_link import AxisLink
from ganstudio.ui.plotting.colour_link import ColourLink
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.comparison_member import Member
from ganstudio.ui.theme import Theme

COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3}
LINES_FOR_CURVES = 13  # lines of text for each row of cells: with less there is no room for curves below
LINES_BESIDE = 16  # that the curves take, and what is above and below all of it
CURVES_SHARE = 0.3  # of the height, of the curves below the cells
FIRST = {"plane": PointsOverLandscape.name, "line": "line", "image": "samples"}  # shown at first, by kind of data


def has_room_for_curves(runs: int, height: int, line: int) -> bool:
    """Whether curves fit below the cells of so many runs.

    Args:
        runs: How many.
        height: Of the whole picture, pixels.
        line: Of a line of text, pixels.
    """
    rows = -(-runs // COLUMNS.get(runs, 3))
    return height >= (LINES_FOR_CURVES * rows + LINES_BESIDE) * line


class ComparisonGrid(QWidget):
    """A cell for each run."""

    opened = Signal(object, bool)  # Member, and whether it is to train on: it is wanted alone

    def __init__(self, comparison: Comparison, panels: Mapping[str, type[Panel]]) -> None:
        """Makes empty cells.

        Args:
            comparison: The runs.
            panels: All panels of the window, by name.
        """
        super().__init__()
        self._comparison = comparison
        self._kinds: dict[str, type[Panel]] = {PointsOverLandscape.name: PointsOverLandscape, **panels}
        self._links: dict[str, AxisLink] = {}  # by panel
        self._colours: ColourLink | None = ColourLink()
        self.chosen = ""  # the panel that all cells show
        self.cells = [Cell(member, self._kinds, "Its file is kept; the runs here are paused.")
                      for member in comparison.members]
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.TIGHT)
        columns = COLUMNS.get(len(self.cells), 3)
        for at, cell in enumerate(self.cells):
            layout.addWidget(cell, at // columns, at % columns)
            cell.opened.connect(lambda on, cell=cell: self.opened.emit(cell.member, on))
        for column in range(columns):
            layout.setColumnStretch(column, 1)
        self.rows = -(-len(self.cells) // columns)
        for row in range(self.rows):
            layout.setRowStretch(row, 1)
        for member in comparison.members:
            member.run.diverged.connect(lambda _, member=member: self._leave_out(member))
            member.run.began.connect(lambda _: self._forget())

    def offered(self) -> list[tuple[str, str]]:
        """Titles and names of the panels that every run has something for."""
        runs = [member.run for member in self._comparison.members if member.run.started is not None]
        return [(panel.title, name) for name, panel in self._kinds.items()
                if (panel.pictures or panel.measures) and not panel.interactive and all(
                    panel.fits(run.kind, abilities_of(run.started, run.variant)) for run in runs if run.started)]

    def show_panel(self, name: str) -> None:
        """Shows a panel in all cells."""
        self.chosen = name
        link = self._links.setdefault(name, AxisLink())
        for cell in self.cells:
            fresh = name not in cell.panels
            panel = cell.show_panel(name)
            if fresh and panel.plot is not None:
                panel.plot.link(link)
            if isinstance(panel, LandscapePanel):
                panel.colour_link = self._colours
            if cell.member.run.last_diverged is not None:
                self._leave_out(cell.member)

    def link_colours(self, on: bool) -> None:
        """Whether the colours of all landscapes mean the same."""
        self._colours = ColourLink() if on else None
        for cell in self.cells:
            for panel in cell.panels.values():
                if isinstance(panel, LandscapePanel):
                    panel.colour_link = self._colours
                    panel.apply_theme(panel.theme)  # it is drawn anew, also while its run is paused
            cell.bare()

    def hide_controls(self) -> None:
        """Hides what can be clicked in the cells: for films."""
        for cell in self.cells:
            cell.hide_controls()

    def even_out(self) -> None:
        """Has all cells show the same axes and colours at once, and not each with its next picture: for films."""
        for link in self._links.values():
            link.even_out()
        for cell in self.cells:
            if isinstance(cell.panel, LandscapePanel):
                cell.panel.match_colours()

    def fit_axes(self) -> None:
        """Shows the whole of all plots again after the user has moved one."""
        for link in self._links.values():
            link.forget()
        for cell in self.cells:
            for panel in cell.panels.values():
                if (plot := panel.plot) is not None:
                    plot.following = True
                if cell.member.run.started is not None and panel.name in FIRST.values():
                    started = cell.member.run.started
                    if panel.plot is not None and self._comparison.kind == "plane":
                        panel.plot.show_range((started.low, started.high), (started.low, started.high))

    def _leave_out(self, member: Member) -> None:
        """A run that has diverged has no say in what the others show."""
        for name, panel in self.cells[member.index].panels.items():
            if panel.plot is not None and name in self._links:
                self._links[name].remove(panel.plot)
            if isinstance(panel, LandscapePanel) and panel.colour_link is not None:
                panel.colour_link.forget(id(panel))
                panel.colour_link = None

    def _forget(self) -> None:
        """Another run begins: it has a say again."""
        for name, link in self._links.items():
            link.forget()
            for cell in self.cells:
                panel = cell.panels.get(name)
                if panel is not None and panel.plot is not None:
                    link.remove(panel.plot)
                    link.add(panel.plot)
                if isinstance(panel, LandscapePanel):
                    panel.colour_link = self._colours

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette, and the text's size as it is."""
        for cell, colour in zip(self.cells, run_colours(theme), strict=False):
            cell.apply_theme(theme, colour)

    def tell(self, at: int | None) -> None:
        """Says in each cell what its run is called and how it is; ``at``: the step that is shown, if not live."""
        comparison = self._comparison
        apart = comparison.clock == "time" or not comparison.playing
        steps = {member.steps for member in comparison.members if member.alive}
        for cell in self.cells:
            member = cell.member
            shown = member.history.at
            if at is not None:
                where = f"step {shown:,}" if shown is not None and shown != at else ""
            elif member.run.started is None:
                where = ""
            elif member.playing or not comparison.playing:
                where = f"step {member.steps:,}" if apart and len(steps) > 1 else ""
            else:
                where = f"step {member.steps:,}"
            cell.tell(where)
