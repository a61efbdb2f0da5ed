"""Scales on screen: what is said, where the images find room, and the curves of a run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from panel_kit import Shown, drawn
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.ui.panels.parts.level_pictures import APART, GAP, NAMES_SHARE, LevelPictures, fitted
from ganstudio.ui.panels.parts.scales_levels import Levels
from ganstudio.ui.panels.parts.scales_text import words
from ganstudio.ui.panels.scales import ScalesPanel
from ganstudio.ui.theme import THEMES
from ganstudio.views.scales import Scales

MSG = Spec(variant="msg-gan", data="avatars")


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def scales(*disagreement: float, n: int = 6, channels: int = 3) -> Scales:
    """Images of the levels have the red 200, the largest one shrunk 90."""
    def images(value: int, side: int) -> Array:
        made = np.zeros((n, side, side, channels), np.uint8)
        made[..., 0] = value
        return Array.of(made)

    sides = [4 << level for level in range(len(disagreement) + 1)]
    return Scales(levels=[images(200, side) for side in sides], pooled=[images(90, side) for side in sides],
                  disagreement=Array.of(np.array(disagreement, np.float64)), averaged=True)


class Board(Shown):
    def __init__(self, qtbot: QtBot, stage: Stage) -> None:
        super().__init__(qtbot, stage, ScalesPanel, MSG)
        self.panel.resize(560, 760)

    def look(self, stage: Stage, view: Scales, steps: int = 1) -> None:
        self.show(stage, ("scales", view), steps=steps)

    @property
    def pictures(self) -> LevelPictures:
        found = self.panel.findChild(LevelPictures)
        assert isinstance(found, LevelPictures)
        return found

    @property
    def levels(self) -> Levels:
        found = self.panel.findChild(Levels)
        assert isinstance(found, Levels)
        return found


@pytest.mark.parametrize(("now", "said"), [
    ([0.5, 0.75], "The image of 8 px differs most from the largest one: by 0.75 times the spread among images. After"),
    ([0.1, 0.05], "All sizes show the same image: they differ by 0.10 times its spread at most. After 10 steps it"),
    ([math.nan, math.nan], "The largest images are all alike"),
])
def test_what_is_to_be_seen_is_said(now: list[float], said: str) -> None:
    assert said in words(now, 300, [3.0, 4.2], 10)
    assert "After" not in words(now, 10, now, 10), "there is no before"


@pytest.mark.parametrize("size", [(180, 150), (180, 400), (480, 150), (480, 560), (900, 700), (90, 60)])
@pytest.mark.parametrize("lower", range(1, 8))
def test_all_that_is_shown_has_room(size: tuple[int, int], lower: int) -> None:
    wide, high = size
    shape = fitted(wide, high, lower, 6, 40, 2 << lower)
    assert 1 <= shape.pairs <= 6
    assert shape.named == (wide >= NAMES_SHARE * 40)
    right = shape.left + (lower + 2) * shape.side + (lower - 1) * GAP + APART
    assert right <= max(wide, lower + 2 + lower * GAP + APART)
    if shape.side > 1:
        assert shape.pairs * (2 * shape.side + GAP) + (shape.pairs - 1) * APART <= high
    if shape.side >= 4 << lower:
        assert shape.side % (2 << lower) == 0, "enlarged by a whole number"


def test_more_latents_are_shown_where_they_cost_no_size() -> None:
    assert fitted(300, 1200, 2, 6, 40, 8).pairs > 2
    assert fitted(900, 300, 2, 6, 40, 8).pairs == 1


@pytest.mark.parametrize("channels", [1, 3])
def test_what_g_makes_lies_above_its_largest_image_shrunk(qtbot: QtBot, stage: Stage, channels: int) -> None:
    board = Board(qtbot, stage)
    board.look(stage, scales(0.5, 1.25, channels=channels))
    picture = board.pictures.grab().toImage()
    tiles = {name: box for box, name in board.pictures._tiles}
    for side in (4, 8):
        made, shrunk = tiles[f"Latent 1 at {side} px"], tiles[f"Largest image of latent 1, shrunk to {side} px"]
        assert made.bottom() < shrunk.top() and made.left() == shrunk.left()
        assert picture.pixelColor(made.center()).red() == 200 and picture.pixelColor(shrunk.center()).red() == 90
    assert tiles["Latent 1 at 16 px"].width() == 2 * tiles["Latent 1 at 8 px"].width()
    assert all(board.pictures.rect().contains(box) for box in tiles.values())
    texts: list[str] = []
    board.pictures.on_hover = texts.append
    no, at = Qt.MouseButton.NoButton, QPointF(tiles["Latent 1 at 8 px"].center())
    QApplication.sendEvent(board.pictures, QMouseEvent(
        QEvent.Type.MouseMove, at, board.pictures.mapToGlobal(at), no, no, Qt.KeyboardModifier.NoModifier))
    assert texts == ["Latent 1 at 8 px"]


def test_the_curves_hold_each_look_in_the_order_of_its_steps(qtbot: QtBot, stage: Stage) -> None:
    board = Board(qtbot, stage)
    for steps, value in ((1, 4.0), (300, 1.0), (200, 2.0)):  # the last one: the user looks back
        board.look(stage, scales(value, value / 2), steps=steps)
    x, y = drawn(board.levels._curves[0])
    assert (x.tolist(), y.tolist()) == ([1, 200, 300], [4, 2, 1])
    assert drawn(board.levels._curves[1])[1].tolist() == [2, 1, 0.5]
    assert board.levels._ends[0].points.tolist() == [[200, 2]], "where the run is that is shown"
    assert "After 1 steps it was 4.00" in board.words
    stage.begin(MSG)
    assert not drawn(board.levels._curves[0])[0].size


def test_a_run_with_other_levels_begins_new_curves(qtbot: QtBot, stage: Stage) -> None:
    board = Board(qtbot, stage)
    board.look(stage, scales(3.0, 2.0, 1.0), steps=5)
    board.look(stage, scales(0.5), steps=9)
    assert [drawn(curve)[0].tolist() for curve in board.levels._curves] == [[9], [], []]


def test_the_curves_can_be_hidden_and_leave_their_room_to_the_images(qtbot: QtBot, stage: Stage) -> None:
    board = Board(qtbot, stage)
    board.look(stage, scales(0.5, 0.25))
    before = board.pictures.height()
    board.box("scales.curves").setChecked(False)
    qtbot.waitUntil(lambda: board.pictures.height() > before)
    assert not board.plot.isVisible()


def test_a_panel_too_low_for_curves_offers_no_box_for_them(qtbot: QtBot, stage: Stage) -> None:
    board = Board(qtbot, stage)
    board.look(stage, scales(0.5, 0.25))
    curves = board.box("scales.curves")
    assert curves.isEnabled() and board.plot.isVisible()
    board.panel.resize(560, 240)
    qtbot.waitUntil(lambda: not curves.isEnabled())
    assert not board.plot.isVisible() and "higher panel" in curves.toolTip()
    board.panel.resize(560, 760)
    qtbot.waitUntil(curves.isEnabled)
    assert board.plot.isVisible()


def test_the_pointer_reads_the_nearest_look(qtbot: QtBot, stage: Stage) -> None:
    board = Board(qtbot, stage)
    board.look(stage, scales(3.0, math.nan), steps=5)
    said: list[str] = []
    board.levels.hovered.connect(said.append)
    board.levels._hover(100.0, 0.0)
    assert said == ["after 5 steps: 4 px 3.00, 8 px –"]


def test_a_view_of_something_else_is_left_alone(qtbot: QtBot, stage: Stage) -> None:
    board = Board(qtbot, stage)
    other: Any = board.levels.take(scales(0.5), 1)
    assert other and tuple(board.panel._bodies) == ScalesPanel.views  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("size", [(420, 300), (1000, 700), (60, 40), (300, 900)])
@pytest.mark.parametrize("view", [scales(math.nan), scales(0.5, 0.25), scales(*[1.0] * 6, n=1)])
def test_every_size_and_palette_can_be_painted(
    qtbot: QtBot, stage: Stage, theme: str, size: tuple[int, int], view: Scales
) -> None:
    board = Board(qtbot, stage)
    board.panel.apply_theme(THEMES[theme])
    board.panel.resize(*size)
    with qtbot.waitSignal(board.panel.painted):
        board.look(stage, view)
    assert board.panel.grab().toImage().pixelColor(QPoint(1, 1)).isValid()
