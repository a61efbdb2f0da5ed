"""Nothing is cut and nothing lies on anything in what lies over panels or beside them, in small and large windows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from comparison_kit import SIX, Shown
from lesson_kit import TINY, write
from painted_text import called, cut_texts
from PySide6.QtCore import QEvent, QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QSlider, QToolBar, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from window_kit import IMAGE, House, undress
from window_poses import settle, take_pose

from ganstudio.core.lessons.reader import read_lesson
from ganstudio.core.system.resources import lessons_folder
from ganstudio.ui.main.command_palette import CommandPalette
from ganstudio.ui.main.window import Window
from ganstudio.ui.theme import DARK, apply
from ganstudio.ui.widgets.menu import Menu

pytest_plugins = ["window_fixtures"]

POSES = ((1.0, 1366, 768), (2.0, 1366, 768), (1.0, 1920, 1080), (2.0, 1920, 1080))


def overlapping(window: QWidget) -> list[str]:
    """Parts beside each other, in one layout or tool bar, that lie on each other, or beyond what holds them."""
    found = []
    for holder in [window, *window.findChildren(QWidget)]:
        laid = holder.layout()
        if not holder.isVisible() or laid is None or not isinstance(laid, QVBoxLayout | type(QToolBar().layout())):
            continue
        items = [item for item in map(laid.itemAt, range(laid.count())) if item is not None]
        parts = [part for part in (item.widget() for item in items)
                 if part is not None and part.isVisible() and not part.size().isEmpty()]
        for at, part in enumerate(parts):
            if isinstance(part, QAbstractButton) and not holder.rect().adjusted(-1, -1, 1, 1).contains(part.geometry()):
                found.append(f"{called(part)} lies beyond {called(holder)}")
            found += [f"{called(part)} lies on {called(other)}" for other in parts[at + 1:]
                      if part.geometry().intersects(other.geometry())]
    return found


def faults(window: QWidget) -> list[str]:
    return [*cut_texts(window), *overlapping(window)]


def tried(window: Window, shown: QWidget, what: str) -> list[str]:
    """The faults of a view of a window, at all sizes."""
    wrong = []
    for scale, width, height in POSES:
        take_pose(window, scale, width, height)
        wrong += [f"{what}, {scale:.0%}, {width}x{height}: {fault}" for fault in faults(shown)]
    window.set_scale(1.0)
    return wrong


def test_the_tool_bars_take_one_line_on_a_small_screen_and_two_with_twice_the_text(house: House) -> None:
    house.begin()
    window, found, wrong = house.window, [], []
    slider = window.transport.pace.findChild(QSlider, "transport.speed")
    assert isinstance(slider, QSlider)
    for scale, width, height in POSES:
        take_pose(window, scale, width, height)
        found.append(len({bar.y() for bar in (window.pickers, window.transport, window.transport.pace)}))
        for tick in range(0, slider.maximum() + 1, 5):
            slider.setValue(tick)
            wrong += [f"{scale:.0%}: {fault}" for fault in faults(window.transport.pace)]
    window.set_scale(1.0)
    assert found == [1, 2, 1, 2] and not wrong, "\n".join(wrong)


def test_the_welcome_page_fits(house: House) -> None:
    house.begin()
    page = house.window.welcome
    page.open_page()
    wrong = tried(house.window, page, "welcome")
    page.leave()
    assert not wrong, "\n".join(wrong)


def test_a_presentation_fits_and_names_the_key_that_leaves_it(house: House) -> None:
    house.begin()
    window, wrong = house.window, []
    for scale, width, height in POSES:
        take_pose(window, scale, width, height)
        window.presentation.enter()
        settle()
        bar = window.presentation.bar
        wrong += [f"{scale:.0%}: {fault}" for fault in faults(bar)]
        painted = bar.keys.shown_lines() or [bar.keys.text()]
        if not painted[0].startswith("Esc: leave") or painted[0].endswith("…"):
            wrong.append(f"{scale:.0%}: the keys are {painted}")
        window.presentation.leave()
    window.set_scale(1.0)
    assert not wrong, "\n".join(wrong)


def test_a_lesson_fits(house: House) -> None:
    house.begin()
    folder = write(lessons_folder(), TINY)
    window = house.window
    window.lessons.start(read_lesson(folder))
    window.lessons.player.go(1)
    assert window.lessons.view is not None
    wrong = tried(window, window.lessons.view, "lesson")
    window.lessons.player.leave()
    window.preferences.forget("lesson/tiny")
    assert not wrong, "\n".join(wrong)


def test_the_palette_fits(house: House) -> None:
    house.begin()
    window, wrong = house.window, []
    for scale, width, height in POSES:
        take_pose(window, scale, width, height)
        palette = CommandPalette(window, window.registry.lines)
        palette.open()
        palette.line.setText("pen")
        settle()
        wrong += [f"{scale:.0%}: {fault}" for fault in faults(palette)]
        palette.close()
    window.set_scale(1.0)
    assert not wrong, "\n".join(wrong)


@contextmanager
def opened(menu: QMenu) -> Iterator[None]:
    menu.popup(QPoint(0, 0))
    settle()
    yield
    menu.close()


def test_menus_are_one_column_that_scrolls_where_the_screen_is_low(house: House) -> None:
    """Qt's own second column lay beyond the edge of a small screen, with the entries that were in it."""
    house.begin()
    window = house.window
    menus = [window.pickers.variants.menu(), window.pickers.data.menu(), window.comparisons.menu, window.menus.run,
             window.menus.view, window.lessons.menu, window.menus.help]
    wrong = []
    for scale in (1.0, 2.0):
        take_pose(window, scale, 1366, 768)
        for menu in menus:
            assert isinstance(menu, Menu)
            with opened(menu):
                if menu.height() > menu.screen().size().height():
                    wrong.append(f"{scale:.0%}, {menu.title()}: it is {menu.height()} px high")
                lefts = {menu.actionGeometry(action).left() for action in menu.actions() if action.isVisible()}
                if len(lefts) != 1:
                    wrong.append(f"{scale:.0%}, {menu.title()}: its columns begin at {sorted(lefts)}")
    window.set_scale(1.0)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("count", [2, 4, 6])
def test_a_comparison_fits(qtbot: QtBot, qapp: QApplication, count: int) -> None:
    apply(qapp, DARK, 1.0)
    shown, wrong = Shown(qtbot, SIX[:count]), []
    for scale, width, height in POSES:
        apply(qapp, DARK, scale)
        shown.view.resize(width, height)
        shown.view.apply_theme(DARK)
        settle()
        wrong += [f"{scale:.0%}, {width}x{height}: {fault}" for fault in faults(shown.view)]
    shown.end()
    apply(qapp, DARK, 1.0)
    undress()
    assert not wrong, "\n".join(wrong)


def test_reset_layout_gives_the_same_sizes_again(house: House) -> None:
    """A panel behind a tab that had been wide kept its whole stack wide."""
    house.begin(IMAGE)
    window = house.window
    take_pose(window, 1.0, 1366, 768)
    sizes = []
    for _ in range(2):
        window.lay_out("image", afresh=True)
        settle()
        window.proportions.make_room()
        settle()
        sizes.append({name: dock.width() for name, dock in window.docks.items() if dock in window.proportions.tops()})
    assert sizes[0] == sizes[1] and sizes[0]["measures"] < sizes[0]["samples"]


# What is found ------------------------------------------------------------------------------------------------------


def test_parts_on_each_other_are_found(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    parts = [QWidget(), QWidget()]
    for part in parts:
        part.setMinimumSize(40, 20)
        column.addWidget(part)
    window.resize(200, 200)
    window.show()
    settle()
    QApplication.sendPostedEvents(window, QEvent.Type.LayoutRequest.value)
    assert not overlapping(window)
    parts[1].setGeometry(QRect(parts[0].geometry()))
    assert overlapping(window)
