"""Widgets of controls, built from the real catalogue."""

from __future__ import annotations

import math
import re

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QSlider,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot
from studio_kit import every_control

from ganstudio.core.control import ControlInfo, Value
from ganstudio.ui.widgets.control_fields import KINDS, Field, NumberField, field

CATALOG = [pytest.param(info, id=f"{owner}.{info.name}") for owner, info in every_control()]
NUMBERS = [param for param in CATALOG if param.values[0].kind in ("slider", "integer")]  # type: ignore[union-attr]


def slider(name: str = "x", low: float = 0.0, high: float = 10.0, default: float = 1.0, **more: object) -> ControlInfo:
    return ControlInfo(name=name, kind="slider", default=default, low=low, high=high, label=name,
                       **{"scale": "linear", **more})  # type: ignore[arg-type]


def integer(low: int, high: int, default: int, scale: str = "linear") -> ControlInfo:
    return ControlInfo(name="n", kind="integer", default=default, low=low, high=high, scale=scale, label="n")


class Hand:
    """A field, what a hand does to it, and what it tells."""

    def __init__(self, qtbot: QtBot, info: ControlInfo) -> None:
        self.field = field(info)
        qtbot.addWidget(self.field)
        self.told: list[tuple[str, Value]] = []
        self.field.moved.connect(lambda name, value: self.told.append((name, value)))
        self.field.show()

    def part(self, kind: type[QWidget], name: str) -> QWidget:
        found = self.field.findChild(kind, name)
        assert found is not None
        return found

    @property
    def slider(self) -> QSlider:
        found = self.part(QSlider, f"control.{self.field.info.name}")
        assert isinstance(found, QSlider)
        return found

    @property
    def box(self) -> QLineEdit:
        found = self.field.findChild(QLineEdit)
        assert isinstance(found, QLineEdit)
        return found

    @property
    def reset(self) -> QToolButton:
        found = self.part(QToolButton, f"reset.{self.field.info.name}")
        assert isinstance(found, QToolButton)
        return found

    def type(self, text: str) -> None:
        """Replaces the text of the box, and presses Return."""
        self.box.selectAll()
        self.box.insert(text)
        QTest.keyClick(self.box, Qt.Key.Key_Return)


def another(info: ControlInfo, number: float | None) -> Value:
    """A value that such a control may take; ``number`` where it is one."""
    values: dict[str, Value] = {
        "slider": number or 0.0, "integer": int(number or 0), "toggle": True, "numbers": [1.0, 2.5, 3.0],
        "choice": next((each for each in reversed(info.choices) if each != info.default), ""), "text": "x",
        "file": "a.csv", "folder": "photos",
    }
    return values[info.kind]


def number_field(made: Field) -> NumberField:
    assert isinstance(made, NumberField)
    return made


# Every control of the catalogue ------------------------------------------------------------------------------------


def test_there_is_a_widget_for_each_kind_of_control() -> None:
    assert {info.kind for _, info in every_control()} <= set(KINDS)


@pytest.mark.parametrize("info", CATALOG)
def test_a_control_is_shown_named_and_explained(qtbot: QtBot, info: ControlInfo) -> None:
    hand = Hand(qtbot, info)
    widget = hand.part(QWidget, f"control.{info.name}")
    assert hand.field.value == info.default
    assert widget.accessibleName() == info.label
    assert info.help
    assert info.help in widget.toolTip()
    assert info.symbol in widget.toolTip()
    if info.low is not None and info.high is not None and info.kind != "numbers":
        written = re.search(r"<br>([−\d]\S*) to (\S+?)(?: [^<]*)?\.(?:<br>|$)", widget.toolTip())
        assert written is not None
        low, high = (float(number.replace(",", "").replace("−", "-")) for number in written.groups())
        assert (low, high) == (info.low, info.high)
        assert info.unit in widget.toolTip()
    for choice in info.choices:
        assert choice in widget.toolTip()
    assert ("restarts the run" in widget.toolTip()) is not info.live
    for part in hand.field.findChildren(QWidget):
        if part.focusPolicy() != Qt.FocusPolicy.NoFocus and isinstance(part, QSlider | QLineEdit | QToolButton):
            assert part.objectName(), part
            assert part.accessibleName(), part
            assert part.toolTip(), part


@pytest.mark.parametrize("info", CATALOG)
def test_showing_a_value_tells_nobody(qtbot: QtBot, info: ControlInfo) -> None:
    hand = Hand(qtbot, info)
    other = another(info, info.high)
    for value in (other, info.default, other):
        hand.field.show_value(value)
        assert hand.field.value == value
    assert hand.told == []
    assert hand.reset.isEnabled() == (other != info.default)


@pytest.mark.parametrize("info", CATALOG)
def test_reset_goes_back_to_what_the_preset_says(qtbot: QtBot, info: ControlInfo) -> None:
    hand = Hand(qtbot, info)
    assert not hand.reset.isEnabled()
    preset = another(info, info.low)
    hand.field.set_default(preset)
    hand.field.show_value(info.default)
    assert hand.reset.isEnabled() == (info.default != preset)
    if info.default != preset:
        hand.reset.click()
        assert hand.told == [(info.name, preset)]
        assert hand.field.value == preset
        assert not hand.reset.isEnabled()


@pytest.mark.parametrize("info", [param for param in CATALOG if param.values[0].kind != "choice"])  # type: ignore[union-attr]
def test_passing_through_a_field_changes_nothing(qtbot: QtBot, info: ControlInfo) -> None:
    """A tab through the box, or Return in it, must not round the value: that would restart a run."""
    hand = Hand(qtbot, info)
    boxes = hand.field.findChildren(QLineEdit)
    for box in boxes:
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_Return)
        QTest.keyClick(box, Qt.Key.Key_Tab)
    assert hand.told == []
    assert hand.field.value == info.default


@pytest.mark.parametrize("info", NUMBERS)
def test_the_slider_covers_the_range(qtbot: QtBot, info: ControlInfo) -> None:
    hand = Hand(qtbot, info)
    made = number_field(hand.field)
    assert info.low is not None
    assert info.high is not None
    bottom, top = hand.slider.minimum(), hand.slider.maximum()
    assert made.value_at(bottom) == pytest.approx(info.low)
    assert made.value_at(top) == pytest.approx(info.high)
    values = [made.value_at(tick) for tick in range(bottom, top + 1)]
    assert values == sorted(values)
    assert all(info.low <= value <= info.high for value in values)


@pytest.mark.parametrize("info", NUMBERS)
def test_number_and_position_map_both_ways(qtbot: QtBot, info: ControlInfo) -> None:
    hand = Hand(qtbot, info)
    made = number_field(hand.field)
    for tick in range(0, hand.slider.maximum() + 1, 7):
        value = made.value_at(tick)
        assert made.value_at(made.tick_of(value)) == pytest.approx(value, rel=0.012, abs=(info.high or 1) / 1e4)


# Sliders -----------------------------------------------------------------------------------------------------------


def test_a_log_slider_multiplies(qtbot: QtBot) -> None:
    made = number_field(Hand(qtbot, slider(low=1e-4, high=1.0, default=0.01, scale="log")).field)
    assert [made.value_at(tick) for tick in (0, 250, 500, 750, 1000)] == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0])
    assert [made.tick_of(value) for value in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)] == [0, 250, 500, 750, 1000]


def test_zero_is_a_detent_left_of_the_smallest_decade(qtbot: QtBot) -> None:
    hand = Hand(qtbot, slider(low=0.0, high=100.0, default=10.0, scale="log", detent=1e-3))
    made = number_field(hand.field)
    assert made.value_at(0) == 0.0
    assert made.value_at(1) == pytest.approx(1e-3, rel=0.02)
    assert made.tick_of(0.0) == 0
    assert made.tick_of(5e-4) == 0
    assert made.tick_of(1e-3) == 1
    hand.slider.setValue(0)
    assert hand.told == [("x", 0.0)]
    assert hand.box.text() == "0"


def test_a_dragged_slider_tells_each_value_and_writes_it(qtbot: QtBot) -> None:
    hand = Hand(qtbot, slider(low=0.0, high=10.0))
    for tick in (500, 501, 1000):
        hand.slider.setValue(tick)
    assert hand.told == [("x", 5.0), ("x", 5.01), ("x", 10.0)]
    assert hand.box.text() == "10"
    assert hand.field.value == 10.0


def test_the_keyboard_moves_a_slider(qtbot: QtBot) -> None:
    hand = Hand(qtbot, slider(low=0.0, high=10.0, default=5.0))
    QTest.keyClick(hand.slider, Qt.Key.Key_Right)
    QTest.keyClick(hand.slider, Qt.Key.Key_End)
    assert hand.told == [("x", 5.01), ("x", 10.0)]


def test_the_wheel_over_a_slider_scrolls_the_panel_and_moves_nothing(qtbot: QtBot) -> None:
    """Whoever scrolls a column of sliders must not change the one that comes under the pointer."""
    for info in (slider(low=0.0, high=10.0, default=5.0),
                 ControlInfo(name="c", kind="choice", default="a", choices=["a", "b"], label="c")):
        hand = Hand(qtbot, info)
        widget = hand.part(QWidget, f"control.{info.name}")
        assert not widget.hasFocus()
        wheel = QWheelEvent(QPointF(5, 5), QPointF(widget.mapToGlobal(QPoint(5, 5))), QPoint(), QPoint(0, -120),
                            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
                            False)
        QApplication.sendEvent(widget, wheel)
        assert hand.told == [], info.kind


# Whole numbers -----------------------------------------------------------------------------------------------------


def test_few_whole_numbers_are_one_position_each(qtbot: QtBot) -> None:
    hand = Hand(qtbot, integer(0, 20, 1))
    assert hand.slider.maximum() == 20
    hand.slider.setValue(7)
    assert hand.told == [("n", 7)]
    assert isinstance(hand.told[0][1], int)


def test_whole_numbers_on_a_log_scale_stay_whole(qtbot: QtBot) -> None:
    hand = Hand(qtbot, integer(1, 8192, 64, "log"))
    for tick in range(0, 1001, 50):
        hand.slider.setValue(tick)
    assert all(isinstance(value, int) for _, value in hand.told)
    assert hand.told[-1] == ("n", 8192)


@pytest.mark.parametrize("number", [1_234_567, 9_999_999, 100_001])
def test_a_long_whole_number_is_written_out(qtbot: QtBot, number: int) -> None:
    """The horizon goes up to ten million steps."""
    hand = Hand(qtbot, integer(1, 10_000_000, 2500, "log"))
    hand.type(str(number))
    assert hand.told == [("n", number)]
    assert hand.box.text().replace(" ", "").replace(",", "") == str(number)
    QTest.keyClick(hand.box, Qt.Key.Key_Return)
    assert hand.told == [("n", number)]


# The box -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "value"), [
    ("7", 7.0), ("0,25", 0.25), ("1e-3", 1e-3), ("11", 10.0), ("-3", 0.0), ("1e300", 10.0), (" 2 ", 2.0),
])
def test_a_typed_number_is_taken_and_kept_in_range(qtbot: QtBot, typed: str, value: float) -> None:
    hand = Hand(qtbot, slider(low=0.0, high=10.0, default=1.0))
    hand.type(typed)
    assert hand.told == [("x", value)]
    assert float(hand.box.text()) == value
    assert hand.slider.value() == round(value * 100)


@pytest.mark.parametrize("typed", ["", "abc", "nan", "inf", "-inf", "1..2", "٣x"])
def test_what_is_no_number_is_put_back(qtbot: QtBot, typed: str) -> None:
    hand = Hand(qtbot, slider(low=0.0, high=10.0, default=1.5))
    hand.type(typed)
    assert hand.told == []
    assert hand.box.text() == "1.5"


def test_a_number_between_two_positions_is_kept_exactly(qtbot: QtBot) -> None:
    hand = Hand(qtbot, slider(low=0.0, high=10.0))
    hand.type("3.14159")
    assert hand.told == [("x", 3.14159)]
    assert hand.field.value == 3.14159


def test_a_whole_number_is_rounded(qtbot: QtBot) -> None:
    hand = Hand(qtbot, integer(0, 20, 1))
    hand.type("6.6")
    assert hand.told == [("n", 7)]


# Others ------------------------------------------------------------------------------------------------------------


def test_a_choice_is_told_when_a_hand_makes_it(qtbot: QtBot) -> None:
    hand = Hand(qtbot, ControlInfo(name="c", kind="choice", default="a", choices=["a", "b"], label="c"))
    box = hand.part(QComboBox, "control.c")
    assert isinstance(box, QComboBox)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert hand.told == [("c", "b")]


def test_a_toggle_is_told_when_a_hand_moves_it(qtbot: QtBot) -> None:
    hand = Hand(qtbot, ControlInfo(name="t", kind="toggle", default=False, label="t"))
    box = hand.part(QCheckBox, "control.t")
    QTest.keyClick(box, Qt.Key.Key_Space)
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert hand.told == [("t", True), ("t", False)]


def test_numbers_are_read_as_a_list_or_put_back(qtbot: QtBot) -> None:
    hand = Hand(qtbot, ControlInfo(name="w", kind="numbers", default=[1.0, 2.0], label="w"))
    assert hand.box.text() == "1,2"
    hand.type("0.5, 0.25,")
    assert hand.told == [("w", [0.5, 0.25])]
    hand.type("0.5;0.25")
    assert hand.told == [("w", [0.5, 0.25])]
    assert hand.box.text() == "0.5,0.25"
    assert hand.box.statusTip() == "“0.5;0.25” is not a list of numbers such as 1,2.5,3: 0.5,0.25 stays"


def test_every_field_keeps_its_label_beside_it(qtbot: QtBot) -> None:
    hand = Hand(qtbot, slider(symbol="λ", default=math.pi))
    assert "λ" in hand.field._label.text()
    assert hand.field._label.buddy() is hand.slider


def test_a_symbol_that_the_label_says_is_not_said_twice(qtbot: QtBot) -> None:
    for _, info in every_control():
        made = field(info)
        qtbot.addWidget(made)
        words = made._label.text().split()
        assert not info.symbol or " " in info.symbol or words.count(info.symbol) == 1, info.label


def test_the_tooltip_tells_the_presets_value_and_the_usual_one(qtbot: QtBot) -> None:
    hand = Hand(qtbot, slider(default=10.0))
    assert "The default is 10." in hand.field.toolTip()
    assert "The default is 10." in hand.box.toolTip()
    hand.field.set_default(0.1)
    widgets: list[QWidget] = [hand.field, hand.box, hand.part(QWidget, "control.x")]
    for widget in widgets:
        assert "In this preset 0.1; the default is 10." in widget.toolTip()


@pytest.mark.parametrize(("typed", "said", "value"), [
    ("abc", "“abc” is not a number: 1 stays", 1.0), ("1e9", "1e9 is out of range: 10 is used (allowed: 0 to 10)", 10.0),
    ("2,5", "", 2.5), ("nan", "“nan” is not a number", 1.0),
])
def test_what_is_not_taken_as_typed_is_said(
    typed: str, said: str, value: float, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand = Hand(qtbot, slider())
    heard: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _, text, *more: heard.append(text))
    hand.type(typed)
    assert hand.field.value == value
    assert len(heard) == bool(said)
    assert all(one.startswith(said) for one in heard)


def test_a_whole_number_that_is_rounded_is_said(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    hand = Hand(qtbot, integer(1, 10, 3))
    heard: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _, text, *more: heard.append(text))
    hand.type("2,6")
    assert hand.field.value == 3
    assert heard == ["2,6 is not a whole number: 3 is used"]


def test_ctrl_z_in_a_box_where_nothing_is_typed_is_the_windows(qtbot: QtBot) -> None:
    hand = Hand(qtbot, slider())
    undone: list[bool] = []
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    layout.addWidget(hand.field)
    QShortcut(QKeySequence("Ctrl+Z"), window, lambda: undone.append(True))
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    hand.box.setFocus()
    hand.type("5")
    QTest.keyClick(hand.box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True]
    hand.box.insert("7")
    QTest.keyClick(hand.box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True], "what is being typed is the box's own to undo"
