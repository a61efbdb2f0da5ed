"""`train --resume`, `branch` and `replay` from the command line."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from ganstudio.cli import main

SMALL = ["--variant", "wgan-gp", "--data", "ring", "--threads", "1", "--set", "batch_size=8", "--net-set", "width=4",
         "--net-set", "depth=1"]


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> dict[str, Any]:
    assert main([*words, "--json"]) == status
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    return str(err)


def test_a_run_that_was_gone_on_with_is_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "run.ganrun")
    whole = said(capsys, "train", *SMALL, "--steps", "40")
    said(capsys, "train", *SMALL, "--steps", "15", "--run", path)
    report = said(capsys, "train", "--resume", path, "--steps", "25")
    assert (report["hash"], report["steps"], report["seen"]) == (whole["hash"], 40, whole["seen"])
    assert report["run"] == path
    verdict = said(capsys, "replay", path)
    assert (verdict["identical"], verdict["steps"], verdict["hash"]) == (True, 40, whole["hash"])
    assert verdict["first_difference"] is None
    assert said(capsys, "replay", path, "--to", "15")["steps"] == 15


def test_moves_yet_to_come_are_made_after_going_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ganstudio.core.protocol.spec import Change, Plan, Planned, Spec
    from ganstudio.training.recorder import Recorder
    from ganstudio.training.trainer import Trainer

    whole = said(capsys, "train", *SMALL, "--steps", "20", "--at", "12:gp_weight=2")
    path = tmp_path / "run.ganrun"
    trainer = Trainer(Spec(variant="wgan-gp", data="ring", threads=1, controls={"batch_size": 8},
                           network_controls={"width": 4, "depth": 1}))
    plan = Plan(steps=20, changes=[Planned(steps=12, change=Change(name="gp_weight", value=2.0))])
    recorder = Recorder(path, trainer, plan=plan)
    for _ in range(5):
        trainer.step()
    recorder.note(trainer.flush())
    recorder.close()  # as if it had been stopped there
    report = said(capsys, "train", "--resume", str(path))
    assert (report["hash"], report["steps"]) == (whole["hash"], 20)
    assert "has done its 20 steps" in refused(capsys, "train", "--resume", str(path))


def test_what_was_done_this_time_is_told_beside_the_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "run.ganrun")
    assert main(["train", *SMALL, "--steps", "5", "--run", path]) == 0
    assert "seed 0: 5 steps in " in capsys.readouterr().out
    assert main(["train", "--resume", path, "--steps", "3"]) == 0
    assert "seed 0: 3 more steps, 8 in all, in " in capsys.readouterr().out
    report = said(capsys, "train", "--resume", path, "--steps", "4")
    assert report["steps"] == 12
    assert report["steps_per_second"] == pytest.approx(4 / report["seconds"])


def test_a_run_that_diverged_is_not_gone_on_with_but_branched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a run.ganrun"
    wild = [f"--set={name}={value}" for name, value in (
        ("learning_rate_d", 1), ("learning_rate_g", 1), ("gp_weight", 100), ("optimiser_d", "sgd"),
        ("optimiser_g", "sgd"), ("schedule", "constant"))]
    report = said(capsys, "train", *SMALL, *wild, "--steps", "300", "--run", str(path), status=1)
    bad, steps = report["diverged"]["at"], report["steps"]
    capsys.readouterr()
    told = refused(capsys, "train", "--resume", str(path), "--steps", "10")
    found = re.search(r"`(ganstudio branch .* --at (\d+) --run NEW)`", told)
    assert found is not None and 0 <= int(found[2]) < bad <= steps
    words = [*shlex.split(found[1])[1:-1], str(tmp_path / "new.ganrun")]
    said(capsys, *words)
    assert main(["train", "--resume", str(tmp_path / "new.ganrun"), "--steps", "1"]) in (0, 1)  # it is gone on with


def test_a_run_ends_with_pictures_of_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ganstudio.core.runs.history import Past

    path = tmp_path / "run.ganrun"
    said(capsys, "train", *SMALL, "--steps", "7", "--run", str(path))
    said(capsys, "train", "--resume", str(path), "--steps", "4")
    past = Past(path)
    past.refresh()
    for steps in (7, 11):
        position, views = past.views(steps)
        assert (position.steps, position.place) == (steps, 0)
        assert views.keys() == {"points", "landscape", "boundary", "manifold", "gradients", "few-points"}
        assert {steps for name in views for steps, _ in past._at[name]} >= {1, 7, 11}


def test_a_branch_equals_a_run_with_that_move(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mother, path = str(tmp_path / "mother.ganrun"), str(tmp_path / "branch.ganrun")
    whole = said(capsys, "train", *SMALL, "--steps", "20", "--at", "7:gp_weight=2")
    said(capsys, "train", *SMALL, "--steps", "12", "--run", mother)
    made = said(capsys, "branch", mother, "--at", "7", "--set", "gp_weight=2", "--run", path)
    assert (made["run"], made["parent"], made["steps"], made["settings"]["gp_weight"]) == (path, mother, 7, 2.0)
    assert said(capsys, "train", "--resume", path, "--steps", "13")["hash"] == whole["hash"]
    assert said(capsys, "replay", path)["identical"] is True


@pytest.mark.parametrize(("words", "named"), [
    (["train", "--resume", "RUN", "--variant", "gan"], "--variant cannot be given"),
    (["train", "--resume", "RUN", "--seed", "3"], "--seed cannot be given"),
    (["train", "--resume", "RUN", "--net-set", "width=4"], "--net-set cannot be given"),
    (["train", "--resume", "nowhere.ganrun"], "nowhere.ganrun is not there"),
    (["train", "--resume", "RUN", "--steps", "-1"], "--steps = -1 is out of range"),
    (["train", "--resume", "RUN", "--steps", "5", "--at", "99:gp_weight=1"], "is past the last step"),
    (["branch", "RUN", "--at", "99", "--run", "new.ganrun"], "step 99 is past the end"),
    (["branch", "RUN", "--at", "x", "--run", "new.ganrun"], "--at"),
    (["branch", "RUN", "--at", "2", "--set", "gp_weight=-1", "--run", "new.ganrun"], "gp_weight = -1 is out of range"),
    (["branch", "RUN", "--at", "2", "--set", "nothing=1", "--run", "new.ganrun"], "nothing"),
    (["branch", "RUN", "--at", "2", "--run", "RUN"], "exists already"),
    (["branch", "nowhere.ganrun", "--at", "2", "--run", "new.ganrun"], "nowhere.ganrun is not there"),
    (["replay", "nowhere.ganrun"], "nowhere.ganrun is not there"),
    (["replay", "RUN", "--to", "99"], "step 99 is past the end"),
    (["replay", "RUN", "--threads", "0"], "--threads = 0 is out of range"),
])
def test_what_cannot_be_is_said_in_a_sentence(
    words: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said(capsys, "train", *SMALL, "--steps", "4", "--run", "run.ganrun")
    before = Path("run.ganrun").read_bytes()
    assert named in refused(capsys, *["run.ganrun" if word == "RUN" else word for word in words])
    assert [path.name for path in tmp_path.iterdir()] == ["run.ganrun"]
    assert Path("run.ganrun").read_bytes() == before


def test_the_data_is_moved_on_the_command_line_repeated_and_branched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    lines = ("--variant", "gan", "--data", "lines", "--set", "batch_size=8", "--net-set", "width=4", "--net-set",
             "depth=1", "--threads", "1")
    path, child = str(tmp_path / "run.ganrun"), str(tmp_path / "child.ganrun")
    moved = said(capsys, "train", *lines, "--steps", "20", "--at", "8:data.theta=2", "--run", path)
    assert moved["hash"] != said(capsys, "train", *lines, "--steps", "20")["hash"]
    verdict = said(capsys, "replay", path)
    assert (verdict["identical"], verdict["hash"]) == (True, moved["hash"])
    branched = said(capsys, "branch", path, "--at", "12", "--set", "data.theta=-1", "--run", child)
    assert branched["settings"]["data.theta"] == -1.0
    further = said(capsys, "train", "--resume", child, "--steps", "8")
    both = ("--at", "8:data.theta=2", "--at", "12:data.theta=-1")
    assert further["hash"] == said(capsys, "train", *lines, "--steps", "20", *both)["hash"]


@pytest.mark.parametrize(("words", "sentence"), [
    (("--data", "lines", "--at", "1:data.theta=5"), "theta = 5 is out of range: allowed is -4 to 4"),
    (("--data", "lines", "--at", "1:data.place=1"), "unknown control of data set lines 'place'"),
    (("--data", "lines", "--at", "1:theta=1"), "unknown control of variant gan 'theta'"),
    (("--data", "ring", "--at", "1:data.radius=1"), "data.radius is not live"),
    (("--data", "lines", "--set", "data.theta=1"), "unknown control of variant gan 'data.theta'"),
])
def test_a_move_of_the_data_that_cannot_be_is_one_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str,
) -> None:
    assert sentence in refused(capsys, "train", "--variant", "gan", "--steps", "3", *words)
