"""Balance: what D says of real and of generated images, and the balance that BEGAN keeps between the two."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from ganstudio.core.design import Pen, Space
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.protocol.views import Balance
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.balance_text import RATIO, Floats, K, M, finite, words
from ganstudio.ui.plotting.items import Curve
from ganstudio.ui.plotting.scales import histogram_outline
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.legend_plot import LegendPlot

BINS = 24
SMOOTHING = 20  # each point of the ratio and of M is the mean of this many updates of D
GAMMA = "gamma"
CHOICES = ("both", "errors", "balance")
NARROWEST, LOWEST = 11, 12  # of a plot, in heights of a line


class BalancePanel(Panel):
    """On the left two distributions; if the variant steers them, on the right how it does."""

    name = "balance"
    title = "Balance"
    kinds = ("image",)
    needs = frozenset({"scores"})
    help = "D's scores of real and generated images, or how well it reconstructs them, and BEGAN's balance."
    reading = ("Left: D's scores of real (blue) and of generated images (orange), as two histograms. BEGAN has "
               "reconstruction errors instead, and on the right the ratio of their means with its target γ, the "
               "weight k, and the measure M.")
    healthy = ("The two histograms overlap for a good part, so that D still has something to learn. In BEGAN the ratio "
               "stays near γ while M falls.")
    sick = ("The histograms are apart and stay so: D tells every generated image from a real one. In BEGAN a k that "
            "stays at 0 or 1 means that the balance is lost.")
    formula = r"k \leftarrow k + \lambda_k (\gamma L(x) - L(G(z))), \quad M = L(x) + |\gamma L(x) - L(G(z))|"
    papers = "Berthelot et al. 2017, BEGAN, arXiv:1703.10717, section 3"
    place = {"image": Place("lower", column=1)}
    views = ("balance",)
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._view: Balance | None = None
        self._steered = False  # whether the variant keeps a balance, as far as is known
        self._choice = QComboBox()
        self._choice.addItems(CHOICES)
        self._choice.setObjectName("balance.show")
        self._choice.setAccessibleName("Show")
        self._choice.setToolTip("Which plots are shown: reconstruction errors, the balance over the run, or both if "
                                "there is room")
        self._choice.currentIndexChanged.connect(self._arrange)
        self._show_label = QLabel("show")
        self._tools.addWidget(self._show_label)
        self._tools.addWidget(self._choice)
        self._tools.addStretch(1)
        self._left, self._right = LegendPlot(), LegendPlot("steps")
        self._real, self._fake = Curve(self._left.plot, above=3), Curve(self._left.plot, above=1)
        self._mark = Curve(self._left.plot, pairs=True, above=2)
        self._ratio, self._k, self._m = (Curve(self._right.plot, above=above) for above in (1, 3, 2))
        self._gamma = Curve(self._right.plot, above=4)
        self._of_real = self._left.add_entry("real", "Real images")
        self._of_fake = self._left.add_entry("generated", "Generated images")
        self._of_mark = self._left.add_entry("γ L(x)", "Target for the mean error of generated images")
        self._of_even = self._left.add_entry("D = ½", "Where D is undecided between real and generated")
        self._of_ratio = self._right.add_entry(RATIO, "Mean error of generated images divided by that of real ones")
        self._of_gamma = self._right.add_entry("γ", "Target for this ratio")
        self._of_k = self._right.add_entry(
            "k", "Weight of generated images in D's loss, from 0 to 1. It steers the ratio to its target.")
        self._of_m = self._right.add_entry(
            "M", "L(x) + |γ L(x) − L(G)|. It falls as training goes on, but cannot detect collapse.")
        self._left.plot.on_painted(self.painted.emit)
        self._left.plot.on_hover(self._hover_left)
        self._right.plot.on_painted(self.painted.emit)
        self._right.plot.on_hover(self._hover_right)
        holder = QWidget()
        self._grid = QGridLayout(holder)
        self._grid.setContentsMargins(Space.TIGHT, 0, Space.USUAL, Space.HAIR)
        self._grid.setSpacing(Space.CLOSE)
        self._grid.addWidget(self._left, 0, 0)
        self._grid.addWidget(self._right, 0, 1)
        self.set_body(holder)
        self._arrange()

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        for side in (self._left, self._right):
            side.plot.apply_theme(theme, self.font())
        self._real.set_style(theme.real, Pen.USUAL)
        self._fake.set_style(theme.generated, Pen.LIGHT, fill=theme.generated)
        self._mark.set_style(theme.truth, Pen.LIGHT, dashed=True)
        self._ratio.set_style(theme.generated, Pen.LIGHT)
        self._gamma.set_style(theme.truth, Pen.LIGHT, dashed=True)
        self._k.set_style(theme.discriminator, Pen.USUAL)
        self._m.set_style(theme.others[0], Pen.LIGHT)
        for sample, colour, dashed in (
            (self._of_real, theme.real, False), (self._of_fake, theme.generated, False),
            (self._of_mark, theme.truth, True), (self._of_even, theme.truth, True),
            (self._of_ratio, theme.generated, False), (self._of_gamma, theme.truth, True),
            (self._of_k, theme.discriminator, False), (self._of_m, theme.others[0], False),
        ):
            sample.set_style(colour, theme.text, dashed=dashed)
        self._arrange()
        self._redraw()

    def begin(self, started: Started) -> None:
        self._view = None
        for curve in (self._real, self._fake, self._mark, self._ratio, self._k, self._m, self._gamma):
            curve.show(np.zeros(0), np.zeros(0))
        self._left.plot.following = self._right.plot.following = True
        self.set_headline("Waiting for the first scores…")
        self._arrange()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("balance")
        if not isinstance(view, Balance):
            return
        first = self._view is None or self._view.kind != view.kind
        self._view = view
        self._steered = view.kind == "reconstruction"
        if first:
            self._arrange()
        self._redraw()
        variant = self.run.variant
        self.set_headline(words(view, self._wanted(), variant.discriminator_word if variant else "discriminator"))

    def _wanted(self) -> float | None:
        """γ now, or at the past moment that is shown."""
        value = self.run.settings_at(self._at).get(GAMMA)
        return float(value) if isinstance(value, int | float) else None

    _at: int | None = None  # the step that the window shows, if that is not the live one

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._at = steps

    # Where the plots are -------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        """Puts the two plots beside or above each other, or shows one of them, as the room allows."""
        line = self.fontMetrics().height()
        beside, above = self.width() >= NARROWEST * 2 * line, self.height() >= LOWEST * 2 * line
        chosen = CHOICES[self._choice.currentIndex()]
        self._choice.setVisible(self._steered)
        self._show_label.setVisible(self._steered)
        both = self._steered and chosen == "both" and (beside or above)
        self._grid.removeWidget(self._right)
        self._grid.addWidget(self._right, *((0, 1) if beside or not both else (1, 0)))
        self._right.setVisible(self._steered and (both or chosen == "balance"))
        self._left.setVisible(not self._steered or both or chosen != "balance")
        self._of_mark.setVisible(self._steered)
        self._of_even.setVisible(self._view is not None and self._view.kind == "logit")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    # Drawing -------------------------------------------------------------------------------------------------------

    def _redraw(self) -> None:
        view = self._view
        if view is None:
            return
        self._draw_left(view)
        if self._steered:
            self._draw_right()

    def _draw_left(self, view: Balance) -> None:
        real, fake = finite(view.real), finite(view.fake)
        wanted = self._wanted()
        marks = [wanted * float(real.mean())] if self._steered and wanted is not None and len(real) else (
            [0.0] if view.kind == "logit" else [])
        low, high = around(np.concatenate([real, fake, np.array(marks)]), from_zero=self._steered)
        edges = np.linspace(low, high, BINS + 1)
        top = 0.0
        for values, curve, of in ((real, self._real, view.real), (fake, self._fake, view.fake)):
            shares = np.histogram(values, edges)[0] / max(math.prod(of.shape), 1)
            curve.show(*histogram_outline(edges, shares))
            top = max(top, float(shares.max()))
        top = 1.1 * top or 1.0
        self._mark.show(np.repeat(np.array(marks), 2), np.tile([0.0, top], len(marks)))
        self._left.plot.show_range((low, high), (0.0, top))
        self._left.name_axis("error" if self._steered else "score")

    def _draw_right(self) -> None:
        series = self.run.store.series
        plot = self._right.plot
        end = max((float(each.x[-1]) for name in (RATIO, K, M) if (each := series.get(name)) and each.count), default=1)
        low, high = (0.0, max(end, 1.0)) if plot.following else plot.x_range()
        pixels = max(plot.widget.width() // 2, 60)
        top = 1.0
        for name, curve, updates in ((RATIO, self._ratio, SMOOTHING), (K, self._k, 1), (M, self._m, SMOOTHING)):
            if name not in series:
                continue
            x, y = series[name].drawn(low, high, pixels, updates)
            curve.show(x, y)
            seen = y[np.isfinite(y)]
            # The first values of a run may be ten times those that follow.
            top = max(top, float(np.quantile(seen, 0.98)) if len(seen) else 0.0)
        self._gamma.show(*self._gammas(max(end, high)))
        plot.show_range((low, high * 1.001), (0.0, 1.06 * top))

    def _gammas(self, end: float) -> tuple[Floats, Floats]:
        """γ over the run, with a step at each change that the user made."""
        moved = [(change.position.steps, float(change.value)) for change in self.run.changes
                 if change.name == GAMMA and isinstance(change.value, int | float)]
        started = self.run.started
        first = started.settings.get(GAMMA) if started is not None else None
        if not isinstance(first, int | float):
            return np.zeros(0), np.zeros(0)
        at = np.array([0.0, *(step for step, _ in moved), end])
        values = np.array([float(first), *(value for _, value in moved)])
        return np.repeat(at, 2)[1:-1], np.repeat(values, 2)

    # Under the pointer ---------------------------------------------------------------------------------------------

    def _hover_left(self, x: float, y: float) -> None:
        if self._view is None:
            return
        real, fake = finite(self._view.real), finite(self._view.fake)
        if len(real) and len(fake):
            what = "errors" if self._steered else "scores"
            self.show_hover_value(
                f"{what} over {figure(x)}: {np.mean(real > x):.0%} of real, {np.mean(fake > x):.0%} of generated")

    def _hover_right(self, x: float, y: float) -> None:
        series = self.run.store.series
        values = {name: series[name].at(x) for name in (RATIO, K, M) if name in series}
        text = ", ".join(f"{name} {figure(value, 4)}" for name, value in values.items() if value is not None)
        self.show_hover_value(f"step {max(x, 0):,.0f}: {text}" if text else "")


def around(values: Floats, *, from_zero: bool = False) -> tuple[float, float]:
    """A range around values that moves in steps of a tenth of its width or more: bins that stay put can be compared."""
    if not len(values):
        return 0.0, 1.0
    low, high = (0.0 if from_zero else float(values.min())), float(values.max())
    span = max(high - low, 1e-6 * max(abs(high), abs(low), 1e-6))
    step = 10.0 ** math.floor(math.log10(span)) / 2
    return math.floor(low / step) * step, (math.floor(high / step) + 1) * step
