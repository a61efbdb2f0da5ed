"""Skip stack: the order of the levels, their shares, and how exactly the sum is the image."""

from __future__ import annotations

import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.ui.panels.skip_stack import SkipStackPanel, shares_of, words
from ganstudio.ui.widgets.picture_strip import PictureStrip
from ganstudio.views.skip_stack import Skips


def grey(value: int) -> Array:
    return Array.of(np.full((2, 16, 16, 3), value, np.uint8))


def view(apart: float = 2e-7) -> Skips:
    return Skips(sides=[4, 8, 16], parts=[grey(10), grey(20), grey(30)], sums=[grey(10), grey(25), grey(50)],
                 made=grey(51), sizes=Array.of(np.array([0.6, 0.3, 0.1], np.float32)), apart=apart)


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


@pytest.fixture
def shown(qtbot: QtBot, stage: Stage) -> Shown:
    found = Shown(qtbot, stage, SkipStackPanel, Spec(variant="dcgan", data="digits"))
    found.show(stage, ("skip-stack", view()))
    return found


def columns(shown: Shown) -> dict[str, int]:
    strip = shown.panel.findChild(PictureStrip)
    assert isinstance(strip, PictureStrip)
    return {column.title: int(column.images[0, 0, 0, 0]) for column in strip.columns}


def test_levels_go_from_the_largest_to_the_smallest_and_end_in_the_image(shown: Shown) -> None:
    assert columns(shown) == {"16 px 10%": 30, "8 px 30%": 20, "4 px 60%": 10, "sum": 50, "G(z)": 51}
    assert list(columns(shown)) == ["16 px 10%", "8 px 30%", "4 px 60%", "sum", "G(z)"]
    shown.box("skip-stack.added up").setChecked(True)
    assert columns(shown) == {"up to 16 px": 50, "up to 8 px": 25, "up to 4 px": 10, "sum": 50, "G(z)": 51}


def test_the_measured_difference_is_said(shown: Shown) -> None:
    assert shown.words == "The 4 px level adds most (60%). G(z) is the sum of all levels, to 2e-7."
    assert words(view(0.25)).endswith("by up to 0.25, more than rounding explains.")
    assert "more than rounding explains" in words(view(float("nan")))
    assert shares_of(Skips(sides=[4], parts=[grey(1)], sums=[grey(1)], made=grey(1),
                           sizes=Array.of(np.zeros(1, np.float32)), apart=0.0)) == [0.0]


def test_what_is_under_the_pointer_is_named(shown: Shown) -> None:
    strip = shown.panel.findChild(PictureStrip)
    assert isinstance(strip, PictureStrip)
    for column, said in ((0, "what the level of 16 px adds: root mean square 0.1"), (3, "the sum of all levels"),
                         (4, "the image that G makes")):
        QTest.mouseMove(strip, strip.place(0, column).center())
        assert shown.panel.statusTip() == said


def test_a_moment_of_which_nothing_was_recorded_shows_nothing(shown: Shown, stage: Stage) -> None:
    shown.panel.show_past(5, None)
    assert columns(shown) == {} and shown.words.startswith("Nothing of this was recorded")
    shown.show(stage, ("skip-stack", view()), steps=5)
    assert len(columns(shown)) == 5
    stage.begin(Spec(variant="dcgan", data="digits"))
    assert columns(shown) == {} and shown.words == "Waiting for the first images…"
