"""JSD and W1 over theta: the two distances between parallel lines, and where the run is on their curves."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ganstudio.core.design import Dot, Pen, Space
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.line_theory_text import LOG2, TIPS, jsd_caption, jsd_of, w1_caption, words
from ganstudio.ui.plotting.items import Curve, Scatter
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.captioned_plot import CaptionedPlot
from ganstudio.ui.widgets.legend import LegendEntry
from ganstudio.views.parallel_lines import ParallelLines

AXIS = "θ − θ_G (data units)"
LOOKS = 200  # that are remembered, to know where the lines were when they were measured
NOWHERE = np.zeros((0, 2))


class LineTheoryPanel(Panel):
    """Left W1, right JSD, over the way from the generated line to the real one: figure 1 of the WGAN paper, alive."""

    name = "line-theory"
    title = "JSD and W1 over θ"
    kinds = ("plane",)
    help = "Exact W1 and JSD of two parallel lines (dashed), where the run is on both, and what D reads."
    reading = ("Below is θ, above it how far two parallel lines are apart there: W1 grows with the distance, the JSD "
               "is log 2 everywhere but at 0. The dots are the run now.")
    healthy = "The dot on W1 moves down to 0 as the generated line comes over to the real one."
    sick = ("The dots stay where they are: D tells the two lines apart, and the JSD, which is log 2 on both sides, "
            "gives G no direction.")
    papers = "Arjovsky et al. 2017, arXiv:1701.07875, Example 1"
    place = {"plane": Place("lower", column=1, order=1)}
    views = ("parallel-lines",)
    needs = frozenset({"parallel lines"})
    legend = True
    measures = True
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._names = {key: LegendEntry(name) for key, name in (
            ("exact", "exact"), ("measured", "now"), ("read", "D's estimate"))}
        for key, entry in self._names.items():
            entry.setToolTip(TIPS[key])
            self._tools.addWidget(entry)
        self._tools.addStretch(1)
        self._w1 = CaptionedPlot("W1 (data units)", AXIS)
        self._jsd = CaptionedPlot("JSD (nats)", AXIS)
        row = QWidget()
        columns = QHBoxLayout(row)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(Space.TIGHT)
        for side, share in ((self._w1, 3), (self._jsd, 2)):  # of W1 there is more to say
            columns.addWidget(side, share)
        self._curves = [Curve(side.plot, above=1) for side in (self._w1, self._jsd)]
        self._alone = Scatter(self._jsd.plot, above=1)  # JSD 0 at distance 0
        self._hole = Scatter(self._jsd.plot, above=1)  # and not log 2
        self._now = [Scatter(side.plot, above=3) for side in (self._w1, self._jsd)]
        self._reads = [Scatter(side.plot, above=2) for side in (self._w1, self._jsd)]
        self._w1.plot.on_painted(self.painted.emit)
        self._w1.plot.on_hover(lambda x, y: self._hover(x))
        self._jsd.plot.on_hover(lambda x, y: self._hover(x))
        self._view: ParallelLines | None = None
        self._measured: MeasuredNow | None = None
        self._at: int | None = None  # the step that the window shows, if that is not the live one
        self._looks: deque[tuple[int, float]] = deque(maxlen=LOOKS)  # step, and distance with its sign
        run.measured.connect(self._take)
        self.set_body(row)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        for side in (self._w1, self._jsd):
            side.plot.apply_theme(theme, self.font())
        for curve in self._curves:
            curve.set_style(theme.truth, Pen.USUAL, dashed=True)
        self._alone.set_style(theme.truth, Dot.KNOT, filled=True)
        self._hole.set_style(theme.truth, Dot.KNOT, filled=False, width=Pen.LIGHT)
        for dot in self._now:
            dot.set_style(theme.generated, Dot.BODY, filled=True)
        for mark in self._reads:
            mark.set_style(theme.discriminator, Dot.DIAMOND, filled=False, symbol="d", width=Pen.USUAL)
        self._names["exact"].set_style(theme.truth, theme.text, dashed=True)
        self._names["measured"].set_style(theme.generated, theme.text)
        self._names["read"].set_style(theme.discriminator, theme.text)

    def begin(self, started: Started) -> None:
        self._view, self._measured, self._at = None, None, None
        self._looks.clear()
        for side in (self._w1, self._jsd):
            side.plot.following = True
            side.caption("")
        for marks in (*self._now, *self._reads):
            marks.show(NOWHERE)
        self._draw_curves(1.0)
        self.set_headline("Waiting for the first picture…")

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._at, self._view = steps, None
        self._measured = measured if steps is not None else self.run.last_measured
        self._looks.clear()

    def _take(self, measured: MeasuredNow) -> None:
        if self._at is None:
            self._measured = measured
            self._redraw()  # a paused run has no further picture

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("parallel-lines")
        if not isinstance(view, ParallelLines):
            return
        self._view = view
        self._looks.append((snapshot.position.steps, view.theta - view.position))
        self.set_headline(words(view))
        self._redraw()

    # Drawing -------------------------------------------------------------------------------------------------

    def _redraw(self) -> None:
        view = self._view
        if view is None:
            return
        apart = view.theta - view.position
        w1, floor, read, at = self._numbers()
        reach = max([abs(each) for each in (apart, at) if math.isfinite(each)], default=0.0)
        self._draw_curves(max(1.0, math.ceil(2.5 * reach) / 2))
        self._show(self._now[0], at, w1)
        self._show(self._reads[0], at, read)
        self._show(self._now[1], apart, jsd_of(view))
        self._show(self._reads[1], apart, view.jsd_read)
        self._w1.caption(w1_caption(view, w1, floor, read))
        self._jsd.caption(jsd_caption(view))

    def _numbers(self) -> tuple[float | None, float | None, float | None, float]:
        """W1 as measured, its floor, the critic's estimate, and the distance at the step of these."""
        measured = self._measured
        if measured is None or not self._looks:
            return None, None, None, math.nan
        at = min(reversed(self._looks), key=lambda look: abs(look[0] - measured.steps))[1]
        reads = self.run.variant is not None and self.run.variant.reads_w1
        read = measured.measures.get("w1_estimate") if reads else None
        return measured.measures.get("w1"), measured.floors.get("w1"), read, at

    @staticmethod
    def _show(marks: Scatter, x: float, y: float | None) -> None:
        marks.show(NOWHERE if y is None else np.array([[x, y]]))

    def _draw_curves(self, reach: float) -> None:
        """Draws what is true of two lines, as far apart as ``reach``."""
        w1, jsd = self._curves
        corners = np.array([-reach, 0.0, reach])
        w1.show(corners, np.abs(corners))
        jsd.show(np.array([-reach, reach]), np.full(2, LOG2))
        self._alone.show(np.zeros((1, 2)))
        self._hole.show(np.array([[0.0, LOG2]]))
        self._w1.plot.show_range((-reach, reach), (-0.08 * reach, 1.12 * reach))
        self._jsd.plot.show_range((-reach, reach), (-0.08, 0.8))

    def _hover(self, x: float) -> None:
        jsd = "log 2 = 0.693" if x else "0"
        self.show_hover_value(f"lines {figure(abs(x))} apart: W1 {figure(abs(x))}, JSD {jsd}")
