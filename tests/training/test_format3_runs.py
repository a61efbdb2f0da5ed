"""Runs recorded by the program of format 3 open, repeat, go on and branch as they did there."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest
from old_runs import (
    DATA,
    OF_TERMS_OF_IMAGES,
    TOLERANCE,
    bits_hold,
    check_holds,
    check_numbers,
    check_weights,
    describe_scalars,
    digest_view,
    last_terms,
    load_record,
)

from ganstudio.core.protocol.spec import Change, Parent, Plan
from ganstudio.core.runs.history import Past
from ganstudio.core.runs.library import runs
from ganstudio.core.runs.reader import RunReader
from ganstudio.training.branching import branch_run
from ganstudio.training.checkpoint import rebuild
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.training.verification import verified

NAMES = sorted(load_record("expected.json")["files"])
WHOLE = [name for name in NAMES if load_record("expected.json")["files"][name]["divergence"] is None]


class Old:
    """A copy of a recorded file, in a folder of its own, and what is known of it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.path = folder / f"{name}.ganrun"
        self.known: dict[str, Any] = load_record("expected.json")["files"][name]
        for beside in self.known["bytes"]:
            shutil.copy(DATA / beside, folder / beside)

    def check_untouched(self) -> None:
        """Nothing that was recorded has changed by a bit; SQLite may have laid its index of a log beside it."""
        for beside, (size, digest) in self.known["bytes"].items():
            content = (self.path.parent / beside).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (size, digest)
        others = {path.name for path in self.path.parent.iterdir()} - set(self.known["bytes"])
        assert all(name.endswith("-shm") for name in others)

    def without_checkpoints(self) -> Path:
        """Another copy, in a folder of its own, which can only be done again from its first step."""
        folder = self.path.parent / "bare"
        folder.mkdir()
        path = Old(self.path.stem, folder).path
        db = sqlite3.connect(path)
        db.execute("DELETE FROM checkpoints")
        db.commit()
        db.close()
        return path


@pytest.fixture
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Old:
    return Old(request.param, tmp_path)


every_file = pytest.mark.parametrize("old", NAMES, indirect=True)
each_that_goes_on = pytest.mark.parametrize("old", WHOLE, indirect=True)


def check_moment(trainer: Trainer, recorded: dict[str, Any]) -> None:
    """A run stands where it stood there, with the settings and the weights that it had."""
    check_holds(msgspec.to_builtins(trainer.position), recorded["position"])
    check_holds(trainer.settings(), recorded["settings"])
    assert trainer.game.images_seen == recorded["seen"]
    check_weights(trainer.game, recorded)


def check_terms(found: dict[str, float], recorded: dict[str, float], kind: str = "plane") -> None:
    if bits_hold():
        check_holds(found, recorded)
    else:
        check_numbers(found, recorded, OF_TERMS_OF_IMAGES if kind == "image" else TOLERANCE)


def step_to(trainer: Trainer, steps: int) -> None:
    while trainer.game.steps < steps:
        trainer.step()


@every_file
def test_it_opens_and_holds_what_was_recorded(old: Old) -> None:
    known, reader = old.known, RunReader(old.path)
    try:
        check_holds(msgspec.to_builtins(reader.spec()), known["spec"])
        check_holds(msgspec.to_builtins(reader.log()), known["log"])
        check_holds(msgspec.to_builtins(reader.plan()), known["plan"])
        check_holds(msgspec.to_builtins(reader.parent()), known["parent"])
        check_holds(msgspec.to_builtins(reader.scene()), known["scene"])
        check_holds(msgspec.to_builtins(reader.measured()), known["measured"])
        check_holds([msgspec.to_builtins(position) for _, position in reader.moments()], known["checkpoints"])
        assert reader.pins() == known["pins"]
        assert describe_scalars(reader.scalars()) == known["scalars"]
        rows = reader.frames()
        assert [(view, steps) for _, view, steps in rows] == [(view, steps) for view, steps, *_ in known["frames"]]
        for (id_, _, _), (_, _, updates, fields) in zip(rows, known["frames"], strict=True):
            if fields is not None:  # else that program refused what it had written: see the README there
                frame = reader.frame(id_)
                assert frame.position.updates == updates
                check_holds(digest_view(frame.view), fields)
        points = reader.points()
        kept = None if points is None else {"sha256": points.sha256, "shape": list(points.shape)}
        assert kept == known["points"]
    finally:
        reader.close()
    old.check_untouched()


@every_file
def test_it_is_in_the_library_and_its_past_can_be_looked_at(old: Old) -> None:
    (found,) = runs(old.path.parent)
    assert (found.fault, found.steps) == ("", old.known["end"]["position"]["steps"])
    assert list(found.tags) == old.known["tags"]
    past = Past(old.path)
    past.refresh()
    assert past.moments == old.known["moments"]
    check_holds(msgspec.to_builtins(past.measured), old.known["measured"])
    readable = all(fields is not None for *_, fields in old.known["frames"])
    for steps in past.moments if readable else []:
        _, views = past.views(steps)
        assert views.keys() == {view for view, *_ in old.known["frames"]}
    old.check_untouched()


@every_file
def test_its_end_is_rebuilt(old: Old) -> None:
    run = rebuild(old.path)
    run.trainer.restore_terms([*run.stored, *run.batches])
    assert run.repeated == old.known["repeated"]
    check_moment(run.trainer, old.known["end"])
    check_terms(last_terms([*run.stored, *run.batches]), old.known["end"]["terms"], run.trainer.game.data.kind)
    check_holds(msgspec.to_builtins(run.trainer.divergence), old.known["divergence"])
    if run.trainer.divergence is not None:
        check_holds(run.trainer.safe_settings(), old.known["good_settings"])
    old.check_untouched()


@every_file
def test_its_middle_is_rebuilt(old: Old) -> None:
    middle = old.known["middle"]
    check_moment(rebuild(old.path, middle["position"]["steps"]).trainer, middle)
    old.check_untouched()


@every_file
def test_it_is_repeated_from_its_first_step(old: Old) -> None:
    known = old.known["replay"]
    if bits_hold():
        verdict = verified(old.path)
        assert verdict.identical and verdict.first_difference is None
        assert (verdict.steps, verdict.hash, verdict.compared) == (known["steps"], known["hash"], known["compared"])
    else:
        bare = old.without_checkpoints()
        check_moment(rebuild(bare).trainer, old.known["end"])
        shutil.rmtree(bare.parent)
    old.check_untouched()


@each_that_goes_on
def test_it_goes_on(old: Old) -> None:
    known = old.known["resumed"]
    steps = known["position"]["steps"]
    run = rebuild(old.path)
    recorder = Recorder.resumed(old.path, run, Plan(steps=steps))
    step_to(run.trainer, steps)
    batches = run.trainer.flush()
    recorder.note(batches)
    recorder.close()
    check_moment(run.trainer, known)
    check_terms(last_terms(batches), known["terms"], run.trainer.game.data.kind)
    again = rebuild(old.path)
    assert again.trainer.game.weights_hash() == run.trainer.game.weights_hash()
    assert len(again.trainer.log) == len(old.known["log"])


@each_that_goes_on
def test_it_branches(old: Old, tmp_path: Path) -> None:
    known = old.known["branch"]
    found = branch_run(old.path, known["steps"])
    trainer = found.trainer
    trainer.apply(Change(name=known["control"], value=known["value"]))
    path = tmp_path / "new.ganrun"
    found.keep(path, Plan(steps=known["to"]), Parent(file=old.path.name, position=trainer.position))
    kept = rebuild(path)
    assert kept.trainer.game.weights_hash() == trainer.game.weights_hash()
    assert kept.trainer.settings() == trainer.settings()
    step_to(trainer, known["to"])
    check_moment(trainer, known)
    check_terms(last_terms(trainer.flush()), known["terms"], trainer.game.data.kind)
    path.unlink()
    old.check_untouched()


def test_a_branch_finds_how_its_parent_went_on(tmp_path: Path) -> None:
    mother, old = Old("parent", tmp_path), Old("branch", tmp_path)
    left = old.known["parent"]["position"]
    beyond = branch_run(old.path, None).beyond
    for player, updates in (("discriminator", left["discriminator_updates"]), ("generator", left["generator_updates"])):
        rest = sum(batch.at.shape[0] for batch in beyond if batch.player == player)
        assert rest == mother.known["scalars"][player]["updates"] - updates > 0


def test_what_was_recorded_covers_what_a_run_can_be() -> None:
    """A file that is taken away is missed: each variant is there, and so is each kind of moment and of command."""
    files = load_record("expected.json")["files"]
    specs = [known["spec"] for known in files.values()]
    assert {spec["variant"] for spec in specs} == {
        "f-gan", "gan", "hinge-gan", "lsgan", "ns-gan", "r1-gan", "sn-gan", "wgan", "wgan-gp", "dcgan", "began",
        "progan"}
    assert {spec["network"] for spec in specs} == {"mlp", "affine", "dcgan", "autoencoder", "progressive", "resnet"}
    commands = {entry["command"]["type"] for known in files.values() for entry in known["log"]}
    assert commands == {"control", "single", "grow"}
    assert any(entry["position"]["place"] for known in files.values() for entry in known["log"])
    assert any(position["place"] for known in files.values() for position in known["checkpoints"])
    assert any(known["divergence"] for known in files.values())
    level = files["progan"]["end"]["terms"]["level"]
    assert 0 < level % 1 < 1, "it was recorded while a size faded in"
