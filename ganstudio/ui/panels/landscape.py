"""Landscape: the discriminator's score over the plane, with contours, and where it pulls the generated points."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ganstudio.core.design import Dot, Pen, Space
from ganstudio.core.protocol.messages import MeasuredNow, Progress, Snapshot, Started
from ganstudio.core.protocol.views import Boundary, Landscape
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.class_chooser import ClassChooser
from ganstudio.ui.panels.parts.landscape_text import words
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.colors import colour_table, packed, stretched
from ganstudio.ui.plotting.colour_link import LOGITS, ColourLink
from ganstudio.ui.plotting.items import Arrows, Curve, Floats, Picture, Scatter
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.color_bar import ColorBar, probability
from ganstudio.ui.widgets.legend import add_swatch

SIDE = 240  # pixels of the heatmap, which Qt stretches
LEVELS = 10
WITHIN = 0.98  # of the logits lie between the ends of the colours: a cliff at one place must not grey all others
NEAREST = 0.1  # logit at the ends at least: nearer to undecided there is nothing to tell apart
PLOTS = 2.5  # times the colour bar's width: a panel as wide as that has room for it
FAR = 1e6  # how far values may lie beyond the colour table: cut here, the blend of two cells is still right
STEPS = (np.arange(256) * LEVELS // 255).astype(np.uint8)  # the contour step of each of the 256 colours


class LandscapePanel(Panel):
    """High where the discriminator takes a point for real. Arrows: its gradient at generated points.

    The dashed line is where the optimal discriminator against this generator would be undecided.
    """

    name = "landscape"
    title = "Critic landscape"
    kinds = ("plane",)
    help = ("The discriminator's score everywhere. Green: D says real (critics: a higher score). Dashed: where the "
            "best possible D would be undecided. Arrows: where D pulls the generated points.")
    reading = ("The colour is D's score at each place. If the scores are logits, the middle colour is where D is "
               "undecided. Arrows start at generated points and show where D's score rises fastest: G moves its "
               "points that way.")
    healthy = ("The score changes smoothly between generated and real points, the arrows lead towards the data, and "
               "the typical slope stays about the same. Once G has learnt the data, little is left to tell apart.")
    sick = ("Cliffs with a slope that grows and grows, or plateaus where the generated points are: there the arrows "
            "have no length, and G learns nothing.")
    formula = r"D(x), \quad \nabla_x D(x)"
    papers = "Gulrajani et al. 2017, arXiv:1704.00028, figure 1 (value surfaces of critics)"
    place = {"plane": Place("upper", column=1)}
    views: ClassVar[tuple[str, ...]] = ("landscape", "boundary")
    pictures = True

    asks = Signal()  # another class than before
    colour_link: ColourLink | None = None  # one range of colours for several runs

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._contours, self._arrows_box = self.add_toggle("contours", "C"), self.add_toggle("arrows", "A")
        self._optimum = self.add_toggle("optimum", "O")
        self._chooser = ClassChooser(
            commands.shown_class, self.name, "class",
            "The class that D is asked about everywhere. The points with arrows were made for it. A recorded moment "
            "keeps its class.")
        self._tools.addWidget(self._chooser)
        commands.shown_class.changed.connect(self.asks)
        self._tools.addStretch(1)
        self._plot = Plot(square=True)
        self._picture = Picture(self._plot)
        self._points = Scatter(self._plot, above=2)
        self._arrows = Arrows(self._plot, above=3)
        self._boundary = Curve(self._plot, above=4)
        self._optimum.toggled.connect(self._boundary.visible)
        self._bar = ColorBar()
        self._arrows_box.toggled.connect(self._arrows.visible)
        self._arrows_box.toggled.connect(self._points.visible)
        self._contours.toggled.connect(self._redraw)
        self._plot.on_painted(self.painted.emit)
        self._plot.on_hover(self._hover)
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, Space.CLOSE, 0)
        layout.setSpacing(Space.HAIR)
        layout.addWidget(self._plot.widget, 1)
        layout.addWidget(self._bar)
        self.set_body(row)
        self._low = self._high = 0.0
        self._drawn = (0.0, 0.0)  # the scores that have the ends of the colours on screen
        self._extent = (0.0, 0.0)  # what the landscape lies over
        self._view: Landscape | None = None
        self._bounded = False
        run.progressed.connect(self._progressed)
        self._colours = np.zeros(512, dtype=np.uint32)  # 256, and the same on a contour

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._plot.apply_theme(theme, self.font())
        self._points.set_style(theme.generated, Dot.FINE, filled=True)
        self._arrows.set_style(theme.generated, Pen.FINE)
        self._boundary.set_style(theme.truth, Pen.USUAL, dashed=True)
        add_swatch(self._arrows_box, theme.generated)
        add_swatch(self._optimum, theme.truth, dashed=True)
        table = colour_table(theme.low, theme.middle, theme.high)
        shade = 100 if theme.name == "dark" else 40
        self._colours = packed(np.concatenate([table, (table * 0.6 + shade).astype(np.uint8)]))
        self._bar.apply_theme(theme, table)
        self._make_room()
        self._redraw()

    def begin(self, started: Started) -> None:
        self._plot.following = True
        self._plot.use_units(started.user_units)
        self._extent = started.low, started.high
        self._plot.show_range(self._extent, self._extent)
        self._low = self._high = 0.0
        self._view = None
        self._show_boundary(np.zeros((0, 2), dtype=np.float32))
        self._show_nothing()
        self.set_headline("Waiting for the first landscape…")

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._view = None  # another moment: the colours' range does not follow, it jumps
        self._chooser.setEnabled(steps is None)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        boundary = snapshot.views.get("boundary")
        if isinstance(boundary, Boundary):
            self._show_boundary(boundary.at.numpy())
        view = snapshot.views.get("landscape")
        if not isinstance(view, Landscape):
            return
        with np.errstate(all="ignore"):  # a critic that explodes is shown as it is
            self._show(view)

    def _show_boundary(self, at: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
        """Draws polylines ``(k, 2)``, or says why there are none."""
        self._boundary.show(at[:, 0], at[:, 1])
        self._bounded = len(at) > 0
        self._optimum.setEnabled(self._bounded)
        self._optimum.setToolTip(
            "Show or hide the dashed line: where the best possible D against this generator would be undecided (p = "
            "q), estimated from a thousand samples (Alt+O)" if self._bounded else
            "Not available: the best D of this objective or the density of the data is not known, or the two "
            "densities are nowhere equal")

    def _show(self, view: Landscape) -> None:
        if self._extent != (view.low, view.high):  # a control has moved the data
            self._extent = view.low, view.high
            self._plot.show_range(self._extent, self._extent)
        fresh = self._view is None or self._view.label != view.label  # else the colours' range would drift for a while
        self._view = view
        playing = self.run.progress is not None and self.run.progress.playing
        values = view.values.numpy()
        finite = values[np.isfinite(values)]
        self._picture.visible(len(finite) > 0)
        if not len(finite):  # else the last finite landscape would be taken for this one
            self._view = None
            self._show_nothing()
            self.set_headline("The discriminator's scores are not finite numbers any more: the run has diverged.")
            self.painted.emit()
            return
        low, high = _ends(finite, view.kind)
        share = 1.0 if fresh or not playing else 0.25  # while it plays, the colours' range follows without flicker
        self._low += share * (low - self._low)
        self._high += share * (high - self._high)
        self._redraw()
        gradient = view.gradient.doubles()
        length = np.linalg.norm(gradient, axis=1)
        slope = float(np.median(length)) if len(length) else 0.0
        self._show_arrows(view, gradient, length, slope)
        variant, packing = self.run.variant, self.run.settings.get("packing", 1)
        self.set_headline(words(slope, variant.discriminator_word if variant else "discriminator",
                       dashed=self._bounded and self._optimum.isChecked(), logit=view.kind == "logit", label=view.label,
                       packing=packing if isinstance(packing, int) else 1, unit=self.run.units.scale))

    def _show_nothing(self) -> None:
        if self.colour_link is not None:
            self.colour_link.forget(id(self))
        self._picture.visible(False)
        self._bar.forget()
        self._points.show(np.zeros((0, 2)))
        self._arrows.show(np.zeros((0, 2)), np.zeros((0, 2)))

    def _progressed(self, progress: Progress) -> None:
        """Once the run is paused, the colours' range is that of the picture alone, whatever came before it."""
        if progress.playing or self._view is None:
            return
        values = self._view.values.numpy()
        ends = _ends(values[np.isfinite(values)], self._view.kind)
        if ends != (self._low, self._high):
            self._low, self._high = ends
            self._redraw()

    def match_colours(self) -> None:
        """Draws the landscape again if a picture of another run has changed what the linked colours mean."""
        if self._view is not None and self._linked_ends() != self._drawn:
            self._redraw()

    def _linked_ends(self) -> tuple[float, float]:
        if self.colour_link is None:
            return self._low, self._high
        return self.colour_link.ends(id(self), self._scale, self._low, self._high)

    def _redraw(self) -> None:
        if self._view is None:
            return
        low, high = self._drawn = self._linked_ends()
        span = max(high - low, 1e-9)
        # Float32 scores can differ by more than float32 holds.
        share = np.nan_to_num(self._view.values.doubles()) / span - low / span
        level = np.clip(stretched(np.clip(share * 255, -FAR, FAR), SIDE), 0, 255).astype(np.uint8)
        colour = level.astype(np.uint16)
        if self._contours.isChecked():
            step = STEPS[level]
            edge = np.zeros((SIDE, SIDE), dtype=bool)
            edge[1:] = step[1:] != step[:-1]
            edge[:, 1:] |= step[:, 1:] != step[:, :-1]
            colour[edge] += 256
        sides = (self._view.low, self._view.high)
        self._picture.show(np.take(self._colours, colour), sides, sides)
        self._bar.show_range(low, high, probability=self._view.kind == "logit")

    @property
    def _scale(self) -> str:
        """With which other runs the scores can be compared: all logits, all critics, or those of the same variant."""
        variant = self.run.variant
        if (self._view is not None and self._view.kind == LOGITS) or variant is None:
            return LOGITS
        return "critic" if variant.reads_w1 else variant.name

    def _show_arrows(self, view: Landscape, gradient: Floats, length: Floats, usual: float) -> None:
        """Draws ``(n, 2)`` gradients of ``(n,)`` length, the median of which is ``usual``."""
        at = view.at.numpy()
        reach = 0.07 * (view.high - view.low)
        # The median arrow has one length on screen; the others keep their proportion up to three times that.
        scale = np.minimum(reach / max(usual, 1e-12), 3 * reach / np.maximum(length, 1e-12)) if usual > 0 else 0.0
        self._points.show(at)
        self._arrows.show(at, gradient * np.asarray(scale)[..., None])

    def _make_room(self) -> None:
        """Hides the colour bar if the panel is narrow: the scores can be read at the pointer."""
        self._bar.setVisible(self.width() >= PLOTS * self._bar.width())

    def _hover(self, x: float, y: float) -> None:
        if self._view is None:
            return
        values = self._view.values.numpy()
        n = values.shape[0]
        column, row = (int((v - self._view.low) / (self._view.high - self._view.low) * n) for v in (x, y))
        if 0 <= row < n and 0 <= column < n:
            value = float(values[row, column])
            self._bar.mark(value)
            score = figure(value, 4)
            said = f"{figure(probability(value))} (logit {score})" if self._view.kind == "logit" else score
            units = self.run.units
            place = f"{x:.2f}, {y:.2f}" if units.same else f"{units.text(x)}, {units.text(y, 1)}"
            self.show_hover_value(f"D({place}) = {said}")

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()


def _ends(finite: Floats, kind: str) -> tuple[float, float]:
    """The scores that get the two ends of the colours; of logits the middle is undecided, and few outliers count."""
    if kind != "logit":
        return float(finite.min()), float(finite.max())
    reach = max(float(np.quantile(np.abs(finite), WITHIN)), NEAREST)
    return -reach, reach
