"""Points: real and generated samples on the plane, and how many modes they find."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.design import Dot, Pen
from ganstudio.core.mode_collapse import few_modes, is_away, mode_shares
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.protocol.views import ModeCount, Points
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.class_chooser import ClassChooser
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.heaps import Heaps, find_heaps
from ganstudio.ui.plotting.items import Circles, Scatter
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme

Floats = NDArray[np.float64]
BRIEF = 40  # letters: a panel that is narrower says it in fewer words
Points32 = NDArray[np.float32]
SETTLED_STEPS = 200  # before this step, a cloud that has not yet reached its modes looks like one that has lost them
SEEN = 0.022  # of the width over all modes: a smaller circle would vanish under the points


class Trend:
    """Whether a share has risen over the last looks of a run that goes on."""

    SPAN = 100  # steps, from the first of the looks that are compared to the last
    RISE = 0.01  # of the share: some 10 points of 1,000

    def __init__(self) -> None:
        self._seen: deque[tuple[int, float]] = deque()

    def moving(self, steps: int, share: float) -> bool:
        """Takes a look, and says whether the share has risen since SPAN steps ago."""
        if self._seen and steps < self._seen[-1][0]:
            self._seen.clear()
        if not self._seen or steps > self._seen[-1][0]:  # a paused run does not move
            self._seen.append((steps, share))
        while len(self._seen) > 1 and self._seen[1][0] <= steps - self.SPAN:
            self._seen.popleft()
        (first, before), (last, now) = self._seen[0], self._seen[-1]
        return last - first >= self.SPAN and now - before > self.RISE


class PointsPanel(Panel):
    """Real points are hollow and blue, generated ones filled and orange; a circle is three sd of a mode."""

    name = "points"
    title = "Points"
    kinds = ("plane",)
    help = "Real samples (blue, hollow) and generated ones (orange, filled). Circles: 3 sd of each mode."
    reading = ("Compare how densely the two clouds cover each place, not single points. The circle of a mode turns "
               "green when the mode counts as found; a ring with a percentage marks many generated points on one "
               "spot; diamonds at the edge are points outside the picture.")
    healthy = ("Orange covers blue everywhere about equally densely, all circles are green, and the share of points "
               "within 3 sd of a mode comes near 99%.")
    sick = ("Orange gathers on a few modes (mode collapse), jumps from mode to mode without staying, or runs off to "
            "where no blue is.")
    formula = r"\frac{1}{n} \sum_{i=1}^{n} [\, \min_k \| G(z_i) - \mu_k \| \le 3 \sigma_k \,]"
    papers = ("Metz et al. 2017, Unrolled Generative Adversarial Networks, arXiv:1611.02163 (the ring); Srivastava et "
              "al. 2017, VEEGAN, arXiv:1705.07761 (points within 3 sd)")
    place = {"plane": Place("upper")}
    views = ("points",)
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._real, self._fake, self._modes = (
            self.add_toggle(what, key) for what, key in (("real", "X"), ("generated", "G"), ("modes", "M"))
        )
        self._chosen = commands.shown_class
        self._chooser = ClassChooser(self._chosen, self.name, "circle class",
                                     "Circles the generated points that G made for this class")
        self._tools.addWidget(self._chooser)
        self._chosen.changed.connect(self._circle)
        self._tools.addStretch(1)
        self._trend = Trend()
        self._had_found = False  # whether more modes than a collapse leaves were found before in this run
        self._expected: Floats | None = None  # each mode's share of the real points
        self._plot = Plot(square=True)
        self._real_points = Scatter(self._plot, above=1)
        self._fake_points = Scatter(self._plot, above=2)
        self._beyond = Scatter(self._plot, above=2)
        self._circles = Circles(self._plot, above=3)
        self._found = Circles(self._plot, above=4)
        self._of_class = Scatter(self._plot, above=3)
        self._heaps = Heaps(self._plot, above=5)
        self._made = np.zeros((0, 2), dtype=np.float32), np.zeros(0, dtype=np.float32)  # points, and their classes
        self._fake.toggled.connect(self._of_class.visible)
        self._real.toggled.connect(self._real_points.visible)
        self._fake.toggled.connect(self._fake_points.visible)
        self._fake.toggled.connect(self._beyond.visible)
        self._fake.toggled.connect(self._heaps.visible)
        self._modes.toggled.connect(self._circles.visible)
        self._modes.toggled.connect(self._found.visible)
        self._plot.on_painted(self.painted.emit)
        self._plot.on_hover(self._hover)
        self.set_body(self._plot.widget)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._plot.apply_theme(theme, self.font())
        self._real_points.set_style(theme.real, Dot.HOLLOW, filled=False, alpha=150)
        self._fake_points.set_style(theme.generated, Dot.SAMPLE, filled=True, alpha=210)
        self._beyond.set_style(theme.generated, Dot.MARK, filled=False, symbol="d", width=Pen.LIGHT)
        self._of_class.set_style(theme.text, Dot.KNOT, filled=False, width=Pen.RING)
        self._heaps.set_style(theme.generated, self.font(), theme.base)
        self._circles.set_style(theme.truth, Pen.FINE, dashed=True)
        self._found.set_style(theme.high, Pen.USUAL)

    def begin(self, started: Started) -> None:
        self._had_found, self._trend = False, Trend()
        self._expected = None
        self._plot.following = True
        self._plot.use_units(started.user_units)
        self._extent = started.low, started.high
        self._plot.show_range(self._extent, self._extent)
        none = np.zeros((0, 2))
        self._real_points.show(none)
        self._fake_points.show(none)
        self._beyond.show(none)
        self._heaps.show([])
        self._show_classes(none.astype(np.float32), None)
        self._circles.show(none, none[:, 0])
        self._found.show(none, none[:, 0])
        self.set_headline("Waiting for the first points…")

    def hide_controls(self) -> None:
        super().hide_controls()
        self._of_class.visible(False)  # without the chooser nothing says what the circles are

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._had_found, self._trend = False, Trend()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("points")
        if not isinstance(view, Points):
            return
        fake = view.fake.numpy()
        self._follow(view)
        if not self._shows_real(view):
            self._real_points.show(view.real.numpy())
        outside = self._show_fake(fake)
        low, high = self._extent  # and not the plot's range: the share is the same in a window of any shape
        self._heaps.show(find_heaps(fake[np.isfinite(fake).all(axis=1)], view.real.numpy(), high - low))
        self._show_classes(fake, None if view.labels is None else view.labels.numpy())
        if view.modes is not None:
            self._show_modes(view.modes)
            if self._expected is None:
                with np.errstate(all="ignore"):  # data of a file may be as large as float32 allows
                    self._expected = mode_shares(view.real.numpy(), view.modes)
        steps = snapshot.position.steps
        early = steps < SETTLED_STEPS and not self._had_found
        moving = self._trend.moving(steps, view.modes.high_quality) if view.modes is not None else False
        brief = self.width() < BRIEF * self.fontMetrics().averageCharWidth()
        self.set_headline(
            words(view.modes, fake, outside, expected=self._expected, early=early, moving=moving, brief=brief))
        self._had_found |= view.modes is not None and view.modes.found > few_modes(len(view.modes.nearest.numpy()))

    _extent = (0.0, 0.0)  # where the data lies

    def _follow(self, view: Points) -> None:
        """Shows where the data lies now: a control may have moved it."""
        if view.low is not None and view.high is not None and (view.low, view.high) != self._extent:
            self._extent = view.low, view.high
            self._plot.show_range(self._extent, self._extent)

    def _hover(self, x: float, y: float) -> None:
        units = self.run.units
        self.show_hover_value(f"x {units.text(x)}, y {units.text(y, 1)}")

    def _show_fake(self, fake: Points32) -> float:
        """Draws the generated points, those beyond the picture as diamonds at its edge; returns their share."""
        started = self.run.started
        finite = fake[np.isfinite(fake).all(axis=1)]
        if started is None or not self._plot.following:
            self._fake_points.show(finite)
            self._beyond.show(finite[:0])
            return 0.0
        (left, right), (bottom, top) = self._plot.x_range(), self._plot.y_range()
        low, high = np.array([left, bottom], dtype=np.float32), np.array([right, top], dtype=np.float32)
        out = ((finite < low) | (finite > high)).any(axis=1)
        inset = 0.015 * (high - low)
        self._fake_points.show(finite[~out])
        self._beyond.show(np.clip(finite[out], low + inset, high - inset))
        return float(np.count_nonzero(out)) / max(len(finite), 1)

    def _show_classes(self, fake: Points32, labels: NDArray[np.float32] | None) -> None:
        """Takes the class that each generated point was asked for, and circles those of the chosen one."""
        self._made = (fake[:0], np.zeros(0, dtype=np.float32)) if labels is None else (fake, labels)
        self._circle()

    def _circle(self) -> None:
        points, labels = self._made
        self._of_class.show(points[labels == self._chosen.label])

    def _shows_real(self, view: Points) -> bool:
        """Whether the real points are on the plot already: they are the same in every picture of a run."""
        key = (self.run.started.run if self.run.started else -1, hash(view.real.data))
        same = key == getattr(self, "_shown", None)
        self._shown = key
        return same

    def _show_modes(self, modes: ModeCount) -> None:
        centres, radius, share = modes.centres.numpy(), modes.radius.numpy(), modes.share.numpy()
        drawn = np.maximum(radius, SEEN * float(np.ptp(centres, axis=0).max()))
        found = share >= modes.needed.numpy()
        self._circles.show(centres[~found], drawn[~found])
        self._found.show(centres[found], drawn[found])


def words(
    modes: ModeCount | None, fake: Points32, outside: float = 0.0, *,
    expected: Floats | None = None, early: bool = False, moving: bool = False, brief: bool = False,
) -> str:
    """What the picture shows, in one or two plain sentences.

    Args:
        modes: How the points fall on the modes, if there are modes.
        fake: The generated points, ``(n, 2)``.
        outside: Share of them beyond the picture.
        expected: Share of the real points at each mode, ``(K,)``; equal if not given.
        early: Whether the points have not had the time to reach the modes.
        moving: Whether they have come nearer to the modes over the last looks.
        brief: Whether there is little room.
    """
    bad = ~np.isfinite(fake).all(axis=1)
    if bad.any():
        return f"{int(bad.sum()):,} of {len(fake):,} generated points are not finite numbers: the run has diverged."
    beyond = f"{outside:.0%} of the points are outside the picture (diamonds at its edge)." if outside >= 0.02 else ""
    if modes is None:
        return beyond or "Goal: orange covers blue, equally dense everywhere."
    nearest = modes.nearest.numpy()
    K = len(nearest)
    visited = nearest >= 0.2 * (np.full(K, 1 / K) if expected is None else expected)
    reach = int(visited.sum())
    whose = "" if brief else f" of these {len(fake):,} points are"
    quality = beyond or f"{modes.high_quality:.0%}{whose} within 3 sd of a mode (perfect G: 99%)."
    if K > 1 and reach <= few_modes(K):
        if early:
            return f"The points have not reached the modes yet: {modes.found} of {K} found. {quality}"
        if is_away(modes):
            away = figure(modes.distance, 2)
            return f"The points are far from every mode: half of them by more than {away} data units. {quality}"
        where = "one" if reach <= 1 else f"{reach}"
        return f"Mode collapse: {where} of {K} modes {'gets' if reach <= 1 else 'get'} nearly all points. {quality}"
    if modes.found == K:
        return f"All {K} modes found. {quality}"
    missing = K - reach
    if missing:
        return f"{modes.found} of {K} modes found; {missing} get almost no points. {quality}"
    if not moving:
        return f"{modes.found} of {K} modes found. {quality}"
    return f"{modes.found} of {K} modes found so far. {quality}"
