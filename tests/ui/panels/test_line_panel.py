"""The line panel: densities in words, the critic and its optimum on their own axis, threads from the latent."""

from __future__ import annotations

import re

import msgspec
import numpy as np
import pytest
from panel_kit import INF, LINE, NAN, Shown, drawn, pointed
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QToolTip,
)
from pytestqt.qtbot import QtBot
from studio_kit import (
    Stage,
    floats,
    line_view,
)

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import View
from ganstudio.probes.line import FARTHEST as PROBED_FARTHEST
from ganstudio.ui.panels.line import LinePanel
from ganstudio.ui.panels.parts.line_text import FARTHEST
from ganstudio.ui.theme import DARK

DENSITY = np.exp(-np.linspace(-2, 2, 120) ** 2 / 0.5) / 1.2533


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


@pytest.mark.parametrize(("generator", "said"), [
    (DENSITY, "overlaps 100% of blue"), (np.zeros(120), "overlaps 0% of blue"), (DENSITY * 0.5, "50% of the generated"),
])
def test_densities_are_put_into_words(qtbot: QtBot, stage: Stage, generator: object, said: str) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    shown.show(stage, line_view(DENSITY, generator, np.zeros(120), kind="logit"))
    assert said in shown.words


@pytest.mark.parametrize("score", [
    np.full(120, NAN), np.full(120, INF), np.linspace(-3e38, 3e38, 120), np.zeros(120),
    np.where(np.arange(120) > 60, NAN, 1.0), np.where(np.arange(120) > 60, -INF, 1.0),
], ids=["nan", "inf", "huge", "zero", "half-nan", "half-inf"])
@pytest.mark.parametrize("kind", ["logit", "value"])
def test_a_line_of_odd_scores_is_shown(qtbot: QtBot, stage: Stage, score: object, kind: str) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    shown.show(stage, line_view(DENSITY, DENSITY, score, kind=kind))
    assert shown.pixels(DARK.generated) > 20


@pytest.mark.parametrize(("box", "colour"), [
    ("line.real", DARK.real), ("line.generated", DARK.generated), ("line.D(x)", DARK.discriminator),
    ("line.optimum", DARK.truth),
])
def test_a_line_is_hidden_by_its_box(qtbot: QtBot, stage: Stage, box: str, colour: str) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    shown.show(stage, figure_one())
    before = shown.pixels(colour)
    shown.box(box).click()
    assert shown.pixels(colour) < before - 100  # the text of the axes is nearly of the truth's colour
    shown.box(box).click()
    assert shown.pixels(colour) == before


def figure_one(kind: str = "logit", **changes: object) -> tuple[str, View]:
    """Two humps, a rising D, and all that is known of it."""
    _, view = line_view(DENSITY, np.roll(DENSITY, 30), np.linspace(-3, 3, 120), kind=kind)
    known = {"optimum": floats(np.linspace(3, -3, 120)), "latents": floats(np.linspace(-2, 2, 9)),
             "reached": floats(np.linspace(-1, 1.6, 9)), "loss": 1.25, "best_loss": 1.0625}
    return "line", msgspec.structs.replace(view, **{**known, **changes})


def line_of(shown: Shown) -> LinePanel:
    assert isinstance(shown.panel, LinePanel)
    return shown.panel


def test_the_optimum_is_dashed_and_has_gaps_where_nothing_is_known(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    optimum = np.where(np.arange(120) < 40, NAN, 0.0)
    shown.show(stage, figure_one(optimum=floats(optimum)))
    _, y = drawn(line_of(shown)._optimum)
    assert np.isnan(y[:40]).all()
    top = line_of(shown)._top
    np.testing.assert_allclose(y[40:], 0.45 * top, rtol=1e-5)  # a logit of 0 is a chance of one half
    assert line_of(shown)._optimum._item.opts["pen"].style() == Qt.PenStyle.DashLine
    assert shown.box("line.optimum").isEnabled()
    shown.show(stage, figure_one(optimum=None, best_loss=None), steps=2)
    assert not len(drawn(line_of(shown)._optimum)[0])
    assert not shown.box("line.optimum").isEnabled()
    assert "not known" in shown.box("line.optimum").toolTip()
    assert "best D" not in shown.words


def test_an_infinite_optimum_runs_along_the_edges_and_does_not_flatten_the_critic(qtbot: QtBot, stage: Stage) -> None:
    """D* of the total variation is +∞ or −∞ almost everywhere; the scores themselves lie within ±3."""
    assert FARTHEST == PROBED_FARTHEST
    shown = Shown(qtbot, stage, LinePanel, Spec(variant="f-gan", data="mixture"))
    shown.show(stage, figure_one("value", optimum=floats(np.where(np.arange(120) < 60, FARTHEST, -FARTHEST))))
    line = line_of(shown)
    _, best = drawn(line._optimum)
    assert best[:60] == pytest.approx(0.98 * line._top, rel=1e-5)
    assert best[60:] == pytest.approx(0)
    _, score = drawn(line._score)
    assert score.max() - score.min() > 0.85 * line._top
    for x, told in ((-1.0, "optimum +∞"), (1.0, "optimum −∞")):
        line._hover(x, 0.1)
        assert told in line.statusTip()


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_a_critic_and_its_optimum_share_an_axis_of_their_own(qtbot: QtBot, stage: Stage, scale: float) -> None:
    """The scores run from -3 to 3, drawn from 0 to nine tenths of the picture but for their outermost 2 %."""
    shown = Shown(qtbot, stage, LinePanel, Spec(variant="wgan-gp", data="mixture"))
    ramp = scale * np.linspace(-3, 3, 120)
    shown.show(stage, figure_one("value", score=floats(ramp), optimum=floats(ramp / 2)))
    line = line_of(shown)
    assert line._scores is not None
    low, high = line._scores
    if scale > 1e-6:
        assert (low, high) == pytest.approx((np.quantile([*ramp, *ramp / 2], 0.02), -low), rel=1e-4)
    ticks = line._plot._view.axes["right"]._tickLevels[0]
    for height, text in ticks:
        value = low + height / (0.9 * line._top) * (high - low)
        assert float(text.replace("−", "-")) == pytest.approx(value, rel=1e-3, abs=1e-3 * scale)
    assert 2 <= len(ticks) <= 5


@pytest.mark.parametrize(("variant", "said"), [
    ("gan", "D's loss is 1.250; the best possible D against this G has 1.062"),
    ("wgan-gp", "For these two densities the critic's gap is −1.25, and W1 is −1.06"),
    ("wgan", "gap is −1.25, which is not in the units of W1, and W1 is −1.06"),
])
def test_the_loss_stands_beside_the_best(qtbot: QtBot, stage: Stage, variant: str, said: str) -> None:
    shown = Shown(qtbot, stage, LinePanel, Spec(variant=variant, data="mixture"))
    shown.show(stage, figure_one())
    assert said in shown.words
    shown.show(stage, figure_one(loss=None), steps=2)
    assert "best" not in shown.words and "exact W1" not in shown.words


def test_threads_lead_from_the_latent_to_where_it_is_sent(qtbot: QtBot, stage: Stage) -> None:
    """z from -2 to 2 is spread over 90 % of what is shown, 4 wide but for half a cell at each end."""
    shown = Shown(qtbot, stage, LinePanel, LINE)
    shown.show(stage, figure_one(latents=floats([-2, 0, 1, 2]), reached=floats([-1.5, 0.5, 9, -7])))
    x, y = drawn(line_of(shown)._threads)
    assert y.tolist() == [0, 1] * 4
    assert x[0::2] == pytest.approx([-1.8, 0, 0.9, 1.8], abs=1e-5)
    assert x[1::2] == pytest.approx([-1.5, 0.5, 2, -2], abs=0.03), "what lies outside is led to the edge"
    assert len(line_of(shown)._beyond.points) == 2
    assert len(line_of(shown)._ends.points) == 2
    ticks = line_of(shown)._latent._view.axes["bottom"]._tickLevels[0]
    assert [text for _, text in ticks] == ["−2", "−1.5", "−1", "−0.5", "0", "0.5", "1", "1.5", "2"]
    assert [at for at, _ in ticks] == pytest.approx(np.linspace(-1.8, 1.8, 9), abs=1e-5)
    track = line_of(shown)._latent.widget
    assert track.isVisible()
    shown.box("line.z to G(z)").click()
    assert not track.isVisible()
    shown.box("line.z to G(z)").click()
    assert track.isVisible()
    shown.panel.resize(480, 12 * shown.panel.fontMetrics().height())
    qtbot.waitUntil(lambda: not track.isVisible())


def test_the_pointer_reads_the_densities_and_the_latent(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    pointed(shown, 0.5, 0.5)
    shown.show(stage, figure_one(score=floats(np.zeros(120)), optimum=floats(np.full(120, np.log(3)))))
    pointed(shown, 0.4, 0.5)
    assert "D(x) 0.5 (logit 0), optimum 0.75" in QToolTip.text()
    x, data = (float(number) for number in re.findall(r"-?[\d.]+", QToolTip.text())[:2])
    assert data == pytest.approx(np.exp(-(x**2) / 0.5) / 1.2533, rel=0.02)
    line_of(shown)._hover_latent(-1.7, 0.0)
    assert "z = -2.000 to x = -1.000" in QToolTip.text()
    line_of(shown)._hover_latent(1.55, 1.0)
    assert "z = 2.000 to x = 1.600" in QToolTip.text()


def test_another_run_begins_with_an_empty_line(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    shown.show(stage, figure_one())
    stage.begin(LINE)
    assert [shown.pixels(colour) for colour in (DARK.real, DARK.generated, DARK.discriminator)] == [0, 0, 0]
    pointed(shown, 0.4, 0.5)
    assert "D(x)" not in shown.panel.statusTip() or "data" in shown.panel.statusTip()
