"""Columns of pictures: the room for their titles follows the titles, the width and the font."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ganstudio.ui.widgets.picture_strip import Column, PictureStrip

PICTURES = np.zeros((2, 32, 32, 3), np.uint8)


def strip_of(qtbot: QtBot, *titles: str) -> PictureStrip:
    strip = PictureStrip()
    qtbot.addWidget(strip)
    strip.resize(400, 400)
    strip.show()
    strip.show_columns([Column(title, PICTURES) for title in titles])
    strip.repaint()
    return strip


def test_titles_that_are_too_wide_get_a_second_line(qtbot: QtBot) -> None:
    strip = strip_of(qtbot, "made", "truth")
    line = strip._title_height()
    word = "w" * (strip._step() // strip.fontMetrics().horizontalAdvance("w") - 2)  # a line holds one such word
    long = f"{word} {word}"
    strip.show_columns([Column(long, PICTURES), Column("truth", PICTURES)])
    two = strip._title_height()
    assert two == line + strip.fontMetrics().height()
    strip.resize(2000, 400)
    assert strip._title_height() == line, "there is room again"
    strip.resize(400, 400)
    assert strip._title_height() == two


def test_a_larger_font_takes_more_room(qtbot: QtBot) -> None:
    strip = strip_of(qtbot, "made", "truth")
    before, top = strip._title_height(), strip.place(0, 0).top()
    font = strip.font()
    font.setPointSize(2 * font.pointSize())
    strip.setFont(font)
    assert strip._title_height() > before and strip.place(0, 0).top() > top


def test_the_picture_below_a_place_is_found(qtbot: QtBot) -> None:
    strip = strip_of(qtbot, "made", "truth")
    assert strip.at(strip.place(1, 1).center()) == (1, 1)
    assert strip.at(strip.rect().topLeft()) == (-1, -1)


@pytest.mark.parametrize(("columns", "rows"), [(0, 0), (3, 2), (6, 1)])
def test_a_picture_that_goes_away_under_the_resting_pointer_is_no_longer_enlarged(
    qtbot: QtBot, columns: int, rows: int
) -> None:
    strip = strip_of(qtbot, *"abcdef")
    strip.resize(900, 300)
    place = strip.place(1, 5).center()
    QApplication.sendEvent(strip, QMouseEvent(
        QEvent.Type.MouseMove, place.toPointF(), strip.mapToGlobal(place).toPointF(), Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier))
    assert strip._under == (1, 5)
    with qtbot.waitSignal(strip.pointed) as told:
        strip.show_columns([Column("made", PICTURES[:rows])] * columns)
    assert told.args == [-1, -1]
    strip.repaint()
