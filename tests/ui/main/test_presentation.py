"""In front of a class: full screen, larger text, nothing but panels, a clicker's keys; and all as it was afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from studio_kit import layouts, progress
from window_kit import IMAGE, House

from ganstudio.core.protocol.messages import SnapshotRequest
from ganstudio.ui.docks.title_bar import TitleBar
from ganstudio.ui.main.presentation import KEPT_SCALE
from ganstudio.ui.theme import DARK

pytest_plugins = ["window_fixtures"]


def press(widget: QWidget, keys: str) -> None:
    combination = QKeySequence(keys)[0]  # type: ignore[index]
    QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())


def looks(house: House) -> dict[str, object]:
    """All that leaving has to bring back."""
    QApplication.processEvents()
    window = house.window
    furniture = (window.menuBar(), window.statusBar(), window.pickers, window.transport, window.transport.pace,
                 window.timeline, window.presentation.bar)
    return {
        "state": window.windowState(), "geometry": window.geometry(), "font": QApplication.font().pointSizeF(),
        "scale": window.preferences.scale, "theme": window.preferences.theme,
        "furniture": [part.isHidden() for part in furniture],
        "docks": {name: (dock.isHidden(), dock.isFloating(), dock.geometry()) for name, dock in window.docks.items()
                  if not dock.visibleRegion().isEmpty()},
        "shown": house.visible(), "alone": window.alone.name,
        "strokes": {panel._plot.stroke for panel in window.panels.values() if hasattr(panel, "_plot")},
    }


@pytest.fixture
def stage(house: House) -> Iterator[House]:
    """A window with a run, by itself again afterwards."""
    house.begin()
    QApplication.processEvents()
    yield house
    window = house.window
    window.presentation.leave()
    window.alone.leave()
    window.presentation.take_pages(None)
    window.preferences.forget(KEPT_SCALE)
    window.preferences.forget("layout")
    if window.isFullScreen():
        window.full_screen()
    if house.visible() != set(layouts()["plane"].names):
        window.lay_out("plane", afresh=True)


@pytest.mark.parametrize("how", ["F5", "Esc"])
def test_leaving_brings_everything_back(stage: House, how: str) -> None:
    window = stage.window
    window.docks["log"].hide()
    window.docks["gradients"].raise_()
    window.resize(1400, 900)
    QApplication.processEvents()
    before = looks(stage)
    press(window, "F5")
    assert window.presentation.on and window.isFullScreen()
    assert all(part.isHidden() for part in (window.menuBar(), window.statusBar(), window.pickers, window.transport,
                                            window.transport.pace, window.timeline))
    assert window.presentation.bar.isVisible()
    assert QApplication.font().pointSizeF() == pytest.approx(14) and window.preferences.scale == 1.0
    assert stage.visible() == before["shown"]
    during = looks(stage)
    assert during["strokes"] == {1.6} and before["strokes"] == {1.0}
    window.resizeDocks([window.docks["controls"]], [500], Qt.Orientation.Horizontal)  # the teacher makes room
    press(window, "PgDown")
    press(window, "L")
    press(window, how)
    QApplication.processEvents()
    assert looks(stage) == before


def test_it_can_be_entered_from_full_screen_and_from_one_panel_alone(stage: House) -> None:
    window = stage.window
    window.alone.show("points")
    window.full_screen()
    before = looks(stage)
    press(window, "F5")
    press(window, "PgDown")
    press(window, "F5")
    assert looks(stage) == before and window.isFullScreen() and stage.visible() == {"points"}


def test_the_size_of_text_in_front_of_a_class_is_one_of_its_own(stage: House) -> None:
    window = stage.window
    press(window, "F5")
    press(window, "Ctrl++")
    assert QApplication.font().pointSizeF() == pytest.approx(15) and window.preferences.scale == 1.0
    press(window, "F5")
    assert QApplication.font().pointSizeF() == pytest.approx(10)
    assert window.preferences.number(KEPT_SCALE, 0) == 1.5
    press(window, "F5")
    assert QApplication.font().pointSizeF() == pytest.approx(15)  # as the teacher left it
    window.preferences.forget(KEPT_SCALE)
    for usual, larger in ((1.5, 2.0), (2.5, 2.5), (0.75, 1.05)):  # up to twice the usual size, or what it is
        window.preferences.scale = usual
        assert window.presentation._first_scale() == pytest.approx(larger)
    window.preferences.scale = 1.0


def test_pages_are_the_panels_that_were_to_be_seen_and_then_all(stage: House) -> None:
    window = stage.window
    press(window, "F5")
    everything = stage.visible()
    seen = []
    for _ in range(20):
        press(window, "PgDown")
        if not window.alone.name:
            break
        assert stage.visible() == {window.alone.name}
        seen.append(window.alone.name)
    assert seen[0] == "controls" and {"points", "landscape", "curves"} <= set(seen) and len(seen) == len(set(seen))
    assert stage.visible() == everything
    press(window, "PgUp")
    assert window.alone.name == seen[-1]
    press(window, "PgUp")
    assert window.alone.name == seen[-2]


def test_a_lesson_can_take_the_pages_over(stage: House) -> None:
    window, turned = stage.window, list[int]()

    def turn(by: int) -> bool:
        turned.append(by)
        return True

    window.presentation.take_pages(turn, "next step")
    press(window, "F5")
    assert "PgDown: next step" in window.presentation.bar.keys.text().replace("Page Down", "PgDown")
    press(window, "PgDown")
    press(window, "PgUp")
    assert turned == [1, -1] and not window.alone.name
    window.presentation.take_pages(None)
    press(window, "PgDown")
    assert stage.visible() == {"controls"}


@pytest.mark.parametrize("key", ["B", "."])
def test_the_screen_is_black_and_comes_back(stage: House, key: str) -> None:
    window = stage.window
    press(window, "F5")
    press(window, key)
    assert window.presentation.cover.black and window.presentation.cover.geometry() == window.rect()
    assert picture(window) == {QColor("black").rgb() & 0xFFFFFF}
    press(window, key)
    assert not window.presentation.cover.isVisible() and len(picture(window)) > 10


def picture(window: QWidget) -> set[int]:
    """The colours of the window, sampled."""
    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return {image.pixel(x, y) & 0xFFFFFF for x in range(5, image.width(), 23) for y in range(5, image.height(), 23)}


def test_a_frozen_picture_stays_while_the_run_goes_on(stage: House) -> None:
    window, link = stage.window, stage.stage.link
    press(window, "F5")
    press(window, "F")
    cover = window.presentation.cover
    assert cover.frozen and cover.geometry().bottom() < window.presentation.bar.geometry().top()
    before = window.grab(cover.geometry()).toImage()
    window.panels["points"].set_headline("Something else")
    stage.qtbot.wait(1)
    assert window.grab(cover.geometry()).toImage() == before
    assert window.scheduler.visible() == []
    link.say(progress(stage.stage.run.number, 4321))
    assert "4,321" in window.presentation.bar.how.text()
    link.sent.clear()
    press(window, "F")
    assert not cover.isVisible() and window.scheduler.visible()
    stage.qtbot.waitUntil(lambda: bool(link.told(SnapshotRequest)))


def test_typed_keys_go_to_the_field_that_has_the_focus(stage: House) -> None:
    window = stage.window
    press(window, "F5")
    box = window.findChild(QLineEdit, "box.gp_weight")
    assert isinstance(box, QLineEdit)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "0.5")
    assert box.text() == "0.5" and not window.presentation.cover.isVisible()
    QTest.keyClick(box, Qt.Key.Key_Return)
    window.setFocus()
    press(window, ".")
    assert window.presentation.cover.black


def test_the_keys_do_nothing_when_nobody_is_taught(stage: House) -> None:
    window = stage.window
    shown = stage.visible()
    for key in ("PgDown", "PgUp", "B", ".", "F", "L", "Esc"):
        press(window, key)
    assert stage.visible() == shown and not window.presentation.cover.isVisible() and not window.presentation.light.mode


def test_the_light_follows_the_pointer_and_clicks_go_through(stage: House) -> None:
    window = stage.window
    press(window, "F5")
    light = window.presentation.light
    press(window, "L")
    assert light.mode == "light" and light.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    light._clock.stop()
    light.follow(QPoint(300, 300))
    dimmed = window.grab().toImage()
    light.hide()
    bright = window.grab().toImage()
    light.show()
    assert dimmed.pixelColor(300, 300) == bright.pixelColor(300, 300)
    far = window.width() - 40, window.height() - 200
    assert dimmed.pixelColor(*far).lightness() < max(bright.pixelColor(*far).lightness(), 1)
    press(window, "L")
    assert light.mode == "ring"
    light._clock.stop()
    light.follow(QPoint(200, 200))
    edge = window.grab().toImage().pixelColor(200 + round(light.radius), 200)
    assert edge == QColor(DARK.generated)
    press(window, "L")
    assert not light.mode and not light.isVisible()


def test_data_of_another_kind_bring_their_layout_also_in_front_of_a_class(stage: House) -> None:
    window = stage.window
    press(window, "F5")
    press(window, "PgDown")
    stage.begin(IMAGE)
    assert window.pickers.isHidden() and window.presentation.bar.isVisible() and "samples" in stage.visible()
    press(window, "Esc")
    assert not window.pickers.isHidden() and "samples" in stage.visible()
    stage.begin()
    assert "points" in stage.visible() and len(stage.visible()) > 5 and not window.pickers.isHidden()


def test_a_window_that_is_closed_in_front_of_a_class_opens_as_it_was_before(fresh: House) -> None:
    fresh.begin()
    shown = fresh.visible()
    press(fresh.window, "F5")
    press(fresh.window, "PgDown")
    fresh.again()
    fresh.begin()
    assert fresh.visible() == shown and not fresh.window.pickers.isHidden() and not fresh.window.isFullScreen()


# One panel alone -----------------------------------------------------------------------------------------------------


def test_a_double_click_on_a_title_shows_a_panel_alone_and_all_again(stage: House) -> None:
    window = stage.window
    before = looks(stage)
    title = window.docks["landscape"].findChild(TitleBar)
    assert isinstance(title, TitleBar)
    QTest.mouseDClick(title, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert stage.visible() == {"landscape"} and not window.docks["landscape"].isFloating()
    assert window.docks["landscape"].width() > 0.9 * window.width()
    QTest.mouseDClick(title, Qt.MouseButton.LeftButton)
    assert looks(stage) == before


def test_a_key_shows_the_panel_with_the_focus_alone_and_escape_brings_the_others_back(stage: House) -> None:
    window = stage.window
    window.navigation.go("points")
    press(window, "F8")
    assert stage.visible() == {"points"}
    press(window, "Esc")
    assert len(stage.visible()) > 5
    press(window, "F8")
    press(window, "F8")
    assert len(stage.visible()) > 5


def test_a_panel_that_is_opened_beside_one_alone_brings_all_back(stage: House) -> None:
    window = stage.window
    window.alone.show("points")
    window.docks["curves"].toggleViewAction().trigger()
    assert not window.alone.name and {"points", "curves"} <= stage.visible()
    window.alone.show("points")
    window.docks["points"].close()
    assert not window.alone.name and len(stage.visible()) > 5


def test_a_restart_leaves_one_panel_alone_and_other_data_bring_their_panels(stage: House) -> None:
    window = stage.window
    window.alone.show("points")
    stage.begin()
    assert stage.visible() == {"points"}
    window.reset_layout()
    assert len(stage.visible()) > 5
    window.alone.show("points")
    stage.begin(IMAGE)
    assert "samples" in stage.visible()
    stage.begin()
    assert len(stage.visible()) > 5 and "points" in stage.visible()
