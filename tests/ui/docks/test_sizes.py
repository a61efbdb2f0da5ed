"""Docks in a window whose size and text change, as they do when a laptop is plugged into a projector."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from studio_kit import Stage, end

from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.docks.sizes import QUIET_MS
from ganstudio.ui.main.window import Window
from ganstudio.ui.state.preferences import Preferences

LARGE, SMALL = (1600, 1000), (1000, 800)


class House:
    """A window with its run, and others after it over the same settings."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.window = self.built()

    def built(self) -> Window:
        self.stage = Stage()
        window = Window(self.stage.commands, Preferences())
        window.set_scale(1.0)
        window.set_theme("dark")
        self.window = window
        window.show()
        self.stage.begin(Spec(variant="wgan-gp", data="ring", preset="toy"))
        self.resize(*LARGE)
        return window

    def resize(self, width: int, height: int) -> None:
        self.window.resize(width, height)
        self.settle()

    def settle(self) -> None:
        """Until nothing more is to be laid anew."""
        QApplication.processEvents()
        self.qtbot.waitUntil(lambda: not self.window.proportions._later.isActive(), timeout=20 * QUIET_MS)
        QApplication.processEvents()

    def again(self) -> None:
        """Closes the window and opens another one."""
        end(self.window)
        self.built()

    @property
    def widths(self) -> dict[str, int]:
        return {dock.objectName(): dock.width() for dock in self.window.proportions.tops()}

    def drag(self, pixels: int) -> None:
        """A hand moves the right edge of the controls."""
        dock = self.window.docks["controls"]
        at = QPoint(dock.geometry().right() + 3, dock.geometry().center().y())
        QTest.mousePress(self.window, Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseMove(self.window, at + QPoint(pixels // 2, 0))
        QTest.mouseMove(self.window, at + QPoint(pixels, 0))
        QTest.qWait(1)
        QTest.mouseRelease(self.window, Qt.MouseButton.LeftButton, pos=at + QPoint(pixels, 0))
        self.settle()


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[House]:
    Preferences().forget("layout/plane")
    made = House(qtbot)
    yield made
    end(made.window)
    Preferences().forget("layout/plane")


def test_a_window_that_shrank_and_grew_again_looks_as_before(house: House) -> None:
    before = house.widths
    assert before["dock.controls"] < 0.25 * LARGE[0]
    house.resize(*SMALL)
    assert house.widths["dock.controls"] <= 0.4 * SMALL[0]
    house.resize(*LARGE)
    for name, width in house.widths.items():
        assert width == pytest.approx(before[name], abs=4), name


def test_a_width_that_a_hand_gave_stays(house: House) -> None:
    usual = house.widths["dock.controls"]
    house.drag(120)
    wide = house.widths["dock.controls"]
    assert wide == pytest.approx(usual + 120, abs=6)
    house.resize(*SMALL)
    house.resize(*LARGE)
    assert house.widths["dock.controls"] == pytest.approx(wide, abs=2)
    house.again()
    assert house.widths["dock.controls"] == pytest.approx(wide, abs=4)


def test_controls_that_took_half_the_window_in_an_earlier_version_are_as_wide_as_at_first(house: House) -> None:
    usual, window = house.widths["dock.controls"], house.window
    window.resizeDocks([window.docks["controls"]], [800], Qt.Orientation.Horizontal)
    Preferences().keep("layout/plane", window.saveState(1))
    window._kind = None  # nothing else is kept
    house.again()
    assert house.widths["dock.controls"] == pytest.approx(usual, abs=4)


def test_large_text_in_a_small_window_makes_tabs_of_what_would_be_too_narrow_and_room_undoes_it(house: House) -> None:
    before = house.widths
    house.window.docks["manifold"].raise_()
    house.window.set_scale(2.0)
    house.resize(1366, 768)
    letters = 20 * house.window.fontMetrics().averageCharWidth()
    assert "dock.manifold" in house.widths  # what was on top is still
    assert 1 < len(house.widths) < len(before)
    assert all(width >= letters for width in house.widths.values())
    assert all(not dock.isHidden() for dock in map(house.window.docks.__getitem__, ("measures", "curves", "theory")))
    house.window.docks["points"].raise_()
    house.window.set_scale(1.0)
    house.resize(*LARGE)
    for name, width in house.widths.items():
        assert width == pytest.approx(before[name], abs=4), name
    assert house.widths.keys() == before.keys()


def test_what_is_kept_is_how_the_docks_stand_where_there_is_room(house: House) -> None:
    before = house.widths
    house.window.set_scale(2.5)
    house.resize(1366, 768)
    assert len(house.widths) < len(before)
    house.again()  # with text of its usual size
    assert house.widths.keys() == before.keys()


def test_a_panel_closed_while_there_is_no_room_stays_closed(house: House) -> None:
    house.window.set_scale(2.0)
    house.resize(1366, 768)
    house.window.docks["landscape"].close()
    house.settle()
    house.window.set_scale(1.0)
    house.resize(*LARGE)
    assert house.window.docks["landscape"].isHidden()
