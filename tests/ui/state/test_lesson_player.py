"""The player brings the run on screen to where a step needs it, with the engine played by the test."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from lesson_kit import TINY, write
from pytestqt.qtbot import QtBot
from studio_kit import Stage, applied, progress, started

from ganstudio.core.lessons.lesson import Lesson
from ganstudio.core.lessons.reader import read_lesson
from ganstudio.core.protocol.messages import (
    CheckpointSaved,
    MeasureQuantities,
    Pin,
    Play,
    QuantitiesMeasured,
    Refused,
    SetControl,
    Start,
)
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.ui.state.lesson_player import LessonPlayer
from ganstudio.ui.state.preferences import Preferences


class Room:
    """A player, and an engine that answers what it is asked."""

    def __init__(self, stage: Stage, folder: Path, text: str = TINY) -> None:
        self.stage = stage
        self.lesson: Lesson = read_lesson(write(folder, text))
        self.player = LessonPlayer(stage.commands, Preferences())
        self.record = ""

    def begin(self, steps: int = 0) -> int:
        """The engine builds the run that was asked for last."""
        ask = self.stage.link.told(Start)[-1]
        event = started(ask.run, ask.spec)
        self.stage.link.say(msgspec.structs.replace(event, record=self.record, playing=False,
                                                    position=Position(steps=steps)))
        return ask.run

    def arrive(self, steps: int) -> None:
        run = self.stage.run.number
        self.stage.link.say(progress(run, steps, playing=False))

    def measure(self, *values: float | None) -> None:
        ask = self.stage.link.told(MeasureQuantities)[-1]
        self.stage.link.say(QuantitiesMeasured(run=ask.run, id=ask.id, position=Position(steps=1),
                                               values=list(values)))

    def accept(self) -> None:
        ask = self.stage.link.told(SetControl)[-1]
        self.stage.link.say(applied(ask.run, ask.id, ask.name, ask.value))


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    stage = Stage()
    stage.begin(Spec())
    return Room(stage, tmp_path)


def to_first_page(room: Room) -> int:
    """Opens the lesson and plays its first step to the end; the run's number."""
    room.player.open(room.lesson)
    room.player.go_by(1)
    run = room.begin()
    room.arrive(4)
    room.measure(4.0)
    return run


def test_a_step_begins_its_run_plays_it_and_measures(room: Room) -> None:
    room.player.open(room.lesson)
    assert room.player.page == 0 and room.stage.link.told(Play)[-1].on is False
    room.player.go_by(1)
    ask = room.stage.link.told(Start)[-1]
    assert ask.spec == room.lesson.steps[0].run.spec() and not ask.playing  # type: ignore[union-attr]
    assert room.player.waits == "start"
    run = room.begin()
    assert room.stage.link.told(Play)[-1] == Play(run=run, on=True, until=4)
    room.arrive(3)
    assert not room.stage.link.told(MeasureQuantities)
    room.arrive(4)
    assert [one.quantity for one in room.stage.link.told(MeasureQuantities)[-1].asked] == ["step"]
    assert room.player.claims()[0].holds is None
    room.measure(4.0)
    (claim,) = room.player.claims()
    assert (claim.value, claim.holds) == (4.0, True)
    assert room.player.playing_page == 0


def test_the_next_step_goes_on_with_the_run_and_changes_it(room: Room) -> None:
    run = to_first_page(room)
    starts = len(room.stage.link.told(Start))
    room.player.go_by(1)
    assert room.stage.link.told(SetControl)[-1].value == 2.0
    room.accept()
    assert room.stage.link.told(Play)[-1] == Play(run=run, on=True, until=6)
    room.arrive(6)
    room.measure(2.5)
    assert [claim.holds for claim in room.player.claims()] == [False]
    assert len(room.stage.link.told(Start)) == starts


def test_what_was_tried_between_two_steps_is_taken_back(room: Room, tmp_path: Path) -> None:
    run = to_first_page(room)
    recorded = tmp_path / "kept.ganrun"
    recorded.write_bytes(b"")
    room.stage.link.say(CheckpointSaved(run=run, position=Position(steps=4), file=str(recorded)))
    room.stage.link.say(applied(run, 0, "gp_weight", 50.0))
    room.arrive(9)
    room.player.go_by(1)
    ask = room.stage.link.told(Start)[-1]
    assert (ask.file, ask.at) == (str(recorded), 4)
    room.begin(4)
    assert room.stage.link.told(SetControl)[-1].name == "gp_weight"


def test_without_a_recorded_moment_the_lesson_is_played_again_up_to_there(room: Room) -> None:
    to_first_page(room)
    room.arrive(9)
    room.player.go_by(1)
    assert room.stage.link.told(Start)[-1].file == ""
    run = room.begin()
    assert room.stage.link.told(Play)[-1] == Play(run=run, on=True, until=4)
    room.arrive(4)
    room.measure(4.0)
    assert room.stage.link.told(SetControl)[-1].value == 2.0


def test_a_recorded_run_has_the_end_of_each_step_kept(room: Room, tmp_path: Path) -> None:
    room.record = str(tmp_path / "run.ganrun")
    to_first_page(room)
    assert room.stage.link.told(Pin)[-1].for_good is False


def test_back_shows_the_end_of_the_step_before(room: Room, tmp_path: Path) -> None:
    run = to_first_page(room)
    recorded = tmp_path / "kept.ganrun"
    recorded.write_bytes(b"")
    room.stage.link.say(CheckpointSaved(run=run, position=Position(steps=4), file=str(recorded)))
    room.player.go_by(1)
    room.accept()
    room.arrive(6)
    room.measure(2.0)
    room.player.go_by(-1)
    ask = room.stage.link.told(Start)[-1]
    assert (ask.file, ask.at) == (str(recorded), 4)
    plays = len(room.stage.link.told(Play))
    room.begin(4)
    assert room.player.claims()[0].value == 4.0 and room.player.playing_page == 0
    assert len(room.stage.link.told(Play)) == plays


def test_a_lesson_is_entered_again_where_it_was_left(room: Room) -> None:
    to_first_page(room)
    room.player.open_answer(True)
    room.player.leave()
    assert room.player.lesson is None
    again = LessonPlayer(room.stage.commands, Preferences())
    again.open(room.lesson)
    assert again.page == 1
    assert again.claims()[0].value == 4.0
    assert again.notes is not None and again.notes.answer_open(1)
    fresh = LessonPlayer(room.stage.commands, Preferences())
    fresh.open(room.lesson, afresh=True)
    assert fresh.page == 0


def test_notes_that_cannot_be_read_cost_nothing(room: Room) -> None:
    Preferences().keep("lesson/tiny", '{"page": 99, "played": {"name": "tiny"}}')
    room.player.open(room.lesson)
    assert room.player.page == 0
    Preferences().keep("lesson/tiny", "nonsense")
    room.player.open(room.lesson)
    assert room.player.page == 0


def test_another_run_on_screen_is_not_the_lessons(room: Room) -> None:
    to_first_page(room)
    room.stage.begin(Spec(variant="ns-gan"))
    assert room.player.away
    room.player.again()
    assert room.stage.link.told(Start)[-1].spec == room.lesson.steps[0].run.spec()  # type: ignore[union-attr]
    assert room.player.claims()[0].holds is None


def test_a_run_that_cannot_be_built_is_said(room: Room) -> None:
    room.player.open(room.lesson)
    room.player.go_by(1)
    ask = room.stage.link.told(Start)[-1]
    room.stage.link.say(Refused(run=ask.run, reason="there is none"))
    assert room.player.remark == "The step cannot be played: there is none."
    assert room.player.playing_page == 0


def test_leaving_a_page_pauses_its_run(room: Room) -> None:
    room.player.open(room.lesson)
    room.player.go_by(1)
    run = room.begin()
    room.player.go_by(-1)
    assert room.stage.link.told(Play)[-1] == Play(run=run, on=False)


