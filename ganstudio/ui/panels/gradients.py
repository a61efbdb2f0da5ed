"""Gradients: how they travel through both players, what reaches G, and the weights that decide it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from ganstudio.core.design import Dot, Pen, Space, Theme
from ganstudio.core.protocol.messages import Snapshot, Started
from ganstudio.core.protocol.views import Gradients
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.gradients_text import GUIDE, factor, words
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.items import Curve, Scatter
from ganstudio.ui.plotting.scales import histogram_outline, scale_ticks, scaled, whole_decades
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.widgets.captioned_plot import CaptionedPlot

Floats = NDArray[np.float64]
CHOICES = ("all", "layers", "received", "weights", "singular values")
RECEIVED_BINS = 36


class GradientsPanel(Panel):
    """Figure 1b of the WGAN-GP paper, alive, with three distributions beside it."""

    name = "gradients"
    title = "Gradients"
    kinds = ("line", "plane", "image")
    needs = frozenset({"scores"})
    help = "Gradient size by layer of D and G, the gradient that G receives, D's weights; all in the networks' units."
    reading, healthy, sick, formula, papers = GUIDE
    place = {
        "line": Place("upper", order=2),
        "plane": Place("upper", column=1, order=1),
        "image": Place("upper", column=1, order=2),
    }
    views = ("gradients",)
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._view: Gradients | None = None
        self._built = False
        self._order: tuple[int, ...] = ()
        self._slots: tuple[int, int, tuple[int, ...]] | None = None

    def _build(self) -> None:
        """Builds the plots when the panel is shown first: the window need not wait for four plots."""
        self._built = True
        self._choice = QComboBox()
        self._choice.addItems(CHOICES)
        self._choice.setObjectName("gradients.show")
        self._choice.setAccessibleName("Show")
        self._choice.setToolTip("Which plots are shown. “all” shows as many as fit.")
        self._choice.currentIndexChanged.connect(self._arrange)
        self._tools.addWidget(QLabel("show"))
        self._tools.addWidget(self._choice)
        self._tools.addStretch(1)
        self._tiles = (
            CaptionedPlot("Gradient size by layer", "layers from output"),
            CaptionedPlot("Gradient G receives", "norm at each sample"), CaptionedPlot("Weights of D", "weight"),
            CaptionedPlot("Singular values of D", "layers from output"),
        )
        layers, received, weights, singular = (tile.plot for tile in self._tiles)
        self._of_d, self._of_g = Curve(layers, above=1), Curve(layers, above=2)
        self._dots_d, self._dots_g = Scatter(layers, above=3), Scatter(layers, above=4)
        self._received, self._weights = Curve(received), Curve(weights)
        self._clip, self._norm = Curve(weights, pairs=True, above=2), Curve(singular, above=2)
        self._singular = Scatter(singular, above=1)
        for tile, hover in zip(self._tiles, (
            self._hover_layers, self._hover_received, self._hover_weights, self._hover_singular,
        ), strict=True):
            tile.plot.on_painted(self.painted.emit)
            tile.plot.on_hover(hover)
        holder = QWidget()
        self._grid = QGridLayout(holder)
        self._grid.setContentsMargins(0, 0, Space.CLOSE, 0)
        self._grid.setSpacing(Space.TIGHT)
        self.set_body(holder)
        self.apply_theme(self.theme)
        if self.run.started is not None:
            self.begin(self.run.started)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        if not self._built:
            return
        for tile in self._tiles:
            tile.plot.apply_theme(theme, self.font())
        self._of_d.set_style(theme.discriminator, Pen.USUAL)
        self._of_g.set_style(theme.generated, Pen.USUAL)
        self._dots_d.set_style(theme.discriminator, Dot.KNOT, filled=True)
        self._dots_g.set_style(theme.generated, Dot.KNOT, filled=True, symbol="d")
        self._received.set_style(theme.generated, Pen.LIGHT, fill=theme.generated)
        self._weights.set_style(theme.discriminator, Pen.LIGHT, fill=theme.discriminator)
        self._clip.set_style(theme.truth, Pen.LIGHT, dashed=True)
        self._norm.set_style(theme.truth, Pen.LIGHT, dashed=True)
        self._singular.set_style(theme.discriminator, Dot.FINE, filled=True)
        self._slots = None
        self._arrange()
        self._redraw()

    def begin(self, started: Started) -> None:
        self._view = None
        self.set_headline("Waiting for the first gradients…")
        if not self._built:
            return
        for tile in self._tiles:
            tile.plot.following = True
            tile.caption("")
        for curve in (self._of_d, self._of_g, self._received, self._weights, self._clip, self._norm):
            curve.show(np.zeros(0), np.zeros(0))
        for dots in (self._dots_d, self._dots_g, self._singular):
            dots.show(np.zeros((0, 2)))
        self._arrange()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("gradients")
        if not isinstance(view, Gradients) or not self._built:
            return
        self._view = view
        self._arrange()
        self._redraw()
        variant = self.run.variant
        self.set_headline(words(view, variant.discriminator_word if variant else "discriminator"))

    # Where the plots are ---------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        """Shows as many plots as can be read in the room there is, the most useful ones first."""
        line = self.fontMetrics().height()
        across = max(1, self.width() // (13 * line))
        down = max(1, (self.height() - 5 * line) // (11 * line))
        chosen = self._choice.currentIndex()
        across, down = (2, 2) if min(across, down) >= 2 else (across, down)
        shown: tuple[int, ...] = (chosen - 1,) if chosen > 0 else telling(self._view)[: across * down]
        for tile in self._tiles:
            tile.terse(self.height() < 13 * line)
        if (slots := (across, down, shown)) == self._slots:
            return
        self._slots = slots
        for tile in self._tiles:
            self._grid.removeWidget(tile)
            tile.hide()
        for place, index in enumerate(shown):
            self._grid.addWidget(self._tiles[index], place // across, place % across)
            self._tiles[index].show()

    # Drawing ---------------------------------------------------------------------------------------------------

    def _redraw(self) -> None:
        if self._view is None:
            return
        with np.errstate(all="ignore"):  # what diverges is shown as it is
            self._draw_layers(self._view)
            self._draw_received(self._view)
            self._draw_weights(self._view)
            self._draw_singular(self._view)

    def _draw_layers(self, view: Gradients) -> None:
        found: list[Floats] = []
        for norms, curve, dots in (
            (view.discriminator, self._of_d, self._dots_d), (view.generator, self._of_g, self._dots_g),
        ):
            y = scaled(norms.doubles()[::-1], "log", 1)
            y[~np.isfinite(y)] = np.nan
            x = np.arange(len(y), dtype=np.float64)
            curve.show(x, y)
            dots.show(np.stack([x, y], axis=1))
            found.append(y)
        y = np.concatenate(found)
        plot, longest = self._tiles[0].plot, max(len(part) for part in found)
        _show_log(plot, y, (-0.4, max(longest, 2) - 0.6))
        plot.ticks("bottom", [(float(k), str(k)) for k in range(0, longest, 1 + longest // 8)])
        theme = self.theme
        slopes = [f"<span style='color:{colour}'>{mark}</span> {player} {factor(slope)}"
                for player, mark, colour, slope in (("D", "●", theme.discriminator, view.decades_d),
                                                    ("G", "◆", theme.generated, view.decades_g)) if slope is not None]
        self._tiles[0].caption(f"{'&nbsp; '.join(slopes)} per layer" if slopes else "needs two layers")

    def _draw_received(self, view: Gradients) -> None:
        norms = view.received.doubles()
        logs = scaled(norms, "log", 1)
        logs = logs[np.isfinite(logs)]
        tile = self._tiles[1]
        if not len(logs):
            self._received.show(np.zeros(0), np.zeros(0))
            tile.caption("nothing" if (norms == 0).all() else "not finite")
            return
        low, high = whole_decades(logs)
        counts, edges = np.histogram(logs, RECEIVED_BINS, (low, high))
        self._received.show(*histogram_outline(edges, counts / len(norms)))
        margin = 0.04 * (high - low)
        tile.plot.show_range((low - margin, high + margin), (0.0, 1.15 * counts.max() / len(norms)))
        tile.plot.ticks("bottom", scale_ticks(*tile.plot.x_range(), "log", 1))
        zero = f", {np.mean(norms == 0):.0%} exactly 0" if (norms == 0).any() else ""
        tile.caption(f"median {figure(np.median(norms), 2)}{zero}")

    def _draw_weights(self, view: Gradients) -> None:
        edges, shares = view.edges.doubles(), view.weights.doubles()
        self._weights.show(*histogram_outline(edges, shares))
        top = 1.15 * max(float(shares.max(initial=0)), 1e-3)
        reach = 1.08 * float(edges[-1])
        tile = self._tiles[2]
        if view.bound is not None:
            at = np.array([-view.bound, -view.bound, view.bound, view.bound])
            self._clip.show(at, np.array([0.0, top, 0.0, top]))
            tile.caption(f"{view.at_bound or 0:.0%} at ±{view.bound:g} (dashed)")
        else:
            self._clip.show(np.zeros(0), np.zeros(0))
            tile.caption(f"all within ±{figure(edges[-1], 2)}; no clipping")
        tile.plot.show_range((-reach, reach), (0.0, top))

    def _draw_singular(self, view: Gradients) -> None:
        values = [layer.doubles() for layer in view.singular[::-1]]
        # Each layer's own run from its largest value on the left to its smallest on the right.
        dots = [np.stack([place + np.linspace(-0.5, 0.5, len(layer)) * min(0.72, 0.05 * (len(layer) - 1)), layer],
                         axis=1) for place, layer in enumerate(values)]
        drawn = np.concatenate(dots) if dots else np.zeros((0, 2))
        self._singular.show(drawn)
        finite = drawn[np.isfinite(drawn[:, 1]), 1]
        largest = float(finite.max(initial=0))
        tile, count = self._tiles[3], max(len(values), 1)
        bound = view.spectral_bound
        self._norm.show(np.array([-0.6, count - 0.4]), np.full(2, np.nan if bound is None else bound))
        tile.plot.show_range((-0.6, count - 0.4), (0.0, 1.12 * max(largest, bound or 0.0, 1e-6)))
        tile.plot.ticks("bottom", [(float(k), str(k)) for k in range(0, count, 1 + count // 8)])
        tile.caption(f"largest {figure(largest)}{'; c dashed' * (bound is not None)}" if len(finite) else "not finite")

    # Under the pointer -----------------------------------------------------------------------------------------

    def _hover_layers(self, x: float, y: float) -> None:
        if self._view is None:
            return
        texts = [f"{player} {figure(norms[::-1][round(x)])}" for player, norms in (
            ("D", self._view.discriminator.doubles()), ("G", self._view.generator.doubles())
        ) if 0 <= round(x) < len(norms)]
        self.show_hover_value(f"{round(x)} layers from the output: gradient norm {', '.join(texts)}" if texts else "")

    def _hover_received(self, x: float, y: float) -> None:
        if self._view is None:
            return
        norms = self._view.received.doubles()
        if not len(norms):
            return
        value = 10.0 ** min(max(x, -300.0), 300.0)
        self.show_hover_value(f"{np.mean(norms > value):.0%} of the samples receive more than {figure(value)}")

    def _hover_weights(self, x: float, y: float) -> None:
        if self._view is None:
            return
        edges, shares = self._view.edges.doubles(), self._view.weights.doubles()
        bin_ = int(np.searchsorted(edges, x)) - 1
        if 0 <= bin_ < len(shares):
            self.show_hover_value(
                f"{shares[bin_]:.1%} of D's weights are between {figure(edges[bin_])} and {figure(edges[bin_ + 1])}")

    def _hover_singular(self, x: float, y: float) -> None:
        if self._view is None:
            return
        values = self._view.singular[::-1]
        if 0 <= round(x) < len(values):
            layer = values[round(x)].doubles()
            self.show_hover_value(
                f"{round(x)} layers from the output: singular values {figure(layer[0])} to {figure(layer[-1])}")

    # Qt --------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._built:
            self._arrange()

    def on_first_shown(self) -> None:
        if not self._built:
            self._build()


def telling(view: Gradients | None) -> tuple[int, int, int, int]:
    """The plots, the most useful ones first: with clipping the weights, with spectral norm the singular values."""
    if view is not None and view.bound is not None:
        return 0, 2, 1, 3
    if view is not None and view.spectral_bound is not None:
        return 0, 3, 1, 2
    return 0, 1, 2, 3


def _show_log(plot: Plot, y: Floats, x_range: tuple[float, float]) -> None:
    finite = y[np.isfinite(y)]
    if len(finite):
        low, high = whole_decades(finite)
        margin = 0.04 * (high - low)  # the outermost labels are not cut
        plot.show_range(x_range, (low - margin, high + margin))
    plot.ticks("left", scale_ticks(*plot.y_range(), "log", 1))
