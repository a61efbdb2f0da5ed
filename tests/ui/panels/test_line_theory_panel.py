"""The panel on parallel lines: what it draws is the example's truth, and its marks are where the run is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from panel_kit import Shown, drawn
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from studio_kit import Stage, measured, progress

from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.panels.line_theory import LineTheoryPanel
from ganstudio.views.parallel_lines import ParallelLines

LINES = Spec(variant="wgan", data="lines", preset="comes-over", network="line")


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def shown_with(qtbot: QtBot, stage: Stage, spec: Spec = LINES) -> tuple[Shown, LineTheoryPanel]:
    shown = Shown(qtbot, stage, LineTheoryPanel, spec)
    assert isinstance(shown.panel, LineTheoryPanel)
    return shown, shown.panel


def captions(panel: LineTheoryPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.text().startswith("<b>")]


def test_the_curves_are_the_two_distances(qtbot: QtBot, stage: Stage) -> None:
    shown, panel = shown_with(qtbot, stage)
    shown.show(stage, ("parallel-lines", ParallelLines(theta=0.5, position=0.0, spread=0.0)))
    (x, w1), (at, jsd) = (drawn(curve) for curve in panel._curves)
    np.testing.assert_allclose(w1, np.abs(x))
    np.testing.assert_allclose(jsd, math.log(2))
    assert x.min() < -0.5 < 0.5 < x.max() and at.min() < 0 < at.max()
    assert panel._alone.points.tolist() == [[0.0, 0.0]]


def test_its_marks_are_where_the_run_is(qtbot: QtBot, stage: Stage) -> None:
    shown, panel = shown_with(qtbot, stage)
    shown.show(stage, ("parallel-lines", ParallelLines(theta=-1.0, position=0.25, spread=0.0)), steps=4)
    assert panel._now[1].points.tolist() == [[-1.25, pytest.approx(math.log(2))]]
    assert len(panel._now[0].points) == 0, "not measured yet"
    stage.link.say(measured(shown.run, 4, {"w1": 1.27, "w1_estimate": 1.1}, {"w1": 0.05}))
    assert panel._now[0].points.tolist() == [[-1.25, 1.27]]
    assert panel._reads[0].points.tolist() == [[-1.25, 1.1]]
    assert len(panel._reads[1].points) == 0, "a critic reads no JSD"
    assert "1.25 apart" in shown.words
    assert "exact 1.25 · measured 1.27 (perfect G 0.05) · critic 1.1" in captions(panel)[0]


def test_a_measurement_stays_where_the_lines_were_then(qtbot: QtBot, stage: Stage) -> None:
    shown, panel = shown_with(qtbot, stage)
    for steps, theta in ((1, 1.0), (2, 2.0), (3, 3.0)):
        shown.show(stage, ("parallel-lines", ParallelLines(theta=theta, position=0.0, spread=0.0)), steps=steps)
    stage.link.say(measured(shown.run, 2, {"w1": 2.01}, {"w1": 0.05}))
    assert panel._now[0].points.tolist() == [[2.0, 2.01]]
    assert panel._now[1].points[0, 0] == 3.0


def test_a_discriminator_reads_jsd_and_no_distance(qtbot: QtBot, stage: Stage) -> None:
    shown, panel = shown_with(qtbot, stage, Spec(variant="gan", data="lines", preset="stuck"))
    view = ParallelLines(theta=0.5, position=0.0, spread=0.0, jsd_read=0.65)
    shown.show(stage, ("parallel-lines", view), steps=1)
    stage.link.say(measured(shown.run, 1, {"w1": 0.5, "w1_estimate": 9.0}, {"w1": 0.05}))
    assert panel._reads[1].points.tolist() == [[0.5, 0.65]]
    assert len(panel._reads[0].points) == 0
    assert "exact log 2 = 0.693 · D 0.65" in captions(panel)[1]


@pytest.mark.parametrize(("position", "spread", "words", "jsd"), [
    (0.5, 0.0, "is the real one now", 0.0),
    (0.5, 1e-3, "cloud", math.log(2)),
    (math.nan, math.nan, "diverged", math.log(2)),
    (math.inf, 0.0, "diverged", math.log(2)),
])
def test_what_it_says_is_true_of_lines_and_of_clouds(
    qtbot: QtBot, stage: Stage, position: float, spread: float, words: str, jsd: float,
) -> None:
    shown, panel = shown_with(qtbot, stage)
    shown.show(stage, ("parallel-lines", ParallelLines(theta=0.5, position=position, spread=spread)))
    assert words in shown.words
    assert all(y == pytest.approx(jsd) for y in panel._now[1].points[:, 1])


def test_looking_back_shows_the_numbers_of_then(qtbot: QtBot, stage: Stage) -> None:
    shown, panel = shown_with(qtbot, stage)
    shown.show(stage, ("parallel-lines", ParallelLines(theta=2.0, position=0.0, spread=0.0)), steps=50)
    stage.link.say(progress(shown.run, 50))
    now = measured(shown.run, 50, {"w1": 2.02}, {})
    stage.link.say(now)
    panel.show_past(5, measured(shown.run, 5, {"w1": 0.51}, {}))
    shown.show(stage, ("parallel-lines", ParallelLines(theta=0.5, position=0.0, spread=0.0)), steps=5)
    stage.link.say(now)  # the live run goes on meanwhile
    assert panel._now[0].points.tolist() == [[0.5, 0.51]]
    panel.show_past(None, None)
    shown.show(stage, ("parallel-lines", ParallelLines(theta=2.0, position=0.0, spread=0.0)), steps=51)
    assert panel._now[0].points.tolist() == [[2.0, 2.02]]


def test_it_is_offered_on_parallel_lines_alone() -> None:
    assert LineTheoryPanel.fits("plane", {"latent", "parallel lines"})
    assert not LineTheoryPanel.fits("plane", {"latent", "scores"})
