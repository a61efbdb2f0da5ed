"""A sentence that has no room ends with …, and is whole as soon as it has."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from ganstudio.ui.widgets.elided_label import ElidedLabel, whole_sentences

TEXT = "Green: D says real; purple: D says fake. Typical slope at the orange points: 0.375 per data unit."


@pytest.fixture
def label(qtbot: QtBot) -> ElidedLabel:
    made = ElidedLabel(TEXT)
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_it_shows_as_many_lines_as_there_is_room_for(label: ElidedLabel, lines: int) -> None:
    metrics = label.fontMetrics()
    label.resize(180, metrics.height() + (lines - 1) * metrics.lineSpacing())
    shown = label.shown_lines()
    assert shown is not None and len(shown) == lines
    assert shown[-1].endswith("…")
    assert all(metrics.horizontalAdvance(line) <= 180 for line in shown)
    words = " ".join(shown).removesuffix("…")
    assert TEXT.startswith(words.strip()[:-1])
    assert label.text() == TEXT


def test_a_text_with_room_is_painted_as_a_label_paints_it(label: ElidedLabel) -> None:
    label.resize(180, 400)
    assert label.shown_lines() is None
    label.resize(2000, label.fontMetrics().height())
    assert label.shown_lines() is None


def test_what_is_painted_is_not_cut_at_the_foot(label: ElidedLabel) -> None:
    metrics = label.fontMetrics()
    label.resize(180, metrics.height() + metrics.lineSpacing() + metrics.lineSpacing() // 2)  # two lines and a half
    image = label.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    ground = image.pixel(0, image.height() - 1)
    foot = range(metrics.height() + metrics.lineSpacing() + 1, image.height())
    assert all(image.pixel(x, y) == ground for y in foot for x in range(image.width()))


def test_no_room_at_all_shows_nothing(label: ElidedLabel) -> None:
    label.resize(180, 3)
    assert label.shown_lines() == []
    label.grab()


def test_what_has_no_room_is_left_out_sentence_by_sentence(label: ElidedLabel) -> None:
    font, wide = label.font(), label.fontMetrics().horizontalAdvance("Green is real. ")
    text = "Green is real. Red is false, as D sees it after some time. Blue."
    assert whole_sentences(text, font, wide, 1) == ["Green is real."]
    assert " ".join(whole_sentences(text, font, wide, 9)) == text
    assert whole_sentences("A sentence that is long.", font, wide, 1)[0].endswith("…")
