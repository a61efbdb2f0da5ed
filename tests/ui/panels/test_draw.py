"""Draw your own: what a hand paints becomes the data of the run, is kept, and is exported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QColor, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSlider,
    QSpinBox,
    QToolTip,
    QWidget,
)
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.drawing import SIDE, Drawing, Drawings, Kind, sample
from ganstudio.core.protocol.messages import Refused, Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.datasets.points import Points, PointsControls
from ganstudio.files.point_file import read_points
from ganstudio.ui.panels.draw import DrawPanel
from ganstudio.ui.theme import DARK, THEMES
from ganstudio.ui.widgets.drawing_canvas import Canvas

W = TypeVar("W", bound=QWidget)
Way = list[tuple[float, float]]
LINE = Spec(variant="ns-gan", data="mixture")


class Hand:
    """A panel on screen, and a hand that draws on it."""

    def __init__(self, qtbot: QtBot, stage: Stage, spec: Spec | None = None, *, at_once: bool = False) -> None:
        self.stage = stage
        self.panel = DrawPanel(stage.run, stage.commands)
        stage.kept.append(self.panel)
        qtbot.addWidget(self.panel)
        self.panel.apply_theme(DARK)
        self.panel.resize(700, 480)
        self.panel.show()
        stage.run.began.connect(self.panel.begin)
        stage.begin(spec)
        self.find(QCheckBox, "at-once").setChecked(at_once)

    def find(self, kind: type[W], name: str) -> W:
        found = self.panel.findChild(kind, f"draw.{name}")
        assert isinstance(found, kind)
        return found

    @property
    def canvas(self) -> Canvas:
        return self.find(Canvas, "canvas")

    def pixel(self, x: float, y: float) -> QPoint:
        return self.canvas.position_of(x, y).toPoint()

    def drag(self, way: Way, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        """One stroke of the mouse through points of the drawing."""
        QTest.mousePress(self.canvas, button, pos=self.pixel(*way[0]))
        for at in way[1:]:
            QTest.mouseMove(self.canvas, self.pixel(*at))
        QTest.mouseRelease(self.canvas, button, pos=self.pixel(*way[-1]))

    def click(self, name: str) -> None:
        QTest.mouseClick(self.find(QAbstractButton, name), Qt.MouseButton.LeftButton)

    def keep(self, name: str) -> None:
        self.find(QLineEdit, "name").setText(name)
        self.click("keep")

    def choose(self, box: str, text: str) -> None:
        found = self.find(QComboBox, box)
        index = found.findText(text)
        assert index >= 0, text
        found.setCurrentIndex(index)
        found.activated.emit(index)

    def density(self, x: float, y: float = 0.0) -> float:
        values = self.panel.paper.density
        if values.ndim == 1:
            return float(values[int((x + 3) / 6 * len(values))])
        return float(values[int((y + 2) / 4 * SIDE), int((x + 2) / 4 * SIDE)])

    @property
    def kind(self) -> Kind:
        return self.panel.paper.kind

    @property
    def words(self) -> str:
        return next(label for label in self.panel.findChildren(QLabel) if label.property("headline")).text()

    @property
    def starts(self) -> list[Spec]:
        return [command.spec for command in self.stage.link.told(Start)]

    @property
    def points(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """What an engine reads of the data asked for last."""
        assert self.starts[-1].data == "points"
        return read_points(str(self.starts[-1].data_controls["file"]))


@pytest.fixture
def stage(qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    yield Stage()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "drawings"


# Drawing -----------------------------------------------------------------------------------------------------------


def test_an_empty_canvas_says_what_to_do(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage)
    assert "centred and scaled to a spread of 1" in hand.words
    assert not any(hand.find(QAbstractButton, name).isEnabled() for name in ("use", "keep", "export", "undo", "clear"))
    hand.panel.use()
    assert "empty" in hand.words
    assert len(hand.starts) == 1


def test_the_mouse_paints_on_the_plane_and_the_points_become_the_data(
    qtbot: QtBot, stage: Stage, folder: Path,
) -> None:
    hand = Hand(qtbot, stage)
    hand.drag([(-1.2, 1.0)])
    hand.drag([(0.5, -1.0), (1.5, -1.0)])
    assert hand.density(-1.2, 1.0) == pytest.approx(0.5, abs=0.03)
    assert hand.density(1.0, -1.0) == pytest.approx(0.5, abs=0.03)
    assert hand.density(0, 0) == 0
    hand.click("use")
    assert Path(str(hand.starts[-1].data_controls["file"])).parent == folder
    points = hand.points
    assert points.shape == (4000, 2)
    above, below = points[points[:, 1] > 0], points[points[:, 1] < 0]
    np.testing.assert_allclose(above.mean(axis=0), [-1.2, 1.0], atol=0.03)
    np.testing.assert_allclose(below.mean(axis=0), [1.0, -1.0], atol=0.03)
    stage.stand()
    assert "In use: 4,000 points" in hand.words
    assert "The other panels have the same units" in hand.words
    units = Points(PointsControls(file=str(hand.starts[-1].data_controls["file"]))).user_units
    np.testing.assert_allclose(units.center, points.mean(axis=0), atol=1e-6)
    hand.drag([(0, 0)])
    assert "In use" not in hand.words


def test_the_mouse_draws_a_curve_on_the_line(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage, LINE)
    hand.drag([(-2, 0.8), (0, 0.8), (2, 0.0)])
    assert hand.density(-1) == pytest.approx(0.8, abs=0.01)
    assert hand.density(1) == pytest.approx(0.4, abs=0.01)
    assert not hand.find(QSlider, "strength").isEnabled()
    hand.click("use")
    points = hand.points
    assert points.shape == (4000, 1)
    # A rectangle of 1.6 and a triangle of 0.8, whose means are at -1 and 2/3.
    assert float(points.mean()) == pytest.approx((1.6 * -1 + 0.8 * 2 / 3) / 2.4, abs=0.05)


def test_a_finger_paints_too(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage)
    finger: QPointingDevice = QTest.createTouchDevice()
    at = [hand.pixel(-1, 0), hand.pixel(0, 0), hand.pixel(1, 0)]
    QTest.touchEvent(hand.canvas, finger).press(0, at[0], hand.canvas).commit()
    QTest.touchEvent(hand.canvas, finger).move(0, at[1], hand.canvas).commit()
    QTest.touchEvent(hand.canvas, finger).release(0, at[2], hand.canvas).commit()
    assert not hand.panel.paper.drawing
    assert min(hand.density(x) for x in (-1, -0.5, 0, 0.5, 1)) > 0.45
    hand.click("undo")
    assert hand.panel.paper.empty


def test_the_keys_paint_where_the_arrows_have_gone(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage)
    for _ in range(10):
        QTest.keyClick(hand.canvas, Qt.Key.Key_Right)
    QTest.keyClick(hand.canvas, Qt.Key.Key_Return)
    assert hand.density(1.0, 0.0) == pytest.approx(0.5, abs=0.01)
    QTest.keyClick(hand.canvas, Qt.Key.Key_Backspace)
    assert hand.density(1.0, 0.0) == 0


def test_eraser_and_right_button_take_away(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage)
    hand.drag([(-1.5, 0), (1.5, 0)])
    hand.click("eraser")
    hand.drag([(-1, 0)])
    hand.click("brush")
    hand.drag([(1, 0)], Qt.MouseButton.RightButton)
    assert (hand.density(-1), hand.density(1)) == (0, 0)
    assert hand.density(0) > 0.4


def test_radius_and_strength_are_the_brushs(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage)
    hand.find(QSlider, "radius").setValue(16)
    hand.find(QSlider, "strength").setValue(20)
    hand.drag([(0, 0)])
    assert hand.density(0, 0) == pytest.approx(1.0, abs=0.01)
    assert hand.density(0.7, 0) > 0 == hand.density(0.85, 0)


def test_strokes_are_taken_back_with_keys_and_buttons(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage)
    hand.drag([(-1, 0)])
    hand.drag([(1, 0)])
    with qtbot.waitActive(hand.panel):
        hand.panel.activateWindow()
    hand.canvas.setFocus()
    QTest.keyClick(hand.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert hand.density(1) == 0 < hand.density(-1)
    hand.click("undo")
    assert hand.panel.paper.empty
    hand.click("redo")
    hand.click("redo")
    assert hand.density(1) > 0
    assert not hand.find(QAbstractButton, "redo").isEnabled()
    hand.click("clear")
    assert hand.panel.paper.empty
    hand.click("undo")
    assert hand.density(1) > 0


def test_plane_and_line_keep_their_own_drawings(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage)
    hand.drag([(0, 0)])
    hand.choose("mode", "Line: draw a curve")
    assert hand.panel.paper.empty
    hand.drag([(0, 0.5)])
    hand.choose("mode", "Plane: paint")
    assert hand.density(0, 0) == pytest.approx(0.5, abs=0.01)
    assert len(hand.starts) == 1


def test_the_mode_follows_the_run_but_not_out_of_a_drawing(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage, LINE)
    modes: list[Kind] = [hand.kind]
    stage.begin(Spec())
    modes.append(hand.kind)
    hand.choose("mode", "Line: draw a curve")
    stage.begin(Spec(seed=2))  # another run of the same kind
    modes.append(hand.kind)
    assert modes == ["line", "plane", "line"]
    stage.next_run.start(LINE)
    QTest.mousePress(hand.canvas, Qt.MouseButton.LeftButton, pos=hand.pixel(0, 0.5))
    stage.stand()
    assert hand.panel.paper.drawing


def test_the_value_under_the_pointer_is_told(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage)
    hand.drag([(0, 0)])
    QTest.mouseMove(hand.canvas, hand.pixel(0.0, 0.0))
    assert "100% of the highest density" in QToolTip.text()
    hand.choose("mode", "Line: draw a curve")
    hand.drag([(-1, 0.6), (1, 0.6)])
    QTest.mouseMove(hand.canvas, hand.pixel(0.5, 0.2))
    assert "density 0.60" in QToolTip.text()


# Using -------------------------------------------------------------------------------------------------------------


def test_a_stroke_is_used_at_once_when_the_hand_rests(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage, at_once=True)
    hand.drag([(-1, 0)])
    hand.drag([(1, 0)])
    assert len(hand.starts) == 1
    qtbot.waitUntil(lambda: len(hand.starts) == 2)
    assert (hand.points[:, 0] > 0).mean() == pytest.approx(0.5, abs=0.05)
    stage.stand()
    hand.find(QSpinBox, "points").setValue(500)
    qtbot.waitUntil(lambda: len(hand.starts) == 3)
    assert len(hand.points) == 500


def test_what_is_in_use_or_empty_is_not_used_again(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage, at_once=True)
    hand.drag([(0, 0)])
    hand.click("use")
    stage.stand()
    hand.drag([(1, 1)])
    hand.click("undo")
    hand.click("undo")
    timer = hand.panel.findChild(QTimer)
    assert isinstance(timer, QTimer)
    assert not timer.isActive()
    hand.drag([(1, 1)])
    assert timer.isActive()


def test_a_refused_drawing_is_offered_again(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage)
    hand.drag([(0, 0)])
    hand.click("use")
    stage.link.say(Refused(run=stage.link.told(Start)[-1].run, reason="no"))
    assert "In use" not in hand.words
    hand.click("use")
    stage.stand()
    assert "In use" in hand.words


def test_a_folder_that_cannot_be_written_is_told(qtbot: QtBot, stage: Stage, folder: Path) -> None:
    hand = Hand(qtbot, stage)
    hand.drag([(0, 0)])
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    hand.click("use")
    assert "cannot be written" in hand.words
    hand.keep("mine")
    assert "cannot be written" in hand.words
    assert len(hand.starts) == 1


# Keeping -----------------------------------------------------------------------------------------------------------


def test_a_kept_drawing_is_chosen_from_the_list_and_used(qtbot: QtBot, stage: Stage, folder: Path) -> None:
    hand = Hand(qtbot, stage)
    hand.drag([(-1, 1)])
    hand.keep("corner")
    assert "Kept as “corner”" in hand.words
    hand.choose("mode", "Line: draw a curve")
    hand.drag([(-1, 0.5), (1, 0.5)])
    hand.keep("box")
    other = Hand(qtbot, stage)  # another start of the studio
    assert [other.find(QComboBox, "kept").itemText(index) for index in range(2)] == ["box", "corner"]
    other.drag([(0, 0)])
    other.choose("kept", "corner")
    assert other.density(-1, 1) > 0 == other.density(0, 0)
    assert other.starts[-1].data_controls == {"file": str(folder / "corner.csv")}
    np.testing.assert_allclose(other.points.mean(axis=0), [-1, 1], atol=0.03)
    other.click("undo")
    assert other.density(0, 0) > 0
    other.choose("kept", "box")
    assert other.panel.paper.kind == "line"
    assert other.points.shape == (4000, 1)
    other.drag([(2, 0.9)])  # what is drawn on top of a kept drawing leaves it as it was kept
    other.click("use")
    assert other.starts[-1].data_controls == {"file": str(folder / "unkept.line.csv")}
    assert np.abs(read_points(folder / "box.csv")).max() < 1.1


def test_a_name_in_use_is_taken_only_when_asked_twice(qtbot: QtBot, stage: Stage, folder: Path) -> None:
    density = Drawing("line").density + 1
    Drawings(folder).keep("mine", density, sample("line", density, 500))
    hand = Hand(qtbot, stage)
    hand.drag([(0, 0)])
    hand.keep("mine")
    assert "Press Keep again" in hand.words
    assert Drawings(folder).load("mine")[0] == "line"
    hand.click("keep")
    assert Drawings(folder).load("mine")[0] == "plane"
    hand.drag([(1, 1)])
    hand.click("keep")  # its own name needs no asking
    assert "Kept as" in hand.words


@pytest.mark.parametrize("name", ["../../evil", "a.b", "", "nul", "C:\\x"])
def test_a_name_that_is_not_allowed_is_refused_with_a_sentence(
    qtbot: QtBot, stage: Stage, tmp_path: Path, name: str,
) -> None:
    hand = Hand(qtbot, stage)
    hand.drag([(0, 0)])
    hand.keep(name)
    assert "name" in hand.words
    assert not list(tmp_path.rglob("*.npy"))


def test_a_deleted_drawing_is_put_back(qtbot: QtBot, stage: Stage, folder: Path) -> None:
    hand = Hand(qtbot, stage)
    hand.drag([(0, 0)])
    hand.keep("mine")
    hand.click("use")
    stage.stand()
    hand.click("delete")
    assert "is the data of the run" in hand.words
    stage.begin(Spec())
    hand.click("delete")
    assert "was deleted" in hand.words
    assert Drawings(folder).names() == []
    hand.click("delete")
    assert Drawings(folder).names() == ["mine"]
    assert hand.find(QComboBox, "kept").currentText() == "mine"
    assert hand.find(QAbstractButton, "delete").text() == "Delete"


def test_a_file_that_is_no_drawing_is_told_and_can_be_deleted(qtbot: QtBot, stage: Stage, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "bad.npy").write_bytes(b"\x93NUMPY\x01\x00nonsense")
    hand = Hand(qtbot, stage)
    hand.drag([(0, 0)])
    hand.choose("kept", "bad")
    assert "The drawing 'bad' is not a drawing" in hand.words
    assert hand.density(0, 0) > 0
    assert len(hand.starts) == 1
    hand.click("delete")
    assert Drawings(folder).names() == []


def test_the_points_are_exported(
    qtbot: QtBot, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand = Hand(qtbot, stage)
    hand.drag([(-1, 1), (1, 1)])
    hand.find(QSpinBox, "points").setValue(700)
    chosen = str(tmp_path / "mine")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (chosen, ""))
    hand.click("export")
    points = read_points(tmp_path / "mine.csv")
    assert points.shape == (700, 2)
    assert points[:, 1].min() > 0.7
    assert (tmp_path / "mine.csv").read_text().startswith("x,y\n")
    assert "exported" in hand.words
    chosen = str(tmp_path / "none" / "\0" / "x.csv")
    hand.click("export")
    assert "cannot be written" in hand.words
    chosen = ""
    hand.drag([(0, 0)])
    hand.click("export")
    assert "exported" not in hand.words


# Looks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", ["plane", "line"])
def test_both_palettes_show_what_is_painted_in_the_colour_of_real_data(
    qtbot: QtBot, stage: Stage, theme: str, kind: Kind,
) -> None:
    hand = Hand(qtbot, stage)
    hand.panel.apply_theme(THEMES[theme])
    hand.panel.show_kind(kind)

    def real() -> int:
        image, colour = hand.canvas.grab().toImage(), QColor(THEMES[theme].real).rgb()
        return sum(image.pixel(x, y) == colour for x in range(image.width()) for y in range(image.height()))

    assert real() < 10
    hand.drag([(-1, 0.6), (1, 0.6)])
    assert real() > 100


def test_every_widget_says_what_it_is_and_takes_the_keyboard(qtbot: QtBot, stage: Stage) -> None:
    hand = Hand(qtbot, stage)
    named = [widget for widget in hand.panel.findChildren(QWidget)
             if widget.objectName().startswith("draw.") and widget.objectName() != "draw.nothing"]
    assert len(named) == 17
    for widget in named:
        assert widget.toolTip(), widget.objectName()
        assert widget.accessibleName(), widget.objectName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget.objectName()


@pytest.mark.parametrize("size", [(420, 300), (1000, 700), (420, 900)])
def test_the_canvas_has_half_of_any_dock(qtbot: QtBot, stage: Stage, size: tuple[int, int]) -> None:
    hand = Hand(qtbot, stage)
    hand.panel.resize(*size)
    assert (hand.panel.width(), hand.panel.height()) == size
    area = hand.panel.findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    assert not area.geometry().intersects(hand.canvas.geometry())
    assert not area.horizontalScrollBar().isVisible()
    canvas = hand.canvas
    assert canvas.width() >= size[0] // 2 if canvas.geometry().left() < area.x() else canvas.width() == size[0]
    assert canvas.height() >= 240
