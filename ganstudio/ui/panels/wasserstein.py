"""Wasserstein: what the critic reads, corrected for its slope, against the exact distance."""

from __future__ import annotations

import math

import numpy as np

from ganstudio.core.messages import MeasuredNow, Snapshot, Started
from ganstudio.ui.panel import Panel
from ganstudio.ui.plotting import Curve, Legend, Plot, Scatter
from ganstudio.ui.session import Session
from ganstudio.ui.store import Series
from ganstudio.ui.theme import Theme


class WassersteinPanel(Panel):
    """The exact W1 of two samples by optimal transport, its noise floor, and the critic's readings."""

    name = "wasserstein"
    title = "Wasserstein distance"
    kinds = ("line", "plane")
    help = "Exact W1 between samples (dashed), its noise floor (dotted), and what the critic reads, slope-corrected."
    measures = True
    pictures = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._plot = Plot(x_label="steps", y_label="W1 (data units)")
        self._exact = Curve(self._plot, above=3)
        self._floor = Curve(self._plot, above=1)
        self._reading = Curve(self._plot, above=2)
        self._latest = Scatter(self._plot, above=4)
        self._legend = Legend(self._plot)
        self._plot.on_painted(self.painted.emit)
        self._plot.on_hover(self._hover)
        self._series = {name: Series() for name in ("w1", "w1_estimate")}
        self._floor_value: float | None = None
        self.fill(self._plot.widget)
        session.measured.connect(self._measured)

    def dress(self, theme: Theme) -> None:
        super().dress(theme)
        self._plot.dress(theme, self.font())
        self._exact.dress(theme.truth, 2, dashed=True)
        self._floor.dress(theme.quiet, 1, dashed=True)
        self._reading.dress(theme.generated, 2)
        self._latest.dress(theme.truth, 7, filled=True)
        self._legend.dress(theme, self.font())

    def begin(self, started: Started) -> None:
        self._series = {name: Series() for name in ("w1", "w1_estimate")}
        self._floor_value = None
        self._plot.following = True
        variant = self.session.variant
        entries: list[tuple[str, Curve]] = [("exact W1 of samples", self._exact), ("its noise floor", self._floor)]
        self._reading.visible(variant is not None and variant.reads_w1)
        if variant is not None and variant.reads_w1:
            entries.append(("critic's gap / slope", self._reading))
        self._legend.show(entries)
        self._redraw()
        self.say(self._words())

    def _words(self) -> str:
        variant = self.session.variant
        if variant is None or not variant.reads_w1:
            return "The exact distance. This discriminator does not estimate it: only Wasserstein critics do."
        if any(control.name == "clip" for control in variant.controls):
            return ("Under weight clipping the critic's gap is not in W1's units; divided by its slope it compares "
                    "within this run only.")
        if self.session.settings.get("generator_steps") != 0:
            return ("While G moves the critic lags: its reading compares within one run only. "
                    "Set G steps to 0 to let it catch up.")
        return "G is held: the critic can reach its optimum, and its gap over its slope comes to lie on the exact W1."

    def _measured(self, measured: MeasuredNow) -> None:
        for name, series in self._series.items():
            value = measured.measures.get(name)
            if value is not None and math.isfinite(value):
                series.append(np.array([float(measured.steps)]), np.array([value]))
        self._floor_value = measured.floors.get("w1")
        self._redraw()  # a held run has no further snapshot

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._redraw()
        self.say(self._words())

    def _redraw(self) -> None:
        end = float(self.session.progress.position.steps) if self.session.progress else 1.0
        exact, reading = self._series["w1"], self._series["w1_estimate"]
        pixels = max(self._plot.widget.width(), 100)
        self._exact.show(*exact.drawn(0, end, pixels, 1))
        self._reading.show(*reading.drawn(0, end, pixels, 1))
        latest = [(exact.x[-1], exact.y[-1])] if exact.count else []
        self._latest.show(np.array(latest, dtype=np.float64).reshape(-1, 2))
        floor = self._floor_value
        self._floor.show(np.array([0.0, end]), np.full(2, np.nan if floor is None else floor))
        reads = self.session.variant is not None and self.session.variant.reads_w1
        if exact.count or (reads and reading.count):
            # The first reading of an untrained critic may be far off: the axis follows the exact distance.
            usual = float(np.median(np.abs(reading.y))) if reads and reading.count else 0.0
            high = max(float(exact.y.max()) if exact.count else 0.0, usual)
            low = min(0.0, float(np.quantile(reading.y, 0.05)) if reads and reading.count else 0.0)
            self._plot.show_range((0, 1.02 * max(end, 1.0)), (max(low, -high) * 1.1, 1.15 * high + 1e-3))

    def _hover(self, x: float, y: float) -> None:
        told = {name: series.at(x) for name, series in self._series.items()}
        words = [f"{label} {told[name]:.4g}" for name, label in (("w1", "exact W1"), ("w1_estimate", "critic"))
                 if told[name] is not None]
        self.tell(f"step {max(x, 0):.0f}: {', '.join(words)} (data units)" if words else "")
