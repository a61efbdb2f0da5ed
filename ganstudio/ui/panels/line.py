"""Line: Goodfellow's figure 1 alive: both densities, D with its optimum dashed, and where G sends its latent."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ganstudio.core.design import Dot, Pen
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.protocol.views import Array, Line
from ganstudio.core.system.wording import figure
from ganstudio.core.ticks import round_numbers
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.class_chooser import ClassChooser
from ganstudio.ui.panels.parts.line_text import FARTHEST, Floats, score_text, words
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.items import Curve, Scatter
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.legend import add_swatch

REACH = 0.9  # of the picture's height, at which D(x) = 1 is drawn
ROOM = 15  # lines of text: a panel less high has no room for the latent


class LinePanel(Panel):
    """Both densities against one axis; D against its own, as a probability or between the extremes that it has."""

    name = "line"
    title = "Line"
    kinds = ("line",)
    help = ("Densities of data (blue) and generator (orange), D(x) (green) and its optimum (dashed). Below: how G "
            "maps z to x.")
    reading = ("Blue and orange are the densities of data and generator on one axis. Green is D, on the axis at the "
               "right. Below, lines lead from latents of equal mass to where G sends them: where many end, G's "
               "density is high.")
    healthy = ("Orange overlaps blue, and D stays close to its dashed optimum. A D with logits then says ½ wherever "
               "both densities are equal.")
    sick = ("Orange covers one peak and leaves another out. Or D is 0 or 1 almost everywhere: it separates the two "
            "fully, and with the original loss G gets no gradient.")
    formula = r"D^*(x) = \frac{p(x)}{p(x) + q(x)}"
    papers = "Goodfellow et al. 2014, Generative Adversarial Nets, arXiv:1406.2661, figure 1 and proposition 1"
    place = {"line": Place("upper")}
    legend = True
    views = ("line",)
    pictures = True

    asks = Signal()  # another class than before

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._plot = Plot(x_label="x", y_label="density")
        self._plot.right_axis("D(x)")
        self._data = Curve(self._plot, above=1)
        self._generator = Curve(self._plot, above=2)
        self._score = Curve(self._plot, above=3)
        self._optimum = Curve(self._plot, above=4)
        self._latent = Plot()
        self._latent.right_axis("")
        self._latent.mouse(False)
        self._threads = Curve(self._latent, pairs=True, above=1)
        self._starts = Scatter(self._latent, above=2)
        self._ends = Scatter(self._latent, above=2)
        self._beyond = Scatter(self._latent, above=3)
        self._boxes = [self.add_toggle(text, key) for text, key in (
            ("real", "X"), ("generated", "G"), ("D(x)", "C"), ("optimum", "O"),
        )]
        for box, curve in zip(self._boxes, (self._data, self._generator, self._score, self._optimum), strict=True):
            box.toggled.connect(curve.visible)
        self._arrows = self.add_toggle("z to G(z)", "Z")
        self._arrows.setToolTip("Show or hide, if there is room, the lower part: points of equal mass of the latent "
                                "z, and where G sends them (Alt+Z)")
        self._arrows.toggled.connect(self._make_room)
        self._tools.addWidget(ClassChooser(commands.shown_class, self.name, "class",
                                           "The class that D is asked about and that the lines from z are made for"))
        commands.shown_class.changed.connect(self.asks)
        self._tools.addStretch(1)
        self._plot.on_painted(self.painted.emit)
        self._plot.on_hover(self._hover)
        self._latent.on_hover(self._hover_latent)
        both = QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._plot.widget, 4)
        column.addWidget(self._latent.widget, 1)
        self.set_body(both)
        self._view: Line | None = None
        self._top = 0.0
        self._scores: tuple[float, float] | None = None  # drawn at the bottom, and at the height of D(x) = 1
        self._spread = (0.0, 1.0)  # the place of z = 0 on the axis of x, and how wide a unit of z is there

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        metrics = self.fontMetrics()
        for plot in (self._plot, self._latent):
            plot.apply_theme(theme, self.font())
        self._latent.ticks("right", [])
        self._latent.widget.setMinimumHeight(4 * metrics.height())
        self._data.set_style(theme.real, Pen.USUAL, fill=theme.real)
        self._generator.set_style(theme.generated, Pen.USUAL, fill=theme.generated)
        self._score.set_style(theme.discriminator, Pen.USUAL)
        self._optimum.set_style(theme.truth, Pen.USUAL, dashed=True)
        colours = theme.real, theme.generated, theme.discriminator, theme.truth
        for box, colour in zip(self._boxes, colours, strict=True):
            add_swatch(box, colour, dashed=box is self._boxes[-1])
        self._threads.set_style(theme.generated, Pen.FINE)
        self._starts.set_style(theme.quiet, Dot.FINE, filled=True)
        self._ends.set_style(theme.generated, Dot.SAMPLE, filled=True)
        self._beyond.set_style(theme.generated, Dot.MARK, filled=False, symbol="d", width=Pen.LIGHT)
        self._make_room()

    def begin(self, started: Started) -> None:
        self._plot.following = True
        self._plot.use_units(started.user_units, upright=False)
        self._view = None
        self._top = 0.0
        self._scores = None
        variant = self.run.variant
        word = variant.discriminator_word if variant else "discriminator"
        logit = variant is not None and variant.score == "logit"
        self._boxes[2].setToolTip(
            f"Show or hide {'D(x), the probability of being real' if logit else f'the {word}, on its own scale'} "
            "(Alt+C)"
        )
        self._latent.ticks("left", [(0.0, "z"), (1.0, "G(z)")])
        none = np.zeros(0)
        for curve in (self._data, self._generator, self._score, self._optimum, self._threads):
            curve.show(none, none)
        for dots in (self._starts, self._ends, self._beyond):
            dots.show(none.reshape(0, 2))
        self._explain_optimum(known=True)
        self.set_headline("Waiting for the first densities…")

    def _explain_optimum(self, *, known: bool) -> None:
        """Whether D* can be shown, and what it means."""
        variant, box = self.run.variant, self._boxes[3]
        word = variant.discriminator_word if variant else "discriminator"
        box.setEnabled(known)
        if not known:
            box.setToolTip(f"The best possible {word} is not known for this objective")
        elif variant is not None and variant.at_optimum:
            box.setToolTip(f"Show or hide the best possible {word} against this G. With it, D's loss would be "
                           f"{variant.at_optimum} (Alt+O).")
        else:
            box.setToolTip(f"Show or hide the best possible {word} against this G (Alt+O)")

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._top = 0.0  # another moment: the axes do not follow, they jump
        self._scores = None

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("line")
        if not isinstance(view, Line):
            return
        self._view = view
        x, data, fake, score = (a.numpy() for a in (view.x, view.data, view.generator, view.score))
        top = 1.15 * max(float(data.max()), min(float(fake.max()), 3 * float(data.max())), 1e-6)
        self._top = top if self._top == 0 else self._top + 0.2 * (top - self._top)
        optimum = view.optimum.numpy() if view.optimum is not None else np.zeros(0, dtype=np.float32)
        self._follow_scores(view, score, optimum)
        self._data.show(x, data)
        self._generator.show(x, fake)
        self._score.show(x, self._height(view, score))
        best = np.where(np.abs(optimum) == FARTHEST, np.copysign(np.inf, optimum), optimum)
        # An infinite optimum runs along the edge of the picture.
        self._optimum.show(x[: len(optimum)], np.clip(self._height(view, best), 0, 0.98 * self._top))
        self._explain_optimum(known=view.optimum is not None)
        self._show_scale(view)
        span = (float(x[0]), float(x[-1]))
        self._plot.show_range(span, (0, self._top))
        self._show_threads(view.latents, view.reached, span)
        self.set_headline(words(view, x, data, fake, self.run.variant, self.run.units.scale))

    def _follow_scores(self, view: Line, score: Floats, optimum: Floats) -> None:
        """Sets between which scores a critic is drawn: those of the optimum if it is finite, and its own."""
        both = np.concatenate([score, optimum[np.abs(optimum) != FARTHEST]])
        finite = both[np.isfinite(both)]
        if view.kind == "logit" or not len(finite):
            return
        low, high = (float(np.quantile(finite.astype(np.float64), share)) for share in (0.02, 0.98))
        if high - low < 1e-6 * (1 + abs(high)):
            low, high = low - 0.5, high + 0.5
        before = self._scores or (low, high)
        self._scores = before[0] + 0.25 * (low - before[0]), before[1] + 0.25 * (high - before[1])

    def _height(self, view: Line, score: Floats) -> Floats:
        """D as it is drawn: a probability from bottom to top, or any critic between its own extremes."""
        low, high = self._scores or (0.0, 1.0)
        with np.errstate(all="ignore"):
            if view.kind == "logit":
                share = 1 / (1 + np.exp(-score.astype(np.float64)))
            else:
                share = (score.astype(np.float64) - low) / (high - low)
            return (REACH * self._top * share).astype(np.float32)

    def _show_scale(self, view: Line) -> None:
        """D's own axis, on the right."""
        if view.kind == "logit":
            self._plot.ticks("right", [(share * REACH * self._top, text) for share, text in (
                (0.0, "0"), (0.5, "½"), (1.0, "1"),
            )])
            return
        low, high = self._scores or (0.0, 1.0)
        self._plot.ticks("right", [((value - low) / (high - low) * REACH * self._top, figure(value, 4))
                                   for value in round_numbers(low, high)])

    def _show_threads(self, latents: Array | None, reached: Array | None, span: tuple[float, float]) -> None:
        """Straight lines from places of equal mass on the latent's axis, below, to where G sends them."""
        if latents is None or reached is None:
            return
        z, x = latents.numpy(), reached.numpy()
        if not self._plot.following:
            span = self._plot.x_range()
        width = 0.45 * (span[1] - span[0]) / max(float(np.abs(z).max()), 1e-9)
        self._spread = (span[0] + span[1]) / 2, width
        below = self._spread[0] + width * z
        edge = 0.006 * (span[1] - span[0])
        to = np.clip(x, span[0] + edge, span[1] - edge)
        outside = (x < span[0]) | (x > span[1])
        ends = np.stack([below, np.zeros_like(z), to, np.ones_like(z)], axis=1).reshape(-1, 2)
        self._threads.show(ends[:, 0], ends[:, 1])
        self._starts.show(np.stack([below, np.zeros_like(z)], axis=1))
        there = np.stack([to, np.ones_like(to)], axis=1)
        self._ends.show(there[~outside])
        self._beyond.show(there[outside])
        most = float(np.abs(z).max())
        self._latent.ticks("bottom", [(self._spread[0] + width * value, figure(value))
                                      for value in round_numbers(-most, most, 9)])
        self._latent.following = True
        self._latent.show_range(span, (-0.3, 1.3))

    def _make_room(self) -> None:
        """Shows the latent and the names of the axes if that leaves the densities enough room."""
        line, width = self.fontMetrics().height(), self.fontMetrics().horizontalAdvance
        high_enough = self.height() >= ROOM * line
        self._latent.widget.setVisible(self._arrows.isChecked() and high_enough)
        self._plot.name_sides(high_enough)
        name = 1.3 * line if high_enough else 0.0
        for plot in (self._plot, self._latent):
            plot.axis_width(max(width("0.000"), width("G(z)")) + 0.7 * line + name)
            plot.axis_width(width("-000") + 0.7 * line + name, "right")

    def _hover(self, x: float, y: float) -> None:
        if self._view is None:
            return
        view = self._view
        xs = view.x.numpy()
        i = int(np.abs(xs - x).argmin())
        logit, units = view.kind == "logit", self.run.units
        best = f", optimum {score_text(float(view.optimum.numpy()[i]), logit)}" if view.optimum is not None else ""
        self.show_hover_value(
            f"x {units.text(xs[i])}: data {figure(units.slope(view.data.numpy()[i]), 4)}, "
            f"generator {figure(units.slope(view.generator.numpy()[i]), 4)}, "
            f"{'D(x)' if logit else 'score'} {score_text(float(view.score.numpy()[i]), logit)}{best}"
        )

    def _hover_latent(self, x: float, y: float) -> None:
        if self._view is None or self._view.latents is None or self._view.reached is None:
            return
        z, reached = self._view.latents.numpy(), self._view.reached.numpy()
        nearest = reached if y > 0.5 else self._spread[0] + self._spread[1] * z
        i = int(np.abs(nearest - x).argmin())
        self.show_hover_value(f"G maps z = {z[i]:.3f} to x = {self.run.units.text(reached[i])}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()
