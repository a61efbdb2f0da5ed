"""A figure whose name cannot be read is no figure: titles have room at every width."""

from __future__ import annotations

import pytest
from painted_text import cut_texts, painted
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ganstudio.ui.widgets.number_table import NumberTable

TITLES = ("high quality", "class mean error")


def filled(qtbot: QtBot, width: int) -> NumberTable:
    table = NumberTable(["", "G", "perfect G"], numbers=2)
    qtbot.addWidget(table)
    table.resize(width, 300)
    table.setRowCount(len(TITLES))
    for row, title in enumerate(TITLES):
        for column, text in enumerate((title, "0.123", "0.456")):
            table.write(row, column, text, "")
    return table


def settle() -> None:
    for _ in range(3):
        QTest.qWait(1)
        QApplication.processEvents()


@pytest.mark.parametrize("points", [10, 20])
@pytest.mark.parametrize("width", [90, 200, 400])
def test_titles_can_be_read_at_every_width(width: int, points: int, qtbot: QtBot) -> None:
    table = filled(qtbot, width)
    table.setFont(QFont(table.font().family(), points))
    table.show()
    settle()
    words = {word for text in painted(table.viewport()) for word in text.text.split()}
    assert {word for title in TITLES for word in title.split()} <= words
    assert not cut_texts(table) or table.horizontalScrollBar().maximum() > 0
    scrolls = table.horizontalScrollBar().maximum() > 0
    assert scrolls == (width < table.minimumSizeHint().width() - table.verticalScrollBar().sizeHint().width())


def test_a_table_behind_a_tab_knows_what_it_needs(qtbot: QtBot) -> None:
    table = filled(qtbot, 400)
    before = table.minimumSizeHint().width()
    table.write(1, 2, "123456789.123", "")
    assert table.minimumSizeHint().width() > before + 30
    table.show()
    settle()
    assert not cut_texts(table)
