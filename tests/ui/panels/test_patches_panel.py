"""Patches: where a score and its square lie, what the keys and the pointer choose, and what is said."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QSpinBox
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.patch_field import PatchField
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.ui.panels.patches import PatchesPanel, ends, said, words
from ganstudio.ui.widgets.patch_picture import PatchPicture
from ganstudio.views.patches import Patches

FIELD = PatchField(16, 2, -5, 1)  # PatchGAN, n = 1, at 32 px
GREY = np.full((2, 32, 32, 3), 128, np.uint8)


def view(made: float = -1.0, real: float = 2.0, kind: str = "logit") -> Patches:
    maps = {name: np.full((2, 14, 14), mean, np.float32) for name, mean in (("made", made), ("real", real))}
    maps["made"][1] = 3.0
    return Patches(made=Array.of(GREY), real=Array.of(GREY), on_made=Array.of(maps["made"]),
                   on_real=Array.of(maps["real"]), field=FIELD, kind=kind)


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


@pytest.fixture
def shown(qtbot: QtBot, stage: Stage) -> Shown:
    found = Shown(qtbot, stage, PatchesPanel, Spec(variant="dcgan", data="digits"))
    found.show(stage, ("patches", view()))
    return found


def picture(shown: Shown, side: str) -> PatchPicture:
    found = shown.panel.findChild(PatchPicture, f"patches.{side}")
    assert isinstance(found, PatchPicture)
    return found


def test_what_a_score_sees_is_drawn_where_it_lies(shown: Shown) -> None:
    generated = picture(shown, "generated")
    box = generated.place()
    pixel = box.width() / 32
    cell, field = generated.cell_box(0, 0), generated.field_box(7, 7)
    assert cell.left() == pytest.approx(box.left() + 2 * pixel) and cell.width() == pytest.approx(2 * pixel)
    assert field.left() == pytest.approx(box.left() + 9 * pixel) and field.width() == pytest.approx(16 * pixel)
    for row, column in ((0, 0), (13, 5), (6, 13)):
        assert generated.at(generated.cell_box(row, column).center().toPoint()) == (row, column)
    assert generated.at(QPoint(0, 0)) == (-1, -1)


def test_the_pointer_and_the_keys_choose_a_score_in_both_images(shown: Shown) -> None:
    generated, real = picture(shown, "generated"), picture(shown, "real")
    before = real.grab().toImage()
    QTest.mouseMove(generated, generated.cell_box(3, 4).center().toPoint())
    assert generated._cell == real._cell == (3, 4)
    assert real.grab().toImage() != before
    assert "row 4, column 5" in shown.panel.statusTip() and "It sees columns 4 to 19" in shown.panel.statusTip()
    QTest.keyClick(real, Qt.Key.Key_Right)
    QTest.keyClick(real, Qt.Key.Key_Down)
    assert generated._cell == real._cell == (4, 5)
    for _ in range(20):
        QTest.keyClick(real, Qt.Key.Key_Left)
    assert real._cell == (4, 0)


def test_the_titles_have_the_means_of_the_image_that_is_chosen(shown: Shown) -> None:
    generated = picture(shown, "generated")
    assert generated._title == ("generated", "mean −1 (27% real)")
    box = shown.panel.findChild(QSpinBox, "patches.image")
    assert isinstance(box, QSpinBox) and box.maximum() == 2
    box.setValue(2)
    assert generated._title[1].startswith("mean 3")


def test_without_the_scores_the_image_is_seen_as_it_is(shown: Shown) -> None:
    toggle = shown.panel.findChild(QCheckBox, "patches.scores")
    assert isinstance(toggle, QCheckBox)
    generated = picture(shown, "generated")
    middle = generated.place().center().toPoint()
    assert generated.grab().toImage().pixelColor(middle).name() != "#808080"
    toggle.setChecked(False)
    assert generated.grab().toImage().pixelColor(middle).name() == "#808080"


def test_undecided_is_in_the_middle_of_the_colours_of_logits_only() -> None:
    scores = np.array([-1.0, 3.0, np.nan], np.float32)
    assert ends(scores, around_zero=True) == (-3.0, 3.0)
    assert ends(scores, around_zero=False) == (-1.0, 3.0)
    low, high = ends(np.full(4, 2.0, np.float32), around_zero=False)
    assert low < high
    assert ends(np.full(4, np.nan, np.float32), around_zero=True)[1] > 0
    assert said(0.0, "logit") == "0 (50% real)" and said(2.0, "value") == "2"


def plainly(text: str) -> str:
    """With the spaces at which no line is broken as usual ones."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_words_say_how_much_a_score_sees() -> None:
    said_of = words(FIELD, 14, 32)
    assert plainly(said_of) == "Each of the 14 × 14 scores sees 16 × 16 px of 32. D has n = 1 halving layer."
    assert "the whole image" in words(PatchField(70, 8, -23, 3), 2, 32)
    assert plainly(words(PatchField(1, 1, 0, 0), 32, 32)).endswith("D has n = 0 halving layers.")


def test_of_a_game_with_several_d_it_is_said_which_one_is_shown(shown: Shown, stage: Stage) -> None:
    assert shown.words.startswith("Each of the")
    shown.show(stage, ("patches", msgspec.structs.replace(view(), judge="D_B", domain="winter")), steps=2)
    assert shown.words.startswith("This is D_B, which judges winter. Each of the")
    assert "D_B has n" in shown.words
    shown.show(stage, ("patches", msgspec.structs.replace(view(), judge="D_B")), steps=3)
    assert shown.words.startswith("This is D_B, which judges what sources become. ")


@pytest.mark.parametrize(("width", "lines"), [(1000, 1), (320, 2)])
def test_both_images_are_of_one_size_whatever_their_titles(
    shown: Shown, stage: Stage, width: int, lines: int
) -> None:
    shown.panel.resize(width, 420)
    shown.show(stage, ("patches", view(made=-0.87654)), steps=2)
    generated, real = picture(shown, "generated"), picture(shown, "real")
    assert len(generated._title_lines()) == len(real._title_lines()) == lines
    assert generated.place().size() == real.place().size()
