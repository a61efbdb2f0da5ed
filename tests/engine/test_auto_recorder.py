"""What a watched run leaves behind is what the user comes back to: a pin shows its moment, and a run goes on there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Change, Parent, Plan, Position, SingleStep, Spec
from ganstudio.core.protocol.views import Points, ScalarBatch
from ganstudio.core.runs.format import KeptData
from ganstudio.core.runs.history import Past
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.view_frames import Frame, packed
from ganstudio.datasets.ring import Ring
from ganstudio.engine.auto_recorder import AutoRecorder
from ganstudio.engine.stored_run import rebuild_as_shown
from ganstudio.engine.training_thread import TrainingThread
from ganstudio.training import recorder as recorder_module
from ganstudio.training.branching import branch_run
from ganstudio.training.checkpoint import rebuild, restore
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.training.verification import verified
from ganstudio.training.view_recording import CELLS, probes_of

SPEC = Spec(variant="wgan-gp", data="ring", seed=5, device="cpu", threads=1,
            controls={"batch_size": 8, "critic_steps": 5}, network_controls={"width": 4, "depth": 1})
VIEWS = {"points", "landscape", "boundary", "manifold", "gradients", "few-points"}


class Recorded:
    """A run of six updates a step that was pinned in the middle of step 4, and went on to step 9."""

    def __init__(self, path: Path, *, updates: int = 3, hands: bool = False, spec: Spec = SPEC) -> None:
        self.path = path
        self.trainer = Trainer(spec)
        self.recorder = AutoRecorder(path, self.trainer)
        self.to(4)
        for _ in range(updates):
            self.trainer.update()
        if hands:
            self.trainer.apply(Change(name="gp_weight", value=2.0))
            self.trainer.apply(SingleStep(player="discriminator"))
            self.trainer.apply(Change(name="gp_weight", value=3.0))
        self.note()
        self.recorder.pin()
        self.pinned, self.hash = self.trainer.position, self.trainer.game.weights_hash()
        self.points = self.look()
        self.settings = self.trainer.settings()

    def to(self, steps: int) -> None:
        while self.trainer.game.steps < steps:
            self.trainer.step()
            self.note()

    def note(self) -> None:
        self.recorder.note(self.trainer.flush())

    def look(self) -> Points:
        view = probes_of(self.trainer)["points"].look(self.trainer.view, CELLS)
        assert isinstance(view, Points)
        return view

    def close(self) -> None:
        self.recorder.finish()
        self.recorder.close()


def rows(batches: list[ScalarBatch]) -> dict[str, int]:
    return {player: sum(batch.at.shape[0] for batch in batches if batch.player == player)
            for player in ("discriminator", "generator")}


def past_of(path: Path) -> Past:
    past = Past(path)
    past.refresh()
    return past


# Short runs ---------------------------------------------------------------------------------------------------------


def moments_of(path: Path) -> list[int]:
    reader = RunReader(path)
    try:
        return [at.steps for _, at in reader.moments()]
    finally:
        reader.close()


def watched(path: Path, steps: int = 3, spec: Spec = SPEC) -> Trainer:
    """A run of some steps that is not pinned."""
    trainer = Trainer(spec)
    recorder = AutoRecorder(path, trainer)
    for _ in range(steps):
        trainer.step()
        recorder.note(trainer.flush())
    recorder.finish(look=False)
    recorder.close()
    assert recorder.fault == ""
    return trainer


def test_a_short_run_keeps_no_checkpoint_and_is_repeated_bit_for_bit(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    trainer = watched(path)
    assert moments_of(path) == [] and verified(path).identical
    for again in (restore(path), rebuild(path).trainer, rebuild_as_shown(path, None).trainer):
        assert again.position == trainer.position
        assert again.game.weights_hash() == trainer.game.weights_hash()
    assert rebuild(path, 1).trainer.game.steps == 1
    found = branch_run(path, 2)
    found.keep(tmp_path / "branch.ganrun", Plan(), Parent(file=path.name, position=found.trainer.position))
    assert moments_of(tmp_path / "branch.ganrun") == [2]


def test_a_run_that_lasts_keeps_its_first_and_its_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "SHORT_S", 0.0)
    watched(tmp_path / "run.ganrun")
    assert moments_of(tmp_path / "run.ganrun") == [1, 3]


@pytest.mark.parametrize("for_good", [False, True])
def test_a_moment_that_is_asked_for_is_kept_however_short_the_run(tmp_path: Path, for_good: bool) -> None:
    trainer = Trainer(SPEC)
    recorder = AutoRecorder(tmp_path / "run.ganrun", trainer)
    for _ in range(3):
        trainer.step()
        recorder.note(trainer.flush())
        if trainer.game.steps == 2:
            recorder.pin(for_good=for_good)
    recorder.finish()
    recorder.close()
    assert moments_of(tmp_path / "run.ganrun") == [1, 2, 3]


def test_a_short_branch_keeps_where_it_began(tmp_path: Path) -> None:
    watched(tmp_path / "run.ganrun")
    branch = branch_run(tmp_path / "run.ganrun", 2)
    recorder = AutoRecorder(tmp_path / "branch.ganrun", branch.trainer, branch)
    branch.trainer.step()
    recorder.note(branch.trainer.flush())
    recorder.finish()
    recorder.close()
    assert moments_of(tmp_path / "branch.ganrun")[-1] == 3 and verified(tmp_path / "branch.ganrun").identical


def test_a_short_run_on_what_lies_outside_keeps_its_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Ring, "identity", lambda _: KeptData(count=9, sha256="a" * 64), raising=False)
    watched(tmp_path / "run.ganrun")
    assert moments_of(tmp_path / "run.ganrun") == [1, 3]


# Pins ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("updates", [0, 3])
@pytest.mark.parametrize("hands", [False, True])
def test_what_a_pin_shows_is_what_is_gone_on_with(tmp_path: Path, updates: int, hands: bool) -> None:
    run = Recorded(tmp_path / "run.ganrun", updates=updates, hands=hands)
    run.to(9)
    whole = run.trainer.game.weights_hash()
    run.close()
    past = past_of(run.path)
    assert past.pins == [4] and 4 in past.moments
    position, views = past.views(4)
    assert position == run.pinned and views.keys() == VIEWS
    points = views["points"]
    assert isinstance(points, Points) and np.array_equal(points.fake.numpy(), run.points.fake.numpy())
    found = rebuild_as_shown(run.path, 4)
    assert (found.trainer.position, found.trainer.game.weights_hash()) == (run.pinned, run.hash)
    assert found.trainer.settings() == run.settings
    done = {"discriminator": run.pinned.of("discriminator"), "generator": run.pinned.of("generator")}
    assert rows(found.past) == done
    end = run.trainer.position
    assert rows(found.beyond) == {"discriminator": end.of("discriminator") - done["discriminator"],
                                  "generator": end.of("generator") - done["generator"]}
    while found.trainer.game.steps < 9:
        found.trainer.update()
    assert found.trainer.game.weights_hash() == whole


def test_a_step_in_which_nothing_was_pinned_is_that_step(tmp_path: Path) -> None:
    run = Recorded(tmp_path / "run.ganrun")
    run.to(6)
    run.close()
    for steps in (3, 5):
        assert rebuild_as_shown(run.path, steps).trainer.position == Position(
            steps=steps, by_player={"discriminator": 5 * steps, "generator": steps})
    assert rebuild_as_shown(run.path, None).trainer.position == run.trainer.position


def test_what_had_diverged_where_it_was_pinned_is_gone_on_with_from_the_step(tmp_path: Path) -> None:
    sgd = {**SPEC.controls, "optimiser_d": "sgd", "schedule": "constant"}
    run = Recorded(tmp_path / "run.ganrun", updates=0, spec=msgspec.structs.replace(SPEC, controls=sgd))
    for name, value in (("learning_rate_d", 1.0), ("gp_weight", 100.0), ("critic_steps", 100)):
        run.trainer.apply(Change(name=name, value=value))
    while run.trainer.divergence is None and run.trainer.game.steps < 5:
        run.trainer.update()
        run.note()
    assert run.trainer.position.steps == 4 and run.trainer.position.place
    run.recorder.pin()
    run.close()
    assert past_of(run.path).views(4)[0].place  # it is shown as it was
    assert rebuild_as_shown(run.path, 4).trainer.position.place == 0


@pytest.mark.parametrize("position", [
    Position(steps=4, place=3, by_player={"discriminator": 10**9, "generator": 4}),
    Position(steps=4, place=10**9, by_player={"discriminator": 23, "generator": 4}),
    Position(steps=4, place=3),
])
def test_pictures_of_a_place_that_there_is_not_are_of_their_step(tmp_path: Path, position: Position) -> None:
    run = Recorded(tmp_path / "run.ganrun", updates=0)
    run.to(6)
    run.close()
    with sqlite3.connect(run.path) as db:
        body = packed(Frame(name="points", position=position, view=run.points))
        db.execute("INSERT INTO frames(view, steps, body) VALUES('points', 4, ?)", (body,))
    db.close()
    assert rebuild_as_shown(run.path, 4).trainer.position == run.pinned


def test_damaged_pictures_do_not_keep_a_run_from_going_on(tmp_path: Path) -> None:
    run = Recorded(tmp_path / "run.ganrun")
    run.close()
    with sqlite3.connect(run.path) as db:
        db.execute("UPDATE frames SET body = x'00'")
    db.close()
    assert rebuild_as_shown(run.path, 4).trainer.position.place == 0


def test_a_moment_that_is_kept_for_an_export_has_no_pictures(tmp_path: Path) -> None:
    run = Recorded(tmp_path / "run.ganrun", updates=0)
    run.to(6)
    run.recorder.pin(for_good=False)
    run.recorder.settle()
    assert past_of(run.path).moments == [4]
    run.close()


def test_a_run_ends_with_pictures_of_its_end(tmp_path: Path) -> None:
    run = Recorded(tmp_path / "run.ganrun")
    run.to(6)
    run.trainer.update()
    run.note()
    run.close()
    position, views = past_of(run.path).views(6)
    assert position == run.trainer.position and views.keys() == VIEWS


def test_an_end_that_cannot_be_seen_is_an_end_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Recorded(tmp_path / "run.ganrun")
    run.to(6)

    def broken(*_: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(Recorder, "look_closely", broken)
    run.close()
    assert rebuild_as_shown(run.path, None).trainer.position == run.trainer.position


def test_a_branch_has_no_pictures_of_how_its_parent_went_on(tmp_path: Path) -> None:
    """Its file is made with its first updates, when it has left the moment at which it left its parent."""
    run = Recorded(tmp_path / "run.ganrun", updates=0)
    run.to(5)
    run.recorder.pin()
    run.close()
    found = rebuild_as_shown(run.path, 4)
    recorder = AutoRecorder(tmp_path / "branch.ganrun", found.trainer, found)
    found.trainer.apply(Change(name="gp_weight", value=1.0))
    while found.trainer.game.steps < 6:
        found.trainer.step()
    recorder.note(found.trainer.flush())
    recorder.finish(look=False)
    recorder.close()
    assert past_of(tmp_path / "branch.ganrun").moments == [4]


def test_a_window_goes_on_from_a_pin_within_a_step(tmp_path: Path) -> None:
    events: list[m.Event] = []
    thread = TrainingThread(events.append)
    first = tmp_path / "run.ganrun"
    thread.post(m.Start(run=1, spec=SPEC, playing=False, record=str(first)))
    thread._read_mail()
    for player in ("cycle", "cycle", "discriminator"):
        thread.post(m.Step(run=1, player=player))
    thread.post(m.Pin(run=1))
    thread.post(m.Step(run=1, player="cycle"))
    thread._read_mail()
    pinned = Position(steps=2, by_player={"discriminator": 11, "generator": 2}, place=1)
    thread.post(m.Start(run=2, spec=SPEC, playing=False, file=str(first), at=2, record=str(tmp_path / "branch.ganrun"),
                        replaces=[1]))
    thread._read_mail()
    assert [event.position for event in events if isinstance(event, m.Started)] == [Position(), pinned]
    thread.end()
    thread.run()  # ends what it holds
    past = past_of(first)
    assert (past.pins, past.moments[-1]) == ([2], 3)  # the run that was left is seen where it was left
    assert past.views(2)[0] == pinned


def test_a_moment_that_is_pinned_many_times_is_kept_once(tmp_path: Path) -> None:
    trainer = Trainer(SPEC)
    recorder = AutoRecorder(tmp_path / "run.ganrun", trainer)
    trainer.step()
    recorder.note(trainer.flush())
    for _ in range(50):
        recorder.pin()
    trainer.apply(Change(name="gp_weight", value=2.0))  # the same position, and another moment
    recorder.note([])
    recorder.pin()
    recorder.settle()
    assert len(recorder.take_saved()) == 51  # each is answered
    recorder.finish()
    recorder.close()
    db = sqlite3.connect(tmp_path / "run.ganrun")
    assert db.execute("SELECT count(*) FROM checkpoints WHERE pinned != 0").fetchone() == (2,)
    db.close()
