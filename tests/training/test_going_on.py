"""A run that was kept goes on, branches and repeats as if it had never stopped."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_games import small

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Change, Grow, Parent, Plan, Planned, Position, SingleStep, Spec
from ganstudio.core.protocol.views import Array, Points, ScalarBatch
from ganstudio.core.runs.checkpoint_thinning import AMPLE, FEWER, MOST, dispensable
from ganstudio.core.runs.format import BUDGET, SCHEMA
from ganstudio.core.runs.history import Past
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.tensor_packing import pack_tensors
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.training import recorder as recorder_module
from ganstudio.training.branching import branch_run
from ganstudio.training.checkpoint import checkpoint_of, rebuild, restore
from ganstudio.training.game_state import game_state
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.training.verification import verified

POINTS = Spec(variant="wgan-gp", data="ring", seed=5, device="cpu", threads=1,
              controls={"batch_size": 8}, network_controls={"width": 4, "depth": 1})
SMALL: dict[str, Value] = {"batch_size": 4}
SPECS = {
    "wgan-gp": POINTS,
    "sn-gan": Spec(variant="sn-gan", data="ring", seed=1, device="cpu", threads=1, controls={"batch_size": 8},
                   network_controls={"width": 4, "depth": 2}),
    "began": Spec(variant="began", data="digits", seed=2, device="cpu", threads=1, dtype="float32", controls=SMALL,
                  network_controls={"resolution": 8, "width": 4, "code": 4, "latent_dim": 4}),
    "progan": Spec(variant="progan", data="digits", seed=3, device="cpu", threads=1, dtype="float32",
                   controls={**SMALL, "images_per_level": 40, "images_per_fade": 200},
                   network_controls={"resolution": 8, "width": 4, "latent_dim": 4}),
}
FALLING: dict[str, Value] = {"batch_size": 2, "critic_steps": 2, "schedule": "linear", "horizon": 10}
CONDITIONAL: dict[str, dict[str, Value]] = {
    "cgan": {"ema_decay": 0.9},
    "pix2pix": {"ema_decay": 0.9},  # its only noise is dropout
    "cyclegan": {"pool_size": 3},  # full after two updates of D
    "spade": {"optimiser_g": "extra-adam"},
    "stargan": {"class_weight": 1.0},
    "stargan-v2": {"ema_decay": 0.9},  # styles of latents and of references take turns
    "gawwn": {"optimiser_d": "extra-adam"},
    "msg-gan": {"loss": "relativistic-hinge", "gamma": 0.5, "r1_interval": 3},  # the penalty in each third update
}
"""Games with conditions or several sizes, and what makes each hard to go on with."""


def conditional(name: str) -> Spec:
    """A small one whose step is two updates of D and one of G, and whose rates fall to 0."""
    return msgspec.structs.replace(
        small(name, "digits" if name == "cgan" else ""), seed=6, device="cpu", threads=1,
        controls={**FALLING, **CONDITIONAL[name]})


def stepped(trainer: Trainer, steps: int, recorder: Recorder | None = None) -> None:
    while trainer.game.steps < steps:
        trainer.step()
        if recorder is not None and trainer.waiting_scalars >= 7:
            recorder.note(trainer.flush())


def kept(path: Path, spec: Spec, steps: int) -> Trainer:
    trainer = Trainer(spec)
    recorder = Recorder(path, trainer)
    stepped(trainer, steps, recorder)
    recorder.note(trainer.flush())
    recorder.close()
    return trainer


def terms(path: Path) -> dict[str, int]:
    reader = RunReader(path)
    found = {"discriminator": 0, "generator": 0}
    for batch in reader.scalars():
        found[batch.player] += batch.at.shape[0]
    reader.close()
    return found


# Going on ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SPECS)
def test_going_on_is_exact(tmp_path: Path, name: str) -> None:
    whole = Trainer(SPECS[name])
    stepped(whole, 24)
    path = tmp_path / "run.ganrun"
    first = kept(path, SPECS[name], 14)
    if name == "progan":
        stage = first.view.phase.stage
        assert stage is not None and 0 < stage.alpha < 1  # in the middle of a fade
    run = rebuild(path)
    assert run.trainer.position == first.position
    recorder = Recorder.resumed(path, run, Plan(steps=24))
    stepped(run.trainer, 24, recorder)
    recorder.note(run.trainer.flush())
    recorder.close()
    assert run.trainer.game.weights_hash() == whole.game.weights_hash()
    state, other = game_state(run.trainer.game), game_state(whole.game)
    assert state.keys() == other.keys()
    assert all(np.array_equal(state[key].numpy(), other[key].numpy(), equal_nan=True) for key in state)
    verdict = verified(path)
    assert verdict.identical and verdict.steps == 24 and verdict.hash == whole.game.weights_hash()
    assert terms(path) == {"discriminator": whole.position.of("discriminator"),
                           "generator": whole.position.of("generator")}


@pytest.mark.parametrize("name", CONDITIONAL)
def test_a_conditional_game_goes_on_branches_and_repeats_from_the_middle_of_a_step(tmp_path: Path, name: str) -> None:
    """Looked at after every update, left between two updates of D, changed there, and branched from before."""
    spec, path = conditional(name), tmp_path / "run.ganrun"
    whole = Trainer(spec)
    stepped(whole, 3)
    whole.update()
    left = whole.position
    whole.apply(Change(name="learning_rate_g", value=1e-3))
    stepped(whole, 6)

    trainer = Trainer(spec)
    recorder = Recorder(path, trainer)
    while trainer.position != left:
        trainer.update()
        recorder.look()
    recorder.note(trainer.flush())
    recorder.close()
    assert left.steps == 3 and left.place == 1
    del trainer
    run = rebuild(path)
    assert run.trainer.position == left
    recorder = Recorder.resumed(path, run, Plan(steps=6))
    run.trainer.apply(Change(name="learning_rate_g", value=1e-3))
    stepped(run.trainer, 6, recorder)
    recorder.look_closely()
    recorder.note(run.trainer.flush())
    recorder.close()
    same(run.trainer, whole)
    verdict = verified(path)
    assert verdict.identical and verdict.steps == 6 and verdict.hash == whole.game.weights_hash()

    straight = Trainer(spec)
    stepped(straight, 2)
    straight.apply(Change(name="learning_rate_d", value=1e-3))
    stepped(straight, 5)
    found, child = branch_run(path, 2), tmp_path / "branch.ganrun"
    found.trainer.apply(Change(name="learning_rate_d", value=1e-3))
    found.keep(child, Plan(steps=5), Parent(file=path.name, position=found.trainer.position))
    run = rebuild(child)
    recorder = Recorder.resumed(child, run, Plan(steps=5))
    stepped(run.trainer, 5, recorder)
    recorder.note(run.trainer.flush())
    recorder.close()
    same(run.trainer, straight)
    assert verified(child).identical


def same(one: Trainer, other: Trainer) -> None:
    """That two runs are at one moment, bit for bit, with all that they remember."""
    assert one.position == other.position and one.game.weights_hash() == other.game.weights_hash()
    mine, theirs = game_state(one.game), game_state(other.game)
    assert mine.keys() == theirs.keys()
    assert all(np.array_equal(mine[key].numpy(), theirs[key].numpy(), equal_nan=True) for key in mine)


def test_what_came_after_the_last_checkpoint_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    trainer = Trainer(POINTS)
    recorder = Recorder(path, trainer)
    stepped(trainer, 3)
    trainer.apply(Change(name="gp_weight", value=3.0))
    trainer.apply(SingleStep(player="generator"))
    trainer.apply(SingleStep(player="discriminator"))
    trainer.apply(Change(name="gp_weight", value=2.0))
    stepped(trainer, 9)
    recorder.note(trainer.flush())
    recorder.close()
    db = sqlite3.connect(path)  # as a power cut leaves it: only the first checkpoint was written
    db.execute("DELETE FROM checkpoints WHERE id > 1")
    db.execute("DELETE FROM scalars WHERE seq > 1")
    db.commit()
    db.close()
    run = rebuild(path)
    assert run.repeated > 0
    assert run.trainer.settings()["gp_weight"] == 2.0
    again = Trainer(POINTS)
    stepped(again, 3)
    for entry in trainer.log:
        again.apply(entry.command)
    while again.game.updates < run.trainer.game.updates:
        again.update()
    assert run.trainer.game.weights_hash() == again.game.weights_hash()


def test_a_file_without_a_checkpoint_begins_at_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    kept(path, POINTS, 6)
    db = sqlite3.connect(path)
    db.execute("DELETE FROM checkpoints")
    db.commit()
    db.close()
    whole = Trainer(POINTS)
    stepped(whole, 6)
    assert rebuild(path).trainer.game.weights_hash() == whole.game.weights_hash()


def made_older(path: Path, version: int) -> None:
    """As the program of that format wrote it."""
    db = sqlite3.connect(path)
    db.executescript("DROP TABLE arrays; DROP TABLE frames; DROP TABLE measures; DELETE FROM meta WHERE key = 'scene'")
    if version == 1:
        db.executescript("ALTER TABLE checkpoints DROP COLUMN pinned; ALTER TABLE checkpoints DROP COLUMN logged;"
                         "DELETE FROM meta WHERE key = 'plan'")
    db.execute(f"PRAGMA user_version = {version}")
    db.commit()
    db.close()


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_of_an_older_format_is_read_and_gone_on_with(tmp_path: Path, version: int) -> None:
    path = tmp_path / "run.ganrun"
    first = kept(path, POINTS, 6)
    made_older(path, version)
    before = path.read_bytes()
    past = Past(path)
    assert not past.refresh()
    assert (past.moments, past.pins, past.measured) == ([], [], [])
    reader = RunReader(path)
    assert (reader.scene(), list(reader.raw_frames(9))) == (None, [])
    with pytest.raises(BadInput, match="has no frame 1"):
        reader.frame(1)
    reader.close()
    run = rebuild(path)
    assert run.trainer.position == first.position
    assert path.read_bytes() == before
    recorder = Recorder.resumed(path, run, Plan(steps=8))
    watched(run.trainer, 8, recorder)
    recorder.close()
    reader = RunReader(path)
    assert reader.plan() == Plan(steps=8) and len(reader.moments()) == 3 and reader.scene() is not None
    assert {steps for _, _, steps in reader.frames()} == {7, 8}
    reader.close()
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
    db.close()
    assert verified(path).identical


def test_a_branch_from_an_older_file_has_pictures_from_there_on(tmp_path: Path) -> None:
    kept(tmp_path / "mother.ganrun", POINTS, 6)
    made_older(tmp_path / "mother.ganrun", 2)
    branch(tmp_path / "mother.ganrun", 4, tmp_path / "branch.ganrun", to=6)
    assert {steps for _, _, steps in seen(tmp_path / "branch.ganrun")} == {5, 6}


def test_a_migration_stands_before_a_full_disk_takes_back_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    kept(path, POINTS, 3)
    made_older(path, 1)
    writer = RunWriter.reopened(path)
    writer.rollback()
    writer.add_measures(numbers(3))
    writer.close()
    reader = RunReader(path)
    assert reader.measured() == [numbers(3)]
    reader.close()


def test_a_plan_and_a_parent_are_kept(tmp_path: Path) -> None:
    plan = Plan(steps=9, changes=[Planned(steps=4, change=Change(name="gp_weight", value=1.0))])
    trainer = Trainer(POINTS)
    parent = Parent(file="mother.ganrun", position=trainer.position)
    Recorder(tmp_path / "x.ganrun", trainer, plan=plan, parent=parent).close()
    reader = RunReader(tmp_path / "x.ganrun")
    assert (reader.plan(), reader.parent()) == (plan, parent)
    reader.close()


# Branching ---------------------------------------------------------------------------------------------------------


def test_a_branch_is_a_run_that_was_changed_there(tmp_path: Path) -> None:
    straight = Trainer(POINTS)
    stepped(straight, 7)
    straight.apply(Change(name="gp_weight", value=1.5))
    stepped(straight, 12)
    mother = tmp_path / "mother.ganrun"
    kept(mother, POINTS, 15)
    before = mother.read_bytes()
    found = branch_run(mother, 7)
    assert found.trainer.game.steps == 7
    found.trainer.apply(Change(name="gp_weight", value=1.5))
    path = tmp_path / "branch.ganrun"
    found.keep(path, Plan(steps=12), Parent(file=mother.name, position=found.trainer.position))
    assert mother.read_bytes() == before
    run = rebuild(path)
    recorder = Recorder.resumed(path, run, Plan(steps=12))
    stepped(run.trainer, 12, recorder)
    recorder.note(run.trainer.flush())
    recorder.close()
    assert run.trainer.game.weights_hash() == straight.game.weights_hash()
    assert verified(path).identical  # by itself, from step 0
    assert terms(path)["generator"] == 12


def test_there_is_no_branch_past_the_end(tmp_path: Path) -> None:
    kept(tmp_path / "run.ganrun", POINTS, 5)
    with pytest.raises(BadInput, match=r"step 6 is past the end of .* recorded up to step 5"):
        branch_run(tmp_path / "run.ganrun", 6)


def test_every_moment_can_be_gone_to(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    kept(path, POINTS, 9)
    whole = Trainer(POINTS)
    for step in range(10):
        stepped(whole, step)
        assert rebuild(path, step).trainer.game.weights_hash() == whole.game.weights_hash()


# What was seen -----------------------------------------------------------------------------------------------------


def watched(trainer: Trainer, steps: int, recorder: Recorder) -> None:
    """Steps, with a picture and numbers after each."""
    while trainer.game.steps < steps:
        trainer.step()
        recorder.seen(trainer.position, {"points": picture(trainer.game.steps)})
        recorder.measured(numbers(trainer.game.steps))
        recorder.note(trainer.flush())


def picture(steps: int) -> Points:
    return Points(real=Array.of(np.full((1, 2), steps, np.float32)), fake=Array.of(np.zeros((1, 2), np.float32)))


def numbers(steps: int) -> MeasuredNow:
    return MeasuredNow(run=0, steps=steps, samples=1, measures={"w1": float(steps)}, floors={})


def seen(path: Path) -> list[tuple[int, str, int]]:
    reader = RunReader(path)
    found = reader.frames()
    reader.close()
    return found


def branch(mother: Path, at: int, path: Path, *, to: int) -> None:
    found = branch_run(mother, at)
    recorder = found.recorder(path, Plan(), Parent(file=mother.name, position=found.trainer.position))
    watched(found.trainer, to, recorder)
    recorder.close()


def recorded(path: Path, steps: int) -> Recorder:
    """A run with pictures and numbers of each step, still being written."""
    trainer = Trainer(POINTS)
    recorder = Recorder(path, trainer)
    watched(trainer, steps, recorder)
    return recorder


def test_pictures_and_numbers_are_in_the_file_after_a_close(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    recorded(path, 5).close()
    reader = RunReader(path)
    frames = [reader.frame(id_) for id_, _, _ in reader.frames()]
    assert [(one.name, one.position.steps, one.view) for one in frames] == [
        ("points", steps, picture(steps)) for steps in range(1, 6)]
    assert reader.measured() == [numbers(steps) for steps in range(1, 6)]
    scene = reader.scene()
    assert scene is not None and (scene.kind, scene.spec) == ("plane", reader.spec())
    reader.close()


def test_looking_after_every_update_fills_the_file(tmp_path: Path) -> None:
    trainer = Trainer(POINTS)
    recorder = Recorder(tmp_path / "run.ganrun", trainer)
    for _ in range(12):
        trainer.update()
        recorder.look()
    recorder.close()
    first = {name for _, name, steps in seen(tmp_path / "run.ganrun") if steps == 1}
    assert first == {"points", "landscape", "boundary", "manifold", "gradients", "few-points"}


def test_a_power_cut_costs_what_was_not_committed_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    recorder = recorded(path, 5)
    recorder.settle()
    for suffix in ("", "-wal"):  # as the disk stands at that moment
        shutil.copy(f"{path}{suffix}", tmp_path / f"cut.ganrun{suffix}")
    watched(recorder._trainer, 8, recorder)
    recorder.close()
    cut = RunReader(tmp_path / "cut.ganrun")
    assert [steps for _, _, steps in cut.frames()] == [1, 2, 3, 4, 5]
    assert cut.measured() == [numbers(steps) for steps in range(1, 6)]
    cut.close()
    assert len(seen(path)) == 8


def test_a_run_that_goes_on_after_a_power_cut_has_no_pictures_of_a_way_it_did_not_take(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    recorded(path, 5).close()
    db = sqlite3.connect(path)  # a picture came into the file before the terms of its updates
    db.execute("INSERT INTO frames(view, steps, body) SELECT view, 9, body FROM frames WHERE steps = 5")
    db.commit()
    db.close()
    run = rebuild(path)
    recorder = Recorder.resumed(path, run, Plan())
    watched(run.trainer, 7, recorder)
    recorder.close()
    assert [steps for _, _, steps in seen(path)] == [1, 2, 3, 4, 5, 6, 7]


def test_a_branch_has_what_was_seen_of_its_parent_up_to_there(tmp_path: Path) -> None:
    mother, path = tmp_path / "mother.ganrun", tmp_path / "branch.ganrun"
    recorded(mother, 6).close()
    branch(mother, 4, path, to=5)
    past = Past(path)
    past.refresh()
    assert past.moments == [1, 2, 3, 4, 5]
    assert past.measured == [numbers(steps) for steps in range(1, 6)]
    assert len(seen(path)) == 5
    branch(path, 2, tmp_path / "again.ganrun", to=3)
    mother.unlink()  # nobody needs it any more
    assert [steps for _, _, steps in seen(tmp_path / "again.ganrun")] == [1, 2, 3]


def test_a_parent_that_is_gone_is_no_fault(tmp_path: Path) -> None:
    mother, path = tmp_path / "mother.ganrun", tmp_path / "branch.ganrun"
    recorded(mother, 3).close()
    found = branch_run(mother, 2)
    mother.unlink()
    found.keep(path, Plan(), Parent(file=mother.name, position=found.trainer.position))
    assert seen(path) == [] and rebuild(path).trainer.game.steps == 2


@pytest.mark.parametrize("row", [
    (None, 1, b"x"), ("points", None, b"x"), ("points", 1, None), (b"points", 1, b"x"), ("points", "1 OR 1", b"x"),
    ("points", 1.5, b"x"), ("points", -1, b"x"), ("points", 1, "text"), ("points", 1, 7),
])
def test_a_parents_damaged_pictures_do_not_keep_a_branch_from_being_recorded(
    tmp_path: Path, row: tuple[object, ...]
) -> None:
    mother, path = tmp_path / "mother.ganrun", tmp_path / "branch.ganrun"
    recorded(mother, 3).close()
    db = sqlite3.connect(mother)
    db.executescript("CREATE TABLE loose(id INTEGER PRIMARY KEY, view, steps, body); INSERT INTO loose SELECT * FROM "
                     "frames; DROP TABLE frames; ALTER TABLE loose RENAME TO frames")
    db.execute("INSERT INTO frames(view, steps, body) VALUES(?, ?, ?)", row)
    db.execute("INSERT INTO measures(body) VALUES(x'ff')")
    db.commit()
    db.close()
    branch(mother, 2, path, to=3)
    assert [steps for _, _, steps in seen(path)] == [1, 2, 3]
    assert rebuild(path).trainer.game.steps == 3


def secret(folder: Path) -> Path:
    """A run that nobody but its owner reads."""
    folder.mkdir(parents=True)
    kept(folder / "secret.ganrun", POINTS, 9)
    return folder / "secret.ganrun"


@pytest.mark.parametrize("name", [
    "../other/secret.ganrun", "../../etc/passwd", "/etc/passwd", "..", ".", "", "/", "x\0y", "x" * 5000, "a/../../b",
    "\\\\host\\share\\secret.ganrun", "file:///etc/passwd", "{absolute}",
])
def test_a_parents_file_is_looked_for_beside_the_run_and_nowhere_else(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = secret(tmp_path / "other")
    path = tmp_path / "runs" / "run.ganrun"
    path.parent.mkdir()
    recorder = Recorder(path, Trainer(POINTS), parent=Parent(file=name.format(absolute=other), position=Position()))
    stepped(recorder._trainer, 2, recorder)
    recorder.note(recorder._trainer.flush())
    recorder.close()
    opened: list[Path] = []

    class Watched(RunReader):
        def __init__(self, path: Path) -> None:
            opened.append(path)
            super().__init__(path)

    monkeypatch.setattr("ganstudio.training.branching.RunReader", Watched)
    assert branch_run(path, None).beyond == []
    assert all(one.parent == path.parent for one in opened)


def test_how_a_run_went_on_that_was_left_is_found_beside_it(tmp_path: Path) -> None:
    mother, path = tmp_path / "mother.ganrun", tmp_path / "branch.ganrun"
    recorded(mother, 6).close()
    branch(mother, 4, path, to=5)
    db = sqlite3.connect(path)
    db.execute("UPDATE meta SET value = replace(value, 'mother', '../../somewhere/mother') WHERE key = 'parent'")
    db.commit()
    db.close()
    beyond = branch_run(path, None).beyond
    assert sum(batch.at.shape[0] for batch in beyond if batch.player == "generator") == 2
    assert min(float(batch.at.doubles().min()) for batch in beyond) > 4


def test_a_neighbour_whose_terms_are_damaged_is_left_out(tmp_path: Path) -> None:
    mother, path = tmp_path / "mother.ganrun", tmp_path / "branch.ganrun"
    recorded(mother, 6).close()
    branch(mother, 4, path, to=5)
    stranger = ScalarBatch(player="referee", names=["a"], at=Array.of(np.ones(1)),
                           values=Array.of(np.ones((1, 1), np.float32)))
    db = sqlite3.connect(mother)
    db.execute("UPDATE scalars SET chunk = ?", (msgspec.msgpack.encode(stranger),))
    db.commit()
    db.close()
    assert branch_run(path, None).beyond == []


def test_what_was_pinned_outlives_the_thinning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "CHECKPOINT_S", 0.0)
    monkeypatch.setattr(recorder_module, "CHECKPOINT_SHARE", 1e9)
    path = tmp_path / "run.ganrun"
    trainer = Trainer(POINTS)
    recorder = Recorder(path, trainer)
    for step in range(1, 61):
        trainer.step()
        recorder.note(trainer.flush())
        if step in (3, 17):
            recorder.pin()
    recorder.close()
    reader = RunReader(path)
    steps = [position.steps for _, position in reader.moments()]
    assert reader.pins() == [3, 17]
    assert {3, 17} < set(steps) and len(steps) <= MOST
    reader.close()
    whole = Trainer(POINTS)
    stepped(whole, 17)
    assert rebuild(path, 17).trainer.game.weights_hash() == whole.game.weights_hash()


# Repeating ---------------------------------------------------------------------------------------------------------


def test_many_hands_repeat(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    trainer = Trainer(POINTS)
    recorder = Recorder(path, trainer)
    rng = random.Random(4)
    for _ in range(20):
        for _ in range(rng.randrange(4)):
            trainer.update()
        trainer.apply(Change(name="gp_weight", value=rng.uniform(0, 20)))
        if rng.random() < 0.5:
            trainer.apply(SingleStep(player=rng.choice(["discriminator", "generator"])))
        recorder.note(trainer.flush())
    recorder.close()
    verdict = verified(path)
    assert verdict.identical and verdict.hash == trainer.game.weights_hash()
    assert verdict.compared == trainer.game.updates + 2
    assert rebuild(path).trainer.game.weights_hash() == trainer.game.weights_hash()


def test_growing_by_hand_repeats(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    trainer = Trainer(SPECS["progan"])
    recorder = Recorder(path, trainer)
    stepped(trainer, 3)
    trainer.apply(Grow())
    stepped(trainer, 6)
    recorder.note(trainer.flush())
    recorder.close()
    assert verified(path).identical
    assert rebuild(path, 3).trainer.view.phase == branch_run(path, 3).trainer.view.phase


def test_the_first_difference_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    kept(path, POINTS, 30)
    reader = RunReader(path)
    batches = reader.scalars()
    reader.close()
    chosen = next(at for at, batch in enumerate(batches)
                  if batch.player == "generator" and batch.at.doubles()[-1] > 10)
    row = int(np.argmax(batches[chosen].at.doubles() > 10))
    values = batches[chosen].values.numpy().copy()
    values[row, 0] = np.nextafter(values[row, 0], np.float32(9))
    changed = msgspec.structs.replace(batches[chosen], values=Array.of(values))
    db = sqlite3.connect(path)
    db.execute("UPDATE scalars SET chunk = ? WHERE seq = ?", (msgspec.msgpack.encode(changed), chosen + 1))
    db.commit()
    db.close()
    verdict = verified(path)
    assert not verdict.identical
    assert verdict.first_difference == int(batches[chosen].at.doubles()[row])
    assert verified(path, to=5).identical


def test_a_changed_checkpoint_is_a_difference(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    kept(path, POINTS, 5)
    stranger = Trainer(POINTS)
    stepped(stranger, 4)
    db = sqlite3.connect(path)
    db.execute("UPDATE checkpoints SET tensors = ? WHERE id = 2", (checkpoint_of(stranger).tensors,))
    db.commit()
    db.close()
    assert verified(path).first_difference == 5


def test_a_checkpoint_is_compared_as_of_the_command_before_which_it_was_made(tmp_path: Path) -> None:
    """An optimiser that was switched at that very place has other memory before and after."""
    path = tmp_path / "run.ganrun"
    trainer = Trainer(POINTS)
    recorder = Recorder(path, trainer)
    stepped(trainer, 2)
    trainer.update()
    recorder.pin()
    trainer.apply(Change(name="optimiser_d", value="rmsprop"))
    trainer.apply(Change(name="optimiser_g", value="sgd"))
    recorder.note([])
    recorder.pin()
    trainer.apply(Change(name="optimiser_d", value="sgd"))
    stepped(trainer, 4)
    recorder.note(trainer.flush())
    recorder.close()
    verdict = verified(path)
    assert verdict.identical and verdict.compared == trainer.game.updates + 4
    assert rebuild(path).trainer.game.weights_hash() == trainer.game.weights_hash()


# Disks and power cuts ----------------------------------------------------------------------------------------------


def test_a_full_disk_pauses_the_recorder_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "RETRY_S", 0.02)
    monkeypatch.setattr(recorder_module, "COMMIT_S", 0.01)
    path = tmp_path / "run.ganrun"
    trainer = Trainer(POINTS)
    recorder = Recorder(path, trainer)
    watched(trainer, 3, recorder)
    recorder.settle()
    limit = sqlite3.connect(path, check_same_thread=False)
    writer = recorder._writer._db
    pages = limit.execute("PRAGMA page_count").fetchone()[0]
    limit.close()
    writer.execute(f"PRAGMA max_page_count = {pages + 2}")  # a disk with room for two more pages
    end = time.monotonic() + 30
    while not recorder.trouble:
        assert time.monotonic() < end
        watched(trainer, trainer.game.steps + 20, recorder)
    assert str(tmp_path) in recorder.trouble and "it goes on when there is some" in recorder.trouble
    other = RunReader(path)  # whole, as far as it goes
    assert other.spec() == trainer.spec
    other.close()
    writer.execute("PRAGMA max_page_count = 1000000")  # room again
    while recorder.trouble:
        assert time.monotonic() < end
        time.sleep(0.01)
    watched(trainer, trainer.game.steps + 5, recorder)
    recorder.close()
    assert terms(path) == {"discriminator": trainer.position.of("discriminator"),
                           "generator": trainer.position.of("generator")}
    reader = RunReader(path)
    assert [steps for _, _, steps in reader.frames()] == list(range(1, trainer.game.steps + 1))
    assert reader.measured() == [numbers(steps) for steps in range(1, trainer.game.steps + 1)]
    reader.close()
    assert verified(path).identical


def test_a_wait_that_is_interrupted_is_waited_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A join would take the thread for ended, and the file for whole: CPython issue 90882."""
    close, free, waiting = RunWriter.close, threading.Event(), threading.Event()

    def slow(writer: RunWriter) -> None:
        waiting.set()
        free.wait(30)
        close(writer)

    monkeypatch.setattr(RunWriter, "close", slow)
    recorder = Recorder(tmp_path / "run.ganrun", Trainer(POINTS))
    recorder.finish()
    assert waiting.wait(30)
    timer = threading.Timer(0.1, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        recorder.wait()
    timer.join()
    early = recorder.written
    assert not early
    free.set()
    recorder.wait()
    assert recorder.written and not (tmp_path / "run.ganrun-wal").exists()


def test_whoever_gives_up_on_a_full_disk_keeps_what_was_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "RETRY_S", 0.02)
    path = tmp_path / "run.ganrun"
    trainer = Trainer(POINTS)
    recorder = Recorder(path, trainer)
    stepped(trainer, 3, recorder)
    recorder.settle()  # the first commit gives the file its name
    stepped(trainer, 6, recorder)
    recorder._writer._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(BadInput, match="no room for the run"):
        recorder.close(patient=False)
    assert RunReader(path).spec() == trainer.spec


PROGRAM = "import sys; from ganstudio.cli import main; sys.exit(main(sys.argv[1:]))"


def updates(path: Path) -> int:
    """Those whose terms are there; none while another program is still making the file."""
    try:
        return sum(terms(path).values())
    except BadInput:
        return 0


DIES = """
import sys
from pathlib import Path
from ganstudio.core.protocol.spec import Spec
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
trainer = Trainer(Spec(variant="wgan-gp", data="ring", device="cpu", threads=1, controls={"batch_size": 8},
                       network_controls={"width": 4, "depth": 1}))
recorder = Recorder(Path(sys.argv[1]), trainer)
for _ in range(5):
    trainer.step()
recorder.note(trainer.flush())
raise RuntimeError("nothing closes the recorder")
"""


def test_a_program_that_dies_without_closing_ends_and_loses_nothing_of_what_was_noted(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    done = subprocess.run([sys.executable, "-c", DIES, str(path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "nothing closes the recorder" in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["run.ganrun"]  # one plain file
    verdict = verified(path)
    assert verdict.identical and verdict.steps == 5


def test_a_killed_run_is_whole_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    words = ["train", "--variant", "wgan-gp", "--data", "ring", "--threads", "1", "--steps", "100000", "--set",
             "batch_size=8", "--net-set", "width=4", "--net-set", "depth=1", "--run", str(path)]
    child = subprocess.Popen([sys.executable, "-c", PROGRAM, *words], stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not path.exists() or updates(path) < 100:
        assert time.monotonic() < end and child.poll() is None
        time.sleep(0.1)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    db.close()
    assert restore(path).spec.variant == "wgan-gp"
    verdict = verified(path)
    assert verdict.identical and verdict.compared >= 100


# Thinning ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 50), min_size=1, max_size=200), st.integers(3, 40), st.data())
def test_thinning_keeps_the_ends_and_pins(gaps: list[int], most: int, data: st.DataObject) -> None:
    at = np.cumsum(gaps).tolist()
    pins = data.draw(st.lists(st.booleans(), min_size=len(at), max_size=len(at)))
    kept = [(index, updates, 10, pinned) for index, (updates, pinned) in enumerate(zip(at, pins, strict=True))]
    gone = dispensable(kept, budget=10 * most, most=most)
    assert len(gone) == len(set(gone))
    left = [one for one in kept if one[0] not in gone]
    assert left[0] == kept[0] and left[-1] == kept[-1]
    assert all(one in left for one in kept if one[3])
    free = sum(not one[3] for one in left[1:-1])
    assert len(left) <= most or free == 0


@pytest.mark.parametrize(("size", "count"), [(AMPLE // 32, 32), (AMPLE // 32 + 1, FEWER), (AMPLE, FEWER)])
def test_a_run_of_large_checkpoints_keeps_fewer(size: int, count: int) -> None:
    left: list[tuple[int, int, int, bool]] = []
    for at in range(100):
        left.append((at, at, size, False))
        gone = set(dispensable(left, BUDGET))
        left = [one for one in left if one[0] not in gone]
        assert len(left) >= min(at + 1, FEWER)
    back = [99 - updates for _, updates, _, _ in left]
    assert len(back) <= max(count, AMPLE // size) and len(back) >= FEWER and back[-1] == 0 and back[0] == 99
    assert all(older - newer <= 50 for older, newer in itertools.pairwise(back))


def test_gaps_grow_with_the_distance_to_the_newest() -> None:
    left: list[tuple[int, int, int, bool]] = []
    for at in range(5000):
        left.append((at, at, 1, False))
        gone = set(dispensable(left, budget=10**9, most=32))
        left = [one for one in left if one[0] not in gone]
    assert len(left) == 32
    back = [4999 - updates for _, updates, _, _ in left]
    for older, newer in itertools.pairwise(back):
        assert older - newer <= 1 + 0.7 * older  # near the newest all; elsewhere no gap beyond a share of the distance


def test_a_budget_is_kept(tmp_path: Path) -> None:
    trainer = Trainer(POINTS)
    first = checkpoint_of(trainer)
    stepped(trainer, 1)
    one = checkpoint_of(trainer)
    writer = RunWriter(tmp_path / "x.ganrun", trainer.spec, budget=4 * len(pack_tensors(one.tensors)) + 5000)
    writer.add_checkpoint(first)
    for step in range(1, 12):
        stepped(trainer, step)
        writer.add_checkpoint(checkpoint_of(trainer), pinned=step == 3)
    writer.close()
    reader = RunReader(tmp_path / "x.ganrun")
    steps = [position.steps for _, position in reader.moments()]
    reader.close()
    assert len(steps) == 4 and steps[0] == 0 and 3 in steps and steps[-1] == 11


def test_a_run_that_another_program_writes_is_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    kept(path, POINTS, 3)
    shutil.copy(path, tmp_path / "copy.ganrun")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(BadInput, match="cannot be continued"):
        RunWriter.reopened(path)
    holder.close()
