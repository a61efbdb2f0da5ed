"""Normalisation: which cells are coloured, what the user chooses, and what is said of each norm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.feature_norms import NAMES
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.ui.panels.normalisation import NormalisationPanel, signed_colours
from ganstudio.ui.panels.parts.normalisation_text import verdict
from ganstudio.ui.plotting.colors import colour_table
from ganstudio.ui.theme import DARK
from ganstudio.ui.widgets.norm_table import NormTable
from ganstudio.views.normalisation import Normalisation

CLASSES = ["sky", "water", "grass"]
CHANNELS, GROUPS = [0, 1, 28, 29], [0, 0, 7, 7]
ROW: dict[str, int] = {"before": 0} | {name: at + 1 for at, name in enumerate(NAMES)}


def view(norm: str = "spade", alone: float = 0.0002, n: int = 3) -> Normalisation:
    """Maps of 2 x 2 px: before, the class's number at each pixel; after, of norm i and channel j: 10 i + j."""
    before = np.broadcast_to(np.arange(n, dtype=np.float32)[:, None, None, None], (n, 4, 2, 2))
    after = np.zeros((2, 6, n, 4, 2, 2), np.float32)
    after += 10 * np.arange(6, dtype=np.float32)[:, None, None, None, None]
    after += np.arange(4, dtype=np.float32)[:, None, None]
    difference = np.array([[1.5, 1.2, 1e-16, 1.1, 0, 1.5], [0, 1.2, 1e-16, 1.1, 0, alone]], np.float32)
    numbers = np.arange(2 * 6 * n * 4, dtype=np.float32).reshape(2, 6, n, 4)
    return Normalisation(
        norm=norm, classes=[*CLASSES, *map(str, range(3, n))][:n], colours=[(9 * at, 100, 200) for at in range(n)],
        width=32, channels=CHANNELS, groups=GROUPS, before=Array.of(before.copy()), after=Array.of(after),
        mean=Array.of(numbers), spread=Array.of(0.5 + numbers), difference_before=1.25,
        difference=Array.of(difference))


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


@pytest.fixture
def shown(qtbot: QtBot, stage: Stage) -> Shown:
    found = Shown(qtbot, stage, NormalisationPanel, Spec(variant="dcgan", data="digits"))
    found.panel.resize(700, 480)
    found.show(stage, ("normalisation", view()))
    return found


def table(shown: Shown) -> NormTable:
    found = shown.panel.findChild(NormTable)
    assert isinstance(found, NormTable)
    return found


def choose(shown: Shown, name: str, entry: str) -> None:
    box = shown.panel.findChild(QComboBox, f"normalisation.{name}")
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findText(entry))
    box.activated.emit(box.currentIndex())


def coloured(shown: Shown, name: str) -> set[tuple[int, int]]:
    """The cells of a norm's row that are painted in the accent colour: map of the batch and channel."""
    found, image = table(shown), table(shown).grab().toImage()
    ratio = found.devicePixelRatioF()
    cells = set()
    for class_ in range(3):
        for channel in range(4):
            box = found.cell_box(ROW[name], class_, channel)
            place = QPoint(round(ratio * (box.left() + 3)), round(ratio * (box.top() + 3)))
            if image.pixelColor(place) == QColor(DARK.accent):
                cells.add((class_, channel))
    return cells


MAPS, MEMBERS = {0, 1, 2}, {0, 1, 2, 3}


def test_the_cells_of_one_mean_are_coloured_for_the_map_and_channel_that_were_chosen(shown: Shown) -> None:
    choose(shown, "class", "water")
    choose(shown, "channel", "channel 29")
    expected: dict[str, set[tuple[int, int]]] = {
        "before": set(), "batch": {(at, 2) for at in MAPS}, "layer": {(1, at) for at in MEMBERS}, "instance": {(1, 2)},
        "group": {(1, 2), (1, 3)}, "adain": {(1, 2)}, "spade": {(at, 2) for at in MAPS}}
    assert {name: coloured(shown, name) for name in expected} == expected
    choose(shown, "batch", "each alone")
    alone: Any = {**expected, "batch": {(1, 2)}, "spade": {(1, 2)}}
    assert {name: coloured(shown, name) for name in alone} == alone


def test_each_row_says_whether_the_class_is_kept(shown: Shown) -> None:
    told = table(shown).accessibleDescription()
    for expected in ("batch norm, class kept: 1.5.", "instance norm, class lost: 0.", "AdaIN, class lost: 0.",
                     "group norm, class kept: 1.1. Over 4 channels, pixels.", "SPADE, class kept: 1.5.",
                     "before, classes differ: 1.2"):
        assert expected in told
    choose(shown, "batch", "each alone")
    told = table(shown).accessibleDescription()
    assert "batch norm, class lost: 0. Over pixels. Alone in its batch" in told
    assert "SPADE, class faint: 0.0002." in told
    assert verdict("batch", float("nan"), own=True) == "nan"
    assert verdict("batch", 0.5, own=False) == "class kept: 0.5"


def test_only_the_norm_of_the_run_is_said_to_be_trained(shown: Shown, stage: Stage) -> None:
    told = table(shown).accessibleDescription()
    assert told.count("Scale 1, shift 0.") == 5 and told.count("Both are this run's.") == 1
    assert "Without the map's scale and shift" not in told
    assert shown.words.startswith("SPADE. Batch norm, then a scale and a shift")  # its row is the first to be chosen
    shown.show(stage, ("normalisation", view("instance")))
    told = table(shown).accessibleDescription()
    assert told.count("Scale 1, shift 0.") == 4 and "This run's norm: it has no scale or shift." in told
    assert "Without the map's scale and shift it is batch norm." in told
    assert shown.words.startswith("Instance norm. ")
    assert "SPADE, map not added: 1.5." in told
    choose(shown, "batch", "each alone")
    assert "SPADE, map not added: 0.0002." in table(shown).accessibleDescription()


def test_the_pointer_and_the_keys_choose_a_row_and_a_class(shown: Shown, stage: Stage) -> None:
    found = table(shown)
    QTest.mouseClick(found, Qt.MouseButton.LeftButton, pos=found.map_box(ROW["layer"], 2).center())
    assert shown.words.startswith("Layer norm. ")
    assert found._picked == (2, 0)
    QTest.keyClick(found, Qt.Key.Key_Down)
    QTest.keyClick(found, Qt.Key.Key_Left)
    assert shown.words.startswith("Instance norm. ") and found._picked == (1, 0)
    for _ in range(9):
        QTest.keyClick(found, Qt.Key.Key_Up)
    assert "Only the norm of this run, SPADE, has a trained scale and shift." in shown.words
    shown.show(stage, ("normalisation", view()), steps=2)
    assert found._row == 0 and found._picked == (1, 0)  # the choice stays with the next picture
    stage.begin(Spec(variant="dcgan", data="digits"))
    assert shown.words == "Waiting for the first feature map…" and not found._rows


def test_what_is_under_the_pointer_is_said_with_its_mean_and_spread(shown: Shown) -> None:
    found, at = table(shown), view()
    choose(shown, "channel", "channel 30")
    QTest.mouseMove(found, found.map_box(ROW["group"], 1).center())
    mean = at.mean.numpy()[0, 3, 1, 3]
    assert shown.panel.statusTip() == (
        f"water, channel 30: mean {mean:.0f}, spread {mean + 0.5:.1f}. After group norm: values from 33 to 33")
    QTest.mouseMove(found, found.map_box(0, 2).center())
    assert shown.panel.statusTip() == "grass, channel 30, before the norm: values from 2 to 2"


def test_a_moment_of_which_nothing_was_recorded_shows_nothing_of_another(shown: Shown, stage: Stage) -> None:
    shown.panel.show_past(5, None)
    assert not table(shown)._rows and shown.words.startswith("Nothing of this was recorded")
    shown.show(stage, ("normalisation", view("batch")), steps=5)
    assert len(table(shown)._rows) == 7 and shown.words.startswith("Batch norm. ")
    shown.panel.show_past(None, None)
    assert len(table(shown)._rows) == 7


def test_colours_are_around_zero_and_alike_where_values_are() -> None:
    colours = colour_table(DARK.low, DARK.middle, DARK.high)
    found = signed_colours(np.array([[-2.0, 0.0, 1.0], [2.0, np.nan, np.inf]], np.float32), colours)
    assert found[0, 0].tolist() == colours[0].tolist() and found[1, 0].tolist() == colours[255].tolist()
    assert found[0, 1].tolist() == found[1, 1].tolist() == colours[127].tolist()
    assert found[1, 2].tolist() == colours[255].tolist()
    assert signed_colours(np.full((2, 2), np.nan, np.float32), colours).shape == (2, 2, 3)


@pytest.mark.parametrize(("width", "height", "rows", "classes"), [
    (700, 480, 7, 12), (330, 330, 7, None), (240, 150, None, None), (120, 90, None, None)])
def test_in_a_small_panel_the_chosen_row_and_class_stay_in_sight(
    shown: Shown, stage: Stage, width: int, height: int, rows: int | None, classes: int | None
) -> None:
    shown.panel.resize(width, height)
    shown.show(stage, ("normalisation", view(n=12)))
    choose(shown, "class", "11")
    found = table(shown)
    assert len(found.rows_shown()) == rows or rows is None
    assert len(found.classes_shown()) == classes or classes is None
    assert ROW["spade"] in found.rows_shown() and 11 in found.classes_shown()
    for row in found.rows_shown():
        assert found.row_box(row).height() >= found.fontMetrics().height() or len(found.rows_shown()) == 1
        assert found.map_box(row, 11).right() < found.width()
        assert found.cell_box(row, 0, 3).right() <= found.map_box(row, found.classes_shown().start).left()
    assert not shown.panel.grab().isNull()
