"""The landscape panel: its words, colours, arrows, and the best critic's boundary."""

from __future__ import annotations

import numpy as np
import pytest
from panel_kit import INF, NAN, Shown, pointed
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QToolTip,
)
from pytestqt.qtbot import QtBot
from studio_kit import (
    Stage,
    floats,
    landscape_view,
    progress,
)

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Boundary, View
from ganstudio.ui.panels.landscape import LandscapePanel
from ganstudio.ui.theme import DARK
from ganstudio.ui.widgets.color_bar import ColorBar

SLOPE = np.add.outer(np.zeros(40), np.linspace(-1, 1, 40))


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


@pytest.mark.parametrize(("gradient", "said"), [
    (np.full((8, 2), 1.0), "1.41"),
    (np.full((8, 2), 1e-6), "flat"),
    (np.zeros((8, 2)), "flat"),
    (np.full((8, 2), 100.0), "Cliffs"),
    (np.full((8, 2), 1e30), "Cliffs"),
    (np.full((8, 2), NAN), "not a finite number"),
    (np.full((8, 2), INF), "not a finite number"),
])
def test_the_critic_is_put_into_words(qtbot: QtBot, stage: Stage, gradient: object, said: str) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.show(stage, landscape_view(SLOPE, gradient))
    assert said in shown.words
    assert "critic" in shown.words
    shown.panel.grab()


@pytest.mark.parametrize("values", [
    np.full((40, 40), NAN), np.full((40, 40), INF), np.where(SLOPE > 0, NAN, SLOPE), np.where(SLOPE > 0.5, INF, SLOPE),
    np.where(SLOPE > 0.5, -INF, SLOPE), np.zeros((40, 40)), SLOPE * 3e38, SLOPE * 1e-38,
], ids=["nan", "inf", "half-nan", "some-inf", "some-minus-inf", "constant", "huge", "tiny"])
def test_a_landscape_of_odd_numbers_is_shown(qtbot: QtBot, stage: Stage, values: object) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.show(stage, landscape_view(values, np.ones((8, 2))))
    shown.show(stage, landscape_view(SLOPE, np.ones((8, 2))), steps=2)
    shown.show(stage, landscape_view(values, np.ones((8, 2))), steps=3)
    shown.panel.grab()
    if not np.isfinite(np.asarray(values)).any():
        assert "diverged" in shown.words


def test_high_scores_have_the_colour_of_the_real(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.box("landscape.contours").click()
    shown.show(stage, landscape_view(SLOPE, np.ones((8, 2))))
    image = shown.panel.grab().toImage()
    plot = shown.plot.viewport()
    middle = plot.mapTo(shown.panel, QPoint(0, plot.height() // 2)).y()
    greens = [image.pixelColor(x, middle) for x in range(60, 340)]
    high, low = QColor(DARK.high), QColor(DARK.low)

    def distance(colour: QColor, other: QColor) -> int:
        return abs(colour.red() - other.red()) + abs(colour.green() - other.green()) + abs(colour.blue() - other.blue())

    nearest_high = min(range(len(greens)), key=lambda i: distance(greens[i], high))
    nearest_low = min(range(len(greens)), key=lambda i: distance(greens[i], low))
    assert nearest_low < nearest_high
    assert distance(greens[nearest_high], high) < 50


def test_the_colours_of_a_held_run_do_not_depend_on_what_was_shown_before(qtbot: QtBot, stage: Stage) -> None:
    """While it plays they follow without flicker; once it is held they are those of the picture alone."""
    shown = Shown(qtbot, stage, LandscapePanel)
    bar = shown.panel.findChild(ColorBar)
    assert isinstance(bar, ColorBar)
    first, last = (landscape_view(scale * SLOPE, np.ones((8, 2))) for scale in (9.0, 1.0))
    shown.show(stage, last)
    alone = bar.grab().toImage()
    for steps in (2, 3):
        stage.link.say(progress(shown.run, steps))
        shown.show(stage, first, steps=steps)
    shown.show(stage, last, steps=4)
    assert bar.grab().toImage() != alone, "it plays"
    stage.link.say(progress(shown.run, 4, playing=False))
    assert bar.grab().toImage() == alone, "it was held after the picture"
    shown.show(stage, first, steps=5)
    shown.show(stage, last, steps=6)
    assert bar.grab().toImage() == alone, "a step by hand"


def test_arrows_are_hidden_by_their_box(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.show(stage, landscape_view(SLOPE, np.ones((8, 2))))
    assert shown.pixels(DARK.generated) > 20
    shown.box("landscape.arrows").click()
    assert shown.pixels(DARK.generated) == 0


def test_the_pointer_reads_the_score(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.show(stage, landscape_view(np.full((40, 40), 3.25), np.ones((8, 2)), kind="logit"))
    pointed(shown, 0.5, 0.5)
    assert "= 0.963 (logit 3.25)" in QToolTip.text()


def boundary_view(at: object) -> tuple[str, View]:
    return "boundary", Boundary(at=floats(at), resolution=0.1)


def test_the_best_critics_boundary_is_dashed_over_the_landscape_and_emptied_by_another_run(
    qtbot: QtBot, stage: Stage
) -> None:
    shown = Shown(qtbot, stage, LandscapePanel, Spec(variant="gan"))
    box = shown.box("landscape.optimum")
    grid = landscape_view(np.zeros((40, 40)), np.ones((8, 2)))
    assert not box.isEnabled()
    assert "not known" in box.toolTip()
    shown.show(stage, grid)
    without = shown.pixels(DARK.truth)
    circle = 1.5 * np.stack([np.cos(np.linspace(0, 6.28, 50)), np.sin(np.linspace(0, 6.28, 50))], axis=1)
    shown.show(stage, boundary_view(np.concatenate([circle, [[NAN, NAN]], circle / 2])), grid, steps=2)
    assert box.isEnabled()
    assert "p = q" in box.toolTip()
    assert "Dashed: the best possible D would be undecided" in shown.words
    whole = shown.pixels(DARK.truth)
    assert whole > without + 200
    box.click()
    assert shown.pixels(DARK.truth) < without + 20
    shown.show(stage, grid, steps=3)
    assert "Dashed" not in shown.words
    box.click()
    assert shown.pixels(DARK.truth) == whole, "a picture without a boundary keeps the one that was drawn"
    shown.run = stage.begin(Spec(variant="sn-gan"))
    assert shown.pixels(DARK.truth) < without + 20
    assert not box.isEnabled()
    shown.show(stage, boundary_view(np.zeros((0, 2))), grid)
    assert not box.isEnabled()
    assert "Dashed" not in shown.words


def test_scores_that_are_not_finite_leave_no_landscape_behind(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.show(stage, landscape_view(SLOPE, np.ones((8, 2))))
    greens = shown.pixels(DARK.high)
    assert greens > 20
    assert shown.pixels(DARK.generated) > 100
    shown.show(stage, landscape_view(np.full((40, 40), NAN), np.full((8, 2), NAN)), steps=2)
    assert shown.pixels(DARK.high) == 0
    assert shown.pixels(DARK.generated) < 100  # only the sample beside a switch
    shown.show(stage, landscape_view(SLOPE, np.ones((8, 2))), steps=3)
    assert shown.pixels(DARK.high) == greens


def test_undecided_has_the_neutral_colour(qtbot: QtBot, stage: Stage) -> None:
    """Logits of 0 to 6 were purple where the largest was 16: a student read them as fake."""
    shown = Shown(qtbot, stage, LandscapePanel, Spec(variant="ns-gan"))
    shown.box("landscape.contours").click()
    values = np.add.outer(np.zeros(40), np.linspace(-2, 6, 40))
    values[0, 0] = 60  # a cliff in a corner
    shown.show(stage, landscape_view(values, np.ones((8, 2)), kind="logit"))
    assert isinstance(shown.panel, LandscapePanel)
    assert -shown.panel._low == shown.panel._high == pytest.approx(6, abs=0.5)
    assert shown.words.startswith("Green: D says real; purple: D says fake")
    table = shown.panel._colours[:256].tolist()
    image = shown.panel._picture._item.image
    levels = [table.index(image.pixel(x, image.height() // 2)) for x in range(image.width())]
    assert levels[0] < 100 and levels[-1] > 240
    undecided = round((0 - -2) / (6 - -2) * len(levels))
    assert 120 <= levels[undecided] <= 136


def test_a_critic_takes_nothing_for_real(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.show(stage, landscape_view(SLOPE, np.ones((8, 2))))
    assert shown.words.startswith("Green: the critic scores higher")
    assert "real" not in shown.words


@pytest.mark.parametrize(("logit", "said"), [(-2.0, ".12"), (0.0, "½"), (2.0, ".88"), (900.0, "1"), (-900.0, "0")])
def test_the_bar_names_a_logit_as_the_chance_of_being_real(logit: float, said: str, qtbot: QtBot) -> None:
    bar = ColorBar()
    qtbot.addWidget(bar)
    bar.show_range(-4, 4, probability=True)
    assert bar._label(logit).startswith(said) or float(bar._label(logit)) == pytest.approx(float(said), abs=1e-9)


def test_the_bar_says_once_that_d_is_sure(qtbot: QtBot) -> None:
    bar = ColorBar()
    qtbot.addWidget(bar)
    bar.show_range(-139.0, 139.0, probability=True)
    assert bar.labels(5) == ["0", "", "½", "", "1"]
    bar.show_range(-2.0, 2.0, probability=True)
    assert bar.labels(5) == ["0.12", "0.27", "½", "0.73", "0.88"]
    bar.show_range(-9.0, 9.0, probability=True)
    assert bar.labels(3) == ["0", "½", "1"]
