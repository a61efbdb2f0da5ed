"""The dragged picture without a panel: keys, limits, and the pointer with and without its button."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ganstudio.ui.widgets.dragged_picture import FINE, STEP, TURN, DraggedPicture


@pytest.fixture
def picture(qtbot: QtBot) -> DraggedPicture:
    made = DraggedPicture("drag it")
    qtbot.addWidget(made)
    made.resize(200, 220)
    made.show_images(np.zeros((1, 16, 16, 3), np.uint8))
    made.show()
    return made


@pytest.mark.parametrize(("key", "modifier", "there"), [
    (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, (STEP, 0, 0)),
    (Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier, (0, -FINE, 0)),
    (Qt.Key.Key_PageUp, Qt.KeyboardModifier.NoModifier, (0, 0, TURN)),
    (Qt.Key.Key_PageDown, Qt.KeyboardModifier.ShiftModifier, (0, 0, -1)),
])
def test_the_keys_move_and_turn_it_and_home_puts_it_back(
    picture: DraggedPicture, key: Qt.Key, modifier: Qt.KeyboardModifier, there: tuple[float, float, float],
) -> None:
    assert picture.focusPolicy() & Qt.FocusPolicy.TabFocus
    QTest.keyClick(picture, key, modifier)
    assert (picture.right, picture.down, picture.angle) == pytest.approx(there)
    QTest.keyClick(picture, Qt.Key.Key_Home)
    assert (picture.right, picture.down, picture.angle) == (0, 0, 0)


def test_another_key_is_left_to_the_window(picture: DraggedPicture) -> None:
    told = []
    picture.placed.connect(lambda *place: told.append(place))
    QTest.keyClick(picture, Qt.Key.Key_A)
    assert told == []


def test_it_can_go_no_further_than_a_side_and_angles_go_round(picture: DraggedPicture) -> None:
    told = []
    picture.placed.connect(lambda *place: told.append(place))
    picture.put(3.0, -2.0, 190.0)
    assert told == [(1.0, -1.0, -170.0)]


def test_the_pointer_drags_only_with_the_left_button(picture: DraggedPicture) -> None:
    middle, side = picture.rect().center(), picture.cells().width / picture.devicePixelRatioF()
    QTest.mousePress(picture, Qt.MouseButton.RightButton, pos=middle)
    QTest.mouseMove(picture, middle + QPoint(20, 20))
    assert picture.right == 0
    QTest.mouseRelease(picture, Qt.MouseButton.RightButton, pos=middle)
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(picture, middle + QPoint(20, 10))
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=middle + QPoint(20, 10))
    assert [picture.right, picture.down] == pytest.approx([20 / side, 10 / side])
