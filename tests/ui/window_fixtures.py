"""A window for each test, at its first start or shared with others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from studio_kit import offered
from window_kit import House, undress


@pytest.fixture
def fresh(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A window at its first start."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    made = House(qtbot)
    made.enter()
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[House]]:
    """The window that most tests share; it is built by the first."""
    kept: list[House] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSTUDIO_HOME", str(tmp_path_factory.mktemp("window")))
        yield kept
        for house in kept:
            house.close()
        undress()


@pytest.fixture
def house(shared: list[House], qtbot: QtBot) -> Iterator[House]:
    """A window with an engine and without a run of this test's; nothing is said, nothing was sent."""
    if not shared:
        shared.append(House(qtbot))
    made = shared[0]
    made.qtbot = qtbot
    if made.stage.session.engine is None:
        made.stage.welcome()
    made.enter()
    if QApplication.font().pointSizeF() != 10 or made.window.preferences.theme != "dark":
        made.window.set_theme("dark")
        made.window.set_scale(1.0)  # of the application, which another window may have changed
    made.window.notice.dismiss()
    made.stage.link.sent.clear()
    yield made
    if made.window.width() != 1600 or made.visible() != offered("plane"):
        made.window.resize(1600, 1000)
        made.window.lay_out("plane", afresh=True)
