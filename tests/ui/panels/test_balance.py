"""Balance on screen: what is said of scores and errors, which plots there are, and that odd numbers break nothing."""

from __future__ import annotations

import numpy as np
import pytest
from panel_kit import INF, NAN, Shown
from PySide6.QtWidgets import QComboBox, QGraphicsView
from pytestqt.qtbot import QtBot
from scipy.stats import mannwhitneyu
from studio_kit import Stage, applied, floats, scalars

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Balance
from ganstudio.ui.panels.balance import BalancePanel, around
from ganstudio.ui.panels.parts.balance_text import pair_accuracy, words
from ganstudio.ui.theme import DARK

RNG = np.random.default_rng(5)
BEGAN = Spec(variant="began", data="digits")


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def balance(kind: str, real: object, fake: object, **readings: float) -> tuple[str, Balance]:
    return "balance", Balance(kind=kind, real=floats(real), fake=floats(fake), readings=readings)


class Board(Shown):
    """The panel on screen, with room for both plots."""

    def __init__(self, qtbot: QtBot, stage: Stage) -> None:
        super().__init__(qtbot, stage, BalancePanel, BEGAN)
        self.panel.resize(900, 420)

    @property
    def plots(self) -> list[QGraphicsView]:
        return [view for view in self.panel.findChildren(QGraphicsView) if view.isVisible()]

    @property
    def plot(self) -> QGraphicsView:
        """The last that can be seen."""
        return self.plots[-1]


@pytest.mark.parametrize(("view", "wanted", "said"), [
    (balance("reconstruction", [0.1, 0.3], [0.1, 0.1], k=0.25, M=0.3), 0.5,
     "L(G)/L(x) is 0.50, target γ = 0.5, steered by k = 0.25. M = 0.3 (M cannot detect collapse)."),
    (balance("logit", [1.0, 2.0, 3.0, -1.0], [-1.0, -2.0, 0.5, -3.0]), None,
     "calls 75% of real and 25% of generated images real"),
    (balance("value", [1.0, 2.0], [-1.0, -2.0]), None,
     "scores real images +1.5 and generated ones −1.5 on average; it ranks a real above a generated one in 100% of"),
    (balance("value", [1.0, 2.0], [1.0, 2.0]), None, "in 50% of pairs"),
    (balance("value", [NAN, 2.0], [1.0, 2.0]), None, "is not finite any more"),
    (balance("logit", [], []), None, "is not finite any more"),
])
def test_what_is_to_be_seen_is_said(view: tuple[str, Balance], wanted: float | None, said: str) -> None:
    text = words(view[1], wanted, "discriminator")
    assert said in text
    assert len(text) <= 125, "two lines of a small dock"


def test_pairs_are_told_apart_as_often_as_the_rank_test_says() -> None:
    real, fake = np.round(RNG.normal(1, 1, 60), 1), np.round(RNG.normal(0, 1, 40), 1)  # rounded: with ties
    assert pair_accuracy(real, fake) == pytest.approx(mannwhitneyu(real, fake).statistic / (60 * 40))


def test_a_range_holds_its_values_and_moves_in_steps() -> None:
    assert list(around(np.array([0.013, 0.87]))) == pytest.approx([0.0, 0.9])
    assert list(around(np.array([0.02, 0.86]))) == pytest.approx([0.0, 0.9])
    assert around(np.array([0.1]), from_zero=True)[0] == 0.0
    assert around(np.zeros(0)) == (0.0, 1.0)
    low, high = around(np.array([7.0, 7.0]))
    assert low <= 7.0 < high


def test_scores_have_one_plot(qtbot: QtBot, stage: Stage) -> None:
    board = Board(qtbot, stage)
    assert len(board.plots) == 1
    board.show(stage, balance("logit", RNG.normal(1, 1, 64), RNG.normal(-1, 1, 64)))
    assert len(board.plots) == 1
    assert board.pixels(DARK.real) > 20
    assert board.pixels(DARK.generated) > 20
    assert not shows(board, "balance.show")


def shows(board: Board, name: str) -> bool:
    found = board.panel.findChild(QComboBox, name)
    assert isinstance(found, QComboBox)
    return found.isVisible()


def test_began_has_two_plots_of_which_one_can_be_chosen(qtbot: QtBot, stage: Stage) -> None:
    board = Board(qtbot, stage)
    stage.link.say(scalars(board.run, "discriminator", np.arange(400) / 2, k=np.linspace(0, 0.4, 400),
                           M=np.full(400, 0.2), **{"L(G)/L(x)": np.full(400, 0.6)}))
    stage.link.say(applied(board.run, 1, "gamma", 0.8, steps=100))
    board.show(stage, balance("reconstruction", RNG.normal(0.2, 0.02, 64), RNG.normal(0.1, 0.02, 64), k=0.4, M=0.2))
    assert len(board.plots) == 2
    assert board.pixels(DARK.discriminator) > 20  # k
    assert board.pixels(DARK.others[0]) > 20  # M
    assert "γ = 0.8" in board.words
    assert shows(board, "balance.show")
    choice = board.panel.findChild(QComboBox, "balance.show")
    assert isinstance(choice, QComboBox)
    for index in (1, 2):
        choice.setCurrentIndex(index)
        assert len(board.plots) == 1
        assert (board.pixels(DARK.discriminator) > 20) == (index == 2)
    choice.setCurrentIndex(0)
    board.panel.resize(200, 200)
    assert len(board.plots) == 1, "there is no room for two"


def test_gamma_steps_where_it_was_moved(qtbot: QtBot, stage: Stage) -> None:
    board = Board(qtbot, stage)
    run = stage.begin(BEGAN, gamma=0.5)
    stage.link.say(applied(run, 1, "gamma", 0.9, steps=40))
    assert isinstance(board.panel, BalancePanel)
    x, y = board.panel._gammas(100.0)
    assert x.tolist() == [0, 40, 40, 100]
    assert y.tolist() == [0.5, 0.5, 0.9, 0.9]


@pytest.mark.parametrize("values", [[NAN] * 8, [INF, -INF, 1.0], [0.0] * 64, [1e30, -1e30], []])
@pytest.mark.parametrize("kind", ["logit", "value", "reconstruction"])
def test_odd_numbers_break_nothing(qtbot: QtBot, stage: Stage, kind: str, values: list[float]) -> None:
    board = Board(qtbot, stage)
    board.show(stage, balance(kind, values, values))
    board.panel.grab()
    assert board.words
