"""Runs in lockstep: whole rounds, one step for all, and each the run that it would be alone."""

from __future__ import annotations

import math
import queue
import time
from pathlib import Path

import pytest
from torch import Tensor

from ganstudio.core.control import Value
from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Change, Spec
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.variant import Scorer, Terms
from ganstudio.engine import lockstep
from ganstudio.engine.hosted_run import HostedRun
from ganstudio.engine.training_thread import TrainingThread
from ganstudio.training.trainer import Trainer
from ganstudio.variants.wgan import WGAN


def spec_of(variant: str = "wgan-gp", **controls: Value) -> Spec:
    return Spec(variant=variant, data="ring", seed=4, device="cpu", threads=1,
                controls={"batch_size": 8, **controls}, network_controls={"width": 8, "depth": 1})


class Engine:
    """A training thread that is driven by hand: its mailbox is read when ``once`` is called."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
        self.thread = TrainingThread(self.events.put)

    def start(self, *specs: Spec, group: int = 1, playing: bool = True, record: Path | None = None) -> None:
        self.thread.post(m.Together(commands=[
            m.Start(run=at + 1, spec=spec, group=group, playing=playing,
                    record=str(record / f"{at + 1}.ganrun") if record else "")
            for at, spec in enumerate(specs)]))

    def once(self) -> list[m.Event]:
        self.thread.run_once()
        found: list[m.Event] = []
        while not self.events.empty():
            found.append(self.events.get())
        return found

    def hosted(self, run: int) -> HostedRun:
        return self.thread._runs[run]

    @property
    def steps(self) -> list[int]:
        return [hosted.steps for hosted in self.thread._runs.values()]

    def play_to(self, step: int) -> None:
        """Lets all play until each is held at a step."""
        self.once()
        self.thread.post(m.Together(commands=[
            m.Play(run=number, on=True, until=step) for number in self.thread._runs]))
        self.once()
        while any(hosted.playing for hosted in self.thread._runs.values()):
            self.once()

    def end(self) -> None:
        self.thread._ending = True
        self.thread.run()


def of_kind(events: list[m.Event], kind: type[m.Event], run: int | None = None) -> list[m.Event]:
    return [event for event in events if isinstance(event, kind) and run in (None, getattr(event, "run", None))]


def hash_alone(spec: Spec, steps: int, changes: dict[int, Change] | None = None) -> str:
    trainer = Trainer(spec)
    while trainer.game.steps < steps:
        if changes and trainer.game.steps in changes:
            trainer.apply(changes[trainer.game.steps])
        trainer.step()
    return trainer.game.weights_hash()


SIX = (spec_of(), spec_of(critic_steps=1), spec_of("gan"), spec_of("wgan", critic_steps=3), spec_of("r1-gan"),
       spec_of("lsgan"))


def test_after_every_turn_all_runs_are_at_the_same_step() -> None:
    engine = Engine()
    engine.start(*SIX)
    for _ in range(8):
        engine.once()
        assert len(set(engine.steps)) == 1
    assert engine.steps[0] >= 8
    assert all(hosted.trainer.position.place == 0 for hosted in engine.thread._runs.values())


def test_each_run_is_bit_for_bit_what_it_would_be_alone() -> None:
    engine = Engine()
    engine.start(*SIX, playing=False)
    engine.play_to(7)
    for at, spec in enumerate(SIX):
        assert engine.hosted(at + 1).trainer.game.weights_hash() == hash_alone(spec, 7), spec.variant


@pytest.mark.parametrize("clock", ["step", "time"])
def test_looking_measuring_and_the_clock_change_nothing(clock: str) -> None:
    engine = Engine()
    engine.start(*SIX[:3], playing=False)
    engine.thread.post(m.Together(commands=[m.SetClock(run=run, clock=clock) for run in (1, 2, 3)]))  # type: ignore[arg-type]
    engine.thread.post(m.Together(commands=[
        m.Play(run=run, on=True, until=6) for run in (1, 2, 3)]))
    while not engine.steps or any(hosted.playing for hosted in engine.thread._runs.values()):
        engine.thread.post(m.Together(commands=[
            m.SnapshotRequest(run=run, views=["points", "landscape"], measure=True) for run in (1, 2, 3)]))
        engine.once()
    for at, spec in enumerate(SIX[:3]):
        assert engine.hosted(at + 1).trainer.game.weights_hash() == hash_alone(spec, 6)


def test_a_look_at_all_finds_all_at_one_step() -> None:
    engine = Engine()
    engine.start(*SIX[:4])
    engine.once()
    for _ in range(5):
        engine.thread.post(m.Together(commands=[m.SnapshotRequest(run=run, views=["points"]) for run in (1, 2, 3, 4)]))
        seen = of_kind(engine.once(), m.Snapshot)
        assert len(seen) == 4
        assert len({event.position.steps for event in seen if isinstance(event, m.Snapshot)}) == 1


def test_a_change_for_all_is_applied_at_the_same_step_and_logged_by_each(tmp_path: Path) -> None:
    engine = Engine()
    specs = (spec_of(), spec_of(critic_steps=2), spec_of("r1-gan"))
    engine.start(*specs, playing=False, record=tmp_path)
    engine.play_to(3)
    engine.thread.post(m.Together(commands=[
        m.SetControl(run=run, id=1, name="learning_rate_g", value=0.002) for run in (1, 2, 3)]))
    said = of_kind(engine.once(), m.Applied)
    assert [event.position.steps for event in said if isinstance(event, m.Applied)] == [3, 3, 3]
    engine.play_to(6)
    hashes = [engine.hosted(run).trainer.game.weights_hash() for run in (1, 2, 3)]
    engine.end()
    for at, spec in enumerate(specs):
        change = Change(name="learning_rate_g", value=0.002)
        assert hashes[at] == hash_alone(spec, 6, {3: change})
        reader = RunReader(tmp_path / f"{at + 1}.ganrun")
        try:
            assert [(entry.position.steps, entry.command) for entry in reader.log()] == [(3, change)]
        finally:
            reader.close()


def test_a_change_while_they_play_meets_all_at_one_step() -> None:
    engine = Engine()
    engine.start(*SIX[:3])
    engine.once()
    for value in (0.002, 0.003, 0.004):
        engine.thread.post(m.Together(commands=[
            m.SetControl(run=run, id=1, name="learning_rate_d", value=value) for run in (1, 2, 3)]))
        said = of_kind(engine.once(), m.Applied)
        assert len({event.position.steps for event in said if isinstance(event, m.Applied)}) == 1


def test_a_run_that_diverges_holds_up_no_other() -> None:
    engine = Engine()
    engine.start(spec_of("wgan"), spec_of("gan"), spec_of())
    said = engine.once()
    engine.hosted(1).trainer.game.players["discriminator"].flat.fill_(math.nan)
    while not of_kind(said, m.Diverged, 1):
        said += engine.once()
    stood = engine.hosted(1).steps
    for _ in range(5):
        engine.once()
    assert engine.hosted(1).steps == stood
    assert engine.hosted(2).steps == engine.hosted(3).steps > stood


def test_a_run_that_raises_ends_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    engine.start(spec_of("wgan"), spec_of("gan"))
    engine.once()

    def fails(self: WGAN, D: Scorer, fake: Tensor, c: object) -> Terms:
        raise RuntimeError("no")

    monkeypatch.setattr(WGAN, "generator_terms", fails)
    said = engine.once()
    assert [getattr(event, "run", 0) for event in of_kind(said, m.Failed)] == [1]
    before = engine.hosted(2).steps
    engine.once()
    assert list(engine.thread._runs) == [2]
    assert engine.hosted(2).steps > before


def test_a_run_that_is_held_at_its_end_holds_up_no_other() -> None:
    engine = Engine()
    engine.start(spec_of("gan"), spec_of("lsgan"))
    engine.thread.post(m.Play(run=1, on=True, until=3))
    while engine.steps[:1] != [3]:
        engine.once()
    for _ in range(3):
        engine.once()
    assert engine.steps[0] == 3
    assert engine.steps[1] > 3


def test_a_run_that_is_behind_catches_up_before_the_others_go_on() -> None:
    engine = Engine()
    engine.start(spec_of("gan"), spec_of("lsgan"), playing=False)
    engine.once()
    engine.thread.post(m.Play(run=1, on=True, until=5))
    while engine.steps != [5, 0]:
        engine.once()
    assert [hosted.number for hosted in lockstep.next_round(engine.thread._runs.values())] == []
    engine.thread.post(m.Together(commands=[m.Play(run=run, on=True) for run in (1, 2)]))
    engine.thread._read_mail()
    assert [hosted.number for hosted in lockstep.next_round(engine.thread._runs.values())] == [2]
    while engine.steps[1] < 5:
        assert engine.steps[0] == 5
        lockstep.take_group_turn(list(engine.thread._runs.values()), engine.thread._guard, lambda: True, lambda: False)
    assert [hosted.number for hosted in lockstep.next_round(engine.thread._runs.values())] == [1, 2]


def test_by_the_clock_of_time_the_run_that_trained_for_the_shortest_goes_on() -> None:
    engine = Engine()
    engine.start(spec_of("gan"), spec_of())
    engine.thread.post(m.Together(commands=[m.SetClock(run=run, clock="time") for run in (1, 2)]))
    engine.thread._read_mail()
    first, second = engine.hosted(1), engine.hosted(2)
    first.trained_s, second.trained_s = 2.0, 1.0
    assert lockstep.next_round([first, second]) == [second]
    second.trained_s = 3.0
    assert lockstep.next_round([first, second]) == [first]
    engine.thread.post(m.SetClock(run=1, clock="step"))
    engine.thread._read_mail()
    assert lockstep.next_round([first, second]) == [first, second]  # the clock holds once all runs have it


def test_runs_of_two_groups_and_a_run_alone_take_turns() -> None:
    engine = Engine()
    engine.thread.post(m.Together(commands=[
        m.Start(run=1, spec=spec_of("gan"), group=1), m.Start(run=2, spec=spec_of("gan"), group=1),
        m.Start(run=3, spec=spec_of("gan"), group=2), m.Start(run=4, spec=spec_of("gan"))]))
    for _ in range(4):
        engine.once()
    first, second, other, alone = engine.steps
    assert first == second >= 4
    assert other > 0
    assert alone > 0


def test_in_slow_motion_a_group_makes_whole_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    engine.start(spec_of("gan"), spec_of())
    engine.thread.post(m.Together(commands=[m.SetSpeed(run=run, updates_per_second=2.0) for run in (1, 2)]))
    now = time.perf_counter()
    clock = iter(now + 0.001 * tick for tick in range(1_000_000))
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    engine.once()
    assert engine.steps == [1, 1]
    engine.once()
    assert engine.steps == [1, 1]
    assert 0.3 < engine.thread.wait_s() < 0.5


def test_a_pause_does_not_wait_for_the_end_of_a_long_round(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    engine.start(spec_of("gan"), spec_of("lsgan"), spec_of())
    engine.once()
    before = engine.steps[0]
    monkeypatch.setattr(lockstep, "PATIENCE_S", -1.0)
    whole = HostedRun.make_step

    def with_a_pause(self: HostedRun) -> None:
        whole(self)
        if self.number == 1:
            engine.thread.post(m.Together(commands=[m.Play(run=run, on=False) for run in (1, 2, 3)]))

    monkeypatch.setattr(HostedRun, "make_step", with_a_pause)
    engine.once()
    assert engine.steps == [before + 1, before, before]
    monkeypatch.setattr(HostedRun, "make_step", whole)
    engine.thread.post(m.Together(commands=[m.Play(run=run, on=True) for run in (1, 2, 3)]))
    engine.once()
    assert len(set(engine.steps)) == 1  # the round is finished first


def test_a_change_waits_for_the_end_of_a_long_round(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    engine.start(spec_of("gan"), spec_of("lsgan"))
    engine.once()
    monkeypatch.setattr(lockstep, "PATIENCE_S", -1.0)
    engine.thread.post(m.SetControl(run=1, id=1, name="learning_rate_d", value=0.002))
    assert not engine.thread._is_to_pause()
    engine.thread.post(m.Play(run=1, on=False))
    assert not engine.thread._is_to_pause()


def test_each_run_of_a_group_has_a_file_of_its_own_that_goes_on(tmp_path: Path) -> None:
    engine = Engine()
    engine.start(spec_of("gan"), spec_of(), record=tmp_path)
    for _ in range(3):
        engine.once()
    steps = engine.steps[0]
    hashes = [engine.hosted(run).trainer.game.weights_hash() for run in (1, 2)]
    engine.end()
    again = Engine()
    again.thread.post(m.Together(commands=[
        m.Start(run=run, spec=Spec(), file=str(tmp_path / f"{run}.ganrun"), playing=False, group=7) for run in (1, 2)]))
    again.once()
    assert again.steps == [steps, steps]
    assert [again.hosted(run).trainer.game.weights_hash() for run in (1, 2)] == hashes


def test_what_looking_and_measuring_may_cost_is_shared_by_the_group() -> None:
    engine = Engine()
    engine.start(spec_of("gan"), spec_of("lsgan"), spec_of())
    engine.once()
    assert [engine.hosted(run).among for run in (1, 2, 3)] == [3, 3, 3]


def test_commands_together_are_checked_one_by_one() -> None:
    engine = Engine()
    engine.start(spec_of("gan"), spec_of("lsgan"), playing=False)
    engine.thread.post(m.Together(commands=[
        m.SetControl(run=1, id=5, name="n" * 1000, value=1),
        m.SetControl(run=2, id=6, name="learning_rate_g", value=0.5),
        m.SetControl(run=9, id=7, name="learning_rate_g", value=0.5)]))
    said = engine.once()
    assert [event.id for event in of_kind(said, m.Refused) if isinstance(event, m.Refused)] == [5]
    assert [event.id for event in of_kind(said, m.Applied) if isinstance(event, m.Applied)] == [6]


def test_nothing_to_do_takes_no_time() -> None:
    engine = Engine()
    engine.start(spec_of("gan"), spec_of("lsgan"), playing=False)
    engine.once()
    assert engine.thread.wait_s() == float("inf")
