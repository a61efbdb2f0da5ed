"""Droplet bench: one spike in a map of unit noise, through instance norm and through demodulation."""

from __future__ import annotations

import math
from itertools import groupby

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.core.droplet import (
    Floats,
    background_factor,
    demodulated,
    instance_normed,
    peak_over_rms,
    spiked,
    unit_noise,
)
from ganstudio.core.images import Bytes
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.plotting.colors import colour_table
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.image_grid import ImageGrid
from ganstudio.ui.widgets.named_slider import NamedSlider
from ganstudio.ui.widgets.number_table import NumberTable
from ganstudio.ui.widgets.side_by_side import SideBySide
from ganstudio.views.droplet import Droplet

SIDE = 16  # of the map: 256 values
HEIGHTS = (0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500)
LISTED = (1, 10, 50, 500)
AT_FIRST = 50
STYLE = 3.0  # any: demodulation takes it away
SCALE = 3.0  # standard deviations of the noise that have full colour: the same in all three maps
NORM, DEMODULATION = "instance norm", "demodulation"


class DropletPanel(Panel):
    """Three maps on one scale of colours, the exact factors, and how far the run's own maps have a spike."""

    name = "droplet"
    title = "Droplet bench"
    kinds = ("image",)
    needs = frozenset({"styles"})
    help = ("One spike in a map of noise: instance norm makes all other values small, demodulation leaves them alone. "
            "That is how droplets come about.")
    reading = ("The map is unit noise with a spike of height h in the middle; all three maps have one scale of "
               "colours, purple below 0 and green above. The table is by how much all other values are multiplied. "
               "The last line is the run's own: peak over rms is the largest value of a map over its root mean square, "
               "at most the side of the map, in the channel where it is largest.")
    healthy = "Peak over rms of the run's own maps is like that of noise, about 3 to 7, and no layer stands out."
    sick = ("In one layer it is a large part of the side: one pixel outshines its map. In pictures of 64 px and more "
            "such spikes look like drops of water.")
    formula = (r"\frac{1}{\sqrt{1 + \frac{h^2}{HW} (1 - \frac{1}{HW})}} \;\; \mathrm{against} \;\; 1")
    papers = "Karras et al. 2020, StyleGAN2, arXiv:1912.04958, section 2"
    place = {"image": Place("upper", column=1, order=9)}
    views = ("droplet",)
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._noise, self._middle = unit_noise(SIDE)
        self._height = NamedSlider("droplet.height", "spike h", "Height of the spike",
                                   "Height of the spike, in standard deviations of the noise",
                                   lambda step: f"{HEIGHTS[step]}", str(HEIGHTS[-1]))
        self._height.set(0, len(HEIGHTS) - 1, HEIGHTS.index(AT_FIRST))
        self._height.moved.connect(lambda _: self._show())
        self._tools.addWidget(self._height)
        self._given = self._map("the map")
        self._normed = self._map(NORM)
        self._demodulated = self._map(DEMODULATION)
        self._table = NumberTable(["multiplied by", "h now", *(f"h {height}" for height in LISTED)],
                                  numbers=1 + len(LISTED))
        self._table.setObjectName("droplet.table")
        self._table.setAccessibleName("By what all other values are multiplied")
        self._table.setRowCount(2)
        self._own = QLabel()
        self._own.setWordWrap(True)
        self._own.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._own.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(Space.USUAL, Space.TIGHT, Space.USUAL, Space.USUAL)
        column.setSpacing(Space.TIGHT)
        column.addWidget(SideBySide(self._given, self._normed, self._demodulated, gap=Space.TIGHT), 1)
        column.addWidget(self._table)
        column.addWidget(self._own)
        self.set_body(body)

    def _map(self, title: str) -> ImageGrid:
        grid = ImageGrid(title, filled=False)
        grid.setAccessibleName(title)
        grid.painted.connect(self.painted.emit)
        return grid

    @property
    def height_of_spike(self) -> int:
        """Standard deviations of the noise."""
        return HEIGHTS[self._height.value]

    def begin(self, started: Started) -> None:
        self._own.setText("This run's own maps: waiting for the first ones…")
        self._show()

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        if steps is not None:  # what was recorded by then follows
            self._own.setText("This run's own maps: nothing was recorded of this moment.")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("droplet")
        self._given.update()
        if isinstance(view, Droplet):
            self._own.setText(words(view))

    def _show(self) -> None:
        height = self.height_of_spike
        given = spiked(self._noise, self._middle, height)
        for grid, values in ((self._given, given), (self._normed, instance_normed(given)),
                             (self._demodulated, demodulated(given, STYLE))):
            grid.show_images(self._colours(values))
        for row, (title, factor) in enumerate(((NORM, background_factor), (DEMODULATION, _unmoved))):
            self._table.write(row, 0, title, f"What {title} makes of all values but the spike")
            for column, listed in enumerate((height, *LISTED), start=1):
                self._table.write(row, column, f"{factor(listed, SIDE * SIDE):.3f}",
                                  f"{title}, a spike of {listed} among {SIDE * SIDE} values")
        factor_now = background_factor(height, SIDE * SIDE)
        self.set_headline(f"A spike of {height}: {NORM} multiplies all other values by {factor_now:.3f}, "
                          f"{DEMODULATION} by 1.")

    def _colours(self, values: Floats) -> Bytes:
        table = colour_table(self.theme.low, self.theme.middle, self.theme.high)
        at = (127.5 + 127.5 * values / SCALE).clip(0, 255).astype(int)
        found: Bytes = table[at][None]
        return found

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._height.fit_text()
        for grid in (self._given, self._normed, self._demodulated):
            grid.apply_theme(theme)
        row = self._table.fontMetrics().height() + Space.USUAL
        self._table.setFixedHeight(3 * row + 2 * Space.USUAL)
        self._show()


def _unmoved(height: float, pixels: int) -> float:
    """What demodulation multiplies all other values by, computed as the map is."""
    return float(demodulated(np.ones(1), STYLE)[0])


def words(view: Droplet) -> str:
    """Peak over rms of each layer's maps, and the largest."""
    peaks = [float(peak) for peak in view.peaks.numpy()]
    levels = groupby(zip(view.sides, peaks, strict=True), key=lambda each: each[0])
    listed = "; ".join(f"{side} px: {', '.join(figure(peak, 2) for _, peak in group)}" for side, group in levels)
    known = [at for at, peak in enumerate(peaks) if math.isfinite(peak)]
    text = f"This run's own maps, peak over rms: {listed}."
    if not known:
        return text
    side, peak = max(((view.sides[at], peaks[at]) for at in known), key=lambda each: each[1])
    noise = peak_over_rms(unit_noise(side)[0])
    return (f"{text} The largest is {figure(peak, 2)} at {side} px: noise has {figure(noise, 2)}, one bright pixel "
            f"{side}.")
