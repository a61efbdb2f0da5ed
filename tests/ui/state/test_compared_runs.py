"""A step that compares runs: they are brought to its end and measured, each claim in its own run, and taken away."""

from __future__ import annotations

from pathlib import Path

import pytest
from comparison_kit import Lockstep
from lesson_kit import TINY, write
from pytestqt.qtbot import QtBot
from studio_kit import applied, progress

from ganstudio.core.lessons.lesson import Step
from ganstudio.core.lessons.reader import read_lesson
from ganstudio.core.protocol.messages import (
    Failed,
    MeasureQuantities,
    Play,
    QuantitiesMeasured,
    Refused,
    SetControl,
    Start,
    Stop,
)
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.ui.lessons.lesson_text import run_text
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.lesson_player import LessonPlayer
from ganstudio.ui.state.preferences import Preferences

RUN = ('run = { variant = "wgan-gp", data = "ring", controls = { batch_size = 8 }, '
       'network_controls = { width = 4, depth = 1 } }')
TWO = ('compare = [ { variant = "gan", data = "ring", controls = { batch_size = 16 } }, '
       '{ variant = "wgan-gp", data = "ring", controls = { batch_size = 8 } } ]')
COMPARED = TINY.replace(RUN, TWO).replace(
    'quantity = "step"', 'quantity = "w1"\nof = "wgan-gp"\nper = { quantity = "w1", of = "gan" }')
AFTER = TINY.replace("## Second\n\nMore.", "## Second\n\nMore.\n\n## Third\n\nRuns.").replace(
    "+++\nIntroduction", f'\n[[step]]\n{TWO}\nuntil = 3\n+++\nIntroduction')


class Hall(Lockstep):
    """A player with a run on screen, and comparisons without a window."""

    def __init__(self, folder: Path, text: str) -> None:
        super().__init__(begun=False)
        self.comparison.close()
        self.mine = self.stage.begin(Spec())
        self.stage.link.sent.clear()
        self.lesson = read_lesson(write(folder, text))
        self.player = LessonPlayer(self.stage.commands, Preferences())
        self.player.open_comparison = self.open
        self.player.close_comparison = lambda: self.comparison.close()
        self.player.open(self.lesson, afresh=True)

    def open(self, step: Step) -> Comparison:
        self.comparison = Comparison(self.stage.session, None, len(step.compare))
        self.comparison.start([(asked.spec(), "") for asked in step.compare], playing=False, alike=False)
        return self.comparison

    def begin(self) -> None:
        while any(member.waiting for member in self.comparison.members):
            self.answer()

    def measure(self, *values: list[float | None]) -> None:
        for ask, found in zip(self.told(MeasureQuantities)[-len(values):], values, strict=True):
            self.stage.link.say(QuantitiesMeasured(run=ask.run, id=ask.id, position=Position(steps=4), values=found))

    def to_the_end(self) -> None:
        """Plays the first step."""
        self.player.go_by(1)
        self.begin()
        self.go(4, playing=False)
        self.measure([2.0], [3.0])


@pytest.fixture
def hall(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hall:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    return Hall(tmp_path, COMPARED)


def test_the_runs_begin_as_they_are_asked_for_play_together_and_are_measured(hall: Hall) -> None:
    hall.player.go_by(1)
    assert hall.player.waits == "start" and run_text(hall.player) == "The runs are being built…"
    hall.begin()
    assert [start.spec for start in hall.told(Start)] == [asked.spec() for asked in hall.lesson.steps[0].compare]
    plays = [(play.run, play.until) for play in hall.together(Play)[-1] if play.on]
    assert plays == [(number, 4) for number in hall.numbers()]
    hall.go(2)
    assert run_text(hall.player) == "The runs play to step 4: 2 so far."
    assert not hall.told(MeasureQuantities)
    hall.stage.link.say(progress(hall.numbers()[0], 4, playing=False))
    assert not hall.told(MeasureQuantities)  # the other is on its way
    hall.go(4, playing=False)
    asked = {ask.run: [one.quantity for one in ask.asked] for ask in hall.told(MeasureQuantities)}
    assert asked == {number: ["w1"] for number in hall.numbers()}
    hall.measure([2.0], [3.0])
    (claim,) = hall.player.claims()
    assert claim.value == pytest.approx(1.5)  # WGAN-GP's over GAN's
    assert hall.player.playing_page == 0 and run_text(hall.player) == "The runs are paused at step 4."


def test_the_next_step_goes_on_with_them_and_changes_those_that_have_the_control(hall: Hall) -> None:
    hall.to_the_end()
    hall.player.go_by(1)
    (change,) = hall.told(SetControl)
    assert (change.run, change.name, change.value) == (hall.numbers()[1], "gp_weight", 2.0)
    hall.stage.link.say(applied(change.run, change.id, change.name, change.value))
    assert [(play.run, play.until) for play in hall.together(Play)[-1] if play.on] == [
        (number, 6) for number in hall.numbers()]
    hall.go(6, playing=False)
    ask = hall.told(MeasureQuantities)[-1]
    assert ask.run == hall.numbers()[0]
    hall.measure([2.0])
    assert [claim.holds for claim in hall.player.claims()] == [True]


def test_back_from_what_was_tried_begins_them_again(hall: Hall) -> None:
    hall.to_the_end()
    before = hall.numbers()
    hall.go(9, playing=False)
    hall.player.go_by(1)
    assert {stop.run for stop in hall.told(Stop)} >= set(before)
    hall.begin()
    assert not set(hall.numbers()) & set(before)
    assert [play.until for play in hall.together(Play)[-1] if play.on] == [4, 4]


def test_another_page_ends_them_and_the_run_on_screen_is_as_it_was(hall: Hall) -> None:
    hall.to_the_end()
    numbers = hall.numbers()
    hall.player.go_by(-1)
    assert {stop.run for stop in hall.told(Stop)} == {*numbers}
    assert hall.player.compared is None and list(hall.stage.session.runs) == [hall.mine]


def test_back_to_the_run_before_the_comparison_needs_nothing(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    hall = Hall(tmp_path, AFTER)
    hall.player.go_by(2)
    mine = hall.stage.stand(batch_size=8)
    hall.stage.link.say(progress(mine, 4, playing=False))
    hall.measure([4.0])
    change = hall.told(SetControl)[-1]
    hall.stage.link.say(applied(mine, change.id, change.name, change.value))
    hall.stage.link.say(progress(mine, 6, playing=False))
    hall.measure([2.0])
    hall.player.go_by(1)
    hall.begin()
    hall.go(3, playing=False)
    assert hall.player.playing_page == 0
    hall.stage.link.sent.clear()
    hall.player.go_by(-1)
    assert not hall.told(Start) and not hall.told(Play)
    assert run_text(hall.player) == "The run is paused at step 6."


def test_a_comparison_that_the_user_closes_is_offered_again(hall: Hall) -> None:
    hall.player.go_by(1)
    hall.begin()
    hall.comparison.close()
    assert hall.player.away and run_text(hall.player) == "The comparison was closed. Play this step again to see it."
    hall.player.again()
    assert hall.player.compared is not None and hall.player.waits == "start"


def test_runs_that_the_user_starts_again_are_not_those_of_the_step(hall: Hall) -> None:
    hall.player.go_by(1)
    hall.begin()
    hall.comparison.restart()
    hall.begin()
    hall.go(4, playing=False)
    assert not hall.told(MeasureQuantities) and hall.player.playing_page == 0
    hall.player.again()
    assert hall.player.waits == "start"


@pytest.mark.parametrize("begun", [False, True])
def test_a_run_that_cannot_be_is_said(hall: Hall, begun: bool) -> None:
    hall.player.go_by(1)
    if begun:
        hall.begin()
        hall.stage.link.say(Failed(run=hall.numbers()[1], reason="there is no memory", traceback=""))
        assert hall.player.remark == (
            "The step cannot be played. The run failed and was ended: there is no memory.")
    else:
        hall.answer()
        hall.stage.link.say(Refused(run=hall.told(Start)[-1].run, reason="there is none"))
        assert hall.player.remark == "The step cannot be played. Not started: there is none."
    assert hall.player.playing_page == 0


def test_leaving_the_lesson_ends_them(hall: Hall) -> None:
    hall.to_the_end()
    numbers = hall.numbers()
    hall.player.leave()
    assert {stop.run for stop in hall.told(Stop)} == {*numbers}
