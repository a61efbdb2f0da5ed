"""The curves panel: every term on any axis, ticks of changes, and an axis that follows the run."""

from __future__ import annotations

import numpy as np
import pytest
from call_count import Calls
from panel_kit import INF, NAN, Shown, pointed
from PySide6.QtWidgets import (
    QComboBox,
    QSlider,
    QToolTip,
)
from pytestqt.qtbot import QtBot
from studio_kit import (
    Stage,
    applied,
    scalars,
)

from ganstudio.core.protocol.messages import Scalars
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.controls import ControlsPanel
from ganstudio.ui.panels.curves import SYMLOG_UNIT, CurvesPanel, upright
from ganstudio.ui.panels.log import LogPanel
from ganstudio.ui.plotting.scales import scaled
from ganstudio.ui.plotting.term_colors import term_colors
from ganstudio.ui.theme import DARK, THEMES

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def chosen(panel: Panel, name: str, text: str) -> None:
    box = panel.findChild(QComboBox, name)
    assert isinstance(box, QComboBox)
    box.setCurrentText(text)
    box.activated.emit(box.currentIndex())


def terms_of(run: int, count: int = 3000) -> tuple[Scalars, Scalars]:
    """One that is wild at first and crosses 0, one that is no number for a while, and one that is always negative."""
    at = np.arange(count, dtype=np.float64) / 6
    critic = np.linspace(-5, 5, count)
    critic[:5] = -300
    penalty = np.linspace(8, 10, count)
    penalty[count // 2 : count // 2 + 200] = NAN
    return (scalars(run, "discriminator", at, critic=critic, penalty=penalty),
            scalars(run, "generator", at[5::6], generator=-critic[5::6].clip(1) - 5))


@pytest.mark.parametrize("scale", ["linear", "log", "symlog"])
@pytest.mark.parametrize("smoothing", [0, 8, 30])
def test_curves_show_negative_values_and_gaps_on_any_axis(
    qtbot: QtBot, stage: Stage, scale: str, smoothing: int
) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    for event in terms_of(shown.run):
        stage.link.say(event)
    slider = shown.panel.findChild(QSlider, "curves.smoothing")
    assert isinstance(slider, QSlider)
    slider.setValue(smoothing)
    chosen(shown.panel, "curves.scale", scale)
    shown.show(stage)
    for colour in (DARK.discriminator, DARK.penalty, DARK.generator)[: 2 if scale == "log" else 3]:
        assert shown.pixels(colour) > 20, colour


@pytest.mark.parametrize("scale", ["linear", "log", "symlog"])
@pytest.mark.parametrize("value", [NAN, INF, -INF, 0.0, -1.0, 1e38])
def test_a_term_of_one_odd_value_only_is_shown(qtbot: QtBot, stage: Stage, scale: str, value: float) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    chosen(shown.panel, "curves.scale", scale)
    stage.link.say(scalars(shown.run, "discriminator", np.arange(50.0), loss=np.full(50, value)))
    shown.show(stage)
    shown.panel.grab()


def test_the_pointer_reads_every_term(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    stage.link.say(scalars(shown.run, "discriminator", np.arange(100.0), critic=np.full(100, 0.5),
                           penalty=np.full(100, 0.25)))
    shown.show(stage)
    pointed(shown, 0.6, 0.5)
    assert "critic 0.5" in QToolTip.text()
    assert "penalty 0.25" in QToolTip.text()


def test_a_change_is_a_tick_on_the_curves(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    for event in terms_of(shown.run):
        stage.link.say(event)
    shown.show(stage)
    before = shown.pixels(DARK.warning)
    stage.link.say(applied(shown.run, 1, "gp_weight", 25.0, steps=250))
    shown.show(stage, steps=2)
    assert shown.pixels(DARK.warning) > before + 50
    assert "gradient penalty λ → 25 at step 250" in shown.words


def test_thousands_of_changes_do_not_slow_the_window(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    log = LogPanel(stage.run, stage.commands)
    qtbot.addWidget(log)
    controls = Shown(qtbot, stage, ControlsPanel)
    shown.run = controls.run
    for event in terms_of(shown.run):
        stage.link.say(event)
    handled, drawn = [], []
    for first, last in ((0, 100), (100, 1900), (1900, 2000)):
        with Calls() as handling:
            for index in range(first, last):
                stage.link.say(applied(shown.run, index, "gp_weight", index / 100, steps=index))
        with Calls() as drawing:
            shown.show(stage, steps=last)
            shown.panel.grab()
        handled.append(handling.number / (last - first))
        drawn.append(drawing.number)
    assert handled[-1] < 1.5 * handled[0], handled
    assert drawn[-1] < 2 * drawn[0], drawn


@pytest.mark.parametrize("scale", ["linear", "symlog"])
def test_what_explodes_at_the_end_does_not_flatten_what_was_before(qtbot: QtBot, stage: Stage, scale: str) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    chosen(shown.panel, "curves.scale", scale)
    at = np.arange(1.0, 201.0)
    loss = np.sin(at / 9)
    loss[-6:] = -(10.0 ** np.arange(3, 33, 5))
    stage.link.say(scalars(shown.run, "discriminator", at, loss=loss, penalty=np.full(200, 0.25)))
    shown.show(stage)
    panel = shown.panel
    assert isinstance(panel, CurvesPanel)
    low, high = panel._plot.y_range()
    inner = scaled(np.array([-1.0, 1.0]), "linear" if scale == "linear" else "symlog", SYMLOG_UNIT)
    assert inner[1] - inner[0] > (0.7 if scale == "linear" else 0.05) * (high - low)  # symlog shows the rest
    assert shown.words.endswith("the players work against each other. “loss” is outside the axes (−1.67e27).")
    panel.show_past(50, None)  # then nothing had
    assert "outside the axes" not in shown.words


def steps(values: Floats) -> tuple[Floats, Floats]:
    return np.arange(float(len(values))), values


def test_the_axis_follows_the_run_and_not_the_one_that_it_left() -> None:
    own = np.sin(np.arange(100) / 9)
    assert upright([steps(own)], [np.full(9, 1e30)]) == upright([steps(own)], [])
    low, high = upright([steps(own)], [np.array([1.5, 1.5])]) or (0.0, 0.0)
    assert (low, high) == pytest.approx((-1, 1.5), abs=0.01)
    assert upright([steps(np.full(5, NAN))], []) is None
    assert upright([steps(np.full(5, 2.0))], []) == (2, 2)


def test_the_axis_holds_an_overshoot_of_the_first_steps() -> None:
    """The generator's term of WGAN-GP on the ring rises to 10 and stays about 1."""
    own = np.concatenate([np.linspace(0, 10, 20), np.linspace(10, 1, 20), 1 + 0.2 * np.sin(np.arange(160))])
    low, high = upright([steps(own)], []) or (0.0, 0.0)
    assert high > 9.5 and low < 0.7


def test_the_axis_follows_a_spike_and_comes_back() -> None:
    """The penalty grew 60-fold for 40 updates while λ was 0."""
    loss = np.sin(np.arange(2000) / 9)
    loss[500:540] = 60.0
    seen = [(upright([steps(loss[:n])], []) or (0.0, 0.0))[1] for n in (500, 545, 640, 2000)]
    assert seen[0] < 1.1 and seen[1] > 50 and seen[2] > 50 and seen[3] < 1.1


def test_a_term_outside_the_axes_is_told_with_the_value_that_is_drawn(qtbot: QtBot, stage: Stage) -> None:
    """The smoothed line lay in the picture while the last single value did not, or the other way round."""
    shown = Shown(qtbot, stage, CurvesPanel)
    at = np.arange(1.0, 301.0)
    loss = np.sin(at / 9)
    loss[-1] = 20.0
    stage.link.say(scalars(shown.run, "discriminator", at, loss=loss))
    shown.show(stage)
    assert f"“loss” is outside the axes ({loss[-6:].mean():.3g})." in shown.words  # of the 6 updates that are drawn


def test_the_same_meaning_has_the_same_colour_in_every_variant() -> None:
    for theme in THEMES.values():
        seen: dict[str, set[str]] = {}
        for terms in (("real", "fake", "generator"), ("critic", "penalty", "generator"), ("critic", "generator"),
                      ("real", "fake", "R1", "generator"), ("critic", "drift", "penalty", "generator"),
                      ("pairs", "R1", "R2", "generator")):
            players = {name: "generator" if name == "generator" else "discriminator" for name in terms}
            colours = term_colors(terms, players, theme)
            assert len(set(colours.values())) == len(terms), "no two lines look alike"
            for name, colour in colours.items():
                seen.setdefault(name, set()).add(colour)
        assert all(len(colours) == 1 for colours in seen.values())
        one = {name: colours.pop() for name, colours in seen.items()}
        assert (one["real"], one["fake"], one["critic"]) == (theme.real, theme.generated, theme.discriminator)
        assert one["critic"] == one["pairs"] and one["penalty"] == one["R1"] != one["R2"]
        many = [f"term {n}" for n in range(12)]
        assert list(term_colors(many, dict.fromkeys(many, "encoder"), theme)) == many


def test_where_a_player_made_no_update_there_is_a_gap(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    at = np.concatenate([np.arange(1.0, 129.0), np.arange(284.0, 400.0)])
    stage.link.say(scalars(shown.run, "generator", at, generator=np.cos(at)))
    shown.show(stage)
    assert isinstance(shown.panel, CurvesPanel)
    x, y = shown.panel._curves["generator"]._item.getData()
    assert x[np.isnan(y)].tolist() == [128.0]


def test_looking_back_no_change_is_named_that_is_still_to_come(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    for steps, value in ((10, 5.0), (60, 1.0)):
        stage.link.say(applied(shown.run, steps, "gp_weight", value, steps=steps))
    panel = shown.panel
    panel.show_past(30, None)
    assert "gradient penalty λ → 5 at step 10" in shown.words
    panel.show_past(3, None)
    assert "λ" not in shown.words
    panel.show_past(None, None)
    assert "gradient penalty λ → 1 at step 60" in shown.words


def test_another_run_begins_with_empty_curves(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    for event in terms_of(shown.run):
        stage.link.say(event)
    shown.show(stage)
    assert shown.pixels(DARK.discriminator) > 20
    shown.run = stage.begin(Spec(variant="gan"))
    shown.show(stage)
    assert shown.pixels(DARK.discriminator) == 0
    stage.link.say(scalars(shown.run, "discriminator", np.arange(100.0), real=np.linspace(0, 1, 100)))
    shown.show(stage)
    assert shown.pixels(DARK.real) > 20
