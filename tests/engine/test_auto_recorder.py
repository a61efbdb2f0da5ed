"""What a watched run leaves behind is what one comes back to: a pin shows its moment, and is gone on with there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Change, Parent, Position, SingleStep, Spec
from ganstudio.core.protocol.views import Points, ScalarBatch
from ganstudio.core.runs.history import Past
from ganstudio.core.runs.view_frames import Frame, packed
from ganstudio.engine.auto_recorder import Diary, shown_at
from ganstudio.engine.training_thread import TrainingThread
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.training.view_recording import CELLS, probes_of

SPEC = Spec(variant="wgan-gp", data="ring", seed=5, device="cpu", threads=1,
            controls={"batch_size": 8, "critic_steps": 5}, network_controls={"width": 4, "depth": 1})
VIEWS = {"points", "landscape", "boundary", "manifold", "gradients"}


class Told:
    """A run of six updates a step that was pinned in the middle of step 4, and went on to step 9."""

    def __init__(self, path: Path, *, updates: int = 3, hands: bool = False, spec: Spec = SPEC) -> None:
        self.path = path
        self.trainer = Trainer(spec)
        self.diary = Diary(path, self.trainer, past=[], parent=None)
        self.to(4)
        for _ in range(updates):
            self.trainer.update()
        if hands:
            self.trainer.apply(Change(name="gp_weight", value=2.0))
            self.trainer.apply(SingleStep(player="discriminator"))
            self.trainer.apply(Change(name="gp_weight", value=3.0))
        self.note()
        self.diary.pin()
        self.pinned, self.hash = self.trainer.position, self.trainer.game.weights_hash()
        self.points = self.look()
        self.settings = self.trainer.settings()

    def to(self, steps: int) -> None:
        while self.trainer.game.steps < steps:
            self.trainer.step()
            self.note()

    def note(self) -> None:
        self.diary.note(self.trainer.flush())

    def look(self) -> Points:
        view = probes_of(self.trainer)["points"].look(self.trainer.view, CELLS)
        assert isinstance(view, Points)
        return view

    def close(self) -> None:
        self.diary.finish()
        self.diary.close()


def rows(batches: list[ScalarBatch]) -> dict[str, int]:
    return {player: sum(batch.at.shape[0] for batch in batches if batch.player == player)
            for player in ("discriminator", "generator")}


def past_of(path: Path) -> Past:
    past = Past(path)
    past.refresh()
    return past


@pytest.mark.parametrize("updates", [0, 3])
@pytest.mark.parametrize("hands", [False, True])
def test_what_a_pin_shows_is_what_is_gone_on_with(tmp_path: Path, updates: int, hands: bool) -> None:
    told = Told(tmp_path / "run.ganrun", updates=updates, hands=hands)
    told.to(9)
    whole = told.trainer.game.weights_hash()
    told.close()
    past = past_of(told.path)
    assert past.pins == [4] and 4 in past.moments
    position, views = past.views(4)
    assert position == told.pinned and views.keys() == VIEWS
    recorded = views["points"]
    assert isinstance(recorded, Points)
    assert np.array_equal(recorded.fake.numpy(), told.points.fake.numpy())
    found = shown_at(told.path, 4)
    assert (found.trainer.position, found.trainer.game.weights_hash()) == (told.pinned, told.hash)
    assert found.trainer.settings() == told.settings
    done = {"discriminator": told.pinned.discriminator_updates, "generator": told.pinned.generator_updates}
    assert rows(found.past) == done
    end = told.trainer.position
    assert rows(found.beyond) == {"discriminator": end.discriminator_updates - done["discriminator"],
                                  "generator": end.generator_updates - done["generator"]}
    while found.trainer.game.steps < 9:
        found.trainer.update()
    assert found.trainer.game.weights_hash() == whole


def test_a_step_in_which_nothing_was_pinned_is_that_step(tmp_path: Path) -> None:
    told = Told(tmp_path / "run.ganrun")
    told.to(6)
    told.close()
    for steps in (3, 5):
        assert shown_at(told.path, steps).trainer.position == Position(
            steps=steps, discriminator_updates=5 * steps, generator_updates=steps)
    assert shown_at(told.path, None).trainer.position == told.trainer.position


def test_what_had_diverged_where_it_was_pinned_is_gone_on_with_from_the_step(tmp_path: Path) -> None:
    sgd = {**SPEC.controls, "optimiser_d": "sgd", "schedule": "constant"}
    told = Told(tmp_path / "run.ganrun", updates=0, spec=msgspec.structs.replace(SPEC, controls=sgd))
    for name, value in (("learning_rate_d", 1.0), ("gp_weight", 100.0), ("critic_steps", 100)):
        told.trainer.apply(Change(name=name, value=value))
    while told.trainer.divergence is None and told.trainer.game.steps < 5:
        told.trainer.update()
        told.note()
    assert told.trainer.position.steps == 4 and told.trainer.position.place
    told.diary.pin()
    told.close()
    assert past_of(told.path).views(4)[0].place  # it is shown as it was
    assert shown_at(told.path, 4).trainer.position.place == 0


@pytest.mark.parametrize("position", [
    Position(steps=4, place=3, discriminator_updates=10**9, generator_updates=4),
    Position(steps=4, place=10**9, discriminator_updates=23, generator_updates=4),
    Position(steps=4, place=3),
])
def test_pictures_of_a_place_that_there_is_not_are_of_their_step(tmp_path: Path, position: Position) -> None:
    told = Told(tmp_path / "run.ganrun", updates=0)
    told.to(6)
    told.close()
    with sqlite3.connect(told.path) as db:
        body = packed(Frame(name="points", position=position, view=told.points))
        db.execute("INSERT INTO frames(view, steps, body) VALUES('points', 4, ?)", (body,))
    db.close()
    assert shown_at(told.path, 4).trainer.position == told.pinned


def test_damaged_pictures_do_not_keep_a_run_from_going_on(tmp_path: Path) -> None:
    told = Told(tmp_path / "run.ganrun")
    told.close()
    with sqlite3.connect(told.path) as db:
        db.execute("UPDATE frames SET body = x'00'")
    db.close()
    assert shown_at(told.path, 4).trainer.position.place == 0


def test_a_moment_that_is_kept_for_an_export_has_no_pictures(tmp_path: Path) -> None:
    told = Told(tmp_path / "run.ganrun", updates=0)
    told.to(6)
    told.diary.pin(for_good=False)
    told.diary.settle()
    assert past_of(told.path).moments == [4]
    told.close()


def test_a_run_ends_with_pictures_of_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(tmp_path / "run.ganrun")
    told.to(6)
    told.trainer.update()
    told.note()
    told.close()
    position, views = past_of(told.path).views(6)
    assert position == told.trainer.position and views.keys() == VIEWS


def test_an_end_that_cannot_be_seen_is_an_end_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(tmp_path / "run.ganrun")
    told.to(6)

    def broken(*_: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(Recorder, "look_closely", broken)
    told.close()
    assert shown_at(told.path, None).trainer.position == told.trainer.position


def test_a_branch_has_no_pictures_of_how_its_parent_went_on(tmp_path: Path) -> None:
    """Its file is made with its first updates, when it has left the moment at which it left its parent."""
    told = Told(tmp_path / "run.ganrun", updates=0)
    told.to(5)
    told.diary.pin()
    told.close()
    found = shown_at(told.path, 4)
    diary = Diary(tmp_path / "branch.ganrun", found.trainer, past=found.past, file=str(told.path),
                  parent=Parent(file="run.ganrun", position=found.trainer.position))
    found.trainer.apply(Change(name="gp_weight", value=1.0))
    while found.trainer.game.steps < 6:
        found.trainer.step()
    diary.note(found.trainer.flush())
    diary.finish(look=False)
    diary.close()
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
    pinned = Position(steps=2, discriminator_updates=11, generator_updates=2, place=1)
    thread.post(m.Start(run=2, spec=SPEC, playing=False, file=str(first), at=2, record=str(tmp_path / "branch.ganrun"),
                        replaces=[1]))
    thread._read_mail()
    assert [event.position for event in events if isinstance(event, m.Started)] == [Position(), pinned]
    thread.end()
    thread.run()  # ends what it holds
    past = past_of(first)
    assert (past.pins, past.moments[-1]) == ([2], 3)  # the run that was left is seen where it was left
    assert past.views(2)[0] == pinned
