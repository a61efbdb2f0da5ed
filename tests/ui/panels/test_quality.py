"""Quality on screen: what the numbers say together, which pages find room, and the blind spots."""

from __future__ import annotations

import math

import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QScrollArea, QTableWidget, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import BlindSpot
from ganstudio.ui.panels.parts.quality_text import blind_spot_text, figures, words
from ganstudio.ui.panels.quality import SCALES, QualityPanel
from ganstudio.ui.theme import DARK, LIGHT, apply

FLOORS: dict[str, float | None] = {
    "fid": 0.5, "kid": -0.001, "is": 9.8, "precision": 0.96, "recall": 0.95, "diversity": 1.0,
}
SPOTS = [
    BlindSpot("IS: one image a class", "Nothing within a class is asked for.", {"IS": 10.0, "recall": 0.0}),
    BlindSpot("FID: <where>", "Halves & wholes.", {"FID, halves swapped": 46.106, "undefined": None}),
]


def numbers(**changed: float | None) -> dict[str, float | None]:
    usual: dict[str, float | None] = {
        "fid": 10.0, "kid": 0.1, "is": 8.0, "precision": 0.8, "recall": 0.7, "diversity": 0.9, "w1_estimate": 3.0,
    }
    return {**usual, **changed}


class Measured(MeasuredNow, frozen=True, kw_only=True, tag="measured"):
    """With the blind spots, which the engine adds."""

    blind: list[BlindSpot] = []


class Board:
    """The panel on screen, with a run begun."""

    def __init__(self, qtbot: QtBot, stage: Stage, width: int = 1000, height: int = 700) -> None:
        self.stage = stage
        self.shown = Shown(qtbot, stage, QualityPanel, Spec(variant="ns-gan", data="digits"))
        panel = self.shown.panel
        assert isinstance(panel, QualityPanel)
        self.panel = panel
        panel.resize(width, height)

    def say(self, steps: int, blind: list[BlindSpot] | None = None, **changed: float | None) -> None:
        self.stage.link.say(Measured(
            run=self.shown.run, steps=steps, samples=2500, measures=numbers(**changed), floors=FLOORS,
            net="classifier of digits, 99% right", blind=blind or []))

    def choose(self, text: str) -> None:
        box = self.panel.findChild(QComboBox, "quality.show")
        assert isinstance(box, QComboBox)
        assert box.findText(text) >= 0, [box.itemText(k) for k in range(box.count())]
        box.setCurrentIndex(box.findText(text))

    @property
    def pages(self) -> list[str]:
        box = self.panel.findChild(QComboBox, "quality.show")
        assert isinstance(box, QComboBox)
        return [box.itemText(k) for k in range(box.count()) if box.itemText(k)]

    @property
    def table(self) -> QTableWidget:
        found = self.panel.findChild(QTableWidget)
        assert isinstance(found, QTableWidget)
        return found

    def row(self, name: str) -> list[str]:
        items = [self.table.item(list(SCALES).index(name), column) for column in range(4)]
        return [item.text() for item in items if item is not None]

    def label(self, name: str) -> str:
        found = self.panel.findChild(QLabel, name)
        assert isinstance(found, QLabel)
        return found.text().replace("\u00a0", " ")

    def seen(self) -> list[str]:
        """Which of the three parts can be seen."""
        parts: dict[str, QWidget | None] = {
            "numbers": self.table, "course": self.shown.plot, "spots": self.panel.findChild(QScrollArea),
        }
        return [name for name, part in parts.items() if part is not None and part.isVisible()]


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


@pytest.fixture
def board(qtbot: QtBot, stage: Stage) -> Board:
    return Board(qtbot, stage)


# Words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("changed", "said"), [
    ({"fid": 0.7}, "at its floor"),
    ({"fid": 10.0}, "FID 10 is 20 times its floor. To this net, most images look real, and most of"),
    ({"fid": 1.3}, "FID 1.3 is 2.6 times its floor"),
    ({"recall": 0.2}, "much of the data is missing (low recall)"),
    ({"precision": 0.2}, "look unlike it (low precision)"),
    ({"precision": 0.02, "recall": 0.01}, "nothing like the data yet"),
    ({"precision": 0.3, "recall": 0.2}, "some images look real"),
    ({"diversity": 0.1, "precision": 1.0, "recall": 0.0}, "mode collapse"),
    ({"precision": None, "recall": None}, "FID 10 is 20 times its floor."),
    ({"fid": None}, "only the diversity"),
    ({"fid": None, "diversity": None}, "Nothing can be said"),
])
def test_what_the_numbers_say_together(changed: dict[str, float | None], said: str) -> None:
    text = words(numbers(**changed), FLOORS)
    assert said in text
    assert len(text) <= 125, "two lines of a small dock"


@pytest.mark.parametrize("floor", [None, 0.0])
def test_without_a_floor_there_is_nothing_to_be_times_of(floor: float | None) -> None:
    assert words(numbers(), {**FLOORS, "fid": floor}).startswith("FID is 10. To this net, most images")


@pytest.mark.parametrize(("value", "written"), [
    (0.004, "0.00"), (46.106, "46.11"), (155.84, "155.8"), (7981.9, "7982"),
])
def test_figures_have_as_many_digits_as_can_be_read(value: float, written: str) -> None:
    assert format(value, figures(value)) == written


# The numbers -------------------------------------------------------------------------------------------------------


def test_each_number_stands_beside_its_floor_its_direction_and_the_net(board: Board) -> None:
    board.say(1200, None, **{"is": None})
    assert board.row("fid") == ["FID", "10", "0.5", "↓ lower"]
    assert board.row("kid") == ["KID", "0.1", "−0.001", "↓ lower"]
    assert board.row("is") == ["IS", "–", "9.80", "↑ higher"]
    assert board.row("diversity") == ["diversity", "0.900", "1.000", "≈ perfect G"]
    assert board.label("quality.net") == "feature net: classifier of digits, 99% right; 2,500 images at step 1,200"
    assert "20 times its floor" in board.shown.words


def test_a_new_run_forgets_the_old_ones_numbers(board: Board, stage: Stage) -> None:
    board.say(10, SPOTS)
    stage.begin(Spec(variant="ns-gan", data="digits", seed=3))
    assert board.row("fid")[1:3] == ["–", "–"]
    assert board.label("quality.net") == ""
    assert "Measuring images" in board.shown.words
    assert board.pages == ["numbers", "FID over steps", "blind spots: not measured yet"]


def test_measures_of_points_are_none_of_its_business(board: Board, stage: Stage) -> None:
    stage.link.say(MeasuredNow(run=board.shown.run, steps=1, samples=500, measures={"w1": 1.0}, floors={}))
    assert "Measuring images" in board.shown.words


# The course --------------------------------------------------------------------------------------------------------


def test_the_course_is_drawn_with_its_floor(board: Board) -> None:
    for step in range(6):
        board.say(100 * step, fid=100.0 * math.exp(-step))
    assert board.shown.pixels(DARK.generated) > 60
    assert board.shown.pixels(DARK.truth) > 60
    low, high = board.panel._plot.y_range()
    assert low < math.log10(0.5) < 2 < high


def test_a_row_chooses_whose_course_it_is_and_enter_goes_there(board: Board) -> None:
    board.say(100)
    board.table.setCurrentCell(list(SCALES).index("recall"), 0)
    assert board.pages[1] == "recall over steps"
    board.table.cellActivated.emit(4, 0)
    box = board.panel.findChild(QComboBox)
    assert isinstance(box, QComboBox)
    assert box.currentText() == "recall over steps"
    low, high = board.panel._plot.y_range()
    assert low < 0.7 < 0.95 < high < 1.2


@pytest.mark.parametrize("name", SCALES)
def test_any_course_takes_odd_numbers(board: Board, name: str) -> None:
    board.table.setCurrentCell(list(SCALES).index(name), 0)
    for step, value in enumerate([None, 0.0, -0.02, math.inf, math.nan, 1e300, 3.0]):
        board.say(step, None, **{name: value})
    assert np.isfinite(board.panel._plot.y_range()).all()


def test_the_value_under_the_pointer(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(board.panel, "show_hover_value", heard.append)
    board.panel._hover(1.0, 0.0)
    board.say(100, fid=12.345)
    board.say(200, fid=6.0)
    board.panel._hover(150.0, 0.0)
    board.panel._hover(1e9, 0.0)
    assert heard == ["step 100: FID 12.3", "step 200: FID 6"]


# Blind spots -------------------------------------------------------------------------------------------------------


def test_blind_spots_are_pages_with_their_numbers(board: Board) -> None:
    board.say(10, SPOTS)
    assert board.pages[2:] == ["blind spots", *(spot.title for spot in SPOTS)]
    board.choose("FID: <where>")
    text = board.label("quality.spot")
    assert "FID: &lt;where&gt;" in text and "Halves &amp; wholes." in text
    assert "46.11" in text and "–" in text
    assert "within a class" not in text
    board.say(20, SPOTS)
    assert "46.11" in board.label("quality.spot"), "the page stays through the next measurement"
    board.choose("numbers")
    assert all(blind_spot_text(spot, DARK) in board.panel._spot.text() for spot in SPOTS)


@pytest.mark.parametrize(("size", "page", "seen"), [
    ((420, 300), "numbers", ["numbers"]),
    ((420, 300), "FID over steps", ["course"]),
    ((420, 300), SPOTS[0].title, ["spots"]),
    ((1000, 300), "numbers", ["numbers", "course"]),
    ((1000, 300), SPOTS[0].title, ["numbers", "spots"]),
    ((420, 700), SPOTS[0].title, ["numbers", "spots"]),
    ((420, 700), "FID over steps", ["numbers", "course"]),
    ((1000, 700), "numbers", ["numbers", "course", "spots"]),
    ((1000, 700), SPOTS[0].title, ["numbers", "course", "spots"]),
])
def test_as_much_is_shown_as_there_is_room_for(
    qtbot: QtBot, stage: Stage, size: tuple[int, int], page: str, seen: list[str]
) -> None:
    board = Board(qtbot, stage, *size)
    board.say(10, SPOTS)
    board.choose(page)
    QApplication.processEvents()
    assert board.seen() == seen


def test_large_text_and_the_other_palette_leave_it_whole(qtbot: QtBot, qapp: QApplication, stage: Stage) -> None:
    board = Board(qtbot, stage, 420, 300)
    board.say(10, SPOTS)
    board.choose(SPOTS[1].title)
    apply(qapp, LIGHT, 2.5)
    board.panel.apply_theme(LIGHT)
    QApplication.processEvents()
    assert (board.panel.width(), board.panel.height()) == (420, 300)
    assert board.seen() == ["spots"]
    assert LIGHT.quiet in board.label("quality.spot")
    assert SPOTS[1].sentence[:6] in board.label("quality.spot")
    net = board.label("quality.net")
    assert net.startswith("classifier") and "images" not in net, "one line, where there is room for a few"
