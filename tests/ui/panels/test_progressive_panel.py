"""The pyramid on screen: where a run stands in its schedule, what is said of it, and how its images find room."""

from __future__ import annotations

import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QProgressBar, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.protocol.messages import Grow
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array, Pyramid
from ganstudio.ui.panels.parts.progressive_text import place, words
from ganstudio.ui.panels.parts.pyramid_rows import GAP, Rows, fitted
from ganstudio.ui.panels.progressive import ProgressivePanel
from ganstudio.ui.theme import THEMES

PROGAN = Spec(variant="progan", data="digits")


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def pyramid(
    level: int, alpha: float = 1.0, *, levels: int = 4, shown: int = 500, lasts: int = 1000, channels: int = 3
) -> Pyramid:
    """Generated images are red or dark grey, real ones white."""
    def images(value: int, side: int) -> Array:
        made = np.zeros((6, side, side, channels), np.uint8)
        made[..., 0] = value
        return Array.of(made)

    return Pyramid(
        fake=[images(200, 4 << k) for k in range(level + 1)], real=[images(90, 4 << k) for k in range(level + 1)],
        level=level, alpha=alpha, levels=levels, shown=shown, lasts=lasts, averaged=True,
    )


NOTHING = Pyramid(fake=[], real=[], level=0, alpha=1.0, levels=0, shown=0, lasts=0, averaged=False)


class Board(Shown):
    def __init__(self, qtbot: QtBot, stage: Stage) -> None:
        super().__init__(qtbot, stage, ProgressivePanel, PROGAN)

    def look(self, stage: Stage, view: Pyramid) -> None:
        self.show(stage, ("pyramid", view))

    def part(self, kind: type[QWidget], name: str) -> QWidget:
        found = self.panel.findChild(kind, name)
        assert isinstance(found, QWidget)
        return found

    @property
    def grow(self) -> QPushButton:
        found = self.part(QPushButton, "progressive.grow")
        assert isinstance(found, QPushButton)
        return found


@pytest.mark.parametrize(("view", "said"), [
    (pyramid(0), "Training at 4 px. 500 of 1,000 images shown; then 8 px fades in."),
    (pyramid(2, 0.37, shown=370), "16 px layers are fading in and make 37% of each image. 370 of 1,000"),
    (pyramid(2, 0.0), "16 px layers are fading in and make 0%"),
    (pyramid(2), "Training at 16 px"),
    (pyramid(3, shown=12000, lasts=0), "Fully grown: all layers up to 32 px are in use and train on. 12,000 images"),
    (NOTHING, "Nothing grows here"),
])
def test_what_is_to_be_seen_is_said(view: Pyramid, said: str) -> None:
    assert said in words(view)
    assert len(words(view)) <= 125, "two lines of a small dock"


def test_a_run_goes_through_its_phases_in_their_order() -> None:
    """4 px, fade 8, 8 px, fade 16, 16 px."""
    way = [pyramid(0, shown=0), pyramid(0, shown=900), pyramid(1, 0.0), pyramid(1, 0.5), pyramid(1, shown=100),
           pyramid(2, 0.25), pyramid(2, shown=700)]
    assert [place(view) for view in way] == pytest.approx([0, 0.9, 1.0, 1.5, 2.1, 3.25, 4.7])
    assert 6 < place(pyramid(3, shown=10**6, lasts=0)) < 7, "the last of seven phases has no end"


@pytest.mark.parametrize("size", [(180, 150), (180, 400), (480, 150), (480, 560), (90, 60)])
@pytest.mark.parametrize("level", range(8))
def test_all_that_is_shown_has_room(size: tuple[int, int], level: int) -> None:
    half, height = size
    shape = fitted(half, height, level, 6, 16, 4 << level)
    assert 1 <= shape.beside <= 6
    assert shape.beside * (shape.current + GAP) - GAP <= half
    assert shape.current + shape.rows * (shape.earlier + GAP) <= height
    assert 0 <= shape.rows <= level
    assert shape.earlier <= shape.current
    if shape.current >= 8 << level:
        assert shape.current % (4 << level) == 0, "enlarged by a whole number"


def test_where_there_is_room_all_levels_are_shown() -> None:
    assert fitted(480, 560, 6, 6, 16, 256).rows == 6
    assert fitted(300, 60, 6, 6, 16, 256).rows < 6


def test_growing_is_asked_for_until_nothing_is_left_to_grow(qtbot: QtBot, stage: Stage) -> None:
    board = Board(qtbot, stage)
    assert not board.grow.isEnabled()
    for view, tip in ((pyramid(1), "Starts to fade in the 16 px layers"), (pyramid(3, 0.5), "Ends the fade")):
        board.look(stage, view)
        assert tip in board.grow.toolTip()
        board.grow.click()
    assert stage.link.told(Grow) == [Grow(run=board.run)] * 2
    board.look(stage, pyramid(3, lasts=0))
    assert not board.grow.isEnabled()
    assert "Nothing is left to grow" in board.grow.toolTip()


def test_the_fade_bar_shows_alpha(qtbot: QtBot, stage: Stage) -> None:
    board = Board(qtbot, stage)
    bar = board.part(QProgressBar, "progressive.fade")
    assert isinstance(bar, QProgressBar)
    for alpha in (0.0, 0.37, 1.0):
        board.look(stage, pyramid(2, alpha))
        assert bar.value() / bar.maximum() == pytest.approx(alpha, abs=1e-3)
        assert bar.text() == f"{alpha:.2f}"


def test_where_nothing_grows_there_is_nothing_to_press(qtbot: QtBot, stage: Stage) -> None:
    """A game of phases in each of which whole images are made."""
    board = Board(qtbot, stage)
    board.look(stage, NOTHING)
    assert not board.grow.isVisible()
    board.look(stage, pyramid(0))
    assert board.grow.isVisible()


def red(board: Board, at: QPoint) -> int:
    return board.part(Rows, "progressive.pyramid").grab().toImage().pixelColor(at).red()


@pytest.mark.parametrize("channels", [1, 3])
def test_generated_images_stand_on_the_left_and_real_ones_on_the_right(
    qtbot: QtBot, stage: Stage, channels: int
) -> None:
    board = Board(qtbot, stage)
    board.look(stage, pyramid(2, channels=channels))
    rows = board.part(Rows, "progressive.pyramid")
    assert isinstance(rows, Rows)
    rows.grab()
    tiles = rows._tiles
    names = [name for _, name in tiles]
    for side in (4, 8, 16):
        assert f"generated from latent 1 at {side} px" in names
        assert f"real image 1 at {side} px" in names
    for box, name in tiles:
        assert rows.rect().contains(box), name
        assert red(board, box.center()) == (200 if "generated" in name else 90)
    texts: list[str] = []
    rows.on_hover = texts.append
    no = Qt.MouseButton.NoButton
    at = QPointF(tiles[0][0].center())
    QApplication.sendEvent(rows, QMouseEvent(
        QEvent.Type.MouseMove, at, rows.mapToGlobal(at), no, no, Qt.KeyboardModifier.NoModifier))
    assert texts == [names[0]]


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("size", [(420, 300), (1000, 700), (60, 40)])
@pytest.mark.parametrize("view", [NOTHING, pyramid(0), pyramid(7, 0.5, levels=9), pyramid(3, lasts=0)])
def test_every_size_and_palette_can_be_painted(
    qtbot: QtBot, stage: Stage, theme: str, size: tuple[int, int], view: Pyramid
) -> None:
    board = Board(qtbot, stage)
    board.panel.apply_theme(THEMES[theme])
    board.panel.resize(*size)
    with qtbot.waitSignal(board.panel.painted):
        board.look(stage, view)
    board.panel.grab()
