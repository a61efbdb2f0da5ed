"""The window's first painting, before anything is in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from studio_kit import Stage, end
from window_kit import House

from ganstudio.core.design import DARK
from ganstudio.ui.main import opening
from ganstudio.ui.main.opening import Opening, Outline, Part, keep_outline, kept_outline, outline_of
from ganstudio.ui.main.window import Window
from ganstudio.ui.state.preferences import Preferences

SIZE = (900, 600)
KNOWN = Outline(size=SIZE, panels=[(100, 100, 300, 200)], names=[Part("Run", (0, 0, 40, 20))],
                titles=[Part("Points", (100, 100, 300, 24))])


@pytest.fixture
def studio_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))


@pytest.fixture
def empty(qtbot: QtBot, studio_home: None) -> Iterator[Window]:
    """A window that nothing was put into."""
    window = Window(None, Preferences())
    window.resize(*SIZE)
    yield window
    if shiboken6.isValid(window):
        shiboken6.delete(window)


def test_it_is_painted_when_it_is_shown(empty: Window) -> None:
    shown = Opening(empty, DARK, KNOWN)
    shown.show_window()
    assert empty.isVisible() and shown.painted_at is not None
    picture = empty.grab().toImage()
    assert picture.pixelColor(390, 290) == QColor(DARK.base)
    assert picture.pixelColor(390, 110) == QColor(DARK.raised)
    assert picture.pixelColor(800, 500) == QColor(DARK.window)


def test_an_outline_of_another_size_is_not_drawn(empty: Window) -> None:
    empty.resize(SIZE[0] + 50, SIZE[1])
    Opening(empty, DARK, KNOWN).show_window()
    assert empty.grab().toImage().pixelColor(390, 290) == QColor(DARK.window)


def test_it_follows_the_size_of_the_window(empty: Window) -> None:
    shown = Opening(empty, DARK, KNOWN)
    shown.show_window()
    empty.resize(700, 500)
    assert shown.geometry() == QRect(0, 0, 700, 500)


def test_what_came_into_the_window_meanwhile_is_shown_in_the_end_and_what_was_hidden_is_not(empty: Window) -> None:
    shown = Opening(empty, DARK, KNOWN)
    shown.show_window()
    late, hidden = QLabel("late", empty), QLabel("hidden", empty)
    hidden.hide()
    shown.finish()
    assert late.isVisible() and hidden.isHidden() and shown.isHidden()


def test_a_window_that_is_closed_before_it_is_complete_is_closed_afterwards(empty: Window) -> None:
    Opening(empty, DARK, KNOWN).show_window()
    assert not empty.close()
    assert empty.isVisible() and empty.to_close


def test_an_outline_is_kept_for_text_of_the_same_size(studio_home: None) -> None:
    assert kept_outline(1.0) == Outline()
    keep_outline(KNOWN)
    assert kept_outline(1.0) == KNOWN
    assert kept_outline(1.5) == Outline()


def test_an_outline_that_cannot_be_read_is_none(studio_home: None) -> None:
    keep_outline(KNOWN)
    opening._file().write_bytes(b'{"size": 3}')
    assert kept_outline(1.0) == Outline()


def test_the_outline_is_that_of_the_panels_in_front(qtbot: QtBot, studio_home: None) -> None:
    house = House(qtbot)
    house.window.resize(1366, 768)
    qtbot.wait(50)
    found = outline_of(house.window, 1.0)
    front = {dock.windowTitle() for dock in house.window.docks.values() if not dock.visibleRegion().isEmpty()}
    assert {part.text for part in found.titles} == front
    assert {"Run", "View", "Help", "Manifold"} <= {part.text for part in found.names}
    assert found.size == (house.window.width(), house.window.height())
    house.close()


def test_a_window_is_filled_in_place(qtbot: QtBot, empty: Window) -> None:
    shown = Opening(empty, DARK, KNOWN)
    shown.show_window()
    stage = Stage(welcomed=False)
    empty.fill(stage.commands)
    shown.finish()
    qtbot.waitUntil(lambda: empty.panels["points"].isVisible())
    for part in (empty.pickers, empty.transport, empty.timeline, empty.menuBar(), empty.statusBar()):
        assert part.isVisible()
    assert not empty.notice.isVisible() and not empty.welcome.isVisible()
    end(empty)
