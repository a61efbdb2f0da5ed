"""Styles: what the sliders ask for, what is shown of the answer, and that a moment of the past is only looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QSlider
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.protocol.asks import Mix
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.ui.main.snapshot_scheduler import Asks, AsksOfView
from ganstudio.ui.panels.parts import styles_text as say
from ganstudio.ui.panels.parts.styles_pictures import heat, mixing_grid
from ganstudio.ui.panels.styles import StylesPanel
from ganstudio.ui.theme import DARK
from ganstudio.ui.widgets.mix_grid import MixGrid
from ganstudio.ui.widgets.picture_strip import PictureStrip
from ganstudio.views.styles import MixedStyles, MovedStyles, RedrawnNoise, Styles

LAYERS = ["4 px", "8 px, first, and colours of 4 px", "8 px, second", "colours of 8 px"]
NOISY = [4, 8, 8]


def grey(*values: int) -> Array:
    """An image of 8 px of each value."""
    return Array.of(np.stack([np.full((8, 8, 3), value, np.uint8) for value in values]))


def mixed(mix: Mix) -> Styles:
    """Two rows and three columns; what row i and column j make has the value 10 i + j."""
    return Styles(mix=mix, layers=LAYERS, noisy=NOISY, mixing=MixedStyles(
        mean=grey(1), of_a=grey(10, 20), of_b=grey(101, 102, 103), mixed=grey(11, 12, 13, 21, 22, 23)))


def redrawn(mix: Mix, share: float = 0.3) -> Styles:
    differs = np.zeros((2, 8, 8), np.float32)
    differs[:, 2, 3] = 0.25
    return Styles(mix=mix, layers=LAYERS, noisy=NOISY, noise=RedrawnNoise(
        smooth=grey(10, 20), redrawn=grey(11, 21, 12, 22, 13, 23), differs=Array.of(differs), share=share,
        layers=Array.of(np.array([0.01, 0.2, 0.02], np.float32))))


def moved(mix: Mix) -> Styles:
    return Styles(mix=mix, layers=LAYERS, noisy=NOISY, directions=MovedStyles(
        before=grey(10, 20), after=grey(60, 20), variances=Array.of(np.array([0.4, 0.2], np.float32))))


PLAIN = mixed(Mix(crossover=1))


class OnStyles(Shown):
    """The panel with the plain grid."""

    def __init__(self, qtbot: QtBot) -> None:
        self.stage = Stage()
        super().__init__(qtbot, self.stage, StylesPanel, Spec(variant="dcgan", data="digits"))
        assert isinstance(self.panel, StylesPanel)
        self.styles = self.panel
        self.asked = 0
        self.styles.asks.connect(self._count)
        self.show(self.stage, ("styles", PLAIN))

    def _count(self) -> None:
        self.asked += 1

    def slider(self, name: str) -> QSlider:
        found = self.panel.findChild(QSlider, f"styles.{name}")
        assert isinstance(found, QSlider)
        return found

    def turn(self, page: str) -> None:
        box = self.panel.findChild(QComboBox, "styles.page")
        assert isinstance(box, QComboBox)
        box.setCurrentText(page)
        box.activated.emit(box.currentIndex())

    @property
    def grid(self) -> MixGrid:
        found = self.panel.findChild(MixGrid)
        assert isinstance(found, MixGrid)
        return found

    def columns(self) -> dict[str, list[int]]:
        """The titles on the page that is shown, with the first value of each picture."""
        strip = next(each for each in self.panel.findChildren(PictureStrip) if each.isVisible())
        return {column.title: column.images[:, 0, 0, 0].tolist() for column in strip.columns}


@pytest.fixture
def shown(qtbot: QtBot) -> OnStyles:
    return OnStyles(qtbot)


def test_it_asks_for_nothing_until_the_user_moves_something(shown: OnStyles) -> None:
    assert isinstance(shown.panel, Asks) and isinstance(shown.panel, AsksOfView)
    assert shown.styles.ask() is None and shown.asked == 0
    assert shown.slider("crossover").maximum() == 4 and shown.slider("crossover").value() == 1
    assert shown.words == "The row's face A steers the layers up to the 4 px, the column's face B all later ones."
    values = shown.grid.images[:, 0, 0, 0].tolist()
    assert values == [1, 101, 102, 103, 10, 11, 12, 13, 20, 21, 22, 23]


def test_sliders_ask_and_the_answer_is_shown(shown: OnStyles) -> None:
    QTest.keyClick(shown.slider("crossover"), Qt.Key.Key_Right)
    QTest.keyClick(shown.slider("psi"), Qt.Key.Key_Left)
    asked = shown.styles.ask()
    assert asked == Mix(crossover=2, psi=0.95) and shown.asked == 2
    shown.show(shown.stage, ("styles", PLAIN), ("styles-hand", mixed(Mix(crossover=2, psi=0.95))))
    assert shown.words == ("The row's face A steers the layers up to the first 8 px, the column's face B all later "
                           "ones. ψ = 0.95: every w is nearer to w_avg. Faces are more usual, and vary less.")


def test_back_at_the_plain_grid_it_is_shown_again_though_the_run_is_paused(shown: OnStyles) -> None:
    shown.slider("psi").setValue(0)
    shown.show(shown.stage, ("styles-hand", mixed(Mix(crossover=1, psi=0.0))))
    assert "one picture" in shown.words
    shown.slider("psi").setValue(20)
    assert shown.styles.ask() is None and "ψ" not in shown.words


def test_at_its_ends_the_crossover_is_named(shown: OnStyles) -> None:
    assert say.of_mixing(Mix(crossover=0), LAYERS) == "All layers follow B: each column is one face."
    assert say.of_mixing(Mix(crossover=4), LAYERS) == "All layers follow A: each row is one face."
    assert [say.crossover_name(LAYERS, at) for at in range(5)] == [
        "all B", "B from first 8 px", "B from second 8 px", "B from colours of 8 px", "all A"]
    assert say.short("16 px, to 2 cycles") == "16 px (to 2 cycles)" and say.short("place") == "place"
    assert say.of_psi(1.5) == "ψ = 1.5: further from w_avg than G was trained with."


def test_the_noise_of_each_layer_is_switched_off_and_all_redrawn(shown: OnStyles) -> None:
    shown.turn("noise")
    assert shown.styles.ask() == Mix(show="noise", crossover=1)
    boxes = [box for box in shown.panel.findChildren(QCheckBox) if box.isVisible()]
    assert [box.text() for box in boxes] == ["4 px", "first 8 px", "second 8 px"]
    shown.show(shown.stage, ("styles-hand", redrawn(Mix(show="noise"))))
    assert shown.words == ("Redrawn noise moves pixels 30% as far as another face does. The first 8 px layer's alone "
                           "moves them 20%.")
    columns = shown.columns()
    assert list(columns) == ["no noise", "draw 1", "draw 2", "draw 3", "differs"]
    assert columns["draw 2"] == [12, 22] and columns["no noise"] == [10, 20]
    boxes[1].setChecked(False)
    button = shown.panel.findChild(QPushButton, "styles.redraw")
    assert isinstance(button, QPushButton)
    button.click()
    asked = shown.styles.ask()
    assert asked is not None and asked.silent == [1] and asked.noise > 4
    shown.turn("mixing")  # what is switched off stays off
    assert shown.styles.ask() == Mix(crossover=1, silent=[1], noise=asked.noise)


def test_noise_that_does_nothing_is_said_so() -> None:
    page = redrawn(Mix(), share=0.002).noise
    assert page is not None
    assert say.of_noise(page, NOISY, []).endswith("Hardly seen: G makes nearly nothing of it.")
    assert say.of_noise(page, NOISY, [0, 1, 2]).startswith("The noise of all layers is off")
    assert say.of_noise(page, [], []).startswith("This G has no layers with noise:")


def test_w_is_moved_along_a_line_in_one_layer_and_back(shown: OnStyles) -> None:
    shown.turn("directions")
    shown.slider("axis1").setValue(6)
    shown.slider("axis2").setValue(-2)
    layer = shown.panel.findChild(QComboBox, "styles.layer")
    assert isinstance(layer, QComboBox)
    assert [layer.itemText(at) for at in range(layer.count())] == [
        "all layers", "4 px", "first 8 px", "second 8 px", "colours of 8 px"]
    layer.setCurrentIndex(3)
    asked = shown.styles.ask()
    assert asked == Mix(show="directions", crossover=1, layer=2, moved=[1.5, -0.5, 0.0, 0.0, 0.0])
    assert asked is not None
    asked.check()
    shown.show(shown.stage, ("styles-hand", moved(asked)))
    assert shown.words == "w is moved only for second 8 px, by standard deviations: axis 1 +1.50, axis 2 −0.50."
    assert shown.styles._axes[0].label.text() == "axis 1, 40%"
    columns = shown.columns()
    assert columns["before"] == [10, 20] and columns["after"] == [60, 20]
    button = shown.panel.findChild(QPushButton, "styles.reset")
    assert isinstance(button, QPushButton)
    button.click()
    still = shown.styles.ask()
    assert still is not None and not any(still.moved)
    shown.show(shown.stage, ("styles-hand", moved(still)))
    assert shown.words == "Nothing is moved. The 2 axes hold 60% of the variance of w."


def test_an_answer_to_another_page_is_not_shown(shown: OnStyles) -> None:
    shown.turn("noise")
    before = shown.words
    shown.show(shown.stage, ("styles-hand", moved(Mix(show="directions"))), ("styles", PLAIN))
    assert shown.words == before


def test_a_moment_of_the_past_shows_what_was_recorded_and_nothing_moves(shown: OnStyles) -> None:
    shown.turn("noise")
    shown.panel.show_past(5, None)
    assert shown.words.startswith("Nothing of this was recorded") and not len(shown.grid.images)
    shown.show(shown.stage, ("styles", PLAIN), steps=5)
    assert shown.words.startswith("As recorded: The row's face A") and shown.grid.isVisible()
    assert not shown.slider("psi").isEnabled()
    shown.panel.show_past(None, None)
    assert shown.slider("psi").isEnabled() and not shown.grid.isVisible()


def test_another_run_begins_with_sliders_where_nothing_is_asked(shown: OnStyles) -> None:
    shown.slider("psi").setValue(3)
    shown.stage.begin(Spec(variant="dcgan", data="digits"))
    assert shown.styles.ask() is None and shown.slider("psi").value() == 20
    assert shown.words == "Waiting for the first images…"
    assert not [box for box in shown.panel.findChildren(QCheckBox) if box.isVisible()]


def test_what_is_under_the_pointer_is_named(shown: OnStyles) -> None:
    shown.panel.resize(600, 500)
    for row, column, said in ((2, 3, "coarse layers of A2, fine layers of B3"), (1, 0, "source A1"),
                              (0, 2, "source B2"), (0, 0, "the picture of w_avg: all faces at ψ = 0")):
        QTest.mouseMove(shown.grid, shown.grid.place(row, column).center())
        assert shown.panel.statusTip() == said


@pytest.mark.parametrize(("width", "height"), [(700, 500), (390, 360), (200, 160), (60, 60)])
def test_the_grid_is_square_and_inside_at_any_size(qtbot: QtBot, width: int, height: int) -> None:
    grid = MixGrid("A", "B", "ψ 0")
    qtbot.addWidget(grid)
    grid.resize(width, height)
    assert PLAIN.mixing is not None
    images, columns = mixing_grid(PLAIN.mixing)
    grid.show_images(images, columns)
    boxes = [grid.place(row, column) for row in range(grid.rows) for column in range(columns)]
    assert grid.rows == 3 and len({box.width() for box in boxes} | {box.height() for box in boxes}) == 1
    assert not any(a.intersects(b) for at, a in enumerate(boxes) for b in boxes[:at])
    if width >= 200:
        assert all(grid.rect().contains(box) for box in boxes)
    assert not grid.grab().isNull()


def test_heat_begins_at_the_ground_and_takes_what_is_no_number() -> None:
    found: Any = heat(np.array([[0.0, 0.25, 0.5, np.nan, np.inf, -1.0]], np.float32), DARK)
    assert found.shape == (1, 6, 3)
    assert found[0, 2].tolist() == found[0, 4].tolist() != found[0, 1].tolist()
    assert found[0, 0].tolist() == found[0, 3].tolist() == found[0, 5].tolist() != found[0, 1].tolist()
    faint: Any = heat(np.array([[0.0, 0.001]], np.float32), DARK)
    assert np.abs(faint[0, 0].astype(int) - faint[0, 1]).max() < 12  # rounding is not shown as a difference
