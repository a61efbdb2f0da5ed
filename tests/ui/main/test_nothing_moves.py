"""Nothing moves when names, words and notices come and go, and the window opens where it was closed."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMainWindow, QTabBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import landscape_view, snapshot
from window_kit import IMAGE, House
from window_poses import settle, take_pose

from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.main.window_place import USUAL, free_area, place
from ganstudio.ui.widgets.hint_bar import HintBar

pytest_plugins = ["window_fixtures"]


def places(house: House) -> dict[str, QRect]:
    """Where the docks and the buttons of the toolbars are, in the window's pixels."""
    window = house.window
    buttons = [button for bar in (window.transport, window.transport.pace) for button in bar.findChildren(QWidget)
               if button.objectName().startswith("transport.")]
    docks = [dock for dock in window.docks.values() if not dock.visibleRegion().isEmpty()]
    return {part.objectName(): QRect(part.mapTo(window, QPoint()), part.size()) for part in (*buttons, *docks)}


def test_a_notice_moves_nothing(house: House) -> None:
    house.begin()
    take_pose(house.window, 1.0, 1600, 1000)
    before = places(house)
    house.window.tell("The points lie far from every mode.", ("Back to step 2,982", lambda: None))
    settle()
    assert house.window.notice.isVisible() and places(house) == before
    below = max(bar.geometry().bottom() for bar in (house.window.pickers, house.window.transport))
    assert house.window.notice.y() > below - 8, "it covers no button of the toolbars"
    house.window.resize(1400, 1000)
    settle()
    assert house.window.rect().contains(house.window.notice.geometry())
    assert house.window.notice.width() > 0.9 * house.window.width()


def test_no_button_moves_when_another_variant_or_data_set_is_chosen_or_the_run_is_held(house: House) -> None:
    house.begin(Spec(variant="r1-gan", data="ring"))
    take_pose(house.window, 1.0, 1600, 1000)
    buttons = {name: at for name, at in places(house).items() if name.startswith("transport.")}
    house.begin(Spec(variant="cgan", data="grid"))
    house.window.transport._show_playing(False)
    settle()
    now = places(house)
    assert {name: now[name] for name in buttons} == buttons


def test_a_control_that_is_moved_widens_nothing(house: House) -> None:
    house.begin()
    take_pose(house.window, 1.0, 1366, 768)
    before = places(house)
    for field in house.window.panels["controls"]._fields.values():  # type: ignore[attr-defined]
        field.default = object()
        field._mark()  # bold
    settle()
    assert places(house) == before


def test_a_panel_that_is_raised_moves_no_dock(house: House) -> None:
    house.begin()
    take_pose(house.window, 1.0, 1366, 768)
    controls, width = house.window.docks["controls"], house.window.docks["controls"].width()
    for name in ("gradients", "phase", "draw", "manifold", "theory", "workshop"):
        house.window.docks[name].raise_()
        settle()
        house.window.proportions.make_room()
        settle()
        assert controls.width() == width, name


def test_stacked_docks_part_again_as_soon_as_the_text_is_small_enough(house: House, qtbot: QtBot) -> None:
    house.begin()
    take_pose(house.window, 1.0, 1600, 1000)
    before = {dock.objectName() for dock in house.window.proportions.tops()}
    house.window.set_scale(2.0)
    qtbot.waitUntil(lambda: len(house.window.proportions.tops()) < len(before))
    house.window.set_scale(1.0)
    qtbot.waitUntil(lambda: {dock.objectName() for dock in house.window.proportions.tops()} == before)


def test_tabs_keep_their_names_and_scroll(house: House) -> None:
    house.begin()
    take_pose(house.window, 2.0, 1366, 768)
    bars = [bar for bar in house.window.findChildren(QTabBar) if bar.isVisible() and bar.count() > 1]
    assert bars
    for bar in bars:
        assert bar.elideMode() == Qt.TextElideMode.ElideNone and bar.usesScrollButtons()
        arrows = [button for button in bar.findChildren(QToolButton) if button.isVisible()]
        assert bar.sizeHint().width() <= bar.width() or all(arrow.width() >= 10 for arrow in arrows)
    house.window.set_scale(1.0)


def test_buttons_of_docks_pictures_of_buttons_and_dots_grow_with_the_text(house: House) -> None:
    house.begin()
    window, sides = house.window, {}
    for scale in (1.0, 2.0):
        window.set_scale(scale)
        settle()
        close = window.docks["points"].titleBarWidget().findChild(QToolButton, "dock.points.close")
        assert isinstance(close, QToolButton)
        points = window.panels["points"]
        sides[scale] = (close.iconSize().width(), window.transport.iconSize().width(),
                        points._fake_points._item.size)  # type: ignore[attr-defined]
    window.set_scale(1.0)
    assert all(1.8 <= large / small <= 2.2 for small, large in zip(sides[1.0], sides[2.0], strict=True))


def test_a_dock_is_taken_out_and_closed_by_its_title(house: House) -> None:
    dock = house.window.docks["log"]
    title = dock.titleBarWidget()
    apart, close = (title.findChild(QToolButton, f"dock.log.{name}") for name in ("float", "close"))
    assert isinstance(apart, QToolButton) and isinstance(close, QToolButton)
    apart.click()
    assert dock.isFloating() and dock.titleBarWidget() is not title  # the desktop's own frame
    dock.setFloating(False)
    assert dock.titleBarWidget() is title and title.isVisibleTo(dock)
    close.click()
    assert dock.isHidden()
    house.window.lay_out("plane", afresh=True)


def test_a_hint_without_room_ends_with_dots_and_is_a_tooltip(qtbot: QtBot) -> None:
    bar = HintBar()
    qtbot.addWidget(bar)
    bar.addPermanentWidget(QLabel("step 200   held   76.8 k seen"))
    bar.resize(400, 30)
    bar.show()
    settle()
    text = "Drag λ to 0: nothing holds the critic's slope any more: it grows into cliffs. Drag it back."
    bar.set_hint(text)
    settle()
    assert bar.shown().endswith("…") and text.startswith(bar.shown()[:-1]) and bar.toolTip() == text
    bar.resize(1600, 30)
    settle()
    assert bar.shown() == text and not bar.toolTip()


def test_found_names_are_read_whole(house: House) -> None:
    house.begin()
    popup = house.window.pickers._search.completer().popup()
    assert popup is not None
    widest = max(QFontMetrics(popup.font()).horizontalAdvance(name)
                 for name in house.window.pickers._found)
    assert popup.minimumWidth() >= widest


def test_buttons_of_a_file_dialog_have_pictures(house: House, qtbot: QtBot) -> None:
    dialog = QFileDialog(house.window)
    qtbot.addWidget(dialog)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.show()
    settle()
    buttons = [button for button in dialog.findChildren(QToolButton) if button.isVisible()]
    assert len(buttons) >= 4
    for button in buttons:
        assert min(button.width(), button.height()) - 6 >= min(button.iconSize().width(), 14), button.objectName()


def test_arrows_stay_within_the_axes(house: House) -> None:
    run = house.begin()
    take_pose(house.window, 1.0, 1600, 1000)
    panel = house.window.panels["landscape"]
    view = landscape_view(np.zeros((8, 8)), [[50.0, 40.0], [-50.0, 40.0], [50.0, -40.0], [1e-3, 0.0], [1e-3, 0.0]])
    house.stage.link.say(snapshot(run, view))
    settle()
    plot = panel._plot  # type: ignore[attr-defined]
    picture = panel.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    raw = np.frombuffer(bytes(picture.constBits()), dtype=np.uint8).reshape(picture.height(), -1)
    pixels = raw[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3).astype(int)
    orange = (pixels[..., 0] > 150) & (pixels[..., 2] < 90) & (pixels[..., 1] > 60)
    corner = plot.widget.mapTo(panel, QPoint())
    axes = plot._box.sceneBoundingRect().translated(corner.x(), corner.y()).toAlignedRect()
    inside = np.zeros_like(orange)
    inside[axes.top() : axes.bottom() + 1, axes.left() : axes.right() + 1] = True
    below_tools = np.arange(len(orange))[:, None] >= corner.y()  # the swatch above is orange too
    assert (orange & inside).any() and not (orange & ~inside & below_tools).any()


def test_an_image_run_names_what_quality_shows_before_anything_is_measured(house: House) -> None:
    house.begin(IMAGE)
    assert house.window.panels["quality"]._choice.currentText() == "numbers"  # type: ignore[attr-defined]
    house.begin()


# Where the window opens ---------------------------------------------------------------------------------------------


@pytest.fixture
def bare(qtbot: QtBot) -> QMainWindow:
    made = QMainWindow()
    qtbot.addWidget(made)
    return made


def test_a_first_start_takes_the_whole_of_a_screen_that_has_no_room(bare: QMainWindow) -> None:
    place(bare, None)
    room = free_area(bare)
    fits = USUAL.width() <= room.width() and USUAL.height() <= room.height()
    assert bare.isMaximized() == (not fits)
    assert room.contains(QRect(bare.pos(), bare.size()))


def test_a_first_start_on_a_large_screen_is_in_its_middle(bare: QMainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = QRect(0, 30, 2560, 1410)
    monkeypatch.setattr("ganstudio.ui.main.window_place.free_area", lambda _: screen)
    place(bare, None)
    assert bare.size() == USUAL and not bare.isMaximized()
    assert abs(bare.geometry().center().x() - screen.center().x()) <= 1


@pytest.mark.parametrize("maximised", [False, True])
def test_size_and_state_are_those_of_the_last_time(bare: QMainWindow, qtbot: QtBot, maximised: bool) -> None:
    last = QMainWindow()
    qtbot.addWidget(last)
    last.resize(640, 420)
    last.show()
    if maximised:
        last.showMaximized()
    QTest.qWait(20)
    place(bare, last.saveGeometry())
    assert bare.isMaximized() == maximised
    assert maximised or (bare.width(), bare.height()) == (640, 420)


def test_what_cannot_be_read_is_a_first_start(bare: QMainWindow) -> None:
    place(bare, QByteArray(b"nonsense"))
    assert free_area(bare).intersects(QRect(bare.pos(), bare.size()))
    QApplication.processEvents()
