"""Runs on points come out as commit 9b2f746 had them where their random numbers are drawn as they were then."""

from __future__ import annotations

import json
from typing import Any

import pytest
from old_runs import bits_hold, check_numbers, check_weights, last_terms, load_record

from ganstudio.cli import main
from ganstudio.core.protocol.spec import Change, Spec
from ganstudio.training.trainer import Trainer

RUNS: list[dict[str, Any]] = load_record("hashes_points.json")["runs"]


TOY_THEN = {"critic_steps": 3, "learning_rate_d": 1e-3, "learning_rate_g": 1e-3, "horizon": 3500}  # of WGAN-GP


def spec_of(run: dict[str, Any]) -> Spec:
    """What a recorded command asked for."""
    return Spec(variant=run["variant"], data=run["data"], seed=run["seed"], device="cpu", threads=run["threads"],
                streams=1, backward="autograd", **_then(run))


def _then(run: dict[str, Any]) -> dict[str, Any]:
    """What has another default now, of WGAN-GP's toy on the plane."""
    if run["variant"] != "wgan-gp":
        return {}
    return {"controls": TOY_THEN, "network_controls": {"width": 128}}


@pytest.mark.parametrize(
    "run", RUNS, ids=[f"{run['variant']}-{run['data']}-{run['seed']}-{run['steps']}" for run in RUNS])
def test_the_first_steps_are_those_recorded(run: dict[str, Any]) -> None:
    few = run["short"]
    trainer = Trainer(spec_of(run))
    while trainer.game.steps < few["steps"]:
        for steps, name, value in few["moves"]:
            if trainer.position.steps == steps and trainer.position.place == 0:
                trainer.apply(Change(name=name, value=value))
        trainer.update()
    assert trainer.game.updates == few["updates"]
    check_weights(trainer.game, few)
    terms = last_terms(trainer.flush())
    if bits_hold():
        assert terms == few["terms"]
    else:
        check_numbers(terms, few["terms"])


FEW = [RUNS[at] for at in (0, 1, len(RUNS) // 2, -1)]


@pytest.mark.parametrize("run", FEW, ids=[f"{run['variant']}-{run['data']}-{run['steps']}" for run in FEW])
def test_the_recorded_commands_come_out_as_recorded_with_one_stream(
    run: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = run["short"]
    monkeypatch.setattr("ganstudio.commands.train.SAMPLES", 120)
    words = ["train", "--variant", run["variant"], "--data", run["data"], "--seed", str(run["seed"]), "--device", "cpu",
             "--threads", str(run["threads"]), "--steps", str(few["steps"]), "--backward", "autograd"]
    for option, part in (("--set", "controls"), ("--net-set", "network_controls")):
        words += [word for name, value in _then(run).get(part, {}).items() for word in (option, f"{name}={value}")]
    for steps, name, value in few["moves"]:
        words += ["--at", f"{steps}:{name}={value}"]
    found = {}
    for streams in "1", "2", "3":
        assert main([*words, "--streams", streams, "--json"]) == 0
        found[streams] = json.loads(capsys.readouterr().out)
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["hash"] == found["3"]["hash"] == found["2"]["hash"] != found["1"]["hash"]
    if bits_hold():
        assert found["1"]["hash"] == few["hash"]
