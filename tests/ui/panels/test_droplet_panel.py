"""Droplet bench: the exact factors beside the picture, and what is said of the run's own maps."""

from __future__ import annotations

import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QSlider
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.ui.panels.droplet import HEIGHTS, DropletPanel, words
from ganstudio.ui.widgets.image_grid import ImageGrid
from ganstudio.ui.widgets.number_table import NumberTable
from ganstudio.views.droplet import Droplet

VIEW = Droplet(sides=[4, 8, 8, 16], peaks=Array.of(np.array([2.0, 3.0, 2.5, 6.5], np.float32)))


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


@pytest.fixture
def shown(qtbot: QtBot, stage: Stage) -> Shown:
    return Shown(qtbot, stage, DropletPanel, Spec(variant="dcgan", data="digits"))


def rows(shown: Shown) -> list[list[str]]:
    table = shown.panel.findChild(NumberTable)
    assert isinstance(table, NumberTable)
    return [[item.text() for column in range(table.columnCount()) if (item := table.item(row, column)) is not None]
            for row in range(table.rowCount())]


def maps(shown: Shown) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    return {grid.accessibleName(): grid.images[0] for grid in shown.panel.findChildren(ImageGrid)}


def test_the_exact_factors_stand_beside_the_picture(shown: Shown) -> None:
    assert rows(shown) == [["instance norm", "0.305", "0.998", "0.848", "0.305", "0.032"],
                           ["demodulation", *["1.000"] * 5]]
    assert shown.words == ("A spike of 50: instance norm multiplies all other values by 0.305, demodulation by 1.")


def test_a_higher_spike_makes_the_normed_map_fainter_and_leaves_the_other_alone(shown: Shown) -> None:
    slider = shown.panel.findChild(QSlider, "droplet.height")
    assert isinstance(slider, QSlider)
    spreads: list[dict[str, float]] = []
    for height in (0, 10, 50, 500):
        slider.setValue(HEIGHTS.index(height))
        spreads.append({name: float(image.astype(float).std(axis=(0, 1)).sum()) for name, image in maps(shown).items()})
    normed = [spread["instance norm"] for spread in spreads]
    assert normed[0] > normed[1] > normed[2] > normed[3]
    assert all(np.array_equal(maps(shown)["the map"], maps(shown)["demodulation"]) for _ in range(1))
    assert rows(shown)[0][1] == "0.032"
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert shown.words.startswith("A spike of 300:")


def test_the_runs_own_maps_are_said_with_what_noise_and_a_spike_would_give(shown: Shown, stage: Stage) -> None:
    shown.show(stage, ("droplet", VIEW))
    said = words(VIEW)
    assert said.startswith("This run's own maps, peak over rms: 4 px: 2; 8 px: 3, 2.5; 16 px: 6.5. The largest ")
    assert said.endswith(", one bright pixel 16.")
    assert said in [label.text() for label in shown.panel.findChildren(QLabel)]
    shown.panel.show_past(5, None)
    assert any("nothing was recorded" in label.text() for label in shown.panel.findChildren(QLabel))
    assert words(Droplet(sides=[4], peaks=Array.of(np.array([np.nan], np.float32)))).endswith("4 px: nan.")
