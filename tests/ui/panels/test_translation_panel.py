"""Translation: which columns there are, in both directions, and what they are called."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QComboBox, QLabel, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.panels.parts.own_picture import square_of
from ganstudio.ui.panels.translation import TranslationPanel, directions, words_with_own
from ganstudio.ui.widgets.picture_strip import PictureStrip, plain
from ganstudio.views.own_picture import OwnPicture
from ganstudio.views.translation import Translation


def flat(shade: int, n: int = 2) -> Array:
    return Array.of(np.full((n, 16, 16, 3), shade, np.uint8))


def own(number: int, *, other: bool = False) -> OwnPicture:
    more = (flat(103, 1), flat(104, 1)) if other else (None, None)
    return OwnPicture(number=number, source=flat(100, 1), made=flat(101, 1), back=flat(102, 1), other=more[0],
                      other_back=more[1])


def view(*, other: bool = False, made_word: str = "made") -> Translation:
    source, made, back = (flat(40), flat(50), flat(60)) if other else (None, None, None)
    return Translation(source=flat(10), made=flat(20), truth=flat(40), pair=flat(0, 0), back=flat(30),
                       best=flat(0, 0), unseen=True,
                       made_word=made_word, other_source=source, other=made, other_back=back)


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def shades(shown: Shown) -> dict[str, int]:
    strip = shown.panel.findChild(PictureStrip)
    assert isinstance(strip, PictureStrip)
    return {plain(column.title): int(column.images[0, 0, 0, 0]) for column in strip.columns}


def test_both_directions_are_shown_with_their_own_truth_and_way_back(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, TranslationPanel, Spec(variant="dcgan", data="digits"))
    shown.show(stage, ("translation", view(other=True)))
    box = shown.panel.findChild(QComboBox, "translation.direction")
    assert isinstance(box, QComboBox) and box.isVisibleTo(shown.panel)
    assert shades(shown) == {"source": 10, "made": 20, "truth": 40, "difference": 20, "way back": 30}
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert shades(shown) == {"source": 40, "made": 50, "truth": 10, "difference": 40, "way back": 60}


def test_the_directions_are_called_by_the_words_of_the_data(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, TranslationPanel, Spec(variant="dcgan", data="digits"))
    shown.show(stage, ("translation", msgspec.structs.replace(view(other=True), domains=["summer", "winter"])))
    box = shown.panel.findChild(QComboBox, "translation.direction")
    assert isinstance(box, QComboBox)
    assert [box.itemText(at) for at in range(box.count())] == ["summer to winter", "winter to summer"]
    shown.show(stage, ("translation", view(other=True)), steps=2)
    assert [box.itemText(at) for at in range(box.count())] == ["A to B", "B to A"]
    assert directions(["x" * 100, "b"])[0] == f"{'x' * 12}…{'x' * 12} to b"


def test_a_game_of_one_direction_has_no_switch_and_says_what_was_asked(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, TranslationPanel, Spec(variant="dcgan", data="digits"))
    shown.show(stage, ("translation", view(made_word="next hair")))
    box = shown.panel.findChild(QComboBox, "translation.direction")
    assert isinstance(box, QComboBox) and not box.isVisibleTo(shown.panel)
    assert list(shades(shown))[1] == "next hair"


# The user's own picture ----------------------------------------------------------------------------------------------


def painted(path: Path, *, tall: int = 20, wide: int = 40) -> Path:
    """A picture whose left half is red and whose right half is blue, 40 x 20, with its middle row see-through."""
    image = QImage(wide, tall, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 255))
    painter = QPainter(image)
    painter.fillRect(0, 0, wide // 2, tall, QColor(255, 0, 0))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.fillRect(0, tall // 2 - 2, wide, 4, Qt.GlobalColor.transparent)
    painter.end()
    assert image.save(str(path))
    return path


@pytest.mark.parametrize("smooth", [True, False])
def test_a_picture_is_cut_to_its_middle_square_on_white(qapp: object, tmp_path: Path, smooth: bool) -> None:
    made = square_of(painted(tmp_path / "a.png"), 10, smooth=smooth)
    assert made.shape == (10, 10, 3) and made.dtype == np.uint8
    assert made[1, 1].tolist() == [255, 0, 0] and made[-2, -2].tolist() == [0, 0, 255]
    assert (made[5] == 255).all()
    if not smooth:  # no colour that the picture does not have
        assert {tuple(pixel) for pixel in made.reshape(-1, 3).tolist()} == {
            (255, 0, 0), (0, 0, 255), (255, 255, 255)}


def test_what_is_no_picture_is_refused_by_name(qapp: object, tmp_path: Path) -> None:
    (tmp_path / "words.png").write_text("no picture")
    with pytest.raises(BadInput, match=r"words\.png cannot be read as a picture: "):
        square_of(tmp_path / "words.png", 8, smooth=True)


def test_what_is_no_file_is_refused_before_it_is_opened(qapp: object, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=rf"^{tmp_path.name} is a folder: choose a picture in it$"):
        square_of(tmp_path, 8, smooth=True)
    with pytest.raises(BadInput, match=r"^a\\x00b cannot be read as a picture: embedded null byte$"):
        square_of(Path("a\0b"), 8, smooth=True)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        with pytest.raises(BadInput, match=r"^pipe\.png is not a regular file: choose a picture$"):
            square_of(tmp_path / "pipe.png", 8, smooth=True)


def button(shown: Shown, name: str) -> QPushButton:
    found = shown.panel.findChild(QPushButton, f"translation.{name}")
    assert isinstance(found, QPushButton)
    return found


def headline(shown: Shown) -> str:
    return next(label.text() for label in shown.panel.findChildren(QLabel) if "ifference" in label.text())


def test_a_picture_of_the_users_has_the_first_row_until_it_is_taken_away(
    qtbot: QtBot, stage: Stage, tmp_path: Path
) -> None:
    shown = Shown(qtbot, stage, TranslationPanel, Spec(variant="dcgan", data="digits"))
    panel = shown.panel
    assert isinstance(panel, TranslationPanel) and panel.picture() is None
    shown.show(stage, ("translation", view(other=True)))
    with qtbot.waitSignal(panel.asks):
        panel.take_picture(painted(tmp_path / "a.png"))
    asked = panel.picture()
    assert asked is not None and asked.pixels.shape == (16, 16, 3)
    assert "Your picture" not in headline(shown) and shades(shown)["source"] == 10  # not answered yet
    shown.show(stage, ("own-picture", own(asked.number, other=True)), steps=5)
    shown.show(stage, ("translation", view(other=True)), steps=5)
    assert shades(shown) == {"source": 100, "made": 101, "truth": 0, "difference": 0, "way back": 102}
    strip = panel.findChild(PictureStrip)
    assert isinstance(strip, PictureStrip)
    assert [plain(column.title) for column in strip.columns if column.empty] == ["truth", "difference"]
    assert headline(shown).startswith("The first row is your picture; its truth is not known. Mean difference of the")
    box = panel.findChild(QComboBox, "translation.direction")
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert shades(shown) == {"source": 100, "made": 103, "truth": 0, "difference": 0, "way back": 104}
    shown.show(stage, ("translation", view(other=True)), steps=2)  # the past: nothing was asked there
    assert shades(shown)["source"] == 40 and "your picture" not in headline(shown)
    with qtbot.waitSignal(panel.asks):
        button(shown, "remove").click()
    assert panel.picture() is None and not button(shown, "remove").isVisibleTo(panel)
    shown.show(stage, ("translation", view(other=True)), steps=6)
    assert shades(shown)["source"] == 40


def test_a_picture_stays_chosen_in_the_next_run_at_the_size_of_its_sources(
    qtbot: QtBot, stage: Stage, tmp_path: Path
) -> None:
    shown = Shown(qtbot, stage, TranslationPanel, Spec(variant="dcgan", data="digits"))
    panel = shown.panel
    assert isinstance(panel, TranslationPanel)
    panel.take_picture(painted(tmp_path / "a.png"))  # before anything is known of the sources
    assert panel.picture() is None
    shown.show(stage, ("translation", view()))
    first = panel.picture()
    assert first is not None
    shown.show(stage, ("own-picture", own(first.number + 1)))  # of another question
    assert shades(shown)["source"] == 10
    shown.run = stage.begin(Spec(variant="dcgan", data="digits"))
    assert panel.picture() is None
    shown.show(stage, ("translation", view()))
    again = panel.picture()
    assert again is not None and again.number > first.number and again.pixels == first.pixels


def questions(shown: Shown) -> list[QMessageBox]:
    return [box for box in shown.panel.findChildren(QMessageBox) if box.isVisible()]


def test_a_file_that_is_no_picture_is_told_and_nothing_is_asked(qtbot: QtBot, stage: Stage, tmp_path: Path) -> None:
    shown = Shown(qtbot, stage, TranslationPanel, Spec(variant="dcgan", data="digits"))
    panel = shown.panel
    assert isinstance(panel, TranslationPanel)
    shown.show(stage, ("translation", view()))
    name = "<b>words<b>.png"
    (tmp_path / name).write_text("no picture")
    panel.take_picture(tmp_path / name)
    [box] = questions(shown)
    assert box.text().startswith(f"{name} cannot be read as a picture") and box.text().endswith(".")
    assert box.textFormat() is Qt.TextFormat.PlainText
    assert panel.picture() is None and not button(shown, "remove").isVisibleTo(panel)
    box.close()


def test_a_picture_that_is_gone_in_the_next_run_is_told_while_pictures_go_on(
    qtbot: QtBot, stage: Stage, tmp_path: Path
) -> None:
    shown = Shown(qtbot, stage, TranslationPanel, Spec(variant="dcgan", data="digits"))
    panel = shown.panel
    assert isinstance(panel, TranslationPanel)
    shown.show(stage, ("translation", view()))
    panel.take_picture(painted(tmp_path / "a.png"))
    (tmp_path / "a.png").unlink()
    shown.run = stage.begin(Spec(variant="dcgan", data="digits"))
    shown.show(stage, ("translation", view()))  # comes back though the question stands
    shown.show(stage, ("translation", view(made_word="next hair")), steps=2)
    assert list(shades(shown))[1] == "next hair"
    [box] = questions(shown)
    assert box.text() == "a.png cannot be read as a picture: No such file or directory."
    box.close()


def test_what_is_said_beside_a_picture_of_the_users_follows_the_data() -> None:
    images, none = np.zeros((2, 4, 4, 3), np.uint8), np.zeros((0, 4, 4, 3), np.uint8)
    assert words_with_own(images, images).endswith("Mean difference of the others: 0.00 of 2.")
    assert words_with_own(images, none).endswith("Nor is that of the others, images of the data.")
    assert words_with_own(images, none, pairs=True).endswith("The others are pairs of the training data.")
