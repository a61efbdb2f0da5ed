"""The hint comes back when nothing else is said."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from ganstudio.ui.widgets.hint_bar import HintBar


def test_the_hint_comes_back_after_a_tip_and_after_a_message_that_ends(qtbot: QtBot) -> None:
    bar = HintBar()
    qtbot.addWidget(bar)
    bar.showMessage("Starting")
    bar.clearMessage()
    assert bar.currentMessage() == "", "there is no hint yet"
    bar.set_hint("Drag λ to 0")
    bar.showMessage("")  # as a menu does that has no tip
    assert bar.currentMessage() == "Drag λ to 0"
    bar.showMessage("Pinned", 1)
    assert bar.currentMessage() == "Pinned"
    qtbot.waitUntil(lambda: bar.currentMessage() == "Drag λ to 0")
    bar.set_hint("")
    assert bar.currentMessage() == ""
