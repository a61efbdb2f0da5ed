"""The earth mover's panel: what is dragged, carried and said; its costs against SciPy's and against sums by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton
from pytestqt.qtbot import QtBot
from scipy.optimize import linear_sum_assignment
from scipy.stats import wasserstein_distance
from studio_kit import Stage, floats

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.wording import figure
from ganstudio.ui.panels.earth_mover import EarthMoverPanel
from ganstudio.ui.panels.parts.earth_piles import FIRST, MOST_LOADS, SIDE, Piles
from ganstudio.ui.widgets.earth_board import EarthBoard
from ganstudio.views.few_points import FewPoints


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


class Board:
    """The panel with its board, used as a user does."""

    def __init__(self, qtbot: QtBot, stage: Stage, source: str, spec: Spec | None = None) -> None:
        self.shown = Shown(qtbot, stage, EarthMoverPanel, spec)
        assert isinstance(self.shown.panel, EarthMoverPanel)
        self.panel = self.shown.panel
        found: Any = self.panel.findChild(EarthBoard)
        self.board: EarthBoard = found
        box = self.panel.findChild(QComboBox, "earth-mover.source")
        assert isinstance(box, QComboBox)
        box.setCurrentIndex(box.findData(source))

    @property
    def piles(self) -> Piles:
        return self.panel._piles[self.panel._key]

    def at(self, which: int, index: int) -> QPoint:
        frame = self.board.frame()
        assert frame is not None
        body = frame.body(self.piles.places[which][index], int(self.piles.loads[which][index]), which, False)
        return body.center().toPoint()

    def drag(self, start: QPoint, end: QPoint) -> None:
        left = Qt.MouseButton.LeftButton
        QTest.mousePress(self.board, left, pos=start)
        QTest.mouseMove(self.board, (start + end) / 2)
        QTest.mouseMove(self.board, end)
        QTest.mouseRelease(self.board, left, pos=end)

    def press(self, *keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(self.board, key)

    def click(self, name: str) -> None:
        button = self.panel.findChild(QPushButton, f"earth-mover.{name}")
        assert isinstance(button, QPushButton)
        button.click()


def w1(piles: Piles) -> float:
    """By SciPy, a load."""
    if piles.dimensions == 1:
        return float(wasserstein_distance(piles.places[0][:, 0], piles.places[1][:, 0], *piles.loads))
    cost = np.linalg.norm(piles.places[0][:, None] - piles.places[1], axis=-1)
    return float(cost[linear_sum_assignment(cost)].mean())


@pytest.mark.parametrize("source", ["line", "plane"])
def test_the_sentence_tells_w1_of_what_is_seen(qtbot: QtBot, stage: Stage, source: str) -> None:
    it = Board(qtbot, stage, source)
    for _ in range(4):
        cost = w1(it.piles)
        assert f"costs {figure(cost * it.piles.total)}" in it.shown.words
        assert f"{figure(cost)} a " in it.shown.words
        it.click("other")


def test_the_first_example_by_hand() -> None:
    """Piles 2 2 2 4 5 5, holes 3.5 3.5 7 7 7 8.5: each to the one at its place in the row."""
    piles = Piles(1)
    assert FIRST[1] == tuple(piles.loads[0])
    best = piles.best
    assert best is not None
    assert best.tolist() == [[2, 1, 0], [0, 1, 0], [0, 1, 1]]
    assert piles.cost(best) == pytest.approx(1.5 + 1.5 + 5 + 3 + 2 + 3.5)


def test_a_pile_is_dragged_along_the_line_and_a_point_over_the_plane(qtbot: QtBot, stage: Stage) -> None:
    for source in ("line", "plane"):
        it = Board(qtbot, stage, source)
        frame = it.board.frame()
        assert frame is not None
        before = [places.copy() for places in it.piles.places]
        unit = frame.area.width() / SIDE
        start = it.at(1, 0)
        it.drag(start, start + QPoint(round(unit), round(-0.5 * unit)))
        moved = it.piles.places[1][0] - before[1][0]
        np.testing.assert_allclose(moved, [1.0, 0.5][: it.piles.dimensions], atol=2 / unit)
        assert (it.piles.places[0] == before[0]).all() and (it.piles.places[1][1:] == before[1][1:]).all()
        assert it.piles.selected == (1, 0)
        assert figure(w1(it.piles)) in it.shown.words


def test_nothing_leaves_the_board(qtbot: QtBot, stage: Stage) -> None:
    it = Board(qtbot, stage, "plane")
    it.drag(it.at(0, 0), QPoint(-4000, 9000))
    assert it.piles.places[0][0].tolist() == [0.0, 0.0]


def test_the_keys_choose_move_and_load(qtbot: QtBot, stage: Stage) -> None:
    it = Board(qtbot, stage, "line")
    x, loads = it.piles.places[0][1, 0], it.piles.loads[0][1]
    it.press(Qt.Key.Key_Left)
    assert it.piles.places[0][1, 0] == x, "nothing is chosen yet"
    it.press(Qt.Key.Key_PageDown, Qt.Key.Key_PageDown, Qt.Key.Key_Right, Qt.Key.Key_Up)
    assert it.piles.selected == (0, 1)
    assert it.piles.places[0][1, 0] == pytest.approx(x + 0.5)
    assert it.piles.loads[0][1] == loads + 1
    assert "7 loads of earth, but room for 6" in it.shown.words
    assert "pile 2 of 3 at 4.5, 2 loads" in it.board.accessibleDescription()
    it.press(*[Qt.Key.Key_PageUp] * 2, Qt.Key.Key_Up)
    assert it.piles.selected == (1, 2)
    assert "costs" in it.shown.words, "as much room again"
    for _ in range(20):
        it.press(Qt.Key.Key_Down)
    assert it.piles.loads[1][2] == 1
    for _ in range(20):
        it.press(Qt.Key.Key_Up)
    assert it.piles.loads[1][2] == MOST_LOADS


def test_a_plan_is_made_by_dragging_from_piles_to_holes(qtbot: QtBot, stage: Stage) -> None:
    it = Board(qtbot, stage, "line")
    it.click("carry")
    assert "Your plan costs 0 so far and carries 0 of 6 loads." in it.shown.words
    it.drag(it.at(0, 0), it.at(1, 1))  # three loads from 2 to 7: the hole is full
    assert it.piles.own.tolist() == [[0, 3, 0], [0, 0, 0], [0, 0, 0]]
    assert "Your plan costs 15 so far and carries 3 of 6 loads." in it.shown.words
    it.drag(it.at(0, 0), it.at(1, 0))
    it.drag(it.at(0, 1), it.at(1, 1))
    assert it.piles.carried == 3, "nothing is left there, and nothing more goes in here"
    it.drag(it.at(0, 1), it.at(1, 0))
    it.drag(it.at(0, 2), it.at(1, 0))
    it.drag(it.at(0, 2), it.at(1, 2))
    assert it.piles.carried == 6
    assert "Your plan costs 20.5. There is a cheaper one." in it.shown.words  # 15 + 0.5 + 1.5 + 3.5
    it.shown.box("earth-mover.best").click()
    assert "Your plan costs 20.5. The cheapest plan costs 16.5." in it.shown.words
    it.click("clear")
    assert it.piles.carried == 0


def test_a_plan_is_made_by_keys_and_the_best_one_is_recognised(qtbot: QtBot, stage: Stage) -> None:
    it = Board(qtbot, stage, "line")
    it.click("carry")
    down, up, enter = Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_Return
    it.press(down, enter, down, down, down, enter)  # pile 1 to hole 1
    it.press(down, enter)  # and what is left of it to hole 2
    it.press(up, up, up, enter, down, down, down, enter)  # pile 2 to hole 2
    it.press(up, up, enter, down, down, enter, down, enter)  # pile 3 to holes 2 and 3
    assert it.piles.own.tolist() == [[2, 1, 0], [0, 1, 0], [0, 1, 1]]
    assert "Your plan costs 16.5: none is cheaper." in it.shown.words
    it.press(Qt.Key.Key_Delete)  # of the chosen hole
    assert it.piles.own.tolist() == [[2, 1, 0], [0, 1, 0], [0, 1, 0]]


def test_fewer_loads_take_back_what_was_carried_of_them() -> None:
    piles = Piles(1)
    piles.carry(0, 0)
    piles.carry(0, 1)
    assert piles.own[0].tolist() == [2, 1, 0]
    piles.add(0, 0, -1)
    assert piles.own[0].sum() == piles.loads[0][0] == 2
    piles.add(1, 0, -1)
    assert (piles.own.sum(axis=0) <= piles.loads[1]).all() and (piles.own >= 0).all()


@pytest.mark.parametrize(("data", "d"), [("mixture", 1), ("ring", 2)])
def test_points_of_a_run_are_matched_exactly(qtbot: QtBot, stage: Stage, data: str, d: int) -> None:
    it = Board(qtbot, stage, "run", Spec(variant="ns-gan", data=data))
    assert it.shown.words.startswith("Waiting")
    rng = np.random.default_rng(4)
    real, fake = (rng.normal(size=(40, d)).astype(np.float32) for _ in range(2))
    it.shown.show(stage, ("few-points", FewPoints(real=floats(real), fake=floats(fake))))
    cost = np.linalg.norm(real[:, None].astype(np.float64) - fake, axis=-1)
    assert f"{figure(float(cost[linear_sum_assignment(cost)].mean()))} a point" in it.shown.words
    assert ("area between" in it.shown.words) == (d == 1)
    assert len(np.unique(np.asarray(it.board.grab().toImage().bits()))) > 20, "something is drawn"
    it.press(Qt.Key.Key_PageDown)  # nothing to choose
    it.shown.show(stage, ("few-points", FewPoints(real=floats(real), fake=floats(np.full((40, d), np.inf)))))
    assert "diverged" in it.shown.words


def test_a_click_beside_everything_chooses_nothing(qtbot: QtBot, stage: Stage) -> None:
    it = Board(qtbot, stage, "line")
    QTest.mouseClick(it.board, Qt.MouseButton.LeftButton, pos=QPointF(5, 5).toPoint())
    assert it.piles.selected == (-1, -1)
