"""A figure whose name cannot be read is no figure: titles have room at every width."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QHeaderView
from pytestqt.qtbot import QtBot

from ganstudio.ui.widgets.number_table import LEAST, NumberTable


@pytest.mark.parametrize("width", [90, 160, 400])
def test_titles_can_be_read_at_every_width(width: int, qtbot: QtBot) -> None:
    table = NumberTable(["", "G", "perfect G"], numbers=2)
    qtbot.addWidget(table)
    table.resize(width, 200)
    table.setRowCount(2)
    table.show()
    for row, title in enumerate(("high quality", "class mean error")):
        for column, text in enumerate((title, "0.123", "0.456")):
            table.write(row, column, text, "")
    QApplication.processEvents()
    assert table.columnWidth(0) >= LEAST * table.sizeHintForColumn(0)
    stretches = table.horizontalHeader().sectionResizeMode(0) == QHeaderView.ResizeMode.Stretch
    assert stretches or table.columnWidth(0) >= table.sizeHintForColumn(0)
    if width != 160:
        assert stretches == (width == 400)
