"""Widgets beside each other: as large as each other at any size of the whole."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ganstudio.ui.widgets.side_by_side import SideBySide


@pytest.mark.parametrize(("width", "height"), [(400, 100), (401, 100), (402, 100), (90, 400), (90, 401), (90, 402)])
def test_all_are_of_one_size_to_the_pixel(qtbot: QtBot, width: int, height: int) -> None:
    parts = [QWidget() for _ in range(3)]
    whole = SideBySide(*parts, gap=4)
    qtbot.addWidget(whole)
    whole.resize(width, height)
    whole.show()
    assert len({part.size().toTuple() for part in parts}) == 1
    assert parts[0].width() > 0 and parts[0].height() > 0
