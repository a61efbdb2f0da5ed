"""The thread that trains: commands between two updates, one credit a look, and no run drags down another."""

from __future__ import annotations

import math
import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.core.control import Value
from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Landscape, Points
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.progress import report
from ganstudio.core.variant import Scorer, Terms
from ganstudio.datasets.ring import Ring
from ganstudio.engine.hosted_run import HostedRun
from ganstudio.engine.training_thread import TrainingThread
from ganstudio.probes.gradients import GradientsProbe
from ganstudio.training.checkpoint import rebuild
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.variants.wgan import WGAN

E = TypeVar("E", bound=m.Event)
PATIENCE_S = 30.0  # only ever waited out by a test that fails


def spec_of(variant: str = "wgan-gp", data: str = "ring", **controls: Value) -> Spec:
    return Spec(variant=variant, data=data, seed=4, device="cpu", threads=1, controls={"batch_size": 8, **controls},
                network_controls={"width": 8, "depth": 1})


class Studio:
    """The window's side: posts commands, and waits for events."""

    def __init__(self, *, started: bool = True) -> None:
        self.events: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
        self.seen: list[m.Event] = []
        self.thread = TrainingThread(self.events.put)
        if started:
            self.thread.start()

    def post(self, *commands: m.Command) -> None:
        for command in commands:
            self.thread.post(command)

    def until(self, kind: type[E], where: Callable[[E], bool] = lambda _: True) -> E:
        """The next event of a kind; those before it are kept in ``seen``."""
        while True:
            event = self.events.get(timeout=PATIENCE_S)
            self.seen.append(event)
            if isinstance(event, kind) and where(event):
                return event

    def start(self, run: int = 1, spec: Spec | None = None, *, playing: bool = False) -> m.Started:
        self.post(m.Start(run=run, spec=spec or spec_of(), playing=playing))
        return self.until(m.Started)

    def mark(self) -> list[m.Event]:
        """Everything said until now: a refused command comes back after all that was owed before it."""
        self.seen.clear()
        self.post(m.SetControl(run=next(iter(self.thread._runs)), id=77, name="none", value=0))
        self.until(m.Refused, lambda refused: refused.id == 77)
        return self.seen[:-1]

    def drain(self) -> list[m.Event]:
        """What lies in the queue: for a thread that is driven by hand."""
        found: list[m.Event] = []
        while not self.events.empty():
            found.append(self.events.get())
        return found

    def once(self) -> list[m.Event]:
        """One round of the thread's loop, by hand."""
        self.thread.run_once()
        return self.drain()

    def hosted(self, run: int = 1) -> HostedRun:
        return self.thread._runs[run]


@pytest.fixture
def studio() -> Iterator[Studio]:
    found = Studio()
    yield found
    found.thread.end()
    found.thread.join(PATIENCE_S)
    assert not found.thread.is_alive()


@pytest.fixture
def by_hand() -> Studio:
    return Studio(started=False)


class Clock:
    """In the place of ``time.perf_counter``: a millisecond passes with each reading, more only if the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time, "perf_counter", found)
    return found


def rows(events: list[m.Event], run: int = 1) -> int:
    return sum(batch.values.shape[0] for event in events if isinstance(event, m.Scalars) and event.run == run
               for batch in event.batches)


# Starting ----------------------------------------------------------------------------------------------------------


def test_a_run_starts_and_says_what_it_is(studio: Studio) -> None:
    started = studio.start(3, spec_of(gp_weight="7"))
    assert started.run == 3
    assert started.spec.controls["gp_weight"] == started.settings["gp_weight"] == 7.0
    assert (started.kind, started.playing, started.position.updates) == ("plane", False, 0)
    assert started.low < started.high
    assert started.device_title
    assert started.preset_steps > 0


def test_a_spec_that_does_not_stand_is_refused(studio: Studio) -> None:
    studio.post(m.Start(run=1, spec=Spec(variant="wgan-pg")))
    assert "did you mean 'wgan-gp'" in studio.until(m.Refused).reason
    assert studio.start(2).run == 2


def test_a_run_that_takes_long_to_build_says_how_far_it_is_and_can_be_left(
    by_hand: Studio, monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_hand.post(m.Start(run=1, spec=spec_of(), playing=False))
    by_hand.once()
    read: list[int] = []

    def slow(self: Ring, n: int, rng: torch.Generator) -> torch.Tensor:
        for done in range(100):
            if done == 3:
                by_hand.post(m.Stop(run=2))
            report("reading images", done, 100)
            read.append(done)
        return torch.zeros(n, 2)

    monkeypatch.setattr(Ring, "sample", slow)
    by_hand.post(m.Start(run=2, spec=spec_of(), replaces=[1]))
    said = by_hand.once()
    assert read == [0, 1, 2]
    loading = next(event for event in said if isinstance(event, m.Loading))
    assert (loading.run, loading.what, loading.done, loading.total) == (2, "reading images", 0, 100)
    refused = next(event for event in said if isinstance(event, m.Refused))
    assert refused.run == 2
    assert "cancelled" in refused.reason
    assert set(by_hand.thread._runs) == {1}


def test_a_run_replaces_another_once_it_stands(studio: Studio) -> None:
    studio.start(1, playing=True)
    studio.post(m.Start(run=2, spec=Spec(variant="wgan-pg"), replaces=[1]))
    studio.until(m.Refused)
    steps = studio.hosted(1).trainer.game.steps
    studio.until(m.Progress, lambda progress: progress.run == 1 and progress.position.steps > steps + 5)
    studio.post(m.Start(run=2, spec=spec_of("gan"), playing=False, replaces=[1, 99]))
    studio.until(m.Started)
    of_no_run = m.Welcome | m.DivergenceAnalysed | m.DataInspected
    assert {event.run for event in studio.mark() if not isinstance(event, of_no_run)} == {2}
    assert list(studio.thread._runs) == [2]


def test_a_run_goes_on_from_its_file(studio: Studio, tmp_path: Path) -> None:
    trainer = Trainer(spec_of())
    recorder = Recorder(tmp_path / "x.ganrun", trainer)
    for _ in range(3):
        trainer.step()
    recorder.note(trainer.flush())
    recorder.close()
    studio.post(m.Start(run=1, spec=Spec(), playing=False, file=str(tmp_path / "x.ganrun")))
    assert studio.until(m.Started).position == trainer.position
    studio.post(m.Start(run=2, spec=Spec(), file=str(tmp_path / "none.ganrun")))
    assert "is not there" in studio.until(m.Refused).reason


def test_a_run_that_raised_has_no_checkpoint_without_the_terms_before_it(tmp_path: Path) -> None:
    trainer = Trainer(spec_of())
    recorder = Recorder(tmp_path / "x.ganrun", trainer)
    for _ in range(3):
        trainer.step()  # its terms wait to be recorded when something raises
    recorder.close(patient=False)
    reader = RunReader(tmp_path / "x.ganrun")
    terms, moments = sum(batch.at.shape[0] for batch in reader.scalars()), reader.moments()
    reader.close()
    assert terms == moments[-1][1].updates == trainer.game.updates


def test_a_stored_run_that_diverged_says_so_and_is_paused(studio: Studio, tmp_path: Path) -> None:
    trainer = Trainer(spec_of(critic_steps=1))
    recorder = Recorder(tmp_path / "x.ganrun", trainer)
    for steps in range(4):
        if steps == 2:
            trainer.game.players["discriminator"].flat.fill_(math.nan)
        trainer.step()
    recorder.note(trainer.flush())
    recorder.close()
    studio.post(m.Start(run=1, spec=Spec(), playing=True, file=str(tmp_path / "x.ganrun")))
    assert not studio.until(m.Started).playing
    diverged = studio.until(m.Diverged)
    assert (diverged.what.at, diverged.what.value) == (2.5, "nan"), "the first of them, not the last nor the next"
    assert diverged.good_settings == Trainer(Spec(variant="wgan-gp", data="ring", device="cpu")).settings()
    studio.post(m.Play(run=1, on=True))
    assert "diverged" in studio.until(m.Refused).reason
    studio.post(m.Start(run=2, spec=Spec(), playing=True, file=str(tmp_path / "x.ganrun"), at=1, replaces=[1]))
    assert studio.until(m.Started).playing
    studio.until(m.Progress, lambda progress: progress.position.steps > 3)
    assert not any(isinstance(event, m.Diverged) and event.run == 2 for event in studio.seen)


def test_what_is_said_to_a_run_that_is_not_there_is_dropped(studio: Studio) -> None:
    studio.post(m.Play(run=9, on=True), m.Stop(run=9), m.SnapshotRequest(run=9, views=["points"]), m.Hello(token="x"),
                m.SetControl(run=9, id=1, name="gp_weight", value=1.0))
    studio.start(1)
    assert [type(event) for event in studio.seen] == [m.Started]


@pytest.mark.parametrize("end", [m.Start(run=2, spec=spec_of(), playing=False, replaces=[1]), m.Stop(run=1)])
def test_a_fault_of_the_recorder_ends_the_run_that_ends_and_no_other(
    studio: Studio, end: m.Start | m.Stop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:
    def raising(_: Recorder) -> None:
        raise RuntimeError("a recorder with a fault")

    studio.post(m.Start(run=1, spec=spec_of(), playing=False, record=str(tmp_path / "x.ganrun")),
                m.Step(run=1, player="cycle"))
    studio.until(m.Progress, lambda progress: progress.position.steps == 1)
    monkeypatch.setattr(Recorder, "check", raising)
    studio.post(end)
    failed = studio.until(m.Failed)
    assert (failed.run, failed.reason) == (1, "RuntimeError: a recorder with a fault")
    if isinstance(end, m.Start):
        assert studio.until(m.Started).run == 2
    assert studio.start(3).run == 3
    assert sorted(studio.thread._runs) == ([2, 3] if isinstance(end, m.Start) else [3])
    studio.thread.end()  # with the fault still there: every file is closed
    studio.thread.join()
    assert rebuild(tmp_path / "x.ganrun").trainer.game.steps == 1


def test_runs_that_raise_as_the_engine_ends_do_not_keep_it_from_ending(
    studio: Studio, monkeypatch: pytest.MonkeyPatch,
) -> None:
    def raising(_: HostedRun) -> None:
        raise RuntimeError("a run with a fault")

    studio.start(1)
    studio.start(2)
    monkeypatch.setattr(HostedRun, "flush", raising)
    studio.thread.end()
    studio.thread.join()
    assert {studio.until(m.Failed).run, studio.until(m.Failed).run} == {1, 2}


# Playing and holding -----------------------------------------------------------------------------------------------


def test_play_and_pause(studio: Studio) -> None:
    studio.start()
    studio.post(m.Play(run=1, on=True))
    studio.until(m.Progress, lambda progress: progress.playing and progress.position.steps >= 20)
    studio.post(m.Play(run=1, on=False))
    paused = studio.until(m.Progress, lambda progress: not progress.playing)
    assert paused.steps_per_second == 0.0
    studio.mark()
    assert studio.hosted().trainer.position == paused.position


@pytest.mark.parametrize(("player", "d", "g", "place"), [
    ("discriminator", 1, 0, 1), ("generator", 0, 1, 0), ("cycle", 3, 1, 0),
])
def test_a_step_by_hand(studio: Studio, player: Any, d: int, g: int, place: int) -> None:
    studio.start(spec=spec_of(critic_steps=3))
    studio.post(m.Step(run=1, player=player))
    scalars = studio.until(m.Scalars)
    assert sum(batch.values.shape[0] for batch in scalars.batches) == d + g
    position = studio.until(m.Progress).position
    assert (position.of("discriminator"), position.of("generator"), position.place) == (d, g, place)
    logged = studio.hosted().trainer.log
    assert len(logged) == (0 if player == "cycle" else 1)


def test_curves_have_no_holes(studio: Studio) -> None:
    studio.start()
    for _ in range(3):
        studio.post(m.Play(run=1, on=True))
        reached = studio.until(m.Progress, lambda progress: progress.playing).position.updates
        studio.until(m.Progress, lambda progress, least=reached + 40: progress.position.updates >= least)  # type: ignore[misc]
        studio.post(m.Play(run=1, on=False))
    studio.post(m.Step(run=1, player="cycle"), m.Stop(run=1))
    studio.post(m.Start(run=2, spec=spec_of(), playing=False))
    studio.until(m.Started)
    last = [event for event in studio.seen if isinstance(event, m.Progress) and event.run == 1][-1]
    assert rows(studio.seen) == last.position.updates
    for player in ("discriminator", "generator"):
        at = np.concatenate([np.frombuffer(batch.at.data, np.float64) for event in studio.seen
                             if isinstance(event, m.Scalars) for batch in event.batches if batch.player == player])
        assert (np.diff(at) > 0).all()


def test_pausing_sends_the_terms_of_the_last_updates(by_hand: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.engine.hosted_run.REPORT_S", 1e9)  # nothing was due for a report yet
    by_hand.post(m.Start(run=1, spec=spec_of(), playing=True))
    events = by_hand.once()
    by_hand.post(m.Play(run=1, on=False))
    events += by_hand.once()
    assert by_hand.hosted().trainer.position.updates > 0
    assert rows(events) == by_hand.hosted().trainer.position.updates  # the thread now sleeps until mail comes


def test_stopping_sends_the_rest_and_nothing_more(studio: Studio) -> None:
    studio.start(playing=True)
    studio.until(m.Scalars)
    studio.post(m.Stop(run=1))
    studio.start(2)
    of_one = [event for event in studio.seen if isinstance(event, m.Progress) and event.run == 1]
    assert rows(studio.seen) == of_one[-1].position.updates
    studio.seen.clear()
    studio.post(m.Step(run=1, player="cycle"), m.Step(run=2, player="cycle"))
    studio.until(m.Progress, lambda progress: progress.run == 2)
    assert all(getattr(event, "run", 2) == 2 for event in studio.seen)


def rates(events: list[m.Event]) -> dict[int, float]:
    """The last steps a second that each run reported."""
    return {event.run: event.steps_per_second for event in events if isinstance(event, m.Progress)}


def test_two_runs_take_turns(by_hand: Studio, clock: Clock) -> None:
    by_hand.post(m.Start(run=1, spec=spec_of()), m.Start(run=2, spec=spec_of()))
    together = rates([event for _ in range(100) for event in by_hand.once()])
    assert together[1] == pytest.approx(together[2], rel=0.1)
    assert together[2] > 0
    by_hand.post(m.Stop(run=1))
    alone = rates([event for _ in range(200) for event in by_hand.once()])
    assert alone[2] == pytest.approx(2 * together[2], rel=0.2), "each of two runs had half of the time"


def test_two_runs_both_move(studio: Studio) -> None:
    studio.start(1, playing=True)
    studio.start(2, spec_of("gan"), playing=True)
    for run in (1, 2):
        begun = studio.hosted(run).trainer.game.steps
        studio.until(m.Progress, lambda progress, run=run, least=begun + 20:  # type: ignore[misc]
                     progress.run == run and progress.position.steps >= least and progress.steps_per_second > 0)
    last = {event.run: event for event in studio.seen if isinstance(event, m.Progress)}
    assert last[1].playing and last[2].playing
    assert min(last[1].position.steps, last[2].position.steps) >= 20


def test_a_playing_run_is_the_run_without_a_window(by_hand: Studio) -> None:
    look = m.SnapshotRequest(run=1, views=["points", "landscape"], size=9, measure=True)
    by_hand.post(m.Start(run=1, spec=spec_of(), playing=True))
    for _ in range(4):
        by_hand.post(look)
        by_hand.once()
    trainer = by_hand.hosted().trainer
    alone = Trainer(spec_of())
    while alone.position.updates < trainer.position.updates:
        alone.update()
    assert trainer.position.updates > 4
    assert trainer.game.weights_hash() == alone.game.weights_hash()
    by_hand.thread._measurer.shutdown()


# Speed -------------------------------------------------------------------------------------------------------------


def test_the_speed_has_a_bound(by_hand: Studio) -> None:
    by_hand.post(m.Start(run=1, spec=spec_of(), playing=False), m.SetSpeed(run=1, updates_per_second=0.01),
                 m.Play(run=1, on=True))
    began = time.perf_counter()
    by_hand.once()
    hosted = by_hand.hosted()
    assert hosted.trainer.position.updates >= 1
    assert not hosted.due(began + 90)
    assert hosted.due(time.perf_counter() + 1000)
    by_hand.once()
    assert hosted.trainer.position.updates == 1
    by_hand.post(m.SetSpeed(run=1, updates_per_second=0))
    by_hand.once()
    assert hosted.trainer.position.updates > 1


def test_a_run_that_fell_behind_does_not_rush(by_hand: Studio, clock: Clock) -> None:
    by_hand.post(m.Start(run=1, spec=spec_of(), playing=True), m.SetSpeed(run=1, updates_per_second=100))
    by_hand.once()
    clock.now += 60  # the machine slept for a minute
    before = by_hand.hosted().updates
    while by_hand.thread.run_once():
        assert by_hand.hosted().updates - before < 30, "it makes up for a tenth of a second, not for a minute"
    assert 10 <= by_hand.hosted().updates - before < 30


def test_a_slow_run_still_answers(studio: Studio) -> None:
    studio.start()
    studio.post(
        m.SetSpeed(run=1, updates_per_second=0.01), m.Play(run=1, on=True), m.SnapshotRequest(run=1, views=["points"]))
    assert studio.until(m.Snapshot).position.updates == 1
    studio.post(m.SetControl(run=1, id=5, name="gp_weight", value=2.0))
    assert studio.until(m.Applied).position.updates == 1


@pytest.mark.parametrize("speed", [math.nan, 1e-300, 5e-324])
def test_no_speed_stalls_the_thread(by_hand: Studio, speed: float) -> None:
    by_hand.post(m.Start(run=1, spec=spec_of(), playing=False), m.SetSpeed(run=1, updates_per_second=speed),
                 m.Play(run=1, on=True))
    by_hand.once()
    hosted = by_hand.hosted()
    assert hosted.trainer.position.updates >= 1
    assert by_hand.thread.wait_s() < 1e7  # threading.Event.wait takes no more than some 9e9


# Controls ----------------------------------------------------------------------------------------------------------


def test_a_control_is_applied_where_the_run_stands(studio: Studio) -> None:
    studio.start(playing=True)
    studio.until(m.Scalars)
    studio.post(m.SetControl(run=1, id=8, name="gp_weight", value="0.5"))
    applied = studio.until(m.Applied)
    assert (applied.run, applied.id, applied.name, applied.value) == (1, 8, "gp_weight", 0.5)
    assert applied.position.updates > 0
    (entry,) = studio.hosted().trainer.log
    assert entry.position == applied.position
    assert studio.hosted().trainer.position.updates >= applied.position.updates


def test_a_refused_control_changes_nothing(studio: Studio) -> None:
    before = studio.start().settings
    for name, value in (("gp_weight", 1e9), ("gp_wieght", 1.0), ("critic_steps", [1.0]), ("width", 9)):
        studio.post(m.SetControl(run=1, id=6, name=name, value=value))
        refused = studio.until(m.Refused)
        assert refused.id == 6
        assert name in refused.reason
    assert studio.hosted().trainer.settings() == before
    assert studio.hosted().trainer.log == []


# Looks -------------------------------------------------------------------------------------------------------------


def test_a_look_is_answered_once(by_hand: Studio) -> None:
    by_hand.post(m.Start(run=1, spec=spec_of(), playing=True))
    assert not any(isinstance(event, m.Snapshot) for event in by_hand.once() + by_hand.once()), "no look"
    by_hand.post(m.SnapshotRequest(run=1, views=["points"]))
    assert len([event for event in by_hand.once() if isinstance(event, m.Snapshot)]) == 1
    assert not any(isinstance(event, m.Snapshot) for event in by_hand.once() + by_hand.once()), "the credit is spent"
    by_hand.post(m.SnapshotRequest(run=1, views=["points"]), m.SnapshotRequest(run=1, views=["landscape"]))
    (snapshot,) = [event for event in by_hand.once() if isinstance(event, m.Snapshot)]
    assert list(snapshot.views) == ["landscape"], "one outstanding: the last one counts"


def test_a_snapshot_has_the_views_asked_for(studio: Studio) -> None:
    studio.start()
    studio.post(m.SnapshotRequest(run=1, views=["points", "landscape", "line", "nothing"], size=12))
    snapshot = studio.until(m.Snapshot)
    assert set(snapshot.views) == {"points", "landscape"}, "a line's view says nothing of the plane"
    points, landscape = snapshot.views["points"], snapshot.views["landscape"]
    assert isinstance(points, Points) and isinstance(landscape, Landscape)
    assert landscape.values.shape == (12, 12)
    assert points.modes is not None
    assert snapshot.position.updates == 0
    assert m.event_of(m.framed(snapshot)[4:]) == snapshot


@pytest.mark.parametrize("size", [-5, 0, 10**9])
def test_no_size_is_too_strange(studio: Studio, size: int) -> None:
    studio.start()
    studio.post(m.SnapshotRequest(run=1, views=["landscape"], size=size))
    landscape = studio.until(m.Snapshot).views["landscape"]
    assert isinstance(landscape, Landscape)
    assert landscape.values.shape in ((4, 4), (256, 256))


def test_a_paused_run_is_shown_again_only_when_something_changed(studio: Studio) -> None:
    studio.start()
    look = m.SnapshotRequest(run=1, views=["points"])
    studio.post(look)
    studio.until(m.Snapshot)
    studio.post(look)
    assert studio.mark() == [] and studio.mark() == []
    studio.post(m.SetControl(run=1, id=1, name="gp_weight", value=1.0))
    studio.seen.clear()
    studio.until(m.Snapshot)
    assert [type(event) for event in studio.seen] == [m.Applied, m.Snapshot]
    studio.post(look)
    assert studio.mark() == []
    studio.post(m.Step(run=1, player="discriminator"))
    assert studio.until(m.Snapshot).position.updates == 1
    studio.post(look)
    assert studio.mark() == []
    studio.post(m.SnapshotRequest(run=1, views=["points", "landscape"]))
    assert set(studio.until(m.Snapshot).views) == {"points", "landscape"}, "other views are another picture"


def test_measures_come_with_their_floors(studio: Studio) -> None:
    studio.start()
    studio.post(m.SnapshotRequest(run=1, views=["points"], measure=True))
    studio.until(m.Snapshot)
    studio.post(m.SnapshotRequest(run=1, views=["points"], measure=True))
    measured = studio.until(m.MeasuredNow)
    assert measured.steps == 0
    assert set(measured.measures) == set(measured.floors)
    assert measured.floors["modes"] == 8.0


def test_a_paused_run_is_measured_where_it_was_paused(studio: Studio) -> None:
    studio.start()
    for steps in range(3):  # the third waits for its share of the time, and no command comes to wake the thread
        studio.post(m.Step(run=1, player="cycle"), m.SnapshotRequest(run=1, views=[], measure=True))
        studio.until(m.Snapshot)
        studio.post(m.SnapshotRequest(run=1, views=[], measure=True))
        assert studio.until(m.MeasuredNow).steps == steps + 1


# Expensive views ---------------------------------------------------------------------------------------------------


BOTH = ["points", "gradients"]
COST_S, SHARE = 0.02, 0.04  # of the expensive view: with the clock's own millisecond, every 0.525 s


@pytest.fixture
def costly(by_hand: Studio, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A run that plays, whose expensive view has been computed twice: the first time does not count."""
    original = GradientsProbe.look

    def slow(self: GradientsProbe, game: Any, size: int) -> Any:
        clock.now += COST_S
        return original(self, game, size)

    monkeypatch.setattr(GradientsProbe, "look", slow)
    monkeypatch.setattr(GradientsProbe, "time_share", SHARE)
    by_hand.post(m.Start(run=1, spec=spec_of(), playing=True))
    for _ in range(2):
        assert views_of(by_hand, BOTH) == [set(BOTH)]
    return by_hand


def views_of(studio: Studio, views: list[str], *commands: m.Command) -> list[set[str]]:
    """The views of each picture that one round brings."""
    studio.post(*commands, m.SnapshotRequest(run=1, views=views))
    return [set(event.views) for event in studio.once() if isinstance(event, m.Snapshot)]


def test_an_expensive_view_comes_again_after_its_own_cost_over_its_share(costly: Studio, clock: Clock) -> None:
    assert views_of(costly, BOTH) == [{"points"}]
    clock.now += 0.4
    assert views_of(costly, BOTH) == [{"points"}]
    clock.now += 0.15
    assert views_of(costly, BOTH) == [set(BOTH)]
    assert views_of(costly, BOTH) == [{"points"}]


def test_a_paused_run_ends_with_every_view(costly: Studio) -> None:
    assert views_of(costly, BOTH) == [{"points"}]
    costly.post(m.Play(run=1, on=False))
    costly.once()
    position = costly.hosted().trainer.position
    assert views_of(costly, BOTH) == [{"gradients"}], "the others are on screen already"
    assert costly.hosted().trainer.position == position
    assert views_of(costly, BOTH) == [], "nothing is missing any more"
    assert views_of(costly, BOTH, m.Step(run=1, player="cycle")) == [set(BOTH)], "steps of the user are shown whole"


def test_a_look_that_waits_while_the_run_is_paused_is_answered(costly: Studio) -> None:
    slow = m.SetSpeed(run=1, updates_per_second=0.01)  # it plays, but does not move for a while
    assert views_of(costly, BOTH, slow) == [{"points"}]
    assert views_of(costly, BOTH) == [], "nothing new can be shown yet"
    costly.post(m.Play(run=1, on=False))
    (picture,) = [event for event in costly.once() if isinstance(event, m.Snapshot)]
    assert set(picture.views) == {"gradients"}


def test_the_thread_wakes_when_an_expensive_view_is_due(costly: Studio, clock: Clock) -> None:
    assert views_of(costly, BOTH, m.SetSpeed(run=1, updates_per_second=0.01)) == [{"points"}]
    assert costly.thread.wait_s() > 1, "the look is answered: the next update is waited for"
    assert views_of(costly, BOTH) == []
    wait_s = costly.thread.wait_s()
    assert 0 < wait_s < 1, "that view is waited for, and no longer"
    clock.now += wait_s
    (picture,) = [event for event in costly.once() if isinstance(event, m.Snapshot)]
    assert set(picture.views) == {"gradients"}


def test_a_view_that_the_window_asks_for_no_more_is_not_missing(costly: Studio) -> None:
    assert views_of(costly, BOTH) == [{"points"}]
    costly.post(m.Play(run=1, on=False))
    costly.once()
    assert views_of(costly, ["points"]) == [{"points"}]
    assert views_of(costly, ["points"]) == []


# Faults ------------------------------------------------------------------------------------------------------------


def test_a_variant_that_raises_ends_its_own_run_and_no_other(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(self: Any, D: Scorer, fake: Tensor, c: Any) -> Terms:
        raise RuntimeError("a variant with a fault")

    monkeypatch.setattr(WGAN, "generator_terms", raising)
    studio.start(1, spec_of("gan"), playing=True)
    studio.start(2, spec_of("wgan"), playing=True)
    failed = studio.until(m.Failed)
    assert failed.run == 2
    assert failed.reason == "RuntimeError: a variant with a fault"
    assert failed.traceback.startswith("Traceback") and "in raising" in failed.traceback
    steps = studio.hosted(1).trainer.game.steps
    studio.until(m.Progress, lambda progress: progress.run == 1 and progress.position.steps > steps + 20)
    studio.post(m.Play(run=2, on=True), m.SetControl(run=2, id=1, name="clip", value=0.1))
    studio.start(3)
    assert studio.thread.is_alive()


@pytest.mark.parametrize("where", ["look", "step", "start"])
def test_whatever_raises_the_thread_lives_on(studio: Studio, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def raising(*_: Any, **__: Any) -> Any:
        raise MemoryError

    if where == "start":
        monkeypatch.setattr("ganstudio.engine.training_thread.Trainer", raising)
        studio.post(m.Start(run=1, spec=spec_of()))
    else:
        studio.start()
        if where == "look":
            monkeypatch.setattr("ganstudio.probes.points.PointsProbe.look", raising)
            studio.post(m.SnapshotRequest(run=1, views=["points"]))
        else:
            monkeypatch.setattr("ganstudio.training.trainer.Trainer.update", raising)
            studio.post(m.Step(run=1, player="cycle"))
    assert studio.until(m.Failed).reason == "out of memory: try a smaller batch_size, width or resolution"
    monkeypatch.undo()
    assert studio.start(2).run == 2


def test_a_run_that_diverges_is_paused_and_tells_the_way_back(studio: Studio) -> None:
    studio.start(playing=True)
    studio.until(m.Scalars)
    studio.post(m.SetControl(run=1, id=1, name="gp_weight", value=3.0))
    studio.until(m.Applied)
    studio.hosted().trainer.game.players["discriminator"].flat.fill_(math.nan)
    diverged = studio.until(m.Diverged)
    assert diverged.what.value == "nan"
    assert diverged.good_settings["gp_weight"] == studio.hosted().trainer.spec.controls["gp_weight"] != 3.0
    assert not studio.until(m.Progress).playing
    assert any(isinstance(event, m.Scalars) for event in studio.seen[-4:]), "NaN is shown, not repaired"
    position = studio.hosted().trainer.position
    studio.post(m.Play(run=1, on=True))
    assert "diverged" in studio.until(m.Refused).reason
    assert studio.hosted().trainer.position == position
    studio.seen.clear()
    studio.post(m.Step(run=1, player="cycle"))
    studio.until(m.Progress)
    assert not any(isinstance(event, m.Diverged) for event in studio.seen), "said once"


def test_a_diverged_run_can_still_be_looked_at_and_measured(studio: Studio) -> None:
    studio.start()
    for player in studio.hosted().trainer.game.players.values():
        player.flat.fill_(math.nan)
    studio.post(m.Step(run=1, player="cycle"), m.SnapshotRequest(run=1, views=["points", "landscape"], measure=True))
    studio.until(m.Snapshot)
    studio.post(m.SnapshotRequest(run=1, views=["points", "landscape"], measure=True))
    assert set(studio.until(m.MeasuredNow).measures.values()) == {None}


def test_a_step_by_hand_obeys_the_runs_own_threads(by_hand: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    by_hand.post(m.Start(run=1, spec=spec_of(), playing=False))
    by_hand.once()
    monkeypatch.setattr(by_hand.hosted().trainer, "activate", lambda: asked.append(1))
    by_hand.post(m.Step(run=1, player="cycle"))
    by_hand.once()
    assert asked == [1]


def test_ending_ends_while_a_run_plays() -> None:
    studio = Studio()
    studio.start(playing=True)
    studio.thread.end()
    studio.thread.join(PATIENCE_S)
    assert not studio.thread.is_alive()
