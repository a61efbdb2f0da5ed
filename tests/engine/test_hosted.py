"""A run inside the engine, driven without a thread: a full disk holds it, and what it waits for wakes it in time."""

from __future__ import annotations

import math
from pathlib import Path
from typing import cast

import pytest
from held_executor import HeldExecutor
from small_games import small

from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Position, SingleStep, Spec
from ganstudio.core.protocol.views import Points, ScalarBatch, Sketch, View
from ganstudio.engine.auto_recorder import AutoRecorder
from ganstudio.engine.hosted_run import DRAWING_S, FIRST_LOOK_S, REPORT_S, HostedRun
from ganstudio.engine.live_measures import POLL_S
from ganstudio.training.trainer import Trainer

SPEC = Spec(variant="gan", data="ring", seed=4, device="cpu", threads=1, controls={"batch_size": 8},
            network_controls={"width": 4, "depth": 1})


class Recording:
    """In the place of a recorder: it has the troubles that a test gives it."""

    path = Path("run.ganrun")
    fault = ""
    trouble = ""
    has_pending_pins = False

    def __init__(self) -> None:
        self.rows = 0
        self.calls: list[str] = []

    def note(self, batches: list[ScalarBatch]) -> None:
        self.rows += sum(batch.values.shape[0] for batch in batches)

    def record_due_views(self) -> None:
        """Nothing is due."""

    def record_views(self, position: Position, views: dict[str, View]) -> None:
        self.calls.append(f"views at {position.updates}")

    def record_measures(self, measured: m.MeasuredNow) -> None:
        self.calls.append(f"measures at {measured.steps}")

    def settle(self) -> None:
        self.calls.append("settle")

    def finish(self, *, look: bool) -> None:
        self.calls.append(f"finish, look={look}")


class Bench:
    """One run, the events it sent, and what takes the place of its recorder and its measuring thread."""

    def __init__(self, *, playing: bool, recorded: bool = True, spec: Spec = SPEC) -> None:
        self.events: list[m.Event] = []
        self.recording = Recording()
        self.recorder = cast("AutoRecorder", self.recording)
        self.measurer = HeldExecutor()
        self.trainer = Trainer(spec)
        self.run = HostedRun(7, self.trainer, self.events.append, self.measurer, playing=playing,
                             recorder=self.recorder if recorded else None)

    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, m.Notice)]


def mail() -> bool:
    """Something waits, so that a turn is one update."""
    return True


# The record --------------------------------------------------------------------------------------------------------


def test_a_full_disk_pauses_the_run_until_there_is_room() -> None:
    bench = Bench(playing=True)
    bench.run.take_turn(mail)
    bench.recording.trouble = "no room"
    bench.run.flush()
    assert bench.texts() == ["The run is paused: no room."]
    assert not bench.run.due(math.inf)
    assert bench.run.wait_s(0.0) == REPORT_S, "it looks again by itself"
    bench.run.flush()
    assert len(bench.texts()) == 1, "said once"
    bench.recording.trouble = ""
    bench.run.flush()
    assert bench.texts()[1:] == ["There is room again: the run goes on."]
    assert bench.run.due(math.inf)
    bench.run.take_turn(mail)
    bench.run.flush()
    assert bench.recording.rows == bench.run.updates == 2


def test_a_run_that_the_user_paused_stays_paused_when_there_is_room_again() -> None:
    bench = Bench(playing=True)
    bench.recording.trouble = "no room"
    bench.run.flush()
    bench.run.obey(m.Play(run=7, on=False), 0)
    bench.recording.trouble = ""
    bench.run.flush()
    assert not bench.run.due(math.inf)
    assert bench.run.wait_s(0.0) == math.inf


def test_a_file_that_cannot_be_written_is_said_once_and_the_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(playing=True)

    def fail(_: list[ScalarBatch]) -> None:
        bench.recording.fault = "this run is no longer recorded: the disk is gone"

    monkeypatch.setattr(bench.recording, "note", fail)
    bench.run.flush()
    bench.run.flush()
    assert bench.texts() == ["This run is no longer recorded: the disk is gone."]
    assert bench.run.due(math.inf)


def test_only_the_run_of_that_file_is_settled() -> None:
    bench = Bench(playing=False)
    bench.run.settle(Path("other.ganrun"))
    assert (bench.recording.calls, bench.events) == ([], [])
    bench.run.settle(Path("run.ganrun"))
    assert bench.recording.calls == ["settle"]


@pytest.mark.parametrize("look", [True, False])
def test_the_end_of_a_run_is_the_end_of_its_file(look: bool) -> None:
    bench = Bench(playing=False)
    assert bench.run.finish(look=look) is bench.recorder
    assert bench.recording.calls == [f"finish, look={look}"]
    assert Bench(playing=False, recorded=False).run.finish() is None


# Measures ----------------------------------------------------------------------------------------------------------


def test_what_is_shown_and_measured_is_recorded() -> None:
    bench = Bench(playing=False)
    bench.run.obey(m.Step(run=7, player="cycle"), 0)
    for _ in range(2):
        bench.run.obey(m.SnapshotRequest(run=7, views=["points"], measure=True), 0)
        bench.run.serve()
        if not bench.recording.calls[1:]:
            bench.measurer.deliver()
    assert bench.recording.calls == ["views at 2", "measures at 1"]
    assert [type(event) for event in bench.events[-2:]] == [m.Snapshot, m.MeasuredNow]


def test_a_waiting_look_wakes_the_run_for_its_measures() -> None:
    bench = Bench(playing=False)
    look = m.SnapshotRequest(run=7, views=[], measure=True)
    bench.run.obey(look, 0)
    bench.run.serve()  # answers the look, and begins to measure
    assert bench.run.wait_s(0.0) == math.inf, "the window has its picture"
    bench.run.obey(look, 0)
    bench.run.serve()
    assert bench.run.wait_s(0.0) == POLL_S
    bench.measurer.deliver()
    bench.run.serve()
    assert bench.run.wait_s(0.0) == math.inf, "this step is measured"


def test_a_run_of_images_waits_for_the_first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first update may take seconds, and the first picture would come after it."""
    now = [100.0]
    monkeypatch.setattr("ganstudio.engine.hosted_run.time.perf_counter", lambda: now[0])
    images = Spec(variant="dcgan", data="digits", device="cpu", threads=1, dtype="float32", memory="contiguous",
                  controls={"batch_size": 4}, network_controls={"width": 2, "resolution": 8})
    events: list[m.Event] = []
    hosted = HostedRun(1, Trainer(images), events.append, HeldExecutor(), playing=True)
    assert not hosted.due(now[0])
    assert hosted.wait_s(now[0]) == pytest.approx(FIRST_LOOK_S)
    hosted.obey(m.SnapshotRequest(run=1, views=["samples"]), 0)
    hosted.serve()
    assert [event.position.updates for event in events if isinstance(event, m.Snapshot)] == [0]
    assert hosted.due(now[0]), "it was looked at"
    unseen = HostedRun(2, Trainer(images), events.append, HeldExecutor(), playing=True)
    assert not unseen.due(now[0] + FIRST_LOOK_S - 0.1)
    assert unseen.due(now[0] + FIRST_LOOK_S)
    points = HostedRun(3, Trainer(SPEC), events.append, HeldExecutor(), playing=True)
    assert points.due(now[0]), "their updates take milliseconds"


def test_a_control_of_the_data_is_applied_and_shown_at_once_while_the_run_is_paused() -> None:
    events: list[m.Event] = []
    spec = Spec(variant="gan", data="lines", seed=4, device="cpu", threads=1, network_controls={"width": 4, "depth": 1})
    run = HostedRun(7, Trainer(spec), events.append, HeldExecutor(), playing=False)
    look = m.SnapshotRequest(run=7, views=["points"], measure=True)
    run.obey(look, 0)
    run.serve()
    run.obey(look, 0)
    run.serve()
    assert len([event for event in events if isinstance(event, m.Snapshot)]) == 1, "nothing has moved"
    run.obey(m.SetControl(run=7, id=3, name="data.theta", value=-1.0), 0)
    run.serve()
    (applied,) = [event for event in events if isinstance(event, m.Applied)]
    assert (applied.id, applied.name, applied.value) == (3, "data.theta", -1.0)
    points = [event for event in events if isinstance(event, m.Snapshot)][-1].views["points"]
    assert isinstance(points, Points)
    assert (points.real.numpy()[:, 0] == -1.0).all() and (points.low, points.high) == (-1.5, 1.5)
    run.obey(m.SetControl(run=7, id=4, name="data.theta", value=99.0), 0)
    (refused,) = [event for event in events if isinstance(event, m.Refused)]
    assert refused.id == 4 and "theta = 99 is out of range" in refused.reason


# Single updates ----------------------------------------------------------------------------------------------------


def last_updates(bench: Bench) -> list[m.LastUpdate]:
    return [event for event in bench.events if isinstance(event, m.LastUpdate)]


def test_a_single_step_says_what_was_done_and_who_is_next() -> None:
    bench = Bench(playing=False)
    bench.run.obey(m.Step(run=7, player="next"), 0)
    bench.run.obey(m.Step(run=7, player="generator"), 0)
    bench.run.obey(m.Step(run=7, player="cycle"), 0)
    told = [(each.player, each.update, each.next, each.first) for each in last_updates(bench)]
    assert told == [
        ("discriminator", 1, "generator", True), ("generator", 1, "discriminator", True),
        ("discriminator", 2, "generator", True), ("generator", 2, "discriminator", False)]
    assert last_updates(bench)[-1].position == bench.trainer.position
    assert [entry.command for entry in bench.trainer.log] == [SingleStep(player="generator")]


def test_the_next_update_by_hand_is_the_one_that_playing_makes() -> None:
    by_hand, other = Bench(playing=False), Trainer(SPEC)
    for _ in range(5):
        by_hand.run.obey(m.Step(run=7, player="next"), 0)
        other.update()
    assert by_hand.trainer.game.weights_hash() == other.game.weights_hash()


@pytest.mark.parametrize(("bound", "told"), [(2.0, True), (0.0, False), (100.0, False)])
def test_numbers_are_worked_out_in_slow_motion_only(bound: float, told: bool) -> None:
    bench = Bench(playing=True)
    bench.run.obey(m.SetSpeed(run=7, updates_per_second=bound), 0)
    bench.run.take_turn(mail)
    assert bool(last_updates(bench)) == told
    assert bench.trainer.game.watch is None


def test_it_is_said_who_moves_next() -> None:
    bench = Bench(playing=False)
    bench.run.announce("")
    progress = [event for event in bench.events if isinstance(event, m.Progress)]
    assert progress[-1].next == "discriminator"
    bench.run.obey(m.Step(run=7, player="discriminator"), 0)
    progress = [event for event in bench.events if isinstance(event, m.Progress)]
    assert progress[-1].next == "generator"


# The board ---------------------------------------------------------------------------------------------------------


class Drawing:
    """A run of which the board and the samples are visible; the clock stands still until a test moves it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, playing: bool) -> None:
        self.now = 1000.0
        monkeypatch.setattr("ganstudio.engine.hosted_run.time.perf_counter", lambda: self.now)
        self.bench = Bench(playing=playing, recorded=False, spec=small("gawwn"))
        self.run = self.bench.run

    def look(self, number: int) -> m.SnapshotRequest:
        """The window's next request; 0: nothing is drawn yet."""
        request = m.SnapshotRequest(run=7, views=["board", "samples"], sketch=Sketch(number=number) if number else None)
        self.run.obey(request, 0)
        return request

    def answers(self) -> list[set[str]]:
        """The views of each snapshot since the last call."""
        self.run.serve()
        sent = [set(event.views) for event in self.bench.events if isinstance(event, m.Snapshot)]
        self.bench.events.clear()
        return sent


def test_a_stroke_on_a_paused_run_computes_nothing_but_its_image(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = Drawing(monkeypatch, playing=False)
    drawing.look(0)
    assert drawing.answers() == [{"board", "samples"}]
    for number in (1, 2):
        drawing.look(number)
        assert drawing.answers() == [{"board"}]
    drawing.now += 2 * DRAWING_S
    drawing.look(2)
    assert drawing.answers() == [], "nothing has changed"
    drawing.run.obey(m.Step(run=7, player="cycle"), 0)
    assert drawing.answers() == [{"board", "samples"}]


def test_no_update_is_begun_while_the_user_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = Drawing(monkeypatch, playing=True)
    run = drawing.run
    drawing.look(0)
    drawing.answers()
    run.take_turn(mail)
    assert run.due(drawing.now)
    drawing.look(1)
    assert not run.due(drawing.now), "the sketch is answered before the next update"
    assert drawing.answers() == [{"board"}]
    assert not run.due(drawing.now) and run.turn_wait_s(drawing.now) == pytest.approx(DRAWING_S)
    drawing.look(1)
    assert drawing.answers() == [], "what else has changed comes when the hand rests"
    assert run.wait_s(drawing.now) == pytest.approx(DRAWING_S)
    drawing.now += DRAWING_S + 0.01
    assert run.due(drawing.now)
    assert drawing.answers() == [{"samples"}]


def test_drawing_changes_no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, other = (Drawing(monkeypatch, playing=True) for _ in range(2))
    for number in range(1, 4):
        drawn.look(number)
        drawn.answers()
        for each in (drawn, other):
            each.run.take_turn(mail)
    assert drawn.bench.trainer.game.weights_hash() == other.bench.trainer.game.weights_hash()
