"""The window without a mouse: where Tab goes, whether one sees it, and what each key does."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAction,
    QColor,
    QImage,
    QKeySequence,
    QShortcutEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QDockWidget,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSlider,
    QTabBar,
    QTableWidget,
    QWidget,
)
from studio_kit import measured, progress
from window_kit import IMAGE, KINDS, LINE, House
from window_poses import take_pose

from ganstudio.core.protocol.messages import Loading, Play, Refused, Start, Step, Stop
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.main import announcer
from ganstudio.ui.main.command_palette import CommandPalette
from ganstudio.ui.main.glossary import WORDS
from ganstudio.ui.main.help import GlossaryDialog, ManualDialog, ShortcutsDialog
from ganstudio.ui.main.menu_bar import SCALES
from ganstudio.ui.main.shortcut_list import commands, shortcuts
from ganstudio.ui.panel import Panel, abilities_of
from ganstudio.ui.theme import THEMES
from ganstudio.ui.widgets.menu import Menu
from ganstudio.ui.widgets.reading_order import stops_within, tab_stops

pytest_plugins = ["window_fixtures"]
FIRST = ["menu.variant", "menu.data", "menu.search", "menu.compare", "transport.play", "transport.step",
         "transport.d-step", "transport.g-step", "transport.restart", "transport.speed", "transport.seed",
         "control.preset"]
ROUND = 3  # pixels around a widget in which its frame lies
NONE = Qt.KeyboardModifier.NoModifier


def focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def walk(house: House, key: Qt.Key = Qt.Key.Key_Tab) -> list[QWidget]:
    """Every stop from the first one on, until it comes again."""
    house.window.setFocus()
    stops: list[QWidget] = []
    for _ in range(300):
        QTest.keyClick(focus(), key)
        if stops and focus() is stops[0]:
            return stops
        stops.append(focus())
    raise AssertionError("Tab does not come round")


def place(house: House, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(house.window, QPoint(0, 0)), widget.size())


def scrolled(widget: QWidget) -> QScrollArea | None:
    """What scrolls a widget."""
    each = widget.parentWidget()
    while each is not None and not isinstance(each, QScrollArea):
        each = each.parentWidget()
    return each


def dock_of(widget: QWidget) -> QDockWidget | None:
    each: QWidget | None = widget
    while each is not None:
        if isinstance(each, QDockWidget):
            return each
        each = each.parentWidget()
    return None


@pytest.mark.parametrize("spec", [Spec(), LINE, IMAGE], ids=["plane", "line", "image"])
def test_tab_goes_as_one_reads(house: House, spec: Spec) -> None:
    run = house.begin(spec)
    house.stage.link.say(measured(run, 1, {"w1": 0.5}, {"w1": 0.1}))
    stops = walk(house)
    assert [stop.objectName() for stop in stops[:len(FIRST)]] == FIRST
    for stop in stops:
        assert stop.isVisible() and stop.isEnabled()
        assert not stop.visibleRegion().isEmpty() or dock_of(stop) is house.window.docks["controls"], stop.objectName()
    docks = [dock for dock, _ in itertools.groupby(map(dock_of, stops)) if dock is not None]
    assert len(docks) == len(set(docks)), "Tab leaves a panel and comes back to it"
    seen = [dock for dock in house.window.docks.values() if not dock.visibleRegion().isEmpty()]
    assert {dock for dock in seen if dock in docks} == set(docks)
    for one, other in itertools.combinations(docks, 2):  # none lies left of or above one that came before it
        before, after = one.geometry(), other.geometry()
        assert not (after.right() < before.left() and after.bottom() <= before.bottom()), (one, other)
        assert not (after.bottom() < before.top() and after.right() <= before.right()), (one, other)
    for stop, next_one in itertools.pairwise(stops):
        if dock_of(stop) is dock_of(next_one) is not None and scrolled(stop) is scrolled(next_one):
            before, after = place(house, stop), place(house, next_one)
            assert after.top() >= before.bottom() or after.left() >= before.right(), (stop, next_one)
    if house.stage.run.kind == "plane":
        assert walk(house, Qt.Key.Key_Backtab) == stops[::-1]


def of_colour(house: House, area: QRect, colour: QColor) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where a part of the window has exactly this colour."""
    image = house.window.grab(area).toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(bytes(image.constBits()), dtype=np.uint32).reshape(image.height(), image.width())
    return np.asarray((pixels & 0xFFFFFF) == (colour.rgb() & 0xFFFFFF))


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2's contrast ratio of two colours."""
    def luminance(colour: QColor) -> float:
        parts = [(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
                 for part in (colour.redF(), colour.greenF(), colour.blueF())]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_every_stop_has_a_frame_that_one_sees(house: House, theme: str) -> None:
    run = house.begin()
    house.stage.link.say(measured(run, 1, {"w1": 0.5}, {"w1": 0.1}))
    house.window.set_theme(theme)
    shade = THEMES[theme]
    stops = tab_stops(house.window)
    assert len(stops) > 50
    colour = QColor(shade.accent)
    for ground in (shade.window, shade.base, shade.raised):
        assert contrast(colour, QColor(ground)) >= 3  # what WCAG 2.2 asks of a mark of the focus
    for stop in stops:
        house.window.focus_frame.reach(stop, Qt.FocusReason.TabFocusReason)
        area = place(house, stop).adjusted(-ROUND, -ROUND, ROUND, ROUND).intersected(house.window.rect())
        with_frame = of_colour(house, area, colour)
        house.window.setFocus()
        changed = (with_frame & ~of_colour(house, area, colour)).sum()
        assert changed >= 2 * stop.width() + stop.height(), stop.objectName() or stop


@KINDS
def test_every_stop_of_every_panel_is_named_and_framed(house: House, kind: str, spec: Spec) -> None:
    """Also of those that lie behind others at first."""
    house.begin(spec)
    count = 0
    for action in house.window.navigation.panels:
        if not action.isEnabled():
            continue
        action.trigger()
        panel = house.window.panels[action.objectName().removeprefix("go.")]
        QApplication.processEvents()  # some are built when they are seen for the first time
        for stop in stops_within(panel):
            house.window.focus_frame.reach(stop, Qt.FocusReason.TabFocusReason)
            ring = house.window.findChild(QWidget, "focus.frame")
            assert isinstance(ring, QWidget)
            assert ring.isVisible() and ring.geometry().contains(place(house, stop)), stop.objectName()
            assert stop.accessibleName(), stop.objectName()
            count += 1
    assert count > 50


class Keys(QObject):
    """Notes which actions and buttons a key comes to, and keeps it from doing anything."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[QObject] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Shortcut and isinstance(event, QShortcutEvent):
            assert not event.isAmbiguous()
            self.came.append(watched)
            return True
        return False


def press(widget: QWidget, keys: str) -> None:
    combination = QKeySequence(keys)[0]  # type: ignore[index]
    QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())


@KINDS
def test_each_key_of_the_list_comes_to_what_the_list_says(house: House, kind: str, spec: Spec) -> None:
    house.begin(spec)
    watch = Keys()
    listed = [each for each in commands(house.window.menuBar().actions()) if each.keys and each.action.isEnabled()]
    assert len(listed) > 25
    for each in listed:
        each.action.installEventFilter(watch)
    for each in listed:
        for keys in each.keys.split(", "):
            if keys in ("Ctrl+Z", "Ctrl+Shift+Z"):  # come by way of the window, for drawings have their own
                continue
            watch.came.clear()
            press(house.window, keys)
            assert watch.came == [each.action], (each.title, keys)
    every = shortcuts(house.window)
    assert {(each.menu, each.title) for each in listed} <= {(each.group, each.title) for each in every}
    taken = [key for each in every for key in each.keys.split(", ")]
    assert len(taken) == len(set(taken))
    titles = {panel.title for panel in house.window.panels.values()}
    boxes = [each for each in every if each.group in titles]
    steps = {"N", "Shift+N"}  # of the algorithm: they go on as the single steps of the Run menu do
    assert boxes and all(each.keys.startswith("Alt+") or each.keys in steps for each in boxes)


@KINDS
def test_a_key_goes_to_each_panel(house: House, kind: str, spec: Spec) -> None:
    house.begin(spec)
    gone: set[str] = set()
    for action in house.window.navigation.panels:
        name = action.objectName().removeprefix("go.")
        assert action.isEnabled() == house.window.docks[name].toggleViewAction().isVisible()
        if not action.isEnabled():
            continue
        if name == "theory":
            house.window.docks[name].hide()  # one that was closed comes back
        if action.shortcut().isEmpty():  # the letters are fewer than the panels
            action.trigger()
        else:
            press(house.window, action.shortcut().toString())
        panel = house.window.panels[name]
        assert not panel.visibleRegion().isEmpty(), name
        assert panel is focus() or panel.isAncestorOf(focus()), name
        gone.add(name)
    started = house.window.run.started
    assert started is not None
    has = abilities_of(started, house.window.run.variant)
    assert gone == {name for name, panel in house.window.panels.items() if panel.fits(kind, has)}
    keyless = [action for action in house.window.navigation.panels if action.shortcut().isEmpty()]
    assert len(keyless) <= len(house.window.panels) - 21


def test_f6_goes_from_panel_to_panel_and_back(house: House) -> None:
    house.begin()
    house.window.setFocus()

    def panel() -> Panel:
        dock = dock_of(focus())
        assert dock is not None
        widget = dock.widget()
        assert isinstance(widget, Panel)
        return widget

    seen = {each for each in house.window.panels.values() if not each.visibleRegion().isEmpty()}
    forth: list[Panel] = []
    for _ in seen:
        press(focus(), "F6")
        forth.append(panel())
    assert set(forth) == seen and forth[0] is house.window.panels["controls"]
    press(focus(), "F6")
    assert panel() is forth[0]
    press(focus(), "Shift+F6")
    assert panel() is forth[-1]


def test_text_grows_and_shrinks_by_key_the_menu_is_ticked_and_the_focus_stays(house: House) -> None:
    house.begin()
    sizes = [SCALES.index(1.0)]
    house.window.setFocus()
    while focus().objectName() != "box.critic_steps":
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    before = focus()
    for pressed, by in (("Ctrl++", 1), ("Ctrl+-", -1), ("Ctrl+=", 1), ("Ctrl+9", 0)):
        press(focus(), pressed)
        sizes.append(sizes[-1] + by if by else SCALES.index(1.0))
        assert house.window.preferences.scale == SCALES[sizes[-1]]
        assert house.window.font().pointSizeF() == pytest.approx(10 * SCALES[sizes[-1]])
    ticked = [each.title for each in commands(house.window.menuBar().actions())
              if each.menu == "View › Text size" and each.action.isChecked()]
    assert ticked == ["100%"]
    # The controls are made anew for another size of text: the keys stay where they were.
    assert focus().objectName() == "box.critic_steps" and focus() is not before
    QTest.keyClick(focus(), Qt.Key.Key_Tab)
    assert focus().objectName() == "control.critic_steps"


def dialog(house: House, kind: type[QDialog]) -> QDialog:
    found = [each for each in house.window.findChildren(kind) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def test_help_has_every_key_and_the_words_on_the_screen(house: House) -> None:
    house.begin()
    press(house.window, "Ctrl+/")
    shown = dialog(house, ShortcutsDialog)
    assert isinstance(shown, ShortcutsDialog)
    listed = lines(shown.table)
    assert set(listed) >= {(each.keys, each.title) for each in shortcuts(house.window)}
    assert ("Space", house.window.transport.play.text()) in listed
    assert ("Run", "") in listed  # a heading
    QTest.keyClicks(shown.line, "restart")
    assert lines(shown.table) == [("Run", ""), ("Ctrl+R", "Restart")]
    shown.close()
    press(house.window, "F3")
    words = dialog(house, GlossaryDialog)
    said = " ".join(word for word, _ in WORDS)
    for word in ("D,", "G,", "k,", "W1", "sd", "KL", "slope", "logit", "latent", "mode"):
        assert word in said
    words.close()
    press(house.window, "Ctrl+F1")
    manual = dialog(house, ManualDialog)
    assert isinstance(manual, ManualDialog)
    assert "The first minutes" in manual.text.toPlainText()
    manual.close()


def lines(table: QTableWidget) -> list[tuple[str, str]]:
    """What can be read in a table."""
    cells = [[table.item(row, column) for column in (0, 1)] for row in range(table.rowCount())
             if not table.isRowHidden(row)]
    return [(key.text() if key else "", words.text() if words else "") for key, words in cells]


def palette(house: House) -> CommandPalette:
    house.enter()
    press(house.window, "Ctrl+Shift+P")
    shown = dialog(house, CommandPalette)
    assert isinstance(shown, CommandPalette)
    return shown


def test_the_palette_does_what_is_typed(house: House) -> None:
    run = house.begin()
    shown = palette(house)
    QTest.keyClicks(shown.line, "text size larger")
    QTest.keyClick(shown.line, Qt.Key.Key_Return)
    house.qtbot.waitUntil(lambda: house.window.preferences.scale == 1.25)
    house.window.set_scale(1.0)
    shown = palette(house)
    QTest.keyClicks(shown.line, "spiral")
    QTest.keyClick(shown.line, Qt.Key.Key_Return)
    house.qtbot.waitUntil(lambda: bool(house.stage.link.told(Start)) and
                          house.stage.link.told(Start)[-1].spec.data == "spiral")
    assert house.stage.link.told(Start)[-1].run > run
    shown = palette(house)
    QTest.keyClick(shown.line, Qt.Key.Key_Down)
    assert shown.list.currentRow() == 1
    QTest.keyClicks(shown.line, "no such thing")
    QTest.keyClick(shown.line, Qt.Key.Key_Return)  # nothing is marked: nothing is done
    assert shown.isVisible()
    QTest.keyClick(shown.line, Qt.Key.Key_Escape)
    assert not shown.isVisible()


def test_space_and_enter_press_what_tab_has_gone_to_and_else_space_plays(house: House) -> None:
    run = house.begin()
    box = house.window.findChild(QCheckBox, "points.real")
    assert isinstance(box, QCheckBox)
    box.setFocus(Qt.FocusReason.MouseFocusReason)
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert house.stage.link.told(Play) == [Play(run=run, on=False)] and box.isChecked()
    while focus().objectName() != "points.real" or house.window.navigation._frame._reached is not box:
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
        before = box.isChecked()
        QTest.keyClick(box, key)
        assert box.isChecked() != before
    assert len(house.stage.link.told(Play)) == 1
    while focus().objectName() != "transport.d-step":
        QTest.keyClick(focus(), Qt.Key.Key_Backtab)
    house.stage.link.sent.clear()
    QTest.keyClick(focus(), Qt.Key.Key_Space)
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert [step.player for step in house.stage.link.told(Step)] == ["discriminator"] * 2


def test_arrow_keys_move_the_slider_that_tab_has_gone_to(house: House) -> None:
    house.begin()
    house.window.setFocus()
    while focus().objectName() != "control.gp_weight":
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    slider = focus()
    assert isinstance(slider, QSlider)
    before = slider.value()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider.value() == before + 1


def menus(house: House) -> list[QMenu]:
    """The menus of the window; those that hold what a bar has no room for are Qt's own."""
    return [menu for menu in house.window.findChildren(QMenu) if menu.title() or menu.parent() in (
        house.window.pickers.variants, house.window.pickers.data)]


def test_every_menu_of_the_window_takes_each_click(house: House) -> None:
    house.begin()
    assert len(menus(house)) > 8
    assert [menu.title() for menu in menus(house) if not isinstance(menu, Menu)] == []


@pytest.mark.parametrize("still", [True, False], ids=["the pointer is there already", "the pointer comes"])
def test_a_click_counts_in_a_menu_that_a_key_has_opened(house: House, still: bool) -> None:
    """Twice, for the pointer lies on the entry from the first time on."""
    house.begin()
    menu = house.window.pickers.data.menu()
    assert isinstance(menu, QMenu)
    entry = next(action for action in menu.actions() if action.objectName() == "data.spiral")
    chosen: list[QAction] = []
    entry.triggered.connect(lambda: chosen.append(entry))

    def click() -> None:
        at = menu.actionGeometry(entry).center()
        if still:
            QTest.mouseMove(house.window, house.window.mapFromGlobal(menu.mapToGlobal(at)))
            menu.hide()
            QTimer.singleShot(0, again)
        else:
            QTest.mouseMove(menu, at)
            QTest.mouseClick(menu, Qt.MouseButton.LeftButton, NONE, at)

    def again() -> None:
        QTimer.singleShot(50, lambda: QTest.mouseClick(
            menu, Qt.MouseButton.LeftButton, NONE, menu.actionGeometry(entry).center()))
        QTimer.singleShot(2000, menu, menu.hide)
        press(house.window, "Ctrl+2")

    QTest.mouseMove(house.window, QPoint(900, 700))
    QTimer.singleShot(50, click)
    press(house.window, "Ctrl+2")
    house.qtbot.waitUntil(lambda: len(chosen) == 1)
    assert house.stage.link.told(Start)[-1].spec.data == "spiral"


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a screen reader is told to say."""
    said: list[str] = []

    class Accessible:
        AnnouncementPoliteness = QAccessible.AnnouncementPoliteness

        @staticmethod
        def updateAccessibility(event: object) -> None:
            assert isinstance(event, QAccessibleAnnouncementEvent)
            said.append(event.message())

    monkeypatch.setattr(announcer, "QAccessible", Accessible)
    return said


def test_what_changes_by_itself_is_announced(house: House, heard: list[str]) -> None:
    run = house.begin()
    assert any("WGAN-GP" in text and "Ring of Gaussians" in text for text in heard)
    heard.clear()
    house.stage.link.say(progress(run, 5))
    assert heard == []  # it goes on as before
    house.stage.link.say(progress(run, 1234, playing=False))
    house.stage.link.say(progress(run, 1234, playing=False))
    house.stage.link.say(progress(run, 1240))
    assert heard == ["Paused at step 1,234", "Playing from step 1,240"]
    heard.clear()
    house.window.tell("Mode collapse: all points near one mode of 8.")
    assert heard == ["Mode collapse: all points near one mode of 8."]


def test_tabs_of_docks_are_named(house: House) -> None:
    house.begin()
    tabs = [each for each in house.window.findChildren(QTabBar) if each.isVisible()]
    assert len(tabs) >= 3
    assert all(each.accessibleName() for each in tabs)



@pytest.mark.parametrize("keys", [
    [(Qt.Key.Key_Plus, NONE)],  # German: a key of its own
    [(Qt.Key.Key_Equal, NONE)],  # English: the same key, without Shift
    [(Qt.Key.Key_Plus, Qt.KeyboardModifier.KeypadModifier)],
], ids=["German", "English", "number pad"])
def test_the_size_of_text_has_keys_on_each_keyboard(
        house: House, keys: list[tuple[Qt.Key, Qt.KeyboardModifier]]) -> None:
    house.begin()
    house.window.setFocus()
    control = Qt.KeyboardModifier.ControlModifier
    for key, more in keys:
        QTest.keyClick(house.window, key, control | more)
        assert house.window.preferences.scale == 1.25
        QTest.keyClick(house.window, Qt.Key.Key_Minus, control | more)
        assert house.window.preferences.scale == 1.0
        QTest.keyClick(house.window, key, control | more)
    QTest.keyClick(house.window, Qt.Key.Key_9, control)  # a digit that needs no Shift, unlike what Shift makes of it
    assert house.window.preferences.scale == 1.0


def test_escape_cancels_a_run_that_is_prepared_and_then_brings_the_panels_back(house: House) -> None:
    """Two that answer to one key would both do nothing."""
    run = house.begin()
    house.window.navigation.go("points")
    press(focus(), "F8")
    assert house.window.alone.name == "points"
    house.stage.next_run.start(Spec(variant="wgan", data="moons"))
    asked = house.stage.link.told(Start)[-1].run
    cancel = house.window.findChild(QPushButton, "preparing.cancel")
    assert isinstance(cancel, QPushButton)
    bar = house.window.findChild(QProgressBar, "preparing")
    assert isinstance(bar, QProgressBar)
    house.qtbot.waitUntil(bar.isVisible)
    house.stage.link.say(Loading(run=asked, what="reading the data", done=1, total=2))
    assert cancel.isVisible()
    press(focus(), "Esc")
    house.qtbot.waitUntil(lambda: bool(house.stage.link.told(Stop)))  # it stays pressed a while
    assert house.stage.link.told(Stop)[-1].run == asked != run
    assert house.window.alone.name == "points"
    house.stage.link.say(Refused(run=asked, reason="cancelled"))
    assert not cancel.isVisible()
    press(focus(), "Esc")
    assert house.window.alone.name == ""


def test_what_lies_over_the_panels_comes_first_and_escape_closes_it(house: House) -> None:
    house.begin()
    house.window.setFocus()
    done: list[str] = []
    house.window.tell("Something happened.", ("Do it", lambda: done.append("it")), ("Or that", lambda: None))
    press(focus(), "Tab")
    assert focus().objectName() == "notice.0"
    press(focus(), "Tab")
    assert focus().objectName() == "notice.1"
    press(focus(), "Shift+Tab")
    press(focus(), "Return")
    assert done == ["it"] and house.said() == ""
    assert focus() is house.window, "and not a field that takes Space for a letter"
    house.window.tell("Something else happened.")
    press(focus(), "Tab")
    press(focus(), "Esc")
    assert house.said() == "" and focus() is house.window
    house.window.welcome.open_at_start()
    press(focus(), "Esc")
    assert not house.window.welcome.isVisible()


def test_enter_presses_a_button_that_has_the_keys_however_they_came_there(house: House) -> None:
    house.begin()
    button = house.window.findChild(QPushButton, "control.all")
    assert isinstance(button, QPushButton)
    button.setFocus()
    before = button.text()
    press(focus(), "Return")
    after = house.window.findChild(QPushButton, "control.all")
    assert isinstance(after, QPushButton) and after.text() != before
    after.click()


def test_the_keys_stay_where_they_are_while_docks_make_room(house: House) -> None:
    house.begin()
    take_pose(house.window, 1.0, 1000, 620)  # some docks are tabs for lack of room
    slider = house.window.findChild(QSlider, "control.gp_weight")
    assert isinstance(slider, QSlider)
    house.window.focus_frame.reach(slider, Qt.FocusReason.TabFocusReason)
    taken: list[object] = []
    house.window.proportions.focus_taken.connect(taken.append)
    house.window.proportions.make_room()
    assert slider in taken, "Qt takes the focus from docks that are restored"
    assert focus() is slider and house.window.focus_frame._reached is slider
