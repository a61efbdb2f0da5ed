"""A slider with its name and its value in words: what is said, and when it is moved."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ganstudio.ui.widgets.named_slider import NamedSlider


def test_the_value_is_said_in_words_and_only_the_user_moves_it(qtbot: QtBot) -> None:
    slider = NamedSlider("any.name", "ψ", "Truncation", "A tip", lambda step: f"{step / 10:.1f}", "0.0")
    qtbot.addWidget(slider)
    moved: list[int] = []
    slider.moved.connect(moved.append)
    slider.set(0, 15, 10)
    slider.fit_text()
    slider.show()
    assert moved == [] and slider.value == 10
    assert [label.text() for label in slider.findChildren(QLabel)] == ["ψ", "1.0"]
    QTest.keyClick(slider.slider, Qt.Key.Key_Left)
    assert moved == [9] and slider.slider.accessibleDescription() == "0.9"
    assert slider.slider.accessibleName() == "Truncation" and slider.slider.objectName() == "any.name"
