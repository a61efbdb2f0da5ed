"""The window with an engine played by the test: notices, layouts, palettes, keyboard, and what it never loads."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QAction, QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QSlider,
    QTabBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot
from studio_kit import (
    RING,
    Stage,
    applied,
    end,
    landscape_view,
    measured,
    mode_count,
    points_view,
    progress,
    real_catalog,
    snapshot,
    started,
)

from ganstudio.core import leaves as leaves_file
from ganstudio.core.leaves import BrokenLeaf
from ganstudio.core.protocol.messages import (
    Diverged,
    Failed,
    Loading,
    Play,
    Refused,
    SetControl,
    SetSpeed,
    SnapshotRequest,
    Start,
    Step,
    Stop,
)
from ganstudio.core.protocol.spec import MAX_SEED, Spec
from ganstudio.core.protocol.views import Divergence
from ganstudio.ui.docks.layouts import LAYOUTS
from ganstudio.ui.main.pickers import FILES, FOLDERS
from ganstudio.ui.main.transport import SPEED_TICKS
from ganstudio.ui.main.window import SCALES, Window
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.collapse_watch import Collapse
from ganstudio.ui.state.preferences import Keeping
from ganstudio.ui.theme import THEMES

ROOT = Path(__file__).resolve().parents[3]
LINE = Spec(variant="ns-gan", data="mixture")
IMAGE = Spec(variant="dcgan", data="digits")
KINDS = pytest.mark.parametrize(
    ("kind", "spec"), [("plane", Spec()), ("line", LINE), ("image", IMAGE)], ids=["plane", "line", "image"]
)


class House:
    """Windows, one after the other, over what is kept between starts."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.stage = Stage(welcomed=False)
        self.window = self.built()

    def built(self) -> Window:
        window = Window(self.stage.session, Keeping())
        window.show()
        return window

    def enter(self) -> None:
        """Keys go to this window."""
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow)

    def close(self) -> None:
        end(self.window)

    def again(self) -> None:
        """The studio is closed and started once more."""
        self.close()
        self.stage = Stage(welcomed=False)
        self.window = self.built()

    def begin(self, spec: Spec | None = None) -> int:
        if self.stage.session.engine is None:
            self.stage.welcome()
        run = self.stage.begin(spec)
        self.stage.link.say(progress(run, 1))
        return run

    def said(self) -> str:
        """What the notice says; nothing where it cannot be seen."""
        return self.window.notice.text if self.window.notice.isVisible() else ""

    def press(self, index: int) -> None:
        """Presses a button of the notice."""
        button = self.window.notice.findChild(QPushButton, f"notice.{index}")
        assert isinstance(button, QPushButton)
        assert button.isVisible()
        button.click()

    def looks_are(self, count: int) -> bool:
        return len(self.stage.link.told(SnapshotRequest)) >= count

    def pictures_are(self, count: int) -> bool:
        return self.window.looking.pictures == count

    def visible(self) -> set[str]:
        return {name for name, dock in self.window.docks.items() if not dock.isHidden()}


def undress() -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setStyleSheet("")


@pytest.fixture
def fresh(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A window at its first start."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    # What other files' tests have let go of is deleted first: dressing the application walks over every widget.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    made = House(qtbot)
    made.enter()
    yield made
    made.close()
    undress()


@pytest.fixture(scope="module")
def shared(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[House]]:
    """The window that most tests share; it is built by the first."""
    kept: list[House] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSTUDIO_HOME", str(tmp_path_factory.mktemp("window")))
        yield kept
        for house in kept:
            house.close()
        undress()


@pytest.fixture
def house(shared: list[House], qtbot: QtBot) -> Iterator[House]:
    """A window with an engine and without a run of this test's; nothing is said, nothing was sent."""
    if not shared:
        shared.append(House(qtbot))
    made = shared[0]
    made.qtbot = qtbot
    if made.stage.session.engine is None:
        made.stage.welcome()
    made.enter()
    if QApplication.font().pointSizeF() != 10 or made.window.theme_name != "dark":
        made.window.set_theme("dark")
        made.window.set_scale(1.0)  # of the application, which another window may have changed
    made.window.notice.dismiss()
    made.stage.link.sent.clear()
    yield made
    if made.window.width() != 1600 or made.visible() != set(LAYOUTS["plane"].names):
        made.window.resize(1600, 1000)
        made.window.lay_out("plane", anew=True)


# Before and at the start -------------------------------------------------------------------------------------------


def test_before_the_engine_is_up_nothing_can_be_driven(fresh: House) -> None:
    assert not fresh.window.transport.play.isEnabled()
    assert not fresh.window.chooser.variants.isEnabled()
    assert "engine" in fresh.window.transport.readout.text()
    fresh.begin()
    assert fresh.window.transport.play.isEnabled()
    assert fresh.window.chooser.variants.isEnabled()


def test_a_run_names_the_window(house: House) -> None:
    house.begin()
    catalog = real_catalog()
    assert house.window.windowTitle() == (
        f"{catalog.variant('wgan-gp').title} on {catalog.data_set('ring').title} – GAN Studio"
    )
    assert house.window.chooser.variants.text().strip() == catalog.variant("wgan-gp").title
    assert house.window.chooser.data.text().strip() == catalog.data_set("ring").title
    assert house.window.statusBar().currentMessage() == catalog.variant("wgan-gp").advice


def test_a_run_that_takes_its_time_is_announced(house: House) -> None:
    bar = house.window.findChild(QProgressBar, "preparing")
    assert isinstance(bar, QProgressBar)
    house.begin()
    assert not bar.isVisible()
    house.stage.session.choose_data("moons")
    house.qtbot.waitUntil(bar.isVisible)
    house.stage.stand()
    assert not bar.isVisible()


def test_a_long_reading_shows_how_far_it_is_and_can_be_left(house: House) -> None:
    bar = house.window.findChild(QProgressBar, "preparing")
    cancel = house.window.findChild(QPushButton, "preparing.cancel")
    assert isinstance(bar, QProgressBar)
    assert isinstance(cancel, QPushButton)
    house.begin()
    house.stage.session.choose_data("moons")
    asked = house.stage.link.told(Start)[-1].run
    house.qtbot.waitUntil(bar.isVisible)
    assert not cancel.isVisible(), "there is nothing to leave yet"
    house.stage.link.say(Loading(run=asked, what="reading images", done=30, total=120))
    assert bar.text() == "reading images: 25%"
    assert cancel.isVisible()
    cancel.click()
    assert house.stage.link.told(Stop)[-1].run == asked
    house.stage.link.say(Refused(run=asked, reason="preparing was cancelled"))
    assert not bar.isVisible()
    assert not cancel.isVisible()


# Menus -------------------------------------------------------------------------------------------------------------


def actions(menu: QMenu) -> dict[str, QAction]:
    return {action.objectName(): action for action in menu.actions() if action.objectName()}


def test_every_variant_and_data_set_has_its_entry(house: House) -> None:
    house.begin()
    catalog = real_catalog()
    assert set(actions(house.window.chooser.variants.menu())) == {f"variant.{v.name}" for v in catalog.variants}
    assert set(actions(house.window.chooser.data.menu())) == {f"data.{d.name}" for d in catalog.data}
    families = {action.text() for action in house.window.chooser.variants.menu().actions() if action.isSeparator()}
    assert families >= {variant.family for variant in catalog.variants}


def test_what_cannot_be_used_is_greyed_with_its_fault(house: House) -> None:
    house.begin()
    broken = [BrokenLeaf(name="bent-gan", folder="variants", fault="it cannot be imported: no", package="bent 1.0"),
              BrokenLeaf(name="bent-ring", folder="datasets", fault="it has no kinds")]
    house.window.chooser.fill(msgspec.structs.replace(real_catalog(), broken=broken))
    last = [button.menu().actions()[-1] for button in (house.window.chooser.variants, house.window.chooser.data)]
    assert [(action.text(), action.toolTip(), action.isEnabled()) for action in last] == [
        ("bent-gan (bent 1.0)", "it cannot be imported: no", False), ("bent-ring", "it has no kinds", False)]
    house.window.chooser.fill(real_catalog())
    assert all(action.isEnabled() for action in house.window.chooser.variants.menu().actions())


@pytest.mark.parametrize("name", [variant.name for variant in real_catalog().variants])
def test_choosing_a_variant_restarts(house: House, name: str) -> None:
    house.begin()
    actions(house.window.chooser.variants.menu())[f"variant.{name}"].trigger()
    assert house.stage.link.told(Start)[-1].spec.variant == name


@pytest.mark.parametrize(
    "name", [data.name for data in real_catalog().data if data.name not in (*FILES, *FOLDERS)])
def test_choosing_a_data_set_restarts(house: House, name: str) -> None:
    house.begin()
    actions(house.window.chooser.data.menu())[f"data.{name}"].trigger()
    assert house.stage.link.told(Start)[-1].spec.data == name


@pytest.mark.parametrize(("name", "dialog", "control"), [
    ("points", "getOpenFileName", "file"), ("folder", "getExistingDirectory", "path"),
])
@pytest.mark.parametrize("chosen", ["somewhere", ""], ids=["chosen", "cancelled"])
def test_data_of_ones_own_is_asked_for(
    house: House, monkeypatch: pytest.MonkeyPatch, name: str, dialog: str, control: str, chosen: str
) -> None:
    monkeypatch.setattr(QFileDialog, dialog, lambda *_: chosen if name == "folder" else (chosen, ""))
    house.begin()
    actions(house.window.chooser.data.menu())[f"data.{name}"].trigger()
    started_ = house.stage.link.told(Start)
    if chosen:
        assert (started_[-1].spec.data, started_[-1].spec.data_controls) == (name, {control: chosen})
    else:
        assert len(started_) == 1


# What goes together ------------------------------------------------------------------------------------------------


def test_what_a_choice_changed_beside_is_said_once_the_run_stands(house: House) -> None:
    house.begin()
    house.stage.session.choose_variant("began")
    assert not house.said()
    house.stage.stand()
    assert "images only" in house.said()
    assert "Digits" in house.said()


def test_warnings_of_a_run_are_told_once_it_stands(house: House) -> None:
    house.begin()
    house.stage.session.restart()
    asked = house.stage.link.told(Start)[-1]
    house.stage.link.say(msgspec.structs.replace(
        started(asked.run, asked.spec), warnings=["Batch norm sees clipping.", "Slow here."]))
    assert house.said() == "Batch norm sees clipping. Slow here."
    house.begin()
    assert not house.said()


def test_controls_for_images_stand_only_where_there_are_images(house: House) -> None:
    house.begin(Spec(variant="wgan-gp"))
    assert house.window.findChild(QWidget, "control.ema_decay") is None
    house.begin(Spec(variant="wgan-gp", data="digits"))
    assert house.window.findChild(QWidget, "control.ema_decay") is not None


def test_every_control_has_its_place(house: House) -> None:
    """Whatever box a variant puts it into."""
    for variant in real_catalog().variants:
        kind = "plane" if "plane" in variant.kinds else "image"
        house.begin(Spec(variant=variant.name, data="ring" if kind == "plane" else "digits"))
        for info in variant.controls:
            found = house.window.findChild(QWidget, f"control.{info.name}")
            assert (found is not None) == (not info.kinds or kind in info.kinds), info.name


def test_a_variant_brings_its_panel_to_the_front(fresh: House) -> None:
    fresh.begin(IMAGE)
    fresh.qtbot.waitUntil(lambda: "interpolation" in on_top(fresh.window))
    fresh.begin(Spec(variant="progan", data="digits"))
    fresh.qtbot.waitUntil(lambda: "progressive" in on_top(fresh.window))
    fresh.window.docks["gradients"].raise_()
    fresh.begin(Spec(variant="progan", data="digits", seed=1))
    fresh.qtbot.waitUntil(lambda: "gradients" in on_top(fresh.window))
    fresh.window.docks["progressive"].raise_()
    fresh.qtbot.waitUntil(lambda: "progressive" in on_top(fresh.window))
    fresh.begin(IMAGE)
    fresh.qtbot.waitUntil(lambda: "interpolation" in on_top(fresh.window))


def test_a_layout_does_without_panels_that_are_not_there() -> None:
    whole = LAYOUTS["image"]
    assert whole.among(whole.names) == whole
    part = whole.among({"controls", "interpolation", "progressive", "log", "balance"})
    assert part.upper == (("interpolation", "progressive"),)
    assert part.side == ("log",)
    assert part.lower == (("balance",),)
    assert len(part.shares) == len(part.upper)


@pytest.mark.parametrize(("rate", "text"), [(0.25, "4 s/step"), (3.456, "3.5 steps/s"), (100.0, "100 steps/s")])
def test_slow_steps_are_told_in_seconds(house: House, rate: float, text: str) -> None:
    run = house.begin()
    house.stage.link.say(msgspec.structs.replace(progress(run, 5), steps_per_second=rate))
    assert text in house.window.transport.readout.text()


@pytest.mark.parametrize(("typed", "variant", "data"), [
    ("moons", "wgan-gp", "moons"), ("non-saturating", "ns-gan", "ring"), ("MIXTURE", "wgan-gp", "mixture"),
])
def test_the_search_takes_the_first_that_fits(house: House, typed: str, variant: str, data: str) -> None:
    house.begin()
    search = house.window.findChild(QLineEdit, "menu.search")
    assert isinstance(search, QLineEdit)
    search.setFocus()
    QTest.keyClicks(search, typed)
    QTest.keyClick(search, Qt.Key.Key_Return)
    asked = house.stage.link.told(Start)
    assert len(asked) == 2
    assert (asked[-1].spec.variant, asked[-1].spec.data) == (variant, data)
    house.qtbot.waitUntil(lambda: search.text() == "")


def test_a_search_for_nothing_changes_nothing(house: House) -> None:
    house.begin()
    search = house.window.findChild(QLineEdit, "menu.search")
    assert isinstance(search, QLineEdit)
    for typed in ("", "no such thing"):
        search.clear()
        QTest.keyClicks(search, typed)
        QTest.keyClick(search, Qt.Key.Key_Return)
    assert len(house.stage.link.told(Start)) == 1


# Transport ---------------------------------------------------------------------------------------------------------


def test_keys_drive_the_run(house: House) -> None:
    run = house.begin()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_D, Qt.Key.Key_G, Qt.Key.Key_S):
        QTest.keyClick(house.window, key)
        house.stage.link.say(progress(run, 1, playing=False))
    QTest.keyClick(house.window, Qt.Key.Key_Space)
    sent = [command for command in house.stage.link.sent if isinstance(command, Play | Step)]
    assert sent == [
        Play(run=run, on=False), Step(run=run, player="discriminator"), Step(run=run, player="generator"),
        Step(run=run, player="cycle"), Play(run=run, on=True),
    ]
    QTest.keyClick(house.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert len(house.stage.link.told(Start)) == 2


@pytest.mark.parametrize("name", ["menu.search", "transport.seed", "box.gp_weight"])
def test_keys_that_are_typed_drive_nothing(house: House, name: str) -> None:
    """A d in the search field is a letter."""
    house.begin()
    box = house.window.findChild(QLineEdit, name)
    assert isinstance(box, QLineEdit)
    box.setFocus()
    before = len(house.stage.link.told(Step)) + len(house.stage.link.told(Play))
    QTest.keyClicks(box, "dgs 1")
    assert len(house.stage.link.told(Step)) + len(house.stage.link.told(Play)) == before


def test_the_read_out_says_where_the_run_stands(house: House) -> None:
    run = house.begin()
    house.stage.link.say(progress(run, 1234))
    text = house.window.transport.readout.text()
    assert "step 1,234" in text
    assert "100 steps/s" in text
    assert "seen" in text
    assert "CPU" in text
    house.stage.link.say(progress(run, 1234, place=3, playing=False))
    assert "step 1,234 + 3" in house.window.transport.readout.text()
    assert "held" in house.window.transport.readout.text()
    assert house.window.transport.play.text() == "Play"


@pytest.mark.parametrize(("typed", "seed"), [("7", 7), (str(MAX_SEED), MAX_SEED), (" 12 ", 12)])
def test_another_seed_restarts(house: House, typed: str, seed: int) -> None:
    house.begin()
    box = house.window.findChild(QLineEdit, "transport.seed")
    assert isinstance(box, QLineEdit)
    box.setText(typed)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert house.stage.link.told(Start)[-1].spec.seed == seed


@pytest.mark.parametrize("typed", ["", "-1", "x", str(MAX_SEED + 1), "1.5", "0", "²"])
def test_what_is_no_seed_is_put_back(house: House, typed: str) -> None:
    house.begin()
    box = house.window.findChild(QLineEdit, "transport.seed")
    assert isinstance(box, QLineEdit)
    box.setText(typed)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert len(house.stage.link.told(Start)) == 1
    assert box.text() == "0"


def test_the_speed_reaches_from_slow_motion_to_unbounded_and_is_kept(house: House) -> None:
    run = house.begin()
    slider = house.window.findChild(QSlider, "transport.speed")
    assert isinstance(slider, QSlider)
    slider.setValue(0)
    slow = house.stage.link.told(SetSpeed)[-1]
    assert (slow.run, slow.updates_per_second) == (run, 0.5)
    again = house.begin(Spec(seed=1))
    assert house.stage.link.told(SetSpeed)[-1] == SetSpeed(run=again, updates_per_second=0.5)
    slider.setValue(SPEED_TICKS)
    assert house.stage.link.told(SetSpeed)[-1].updates_per_second == 0


# Notices -----------------------------------------------------------------------------------------------------------


def test_nothing_is_said_while_all_is_well(fresh: House) -> None:
    assert fresh.said() == ""
    fresh.begin()
    assert fresh.said() == ""


def test_a_divergence_names_term_and_step_and_offers_the_good_settings(house: House) -> None:
    run = house.begin()
    house.stage.link.say(Diverged(run=run, what=Divergence(term="penalty", at=1077.4, value="inf"),
                                  good_settings={**house.stage.session.settings, "gp_weight": 5.0}))
    assert "“penalty” became inf at step 1,077" in house.said()
    house.press(0)
    assert house.stage.link.told(Start)[-1].spec.controls["gp_weight"] == 5.0
    house.stage.stand()
    assert house.said() == ""


def test_a_run_that_fails_says_why_and_can_be_restarted(house: House) -> None:
    run = house.begin()
    house.stage.link.say(Failed(run=run, reason="ValueError: odd", traceback="Traceback …"))
    assert "ValueError: odd" in house.said()
    house.press(0)
    assert len(house.stage.link.told(Start)) == 2


def test_a_refusal_is_one_sentence_that_can_be_closed(house: House) -> None:
    run = house.begin()
    house.stage.link.say(Refused(run=run, reason="gp_weight = 1e9 is out of range", id=1))
    assert "gp_weight = 1e9 is out of range" in house.said()
    house.window.notice.findChildren(QToolButton)[0].click()
    assert house.said() == ""


def test_a_lost_engine_says_why_and_offers_another(fresh: House) -> None:
    run = fresh.begin()
    fresh.stage.link.say(snapshot(run, points_view(RING, modes=mode_count([0.125] * 8)), steps=9))
    fresh.stage.link.lose("it was ended by signal 9")
    assert "signal 9" in fresh.said()
    assert not fresh.window.transport.play.isEnabled()
    assert fresh.window.transport.play.text() == "Play" and fresh.window.transport.readout.text().endswith("no engine")
    assert fresh.window.isVisible()
    fresh.stage.open(lambda: fresh.press(0))
    assert len(fresh.stage.links) == 2
    fresh.stage.welcome()
    fresh.stage.stand()
    assert fresh.said() == ""
    assert fresh.window.transport.play.isEnabled()


def test_an_engine_that_never_came_up_is_told_too(fresh: House) -> None:
    fresh.stage.session.start(Spec(variant="wgan", seed=3))
    fresh.stage.link.lose("No module named torch")
    assert "No module named torch" in fresh.said()
    fresh.stage.open(lambda: fresh.press(0))
    fresh.stage.welcome()
    asked = fresh.stage.link.told(Start)[-1].spec
    assert (asked.variant, asked.seed) == ("wgan", 3)


def test_a_collapse_is_told_in_a_notice(house: House) -> None:
    house.begin()
    house.stage.session.tell_collapse(Collapse(at=640, well_at=620, well_from=9, words="few are left"))
    assert house.said().startswith("Mode collapse: few are left. All was well until step 620")
    house.begin()
    assert house.said() == ""


def test_undo_and_redo_have_the_usual_keys_and_a_text_keeps_its_own(house: House) -> None:
    run = house.begin()
    link, session = house.stage.link, house.stage.session
    before = session.settings["gp_weight"]
    link.say(applied(run, 1, "gp_weight", 5.0))
    assert house.window._undo.text() == "&Undo gradient penalty λ to 5\tCtrl+Z"
    ctrl = Qt.KeyboardModifier.ControlModifier
    both = ctrl | Qt.KeyboardModifier.ShiftModifier

    def last() -> tuple[int, object]:
        house.qtbot.waitUntil(lambda: not session._waiting)
        sent = link.told(SetControl)
        return len(sent), sent[-1].value if sent else None

    house.window.chooser._search.setFocus()
    QTest.keyClicks(house.window.chooser._search, "ring")
    QTest.keyClick(house.window.chooser._search, Qt.Key.Key_Z, ctrl)
    assert last() == (0, None) and house.window.chooser._search.text() == ""
    house.window.timeline.strip.setFocus()
    QTest.keyClick(house.window.timeline.strip, Qt.Key.Key_Z, ctrl)
    assert last() == (1, before)
    assert house.window._redo.text() == "&Redo gradient penalty λ to 5\tCtrl+Shift+Z"
    QTest.keyClick(house.window.timeline.strip, Qt.Key.Key_Z, both)
    assert last() == (2, 5.0)
    QTest.keyClick(house.window, Qt.Key.Key_U, ctrl)
    assert last() == (3, before)


def test_a_notice_takes_no_room_when_nothing_is_said(house: House) -> None:
    run = house.begin()
    height = house.window.docks["points"].height()
    house.stage.link.say(Refused(run=run, reason="no", id=1))
    house.qtbot.waitUntil(lambda: house.window.docks["points"].height() < height)
    house.begin()
    house.qtbot.waitUntil(lambda: house.window.docks["points"].height() == height)


# Layouts -----------------------------------------------------------------------------------------------------------


def test_each_kind_of_data_has_its_layout(house: House) -> None:
    house.begin()
    assert house.visible() == set(LAYOUTS["plane"].names)
    for _ in range(2):  # as it stands at first, and as it was left
        house.begin(LINE)
        assert house.visible() == set(LAYOUTS["line"].names)
        house.begin()
        assert house.visible() == set(LAYOUTS["plane"].names)


def test_what_is_arranged_is_kept_between_kinds_and_between_starts(fresh: House) -> None:
    fresh.begin()
    fresh.window.docks["log"].hide()
    fresh.window.docks["curves"].setFloating(True)
    fresh.begin(LINE)
    assert "log" in fresh.visible()
    fresh.window.docks["wasserstein"].hide()
    fresh.begin()
    assert "log" not in fresh.visible()
    fresh.again()
    fresh.begin()
    assert "log" not in fresh.visible()
    assert fresh.window.docks["curves"].isFloating()
    fresh.begin(LINE)
    assert "wasserstein" not in fresh.visible()


def test_reset_brings_the_first_layout_back(fresh: House) -> None:
    fresh.begin()
    fresh.window.docks["log"].hide()
    fresh.window.docks["curves"].setFloating(True)
    fresh.window.reset_layout()
    assert fresh.visible() == set(LAYOUTS["plane"].names)
    assert not fresh.window.docks["curves"].isFloating()
    fresh.again()
    fresh.begin()
    assert fresh.visible() == set(LAYOUTS["plane"].names)


def on_top(window: Window) -> set[str]:
    """The panels that can be seen."""
    return {name for name, dock in window.docks.items() if not dock.visibleRegion().isEmpty()}


def firsts(kind: str) -> set[str]:
    """The panels that are on top of their stacks at first."""
    layout = LAYOUTS[kind]
    return {"controls", *(stack[0] for stack in (*layout.upper, layout.side, *layout.lower))}


@KINDS
def test_the_first_of_each_stack_is_on_top_at_first_and_after_a_reset(fresh: House, kind: str, spec: Spec) -> None:
    fresh.begin(spec)
    fresh.qtbot.waitUntil(lambda: on_top(fresh.window) == firsts(kind))
    layout = LAYOUTS[kind]
    lasts = {stack[-1] for stack in (*layout.upper, layout.side, *layout.lower)}
    for name in lasts:
        fresh.window.docks[name].raise_()
    fresh.qtbot.waitUntil(lambda: on_top(fresh.window) == {"controls", *lasts})
    fresh.window.reset_layout()
    fresh.qtbot.waitUntil(lambda: on_top(fresh.window) == firsts(kind))


def stands(window: Window, name: str) -> bool:
    """Whether a panel lies in the window, with room, and not over nothing at its corner."""
    dock = window.docks[name]
    return (dock.isVisible() and not dock.isFloating() and dock.width() >= 150 and dock.height() >= 120
            and window.rect().contains(dock.geometry())
            and window.dockWidgetArea(dock) != Qt.DockWidgetArea.NoDockWidgetArea)


@KINDS
def test_every_panel_of_a_kind_stands_in_its_layout_and_is_in_the_view_menu(
    house: House, kind: str, spec: Spec
) -> None:
    house.begin(spec)
    for name, panel in house.window.panels.items():
        dock = house.window.docks[name]
        assert dock.toggleViewAction().isVisible() == (kind in panel.kinds), name
        assert (name in LAYOUTS[kind].names) == (kind in panel.kinds), name
        if kind not in panel.kinds:
            continue
        dock.raise_()
        house.qtbot.waitUntil(functools.partial(stands, house.window, name))
        dock.close()
        dock.toggleViewAction().trigger()
        dock.raise_()
        house.qtbot.waitUntil(functools.partial(stands, house.window, name))
    house.window.reset_layout()


class Tilted(Panel):
    """As another package would bring it."""

    name = "tilted"
    title = "Tilted"
    kinds = ("plane",)
    help = "Nothing to be seen"


def test_a_panel_of_another_package_stands_at_the_side_and_a_broken_one_is_greyed(
    monkeypatch: pytest.MonkeyPatch, fresh: House
) -> None:
    known = leaves_file._walked("ganstudio.ui.panels", Panel)
    more = msgspec.structs.replace(
        known, leaves={**known.leaves, "tilted": Tilted},
        broken=[BrokenLeaf(name="bent", folder="panels", fault="it has no kinds", package="bent 1.0")])
    monkeypatch.setitem(leaves_file._KNOWN, "ganstudio.ui.panels", more)
    fresh.again()
    fresh.window.resize(1600, 1000)
    fresh.begin()
    assert fresh.window.docks["tilted"] in fresh.window.tabifiedDockWidgets(fresh.window.docks["measures"])
    fresh.window.docks["tilted"].raise_()
    fresh.qtbot.waitUntil(functools.partial(stands, fresh.window, "tilted"))
    fresh.begin(LINE)
    assert not fresh.window.docks["tilted"].isVisible()
    (action,) = [action for action in fresh.window.findChildren(QAction) if action.text() == "bent"]
    assert (action.toolTip(), action.isEnabled()) == ("it has no kinds", False)


def test_a_panel_that_the_kept_layout_does_not_know_stands_where_it_stands_at_first(fresh: House) -> None:
    """Settings of an older version name fewer panels."""
    fresh.begin()
    for name in ("manifold", "phase"):
        fresh.window.removeDockWidget(fresh.window.docks[name])
    fresh.window.docks["log"].hide()
    fresh.again()
    fresh.begin()
    assert "log" not in fresh.visible(), "what was kept is kept"
    for name, neighbour in (("manifold", "points"), ("phase", "landscape")):
        dock = fresh.window.docks[name]
        assert fresh.window.docks[neighbour] in fresh.window.tabifiedDockWidgets(dock)
        dock.raise_()
        fresh.qtbot.waitUntil(functools.partial(stands, fresh.window, name))


def test_nonsense_in_the_settings_is_put_up_with(fresh: House, tmp_path: Path) -> None:
    fresh.close()
    (tmp_path / "studio.ini").write_text(
        "[window]\ngeometry=@ByteArray(nonsense)\n[layout]\nplane=@ByteArray(\\x1\\x2)\nline=7\n"
        "[look]\ntheme=chartreuse\nscale=huge\n"
    )
    fresh.stage = Stage(welcomed=False)
    fresh.window = fresh.built()
    fresh.begin()
    assert fresh.visible() == set(LAYOUTS["plane"].names)
    assert fresh.window.theme_name == "dark"
    assert fresh.window.scale == 1.0


def test_a_panel_that_is_closed_is_not_looked_at_any_more(house: House) -> None:
    run = house.begin()
    house.qtbot.waitUntil(lambda: bool(house.stage.link.told(SnapshotRequest)))
    assert house.stage.link.told(SnapshotRequest)[-1].views == ["boundary", "landscape", "points"]
    house.window.docks["landscape"].close()
    house.stage.link.say(snapshot(run, points_view(RING), steps=2))
    house.qtbot.waitUntil(lambda: house.stage.link.told(SnapshotRequest)[-1].views == ["gradients", "points"])
    house.window.docks["landscape"].toggleViewAction().trigger()
    house.window.docks["landscape"].raise_()  # what lay behind it was seen in the meantime
    house.qtbot.waitUntil(
        lambda: house.stage.link.told(SnapshotRequest)[-1].views == ["boundary", "landscape", "points"])


def test_pictures_follow_each_other_only_when_painted(house: House) -> None:
    """The real panels, painted by Qt: a picture, then the next look, and so on."""
    run = house.begin()
    grid, slopes = np.outer(np.linspace(-1, 1, 40), np.ones(40)), np.ones((8, 2))
    for steps in range(1, 6):
        house.qtbot.waitUntil(functools.partial(house.looks_are, steps))
        house.stage.link.say(snapshot(run, points_view(RING * steps / 6), landscape_view(grid * steps, slopes),
                                      steps=steps))
        house.qtbot.waitUntil(functools.partial(house.pictures_are, steps))
    assert house.window.looking.shown_steps == 5


def test_a_minimised_window_looks_at_nothing(fresh: House) -> None:
    run = fresh.begin()
    fresh.qtbot.waitUntil(lambda: bool(fresh.stage.link.told(SnapshotRequest)))
    fresh.window.showMinimized()
    fresh.stage.link.say(snapshot(run, points_view(RING), steps=2))
    fresh.qtbot.waitUntil(lambda: not fresh.window.looking._next.isActive())
    count = len(fresh.stage.link.told(SnapshotRequest))
    fresh.window.showNormal()
    fresh.qtbot.waitUntil(lambda: len(fresh.stage.link.told(SnapshotRequest)) > count)


# Palettes and sizes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
def test_a_palette_dresses_everything_and_is_kept(fresh: House, theme: str) -> None:
    fresh.begin()
    fresh.window.set_theme(theme)
    shade = THEMES[theme]
    assert fresh.window.palette().window().color().name() == shade.window
    assert all(panel.theme == shade for panel in fresh.window.panels.values())
    image = fresh.window.grab().toImage()
    light = sum(image.pixelColor(x, y).lightness() > 128 for x in range(5, image.width(), 40)
                for y in range(5, image.height(), 40))
    assert (light > image.width() * image.height() / 1600 / 2) == (theme == "light")
    fresh.again()
    assert fresh.window.theme_name == theme


def test_the_text_has_the_size_that_was_chosen(fresh: House) -> None:
    fresh.begin()
    for scale in SCALES:
        fresh.window.set_scale(scale)
        assert fresh.window.font().pointSizeF() == pytest.approx(10 * scale)
        fresh.window.grab()
    fresh.again()
    assert fresh.window.font().pointSizeF() == pytest.approx(10 * SCALES[-1])


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1600, 1000)])
@pytest.mark.parametrize("spec", [Spec(), LINE, IMAGE], ids=["plane", "line", "image"])
def test_the_window_fits_the_screens_it_is_made_for(house: House, spec: Spec, width: int, height: int) -> None:
    house.window.resize(width, height)
    house.window.lay_out("plane", anew=True)
    run = house.begin(spec)
    house.stage.link.say(Refused(run=run, reason="a word " * 30, id=1))
    house.qtbot.waitUntil(lambda: house.window.notice.isVisible())
    assert house.window.minimumSizeHint().width() <= width
    assert house.window.minimumSizeHint().height() <= height
    assert (house.window.width(), house.window.height()) == (width, height)
    shown = [dock for dock in house.window.docks.values() if not dock.visibleRegion().isEmpty()]
    assert len(shown) >= 5
    for dock in shown:
        assert dock.width() >= 200, dock.objectName()
        assert dock.height() >= 150, dock.objectName()


# Hands and screen readers ------------------------------------------------------------------------------------------


def name_of(widget: QWidget) -> str:
    """What a screen reader says; Linux reads a combo box's text for its name, so its own is asked for."""
    if isinstance(widget, QComboBox):
        return widget.accessibleName()
    interface = QAccessible.queryAccessibleInterface(widget)
    return str(interface.text(QAccessible.Text.Name)) if interface is not None else widget.accessibleName()


@pytest.mark.parametrize("spec", [Spec(), LINE, Spec(variant="wgan", data="grid"), IMAGE],
                         ids=["plane", "line", "wgan", "image"])
def test_every_part_that_a_hand_moves_is_named_explained_and_found(house: House, spec: Spec) -> None:
    run = house.begin(spec)
    house.stage.link.say(Refused(run=run, reason="no", id=1))
    house.qtbot.waitUntil(lambda: house.window.notice.isVisible())
    parts = [part for part in house.window.findChildren(QWidget)
             if isinstance(part, QSlider | QAbstractButton | QComboBox | QLineEdit)
             and part.isVisible() and not part.objectName().startswith("qt_")
             and (part.focusPolicy() != Qt.FocusPolicy.NoFocus or part.objectName().startswith("transport."))]
    assert len(parts) > 40
    for part in parts:
        where = f"{type(part).__name__} {part.objectName() or part.parent()}"
        assert name_of(part), where
        assert part.toolTip(), where
        assert part.objectName(), where
    names = [part.objectName() for part in parts]
    assert len(names) == len(set(names))


def test_the_names_that_lessons_and_tests_rest_on(house: House) -> None:
    house.begin()
    for name in ("control.gp_weight", "control.width", "control.preset", "transport.play", "transport.d-step",
                 "transport.g-step", "transport.step", "transport.restart", "transport.speed", "transport.seed",
                 "menu.variant", "menu.data", "menu.search"):
        found = house.window.findChild(QWidget, name)
        assert isinstance(found, QWidget), name


@pytest.mark.parametrize("spec", [Spec(), LINE, IMAGE], ids=["plane", "line", "image"])
def test_tab_reaches_everything_and_gets_stuck_nowhere(house: House, spec: Spec) -> None:
    run = house.begin(spec)
    house.stage.link.say(measured(run, 1, {"w1": 0.5, "sliced_w1": 0.5}, {"w1": 0.1, "sliced_w1": 0.1}))
    wanted = {part.objectName() for part in house.window.findChildren(QWidget)
              if part.objectName().startswith(("control.", "box.", "menu.", "transport.s", "curves.", "points.",
                                               "landscape.", "line.")) and not isinstance(part, QMenu)
              and part.isVisible() and part.isEnabled() and part.focusPolicy() != Qt.FocusPolicy.NoFocus}
    assert len(wanted) > 30
    reached: set[str] = set()
    house.window.chooser.variants.setFocus()
    for _ in range(400):
        focus = QApplication.focusWidget()
        assert focus is not None
        reached.add(focus.objectName())
        if wanted <= reached:
            break
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is not focus, f"Tab is stuck in {focus.objectName() or focus}"
    assert wanted - reached == set()


def test_what_is_no_tab_stop_has_a_key(house: House) -> None:
    house.begin()
    for button in house.window.transport.findChildren(QToolButton):
        if button.focusPolicy() == Qt.FocusPolicy.NoFocus and button.objectName().startswith("transport."):
            action = button.defaultAction()
            assert not action.shortcut().isEmpty(), button.objectName()
            assert action.shortcut().toString() in button.toolTip(), button.objectName()


def keys_of(window: Window, kind: str) -> list[tuple[str, str]]:
    """Each key and who answers to it, whichever panels of a kind lie on top; a menu answers to its letter."""
    found = [(action.shortcut().toString(), action.text()) for action in window.findChildren(QAction)]
    found += [(shortcut.key().toString(), str(shortcut.parent())) for shortcut in window.findChildren(QShortcut)]
    found += [(QKeySequence.mnemonic(action.text()).toString(), action.text())
              for action in window.menuBar().actions()]
    for tabs in window.findChildren(QTabBar):
        found += [(QKeySequence.mnemonic(tabs.tabText(index)).toString(), tabs.tabText(index))
                  for index in range(tabs.count())]
    inside = {part for name, panel in window.panels.items() if kind not in panel.kinds
              for part in panel.findChildren(QAbstractButton)}
    found += [(button.shortcut().toString(), button.objectName()) for button in window.findChildren(QAbstractButton)
              if button not in inside and not (isinstance(button, QToolButton) and button.defaultAction())]
    return [(key, who) for key, who in found if key]


@KINDS
def test_no_key_is_taken_twice(house: House, kind: str, spec: Spec) -> None:
    """Qt runs neither of two that share one; any two panels of a kind can be seen at once."""
    house.begin(spec)
    keys = keys_of(house.window, kind)
    boxes = {"Alt+R"} if kind == "image" else {"Alt+R", "Alt+G"}
    assert {"Space", "Ctrl+F", "Alt+V", "Alt+D", *boxes} <= {key for key, _ in keys}
    taken: dict[str, list[str]] = {}
    for key, who in keys:
        taken.setdefault(key, []).append(who)
    assert {key: who for key, who in taken.items() if len(who) > 1} == {}


def is_checked(box: QAbstractButton, on: bool) -> bool:
    return box.isChecked() == on


@pytest.mark.parametrize(("spec", "names"), [
    (Spec(), ["points.real", "points.generated", "points.modes", "landscape.contours", "landscape.arrows",
              "wasserstein.gap"]),
    (LINE, ["line.real", "line.generated", "line.D(x)", "line.optimum", "line.z to G(z)"]),
], ids=["plane", "line"])
def test_a_box_answers_to_the_key_that_its_tooltip_names(house: House, spec: Spec, names: list[str]) -> None:
    house.begin(spec)
    for name in names:
        box = house.window.findChild(QAbstractButton, name)
        assert isinstance(box, QAbstractButton), name
        letter = box.shortcut().toString().removeprefix("Alt+")
        assert f"(Alt+{letter})" in box.toolTip(), name
        before = box.isChecked()
        QTest.keyClick(house.window, getattr(Qt.Key, f"Key_{letter}"), Qt.KeyboardModifier.AltModifier)
        house.qtbot.waitUntil(functools.partial(is_checked, box, not before))
        box.setChecked(before)


@pytest.mark.parametrize("name", ["control.preset", "control.gp_weight", "control.width"])
def test_the_wheel_restarts_nothing(house: House, name: str) -> None:
    house.begin()
    part = house.window.findChild(QWidget, name)
    assert isinstance(part, QWidget)
    sent = len(house.stage.link.sent)
    wheel = QWheelEvent(QPointF(5, 5), QPointF(part.mapToGlobal(QPoint(5, 5))), QPoint(), QPoint(0, -120),
                        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(part, wheel)
    assert [command for command in house.stage.link.sent[sent:] if not isinstance(command, SnapshotRequest)] == []


# Long lessons ------------------------------------------------------------------------------------------------------


def test_many_runs_leave_no_widget_behind(house: House) -> None:
    """Fields of replaced runs are deleted, curves and legends are used again."""
    names = [variant.name for variant in real_catalog().variants]
    for name in names:
        house.begin(Spec(variant=name))

    def count() -> int:
        return len(house.window.findChildren(QWidget))

    house.begin(Spec(variant="wgan-gp"))
    QApplication.sendPostedEvents(None, 0)
    QApplication.processEvents()
    before = count()
    for index in range(40):
        spec = Spec(variant=names[index % len(names)], seed=index)
        house.stage.link.say(started(house.stage.session._asked, spec))
        house.begin(spec)
    house.begin(Spec(variant="wgan-gp"))
    house.qtbot.waitUntil(lambda: count() <= before)


# Processes of their own --------------------------------------------------------------------------------------------


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60,
                          cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment}, check=False)


def test_the_window_never_loads_torch(tmp_path: Path) -> None:
    done = python(
        "import sys\n"
        "import ganstudio.commands.studio\n"
        "from ganstudio.ui.application import application\n"
        "from ganstudio.ui.main.window import Window\n"
        "from ganstudio.ui.state.session import Session\n"
        "from ganstudio.ui.state.preferences import Keeping\n"
        "from ganstudio.ui.state.engine_client import EngineProcess\n"
        "app = application()\n"
        "window = Window(Session(EngineProcess), Keeping())\n"
        "window.show()\n"
        "app.processEvents()\n"
        "heavy = [name for name in sys.modules if name.split('.')[0] in ('torch', 'scipy', 'matplotlib')]\n"
        "assert not heavy, heavy\n", GANSTUDIO_HOME=str(tmp_path),
    )
    assert done.returncode == 0, done.stderr


def test_signals_can_be_emitted_all_day() -> None:
    """PySide6 6.12.0 on Python 3.10 and 3.11 drops a reference to True and None at each emit, and dies of it."""
    done = python(
        "import sys\n"
        "from PySide6.QtCore import QCoreApplication, QObject, Signal\n"
        "class Source(QObject):\n"
        "    plain = Signal()\n"
        "    thing = Signal(object)\n"
        "    word = Signal(str)\n"
        "app = QCoreApplication([])\n"
        "source, heard = Source(), []\n"
        "source.plain.connect(lambda: heard.append(0))\n"
        "source.thing.connect(heard.append)\n"
        "source.word.connect(heard.append)\n"
        "before = sys.getrefcount(True), sys.getrefcount(None)\n"
        "for index in range(20_000):\n"
        "    source.plain.emit()\n"
        "    source.thing.emit(True)\n"
        "    source.thing.emit(None)\n"
        "    source.word.emit('x')\n"
        "assert len(heard) == 80_000\n"
        "heard.clear()\n"
        "after = sys.getrefcount(True), sys.getrefcount(None)\n"
        "assert all(abs(a - b) < 100 for a, b in zip(before, after)), (before, after)\n"
    )
    assert done.returncode == 0, done.stderr




def test_taking_a_move_back_comes_back_to_the_present(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run = house.begin()
    house.stage.link.say(applied(run, 1, "gp_weight", 5.0))
    monkeypatch.setattr(house.window.hindsight, "at", 7)
    house.window._undo.trigger()
    assert house.window.hindsight.at is None
    assert house.window.statusBar().currentMessage().startswith("Back at the present")
