"""Samples: what is shown, asked for, chosen, saved, and said of images made by hand."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QLabel, QSlider
from pytestqt.qtbot import QtBot
from studio_kit import Stage, applied, snapshot, started

from ganstudio.core.images import Bytes, grid
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array, Samples
from ganstudio.ui.panels.parts.samples_text import words
from ganstudio.ui.panels.samples import SamplesPanel, distances
from ganstudio.ui.state.latent_anchors import LatentAnchors
from ganstudio.ui.theme import DARK, THEMES, apply
from ganstudio.ui.widgets.image_grid import Cells, ImageGrid, fitted, scaled

RNG = np.random.default_rng(0)
NOISE: Bytes = RNG.integers(0, 256, (64, 16, 16, 3), dtype=np.uint8)
REAL: Bytes = RNG.integers(0, 256, (64, 16, 16, 3), dtype=np.uint8)


def flat(n: int, side: int = 8) -> Bytes:
    """Images of one shade each, all different."""
    shades = (np.arange(n) * 3 + 20).astype(np.uint8)
    return np.broadcast_to(shades[:, None, None, None], (n, side, side, 3)).copy()


class Shown:
    """The panel on screen with a run begun."""

    def __init__(self, qtbot: QtBot, ema_decay: float = 0.999, size: tuple[int, int] = (700, 480)) -> None:
        self.stage = Stage()
        self.panel = SamplesPanel(self.stage.run, self.stage.commands)
        self.stage.kept.append(self.panel)
        qtbot.addWidget(self.panel)
        self.panel.apply_theme(DARK)
        self.panel.resize(*size)
        self.panel.show()
        self.stage.run.began.connect(self.panel.begin)
        self.stage.run.snapshot_came.connect(self.panel.show_snapshot)
        self.run = self.stage.begin(ema_decay=ema_decay)

    def show(self, fake: Bytes = NOISE, real: Bytes = REAL, *, averaged: bool = True, steps: int = 500) -> None:
        view = Samples(real=Array.of(real), fake=Array.of(fake), averaged=averaged)
        self.stage.link.say(snapshot(self.run, (self.panel.views[0], view), steps=steps))

    @property
    def words(self) -> str:
        return next(label for label in self.panel.findChildren(QLabel) if label.property("headline")).text()

    @property
    def fake(self) -> ImageGrid:
        found = self.panel.findChild(ImageGrid, "samples.generated-images")
        assert isinstance(found, ImageGrid)
        return found

    @property
    def real(self) -> ImageGrid:
        found = self.panel.findChild(ImageGrid, "samples.real-images")
        assert isinstance(found, ImageGrid)
        return found

    def box(self, name: str) -> QCheckBox:
        found = self.panel.findChild(QCheckBox, name)
        assert isinstance(found, QCheckBox)
        return found


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


def centre(pictures: ImageGrid, index: int) -> QPoint:
    return QPoint(pictures.cells().place(index).center() / pictures.devicePixelRatioF())


# A grid of images --------------------------------------------------------------------------------------------------


def test_images_stand_where_a_pixel_finds_them() -> None:
    cells = Cells(n=7, columns=3, width=10, height=8, left=5, top=2, gap=4)
    for index in range(7):
        place = cells.place(index)
        assert cells.at(place.left(), place.top()) == cells.at(place.right(), place.bottom()) == index
    assert cells.place(4).getRect() == (19, 14, 10, 8)
    for x, y in ((4, 5), (16, 5), (5, 11), (19, 26), (47, 3), (5, 1)):
        assert cells.at(x, y) == -1


@pytest.mark.parametrize(("side", "pixels", "shown_as"), [
    (100, 32, 96), (64, 64, 64), (63.9, 64, 63), (20, 64, 20), (60, 32, 60), (0.2, 32, 1), (79.9, 64, 64),
])
def test_pixels_are_enlarged_by_whole_numbers_where_little_room_is_lost(
    side: float, pixels: int, shown_as: int
) -> None:
    assert fitted(side, pixels) == shown_as


def test_enlarged_pixels_are_squares_of_their_own_colour(qapp: object) -> None:
    images = RNG.integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)
    image = scaled(images, 2, 12, 12)
    assert (image.width(), image.height()) == (24, 24)
    sheet = grid(images, 2)
    for x, y in ((0, 0), (13, 5), (23, 11), (7, 23)):
        colour = image.pixelColor(x, y)
        assert [colour.red(), colour.green(), colour.blue()] == sheet[y // 3, x // 3].tolist()


def test_shrunk_images_keep_their_shade(qapp: object) -> None:
    image = scaled(flat(4, 64), 4, 10, 10)
    assert [image.pixelColor(10 * index + 5, 5).red() for index in range(4)] == [20, 23, 26, 29]


def test_what_is_painted_is_what_was_given(qtbot: QtBot) -> None:
    pictures = ImageGrid("generated", filled=True)
    qtbot.addWidget(pictures)
    pictures.resize(300, 300)
    pictures.show_images(flat(9))
    with qtbot.waitSignal(pictures.painted):
        pictures.show()
    image = pictures.grab().toImage()
    for index in range(9):
        assert image.pixelColor(centre(pictures, index)).red() == 20 + 3 * index


def test_the_keys_go_from_image_to_image_and_choose(qtbot: QtBot) -> None:
    pictures = ImageGrid("generated", filled=True, choosable=True)
    qtbot.addWidget(pictures)
    pictures.resize(300, 320)
    pictures.show()
    pictures.show_images(flat(9))
    chosen: list[int] = []
    pictures.chosen.connect(chosen.append)
    keys = Qt.Key
    for key, where in ((keys.Key_Right, 1), (keys.Key_Down, 4), (keys.Key_Left, 3), (keys.Key_Up, 0), (keys.Key_Up, 0),
                       (keys.Key_End, 8), (keys.Key_Down, 8), (keys.Key_Home, 0)):
        QTest.keyClick(pictures, key)
        QTest.keyClick(pictures, keys.Key_Return)
        assert chosen[-1] == where, key


# Anchors -----------------------------------------------------------------------------------------------------------


def test_a_fifth_anchor_takes_the_letter_of_the_oldest() -> None:
    anchors = LatentAnchors()
    assert anchors.toggle(10)
    assert anchors.anchors == [10, 1, 2, 3]
    assert anchors.toggle(11)
    assert anchors.anchors == [10, 11, 2, 3]
    assert anchors.letters == {10: "A", 11: "B", 2: "C", 3: "D"}


def test_an_anchor_is_taken_away_while_more_than_two_are_left() -> None:
    anchors = LatentAnchors()
    assert anchors.toggle(0) and anchors.toggle(2)
    assert anchors.anchors == [1, 3]
    assert not anchors.toggle(1)
    assert anchors.anchors == [1, 3]
    anchors.resize(4)
    assert anchors.anchors == [1, 3, 0, 2]
    anchors.resize(2)
    assert anchors.anchors == [1, 3]


def test_other_anchors_are_others_and_as_many(qtbot: QtBot) -> None:
    anchors = LatentAnchors()
    anchors.resize(3)
    for _ in range(30):
        before = list(anchors.anchors)
        with qtbot.waitSignal(anchors.anchors_changed):
            anchors.shuffle()
        assert len(set(anchors.anchors)) == 3
        assert set(anchors.anchors) <= set(range(64)) - set(before)


def test_a_click_makes_an_anchor_and_another_takes_it_away(shown: Shown) -> None:
    shown.show()
    QTest.mouseClick(shown.fake, Qt.MouseButton.LeftButton, pos=centre(shown.fake, 0))
    assert shown.stage.commands.anchors.anchors == [1, 2, 3]
    QTest.mouseClick(shown.fake, Qt.MouseButton.LeftButton, pos=centre(shown.fake, 12))
    assert shown.stage.commands.anchors.anchors == [1, 2, 3, 12]
    QTest.mouseClick(shown.real, Qt.MouseButton.LeftButton, pos=centre(shown.real, 7))
    assert shown.stage.commands.anchors.anchors == [1, 2, 3, 12]


# The panel ---------------------------------------------------------------------------------------------------------


def test_real_and_generated_images_are_shown_beside_each_other(shown: Shown) -> None:
    shown.show()
    count = len(shown.fake.images)
    assert count == len(shown.real.images) > 1
    assert np.array_equal(shown.fake.images, NOISE[:count])
    assert np.array_equal(shown.real.images, REAL[:count])
    shown.box("samples.real").click()
    assert not shown.real.isVisible()


def test_a_picture_is_painted_for_each_snapshot(qtbot: QtBot, shown: Shown) -> None:
    with qtbot.waitSignal(shown.panel.painted):
        shown.show()
    with qtbot.waitSignal(shown.panel.painted):
        shown.show(steps=501)
    with qtbot.waitSignal(shown.panel.painted):
        shown.stage.link.say(snapshot(shown.run))


def test_the_switch_asks_for_the_other_view(qtbot: QtBot, shown: Shown) -> None:
    assert shown.panel.views == ("samples-average",)
    with qtbot.waitSignal(shown.panel.asks):
        shown.box("samples.average of G").click()
    assert shown.panel.views == ("samples",)
    assert not shown.stage.commands.anchors.averaged
    assert SamplesPanel.views == ("samples-average",)


def test_without_an_average_the_switch_says_why(qtbot: QtBot) -> None:
    shown = Shown(qtbot, ema_decay=0.0)
    box = shown.box("samples.average of G")
    assert not box.isEnabled()
    assert "ema_decay" in box.toolTip()
    assert shown.panel.views == ("samples",)
    shown.stage.link.say(applied(shown.run, 1, "ema_decay", 0.99))
    assert box.isEnabled()
    assert shown.panel.views == ("samples-average",)
    shown.run = shown.stage.begin(ema_decay=0.0)
    assert shown.panel.views == ("samples",)


def test_fewer_images_are_larger(shown: Shown) -> None:
    shown.show()
    slider = shown.panel.findChild(QSlider, "samples.zoom")
    assert isinstance(slider, QSlider)
    widths = []
    for value, count in ((1, 64), (5, 16), (8, 1)):
        slider.setValue(value)
        assert len(shown.fake.images) == len(shown.real.images) == count
        widths.append(shown.fake.cells().width)
    assert widths[0] < widths[1] < widths[2]
    shown.stage.link.say(snapshot(shown.run))
    assert len(shown.fake.images) == 1, "a hand's choice stays"


def test_the_wheel_with_ctrl_zooms(shown: Shown) -> None:
    shown.show()
    shown.panel.show_side(5)
    for modifier, count in ((Qt.KeyboardModifier.NoModifier, 25), (Qt.KeyboardModifier.ControlModifier, 16)):
        QApplication.sendEvent(shown.fake, QWheelEvent(
            QPointF(20, 20), QPointF(20, 20), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, modifier,
            Qt.ScrollPhase.NoScrollPhase, False))
        assert len(shown.fake.images) == count


def test_another_run_shows_nothing_of_the_last(shown: Shown) -> None:
    shown.show()
    shown.run = shown.stage.begin()
    assert len(shown.fake.images) == len(shown.real.images) == 0
    assert shown.words == "Waiting for the first images…"


# Words -------------------------------------------------------------------------------------------------------------


def test_distances_are_root_mean_squares() -> None:
    images = np.zeros((3, 16, 16, 1), np.uint8)
    images[1], images[2] = 3, 7
    assert distances(images).tolist() == [[3, 7], [3, 4], [7, 4]]
    half = np.zeros((2, 16, 16, 1), np.uint8)
    half[1, :, ::2] = 10
    assert distances(half)[0, 0] == pytest.approx(10 / np.sqrt(2))
    assert distances(images[:1]).shape == (1, 0)


def near(images: Bytes, reach: int = 2) -> Bytes:
    noise = np.random.default_rng(1).integers(0, reach + 1, images.shape, dtype=np.uint8)
    return np.minimum(images, 255 - reach).astype(np.uint8) + noise


@pytest.mark.parametrize(("fake", "steps", "said", "not_said"), [
    (NOISE, 500, "These 64 vary 100% as much.", "collapse"),
    (near(np.repeat(NOISE[:1], 64, axis=0)), 500, "Mode collapse", "nearly equal"),
    (near(np.repeat(NOISE[:1], 64, axis=0)), 299, "hardly begun", "collapse"),
    (near(np.repeat(NOISE[:16], 4, axis=0)), 500, "64 of 64 generated images nearly equal another one", "collapse"),
    (np.concatenate([NOISE[:60], NOISE[:4]]), 500, "These 64 vary 101% as much.", "nearly equal"),
    (NOISE[:1], 500, "as varied as the real images.", "collapse"),
])
def test_images_are_put_into_words(fake: Bytes, steps: int, said: str, not_said: str) -> None:
    told = words(distances(fake), distances(REAL), early=steps < 300)
    assert said in told and not_said not in told


def test_without_real_images_to_compare_with_words_remain() -> None:
    assert "Goal: as sharp" in words(distances(NOISE), distances(NOISE[:0]))
    assert "Goal: as sharp" in words(distances(NOISE), distances(np.zeros((8, 4, 4, 1), np.uint8)))


def test_images_that_differed_and_are_alike_are_a_collapse_at_any_step(shown: Shown) -> None:
    alike = near(np.repeat(NOISE[:1], 64, axis=0))
    shown.show(alike, steps=5)
    assert "hardly begun" in shown.words
    shown.show(NOISE, steps=20)
    shown.show(alike, steps=49)
    assert "hardly begun" in shown.words, "what a net puts out before it learns is no variety"
    shown.show(NOISE, steps=120)
    shown.show(alike, steps=130)
    assert "Mode collapse" in shown.words
    shown.run = shown.stage.begin()
    shown.show(alike, steps=30)
    assert "hardly begun" in shown.words


def test_a_last_row_of_fewer_is_left_out(qtbot: QtBot) -> None:
    pictures = ImageGrid("real", filled=False)
    qtbot.addWidget(pictures)
    pictures.whole_rows = True
    pictures.resize(230, 400)
    for n, shown_are in ((49, 48), (64, 64), (1, 1), (3, 3), (0, 0)):
        pictures.show_images(flat(n))
        assert len(pictures.images) in (shown_are, n // pictures.cells().columns * pictures.cells().columns)
        assert len(pictures.images) % pictures.cells().columns == 0


# Saving ------------------------------------------------------------------------------------------------------------


def test_the_images_are_saved_pixel_by_pixel(
    shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.show()
    shown.panel.show_side(3)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    shown.panel.save()
    image = QImage(str(tmp_path / "mine.png")).convertToFormat(QImage.Format.Format_RGB888)
    raw = np.frombuffer(bytes(image.constBits()), np.uint8).reshape(image.height(), image.bytesPerLine())
    assert np.array_equal(raw[:, : 3 * image.width()].reshape(image.height(), -1, 3), grid(NOISE[:9], 3, 2))
    assert "9 generated images of step 500" in shown.words


def test_a_file_that_cannot_be_written_is_told_of(
    shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.show()
    for file, said in (("", "These 64 vary"), (str(tmp_path / "none" / "x.png"), "could not be written")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, file=file: (file, ""))
        shown.panel.save()
        assert said in shown.words


@pytest.mark.parametrize("scale", [0.75, 2.5])
def test_it_fits_a_small_dock_whatever_the_texts_size(qtbot: QtBot, qapp: QApplication, scale: float) -> None:
    shown = Shown(qtbot, size=(420, 300))
    for theme in THEMES.values():
        apply(qapp, theme, scale)
        shown.panel.apply_theme(theme)
        shown.show()
        qtbot.waitUntil(lambda: shown.panel.width() == 420)
        assert shown.panel.minimumSizeHint().width() <= 420
        assert shown.panel.minimumSizeHint().height() <= 300
        assert shown.fake.cells().width > 10
        for part in shown.panel.findChildren(QCheckBox):
            assert shown.panel.rect().contains(part.geometry())


def test_without_a_latent_there_are_no_anchors_and_the_words_are_of_sources(qtbot: QtBot) -> None:
    """Letters of anchors meant nothing where no interpolation is offered."""
    shown = Shown(qtbot)
    shown.show()
    assert shown.fake._marks
    began = msgspec.structs.replace(started(shown.run, Spec()), has=["source"])
    shown.panel.begin(began)
    shown.show(near(np.repeat(NOISE[:16], 4, axis=0)), steps=500)
    assert not shown.fake._marks
    assert "G makes too little of its sources" in shown.words
    before = list(shown.stage.commands.anchors.anchors)
    QTest.mouseClick(shown.fake, Qt.MouseButton.LeftButton, pos=centre(shown.fake, 0))
    assert shown.stage.commands.anchors.anchors == before


def test_twins_are_told_of_only_if_real_images_have_fewer() -> None:
    doubled = near(np.repeat(NOISE[:16], 4, axis=0))
    mixed = np.concatenate([NOISE[:40], np.repeat(NOISE[40:43], 8, axis=0)])  # 24 of 64 real ones have a twin
    assert "nearly equal" in words(distances(doubled), distances(REAL))
    assert "nearly equal" not in words(distances(mixed), distances(mixed))
    assert "G ignores its sources" in words(
        distances(near(np.repeat(NOISE[:1], 64, axis=0))), distances(REAL), translates=True)


def test_of_one_image_nothing_is_said_of_how_much_samples_should_vary() -> None:
    copies = np.repeat(REAL[:1], 8, axis=0)
    assert words(distances(NOISE[:8]), distances(copies), one_image=True) == (
        "Goal: the patches of the one image, in other places each time.")
    assert "varied" in words(distances(NOISE[:8]), distances(copies))


def test_the_one_real_image_is_shown_once_under_its_name(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    assert shown.stage.run.started is not None
    shown.panel.begin(msgspec.structs.replace(shown.stage.run.started, has=["latent", "one image"]))
    shown.show(real=np.repeat(REAL[:1], 64, axis=0))
    assert len(shown.real.images) == 1 and shown.real._title == "the real image"
    assert len(shown.fake.images) > 1 and shown.fake._title == "generated, average of G"
    shown.panel.begin(shown.stage.run.started)
    shown.show()
    assert len(shown.real.images) > 1 and shown.real._title == "real"
