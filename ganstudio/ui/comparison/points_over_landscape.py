"""Points over landscape: one plot for a run, where there is no room for two."""

from __future__ import annotations

import numpy as np

from ganstudio.core.design import Dot, Pen
from ganstudio.core.mode_collapse import few_modes, mode_shares
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.protocol.views import Points
from ganstudio.ui.panels.landscape import LandscapePanel
from ganstudio.ui.panels.points import SETTLED_STEPS, Floats, Trend, words
from ganstudio.ui.plotting.items import Circles, Scatter
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme

REAL_ALPHA = 120  # of 255: the real points lie below the generated ones and above the colours


class PointsOverLandscape(LandscapePanel):
    """The critic landscape without its arrows, and over it the points; its sentence is that of the points."""

    name = "points-over-landscape"
    title = "Points over landscape"
    help = ("Real samples (blue, hollow) and generated ones (orange, filled) over the discriminator's score. Green: D "
            "says real (critics: a higher score).")
    views = ("landscape", "boundary", "points")

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._real_points = Scatter(self._plot, above=1)
        self._fake_points = Scatter(self._plot, above=2)
        self._found = Circles(self._plot, above=3)
        self._arrows_box.setChecked(False)
        self._shown_real = -1
        self._trend = Trend()
        self._had_found = False
        self._expected: Floats | None = None
        self._said = ""  # of the points

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._real_points.set_style(theme.real, Dot.SAMPLE, filled=False, alpha=REAL_ALPHA)
        self._fake_points.set_style(theme.generated, Dot.FINE, filled=True)
        self._found.set_style(theme.truth, Pen.LIGHT)

    def begin(self, started: Started) -> None:
        super().begin(started)
        none = np.zeros((0, 2))
        self._real_points.show(none)
        self._fake_points.show(none)
        self._found.show(none, none[:, 0])
        self._shown_real, self._said = -1, ""
        self._trend, self._had_found, self._expected = Trend(), False, None
        self.set_headline("Waiting for the first points…")

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        super().show_past(steps, measured)
        self._trend, self._had_found = Trend(), False

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("points")
        if isinstance(view, Points):
            self._show_points(view, snapshot.position.steps)
        super().show_snapshot(snapshot)

    def _show_points(self, view: Points, steps: int) -> None:
        fake, modes = view.fake.numpy(), view.modes
        if (key := hash(view.real.data)) != self._shown_real:  # they are the same in every picture of a run
            self._real_points.show(view.real.numpy())
            self._shown_real = key
        self._fake_points.show(fake)
        moving = False
        if modes is not None:
            found = modes.share.numpy() >= modes.needed.numpy()
            self._found.show(modes.centres.numpy()[found], modes.radius.numpy()[found])
            if self._expected is None:
                with np.errstate(all="ignore"):  # data of a file may be as large as float32 allows
                    self._expected = mode_shares(view.real.numpy(), modes)
            moving = self._trend.moving(steps, modes.high_quality)
        early = steps < SETTLED_STEPS and not self._had_found
        self._said = words(modes, fake, expected=self._expected, early=early, moving=moving, brief=True)
        self._had_found |= modes is not None and modes.found > few_modes(len(modes.nearest.numpy()))
        self.set_headline(self._said)

    def set_headline(self, text: str) -> None:
        """The sentence of the points, if there are points; a landscape that is not finite says so itself."""
        finite = self._view is not None
        super().set_headline(self._said if getattr(self, "_said", "") and finite else text)
