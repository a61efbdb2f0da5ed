"""The timeline: hands and keys on it, what it tells of its marks, and what can be done where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolTip
from pytestqt.qtbot import QtBot
from studio_kit import Stage, applied, floats, progress, started

from ganstudio.core.mode_collapse import Collapse
from ganstudio.core.protocol.messages import Diverged, Pin, Start
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.protocol.views import Divergence, Points
from ganstudio.core.runs.format import Checkpoint
from ganstudio.core.runs.view_frames import Frame
from ganstudio.core.runs.writer import RunWriter
from ganstudio.ui.main.timeline import NOT_RECORDED, NOTHING_YET, Timeline
from ganstudio.ui.main.timeline_track import MOST_NAMED
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.theme import DARK, LIGHT, Theme

MOMENTS = [1, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]
END = 1000
PAST = QPoint(1, 0)  # from where a step is drawn: a pixel can be more than a step


class Shown:
    """A timeline over a run that a test plays."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot = qtbot
        self.folder = folder
        self.stage = Stage()
        self.history = RunHistory(self.stage.commands)
        self.timeline = Timeline(self.stage.commands, self.history)
        self.track = self.timeline.track
        self.timeline.resize(1200, 40)
        self.timeline.show()
        qtbot.waitExposed(self.timeline)

    def file(self, *moments: int, pins: tuple[int, ...] = (), name: str = "run.ganrun") -> Path:
        path = self.folder / name
        writer = RunWriter(path, Spec())
        for steps in moments:
            view = Points(real=floats(np.zeros((1, 2))), fake=floats(np.zeros((1, 2))))
            position = Position(steps=steps, by_player={"generator": steps})
            writer.add_frame(Frame(name="points", position=position, view=view))
        for steps in pins:
            writer.add_checkpoint(Checkpoint(position=Position(steps=steps), tensors=b"x"), pinned=True)
        writer.close()
        return path

    def begin(self, record: Path | None, *, file: Path | None = None, steps: int = 0, end: int = END) -> int:
        self.stage.next_run.start(Spec(), file=str(file) if file else "")
        asked = self.stage.link.told(Start)[-1]
        whole = started(asked.run, asked.spec)
        self.stage.link.say(msgspec.structs.replace(
            whole, record=str(record) if record else "", position=Position(steps=steps)))
        self.stage.link.say(progress(asked.run, end))
        return asked.run

    def recorded(self, pins: tuple[int, ...] = ()) -> int:
        return self.begin(self.file(*MOMENTS, pins=pins))

    def key(self, key: Qt.Key, *, ctrl: bool = False) -> int | None:
        held = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(self.track, key, held)
        self.qtbot.waitUntil(lambda: not self.history._scrub.isActive())
        return self.history.at

    def at(self, steps: int) -> QPoint:
        return QPoint(round(self.track.x_of(steps)), self.track.height() // 2)

    def press(self, steps: int) -> int | None:
        QTest.mouseClick(self.track, Qt.MouseButton.LeftButton, pos=self.at(steps) + PAST)
        self.qtbot.waitUntil(lambda: not self.history._scrub.isActive())
        return self.history.at

    @property
    def words(self) -> str:
        label = self.timeline.findChild(QLabel, "timeline.label")
        assert isinstance(label, QLabel)
        return label.text()

    @property
    def enabled(self) -> tuple[bool, bool, bool]:
        """Whether one can go back to live, on from here, and pin."""
        return self.timeline.live.isEnabled(), self.timeline.go_on.isEnabled(), self.timeline.pin.isEnabled()

    def told(self, steps: float) -> list[str]:
        return self.track.words(self.track.x_of(steps)).splitlines()

    def painted(self, theme: Theme) -> QImage:
        self.timeline.apply_theme(theme)
        return self.track.grab().toImage()


@pytest.fixture
def shown(qtbot: QtBot, tmp_path: Path) -> Iterator[Shown]:
    made = Shown(qtbot, tmp_path)
    yield made
    made.history._refresh.stop()
    made.timeline.close()
    made.timeline.deleteLater()


def near(image: QImage, x: float, y: float, colour: str, reach: int = 2) -> bool:
    """Whether there is something of a colour there."""
    wanted = QColor(colour)
    for column in range(max(round(x) - reach, 0), min(round(x) + reach + 1, image.width())):
        for row in range(max(round(y) - reach, 0), min(round(y) + reach + 1, image.height())):
            found = image.pixelColor(column, row)
            apart = [found.red() - wanted.red(), found.green() - wanted.green(), found.blue() - wanted.blue()]
            if max(map(abs, apart)) < 24:
                return True
    return False


# Keys and hands ----------------------------------------------------------------------------------------------------


def test_keys_go_from_moment_to_moment(shown: Shown) -> None:
    shown.recorded()
    K = Qt.Key
    assert [shown.key(key) for key in (K.Key_Left, K.Key_Left, K.Key_Right)] == [1000, 900, 1000]
    assert [shown.key(key) for key in (K.Key_Home, K.Key_Right, K.Key_PageDown, K.Key_PageUp)] == [1, 100, None, 100]
    assert [shown.key(key) for key in (K.Key_PageUp, K.Key_Left)] == [1, 1]
    assert shown.key(K.Key_End) is None
    shown.key(K.Key_Home)
    assert shown.key(K.Key_Escape) is None
    shown.key(K.Key_Home)
    assert shown.key(K.Key_A) == 1  # any other key is somebody else's


def test_a_press_shows_the_moment_there_and_a_drag_follows(shown: Shown) -> None:
    shown.recorded()
    assert shown.press(650) == 600
    assert shown.press(0) == 1
    QTest.mousePress(shown.track, Qt.MouseButton.LeftButton, pos=shown.at(200) + PAST)
    shown.qtbot.waitUntil(lambda: shown.history.at == 200)
    for steps in (300, 500, 820):
        QTest.mouseMove(shown.track, shown.at(steps) + PAST)
    shown.qtbot.waitUntil(lambda: shown.history.at == 800)
    QTest.mouseMove(shown.track, QPoint(-400, 5))
    shown.qtbot.waitUntil(lambda: shown.history.at == 1)
    QTest.mouseMove(shown.track, QPoint(9000, 5))
    shown.qtbot.waitUntil(lambda: shown.history.at == 1000)
    QTest.mouseRelease(shown.track, Qt.MouseButton.LeftButton, pos=shown.at(1000))
    QTest.mouseMove(shown.track, shown.at(400))  # without a button
    shown.qtbot.wait(40)
    assert shown.history.at == 1000


def test_another_button_moves_nothing(shown: Shown) -> None:
    shown.recorded()
    QTest.mouseClick(shown.track, Qt.MouseButton.RightButton, pos=shown.at(300))
    assert shown.history.at is None


def test_places_and_steps_are_each_others(shown: Shown) -> None:
    shown.recorded()
    assert [shown.track.step_at(shown.track.x_of(steps)) for steps in (0, 1, 499, END)] == [0, 1, 499, END]
    assert shown.track.x_of(10**12) == shown.track.x_of(END)


# What is told ------------------------------------------------------------------------------------------------------


def test_marks_under_the_pointer_are_told(shown: Shown) -> None:
    run = shown.recorded(pins=(300, 900))
    shown.stage.link.say(applied(run, 1, "gp_weight", 0.123456, steps=500))
    shown.stage.link.say(applied(run, 2, "critic_steps", 3, steps=500))
    shown.stage.link.say(Diverged(run=run, what=Divergence(term="penalty", at=799.6, value="nan"), good_settings={}))
    assert shown.told(200) == ["step 200"]
    assert shown.told(300) == ["step 300", "step 300: pinned"]
    assert shown.told(500) == ["step 500", "step 500: gradient penalty λ → 0.1235, D steps k → 3"]
    assert shown.told(800) == ["step 800", "step 800: diverged, “penalty” became nan"]
    assert shown.told(-50) == ["step 0"]
    assert shown.told(5000)[0] == "step 1,000"


def test_a_collapse_is_told_with_its_words(shown: Shown) -> None:
    shown.recorded()
    words = "one of 8 modes gets nearly all points"
    shown.stage.run.add_collapse(Collapse(at=700, well_at=680, well_from=10, words=words, seen_at=700))
    shown.stage.run.add_collapse(Collapse(at=900, well_at=None, well_from=None, words=words, seen_at=900))
    assert shown.told(700) == ["step 700", f"step 700: mode collapse, {words}; last good moment: step 680"]
    assert shown.told(900) == ["step 900", f"step 900: mode collapse, {words}; no good moment before"]


def test_ctrl_and_an_arrow_go_from_mark_to_mark(shown: Shown) -> None:
    run = shown.recorded(pins=(300, 900))
    shown.stage.link.say(applied(run, 1, "gp_weight", 5.0, steps=555))
    shown.stage.link.say(applied(run, 2, "gp_weight", 6.0, steps=558))
    shown.stage.run.add_collapse(Collapse(at=700, well_at=680, well_from=10, words="few", seen_at=700))
    left, right = Qt.Key.Key_Left, Qt.Key.Key_Right
    assert [shown.key(left, ctrl=True) for _ in range(5)] == [900, 700, 500, 300, 300]
    assert [shown.key(right, ctrl=True) for _ in range(4)] == [500, 700, 900, None]
    assert "Ctrl" in shown.track.toolTip()


def test_where_a_branch_left_is_told(shown: Shown) -> None:
    shown.begin(None, file=shown.file(*MOMENTS), steps=400)
    assert shown.told(400) == ["step 400", "step 400: this run branched off here"]
    assert shown.told(300) == ["step 300"]


def test_where_very_many_marks_stand_together_some_are_told(shown: Shown) -> None:
    run = shown.recorded()
    for count in range(30):
        shown.stage.link.say(applied(run, count, "gp_weight", count, steps=500 + count % 3))
    many = shown.told(501)
    assert len(many) == 4
    for count in range(30):
        shown.stage.link.say(progress(run, 100_000))
        shown.stage.link.say(applied(run, count, "gp_weight", count, steps=600 + count))
    many = shown.told(610)
    assert len(many) == MOST_NAMED + 2 and many[-1] == "and 25 more"


def test_a_pointer_that_rests_reads_of_the_mark_and_not_of_the_widget(shown: Shown) -> None:
    shown.recorded(pins=(300,))
    place = shown.at(300)
    QApplication.sendEvent(shown.track, QHelpEvent(QEvent.Type.ToolTip, place, shown.track.mapToGlobal(place)))
    assert QToolTip.text() == "step 300\nstep 300: pinned"
    QToolTip.hideText()


def test_the_words_say_what_is_shown(shown: Shown) -> None:
    shown.recorded()
    assert shown.words == "live"
    shown.press(650)
    assert shown.words == "viewing step 600 of 1,000"
    assert shown.track.accessibleDescription() == shown.words
    shown.timeline.resize(500, 40)
    assert shown.words == "step 600 of 1,000"
    shown.timeline.resize(1200, 40)
    assert shown.words == "viewing step 600 of 1,000"
    shown.key(Qt.Key.Key_End)
    assert shown.words == "live"


def test_the_track_stays_where_it_is_whatever_the_words_are(shown: Shown) -> None:
    shown.recorded()
    QApplication.processEvents()
    before = shown.track.geometry()
    shown.press(650)
    QApplication.processEvents()
    assert shown.track.geometry() == before


# What can be done --------------------------------------------------------------------------------------------------


def test_what_cannot_be_done_says_why(shown: Shown) -> None:
    assert shown.enabled == (False, False, False)
    assert not shown.track.isEnabled() and shown.track.toolTip() == NOT_RECORDED
    shown.begin(None)
    assert shown.enabled == (False, False, False)
    assert not shown.track.isEnabled()
    tips = [action.toolTip() for action in (shown.timeline.live, shown.timeline.go_on, shown.timeline.pin)]
    assert tips == [NOT_RECORDED] * 3 and shown.words == "not recorded"
    shown.recorded()
    assert shown.enabled == (False, False, True) and shown.track.isEnabled()
    assert shown.timeline.go_on.toolTip().startswith("Drag the timeline to the moment")
    shown.press(650)
    assert shown.enabled == (True, True, False)
    assert shown.timeline.pin.toolTip().startswith("Only the live moment can be pinned")
    assert "Ctrl+K" in shown.timeline.go_on.toolTip()
    shown.key(Qt.Key.Key_End)
    assert shown.enabled == (False, False, True) and "Ctrl+P" in shown.timeline.pin.toolTip()


def test_a_run_that_has_not_moved_has_nothing_to_look_back_at_yet(shown: Shown) -> None:
    shown.begin(shown.folder / "later.ganrun", end=0)
    assert not shown.track.isEnabled() and shown.track.toolTip() == NOTHING_YET
    shown.file(1, 2, name="later.ganrun")
    shown.history.refresh()
    assert shown.track.isEnabled() and "Drag to look back" in shown.track.toolTip()


def test_a_run_that_is_not_recorded_but_came_from_a_file_can_be_gone_on_with(shown: Shown) -> None:
    path = shown.file(*MOMENTS)
    shown.begin(None, file=path, steps=400)
    assert shown.track.isEnabled() and shown.enabled == (False, False, False)
    assert shown.press(350) == 300
    shown.timeline.go_on.trigger()
    asked = shown.stage.link.told(Start)[-1]
    assert (asked.file, asked.at, asked.playing) == (str(path), 300, True)


def test_buttons_do_what_they_say(shown: Shown) -> None:
    run = shown.recorded()
    shown.timeline.pin.trigger()
    assert shown.stage.link.told(Pin) == [Pin(run=run)]
    shown.press(650)
    shown.timeline.live.trigger()
    assert shown.history.at is None
    shown.press(650)
    shown.timeline.go_on.trigger()
    asked = shown.stage.link.told(Start)[-1]
    assert (asked.file, asked.at, asked.playing) == (str(shown.folder / "run.ganrun"), 600, True)


def test_of_a_lost_engine_what_was_recorded_can_be_gone_on_with(shown: Shown) -> None:
    shown.recorded()
    shown.press(650)
    shown.stage.link.lose("it was killed")
    assert shown.enabled == (True, True, False)
    shown.stage.open(shown.timeline.go_on.trigger)
    shown.stage.welcome()
    asked = shown.stage.link.told(Start)[-1]
    assert (asked.file, asked.at, len(shown.stage.links)) == (str(shown.folder / "run.ganrun"), 600, 2)


# How it looks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_each_mark_stands_in_its_colour_where_it_belongs(shown: Shown, theme: Theme) -> None:
    run = shown.begin(shown.file(*MOMENTS, pins=(300,)), file=shown.file(1, name="mother.ganrun"), steps=150)
    shown.stage.link.say(applied(run, 1, "gp_weight", 1.0, steps=500))
    shown.stage.link.say(Diverged(run=run, what=Divergence(term="penalty", at=800.0, value="nan"), good_settings={}))
    shown.stage.run.add_collapse(Collapse(at=700, well_at=680, well_from=10, words="few", seen_at=700))
    image = shown.painted(theme)
    middle = shown.track.height() / 2
    x_of = shown.track.x_of
    assert near(image, x_of(700), middle + 8, theme.generated)
    assert not near(image, x_of(700), middle - 8, theme.generated)
    assert near(image, x_of(500), middle - 6, theme.warning) and near(image, x_of(500), middle + 6, theme.warning)
    assert near(image, x_of(300), middle - 7, theme.accent) and not near(image, x_of(300), middle + 7, theme.accent)
    assert near(image, x_of(800), middle, theme.generated)
    assert any(near(image, x_of(150), row, theme.text, 1) for row in range(2, 8))
    assert near(image, x_of(600), middle, theme.quiet)  # a recorded moment
    assert not near(image, x_of(650), middle, theme.quiet)  # none
    assert near(image, x_of(END), middle, theme.raised)
    shown.press(650)
    image = shown.painted(theme)
    assert near(image, x_of(600), middle, theme.accent)
    assert not near(image, x_of(END), middle + 6, theme.accent)


def test_without_anything_to_scrub_there_is_no_handle(shown: Shown) -> None:
    shown.begin(None)
    image = shown.painted(DARK)
    assert not near(image, shown.track.x_of(END), shown.track.height() / 2 + 6, DARK.quiet)


def test_marks_grow_with_the_text(shown: Shown) -> None:
    shown.recorded(pins=(300,))
    small = shown.track.height()

    def height() -> int:
        image = shown.painted(DARK)
        x = round(shown.track.x_of(300))
        return sum(near(image, x, row, DARK.accent, 0) for row in range(image.height()))

    before = height()
    font = shown.track.font()
    font.setPointSizeF(2.5 * font.pointSizeF())
    shown.timeline.setFont(font)
    shown.track.setFont(font)
    shown.timeline.resize(1200, 100)
    shown.qtbot.waitUntil(lambda: shown.track.height() > 1.5 * small)
    assert height() > 1.7 * before


def test_nothing_raises_with_files_that_come_and_go(shown: Shown) -> None:
    run = shown.recorded(pins=(300,))
    shown.press(650)
    (shown.folder / "run.ganrun").unlink()
    shown.history.refresh()
    shown.stage.link.say(progress(run, 1200))
    shown.painted(LIGHT)
    shown.press(250)
    assert shown.told(300)[-1] == "step 300: pinned"
    shown.qtbot.waitUntil(lambda: shown.enabled == (True, False, False))


def test_a_track_that_only_grows_is_painted_now_and_then(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    run = shown.recorded()
    shown.qtbot.waitUntil(lambda: not shown.timeline._pace.isActive())
    told = []
    monkeypatch.setattr(shown.track, "update", lambda: told.append(shown.history.end))
    for steps in range(1001, 1026):
        shown.stage.link.say(progress(run, steps))
    assert not told
    shown.qtbot.waitUntil(lambda: bool(told))
    assert told == [1025]
    shown.stage.link.say(progress(run, 10_000))  # the words get wider: at once
    assert told == [1025, 10_000]


# Playing the past --------------------------------------------------------------------------------------------------


def test_the_past_is_played_from_the_first_moment_to_the_present(shown: Shown) -> None:
    shown.recorded()
    seen: list[int | None] = []
    shown.history.moved.connect(lambda: seen.append(shown.history.at))
    shown.timeline.again.trigger()
    assert shown.timeline.again.isChecked()
    shown.qtbot.waitUntil(lambda: not shown.timeline.again.isChecked())
    assert seen == [*MOMENTS, None]


def test_the_past_is_played_from_the_moment_that_is_shown_until_a_hand_stops_it(shown: Shown) -> None:
    shown.recorded()
    shown.press(500)
    shown.timeline.again.trigger()
    shown.qtbot.waitUntil(lambda: (shown.history.at or 0) > 500)
    shown.timeline.again.trigger()
    assert not shown.timeline.again.isChecked()
    stopped = shown.history.at
    shown.qtbot.wait(100)
    assert shown.history.at == stopped
    shown.timeline.again.trigger()
    shown.press(200)
    assert not shown.timeline.again.isChecked() and shown.history.at == 200
    shown.timeline.again.trigger()
    shown.begin(None)
    assert not shown.timeline.again.isChecked()


def test_of_a_long_run_some_moments_are_left_out(shown: Shown) -> None:
    shown.begin(shown.file(*range(1, 1001)))
    shown.history.refresh()
    seen: list[int | None] = []
    shown.history.moved.connect(lambda: seen.append(shown.history.at))
    shown.timeline.again.trigger()
    shown.qtbot.waitUntil(lambda: len(seen) >= 4)
    shown.timeline.again.trigger()
    assert seen[:4] == [1, 5, 9, 13]


def test_there_is_nothing_to_play_where_nothing_is_recorded(shown: Shown) -> None:
    shown.begin(None)
    assert not shown.timeline.again.isEnabled() and shown.timeline.again.toolTip() == NOT_RECORDED
