"""Codes: its columns and codebook, what it asks for, and what it says before there is a prior."""

from __future__ import annotations

import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QSlider, QSpinBox
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.codes import code_colours
from ganstudio.core.protocol import asks
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.ui.panels.codes import CodesPanel
from ganstudio.ui.panels.parts.code_pictures import given_part, perplexity
from ganstudio.ui.widgets.codebook import CodebookView
from ganstudio.ui.widgets.picture_strip import PictureStrip
from ganstudio.views.codes import Codes
from ganstudio.views.completion import Completion

SPEC = Spec(variant="vqgan", data="tiles")


def images(shade: int, n: int = 2, side: int = 8) -> Array:
    return Array.of(np.full((n, side, side, 3), shade, np.uint8))


def floats(values: object) -> Array:
    return Array.of(np.array(values, np.float32))


CODES = [[[0, 1], [2, 2]], [[1, 1], [1, 1]]]
VIEW = Codes(image=images(10), codes=floats(CODES), back=images(20), book=images(30, 4, 4), uses=floats([1, 5, 2, 0]),
             counted=2, drawn_by="prior")
COMPLETED = Completion(kept=2, drawn_by="prior", made=images(40), codes=floats(CODES))


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def panel(shown: Shown) -> CodesPanel:
    assert isinstance(shown.panel, CodesPanel)
    return shown.panel


def strip(shown: Shown) -> PictureStrip:
    found = shown.panel.findChild(PictureStrip)
    assert isinstance(found, PictureStrip)
    return found


def book(shown: Shown) -> CodebookView:
    found = shown.panel.findChild(CodebookView)
    assert isinstance(found, CodebookView)
    return found


def test_images_codes_and_completions_are_beside_each_other(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CodesPanel, SPEC)
    shown.show(stage, ("codes", VIEW))
    assert [column.title for column in strip(shown).columns] == ["image", "codes", "de\N{SOFT HYPHEN}coded"]
    shown.show(stage, ("codes", VIEW), ("completed", COMPLETED))
    columns = strip(shown).columns
    assert [column.images[0, 0, 0, 0] for column in columns if column.title != "codes"] == [10, 20, 20, 40]
    assert np.array_equal(columns[1].images, code_colours(4)[np.array(CODES)])
    assert (columns[3].images[:, :4] == 20).all() and (columns[3].images[:, 4:] == 128).all()
    strip(shown).pointed.emit(1, 4)
    assert shown.panel.statusTip() == "completed of image 2"


def test_what_it_asks_for_follows_its_sliders(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CodesPanel, SPEC)
    shown.show(stage, ("codes", VIEW))
    assert panel(shown).ask() == asks.Completion()
    asked: list[asks.Completion] = []
    panel(shown).asks.connect(lambda: asked.append(panel(shown).ask()))
    for kind, name, value in ((QSpinBox, "kept", 25), (QSlider, "temperature", 5), (QSlider, "top-k", 3)):
        field = shown.panel.findChild(kind, f"codes.{name}")
        assert isinstance(field, QSpinBox | QSlider)
        field.setValue(value)
    again = shown.panel.findChild(QPushButton, "codes.again")
    assert isinstance(again, QPushButton)
    again.click()
    assert asked[-1] == asks.Completion(kept=0.25, temperature=0.5, top_k=3, draw=1) and len(asked) == 4


def test_dead_codes_are_grey_and_each_says_how_often_it_is_used(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CodesPanel, SPEC)
    colourful = np.zeros((4, 4, 4, 3), np.uint8)
    colourful[..., 0] = 240
    view = Codes(image=images(10), codes=floats(CODES), back=images(20), book=Array.of(colourful),
                 uses=floats([1, 5, 2, 0]), counted=2, drawn_by="prior")
    shown.show(stage, ("codes", view))
    shown.panel.resize(700, 500)
    assert book(shown).dead == 1
    picture = book(shown).grab().toImage()
    ratio = picture.devicePixelRatio()

    def at(code: int) -> tuple[int, int, int]:
        place: QPoint = book(shown).place(code).center()
        colour = picture.pixelColor(round(place.x() * ratio), round(place.y() * ratio))
        return colour.red(), colour.green(), colour.blue()

    assert at(0) == (240, 0, 0) and len(set(at(3))) == 1
    book(shown).pointed.emit(3)
    assert shown.panel.statusTip() == "code 3: used 0 times in 2 images (dead)"


def test_the_arrow_keys_go_from_code_to_code(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CodesPanel, SPEC)
    shown.show(stage, ("codes", VIEW))
    QTest.keyClick(book(shown), Qt.Key.Key_Right)
    assert shown.panel.statusTip() == "code 1: used 5 times in 2 images"
    QTest.keyClick(book(shown), Qt.Key.Key_Left)
    QTest.keyClick(book(shown), Qt.Key.Key_Left)  # there is none before the first
    assert shown.panel.statusTip() == "code 0: used 1 times in 2 images"


def test_before_the_prior_it_says_what_draws(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CodesPanel, SPEC)
    early = Codes(image=images(10), codes=floats(CODES), back=images(20), book=images(30, 4, 4),
                  uses=floats([1, 5, 2, 0]), counted=2, drawn_by="frequency")
    shown.show(stage, ("codes", early))
    assert "No prior yet" in shown.panel._headline.text() and "3 of 4 codes" in shown.panel._headline.text()
    shown.show(stage, ("codes", VIEW), ("completed", COMPLETED))
    assert "The prior draws all codes after the first 2." in shown.panel._headline.text()


def test_the_past_knows_no_completions(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CodesPanel, SPEC)
    shown.show(stage, ("codes", VIEW), ("completed", COMPLETED))
    shown.panel.show_past(3, None)
    assert len(strip(shown).columns) == 3 and "Go back to live" in shown.panel._headline.text()
    kept = shown.panel.findChild(QSpinBox, "codes.kept")
    assert isinstance(kept, QSpinBox) and not kept.isEnabled()
    shown.panel.show_past(None, None)
    assert kept.isEnabled()


def test_what_is_not_given_is_grey_square_by_square() -> None:
    part = given_part(np.full((1, 6, 6, 3), 9, np.uint8), 3, 4)
    assert (part[0, :2] == 9).all() and (part[0, 2:4, :2] == 9).all()
    assert (part[0, 2:4, 2:] == 128).all() and (part[0, 4:] == 128).all()


def test_equal_uses_have_the_perplexity_of_their_number() -> None:
    assert perplexity(np.array([3, 3, 3, 0], np.float32)) == pytest.approx(3.0)
    assert perplexity(np.zeros(4, np.float32)) == 0.0


def test_colours_of_codes_are_far_apart() -> None:
    colours = code_colours(16).astype(int)
    apart = np.abs(colours[:, None] - colours[None]).sum(-1) + 999 * np.eye(16, dtype=int)
    assert apart.min() > 40 and len({tuple(colour) for colour in code_colours(256).tolist()}) > 240


@pytest.mark.parametrize(("high", "labels", "caption"), [(160, True, True), (100, True, False), (64, False, False)])
def test_counts_find_room_under_the_tiles_before_the_caption_above_them(
    qtbot: QtBot, high: int, labels: bool, caption: bool,
) -> None:
    book = CodebookView()
    qtbot.addWidget(book)
    book.resize(400, high)
    book.show_book(np.zeros((16, 4, 4, 3), np.uint8), np.ones(16, np.float32), "codebook, uses in 64 images")
    _, side, label, head = book._layout()
    assert (label > 0, head > 0) == (labels, caption) and side > 1
    places = [book.place(code) for code in range(16)]
    assert min(place.top() for place in places) >= head and max(place.bottom() for place in places) + label < high
    assert not book.grab().isNull()
