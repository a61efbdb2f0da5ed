"""The phase portrait under a hand: the start is dragged, sliders act at once, words are right, nothing runs unseen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QSlider, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.dirac_gan import (
    DIRAC_GANS,
    GAN,
    NSGAN,
    R1,
    RULES,
    WGAN,
    WGANGP,
    Consensus,
    DiracGAN,
    Floats,
    trajectory,
)
from ganstudio.ui.panels.parts.phase_text import pair, race, verdict, words
from ganstudio.ui.panels.phase import START, PhasePanel
from ganstudio.ui.theme import DARK, THEMES

SLIDERS = {"gan": [], "ns-gan": [], "wgan": ["clip"], "wgan-gp": ["gp_weight", "gp_target"], "r1": ["r1_weight"],
           "consensus": ["reg"]}


class Portrait:
    """The panel on screen, and what can be done to it and read off it."""

    def __init__(self, qtbot: QtBot, stage: Stage) -> None:
        self.panel = PhasePanel(stage.run, stage.commands)
        stage.kept.append(self.panel)
        qtbot.addWidget(self.panel)
        self.panel.apply_theme(DARK)
        self.panel.resize(800, 560)
        self.panel.show()
        qtbot.waitExposed(self.panel)

    @property
    def plot(self) -> QWidget:
        return self.panel._portrait.plot.widget

    @property
    def path(self) -> Floats:
        """The trajectory of the chosen game."""
        return self.panel._paths[self.panel._chosen]

    @property
    def words(self) -> str:
        headline = next(label for label in self.panel.findChildren(QLabel) if label.property("headline"))
        return headline.text()

    @property
    def running(self) -> bool:
        return self.panel._timer.isActive()

    def button(self, name: str) -> QToolButton:
        found = self.panel.findChild(QToolButton, f"phase.{name}")
        assert isinstance(found, QToolButton)
        return found

    def slider(self, name: str) -> QSlider:
        found = self.panel.findChild(QSlider, f"phase.control.{name}")
        assert isinstance(found, QSlider)
        return found

    def type(self, name: str, number: float) -> None:
        """Writes a number into a slider's box."""
        box = self.panel.findChild(QLineEdit, f"phase.box.{name}")
        assert isinstance(box, QLineEdit)
        box.selectAll()
        box.insert(f"{number:g}")
        QTest.keyClick(box, Qt.Key.Key_Return)

    def choose(self, what: str, key: str) -> None:
        """A game or a rule from its menu."""
        box = self.panel.findChild(QComboBox, f"phase.{what}")
        assert isinstance(box, QComboBox)
        box.setCurrentIndex(box.findData(key))

    def all_games(self) -> None:
        found = self.panel.findChild(QCheckBox, "phase.all games")
        assert isinstance(found, QCheckBox)
        found.click()

    def pixel(self, theta: float, psi: float) -> QPoint:
        """Where a place of the plane is on the plot."""
        view, box = self.panel._portrait.plot._view, self.panel._portrait.plot._box
        at: QPoint = view.mapFromScene(box.mapViewToScene(box.viewRect().topLeft().__class__(theta, psi)))
        return at


@pytest.fixture
def portrait(qtbot: QtBot, qapp: object) -> Portrait:
    return Portrait(qtbot, Stage())


def played(game: DiracGAN, start: tuple[float, float], rule: str = "simultaneous", h: float = 0.1) -> Floats:
    return trajectory(game, RULES[rule], *start, h, 600)


# A hand on the plot ------------------------------------------------------------------------------------------------


def test_it_needs_no_engine_and_plays_at_once(portrait: Portrait, qtbot: QtBot) -> None:
    np.testing.assert_array_equal(portrait.path, played(GAN(), START))
    assert portrait.running
    qtbot.waitUntil(lambda: portrait.panel._step > 2)
    assert "Eigenvalues" in portrait.words


def test_dragging_the_start_moves_the_trajectory(portrait: Portrait) -> None:
    viewport = portrait.panel._portrait.plot._view.viewport()
    shown = portrait.panel._portrait.plot.x_range()
    portrait.panel._step = 50
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, portrait.pixel(*START))
    for theta in (1.0, 0.5, -0.5):
        QTest.mouseMove(viewport, portrait.pixel(theta, -1.0))
        start = portrait.path[0]
        assert start == pytest.approx([theta, -1.0], abs=0.03)
        np.testing.assert_array_equal(portrait.path, played(GAN(), (start[0], start[1])))
        assert portrait.panel._step == 0
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, portrait.pixel(-0.5, -1.0))
    QTest.mouseMove(viewport, portrait.pixel(1.5, 1.5))
    assert portrait.path[0] == pytest.approx([-0.5, -1.0], abs=0.03)
    assert portrait.panel._portrait.plot.x_range() == shown  # the hand moved the start, not the view


def test_the_right_button_leaves_the_start_where_it_is(portrait: Portrait) -> None:
    viewport = portrait.panel._portrait.plot._view.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, portrait.pixel(0.5, 0.5))
    assert tuple(portrait.path[0]) == START


def test_arrow_keys_move_the_start_and_home_puts_it_back(portrait: Portrait) -> None:
    for key, shift, moved in (
        (Qt.Key.Key_Left, False, (-0.05, 0)), (Qt.Key.Key_Right, False, (0.05, 0)), (Qt.Key.Key_Up, True, (0, 0.01)),
        (Qt.Key.Key_Down, False, (0, -0.05)),
    ):
        before = portrait.path[0].copy()
        modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(portrait.plot, key, modifier)
        np.testing.assert_allclose(portrait.path[0] - before, moved, atol=1e-12)
    QTest.keyClick(portrait.plot, Qt.Key.Key_Home)
    assert tuple(portrait.path[0]) == START


def test_reset_shows_the_equilibrium_again(portrait: Portrait) -> None:
    shown = portrait.panel._portrait.plot.x_range()
    portrait.panel._portrait.plot._box.setRange(xRange=(5, 9), yRange=(5, 9))
    portrait.panel._portrait.plot.following = False
    portrait.panel._begin_at(0.1, 0.1)
    portrait.button("view").click()
    assert portrait.panel._portrait.plot.x_range() == pytest.approx(shown)
    assert tuple(portrait.path[0]) == START


# Time --------------------------------------------------------------------------------------------------------------


def test_nothing_runs_while_it_is_hidden(portrait: Portrait) -> None:
    assert portrait.running
    portrait.panel.hide()
    assert not portrait.panel._timer.isActive()
    before = portrait.panel._paths
    portrait.choose("game", "r1")
    portrait.panel._show_now()
    assert portrait.panel._paths is before
    assert not portrait.panel._timer.isActive()
    portrait.panel.show()
    assert portrait.panel._timer.isActive()
    np.testing.assert_array_equal(portrait.path, played(R1(), START))


def test_a_panel_that_was_never_shown_computes_nothing(qtbot: QtBot, qapp: object) -> None:
    stage = Stage()
    panel = PhasePanel(stage.run, stage.commands)
    stage.kept.append(panel)
    qtbot.addWidget(panel)
    panel.apply_theme(DARK)
    assert not panel._paths
    assert not panel._timer.isActive()


def test_pause_stops_and_play_goes_on(portrait: Portrait) -> None:
    play = portrait.button("play")
    assert play.text() == "Pause"
    portrait.panel._advance()
    play.click()
    assert (play.text(), portrait.running) == ("Play", False)
    held = portrait.panel._step
    assert held > 0
    play.click()
    assert (play.text(), portrait.running) == ("Pause", True)
    assert portrait.panel._step == held
    portrait.button("restart").click()
    assert portrait.panel._step == 0


def test_at_its_end_it_stops_and_can_be_played_again(portrait: Portrait) -> None:
    portrait.panel._step = 599
    portrait.panel._advance()
    play = portrait.button("play")
    assert (portrait.panel._step, play.text(), portrait.running) == (600, "Again", False)
    play.click()
    assert (portrait.panel._step, play.text(), portrait.running) == (0, "Pause", True)


def test_what_has_run_is_told_in_numbers(portrait: Portrait) -> None:
    portrait.panel._step = 100
    portrait.panel._show_now()
    where = portrait.panel.findChild(QLabel, "phase.where")
    assert isinstance(where, QLabel)
    theta, psi = portrait.path[100]
    assert "Step 100 of 600" in where.text()
    for number in (theta, psi, math.hypot(theta, psi), math.hypot(*START)):
        assert f"{number:.3g}".replace("-", "−") in where.text()


# Sliders -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DIRAC_GANS)
def test_each_game_shows_its_sliders_and_they_act_at_once(portrait: Portrait, name: str) -> None:
    portrait.choose("game", name)
    shown = [slider.objectName().removeprefix("phase.control.") for slider in portrait.panel.findChildren(QSlider)
             if slider.objectName() and slider.isVisibleTo(portrait.panel)]
    assert sorted(shown) == sorted(["step_size", *SLIDERS[name]])
    for control in SLIDERS[name]:
        before, said = portrait.path.copy(), portrait.words
        portrait.slider(control).setValue(portrait.slider(control).minimum() + 80)
        value = getattr(portrait.panel._games[name], control)
        assert value != getattr(DIRAC_GANS[name](), control)
        assert not np.array_equal(portrait.path, before)
        np.testing.assert_array_equal(portrait.path, played(portrait.panel._games[name], START))
        assert name not in ("r1", "consensus") or portrait.words != said


def test_the_step_size_and_the_rule_act_at_once(portrait: Portrait) -> None:
    portrait.type("step_size", 0.2)
    np.testing.assert_array_equal(portrait.path, played(GAN(), START, h=0.2)[: len(portrait.path)])
    portrait.choose("rule", "optimistic")
    np.testing.assert_array_equal(portrait.path, played(GAN(), START, "optimistic", 0.2)[: len(portrait.path)])
    assert "Optimistic steps of 0.2" in portrait.words


def test_a_game_keeps_its_sliders_while_another_is_looked_at(portrait: Portrait) -> None:
    portrait.choose("game", "r1")
    portrait.type("r1_weight", 1.0)
    assert "−0.5 twice" in portrait.words
    portrait.choose("game", "wgan")
    assert "±i" in portrait.words
    portrait.choose("game", "r1")
    assert "−0.5 twice" in portrait.words


def test_the_field_is_drawn_only_where_the_critic_may_be(portrait: Portrait) -> None:
    portrait.choose("game", "wgan")
    portrait.type("clip", 0.5)
    _, y = portrait.panel._portrait.arrows._curve._item.getData()
    cell = 0.3
    assert -0.5 - cell < y.min() < -0.2
    assert 0.2 < y.max() < 0.5 + cell


def test_all_games_run_from_one_start(portrait: Portrait) -> None:
    portrait.choose("game", "r1")
    portrait.type("r1_weight", 2.0)
    portrait.all_games()
    assert list(portrait.panel._paths) == list(DIRAC_GANS)
    for name, path in portrait.panel._paths.items():
        game = R1(r1_weight=2.0) if name == "r1" else DIRAC_GANS[name]()
        np.testing.assert_array_equal(path, played(game, START))
    assert "GAN + consensus have arrived" in portrait.words or "GAN + consensus has arrived" in portrait.words
    key = portrait.panel.findChild(QLabel, "phase.key")
    assert isinstance(key, QLabel)
    assert key.isVisible()
    assert all(game.title.replace(" ", "&nbsp;") in key.text() for game in DIRAC_GANS.values())
    portrait.all_games()
    assert not key.isVisible()
    assert list(portrait.panel._paths) == ["r1"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [(420, 300), (1000, 700), (420, 800)])
def test_it_can_be_drawn_at_any_size_and_however_far_it_is_thrown(
    portrait: Portrait, theme: str, size: tuple[int, int]
) -> None:
    portrait.panel.apply_theme(THEMES[theme])
    portrait.panel.resize(*size)
    portrait.all_games()
    portrait.type("step_size", 1.0)
    portrait.choose("game", "wgan-gp")
    portrait.type("gp_weight", 10.0)  # 1 - h lambda = -9: it blows up
    portrait.panel._step = 200
    portrait.panel._show_now()
    portrait.panel.grab()
    assert not np.isfinite(portrait.path).all() or np.abs(portrait.path).max() > 1e6
    portrait.panel._begin_at(1e300, -1e300)
    portrait.panel._begin_at(math.nan, 0.0)
    portrait.panel.grab()


def test_whatever_a_hand_can_reach_is_named_and_explained(portrait: Portrait) -> None:
    for kind in (QSlider, QComboBox, QCheckBox, QToolButton):
        for part in portrait.panel.findChildren(kind):
            if part.objectName().startswith("qt_"):
                continue
            assert part.objectName().startswith("phase."), part
            assert part.accessibleName(), part.objectName()
            assert part.toolTip(), part.objectName()
    assert portrait.plot.focusPolicy() & Qt.FocusPolicy.TabFocus


# Words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("game", "rule", "said"), [
    (GAN(), "simultaneous", ["±0.5i, purely imaginary: it circles for ever", "spiral outwards, ×\xa01.00125 each"]),
    (GAN(), "psi-first", ["±0.5i", "Alternating steps of 0.1 (ψ first) circle too"]),
    (GAN(), "optimistic", ["Optimistic steps of 0.1 spiral in, ×\xa00.998746 each"]),
    (NSGAN(), "simultaneous", ["purely imaginary: to first order it circles", "spiral outwards near (0, 0)"]),
    (WGAN(), "simultaneous", ["±i, purely imaginary", "×\xa01.00499 each, until clipped"]),
    (WGAN(), "theta-first", ["(θ first) circle too"]),
    (WGAN(), "extragradient", ["spiral in, ×\xa00.995038 each."]),
    (WGANGP(), "simultaneous", ["No eigenvalues", "jumps at ψ = 0", "It circles for ever"]),
    (WGANGP(gp_weight=0.05), "simultaneous", ["No eigenvalues", "driven ever further out"]),
    (WGANGP(gp_weight=1.0, gp_target=0.0), "simultaneous", ["−0.5 ± 0.866i, real part negative: it spirals in"]),
    (WGANGP(gp_weight=0.0), "simultaneous", ["±i, purely imaginary"]),
    (R1(r1_weight=0.3), "simultaneous", ["−0.15 ± 0.477i, real part negative", "spiral in, ×\xa00.9862 each"]),
    (R1(r1_weight=1.0), "simultaneous", ["−0.5 twice, real and negative: it goes straight in", "go in, ×\xa00.95"]),
    (R1(r1_weight=2.0), "simultaneous", ["−0.134 and −1.87, real and negative"]),
    (R1(r1_weight=0.0), "simultaneous", ["±0.5i, purely imaginary"]),
    (Consensus(reg=1.0), "simultaneous", ["−0.25 ± 0.5i, real part negative: it spirals in", "spiral in"]),
], ids=repr)
def test_the_words_are_right_for_each_game(game: DiracGAN, rule: str, said: list[str]) -> None:
    text = words(game, RULES[rule], 0.1)
    for part in said:
        assert part in text
    assert len(text) < 140  # two lines of a narrow panel


@pytest.mark.parametrize(("game", "closed"), [(GAN(), "1.00125 = √(1+h²/4)"), (WGAN(), "1.00499 = √(1+h²)")], ids=repr)
def test_the_growth_is_told_in_closed_form(game: DiracGAN, closed: str) -> None:
    assert closed in verdict(game, RULES["simultaneous"], 0.1)
    assert "√" not in verdict(game, RULES["optimistic"], 0.1)
    assert "neither grows nor shrinks" in verdict(game, RULES["psi-first"], 0.1)


@pytest.mark.parametrize("weight", [0.05, 0.5, 1.0, 6.0])
@pytest.mark.parametrize("rule", RULES)
def test_what_is_said_of_wgan_gp_is_what_happens(weight: float, rule: str) -> None:
    game = WGANGP(gp_weight=weight)
    path = trajectory(game, RULES[rule], 1.0, 0.5, 0.1, 6000)
    radius = np.hypot(path[:, 0], path[:, 1])
    away = "ever further out" in words(game, RULES[rule], 0.1)
    assert (radius[-500:].max() > 1.5 * radius[1000:1500].max()) == away
    assert radius[-500:].max() > 0.3  # and it never comes to rest


def test_eigenvalues_as_they_are_written() -> None:
    assert pair(0.5j, -0.5j) == "±0.5i"
    assert pair(1j, -1j) == "±i"
    assert pair(-0.25 + 0.5j, -0.25 - 0.5j) == "−0.25 ± 0.5i"
    assert pair(-0.5, -0.5) == "−0.5 twice"
    assert pair(-0.134, -1.866) == "−0.134 and −1.87"


def test_who_has_arrived_is_measured() -> None:
    still, gone = np.ones((11, 2)), np.linspace([1.0, 1.0], [0.0, 0.0], 11)
    assert race({"A": still}, RULES["optimistic"]).endswith("10 optimistic steps none has arrived at (0, 0).")
    assert race({"A": gone, "B": still}, RULES["psi-first"]).endswith("(ψ first) A has arrived, the others not.")
    assert race({"A": gone, "B": gone}, RULES["simultaneous"]).endswith("steps A and B have arrived.")
