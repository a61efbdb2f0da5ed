"""A notice: all of its text can be read, beside its buttons or above them, at any width and size of text."""

from __future__ import annotations

import functools

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from ganstudio.ui.widgets.notice_bar import COMMAND, EXPORT, MOST_LINES, Notice

LONG = "The run diverged: the term “penalty” became inf at step 1. Played on from there as it is, it goes the same way."
ACTS = [("Back to step 1,000", lambda: None), ("Restart with the preset's settings", lambda: None)]


@pytest.fixture
def notice(qtbot: QtBot) -> Notice:
    made = Notice()
    qtbot.addWidget(made)
    made.show()
    return made


def text_of(notice: Notice) -> QLabel:
    found = [label for label in notice.findChildren(QLabel) if label.text() == notice.text]
    return found[0]


def roomy(button: QPushButton) -> bool:
    return button.height() >= button.sizeHint().height() and button.width() >= button.sizeHint().width()


def settled(notice: Notice, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not notice._soon.isActive() and notice.height() == notice.minimumHeight())


@pytest.mark.parametrize("points", [7.5, 10.0, 20.0])
@pytest.mark.parametrize("width", [800, 1350, 2500])
def test_the_text_has_the_room_that_it_takes(notice: Notice, qtbot: QtBot, width: int, points: float) -> None:
    font = notice.font()
    font.setPointSizeF(points)
    notice.setFont(font)
    notice.resize(width, notice.height())
    notice.tell(LONG, ACTS)
    settled(notice, qtbot)
    label = text_of(notice)
    qtbot.waitUntil(lambda: label.font().pointSizeF() == points and label.width() > 100)
    metrics = label.fontMetrics()
    needs = metrics.boundingRect(QRect(0, 0, label.width(), 10_000), Qt.TextFlag.TextWordWrap, LONG).height()
    qtbot.waitUntil(lambda: label.height() >= min(needs, MOST_LINES * metrics.lineSpacing()))
    for button in notice.findChildren(QPushButton):
        qtbot.waitUntil(functools.partial(roomy, button))
        place = QRect(button.mapTo(notice, button.rect().topLeft()), button.size())
        assert notice.rect().contains(place) and not place.intersects(label.geometry())


def test_where_the_buttons_would_take_half_the_width_they_stand_below(notice: Notice, qtbot: QtBot) -> None:
    notice.resize(1350, notice.height())
    notice.tell(LONG, ACTS)
    settled(notice, qtbot)
    beside = notice.height()
    notice.resize(420, notice.height())
    qtbot.waitUntil(lambda: notice.height() > 1.5 * beside)
    notice.tell("Copied.")
    qtbot.waitUntil(lambda: notice.height() <= beside)
    assert not any(button.isVisible() for button in notice.findChildren(QPushButton))


def test_a_fault_is_over_with_the_next_success_and_what_it_was_said_over_comes_back(notice: Notice) -> None:
    wanted: list[bool] = []
    notice.wanted.connect(wanted.append)
    notice.tell("Not done: 12 is out of range.", fault=COMMAND)
    notice.over(EXPORT)
    assert wanted == [True] and notice.text.startswith("Not done")
    notice.over(COMMAND)
    assert wanted == [True, False]
    notice.over(COMMAND)
    assert wanted == [True, False]
    notice.tell("Mode collapse.", [("Back to step 9", lambda: None)])
    notice.tell("Not done: 12 is out of range.", fault=COMMAND)
    assert not [button for button in notice.findChildren(QPushButton) if button in notice._buttons]
    notice.over(COMMAND)
    assert notice.text == "Mode collapse." and notice._buttons[0].text() == "Back to step 9"
    notice.over(COMMAND)
    assert wanted[-1] and notice.text == "Mode collapse."  # it is no fault: it stays until it is closed
    notice.tell("The mode collapse is over since step 12.")
    notice.pass_with(COMMAND)
    notice.over(COMMAND)
    assert wanted[-1] is False


def test_what_was_closed_does_not_come_back(notice: Notice) -> None:
    wanted: list[bool] = []
    notice.wanted.connect(wanted.append)
    notice.tell("Mode collapse.")
    notice.tell("Not done.", fault=COMMAND)
    notice.dismiss()
    notice.over(COMMAND)
    assert wanted == [True, True, False]
