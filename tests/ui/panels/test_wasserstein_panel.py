"""The Wasserstein panel: readings beside the exact distance, and a critic that is trained alone."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import pytest
from panel_kit import INF, NAN, Shown, drawn, pointed, read
from PySide6.QtWidgets import (
    QPushButton,
    QToolTip,
)
from pytestqt.qtbot import QtBot
from studio_kit import (
    Stage,
    applied,
    measured,
    progress,
)

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import Refused, SetControl
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.panels.wasserstein import WassersteinPanel
from ganstudio.ui.theme import DARK


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


@pytest.mark.parametrize(("variant", "settings", "said"), [
    ("gan", {}, "Only Wasserstein critics estimate it"),
    ("wgan", {}, "it is not W1"),
    ("wgan-gp", {}, "Freeze G to see what the critic estimates at its optimum"),
    ("wgan-gp", {"generator_steps": 0}, "G is frozen"),
])
def test_a_reading_is_put_in_its_place(
    qtbot: QtBot, stage: Stage, variant: str, settings: dict[str, Value], said: str
) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel, Spec(variant=variant, controls=settings))
    assert said in shown.words
    stage.link.say(progress(shown.run, 100))
    for steps in (10, 50, 100):
        stage.link.say(measured(shown.run, steps, {"w1": 1.0 / steps, "w1_estimate": 0.5 / steps}, {"w1": 0.05}))
    shown.show(stage)
    assert shown.pixels(DARK.truth) > 20
    pointed(shown, 0.9, 0.5)
    assert "exact W1" in QToolTip.text()


def holding(shown: Shown) -> QPushButton:
    button = shown.panel.findChild(QPushButton, "wasserstein.freeze")
    assert isinstance(button, QPushButton)
    return button


def last_is(stage: Stage, value: Value) -> bool:
    """Whether that was the last value that the engine was told."""
    return stage.link.told(SetControl)[-1].value == value


@pytest.mark.parametrize("steps", [1, 4])
def test_one_click_freezes_the_generator_and_another_lets_it_go_on_as_before(
    qtbot: QtBot, stage: Stage, steps: int
) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel, Spec(variant="wgan-gp", controls={"generator_steps": steps}))
    button = holding(shown)
    assert not button.isChecked()
    for told in (0, steps):
        button.click()
        qtbot.waitUntil(functools.partial(last_is, stage, told))
        sent = stage.link.told(SetControl)[-1]
        assert sent.name == "generator_steps"
        stage.link.say(applied(shown.run, sent.id, sent.name, sent.value))
        assert button.isChecked() == (told == 0)
        assert ("G is frozen" in shown.words) == (told == 0)


def test_two_quick_clicks_freeze_nothing(qtbot: QtBot, stage: Stage) -> None:
    """The second comes before the engine has confirmed the first."""
    shown = Shown(qtbot, stage, WassersteinPanel)
    holding(shown).click()
    holding(shown).click()
    qtbot.waitUntil(lambda: stage.link.told(SetControl)[-1].value == 1)


def test_a_generator_frozen_by_its_slider_is_let_go_to_what_it_had(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    for id_, value in ((1, 3), (2, 0)):
        stage.link.say(applied(shown.run, id_, "generator_steps", value))
    assert holding(shown).isChecked()
    holding(shown).click()
    qtbot.waitUntil(lambda: bool(stage.link.told(SetControl)))
    assert stage.link.told(SetControl)[-1].value == 3


def test_a_freeze_that_is_refused_is_shown_as_it_stands(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    holding(shown).click()
    stage.link.say(Refused(run=shown.run, reason="no", id=stage.link.told(SetControl)[-1].id))
    assert not holding(shown).isChecked()


@pytest.mark.parametrize(("readings", "floor", "said"), [
    ([1.0] * 3, 0.0, "until its estimate stops changing"),
    (np.linspace(0.2, 1.0, 12), 0.0, "until its estimate stops changing"),
    ([0.2, 0.6, 0.9, *[1.0] * 9], 0.0, "has caught up: gap / slope estimates W1; the gap alone is 1.2"),
    ([0.2] * 12, 0.0, "has settled, but its estimate is 80% below the exact W1"),
    ([1.5] * 12, 0.0, "has settled, but its estimate is 50% above the exact W1"),
    ([0.8] * 12, 0.3, "has caught up: gap / slope estimates W1"),
])
def test_a_critic_against_a_frozen_generator_is_judged_by_its_estimates(
    qtbot: QtBot, stage: Stage, readings: Sequence[float], floor: float, said: str
) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel, Spec(variant="wgan-gp", controls={"generator_steps": 0}))
    read(stage, shown, readings, floor=floor)
    assert said in shown.words


def test_only_what_was_estimated_since_the_freeze_counts(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    read(stage, shown, [1.0] * 12)
    stage.link.say(applied(shown.run, 1, "generator_steps", 0))
    assert "still catching up" in shown.words
    read(stage, shown, [1.0] * 6)
    assert "has caught up" in shown.words


@pytest.mark.parametrize(("reading", "floor", "said"), [
    (0.5, 0.0, "its estimate is 50% below the exact W1"),
    (1.3, 0.0, "its estimate is 30% above the exact W1"),
    (-0.2, 0.0, "negative, which no distance can be"),
    (1.05, 0.0, "keeps up with G"),
    (0.5, 0.6, "The critic is right within the noise floor"),
    (0.5, 0.9, "no difference can be measured"),
])
def test_while_g_moves_the_lag_is_told(qtbot: QtBot, stage: Stage, reading: float, floor: float, said: str) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    assert "While G learns, the critic lags behind" in shown.words
    read(stage, shown, [reading], floor=floor)
    assert said in shown.words
    assert ("Freeze G" in shown.words) == ("lags behind" in shown.words)


def test_the_gap_is_hidden_by_its_box_and_marked_where_it_is_beyond(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    stage.link.say(progress(shown.run, 10))
    read(stage, shown, [1.0] * 10, gap=0.5)
    with_gap = shown.pixels(DARK.high)
    shown.box("wasserstein.gap").click()
    assert shown.pixels(DARK.high) < with_gap - 100  # the soft edge of the other green line is left
    shown.box("wasserstein.gap").click()
    shown.run = stage.begin()
    assert shown.pixels(DARK.high) == 0
    stage.link.say(progress(shown.run, 10))
    read(stage, shown, [1.0] * 10, gap=40.0)
    assert 10 < shown.pixels(DARK.high) < 200


@pytest.mark.parametrize("variant", ["gan", "hinge-gan"])
def test_where_no_critic_reads_w1_there_is_nothing_to_freeze(qtbot: QtBot, stage: Stage, variant: str) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    read(stage, shown, [1.0] * 10, gap=0.5)
    assert holding(shown).isVisible() and shown.box("wasserstein.gap").isVisible()
    shown.run = stage.begin(Spec(variant=variant))
    assert not holding(shown).isVisible() and not shown.box("wasserstein.gap").isVisible()
    stage.link.say(progress(shown.run, 10))
    read(stage, shown, [1.0] * 10, gap=0.5)
    assert shown.pixels(DARK.high) == shown.pixels(DARK.generated) == 0
    assert shown.pixels(DARK.truth) > 50


@pytest.mark.parametrize("value", [None, NAN, INF, -1e30, 0.0])
def test_measures_that_are_no_numbers_do_not_break_the_axis(qtbot: QtBot, stage: Stage, value: float | None) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    stage.link.say(progress(shown.run, 100))
    for steps, reading in ((1, value), (2, 0.5), (3, value)):
        stage.link.say(measured(shown.run, steps, {"w1": reading, "w1_estimate": reading}, {"w1": None}))
    shown.show(stage)
    shown.panel.grab()


def test_another_number_of_samples_has_another_floor(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    stage.link.say(progress(shown.run, 40))
    for step, value, floor in ((10, 0.5, 0.2), (20, 0.4, 0.2), (30, 0.3, 0.1)):
        stage.link.say(measured(shown.run, step, {"w1": value}, {"w1": floor}))
    assert isinstance(shown.panel, WassersteinPanel)
    x, y = drawn(shown.panel._floor)
    assert (x.tolist(), y.tolist()) == ([0, 30, 30, 40], [0.2, 0.2, 0.1, 0.1])


def test_of_two_measurements_of_a_step_the_last_counts(qtbot: QtBot, stage: Stage) -> None:
    """A kept run has the one of its end, and the window measures it again on fewer samples."""
    shown = Shown(qtbot, stage, WassersteinPanel)
    stage.link.say(progress(shown.run, 40))
    for value, floor in ((0.5, 0.1), (0.6, 0.2)):
        stage.link.say(measured(shown.run, 40, {"w1": value}, {"w1": floor}))
    assert isinstance(shown.panel, WassersteinPanel)
    assert [part.tolist() for part in drawn(shown.panel._exact)] == [[40], [0.6]]
    assert [part.tolist() for part in drawn(shown.panel._floor)] == [[0, 40], [0.2, 0.2]]
