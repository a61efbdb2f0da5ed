"""Looking back: recorded moments are shown in the place of the live one, and nothing that is done to a file raises."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QTableWidget
from pytestqt.qtbot import QtBot
from studio_kit import Stage, applied, end, floats, measured, points_view, progress, snapshot, started

from ganstudio.core.protocol.messages import MeasuredNow, Pin, Play, SnapshotRequest, Start
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.protocol.views import Array, Boundary, Landscape, Points
from ganstudio.core.runs.format import Checkpoint
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.view_frames import Frame, packed
from ganstudio.core.runs.writer import RunWriter
from ganstudio.ui.main.window import Window
from ganstudio.ui.panels.controls import ControlsPanel
from ganstudio.ui.panels.curves import CurvesPanel
from ganstudio.ui.panels.measures import MeasuresPanel
from ganstudio.ui.panels.points import PointsPanel
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.state.preferences import Preferences


def at(steps: int) -> Position:
    return Position(steps=steps, by_player={"discriminator": 5 * steps, "generator": steps})


def picture(steps: int) -> Points:
    """Points that say which step they are of."""
    return Points(real=floats(np.zeros((2, 2))), fake=floats(np.full((3, 2), steps / 1000)))


class File:
    """A run file that a test fills."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer = RunWriter(path, Spec())
        self.writer.commit()

    def add(self, *steps: int) -> None:
        for one in steps:
            self.writer.add_frame(Frame(name="points", position=at(one), view=picture(one)))
        self.writer.commit()

    def numbers(self, steps: int, modes: float) -> None:
        self.writer.add_measures(MeasuredNow(run=9, steps=steps, samples=500, measures={"modes": modes},
                                             floors={"modes": 8.0}))
        self.writer.commit()

    def pin(self, steps: int) -> None:
        self.writer.add_checkpoint(Checkpoint(position=at(steps), tensors=b"x"), pinned=True)
        self.writer.commit()

    def edit(self, statement: str, *values: Any) -> None:
        self.writer.close()
        db = sqlite3.connect(self.path)
        db.execute(statement, values)
        db.commit()
        db.close()


class Room:
    """A run that an engine records, and the history that looks back at it."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot = qtbot
        self.folder = folder
        self.stage = Stage()
        self.history = RunHistory(self.stage.commands)
        self.moved: list[int | None] = []
        self.history.moved.connect(lambda: self.moved.append(self.history.at))

    def begin(self, record: Path | None, *, file: Path | None = None, steps: int = 0, end: int = 0) -> int:
        """A run that stands after so many steps, and goes on to the end."""
        self.stage.next_run.start(Spec(), file=str(file) if file else "")
        asked = self.stage.link.told(Start)[-1]
        whole = started(asked.run, asked.spec)
        self.stage.link.say(msgspec.structs.replace(whole, record=str(record) if record else "", position=at(steps)))
        self.stage.link.say(progress(asked.run, end or steps))
        return asked.run

    def to(self, steps: int) -> int | None:
        self.history.to(steps)
        self.qtbot.waitUntil(lambda: not self.history._scrub.isActive())
        return self.history.at

    def by(self, moments: int) -> int | None:
        self.history.by(moments)
        self.qtbot.waitUntil(lambda: not self.history._scrub.isActive())
        return self.history.at

    def end(self) -> None:
        self.history._refresh.stop()


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Room]:
    made = Room(qtbot, tmp_path)
    yield made
    made.end()


@pytest.fixture
def file(tmp_path: Path) -> File:
    made = File(tmp_path / "run.ganrun")
    made.add(1, 3, 10, 20)
    return made


def mark(room: Room) -> float:
    """Which step the picture is of."""
    assert room.history.snapshot is not None
    view = room.history.snapshot.views["points"]
    assert isinstance(view, Points)
    return float(view.fake.numpy()[0, 0]) * 1000


# Which moment ------------------------------------------------------------------------------------------------------


def test_without_a_run_there_is_nothing(room: Room) -> None:
    history = room.history
    assert (history.moments, history.pins, history.end, history.left_at) == ([], [], 0, None)
    assert not history.recorded
    assert (room.to(5), room.by(-1), room.by(1)) == (None, None, None)
    history.to_live()
    history.go_on()
    assert room.moved == [] and room.stage.link.told(Start) == []


def test_a_run_that_is_not_recorded_has_no_moments(room: Room) -> None:
    room.begin(None, end=30)
    assert not room.history.recorded and room.history.moments == []
    assert (room.to(10), room.by(-1)) == (None, None)
    assert not room.history._refresh.isActive()


def test_the_moment_at_or_before_is_shown(room: Room, file: File) -> None:
    run = room.begin(file.path, end=30)
    assert room.history.moments == [1, 3, 10, 20]
    for asked, shown in ((12, 10), (20, 20), (19, 10), (10**9, 20), (3, 3), (0, 1), (-5, 1)):
        assert room.to(asked) == shown
        assert mark(room) == pytest.approx(shown)
        assert room.history.snapshot is not None
        assert (room.history.snapshot.run, room.history.snapshot.position) == (run, at(shown))


def test_a_hand_that_scrubs_within_a_moment_moves_nothing(room: Room, file: File) -> None:
    room.begin(file.path, end=30)
    room.to(12)
    room.to(13)
    room.to(19)
    assert room.moved == [10]


def test_a_hand_that_points_at_a_pins_mark_means_the_pin(room: Room, file: File) -> None:
    file.add(5000, 5030)
    file.pin(5000)
    file.pin(40)
    room.begin(file.path, end=10_000)
    for asked, shown in ((4970, 5000), (5020, 5000), (5060, 5000), (4930, 20), (5090, 5030)):
        assert room.to(asked) == shown
    assert room.to(5030) == 5030  # recorded itself: whoever goes from mark to mark is not held back
    assert room.by(-1) == 5000
    assert room.to(0) == 1


def test_of_many_moments_asked_for_in_a_blink_the_last_is_shown(room: Room, file: File) -> None:
    room.begin(file.path, end=30)
    for steps in (20, 10, 4, 1, 3):
        room.history.to(steps)
    room.qtbot.waitUntil(lambda: room.history.at == 3)
    room.qtbot.waitUntil(lambda: not room.history._scrub.isActive())
    assert room.moved == [20, 3]


def test_from_moment_to_moment_and_back_to_the_present(room: Room, file: File) -> None:
    room.begin(file.path, end=30)
    assert [room.by(-1) for _ in range(5)] == [20, 10, 3, 1, 1]
    assert [room.by(1) for _ in range(4)] == [3, 10, 20, None]
    assert room.by(1) is None
    assert (room.by(-10), room.by(2), room.by(10)) == (1, 10, None)


def test_keys_that_come_faster_than_pictures_all_count(room: Room, file: File) -> None:
    room.begin(file.path, end=30)
    for _ in range(3):
        room.history.by(-1)
    room.qtbot.waitUntil(lambda: room.history.at == 3)


def test_the_present_again(room: Room, file: File) -> None:
    room.begin(file.path, end=30)
    room.to(10)
    room.history.to_live()
    assert (room.history.at, room.history.snapshot) == (None, None)
    room.history.to_live()
    assert room.moved == [10, None]


def test_what_comes_is_there_at_the_next_reading(room: Room, file: File) -> None:
    room.begin(file.path, end=30)
    changed: list[int] = []
    room.history.changed.connect(lambda: changed.append(1))
    room.history.refresh()
    assert changed == []
    file.add(25)
    file.pin(25)
    room.history.refresh()
    assert changed == [1]
    assert (room.history.moments[-1], room.history.pins) == (25, [25])


def test_a_file_is_read_by_itself(room: Room, file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    room.history._refresh.setInterval(5)
    room.begin(file.path, end=30)
    file.add(25)
    room.qtbot.waitUntil(lambda: room.history.moments[-1] == 25)


def test_a_run_whose_file_is_not_made_yet(room: Room, tmp_path: Path) -> None:
    room.begin(tmp_path / "later.ganrun", end=0)
    assert room.history.recorded and room.history.moments == []
    assert room.to(0) is None
    File(tmp_path / "later.ganrun").add(1)
    room.history.refresh()
    assert room.to(1) == 1


# A run that left another one -------------------------------------------------------------------------------------


def test_a_branch_shows_its_parent_before_it_has_a_file(room: Room, file: File, tmp_path: Path) -> None:
    room.begin(tmp_path / "branch.ganrun", file=file.path, steps=10)
    assert room.history.moments == [1, 3, 10]  # and none beyond where it left
    assert room.history.left_at == 10
    assert room.to(5) == 3


def test_a_branch_shows_its_own_moments_where_it_has_them(room: Room, file: File, tmp_path: Path) -> None:
    own = File(tmp_path / "branch.ganrun")
    room.begin(own.path, file=file.path, steps=10, end=14)
    own.writer.add_frame(Frame(name="points", position=at(12), view=picture(777)))
    own.writer.commit()
    room.history.refresh()
    assert room.history.moments == [1, 3, 10, 12]
    assert room.to(14) == 12 and mark(room) == pytest.approx(777)
    assert room.to(11) == 10 and mark(room) == pytest.approx(10)


def test_a_run_that_left_no_other(room: Room, file: File) -> None:
    room.begin(file.path, end=30)
    assert room.history.left_at is None


# Numbers -----------------------------------------------------------------------------------------------------------


def test_the_numbers_are_those_of_then(room: Room, file: File) -> None:
    file.numbers(2, 1.0)
    file.numbers(10, 5.0)
    run = room.begin(file.path, end=30)
    now = measured(run, 29, {"modes": 8.0}, {"modes": 8.0})
    room.stage.link.say(now)

    def modes() -> float | None:
        found = room.history.numbers
        return found.measures["modes"] if found is not None else None

    assert modes() == 8.0
    assert (room.to(20), modes()) == (20, 5.0)
    assert (room.to(3), modes()) == (3, 1.0)
    assert (room.to(1), modes()) == (1, None)
    room.history.to_live()
    assert modes() == 8.0


# What a hand does there --------------------------------------------------------------------------------------------


def test_continue_from_here_asks_for_a_branch_that_plays(room: Room, file: File) -> None:
    room.begin(file.path, end=30)
    room.to(12)
    room.history.go_on()
    asked = room.stage.link.told(Start)[-1]
    assert (asked.file, asked.at, asked.playing, asked.until) == (str(file.path), 10, True, 0)


def test_a_branch_that_has_no_file_yet_goes_on_from_its_parents(room: Room, file: File, tmp_path: Path) -> None:
    room.begin(tmp_path / "branch.ganrun", file=file.path, steps=10)
    room.to(3)
    room.history.go_on()
    asked = room.stage.link.told(Start)[-1]
    assert (asked.file, asked.at) == (str(file.path), 3)


def test_a_pin_is_asked_for(room: Room, file: File) -> None:
    run = room.begin(file.path, end=30)
    room.history.pin()
    assert room.stage.link.told(Pin) == [Pin(run=run)]


def test_a_new_run_ends_the_looking_back(room: Room, file: File, tmp_path: Path) -> None:
    room.begin(file.path, end=30)
    room.to(10)
    room.history.to(3)
    room.begin(tmp_path / "other.ganrun")
    assert (room.history.at, room.history.snapshot, room.moved[-1]) == (None, None, None)
    assert room.history.moments == []
    room.qtbot.wait(40)
    assert room.history.at is None  # what was asked of the run before is forgotten


# Files that nobody would want --------------------------------------------------------------------------------------


def test_a_file_that_is_deleted_under_it(room: Room, file: File) -> None:
    room.begin(file.path, end=30)
    room.to(10)
    file.writer.close()
    file.path.unlink()
    room.history.refresh()
    assert room.history.moments == [1, 3, 10, 20]
    assert room.to(3) in (3, 10)  # the moment that was shown stays where the other cannot be read
    assert room.by(-1) is not None
    assert room.history.pins == [] and room.history.numbers is None
    room.history.to_live()
    room.history.go_on()
    assert len(room.stage.link.told(Start)) == 1  # there is nothing to go on from


def damaged(view: Any) -> bytes:
    return packed(Frame(name="points", position=at(20), view=view))


@pytest.mark.parametrize("body", [
    b"", b"\x00" * 50, "text", damaged(Boundary(at=Array((-1, 2), "f4", b""), resolution=1.0)),
    damaged(Points(real=Array((1 << 62, 2), "f4", b""), fake=Array((1, 2), "f4", bytes(8)))),
    damaged(Points(real=Array((4,), "f4", bytes(16)), fake=Array((1, 2), "f4", bytes(8)))),
    damaged(Landscape(low=5.0, high=float("nan"), values=Array((1, 1), "f4", bytes(4)), kind="x",
                      at=Array((1, 2), "f4", bytes(8)), gradient=Array((1, 2), "f4", bytes(8)))),
])
def test_a_moment_that_cannot_be_shown_is_passed_over(room: Room, file: File, body: Any) -> None:
    file.edit("UPDATE frames SET body = ? WHERE steps = 20", body)
    room.begin(file.path, end=30)
    assert room.to(10) == 10
    assert room.to(25) == 10
    assert mark(room) == pytest.approx(10)


@pytest.mark.parametrize(("statement", "values"), [
    ("UPDATE frames SET steps = ?", ("text",)), ("UPDATE frames SET steps = ?", (-4,)),
    ("UPDATE frames SET steps = ?", ((1 << 63) - 1,)), ("UPDATE frames SET view = ?", (b"\xff",)),
    ("INSERT INTO measures(body) VALUES(?)", (b"\xc1",)),
    ("INSERT INTO checkpoints(position, tensors, pinned) VALUES(?, x'00', 1)", (b'{"steps": 1' + b"0" * 400 + b"}",)),
    ("INSERT INTO checkpoints(position, tensors, pinned) VALUES(?, x'00', 1)", (b'{"steps": -99}',)),
    ("CREATE VIEW looking AS SELECT * FROM frames", ()), ("DROP TABLE frames", ()), ("PRAGMA user_version = 99", ()),
])
def test_a_file_of_absurd_rows_is_left_alone(room: Room, file: File, statement: str, values: tuple[Any, ...]) -> None:
    file.edit(statement, *values)
    room.begin(file.path, end=30)
    room.history.refresh()
    assert (room.history.moments, room.history.pins) == ([], [])
    assert room.to(10) is None


def test_a_file_of_an_older_format_has_no_moments(room: Room, file: File) -> None:
    file.writer.close()
    db = sqlite3.connect(file.path)
    db.executescript("DROP TABLE frames; DROP TABLE measures; DROP TABLE arrays; PRAGMA user_version = 2")
    db.close()
    RunReader(file.path).close()
    room.begin(file.path, end=30)
    assert room.history.recorded and room.history.moments == []


def test_an_engine_that_is_lost_leaves_what_was_recorded_on_screen(room: Room, file: File) -> None:
    room.begin(file.path, end=30)
    room.to(10)
    file.add(25)
    room.stage.link.lose("it was killed")
    assert room.history.at == 10 and room.history.moments[-1] == 25
    room.history.to_live()
    assert room.history.at is None


# In the window -----------------------------------------------------------------------------------------------------


class House:
    """A window whose run is recorded."""

    def __init__(self, qtbot: QtBot, file: File) -> None:
        self.qtbot = qtbot
        self.stage = Stage()
        self.window = Window(self.stage.commands, Preferences())
        self.window.resize(1400, 900)
        self.window.show()
        self.stage.next_run.start(Spec())
        asked = self.stage.link.told(Start)[-1]
        self.run = asked.run
        whole = msgspec.structs.replace(started(asked.run, asked.spec), record=str(file.path))
        self.stage.link.say(whole)
        self.stage.link.say(progress(self.run, 30))
        self.stage.link.say(measured(self.run, 29, {"modes": 8.0}, {"modes": 8.0}))
        points = self.window.panels["points"]
        assert isinstance(points, PointsPanel)
        self.points = points

    def live(self, steps: int) -> None:
        self.stage.link.say(snapshot(self.run, points_view(np.full((3, 2), steps / 1000)), steps=steps))

    @property
    def shown(self) -> float:
        """Which step the points on screen are of."""
        at = self.points._fake_points._item.at
        return float(at[0, 0]) * 1000 if len(at) else -1.0

    def to(self, steps: int) -> None:
        self.window.history.to(steps)
        self.qtbot.waitUntil(lambda: not self.window.history._scrub.isActive())

    @property
    def table(self) -> list[str]:
        table = self.window.panels["measures"].findChild(QTableWidget)
        assert isinstance(table, QTableWidget)
        return [item.text() for row in range(table.rowCount()) if (item := table.item(row, 1)) is not None]


@pytest.fixture
def house(qtbot: QtBot, file: File) -> Iterator[House]:
    file.numbers(10, 5.0)
    made = House(qtbot, file)
    yield made
    made.window.history._refresh.stop()
    end(made.window)


def test_live_pictures_wait_while_a_hand_looks_back(house: House) -> None:
    house.live(30)
    assert house.shown == pytest.approx(30)
    house.to(12)
    assert house.shown == pytest.approx(10)
    house.live(31)
    assert house.shown == pytest.approx(10)
    looks = len(house.stage.link.told(SnapshotRequest))
    house.qtbot.wait(100)
    assert len(house.stage.link.told(SnapshotRequest)) == looks  # and the engine computes none
    house.window.history.to_live()
    house.qtbot.waitUntil(lambda: len(house.stage.link.told(SnapshotRequest)) > looks)
    house.live(32)
    assert house.shown == pytest.approx(32)
    assert house.stage.link.told(Play) == []  # the run went on all the while


def test_a_panel_that_is_raised_while_looking_back_shows_the_past(house: House) -> None:
    house.live(30)
    house.window.docks["manifold"].raise_()
    house.qtbot.waitUntil(lambda: house.points.visibleRegion().isEmpty())
    house.to(3)
    assert house.shown == pytest.approx(30)  # nobody sees it
    house.window.docks["points"].raise_()
    house.qtbot.waitUntil(lambda: house.shown == pytest.approx(3))


def test_the_measures_are_those_of_then(house: House) -> None:
    panel = house.window.panels["measures"]
    assert isinstance(panel, MeasuresPanel)
    now = house.table
    house.to(20)
    then = house.table
    assert then != now and any("5" in text for text in then)
    house.stage.link.say(measured(house.run, 31, {"modes": 7.0}, {"modes": 8.0}))
    assert house.table == then
    house.to(3)
    assert house.table == []
    house.window.history.to_live()
    assert any("7" in text for text in house.table)


def test_a_cursor_stands_in_the_curves_while_looking_back(house: House) -> None:
    curves = house.window.panels["curves"]
    assert isinstance(curves, CurvesPanel)
    line = curves._cursor._line
    assert not line.isVisible()
    house.to(12)
    assert line.isVisible() and line.value() == 10
    house.window.history.to_live()
    assert not line.isVisible()


def test_a_new_run_shows_its_own_pictures(house: House) -> None:
    house.to(12)
    house.stage.begin(Spec(seed=5))
    run = house.stage.link.told(Start)[-1].run
    house.stage.link.say(snapshot(run, points_view(np.full((3, 2), 0.5)), steps=1))
    assert house.shown == pytest.approx(500)
    label = house.window.timeline.findChild(QLabel, "timeline.label")
    assert isinstance(label, QLabel) and label.text() == "not recorded"


def test_the_controls_are_those_of_then_and_cannot_be_moved(house: House) -> None:
    stage, window = house.stage, house.window
    panel = window.panels["controls"]
    assert isinstance(panel, ControlsPanel)
    usual = stage.run.settings["gp_weight"]
    stage.link.say(applied(house.run, 0, "gp_weight", 5.0, steps=15))
    stage.link.say(applied(house.run, 0, "gp_weight", 7.0, steps=25))
    weight = panel.field_of("gp_weight")
    for asked, value in ((12, usual), (20, 5.0)):
        house.to(asked)
        assert weight.value == value
        assert not weight.isEnabled()
    assert any("Settings of step 20" in label.text() for label in panel.findChildren(QLabel))
    other = "light" if window.preferences.theme == "dark" else "dark"
    window.set_theme(other)  # the past stays the past in another palette
    weight = panel.field_of("gp_weight")
    assert weight.value == 5.0 and not weight.isEnabled()
    assert any("Settings of step 20" in label.text() for label in panel.findChildren(QLabel))
    stage.link.say(applied(house.run, 0, "gp_weight", 9.0, steps=30))  # by somebody else
    assert weight.value == 5.0
    window.history.to_live()
    assert weight.value == 9.0
    assert weight.isEnabled()
    assert not any("Settings of step" in label.text() for label in panel.findChildren(QLabel))


def test_each_panel_says_whether_it_shows_the_past(house: House) -> None:
    stage, window = house.stage, house.window
    for steps, w1 in ((9, 0.8), (29, 0.2)):
        stage.link.say(measured(house.run, steps, {"w1": w1, "w1_estimate": w1 / 2}, {"w1": 0.1}))
    house.to(12)

    def words(name: str) -> str:
        return next(label.text() for label in window.panels[name].findChildren(QLabel) if label.property("headline"))

    assert "At step 10 the exact distance was 0.8" in words("wasserstein")
    assert "gap / slope was 0.4" in words("wasserstein")
    hold = window.panels["wasserstein"].findChild(QPushButton, "wasserstein.freeze")
    assert hold is not None and not hold.isEnabled()
    assert "images are of the live G" in words("interpolation")
    window.history.to_live()
    assert "was 0.8" not in words("wasserstein")
    assert hold.isEnabled()


@pytest.mark.parametrize("key", ["play", "step", "D", "G"])
def test_a_run_that_a_hand_lets_go_on_is_seen_to_go_on(house: House, key: str) -> None:
    house.stage.link.say(progress(house.run, 30, playing=False))
    house.to(12)
    seen = [house.window.history.at]
    transport = house.window.transport
    actions = {"play": transport.play, "step": transport.step, "D": transport.player_steps[0],
               "G": transport.player_steps[1]}
    actions[key].trigger()
    assert [*seen, house.window.history.at] == [10, None]
    assert "Back to live" in house.window.statusBar().currentMessage()


def test_a_run_that_is_paused_while_the_user_looks_back_stays_in_the_past(house: House) -> None:
    house.to(12)
    house.window.transport.play.trigger()  # it plays: this holds it
    assert house.stage.link.told(Play)[-1].on is False
    assert house.window.history.at == 10
