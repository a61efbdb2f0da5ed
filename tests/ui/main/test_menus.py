"""The window's menus: Undo and Redo, which say what they would do."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from studio_kit import applied
from window_kit import House

from ganstudio.core.protocol.messages import SetControl

pytest_plugins = ["window_fixtures"]


def test_undo_and_redo_have_the_usual_keys_and_a_text_keeps_its_own(house: House) -> None:
    run = house.begin()
    link, sender = house.stage.link, house.stage.commands.sender
    before = house.stage.run.settings["gp_weight"]
    link.say(applied(run, 1, "gp_weight", 5.0))
    assert house.window.undo_actions.undo.text() == "&Undo gradient penalty λ → 5\tCtrl+Z"
    ctrl = Qt.KeyboardModifier.ControlModifier
    both = ctrl | Qt.KeyboardModifier.ShiftModifier

    def last() -> tuple[int, object]:
        house.qtbot.waitUntil(lambda: not sender._waiting)
        sent = link.told(SetControl)
        return len(sent), sent[-1].value if sent else None

    house.window.pickers._search.setFocus()
    QTest.keyClicks(house.window.pickers._search, "ring")
    QTest.keyClick(house.window.pickers._search, Qt.Key.Key_Z, ctrl)
    assert last() == (0, None) and house.window.pickers._search.text() == ""
    house.window.timeline.track.setFocus()
    QTest.keyClick(house.window.timeline.track, Qt.Key.Key_Z, ctrl)
    assert last() == (1, before)
    assert house.window.undo_actions.redo.text() == "&Redo gradient penalty λ → 5\tCtrl+Shift+Z"
    QTest.keyClick(house.window.timeline.track, Qt.Key.Key_Z, both)
    assert last() == (2, 5.0)
    QTest.keyClick(house.window, Qt.Key.Key_U, ctrl)
    assert last() == (3, before)


def test_taking_a_move_back_comes_back_to_the_present(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run = house.begin()
    house.stage.link.say(applied(run, 1, "gp_weight", 5.0))
    monkeypatch.setattr(house.window.history, "at", 7)
    house.window.undo_actions.undo.trigger()
    assert house.window.history.at is None
    assert house.window.statusBar().currentMessage().startswith("Back to live")
