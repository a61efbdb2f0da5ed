"""Line: densities of data and generator, and the discriminator over them."""

from __future__ import annotations

import numpy as np

from ganstudio.core.messages import Snapshot, Started
from ganstudio.core.views import Line
from ganstudio.ui.panel import Panel
from ganstudio.ui.plotting import Curve, Legend, Plot
from ganstudio.ui.session import Session
from ganstudio.ui.theme import Theme


class LinePanel(Panel):
    """Both densities against one axis; the discriminator as a probability, or scaled to the height of the plot."""

    name = "line"
    title = "Line"
    kinds = ("line",)
    help = "Densities of the data (blue) and of the generator (orange) on the line, and D(x) over them (green)."
    views = ("line",)
    pictures = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._plot = Plot(x_label="x (data units)", y_label="density")
        self._data = Curve(self._plot, above=1)
        self._generator = Curve(self._plot, above=2)
        self._score = Curve(self._plot, above=3)
        self._legend = Legend(self._plot)
        for text, key, curve in (
            ("real", "R", self._data), ("generated", "G", self._generator), ("D(x)", "D", self._score),
        ):
            self.switch(text, key).toggled.connect(curve.visible)
        self._tools.addStretch(1)
        self._plot.on_painted(self.painted.emit)
        self._plot.on_hover(self._hover)
        self.fill(self._plot.widget)
        self._view: Line | None = None
        self._top = 0.0

    def dress(self, theme: Theme) -> None:
        super().dress(theme)
        self._plot.dress(theme, self.font())
        self._data.dress(theme.real, 2, fill=theme.real)
        self._generator.dress(theme.generated, 2, fill=theme.generated)
        self._score.dress(theme.high, 2)
        self._legend.dress(theme, self.font())

    def begin(self, started: Started) -> None:
        self._plot.following = True
        self._view = None
        self._top = 0.0
        variant = self.session.variant
        score = "D(x), chance of being real" if variant and variant.score == "logit" else "critic, its own scale"
        self._legend.show([("real", self._data), ("generated", self._generator), (score, self._score)])
        self.say("The first densities are on their way…")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("line")
        if not isinstance(view, Line):
            return
        self._view = view
        x, data, fake, score = (a.numpy() for a in (view.x, view.data, view.generator, view.score))
        top = 1.15 * max(float(data.max()), min(float(fake.max()), 3 * float(data.max())), 1e-6)
        self._top = top if self._top == 0 else self._top + 0.2 * (top - self._top)
        self._data.show(x, data)
        self._generator.show(x, fake)
        self._score.show(x, self._height(view, score))
        self._plot.show_range((float(x[0]), float(x[-1])), (0, self._top))
        self.say(_words(view, x, data, fake))

    def _height(self, view: Line, score: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> np.ndarray[
        tuple[int, ...], np.dtype[np.float32]
    ]:
        """D as it is drawn: a probability from bottom to top, or any critic between its own extremes."""
        with np.errstate(all="ignore"):
            if view.kind == "logit":
                share = (1 / (1 + np.exp(-score.astype(np.float64)))).astype(np.float32)
            else:
                finite = score[np.isfinite(score)]
                low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
                share = ((score - low) / max(float(high - low), 1e-9)).astype(np.float32)
        return (0.9 * self._top * share).astype(np.float32)

    def _hover(self, x: float, y: float) -> None:
        if self._view is None:
            return
        xs = self._view.x.numpy()
        i = int(np.clip(np.searchsorted(xs, x), 0, len(xs) - 1))
        self.tell(
            f"x {xs[i]:.3f}: data {self._view.data.numpy()[i]:.4g}, generator {self._view.generator.numpy()[i]:.4g}, "
            f"score {self._view.score.numpy()[i]:.4g}"
        )


def _words(
    view: Line, x: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    data: np.ndarray[tuple[int, ...], np.dtype[np.float32]], fake: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> str:
    """What the picture shows, in plain words."""
    width = float(x[1] - x[0])
    shared = float(np.minimum(data, fake).sum()) * width
    outside = 1 - float(fake.sum()) * width
    known = "the exact density" if view.exact else "a histogram of the data"
    text = f"Orange covers {shared:.0%} of blue, {known}."
    return f"{text} {outside:.0%} of the generated points lie outside the picture." if outside > 0.02 else text
