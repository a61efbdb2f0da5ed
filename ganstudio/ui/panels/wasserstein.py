"""Wasserstein: what the critic reads, bare and corrected for its slope, against the exact distance."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtWidgets import QToolButton

from ganstudio.core.messages import Applied, MeasuredNow, Snapshot, Started
from ganstudio.ui.panel import Panel
from ganstudio.ui.plotting import Curve, Legend, Plot, Scatter
from ganstudio.ui.session import Session
from ganstudio.ui.store import Series
from ganstudio.ui.theme import Theme

NAMES = ("w1", "w1_estimate", "critic_gap")
SETTLED = 0.03  # a held critic whose reading changes by less than this share from one third of its time to the next
LAG = 0.1  # a reading that is further off than this share of the exact distance lags behind it


class WassersteinPanel(Panel):
    """The exact W1 of two samples by optimal transport, its noise floor, and the critic's two readings."""

    name = "wasserstein"
    title = "Wasserstein distance"
    kinds = ("line", "plane")
    help = "Exact W1 between samples (dashed), its noise floor, and what the critic reads: its gap, and gap over slope."
    measures = True
    pictures = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._hold = QToolButton()
        self._hold.setCheckable(True)
        self._hold.setText("Hold G")
        self._hold.setObjectName("wasserstein.hold")
        self._hold.setAccessibleName("Hold the generator")
        self._hold.setToolTip("Hold the generator (G steps 0), so that the critic can reach its optimum: only there "
                              "is its reading right. Again: let G go on")
        self._hold.clicked.connect(self._hold_or_let_go)
        self._tools.addWidget(self._hold)
        self._gap_box = self.switch("critic's gap", "W")
        self._tools.addStretch(1)
        self._plot = Plot(x_label="steps", y_label="W1 (data units)")
        self._exact = Curve(self._plot, above=3)
        self._floor = Curve(self._plot, above=1)
        self._reading = Curve(self._plot, above=2)
        self._gap = Curve(self._plot, above=2)
        self._gap_box.toggled.connect(self._redraw)
        self._latest = Scatter(self._plot, above=4)
        self._legend = Legend(self._plot)
        self._plot.on_painted(self.painted.emit)
        self._plot.on_hover(self._hover)
        self._series = {name: Series() for name in NAMES}
        self._floor_value: float | None = None
        self._steps_before = 1  # generator steps to go back to
        self._held_from: int | None = None  # readings when G was held
        self.fill(self._plot.widget)
        session.measured.connect(self._measured)
        session.control_applied.connect(self._applied)

    def dress(self, theme: Theme) -> None:
        super().dress(theme)
        self._plot.dress(theme, self.font())
        self._exact.dress(theme.truth, 2, dashed=True)
        self._floor.dress(theme.quiet, 1, dashed=True)
        self._reading.dress(theme.generated, 2)
        self._gap.dress(theme.high, 1)
        self._latest.dress(theme.truth, 7, filled=True)
        self._legend.dress(theme, self.font())

    def begin(self, started: Started) -> None:
        self._series = {name: Series() for name in NAMES}
        self._floor_value = None
        self._plot.following = True
        self._hold.setVisible(self._reads)
        self._gap_box.setVisible(self._reads)
        self._show_held()
        self._reading.visible(self._reads)
        entries: list[tuple[str, Curve]] = [("exact W1 of samples", self._exact), ("its noise floor", self._floor)]
        if self._reads:
            entries += [("critic's gap / slope", self._reading), ("critic's gap", self._gap)]
        self._legend.show(entries)
        self._redraw()
        self.say(self._words())

    # Holding the generator -----------------------------------------------------------------------------------

    @property
    def _reads(self) -> bool:
        """Whether this run's critic estimates W1."""
        return self.session.variant is not None and self.session.variant.reads_w1

    @property
    def _held(self) -> bool:
        return self.session.settings.get("generator_steps") == 0

    def _hold_or_let_go(self) -> None:
        steps = self.session.settings.get("generator_steps", 1)
        if self._held:
            self.session.set_control("generator_steps", self._steps_before)
        else:
            self._steps_before = int(steps) if isinstance(steps, int) and steps > 0 else 1
            self.session.set_control("generator_steps", 0)

    def _applied(self, applied: Applied) -> None:
        if applied.name == "generator_steps":
            self._show_held()
            self.say(self._words())

    def _show_held(self) -> None:
        self._hold.setChecked(self._held)
        self._hold.setText("Let G go on" if self._held else "Hold G")
        self._held_from = self._series["w1_estimate"].count if self._held else None

    def _settled(self) -> bool:
        """Whether the readings since G was held have stopped moving."""
        y = self._series["w1_estimate"].y[self._held_from or 0 :]
        if len(y) < 6:
            return False
        third = len(y) // 3
        before, after = float(np.mean(y[third : 2 * third])), float(np.mean(y[2 * third :]))
        return abs(after - before) <= SETTLED * max(abs(after), 1e-9)

    def _words(self) -> str:
        variant = self.session.variant
        if variant is None or not variant.reads_w1:
            return "The exact distance. This discriminator does not estimate it: only Wasserstein critics do."
        if any(control.name == "clip" for control in variant.controls):
            return ("Under weight clipping the critic's gap is not in W1's units; divided by its slope it compares "
                    "within this run only.")
        if self._held:
            if self._settled():
                return ("G is held and the critic has settled: its gap over its slope reads W1; "
                        "the bare gap over-reads it.")
            return "G is held: the critic is on its way to its optimum, and lags until its readings stop moving."
        return f"{self._lag()} Hold G to let the critic catch up: only at its optimum does it read W1."

    def _lag(self) -> str:
        """Whether the critic lags, judged by the exact distance beside it."""
        exact, reading = self._series["w1"], self._series["w1_estimate"]
        if not exact.count or not reading.count:
            return "While G moves the critic lags."
        truth, floor = float(exact.y[-1]), self._floor_value or 0.0
        if truth < 1.5 * floor:
            return "The samples are as near as the noise floor lets one tell."
        share = float(reading.y[-1]) / truth - 1
        if abs(share) <= LAG:
            return "The critic keeps up with G just now."
        return f"The critic lags: its reading is {abs(share):.0%} {'above' if share > 0 else 'below'} the exact W1."

    # Drawing -------------------------------------------------------------------------------------------------

    def _measured(self, measured: MeasuredNow) -> None:
        for name, series in self._series.items():
            value = measured.measures.get(name)
            if value is not None and math.isfinite(value):
                series.append(np.array([float(measured.steps)]), np.array([value]))
        self._floor_value = measured.floors.get("w1")
        self._redraw()  # a held run has no further snapshot
        self.say(self._words())

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._redraw()

    def _redraw(self) -> None:
        end = float(self.session.progress.position.steps) if self.session.progress else 1.0
        exact, reading, gap = (self._series[name] for name in NAMES)
        pixels = max(self._plot.widget.width(), 100)
        for curve, series in ((self._exact, exact), (self._reading, reading), (self._gap, gap)):
            curve.show(*series.drawn(0, end, pixels, 1))
        self._gap.visible(self._reads and self._gap_box.isChecked())
        latest = [(exact.x[-1], exact.y[-1])] if exact.count else []
        self._latest.show(np.array(latest, dtype=np.float64).reshape(-1, 2))
        floor = self._floor_value
        self._floor.show(np.array([0.0, end]), np.full(2, np.nan if floor is None else floor))
        if exact.count or (self._reads and reading.count):
            # The first reading of an untrained critic may be far off: the axis follows the exact distance.
            usual = float(np.median(np.abs(reading.y))) if self._reads and reading.count else 0.0
            high = max(float(exact.y.max()) if exact.count else 0.0, usual)
            low = min(0.0, float(np.quantile(reading.y, 0.05)) if self._reads and reading.count else 0.0)
            self._plot.show_range((0, 1.02 * max(end, 1.0)), (max(low, -high) * 1.1, 1.15 * high + 1e-3))

    def _hover(self, x: float, y: float) -> None:
        told = {name: series.at(x) for name, series in self._series.items()}
        labels = (("w1", "exact W1"), ("w1_estimate", "gap / slope"), ("critic_gap", "gap"))
        words = [f"{label} {told[name]:.4g}" for name, label in labels
                 if told[name] is not None and (name == "w1" or self._reads)]
        self.tell(f"step {max(x, 0):.0f}: {', '.join(words)} (data units)" if words else "")
