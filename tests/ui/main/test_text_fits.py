"""No text of the window is cut, at the sizes of windows and of text that users have; `make claims` tries them all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from painted_text import cut_texts
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QTabBar, QTableWidget, QToolBar, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import RING, Stage, landscape_view, line_view, measured, mode_count, points_view, real_catalog, snapshot
from window_kit import KINDS, House
from window_poses import each_in_front, settle, take_pose

from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.widgets.elided_label import ElidedLabel
from ganstudio.ui.widgets.number_table import NumberTable

pytest_plugins = ["window_fixtures"]

POSES = ((1.0, 1366, 768), (1.5, 1366, 768), (2.0, 1600, 1000), (2.5, 1920, 1080))


def fill(stage: Stage, run: int, kind: str) -> None:
    """Pictures and numbers come, as long as they are in a real run."""
    views = {
        "plane": (points_view(RING, modes=mode_count([0.125] * 8)),
                  landscape_view(np.outer(np.arange(24.0), np.arange(24.0)) - 100, [[0.3, -0.4]] * 8)),
        "line": (line_view(np.ones(50), np.ones(50), np.linspace(-12.5, 3, 50)),),
    }.get(kind, ())
    stage.link.say(snapshot(run, *views, steps=12_345))
    numbers: dict[str, float | None] = {info.name: 0.012345 for info in real_catalog().measures if kind in info.kinds}
    stage.link.say(measured(run, 12_345, numbers, numbers))


@KINDS
def test_no_text_is_cut(house: House, kind: str, spec: Spec) -> None:
    fill(house.stage, house.begin(spec), kind)
    window, wrong = house.window, []
    for _ in each_in_front(window):
        settle()  # some panels are built when they are seen first
    for scale, width, height in POSES:
        take_pose(window, scale, width, height)
        if (window.width(), window.height()) != (width, height):
            wrong.append(f"{scale:.0%}, {width}x{height}: the window is {window.width()}x{window.height()}")
        for front in each_in_front(window):
            wrong += [f"{scale:.0%}, {width}x{height}, {', '.join(front)}: {fault}" for fault in cut_texts(window)]
    window.set_scale(1.0)
    assert not wrong, "\n".join(wrong)


# What is found ------------------------------------------------------------------------------------------------------


def label(text: str, width: int, height: int = 40) -> QLabel:
    made = QLabel(text)
    made.resize(width, height)
    return made


def button() -> QWidget:
    made = QPushButton("Continue from here")
    made.setFixedSize(40, 24)
    return made


def choice() -> QWidget:
    made = QComboBox()
    made.addItem("singular values")
    made.setFixedSize(50, 24)
    return made


def tabs() -> QWidget:
    made = QTabBar()
    for name in ("Critic landscape", "Phase portrait"):
        made.addTab(name)
    made.setUsesScrollButtons(False)
    made.resize(90, 30)
    return made


def cells(title: str, header: str, width: int) -> QWidget:
    made = QTableWidget(1, 1)
    made.setHorizontalHeaderLabels([header])
    made.setColumnWidth(0, width)
    holder = label(title, 10)
    made.setCellWidget(0, 0, holder)
    made.resize(300, 200)
    return made


class Caption(QWidget):
    """Paints a word where there is no room for it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(30, 30)

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawText(5, 20, "discriminator")


def bar() -> QWidget:
    made = QToolBar()
    for text in ("Play", "Restart", "Continue from here"):
        made.addAction(text)
    made.resize(60, 30)
    return made


def sentence(tip: str) -> QWidget:
    made = ElidedLabel("Typical slope at the orange points: 2.5 per data unit.")
    made.setToolTip(tip)
    made.resize(120, 30)
    return made


def two_on_each_other() -> QWidget:
    made = QWidget()
    made.resize(200, 40)
    for text in ("higher", "lower"):
        QLabel(text, made).move(10, 10)
    return made


@pytest.mark.parametrize("make", [
    lambda: label("Wasserstein distance", 40), lambda: label("Wasserstein distance", 200, 5), button, choice, tabs,
    lambda: cells("reverse KL", "perfect generator", 40), Caption, bar, two_on_each_other, lambda: sentence(""),
], ids=["narrow", "low", "button", "choice", "tabs", "cells", "painted", "toolbar", "overlap", "no tooltip"])
def test_cut_text_is_found(make: Callable[[], QWidget], qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    made = make()
    made.setParent(window)
    window.show()
    settle()
    assert cut_texts(window)


def test_text_with_room_and_a_sentence_that_ends_with_dots_are_no_faults(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    table = NumberTable(["", "G", "perfect G"], numbers=2)
    table.setRowCount(1)
    for place, text in enumerate(("class mean error", "0.123", "0.456")):
        table.write(0, place, text, "")
    for part in (QLabel("Wasserstein distance"), QPushButton("Save…"), table):
        column.addWidget(part)
    words = sentence("Typical slope at the orange points: 2.5 per data unit.")
    words.setFixedSize(120, 30)
    column.addWidget(words)
    window.resize(600, 400)
    window.show()
    settle()
    assert not cut_texts(window)
