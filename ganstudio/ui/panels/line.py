"""Line: Goodfellow's figure 1 alive: both densities, D with its optimum dashed, and where G sends its latent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ganstudio.core.messages import Snapshot, Started
from ganstudio.core.views import Array, Line
from ganstudio.ui.panel import Panel
from ganstudio.ui.plotting import Curve, Legend, Plot, Scatter
from ganstudio.ui.session import Session
from ganstudio.ui.theme import Theme

Floats = NDArray[np.float32]
KNOWN = {
    "exact": "G's density is exact", "pushed": "G's density follows from its one latent",
    "kernel": "G's density is a kernel estimate",
}


class LinePanel(Panel):
    """Both densities against one axis; D as a probability, or between the extremes of what is drawn of it."""

    name = "line"
    title = "Line"
    kinds = ("line",)
    help = "Densities of data (blue) and generator (orange), D(x) (green) with its optimum dashed; below, z to x."
    views = ("line",)
    pictures = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._plot = Plot(x_label="", y_label="density")
        self._data = Curve(self._plot, above=1)
        self._generator = Curve(self._plot, above=2)
        self._score = Curve(self._plot, above=3)
        self._optimum = Curve(self._plot, above=4)
        self._legend = Legend(self._plot)
        self._latent = Plot(x_label="x (data units), and z spread below it", y_label="")
        self._latent.mouse(False)
        self._threads = Curve(self._latent, pairs=True, above=1)
        self._starts = Scatter(self._latent, above=2)
        self._ends = Scatter(self._latent, above=2)
        for text, key, curve in (
            ("real", "R", self._data), ("generated", "G", self._generator), ("D(x)", "D", self._score),
            ("optimum", "O", self._optimum),
        ):
            self.switch(text, key).toggled.connect(curve.visible)
        self._arrows = self.switch("z to x", "Z")
        self._arrows.toggled.connect(self._latent.widget.setVisible)
        self._tools.addStretch(1)
        self._plot.on_painted(self.painted.emit)
        self._plot.on_hover(self._hover)
        both = QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._plot.widget, 4)
        column.addWidget(self._latent.widget, 1)
        self._latent.widget.setMinimumHeight(5 * self.fontMetrics().height())
        self.fill(both)
        self._view: Line | None = None
        self._top = 0.0
        self._low = self._high = 0.0

    def dress(self, theme: Theme) -> None:
        super().dress(theme)
        for plot in (self._plot, self._latent):
            plot.dress(theme, self.font())
            plot.axis_width(self.fontMetrics().horizontalAdvance("0.000") + 2 * self.fontMetrics().height())
        self._data.dress(theme.real, 2, fill=theme.real)
        self._generator.dress(theme.generated, 2, fill=theme.generated)
        self._score.dress(theme.high, 2)
        self._optimum.dress(theme.truth, 2, dashed=True)
        self._threads.dress(theme.generated, 1)
        self._starts.dress(theme.quiet, 4, filled=True)
        self._ends.dress(theme.generated, 5, filled=True)
        self._legend.dress(theme, self.font())

    def begin(self, started: Started) -> None:
        self._plot.following = True
        self._view = None
        self._top = 0.0
        self._low = self._high = 0.0
        variant = self.session.variant
        word = variant.discriminator_word if variant else "discriminator"
        score = "D(x), chance of being real" if variant and variant.score == "logit" else f"{word}, its own scale"
        self._legend.show([
            ("real", self._data), ("generated", self._generator), (score, self._score), ("its optimum", self._optimum),
        ])
        self._latent.ticks("left", [(0.0, "z"), (1.0, "x")])
        self.say("The first densities are on their way…")

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
        self._optimum.show(x[: len(optimum)], self._height(view, optimum))
        span = (float(x[0]), float(x[-1]))
        self._plot.show_range(span, (0, self._top))
        self._show_threads(view.latents, view.reached, span)
        self.say(_words(view, x, data, fake))

    def _follow_scores(self, view: Line, score: Floats, optimum: Floats) -> None:
        """Between which scores a critic is drawn: those of the optimum where it is finite, and its own."""
        both = np.concatenate([score, optimum])
        finite = both[np.isfinite(both)]
        if view.kind == "logit" or not len(finite):
            return
        low, high = (float(np.quantile(finite, share)) for share in (0.02, 0.98))
        if self._low == self._high == 0:
            self._low, self._high = low, high
        self._low += 0.25 * (low - self._low)
        self._high += 0.25 * (high - self._high)

    def _height(self, view: Line, score: Floats) -> Floats:
        """D as it is drawn: a probability from bottom to top, or any critic between its own extremes."""
        with np.errstate(all="ignore"):
            if view.kind == "logit":
                share = 1 / (1 + np.exp(-score.astype(np.float64)))
            else:
                share = (score.astype(np.float64) - self._low) / max(self._high - self._low, 1e-9)
        return (0.9 * self._top * share).astype(np.float32)

    def _show_threads(self, latents: Array | None, reached: Array | None, span: tuple[float, float]) -> None:
        """Straight lines from places of equal mass on the latent's axis, below, to where G sends them."""
        if latents is None or reached is None:
            return
        z, x = latents.numpy(), reached.numpy()
        if not self._plot.following:
            span = self._plot.x_range()
        middle, half = (span[0] + span[1]) / 2, (span[1] - span[0]) / 2
        below = middle + 0.9 * half * z / max(float(np.abs(z).max()), 1e-9)
        inside = (x >= span[0]) & (x <= span[1])
        ends = np.stack([below, np.zeros_like(z), x, np.ones_like(z)], axis=1)[inside].reshape(-1, 2)
        self._threads.show(ends[:, 0], ends[:, 1])
        self._starts.show(np.stack([below, np.zeros_like(z)], axis=1))
        self._ends.show(np.stack([x, np.ones_like(x)], axis=1)[inside])
        self._latent.following = True
        self._latent.show_range(span, (-0.2, 1.25))

    def _hover(self, x: float, y: float) -> None:
        if self._view is None:
            return
        view = self._view
        xs = view.x.numpy()
        i = int(np.clip(np.searchsorted(xs, x), 0, len(xs) - 1))
        best = view.optimum.numpy()[i] if view.optimum is not None else np.nan
        optimum = f", optimum {best:.4g}" if np.isfinite(best) else ""
        self.tell(
            f"x {xs[i]:.3f}: data {view.data.numpy()[i]:.4g}, generator {view.generator.numpy()[i]:.4g}, "
            f"score {view.score.numpy()[i]:.4g}{optimum}"
        )


def _words(view: Line, x: Floats, data: Floats, fake: Floats) -> str:
    """What the picture shows, in plain words."""
    width = float(x[1] - x[0])
    shared = float(np.minimum(data, fake).sum()) * width
    outside = 1 - float(fake.sum()) * width
    known = "" if view.exact else " (a histogram of the data)"
    text = f"Orange covers {shared:.0%} of blue{known}; {KNOWN.get(view.generator_known, 'G is a histogram')}."
    if outside > 0.02:
        return f"{text} {outside:.0%} of the generated points lie outside the picture."
    if view.loss is not None and view.best_loss is not None:
        return f"{text} D's loss {view.loss:.3f}; the best D against this G has {view.best_loss:.3f}."
    return text
