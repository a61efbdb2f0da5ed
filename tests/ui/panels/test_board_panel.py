"""Board: what is painted and dragged, by pointer and by keys, and what the engine is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import Stage, progress

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.ui.main.snapshot_scheduler import Asks, Sketches
from ganstudio.ui.panels.board import BoardPanel
from ganstudio.ui.widgets.board_canvas import BoardCanvas
from ganstudio.ui.widgets.image_grid import ImageGrid
from ganstudio.views.board import Board

IMAGE = Array.of(np.full((1, 32, 32, 3), 77, np.uint8))
CLASSES = ["sky", "water", "grass"]
COLOURS = [(0, 0, 255), (0, 255, 255), (0, 255, 0)]


def of_map(number: int = 0) -> Board:
    return Board(number=number, latent=0, latents=64, image=IMAGE, labels=Array.of(np.zeros((32, 32), np.float32)),
                 classes=CLASSES, colours=COLOURS)


def of_words(number: int = 0) -> Board:
    return Board(number=number, latent=3, latents=64, image=IMAGE, box=[0.25, 0.25, 0.75, 0.75], words=[0, 1],
                 values={"glasses": ["no glasses", "glasses"], "smile": ["not smiling", "smiling"]})


def of_points(number: int = 0) -> Board:
    return Board(number=number, latent=0, latents=64, image=IMAGE, box=[0.25, 0.25, 0.75, 0.75], words=[0],
                 values={"glasses": ["no glasses", "glasses"]}, points=[(0.25, 0.5), (0.75, 0.5), (0.5, 0.9)],
                 point_names=["left eye", "right eye", "chin"])


class OnBoard(Shown):
    """The panel with a sketch of the data."""

    def __init__(self, qtbot: QtBot, view: Board) -> None:
        self.stage = Stage()
        super().__init__(qtbot, self.stage, BoardPanel, Spec(variant="dcgan", data="digits"))
        assert isinstance(self.panel, BoardPanel)
        self.board = self.panel
        self.asked = 0
        self.board.asks.connect(self._count)
        self.show(self.stage, ("board", view))
        found = self.panel.findChild(BoardCanvas)
        assert isinstance(found, BoardCanvas)
        self.canvas = found

    def _count(self) -> None:
        self.asked += 1

    def choose(self, name: str) -> None:
        classes = self.panel.findChild(QComboBox, "board.class")
        assert isinstance(classes, QComboBox)
        classes.setCurrentText(name)

    def press(self, name: str) -> None:
        button = self.panel.findChild(QPushButton, f"board.{name}")
        assert isinstance(button, QPushButton)
        button.click()

    def labels(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        sketch = self.board.sketch()
        assert sketch is not None and sketch.map is not None
        return sketch.map.numpy()

    def at(self, column: float, row: float) -> QPoint:
        place = self.canvas.place()
        return QPoint(round(place.left() + column * place.width()), round(place.top() + row * place.height()))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        QTest.mousePress(self.canvas, Qt.MouseButton.LeftButton, pos=self.at(*start))
        QTest.mouseMove(self.canvas, self.at(*end))
        QTest.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, pos=self.at(*end))


@pytest.fixture
def maps(qtbot: QtBot) -> OnBoard:
    return OnBoard(qtbot, of_map())


@pytest.fixture
def boxed(qtbot: QtBot) -> OnBoard:
    return OnBoard(qtbot, of_words())


@pytest.fixture
def pointed(qtbot: QtBot) -> OnBoard:
    return OnBoard(qtbot, of_points())


def test_nothing_is_asked_for_before_the_first_stroke(maps: OnBoard) -> None:
    assert isinstance(maps.board, Sketches) and isinstance(maps.board, Asks)
    assert maps.board.sketch() is None and maps.asked == 0
    QTest.mouseClick(maps.canvas, Qt.MouseButton.LeftButton, pos=maps.at(0.5, 0.5))
    assert maps.board.sketch() is not None and maps.asked == 1


@pytest.mark.parametrize("playing", [True, False])
def test_a_pointer_that_comes_near_a_playing_run_asks_so_that_it_holds(maps: OnBoard, playing: bool) -> None:
    maps.panel.run.progress = progress(1, 5, playing=playing)
    for column in (0.2, 0.4, 0.6):
        QTest.mouseMove(maps.canvas, maps.at(column, 0.5))
    assert maps.asked == (1 if playing else 0), "and not with every move"
    sketch = maps.board.sketch()
    assert (sketch is not None and sketch.map == Array.of(np.zeros((32, 32), np.uint8))) == playing


def test_a_click_paints_a_disc_of_the_class_and_the_brush(maps: OnBoard) -> None:
    maps.choose("grass")
    QTest.mouseClick(maps.canvas, Qt.MouseButton.LeftButton, pos=maps.at(0.5, 0.25))
    painted = np.argwhere(maps.labels() == 2)
    assert len(painted) == pytest.approx(np.pi * 4, abs=4)
    assert np.abs(painted.mean(0) - (7.5, 15.5)).max() < 1
    size = maps.panel.findChild(QSpinBox, "board.size")
    assert isinstance(size, QSpinBox)
    size.setValue(1)
    maps.choose("water")
    QTest.mouseClick(maps.canvas, Qt.MouseButton.LeftButton, pos=maps.at(0.9, 0.9))
    assert (maps.labels() == 1).sum() == 1


def test_a_stroke_has_no_gaps_and_is_undone_whole(maps: OnBoard) -> None:
    maps.choose("water")
    maps.canvas._remember()
    maps.canvas.paint_line((0.1, 0.5), (0.9, 0.5))
    assert (maps.labels()[16, 4:28] == 1).all()
    maps.press("fill")
    assert (maps.labels() == 1).all()
    maps.press("undo")
    assert 0 < (maps.labels() == 1).sum() < 32 * 32
    QTest.keyClick(maps.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (maps.labels() == 0).all()
    undo = maps.panel.findChild(QPushButton, "board.undo")
    assert isinstance(undo, QPushButton) and not undo.isEnabled()


def test_a_map_is_painted_by_keys(maps: OnBoard) -> None:
    QTest.keyClick(maps.canvas, Qt.Key.Key_3)
    for _ in range(3):
        QTest.keyClick(maps.canvas, Qt.Key.Key_Left)
    QTest.keyClick(maps.canvas, Qt.Key.Key_Space)
    painted = np.argwhere(maps.labels() == 2)
    assert len(painted) > 4 and painted[:, 1].max() < 16


def test_clear_begins_again_with_the_sketch_of_the_data(maps: OnBoard) -> None:
    maps.choose("grass")
    maps.press("fill")
    maps.press("clear")
    assert (maps.labels() == 0).all()


def test_a_box_is_moved_and_resized_within_the_image(boxed: OnBoard) -> None:
    boxed.canvas.move_box(0.1, -0.1)
    assert boxed.canvas.box == pytest.approx((0.35, 0.15, 0.85, 0.65))
    boxed.canvas.move_box(9.0, 9.0)
    assert boxed.canvas.box == pytest.approx((0.5, 0.5, 1.0, 1.0))
    boxed.canvas.move_box(0.9, 0.1, (0, 1))
    assert boxed.canvas.box == pytest.approx((0.9, 0.6, 1.0, 1.0))  # never narrower than a tenth
    QTest.keyClick(boxed.canvas, Qt.Key.Key_Left)
    assert boxed.canvas.box == pytest.approx((0.9 - 1 / 32, 0.6, 1 - 1 / 32, 1.0))
    QTest.keyClick(boxed.canvas, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert boxed.canvas.box == pytest.approx((0.9 - 1 / 32, 0.6, 1 - 1 / 32, 1 - 1 / 32))
    sketch = boxed.board.sketch()
    assert sketch is not None and sketch.box == boxed.canvas.box and sketch.map is None


def test_corners_are_found_and_what_is_within_moves_all(boxed: OnBoard) -> None:
    assert boxed.canvas._ends_at(boxed.at(0.25, 0.75).toPointF()) == (0, 3)
    assert boxed.canvas._ends_at(boxed.at(0.5, 0.5).toPointF()) == (-1, -1)


def test_a_key_point_is_dragged_alone_and_all_from_between_them(pointed: OnBoard) -> None:
    pointed.drag((0.5, 0.9), (0.6, 0.7))
    eyes = [(0.25, 0.5), (0.75, 0.5)]
    assert pointed.canvas.points[:2] == eyes
    assert pointed.canvas.points[2] == pytest.approx((0.6, 0.7), abs=0.02)
    sketch = pointed.board.sketch()
    assert sketch is not None and sketch.points == pointed.canvas.points and sketch.box is None
    chin = pointed.canvas.points[2]
    pointed.drag((0.5, 0.3), (0.6, 0.3))
    assert [column for column, _ in pointed.canvas.points[:2]] == pytest.approx([0.35, 0.85], abs=0.02)
    assert pointed.canvas.points[2][0] == pytest.approx(chin[0] + 0.1, abs=0.02)
    pointed.press("undo")
    pointed.press("undo")
    assert pointed.canvas.points == [*eyes, (0.5, 0.9)] and not pointed.canvas.can_undo
    pointed.press("clear")
    assert pointed.canvas.points == [*eyes, (0.5, 0.9)]


def test_key_points_stay_in_the_image(pointed: OnBoard) -> None:
    pointed.canvas.move_points(9.0, 9.0)
    assert pointed.canvas.points == [pytest.approx(place) for place in ((0.5, 0.6), (1.0, 0.6), (0.75, 1.0))]
    pointed.canvas.move_points(-9.0, 0.0, 1)
    assert pointed.canvas.points[1] == pytest.approx((0.0, 0.6))


def test_digits_choose_the_key_point_that_arrows_move(pointed: OnBoard) -> None:
    QTest.keyClick(pointed.canvas, Qt.Key.Key_3)
    QTest.keyClick(pointed.canvas, Qt.Key.Key_Up)
    assert pointed.canvas.points == [(0.25, 0.5), (0.75, 0.5), pytest.approx((0.5, 0.9 - 1 / 32))]
    QTest.keyClick(pointed.canvas, Qt.Key.Key_0)
    QTest.keyClick(pointed.canvas, Qt.Key.Key_Left)
    assert pointed.canvas.points[0] == pytest.approx((0.25 - 1 / 32, 0.5))
    QTest.keyClick(pointed.canvas, Qt.Key.Key_4)  # there are three
    QTest.keyClick(pointed.canvas, Qt.Key.Key_Left)
    assert pointed.canvas.points[1] == pytest.approx((0.75 - 2 / 32, 0.5))


def test_of_points_on_one_spot_the_chosen_one_is_dragged(pointed: OnBoard) -> None:
    pointed.drag((0.25, 0.5), (0.75, 0.5))
    QTest.keyClick(pointed.canvas, Qt.Key.Key_2)
    pointed.drag((0.75, 0.5), (0.75, 0.8))
    assert pointed.canvas.points == [pytest.approx((0.75, 0.5), abs=0.01), pytest.approx((0.75, 0.8), abs=0.02),
                                     (0.5, 0.9)]


def test_the_name_of_the_point_under_the_pointer_is_said(pointed: OnBoard) -> None:
    names: list[str] = []
    pointed.canvas.pointed.connect(names.append)
    QTest.mouseMove(pointed.canvas, pointed.at(0.75, 0.5))
    QTest.mouseMove(pointed.canvas, pointed.at(0.5, 0.5))
    assert names == ["right eye", ""]


@pytest.mark.parametrize("view", [of_words(), of_points()])
def test_what_is_dragged_stands_on_the_image_that_answers_it(qtbot: QtBot, view: Board) -> None:
    shown = OnBoard(qtbot, view)
    corner = shown.at(0.05, 0.05)
    with_image = shown.canvas.grab().toImage().pixelColor(corner)
    shown.canvas.show_answer(None)
    assert shown.canvas.grab().toImage().pixelColor(corner) != with_image


def test_a_click_that_moves_nothing_is_nothing_to_undo(boxed: OnBoard) -> None:
    QTest.mouseClick(boxed.canvas, Qt.MouseButton.LeftButton, pos=boxed.at(0.5, 0.5))
    assert not boxed.canvas.can_undo and boxed.asked == 0


def test_words_are_asked_for_and_the_latent_stays(boxed: OnBoard) -> None:
    words = boxed.panel.findChild(QComboBox, "board.glasses")
    assert isinstance(words, QComboBox) and words.currentText() == "no glasses"
    words.setCurrentIndex(1)
    words.activated.emit(1)
    sketch = boxed.board.sketch()
    assert sketch is not None and sketch.words == [1, 1] and sketch.latent == 3


def test_an_answer_to_an_older_sketch_asks_again(maps: OnBoard) -> None:
    maps.press("fill")
    maps.choose("grass")
    maps.press("fill")
    before = maps.asked
    maps.show(maps.stage, ("board", of_map(1)))
    assert maps.asked == before + 1 and maps.board.answered == 1
    maps.show(maps.stage, ("board", of_map(2)))
    assert maps.asked == before + 1


def test_a_moment_of_the_past_is_not_drawn_on(maps: OnBoard) -> None:
    maps.board.show_past(100, None)
    assert not maps.canvas.isEnabled() and "Ctrl+E" in maps.words
    maps.board.show_past(None, None)
    assert maps.canvas.isEnabled()


@pytest.mark.parametrize("after", [of_map(), of_words(), of_points()], ids=["map", "box", "points"])
@pytest.mark.parametrize("before", [of_map(), of_words(), of_points()], ids=["map", "box", "points"])
def test_a_stroke_does_not_go_on_in_the_next_run(qtbot: QtBot, before: Board, after: Board) -> None:
    board = OnBoard(qtbot, before)
    QTest.mousePress(board.canvas, Qt.MouseButton.LeftButton, pos=board.at(0.4, 0.4))
    board.run = board.stage.begin(Spec(variant="dcgan", data="digits"))
    board.show(board.stage, ("board", after))
    canvas = board.canvas
    known, asked = (canvas.labels.copy(), canvas.box, list(canvas.points)), board.asked
    move = QMouseEvent(QEvent.Type.MouseMove, board.at(0.7, 0.7).toPointF(), canvas.mapToGlobal(board.at(0.7, 0.7)),
                       Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas, move)
    assert np.array_equal(canvas.labels, known[0]) and (canvas.box, canvas.points) == known[1:]
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=board.at(0.7, 0.7))
    assert board.asked == asked and not canvas.can_undo


@pytest.mark.parametrize("size", [(320, 400), (321, 400), (433, 380), (900, 501)])
def test_the_sketch_lies_as_its_image_does(maps: OnBoard, size: tuple[int, int]) -> None:
    maps.panel.resize(*size)
    QTest.qWait(1)
    made = maps.panel.findChild(ImageGrid)
    assert isinstance(made, ImageGrid)
    place, image = maps.canvas.place().toRect(), made.cells().place(0)
    assert place.size() == image.size() and place.top() == image.top()
    assert maps.canvas.rect().contains(place)


def test_tab_goes_through_the_words_before_the_sketch(boxed: OnBoard) -> None:
    reached: list[str] = []
    at: QWidget | None = boxed.panel.findChild(QPushButton, "board.clear")
    while at is not None and at is not boxed.canvas:
        at = at.nextInFocusChain()
        if isinstance(at, QComboBox | BoardCanvas):
            reached.append(at.objectName())
    assert reached == ["board.glasses", "board.smile", "board.canvas"]
