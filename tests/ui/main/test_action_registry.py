"""Actions once: keys that can be changed, without conflicts; and the palette, which does all that there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QToolTip, QWidget
from studio_kit import every_control, real_catalog
from window_kit import KINDS, LINE, House

from ganstudio.core.control import ControlInfo, value_from_text
from ganstudio.core.protocol.messages import Play, SetControl, Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.main.action_registry import ActionRegistry, Line
from ganstudio.ui.main.command_palette import CommandPalette
from ganstudio.ui.main.shortcut_editor import ShortcutEditor
from ganstudio.ui.main.shortcut_list import shortcuts
from ganstudio.ui.state.keys import changed_keys, retold
from ganstudio.ui.state.preferences import Preferences

pytest_plugins = ["window_fixtures"]


def press(widget: QWidget, keys: str) -> None:
    combination = QKeySequence(keys)[0]  # type: ignore[index]
    QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())


def registry(house: House) -> ActionRegistry:
    return house.window.registry


@pytest.fixture
def opened(house: House) -> Iterator[House]:
    """A window with a run and the keys of the first start."""
    house.begin()
    house.enter()
    house.stage.link.sent.clear()
    yield house
    for shown in house.window.findChildren(CommandPalette):
        shown.close()
    house.window.registry.reset_keys()


# Keys ----------------------------------------------------------------------------------------------------------------


@KINDS
def test_every_key_of_the_window_is_registered_once(house: House, kind: str, spec: Spec) -> None:
    house.begin(spec)
    written = {key for each in shortcuts(house.window) for key in each.keys.split(", ")}
    every = registry(house).every()
    names = [each.name for each in every]
    assert len(names) == len(set(names)) and len(names) > 80
    known = {key for each in every for key in each.key_text.split(", ") if key}
    assert written - known <= {"Ctrl+Z", "Ctrl+Shift+Z"}  # come by way of the window, for drawings have their own
    for each in every:  # at the first start nothing is in the way of anything else
        for key in each.keys:
            registry(house).check(each.name, key)


def test_a_key_is_changed_kept_and_reset(fresh: House) -> None:
    run = fresh.begin()
    fresh.enter()
    registry(fresh).set_key("transport.play", QKeySequence("Ctrl+Y"))
    press(fresh.window, "Space")
    assert fresh.stage.link.told(Play) == []
    press(fresh.window, "Ctrl+Y")
    assert fresh.stage.link.told(Play) == [Play(run=run, on=False)]
    assert ("Run", "Ctrl+Y") in {(each.group, each.keys) for each in shortcuts(fresh.window)}
    fresh.again()
    run = fresh.begin()
    fresh.enter()
    press(fresh.window, "Ctrl+Y")
    assert fresh.stage.link.told(Play) == [Play(run=run, on=False)]
    registry(fresh).reset_key("transport.play")
    press(fresh.window, "Space")
    assert len(fresh.stage.link.told(Play)) == 2
    registry(fresh).set_key("transport.play", None)
    press(fresh.window, "Space")
    assert len(fresh.stage.link.told(Play)) == 2
    registry(fresh).reset_keys()
    assert Preferences().text("keys/transport.play", "none kept") == "none kept"
    press(fresh.window, "Space")
    assert len(fresh.stage.link.told(Play)) == 3


def test_a_key_that_another_action_has_is_refused_by_name(opened: House) -> None:
    keys = registry(opened)
    with pytest.raises(BadInput, match=r"Ctrl\+R is the key of Run › Restart"):
        keys.set_key("transport.play", QKeySequence("Ctrl+R"))
    with pytest.raises(BadInput, match="Tab cannot be changed"):
        keys.set_key("transport.play", QKeySequence("Tab"))
    assert [key.toString() for key in opened.window.transport.play.shortcuts()] == ["Space"]
    keys.set_key("transport.restart", QKeySequence("F9"))
    keys.set_key("transport.play", QKeySequence("Ctrl+R"))
    with pytest.raises(BadInput, match=r"Ctrl\+R is the key of Run › Pause"):
        keys.reset_key("transport.restart")


def test_boxes_of_panels_that_are_never_there_together_may_have_one_key(opened: House) -> None:
    keys = registry(opened)
    by_name = {each.name: each for each in keys.every()}
    assert by_name["points.points-generated"].key_text == by_name["line.line-generated"].key_text == "Alt+G"
    with pytest.raises(BadInput, match="the key of Critic landscape"):
        keys.set_key("points.points-generated", QKeySequence("Alt+C"))
    keys.set_key("points.points-generated", QKeySequence("Alt+J"))
    box = opened.window.findChild(QCheckBox, "points.generated")
    assert isinstance(box, QCheckBox)
    press(opened.window, "Alt+J")
    opened.qtbot.waitUntil(lambda: not box.isChecked())  # a button that a key presses goes down for a moment
    box.setChecked(True)


def test_tooltips_name_the_key_that_the_user_has_chosen(opened: House, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _, text, *__: said.append(text))
    registry(opened).set_key("transport.restart", QKeySequence("F9"))
    button = opened.window.transport.widgetForAction(opened.window.transport.restart)
    QApplication.sendEvent(button, QHelpEvent(QEvent.Type.ToolTip, QPoint(1, 1), QPoint(1, 1)))
    assert said == ["Starts again from step 0 with the settings as they are now (F9)"]
    registry(opened).reset_keys()
    assert retold("Back to live (Ctrl+E; End).") == "Back to live (Ctrl+E; End)."
    changed_keys({"Ctrl+E": "Ctrl+K", "Ctrl+K": "", "E": "x"})
    assert retold("Back (Ctrl+E; End), on (Ctrl+K).") == "Back (Ctrl+K; End), on (no key)."
    changed_keys({})


def test_the_dialog_changes_a_key_and_says_why_it_does_not(opened: House) -> None:
    shown = ShortcutEditor(opened.window, registry(opened))
    shown.show()
    assert not shown.use.isEnabled()
    row = next(row for row in range(shown.table.rowCount()) if shown._name_at(row) == "transport.restart")
    shown.table.setCurrentCell(row, 0)
    shown.field.setKeySequence(QKeySequence("Ctrl+O"))
    shown.use.click()
    assert shown.said.text() == ("Ctrl+O is the key of Run › Runs…: choose another one, or change that first. "
                                 "Nothing was changed.")
    shown.field.setKeySequence(QKeySequence("F9"))
    shown.use.click()
    assert shown.said.text() == "Restart: F9." and shown.table.model().index(shown.table.currentRow(), 0).data() == "F9"
    shown.without.click()
    assert shown.said.text() == "Restart: no key."
    shown.usual.click()
    assert shown.said.text() == "Restart: Ctrl+R."
    shown.field.setKeySequence(QKeySequence("F9"))
    shown.use.click()
    shown.all.click()
    assert opened.window.transport.restart.shortcut().toString() == "Ctrl+R"
    shown.close()


def test_what_joins_the_window_later_is_listed_and_has_a_key(opened: House) -> None:
    keys, done = registry(opened), []
    keys.add("lesson.clipping", "Clipping and its price", lambda: done.append("key"), group="Lessons", keys="Ctrl+F7")
    with pytest.raises(ValueError, match=r"lesson\.clipping"):
        keys.add("lesson.clipping", "Another", lambda: None)
    press(opened.window, "Ctrl+F7")
    assert done == ["key"]
    assert ("Lessons", "Clipping and its price", "Ctrl+F7") in {tuple(each) for each in shortcuts(opened.window)}
    keys.add_lines(lambda text: [Line(f"Lesson of {text}", lambda: done.append(text), first=True)] if text else [])
    shown = palette(opened)
    QTest.keyClicks(shown.line, "xyz")
    QTest.keyClick(shown.line, Qt.Key.Key_Return)
    opened.qtbot.waitUntil(lambda: done == ["key", "xyz"])
    shown = palette(opened)
    QTest.keyClicks(shown.line, "clipping")
    assert "Lessons › Clipping and its price    Ctrl+F7" in texts(shown)
    shown.close()
    keys.remove("lesson.clipping")
    press(opened.window, "Ctrl+F7")
    assert len(done) == 2 and not any(each.name == "lesson.clipping" for each in keys.every())


# The palette ---------------------------------------------------------------------------------------------------------


def palette(house: House) -> CommandPalette:
    house.enter()
    press(house.window, "Ctrl+Shift+P")
    (shown,) = [each for each in house.window.findChildren(CommandPalette) if each.isVisible()]
    return shown


def texts(shown: CommandPalette) -> list[str]:
    return [shown.list.item(row).text() for row in range(shown.list.count())]


@pytest.mark.parametrize("typed", ["λ 0.5", "lambda 0.5", "gp_weight 0.5", "gradient penalty=0.5", "grad pen 0.5"])
def test_a_control_is_set_by_its_name_and_a_value(opened: House, typed: str) -> None:
    shown = palette(opened)
    shown.line.setText(typed)  # QTest types Latin letters alone
    assert texts(shown)[0] == "Set gradient penalty λ to 0.5 (now 0.1)"
    QTest.keyClick(shown.line, Qt.Key.Key_Return)
    opened.qtbot.waitUntil(lambda: bool(opened.stage.link.told(SetControl)))
    (sent,) = opened.stage.link.told(SetControl)
    assert (sent.name, sent.value) == ("gp_weight", 0.5)


def test_a_value_out_of_range_is_said_and_not_set(opened: House) -> None:
    shown = palette(opened)
    shown.line.setText("λ 500")
    assert texts(shown)[0] == "Gradient penalty = 500 is out of range: allowed is 0 to 100"
    QTest.keyClick(shown.line, Qt.Key.Key_Return)
    assert shown.isVisible() and opened.stage.link.told(SetControl) == []
    shown.line.setText("schedule sideways")
    assert texts(shown)[0].startswith("Unknown") and "linear" in texts(shown)[0]
    shown.close()


def test_a_control_that_restarts_says_so_and_does(opened: House) -> None:
    shown = palette(opened)
    QTest.keyClicks(shown.line, "width 32")
    line = next(text for text in texts(shown) if "restarts the run" in text)
    assert line.startswith("Set width to 32 (now ")
    QTest.keyClick(shown.line, Qt.Key.Key_Return)
    opened.qtbot.waitUntil(lambda: any(
        start.spec.network_controls.get("width") == 32 for start in opened.stage.link.told(Start)))


def test_a_control_without_a_value_is_shown(opened: House) -> None:
    shown = palette(opened)
    shown.line.setText("critic steps")
    assert "Control › D steps k = 3 (0 to 100)" in texts(shown)
    shown.close()
    (line,) = [line for line in registry(opened).lines("critic steps") if line.matches and "Control" in line.text]
    assert line.act is not None
    line.act()
    focus = opened.window.focusWidget()
    assert focus is not None and focus.objectName() == "control.critic_steps"


def test_the_palette_has_every_variant_data_set_panel_and_action(opened: House) -> None:
    opened.begin(LINE)
    shown = palette(opened)
    all_texts = "\n".join(texts(shown))
    titles = [(each.title, each.name) for each in real_catalog().variants]
    titles += [(each.title, each.name) for each in real_catalog().data]
    for title, name in titles:
        assert f"{title} · {name}" in all_texts
    for panel in opened.window.panels.values():
        assert (f"View › Go to › {panel.title}" in all_texts) == ("line" in panel.kinds and panel.fits(
            "line", ["latent", "scores"])), panel.name
    for action in ("Present", "Doctor…", "Quit", "Reset layout"):
        assert action in all_texts
    shown.close()


@pytest.mark.parametrize(("owner", "info"), every_control(), ids=lambda it: getattr(it, "name", it))
def test_each_control_takes_its_default_as_text_and_names_what_is_allowed(owner: str, info: ControlInfo) -> None:
    default = info.default
    if isinstance(default, list):
        text = ",".join(map(str, default))
    else:
        text = str(default).lower() if isinstance(default, bool) else str(default)
    assert value_from_text(info, text) == default
    if info.kind in ("slider", "integer"):
        assert info.low is not None and info.high is not None
        with pytest.raises(BadInput, match="out of range: allowed is"):
            value_from_text(info, str(info.high + 1))
        with pytest.raises(BadInput, match="takes a"):
            value_from_text(info, "much")
    if info.choices:
        with pytest.raises(BadInput, match="known are"):
            value_from_text(info, "no such choice")
