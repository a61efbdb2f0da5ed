"""The class that the panels on points show in a labelled game: one choice for all of them."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from studio_kit import RING, Stage, floats, landscape_view, points_view, started

from ganstudio.core.protocol.messages import SnapshotRequest, Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.landscape import LandscapePanel
from ganstudio.ui.panels.points import PointsPanel

CONDITIONAL = Spec(variant="cgan", data="ring")
SLOPE = np.add.outer(np.zeros(40), np.linspace(-1, 1, 40))


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def begin(stage: Stage, classes: list[str]) -> int:
    """Another run of a game with these classes; its number."""
    stage.commands.next_run.start(CONDITIONAL)
    asked = stage.link.told(Start)[-1]
    stage.link.say(msgspec.structs.replace(started(asked.run, asked.spec), classes=classes))
    return asked.run


def box(panel: Panel) -> QComboBox:
    found = panel.findChild(QComboBox, f"{panel.name}.class")
    assert isinstance(found, QComboBox)
    return found


def circled(shown: Shown) -> list[list[float]]:
    assert isinstance(shown.panel, PointsPanel)
    points: list[list[float]] = shown.panel._of_class.points.tolist()
    return points


def choose(panel: Panel, label: int) -> None:
    box(panel).setCurrentIndex(label)
    box(panel).activated.emit(label)  # as a click does


def test_the_choice_is_hidden_where_there_are_no_labels(qtbot: QtBot, stage: Stage) -> None:
    points = Shown(qtbot, stage, PointsPanel)
    assert not box(points.panel).isVisible()
    points.show(stage, points_view(RING))
    assert circled(points) == []
    begin(stage, ["left", "right"])
    assert box(points.panel).isVisible()
    assert [box(points.panel).itemText(at) for at in range(2)] == ["left", "right"]


def test_one_choice_holds_for_all_panels_and_is_asked_for(qtbot: QtBot, stage: Stage) -> None:
    points, landscape = Shown(qtbot, stage, PointsPanel), Shown(qtbot, stage, LandscapePanel)
    begin(stage, [str(label) for label in range(8)])
    assert isinstance(landscape.panel, LandscapePanel)
    with qtbot.waitSignal(landscape.panel.asks):
        choose(points.panel, 5)
    assert box(landscape.panel).currentText() == "5"
    stage.commands.look(["landscape"], 36, False)
    assert stage.link.told(SnapshotRequest)[-1].label == 5


def test_the_points_of_the_class_are_circled(qtbot: QtBot, stage: Stage) -> None:
    points = Shown(qtbot, stage, PointsPanel)
    points.run = begin(stage, [str(label) for label in range(8)])
    name, view = points_view(RING)
    points.show(stage, (name, msgspec.structs.replace(view, labels=floats(np.arange(8) % 4))))
    assert circled(points) == RING[[0, 4]].tolist()
    choose(points.panel, 3)
    assert circled(points) == RING[[3, 7]].tolist(), "at once, also while the run is paused"


def test_a_choice_that_the_next_run_has_not_is_forgotten(qtbot: QtBot, stage: Stage) -> None:
    landscape = Shown(qtbot, stage, LandscapePanel)
    begin(stage, [str(label) for label in range(25)])
    choose(landscape.panel, 20)
    begin(stage, [str(label) for label in range(25)])
    assert box(landscape.panel).currentIndex() == 20, "the same classes again"
    begin(stage, [str(label) for label in range(8)])
    assert box(landscape.panel).currentIndex() == 0
    begin(stage, [])
    stage.commands.look(["landscape"], 36, False)
    assert stage.link.told(SnapshotRequest)[-1].label == 0


def test_the_colours_jump_to_another_class(qtbot: QtBot, stage: Stage) -> None:
    landscape = Shown(qtbot, stage, LandscapePanel)
    landscape.run = begin(stage, ["left", "right"])
    name, view = landscape_view(SLOPE, np.ones((8, 2)))
    landscape.show(stage, (name, msgspec.structs.replace(view, label="left")))
    name, view = landscape_view(100 + SLOPE, np.ones((8, 2)))
    landscape.show(stage, (name, msgspec.structs.replace(view, label="right")), steps=2)
    assert isinstance(landscape.panel, LandscapePanel)
    assert landscape.panel._low == pytest.approx(99)
    assert "class right" in landscape.words


def test_a_recorded_landscape_is_of_the_class_that_was_looked_at_then(qtbot: QtBot, stage: Stage) -> None:
    landscape = Shown(qtbot, stage, LandscapePanel)
    begin(stage, ["left", "right"])
    landscape.panel.show_past(3, None)
    assert not box(landscape.panel).isEnabled()
    landscape.panel.show_past(None, None)
    assert box(landscape.panel).isEnabled()
