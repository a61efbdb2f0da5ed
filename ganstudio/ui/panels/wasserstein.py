"""Wasserstein: what the critic reads, bare and corrected for its slope, against the exact distance."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton

from ganstudio.core.design import Dot, Pen
from ganstudio.core.protocol.messages import Applied, MeasuredNow, Refused, Snapshot, Started
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.wasserstein_text import LAG, lag_words, share_words
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.items import Cursor, Curve, Scatter
from ganstudio.ui.state.curve_store import Series
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.legend import LegendEntry, add_swatch

NAMES = ("w1", "w1_estimate", "critic_gap")
SETTLED = 0.03  # it changes by less than this share from one third of the time since G was frozen to the next
ROOM = 16  # lines of text: a panel less high has no room for the name of the upright axis


class WassersteinPanel(Panel):
    """The exact W1 of two samples by optimal transport, its noise floor, and the critic's two readings."""

    name = "wasserstein"
    title = "Wasserstein distance"
    kinds = ("line", "plane")
    help = "Exact W1 between samples (dashed), its noise floor, and the critic's estimates: gap, and gap / slope."
    reading = ("Dashed is the exact distance of two samples, and below it the noise floor: less cannot be reached. "
               "“gap / slope” is the critic's own estimate. Freeze G, and the critic can catch up.")
    healthy = "The exact distance falls towards the floor, and the critic's estimate stays close to it."
    sick = ("The distance stays far above the floor or rises. Or the estimate is far off: the critic lags behind, and "
            "G follows a poor gradient.")
    formula = r"W_1(p, q) = \sup_{\| f \|_L \le 1} E_p[f(x)] - E_q[f(x)]"
    papers = "Arjovsky et al. 2017, Wasserstein GAN, arXiv:1701.07875; Gulrajani et al. 2017, arXiv:1704.00028"
    place = dict.fromkeys(kinds, Place("lower", column=1))
    legend = True
    measured = "w1"
    measures = True
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._freeze = QPushButton("Freeze G")
        self._freeze.setCheckable(True)
        self._freeze.setObjectName("wasserstein.freeze")
        self._freeze.setAccessibleName("Freeze the generator")
        self._freeze.setToolTip("Freezes the generator (G steps 0) so that the critic can catch up: only a critic at "
                                "its optimum estimates W1. Click again to let G learn.")
        self._freeze.clicked.connect(self._freeze_or_release)
        self._tools.addWidget(self._freeze)
        self._gap_box = self.add_toggle("gap", "W")
        self._gap_box.setToolTip("Show or hide the gap: the critic's mean score of real samples minus that of "
                                 "generated ones, as a distance at slope 1. A triangle: the gap is above the picture "
                                 "(Alt+W).")
        self._samples = [LegendEntry(name) for name in ("gap / slope", "exact W1", "noise floor")]
        for sample, help_ in zip(self._samples, (
            "The critic's gap divided by its mean slope: the critic's estimate of W1",
            "Exact W1 between samples of the data and of G, by optimal transport",
            "What a perfect generator would score with as many samples",
        ), strict=True):
            sample.setToolTip(help_)
            self._tools.addWidget(sample)
        self._tools.addStretch(1)
        self._plot = Plot(x_label="steps", y_label="W1 (units of the data)")
        self._exact = Curve(self._plot, above=3)
        self._floor = Curve(self._plot, above=1)
        self._reading, self._gap = (Curve(self._plot, above=2) for _ in range(2))
        self._gap_box.toggled.connect(self._redraw)
        self._latest = Scatter(self._plot, above=4)
        self._cursor = Cursor(self._plot)
        self._beyond = Scatter(self._plot, above=4)  # the gap, if it is above the picture
        self._plot.on_painted(self.painted.emit)
        self._plot.on_hover(self._hover)
        self._series = {name: Series() for name in NAMES}
        self._floors: list[tuple[int, float]] = []  # first measured at a step: another number of samples has another
        self._steps_before = 1  # generator steps to go back to
        self._frozen_from: int | None = None  # readings when G was frozen
        self.set_body(self._plot.widget)
        run.measured.connect(self._measured)
        run.control_applied.connect(self._applied)
        run.refused.connect(self._refused)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._plot.apply_theme(theme, self.font())
        self._exact.set_style(theme.truth, Pen.USUAL, dashed=True)
        self._floor.set_style(theme.quiet, Pen.FINE, dashed=True)
        self._reading.set_style(theme.discriminator, Pen.USUAL)
        self._gap.set_style(theme.high, Pen.FINE)
        self._latest.set_style(theme.truth, Dot.KNOT, filled=True)
        self._cursor.set_style(theme.text)
        self._beyond.set_style(theme.high, Dot.BODY, filled=True, symbol="t1")
        add_swatch(self._gap_box, theme.high)
        reading, exact, floor = self._samples
        reading.set_style(theme.discriminator, theme.text)
        exact.set_style(theme.truth, theme.text, dashed=True)
        floor.set_style(theme.quiet, theme.text, dashed=True, width=Pen.FINE)
        self._make_room()

    def begin(self, started: Started) -> None:
        self._series = {name: Series() for name in NAMES}
        self._floors, self._at = [], None
        self._plot.following = True
        for part in (self._freeze, self._gap_box, self._samples[0]):
            part.setVisible(self._reads)
        usual = started.preset_controls.get("generator_steps", 1)
        self._steps_before = usual if isinstance(usual, int) and usual > 0 else 1
        self._remember(started.settings.get("generator_steps"))
        self._show_frozen()
        self._reading.visible(self._reads)
        self._redraw()
        self.set_headline(self._words())

    # Freezing the generator ----------------------------------------------------------------------------------

    @property
    def _reads(self) -> bool:
        """Whether this run's critic estimates W1."""
        return self.run.variant is not None and self.run.variant.reads_w1

    @property
    def _frozen(self) -> bool:
        return self.run.settings.get("generator_steps") == 0

    def _remember(self, steps: object) -> None:
        """Notes how many steps a cycle G makes, to go back to that when it is released."""
        if isinstance(steps, int) and steps > 0:
            self._steps_before = steps

    def _freeze_or_release(self, freeze: bool) -> None:
        self.commands.sender.set_control("generator_steps", 0 if freeze else self._steps_before)

    def _applied(self, applied: Applied) -> None:
        if applied.name != "generator_steps":
            return
        self._remember(applied.value)
        if self._at is None and not self.commands.sender.is_moving("generator_steps"):
            self._show_frozen()
        self.set_headline(self._words())

    def _refused(self, _: Refused) -> None:
        self._show_frozen()

    def _show_frozen(self) -> None:
        self._freeze.setChecked(self._frozen)
        if not self._frozen:
            self._frozen_from = None
        elif self._frozen_from is None:
            self._frozen_from = self._series["w1_estimate"].count

    def _settled(self) -> bool:
        """Whether the readings since G was frozen have stopped moving."""
        y = self._series["w1_estimate"].y[self._frozen_from or 0 :]
        if len(y) < 6:
            return False
        third = len(y) // 3
        before, after = float(np.mean(y[third : 2 * third])), float(np.mean(y[2 * third :]))
        return abs(after - before) <= SETTLED * max(abs(after), 1e-9)

    def _words(self) -> str:
        variant = self.run.variant
        if self._at is not None:
            return self._then(self._at)
        if variant is None or not variant.reads_w1:
            return "Exact distance between the two clouds. Only Wasserstein critics estimate it themselves."
        if any(control.name == "clip" for control in variant.controls):
            return "With weight clipping, gap / slope can be compared within this run, but it is not W1."
        if self._frozen and not self._settled():
            return "G is frozen. The critic is still catching up: wait until its estimate stops changing."
        off = self._off()
        if self._frozen:
            if off is None or abs(off) <= LAG:
                gap = self._series["critic_gap"]
                bare = f"; the gap alone is {figure(gap.y[-1])}" if gap.count else ""
                return f"G is frozen and the critic has caught up: gap / slope estimates W1{bare}."
            return (f"G is frozen and the critic has settled, but its estimate is {share_words(off)}: its penalty "
                    "or its network keeps it from its optimum.")
        exact, floor = self._series["w1"], self._floor_value
        return lag_words(off, float(exact.y[-1]) / floor if exact.count and floor else math.inf)

    def _then(self, at: int) -> str:
        """What was read at an earlier moment, in words."""
        exact, reading = self._series["w1"].at(at), self._series["w1_estimate"].at(at)
        if exact is None:
            return f"Nothing had been measured at step {at:,}."
        frozen = " G was frozen." if self.run.settings_at(at).get("generator_steps") == 0 else ""
        known = self._reads and reading is not None
        read = f", and gap / slope was {figure(reading)}" if known else ""
        return f"At step {at:,} the exact distance was {figure(exact)}{read}.{frozen}"

    @property
    def _floor_value(self) -> float:
        """The floor of the last measurement; 0 if there is none."""
        return self._floors[-1][1] if self._floors else 0.0

    def _off(self) -> float | None:
        """How far the last reading is from the exact distance, as a share of it; None if it is unknown.

        Both are of finite samples: what lies within the noise floor is no error of the critic's.
        """
        exact, reading = self._series["w1"], self._series["w1_estimate"]
        if not exact.count or not reading.count or float(exact.y[-1]) <= 0:
            return None
        truth, floor = float(exact.y[-1]), self._floor_value
        error = float(reading.y[-1]) - truth
        return 0.0 if abs(error) <= floor else error / truth

    # Drawing -------------------------------------------------------------------------------------------------

    def _measured(self, measured: MeasuredNow) -> None:
        for name, series in self._series.items():
            value = measured.measures.get(name)
            if value is None or not math.isfinite(value):
                continue
            value *= self.run.units.scale if name == "critic_gap" else 1  # the distance that it is at slope 1
            if series.count and series.x[-1] == measured.steps:  # measured again, of other samples: the last one counts
                series.y[-1] = value
            else:
                series.append(np.array([float(measured.steps)]), np.array([value]))
        floor = measured.floors.get("w1")
        if floor is not None and math.isfinite(floor) and floor != self._floor_value:
            if self._floors and self._floors[-1][0] == measured.steps:
                self._floors.pop()
            self._floors.append((measured.steps, floor))
        self._redraw()  # a paused run has no further snapshot
        self.set_headline(self._words())

    _at: int | None = None  # the step that the window shows, if that is not the live one

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._at = steps
        self._cursor.show(steps)
        self._freeze.setEnabled(steps is None)  # it would freeze the live G, which is not on screen
        self._freeze.setChecked(self.run.settings_at(steps).get("generator_steps") == 0)
        self.set_headline(self._words())

    def hide_controls(self) -> None:
        super().hide_controls()
        self._gap_box.setVisible(self._reads)  # it names its line

    def cursor_at(self, steps: int) -> QLineF | None:
        return self._plot.upright(steps, self)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._redraw()

    def _redraw(self) -> None:
        end = float(self.run.progress.position.steps) if self.run.progress else 1.0
        exact, reading, gap = (self._series[name] for name in NAMES)
        pixels = max(self._plot.widget.width(), 100)
        for curve, series in ((self._exact, exact), (self._reading, reading), (self._gap, gap)):
            curve.show(*series.drawn(0, end, pixels, 1))
        show_gap = self._reads and self._gap_box.isChecked()
        self._gap.visible(show_gap)
        latest = [(exact.x[-1], exact.y[-1])] if exact.count else []
        self._latest.show(np.array(latest, dtype=np.float64).reshape(-1, 2))
        self._beyond.show(np.zeros((0, 2)))
        corners = np.array([0, *(step for step, _ in self._floors[1:]), end], dtype=np.float64).repeat(2)[1:-1]
        self._floor.show(corners, np.array([floor for _, floor in self._floors] or [np.nan]).repeat(2))
        if exact.count or (self._reads and reading.count):
            # The first reading of an untrained critic may be far off: the axis follows the exact distance.
            usual = float(np.median(np.abs(reading.y))) if self._reads and reading.count else 0.0
            high = max(float(exact.y.max()) if exact.count else 0.0, usual)
            low = min(0.0, float(np.quantile(reading.y, 0.05)) if self._reads and reading.count else 0.0)
            top = 1.15 * high + 1e-3
            self._plot.follow_range((0, 1.02 * max(end, 1.0)), (max(low, -high) * 1.1, top))
            out = [(gap.x[-1], 0.97 * top)] if show_gap and gap.count and gap.y[-1] > top else []
            self._beyond.show(np.array(out, dtype=np.float64).reshape(-1, 2))

    def _make_room(self) -> None:
        """Shows the name of the axis if the plot is high enough for it."""
        self._plot.name_sides(self.height() >= ROOM * self.fontMetrics().height())

    def _hover(self, x: float, y: float) -> None:
        labels = (("w1", "exact W1"), ("w1_estimate", "gap / slope"), ("critic_gap", "gap"))
        words = [f"{label} {figure(value, 4)}" for name, label in labels
                 if (value := self._series[name].at(x)) is not None and (name == "w1" or self._reads)]
        self.show_hover_value(f"step {max(x, 0):,.0f}: {', '.join(words)} (units of the data)" if words else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()
