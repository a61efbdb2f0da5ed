"""A plot on screen, for the tests of what is drawn on one."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ganstudio.ui.plotting.axes import Plot


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot()
    qtbot.addWidget(made.widget)
    made.widget.resize(300, 200)
    made.widget.show()
    return made
