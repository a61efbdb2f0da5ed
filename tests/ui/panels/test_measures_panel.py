"""The measures panel: each number beside its floor."""

from __future__ import annotations

import pytest
from panel_kit import INF, NAN, Shown
from PySide6.QtWidgets import (
    QTableWidget,
    QTableWidgetItem,
)
from pytestqt.qtbot import QtBot
from studio_kit import (
    Stage,
    measured,
    real_catalog,
)

from ganstudio.ui.panels.measures import MeasuresPanel


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def cell(table: QTableWidget, row: int, column: int) -> QTableWidgetItem:
    found = table.item(row, column)
    assert found is not None
    return found


def test_every_number_stands_beside_its_floor(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, MeasuresPanel)
    stage.link.say(measured(shown.run, 1234, {"modes": 7.0, "w1": 0.123456, "reverse_kl": None, "jsd": None},
                            {"modes": 8.0, "w1": 0.05, "reverse_kl": 0.01}))
    table = shown.panel.findChild(QTableWidget)
    assert isinstance(table, QTableWidget)
    infos = {info.name: info for info in real_catalog().measures}
    assert {cell(table, row, 0).text(): (cell(table, row, 1).text(), cell(table, row, 2).text())
            for row in range(table.rowCount())} == {
        infos["modes"].title: (format(7.0, infos["modes"].format), format(8.0, infos["modes"].format)),
        infos["w1"].title: (format(0.123456, infos["w1"].format), format(0.05, infos["w1"].format)),
        infos["reverse_kl"].title: ("–", format(0.01, infos["reverse_kl"].format)),
    }
    assert "500 samples" in shown.words
    assert "1,234" in shown.words
    assert all(cell(table, row, 0).toolTip() for row in range(table.rowCount()))
    stage.begin()
    assert table.rowCount() == 0


def test_measures_that_are_no_numbers_are_shown_as_they_are(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, MeasuresPanel)
    for value in (NAN, INF, 1e30):
        stage.link.say(measured(shown.run, 1, {info.name: value for info in real_catalog().measures},
                                {info.name: value for info in real_catalog().measures}))
    shown.panel.grab()
