"""The earth mover's matrix: its cells against the plan, and what is marked in it and on the board alike."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton
from pytestqt.qtbot import QtBot
from studio_kit import Stage, floats

from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.panels.earth_mover import EarthMoverPanel
from ganstudio.ui.theme import DARK, apply
from ganstudio.ui.widgets.earth_board import EarthBoard
from ganstudio.ui.widgets.earth_drawing import NOWHERE, Mark
from ganstudio.ui.widgets.earth_matrix import EarthMatrix
from ganstudio.views.few_points import FewPoints


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


class Matrix:
    """The panel with its matrix beside the board."""

    def __init__(self, qtbot: QtBot, stage: Stage, source: str = "line", size: tuple[int, int] = (1000, 600)) -> None:
        self.shown = Shown(qtbot, stage, EarthMoverPanel, Spec(variant="ns-gan", data="mixture"))
        self.panel: Any = self.shown.panel
        self.panel.resize(*size)
        self.shown.box("earth-mover.matrix").click()
        box: Any = self.panel.findChild(QComboBox, "earth-mover.source")
        box.setCurrentIndex(box.findData(source))
        self.board: Any = self.panel.findChild(EarthBoard)
        self.matrix: Any = self.panel.findChild(EarthMatrix)

    def point(self, row: int, column: int) -> str:
        """Moves the pointer over a cell or title; what is said then."""
        for offset in (1, 0):
            QTest.mouseMove(self.matrix, self.matrix.cell(row, column).center().toPoint() + QPoint(offset, 0))
        return str(self.matrix.accessibleDescription())

    def press(self, *keys: Qt.Key) -> str:
        for key in keys:
            QTest.keyClick(self.matrix, key)
        return str(self.matrix.accessibleDescription())

    @property
    def marks(self) -> set[Mark]:
        """What is marked in the two views."""
        return {self.board._mark, self.matrix._mark}


def test_each_cell_says_the_loads_the_distance_and_the_cost(qtbot: QtBot, stage: Stage) -> None:
    """The first example by hand: piles at 2, 4, 5; holes at 3.5, 7, 8.5."""
    it = Matrix(qtbot, stage)
    assert it.point(0, 0) == "2 loads × 1.5 = 3: pile 1 at 2 → hole 1 at 3.5"
    assert it.point(2, 2) == "1 load × 3.5 = 3.5: pile 3 at 5 → hole 3 at 8.5"
    assert it.point(0, 2) == "no load, 6.5 apart: pile 1 at 2 → hole 3 at 8.5"
    assert it.point(0, -1) == "3 loads, cost 8: pile 1 at 2"
    assert it.point(-1, 1) == "3 loads, cost 10: hole 2 at 7"
    costs = [float(found) for row in range(3) for column in range(3)
             for found in re.findall(r"= ([\d.]+):", it.point(row, column))]
    assert sum(costs) == 16.5 and "costs 16.5" in it.shown.words


def test_what_is_pointed_at_is_marked_in_both_views(qtbot: QtBot, stage: Stage) -> None:
    it = Matrix(qtbot, stage)
    plain = it.board.grab().toImage()
    for cell in ((0, 1), (1, -1), (-1, 2)):
        it.point(*cell)
        assert it.marks == {cell}
        assert it.board.grab().toImage() != plain
    frame, earth = it.board.frame(), it.board._earth
    start, end = frame.route(earth, 2, 2)
    for at in (start + (end - start) * 0.45, start + (end - start) * 0.5):
        QTest.mouseMove(it.board, at.toPoint())
    assert it.marks == {(2, 2)}
    QTest.mouseMove(it.board, frame.body(earth.sources[0], 3, 0, False).center().toPoint())
    assert it.marks == {(0, -1)}
    QTest.mouseMove(it.board, QPoint(2, 2))
    assert it.marks == {NOWHERE} and it.board.grab().toImage() == plain


def test_the_keys_reach_every_cell_and_the_next_route(qtbot: QtBot, stage: Stage) -> None:
    it = Matrix(qtbot, stage)
    box = it.shown.box("earth-mover.matrix")
    for expected in (False, True):
        QTest.keyClick(box, Qt.Key.Key_Space)
        assert it.matrix.isVisibleTo(it.panel) is expected
    assert box.shortcut().toString() == "Alt+K" and "(Alt+K)" in box.toolTip()
    it.matrix.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(it.matrix.hasFocus)
    assert it.marks == {(0, 0)}
    it.press(Qt.Key.Key_Right, Qt.Key.Key_Down, *[Qt.Key.Key_Right] * 4)
    assert it.marks == {(1, 2)}, "not beyond the last column"
    routes = []
    for _ in range(5):
        it.press(Qt.Key.Key_PageDown)
        routes.append(it.matrix._mark)
    assert routes == [(2, 1), (2, 2), (0, 0), (0, 1), (1, 1)]
    it.press(Qt.Key.Key_PageUp)
    assert it.marks == {(0, 1)}
    it.board.setFocus()
    assert it.marks == {NOWHERE}


def test_a_plan_is_made_and_taken_back_in_the_matrix(qtbot: QtBot, stage: Stage) -> None:
    it = Matrix(qtbot, stage)
    carry = it.panel.findChild(QPushButton, "earth-mover.carry")
    assert it.point(0, 1).startswith("1 load"), "the best plan"
    QTest.mouseClick(it.matrix, Qt.MouseButton.LeftButton, pos=it.matrix.cell(0, 1).center().toPoint())
    piles = it.panel._piles["line"]
    assert piles.carried == 0, "nothing is carried while no plan is made"
    carry.click()
    QTest.mouseClick(it.matrix, Qt.MouseButton.LeftButton, pos=it.matrix.cell(0, 1).center().toPoint())
    assert piles.own.tolist() == [[0, 3, 0], [0, 0, 0], [0, 0, 0]]
    assert "Your plan costs 15 so far" in it.shown.words
    said = it.press(Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Return)
    assert piles.own[1].tolist() == [1, 0, 0] and said.startswith("1 load × 0.5 = 0.5")
    it.shown.box("earth-mover.best").click()
    assert it.point(0, 1).startswith("1 load × 5 = 5, yours: 3 loads × 5 = 15")
    it.press(Qt.Key.Key_Delete)
    assert piles.own[1].tolist() == [0, 0, 0] and piles.carried == 3


def test_points_of_a_run_on_a_line_are_paired_along_the_diagonal(qtbot: QtBot, stage: Stage) -> None:
    it = Matrix(qtbot, stage, "run")
    fake, real = np.random.default_rng(3).permutation(40)[:, None] / 10.0, np.arange(40)[:, None] / 10 + 0.25
    it.shown.show(stage, ("few-points", FewPoints(real=floats(real), fake=floats(fake))))
    assert it.point(7, 7) == "paired, 0.25 apart: generated point 8 at 0.7 → real point 8 at 0.95"
    assert it.point(7, 8).startswith("not paired, 0.35 apart")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Delete):
        it.press(key)
    box = it.panel.findChild(QComboBox, "earth-mover.source")
    box.setCurrentIndex(0)  # three piles: the cell that was marked is not there
    assert it.marks <= {NOWHERE, (7, 8)} and it.matrix._mark == NOWHERE
    it.board.grab()


@pytest.mark.parametrize(("size", "scale", "both"), [((1000, 420), 1.0, True), ((420, 700), 1.0, True),
                                                     ((760, 420), 2.0, False), ((300, 260), 1.0, False),
                                                     ((500, 390), 2.0, False)])
def test_the_matrix_lies_beside_the_lines_or_takes_their_place(
    qtbot: QtBot, qapp: QApplication, stage: Stage, size: tuple[int, int], scale: float, both: bool,
) -> None:
    font = qapp.font()
    try:
        apply(qapp, DARK, scale)
        it = Matrix(qtbot, stage, size=size)
        assert it.matrix.isVisibleTo(it.panel) and it.board.isVisibleTo(it.panel) is both
        if both:
            assert not it.matrix.geometry().intersects(it.board.geometry())
        last = it.matrix.cell(2, 2)
        assert last.height() >= 0.85 * it.matrix.fontMetrics().height(), "a line of text in each cell"
        assert last.right() <= it.matrix.width() and last.bottom() <= it.matrix._footer().top() + 1
        it.shown.box("earth-mover.matrix").click()
        assert it.board.isVisibleTo(it.panel) and not it.matrix.isVisibleTo(it.panel)
    finally:
        qapp.setFont(font)
        qapp.setStyleSheet("")
