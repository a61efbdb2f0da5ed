"""The Scales panel of a generator of one image: its pyramid, what is said of it, and the samples that are asked for."""

from __future__ import annotations

import itertools
from typing import TypeVar

import msgspec
import numpy as np
import pytest
from painted_text import painted
from panel_kit import Shown
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QDoubleSpinBox, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import Stage, started

from ganstudio.core.protocol.asks import Variation
from ganstudio.core.protocol.messages import Grow
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.ui.panels.parts.scale_pyramid import NAMES, ScalePyramid
from ganstudio.ui.panels.scales import ScalesPanel
from ganstudio.ui.theme import THEMES
from ganstudio.ui.widgets.elided_label import ElidedLabel
from ganstudio.ui.widgets.image_grid import ImageGrid
from ganstudio.views.one_image import Reconstructions, Variations

W = TypeVar("W", bound=QWidget)
SINGAN = Spec(variant="singan", data="one-image")
SIZES = ((12, 16), (16, 21), (21, 28), (27, 36), (36, 48))


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def image(size: tuple[int, int], value: int, n: int = 1) -> Array:
    return Array.of(np.full((n, *size, 3), value, np.uint8))


def pyramid(scales: int, *, lasts: int = 120) -> Reconstructions:
    return Reconstructions(
        real=[image(size, 90) for size in SIZES[:scales]], made=[image(size, 200) for size in SIZES[:scales]],
        rmse=[0.3 / (at + 1) for at in range(scales)], enlarged=[float("nan"), *([0.25] * (scales - 1))],
        sigma=[1.0, *([0.02] * (scales - 1))], scales=5, shown=40, lasts=lasts)


def samples(**asked: float) -> Variations:
    known = {"start": 0, "wide": 1.0, "high": 1.0, "strength": 1.0, "draw": 0, **asked}
    size = (round(36 * known["high"]), round(48 * known["wide"]))
    return msgspec.convert({**known, "images": image(size, 150, 6), "diversity": 0.12,
                            "patch_sw1": 0.03, "floor": 0.011, "ceiling": 0.048}, Variations)


class Board(Shown):
    def __init__(self, qtbot: QtBot, stage: Stage) -> None:
        super().__init__(qtbot, stage, ScalesPanel, SINGAN)
        self.panel.resize(760, 640)
        self.panel.begin(msgspec.structs.replace(started(self.run, SINGAN), has=["one image", "scales", "latent"]))

    def part(self, kind: type[W], name: str) -> W:
        found = self.panel.findChild(kind, name)
        assert isinstance(found, kind)
        return found

    def asked(self) -> Variation:
        assert isinstance(self.panel, ScalesPanel)
        found = self.panel.ask()
        assert found is not None
        return found


@pytest.fixture
def board(qtbot: QtBot, stage: Stage) -> Board:
    return Board(qtbot, stage)


def test_a_run_of_levels_is_asked_for_no_samples_of_one_image(board: Board, stage: Stage) -> None:
    assert board.asked() == Variation()
    assert isinstance(board.panel, ScalesPanel)
    board.panel.begin(msgspec.structs.replace(started(2, Spec(variant="msg-gan")), has=["levels", "scales"]))
    assert board.panel.ask() is None


def test_the_pyramid_says_how_far_each_scale_has_come(board: Board, stage: Stage) -> None:
    board.show(stage, ("reconstructions", pyramid(1)))
    assert board.words == "Scale 0 of 0 to 4, 40 of 120 steps: error 0.300."
    board.show(stage, ("reconstructions", pyramid(3)))
    assert board.words == "Scale 2 of 0 to 4, 40 of 120 steps: error 0.100 (0.250 when it began)."
    board.show(stage, ("reconstructions", pyramid(5, lasts=0)))
    assert board.words.startswith("Scale 4, the finest: error 0.060")
    shown = board.part(ScalePyramid, "scales.pyramid")
    assert "48×36, error 0.060, from 0.250" in shown.accessibleDescription()


def test_the_samples_say_how_much_they_differ_and_how_near_their_patches_are(board: Board, stage: Stage) -> None:
    board.show(stage, ("reconstructions", pyramid(5)), ("variations", samples()))
    assert board.words.endswith("Diversity with noise from scale 0 on: 0.120.")
    said = board.part(ElidedLabel, "scales.patches")
    assert said.text() == "Patch distance 0.030 (mirrored image 0.011, blurred 0.048)."
    board.show(stage, ("variations", msgspec.structs.replace(samples(), patch_sw1=None)))
    assert said.text() == ""
    assert board.part(ImageGrid, "scales.samples").images.shape == (6, 36, 48, 3)


def test_each_control_asks_for_other_samples(board: Board, stage: Stage, qtbot: QtBot) -> None:
    board.show(stage, ("reconstructions", pyramid(3)))
    start = board.part(QSpinBox, "scales.start")
    assert (start.minimum(), start.maximum()) == (0, 2)
    assert isinstance(board.panel, ScalesPanel)
    with qtbot.waitSignal(board.panel.asks):
        start.setValue(1)
    for name, value in (("wide", 2.0), ("high", 0.5), ("noise", 0.25)):
        with qtbot.waitSignal(board.panel.asks):
            board.part(QDoubleSpinBox, f"scales.{name}").setValue(value)
    with qtbot.waitSignal(board.panel.asks):
        board.part(QPushButton, "scales.again").click()
    assert board.asked() == Variation(start=1, wide=2.0, high=0.5, noise=0.25, draw=1)
    board.asked().check()
    board.show(stage, ("variations", samples(start=1, wide=2.0, high=0.5)))
    assert board.part(ImageGrid, "scales.samples").images.shape[1:3] == (18, 96)


def test_the_next_scale_can_be_begun_until_the_last_one(board: Board, stage: Stage) -> None:
    button = board.part(QPushButton, "scales.next")
    assert not button.isEnabled()
    board.show(stage, ("reconstructions", pyramid(2)))
    button.click()
    assert stage.link.told(Grow)
    board.show(stage, ("reconstructions", pyramid(5)))
    assert not button.isEnabled()


def test_the_past_has_no_samples_and_a_film_no_controls(board: Board, stage: Stage) -> None:
    board.show(stage, ("reconstructions", pyramid(3)), ("variations", samples()))
    board.panel.show_past(20, None)
    assert not board.part(QSpinBox, "scales.start").isEnabled()
    assert len(board.part(ImageGrid, "scales.samples").images) == 0
    board.show(stage, ("reconstructions", pyramid(2)))
    assert board.words.startswith("Scale 1 of 0 to 4") and "Diversity" not in board.words
    board.panel.show_past(None, None)
    assert board.part(QSpinBox, "scales.start").isEnabled()
    board.panel.hide_controls()
    assert not board.part(QSpinBox, "scales.start").isVisibleTo(board.panel)


@pytest.mark.parametrize("size", [(760, 640), (300, 240)])
@pytest.mark.parametrize("theme", THEMES)
def test_it_is_painted_at_any_size_and_says_what_is_under_the_pointer(
    board: Board, stage: Stage, qtbot: QtBot, theme: str, size: tuple[int, int],
) -> None:
    board.panel.resize(*size)
    board.panel.apply_theme(THEMES[theme])
    with qtbot.waitSignal(board.panel.painted):
        board.show(stage, ("reconstructions", pyramid(5)), ("variations", samples()))
    shown = board.part(ScalePyramid, "scales.pyramid")
    shown.grab()
    tile, name = shown._tiles[-1]
    assert name.startswith("Reconstruction at scale 4") and shown.rect().contains(tile)
    said: list[str] = []
    shown.on_hover = said.append
    at = QPointF(tile.center())
    shown.mouseMoveEvent(QMouseEvent(QEvent.Type.MouseMove, at, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton,
                                     Qt.KeyboardModifier.NoModifier))
    assert said == [name]
    assert board.part(QPushButton, "scales.again").focusPolicy() != Qt.FocusPolicy.NoFocus


@pytest.mark.parametrize("text", [100, 200])
@pytest.mark.parametrize("wide", range(250, 1400, 90))
def test_the_captions_of_the_pyramid_keep_apart_and_as_much_of_them_is_written_as_fits(
    qtbot: QtBot, wide: int, text: int,
) -> None:
    shown = ScalePyramid()
    qtbot.addWidget(shown)
    font = shown.font()
    font.setPointSizeF(font.pointSizeF() * text / 100)
    shown.setFont(font)
    shown.apply_theme(THEMES["light"])
    shown.resize(wide, 110)
    shown.take(pyramid(5))
    written = sorted((found for found in painted(shown) if found.text not in NAMES),
                     key=lambda found: (round(found.box.top()), found.box.left()))
    assert written or (wide, text) == (250, 200), "numbers of 200% have no room in 50 px"
    for one, other in itertools.pairwise(written):
        assert abs(one.box.top() - other.box.top()) > 1 or one.box.right() < other.box.left()
    if wide >= 300 and text == 100:
        assert "48×36" in {found.text for found in written}, "small images leave the sizes their room"
