"""Labels that change often: the layout around them rests, and a line that needs more room gets it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from ganstudio.ui.widgets.fixed_label import FixedLabel, GrowOnlyLabel


class Watch(QObject):
    """Counts how often a widget is asked to lay itself out anew."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.widget, self.asked = widget, 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.asked += event.type() == QEvent.Type.LayoutRequest
        return False


def around(qtbot: QtBot, inner: QWidget) -> Watch:
    outer = QWidget()
    row = QHBoxLayout(outer)
    row.addStretch(1)
    row.addWidget(inner)
    outer.resize(600, 40)
    qtbot.addWidget(outer)
    outer.show()
    QApplication.processEvents()
    return Watch(outer)


def say(label: QLabel, text: str) -> None:
    label.setText(text)
    for _ in range(3):  # what is asked for is asked on, from widget to widget
        QApplication.processEvents()


def test_a_bare_label_lays_out_anew_with_every_text(qtbot: QtBot) -> None:
    """Why there is anything else: the day it does not, this module can go."""
    label = QLabel("step 100")
    watch = around(qtbot, label)
    say(label, "step 101")
    assert watch.asked


def test_a_still_label_fills_its_place_and_asks_for_none(qtbot: QtBot) -> None:
    label = QLabel("one")
    still = FixedLabel(label)
    still.setFixedSize(300, 30)
    watch = around(qtbot, still)
    for text in ("two", "a much longer sentence than it was before", ""):
        say(label, text)
    assert not watch.asked
    assert label.size() == still.size() and label.isVisible()


def test_a_still_line_asks_only_for_more_room_than_it_ever_had(qtbot: QtBot) -> None:
    label = QLabel("step 100")
    still = GrowOnlyLabel(label)
    watch = around(qtbot, still)
    for step in range(101, 140):
        say(label, f"step {step}")
    say(label, "step 9")
    before = watch.asked
    assert before <= 2, "digits differ by a pixel at most"
    say(label, "step 1,234,567, paused")
    assert watch.asked > before
    assert watch.widget.width() > still.width() >= label.sizeHint().width()
    assert label.size() == still.size()


def test_larger_text_has_room(qtbot: QtBot) -> None:
    label = QLabel("step 100")
    still = GrowOnlyLabel(label)
    watch = around(qtbot, still)
    font = still.font()
    font.setPointSizeF(2 * font.pointSizeF())
    still.setFont(font)
    QApplication.processEvents()
    assert watch.widget.width() > still.width() >= label.sizeHint().width()


def test_a_text_that_rests_has_the_room_that_it_takes_whatever_came_before(qtbot: QtBot) -> None:
    label = QLabel("step 300 held")
    still = GrowOnlyLabel(label)
    watch = around(qtbot, still)
    alone = still.sizeHint()
    say(label, "step 299 12,345,678 steps/s")
    say(label, "step 300 held")
    assert still.sizeHint().width() > alone.width(), "at once it stays as wide"
    qtbot.waitUntil(lambda: still.sizeHint() == alone)
    assert watch.widget.isVisible()
