"""Drag the picture: what is asked of the engine when, and what is said of what comes back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QSlider, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import Stage, snapshot

from ganstudio.core.protocol.asks import Placement
from ganstudio.core.protocol.messages import SnapshotRequest
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array, View
from ganstudio.ui.main.snapshot_scheduler import SnapshotScheduler
from ganstudio.ui.panels.parts.placement_text import verdict, whereabouts
from ganstudio.ui.panels.placement import PlacementPanel
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.theme import DARK, THEMES
from ganstudio.ui.widgets.dragged_picture import TURN, DraggedPicture
from ganstudio.ui.widgets.image_grid import ImageGrid
from ganstudio.views.placed import Placed
from ganstudio.views.placement_strip import PlacementStrip

SIDE = 16


def placed(right: float = 0.0, down: float = 0.0, angle: float = 0.0, latent: int = 0, shade: int = 100) -> Placed:
    return Placed(right=right, down=down, angle=angle, latent=latent, latents=3, averaged=False,
                  image=Array.of(np.full((1, SIDE, SIDE, 3), shade, np.uint8)))


def strip(eq_t: float = 52.4) -> PlacementStrip:
    return PlacementStrip(strip=Array.of(np.full((1, SIDE, 64, 3), 50, np.uint8)), span=0.25, eq_t=eq_t, pictures=8,
                          averaged=False)


class Shown:
    """The panel on screen with a run begun, and the looks that are sent for it."""

    def __init__(self, qtbot: QtBot, size: tuple[int, int] = (420, 480)) -> None:
        self.qtbot = qtbot
        self.stage = Stage()
        self.window = QWidget()
        self.panel = PlacementPanel(self.stage.run, self.stage.commands)
        self.panel.setParent(self.window)
        self.panel.apply_theme(DARK)
        self.resize(*size)
        self.window.show()
        self.scheduler = SnapshotScheduler(
            self.stage.commands, [self.panel], lambda: True, RunHistory(self.stage.commands))
        self.stage.run.began.connect(self.panel.begin)
        self.run = self.stage.begin(Spec())
        qtbot.waitUntil(lambda: len(self.looks) == 1)

    def resize(self, wide: int, high: int) -> None:
        self.window.resize(wide, high)
        self.panel.resize(wide, high)

    @property
    def looks(self) -> list[SnapshotRequest]:
        return self.stage.link.told(SnapshotRequest)

    @property
    def asked(self) -> Placement:
        (ask,) = self.looks[-1].asks
        assert isinstance(ask, Placement)
        return ask

    def answer(self, *views: tuple[str, View], steps: int = 1) -> None:
        self.stage.link.say(snapshot(self.run, *views, steps=steps))

    def next_ask(self, count: int) -> Placement:
        self.qtbot.waitUntil(lambda: len(self.looks) > count)
        return self.asked

    def find(self, name: str) -> QWidget:
        found = self.panel.findChild(QWidget, f"placement.{name}")
        assert isinstance(found, QWidget)
        return found

    @property
    def picture(self) -> DraggedPicture:
        found = self.find("picture")
        assert isinstance(found, DraggedPicture)
        return found

    @property
    def words(self) -> str:
        return next(label for label in self.panel.findChildren(QLabel) if label.property("headline")).text()

    def press(self, name: str) -> None:
        button = self.find(name)
        assert isinstance(button, QPushButton)
        button.click()

    def end(self) -> None:
        self.scheduler._next.stop()
        self.scheduler._patience.stop()
        self.window.close()
        self.window.deleteLater()
        self.qtbot.waitUntil(lambda: not shiboken6.isValid(self.window))


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Shown]:
    made = Shown(qtbot)
    yield made
    made.end()


def middle(widget: QWidget) -> QPoint:
    return widget.rect().center()


def test_at_first_the_picture_is_asked_for_where_g_puts_it(shown: Shown) -> None:
    assert shown.looks[0].views == ["placed", "placement-strip"]
    assert shown.asked == Placement()
    assert shown.words.startswith("Waiting")


def test_a_drag_asks_for_the_way_that_the_pointer_went_in_shares_of_the_picture(shown: Shown) -> None:
    shown.answer(("placed", placed()))
    picture = shown.picture
    side, at = picture.cells().width / picture.devicePixelRatioF(), middle(picture)
    count = len(shown.looks)
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(picture, at + QPoint(30, 0))
    QTest.mouseMove(picture, at + QPoint(30, -15))
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=at + QPoint(30, -15))
    shown.next_ask(count)
    shown.qtbot.waitUntil(lambda: shown.asked.down != 0)
    ask = shown.asked
    assert [ask.right, ask.down] == pytest.approx([30 / side, -15 / side])
    QTest.mouseMove(picture, at)  # the button is up
    assert picture.right == ask.right


def test_the_wheel_and_the_slider_turn_the_same_picture(shown: Shown) -> None:
    picture, slider = shown.picture, shown.find("angle")
    assert isinstance(slider, QSlider)
    where = QPointF(middle(picture))
    QApplication.sendEvent(picture, QWheelEvent(
        where, picture.mapToGlobal(where), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False))
    assert picture.angle == 2 * TURN and slider.value() == 10
    count = len(shown.looks)
    slider.setValue(-45)
    assert shown.next_ask(count).angle == -45
    shown.press("back")
    assert picture.angle == 0 and slider.value() == 0


def test_the_next_picture_is_that_of_the_next_latent_and_after_the_last_comes_the_first(shown: Shown) -> None:
    shown.answer(("placed", placed()))
    seen = []
    for _ in range(3):
        count = len(shown.looks)
        shown.press("next")
        seen.append(shown.next_ask(count).latent)
        shown.answer(("placed", placed(latent=seen[-1])))
    assert seen == [1, 2, 0]


def test_what_comes_back_is_shown_with_its_place_and_its_number(shown: Shown) -> None:
    shown.answer(("placed", placed(right=2 / SIDE, down=-0.5 / SIDE, angle=30.0, shade=77)),
                 ("placement-strip", strip()))
    assert shown.picture.images[0, 0, 0, 0] == 77
    assert "2 px right, 0.5 px up, turned by 30°" in shown.picture._title
    grid = shown.find("strip")
    assert isinstance(grid, ImageGrid) and grid.images.shape == (1, SIDE, 64, 3)
    assert shown.words == "EQ-T 52.4 dB, of 8 pictures: the picture moves as a whole."
    shown.answer(("placed", placed()))  # the strip is expensive, and comes seldom
    assert "52.4" in shown.words and len(grid.images) == 1


def test_another_run_begins_with_nothing(shown: Shown) -> None:
    shown.answer(("placed", placed()), ("placement-strip", strip()))
    shown.run = shown.stage.begin(Spec())
    assert len(shown.picture.images) == 0 and shown.words.startswith("Waiting")


def test_a_moment_that_has_passed_shows_its_strip_and_says_that_the_picture_is_live(shown: Shown) -> None:
    shown.answer(("placed", placed()), ("placement-strip", strip()))
    shown.panel.show_past(120, None)
    grid = shown.find("strip")
    assert isinstance(grid, ImageGrid) and len(grid.images) == 0 and "step 120" in shown.words
    shown.panel.show_snapshot(snapshot(shown.run, ("placement-strip", strip(30.0)), steps=100))
    assert len(grid.images) == 1 and "30.0 dB" in shown.words and "live" in shown.words
    shown.panel.show_past(None, None)
    shown.panel.show_snapshot(snapshot(shown.run, ("placement-strip", strip())))
    assert shown.words == verdict(52.4, 8)


@pytest.mark.parametrize(("eq_t", "says"), [
    (52.4, "moves as a whole"), (30.0, "some details do not"), (14.6, "details stick to the pixels"),
    (float("nan"), "not known"), (float("inf"), "do not differ")])
def test_the_number_is_said_in_words(eq_t: float, says: str) -> None:
    assert says in verdict(eq_t, 8)


def test_the_place_is_said_in_pixels() -> None:
    assert whereabouts(0, 0, 0, 16) == ""
    assert whereabouts(-0.125, 0.25, 0, 16) == "2 px left, 4 px down"
    assert whereabouts(0, 0, -12.4, 16) == "turned by -12°"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [(300, 420), (700, 320)])
def test_it_is_painted_in_every_palette_narrow_and_wide(qtbot: QtBot, theme: str, size: tuple[int, int]) -> None:
    shown = Shown(qtbot, size)
    shown.panel.apply_theme(THEMES[theme])
    shown.answer(("placed", placed(shade=200)), ("placement-strip", strip()))
    picture, grid = shown.picture, shown.find("strip")
    ratio = picture.devicePixelRatioF()
    centre = picture.cells().place(0).center() / ratio
    assert picture.grab().toImage().pixelColor(centre).red() == 200
    assert (grid.x() > picture.x() + picture.width() - 1) == (size[0] > 1.6 * size[1])
    shown.end()
