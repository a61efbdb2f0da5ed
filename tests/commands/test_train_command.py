"""``ganstudio train``: its JSON is a contract, a moment takes effect when it says, and bad input makes nothing."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ganstudio.cli import main
from ganstudio.core.control import declared
from ganstudio.core.runs.reader import RunReader
from ganstudio.training.checkpoint import restore
from ganstudio.training.trainer import Trainer
from ganstudio.variants.wgan_gp import WGANGP, WGANGPControls

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--net-set", "width=8", "--net-set", "depth=1", "--set", "batch_size=16", "--device", "cpu"]
RING = ["train", "--variant", "wgan-gp", "--data", "ring", *SMALL]
THIRTY = [*RING, "--steps", "30"]


@pytest.fixture
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measuring is none of these tests' business."""
    monkeypatch.setattr("ganstudio.commands.train.SAMPLES", 120)


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str], few_samples: None) -> Callable[..., dict[str, Any]]:
    """Runs a command with --json and reads the one object it prints."""

    def read(*words: str, status: int = 0) -> dict[str, Any]:
        assert main([*words, "--json"]) == status
        captured = capsys.readouterr()
        found = json.loads(captured.out)
        assert isinstance(found, dict)
        return found

    return read


KEYS = {
    "variant", "data", "network", "preset", "seed", "steps", "seen", "seconds", "steps_per_second", "device", "terms",
    "measures", "floors", "hash", "run",
}


def test_the_json_is_the_contracts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With the default 2500 samples, and every key of the design's section 6."""
    path = tmp_path / "x.ganrun"
    assert main([*RING, "--steps", "20", "--seed", "7", "--run", str(path), "--json"]) == 0
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert captured.err == ""
    assert set(report) >= KEYS
    assert report["variant"] == "wgan-gp" and report["data"] == "ring" and report["network"] == "mlp"
    assert report["preset"] == "toy" and report["seed"] == 7 and report["steps"] == 20 and report["device"] == "cpu"
    assert report["seen"] == 20 * 2 * 16
    assert report["seconds"] > 0
    assert report["steps_per_second"] == pytest.approx(20 / report["seconds"])
    assert set(report["terms"]) == {"critic", "penalty", "generator"}
    assert all(isinstance(value, float) and math.isfinite(value) for value in report["terms"].values())
    names = {"modes", "high_quality", "reverse_kl", "sd_ratio", "w1", "sliced_w1", "critic_gap", "w1_estimate"}
    assert set(report["measures"]) == set(report["floors"]) == names
    assert report["floors"]["modes"] == 8
    assert len(report["hash"]) == 64 and int(report["hash"], 16) >= 0
    assert report["run"] == str(path)
    assert restore(path).game.weights_hash() == report["hash"]


def test_the_line_has_its_own_measures(report: Callable[..., dict[str, Any]]) -> None:
    found = report("train", "--variant", "gan", "--data", "mixture", "--steps", "3", *SMALL)
    assert {"mean", "sd", "jsd"} <= set(found["measures"])
    assert found["run"] is None


def test_the_terms_are_the_last_ones(report: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    found = report(*THIRTY, "--run", str(tmp_path / "x.ganrun"))
    reader = RunReader(tmp_path / "x.ganrun")
    batches = reader.scalars()
    reader.close()
    last = {name: batch.values.numpy()[-1, column].item()
            for batch in batches for column, name in enumerate(batch.names)}
    assert found["terms"] == last


def test_the_same_command_gives_the_same_hash_and_another_seed_another(
    report: Callable[..., dict[str, Any]], tmp_path: Path,
) -> None:
    one, again, other = report(*THIRTY), report(*THIRTY), report(*THIRTY, "--seed", "1")
    assert one["hash"] == again["hash"] != other["hash"]
    assert one["measures"] == again["measures"]
    assert report(*THIRTY, "--run", str(tmp_path / "x.ganrun"))["hash"] == one["hash"], "recording changes nothing"


@pytest.mark.parametrize("name", ["gan", "ns-gan", "wgan", "wgan-gp"])
def test_a_process_of_its_own_gives_the_same_hash(report: Callable[..., dict[str, Any]], name: str) -> None:
    words = ["train", "--variant", name, "--data", "ring", "--steps", "12", *SMALL]
    here = report(*words)["hash"]
    if name == "wgan-gp":  # one process is enough
        done = subprocess.run([sys.executable, "-m", "ganstudio.cli", *words, "--json"], capture_output=True, text=True,
                              check=True, cwd=ROOT)
        assert json.loads(done.stdout)["hash"] == here
        assert done.stderr == ""


def test_a_moment_takes_effect_once_its_steps_are_done(report: Callable[..., dict[str, Any]]) -> None:
    hashes = {at: report(*THIRTY, "--at", f"{at}:gp_weight=9")["hash"] for at in (0, 20, 29)}
    hashes[-1] = report(*THIRTY)["hash"]
    assert len(set(hashes.values())) == 4
    assert report(*THIRTY, "--set", "gp_weight=9")["hash"] == hashes[0], "at 0 is from the start"


def test_moments_come_in_the_order_of_their_steps(report: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "x.ganrun"
    report(*THIRTY, "--at", "20:gp_weight=2", "--at", "5:gp_weight=3", "--at", "20:critic_steps=1", "--run", str(path))
    log = restore(path).log
    assert [(entry.position.steps, entry.position.place) for entry in log] == [(5, 0), (20, 0), (20, 0)]
    assert [entry.command.value for entry in log if hasattr(entry.command, "value")] == [3.0, 2.0, 1]
    assert restore(path).settings()["critic_steps"] == 1


def test_both_players_may_be_frozen_one_after_the_other(report: Callable[..., dict[str, Any]]) -> None:
    found = report(*THIRTY, "--set", "generator_steps=0", "--at", "10:generator_steps=1", "--at", "20:critic_steps=0")
    assert found["steps"] == 30
    assert found["seen"] == 20 * 2 * 16


def test_set_goes_over_the_preset(report: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "x.ganrun"
    given = ["--set", "gp_weight=3", "--set", "gp_weight=4"]
    report(*RING, "--steps", "1", "--preset", "paper", *given, "--run", str(path))
    spec = restore(path).spec
    assert spec.controls["gp_weight"] == 4.0
    assert spec.controls["critic_steps"] == 5
    assert spec.preset == "paper"


def test_the_presets_steps_are_the_default(
    report: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(WGANGP, "presets", {"toy": type(WGANGP.presets["toy"])(title="T", source="s", steps=6)})
    assert report(*RING)["steps"] == 6


def test_no_steps_at_all(report: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    found = report(*RING, "--steps", "0", "--run", str(tmp_path / "x.ganrun"))
    assert (found["steps"], found["seen"], found["terms"], found["steps_per_second"]) == (0, 0, {}, None)
    assert restore(tmp_path / "x.ganrun").position.updates == 0


def test_data_and_network_can_be_set(report: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    found = report(*RING, "--steps", "1", "--data-set", "modes=5", "--net-set", "latent=uniform")
    assert found["floors"]["modes"] == 5
    table = tmp_path / "x.csv"
    table.write_text("".join(f"{i % 7},{i % 5}\n" for i in range(200)), encoding="utf-8")
    of_table = ["--data", "points", "--data-set", f"file={table}"]
    found = report("train", "--variant", "gan", *of_table, "--steps", "1", *SMALL)
    assert found["measures"]["modes"] is None


def test_without_json_it_prints_a_table(few_samples: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RING, "--steps", "2"]) == 0
    printed = capsys.readouterr()
    assert "2 steps" in printed.out and "modes found" in printed.out and "hash" in printed.out
    assert printed.err == ""


def test_remarks_on_the_data_are_in_the_object_too(report: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    table = tmp_path / "two.csv"
    table.write_text("x,y\n1,2\n3,4\n")
    found = report("train", "--variant", "gan", "--data", "points", "--data-set", f"file={table}", "--steps", "1",
                   *SMALL)
    assert [note[:34] for note in found["notes"]] == ["It has only 2 different points: G "]
    assert report(*RING, "--steps", "1")["notes"] == []


DIVERGES = ["--set", "learning_rate_d=1", "--set", "learning_rate_g=1", "--set", "gp_weight=100", "--set",
            "optimiser_d=sgd", "--set", "optimiser_g=sgd", "--set", "schedule=constant"]


def test_a_run_that_diverges_says_so_and_is_kept(
    report: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:
    found = report(*RING, *DIVERGES, "--steps", "400", "--run", str(tmp_path / "x.ganrun"), status=1)
    assert found["steps"] < 400
    assert set(found["diverged"]) == {"term", "at", "value"}
    assert found["measures"] == found["floors"] == {}
    assert None in found["terms"].values()
    assert restore(tmp_path / "x.ganrun").position.steps == found["steps"]
    assert main([*RING, *DIVERGES, "--steps", "400"]) == 1
    assert "diverged: the term '" in capsys.readouterr().err


# Bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "named"), [
    (["--variant", "wgan-pg"], ["unknown variant 'wgan-pg'", "did you mean 'wgan-gp'?"]),
    (["--variant", ""], ["unknown variant ''"]),
    (["--data", "rng"], ["unknown data set 'rng'", "did you mean 'ring'?"]),
    (["--network", "mpl"], ["unknown network 'mpl'", "did you mean 'mlp'?"]),
    (["--preset", "papr"], ["unknown preset of wgan-gp 'papr'", "did you mean 'paper'?"]),
    (["--steps", "-5"], ["--steps = -5 is out of range: allowed is 0 to"]),
    (["--steps", "ten"], ["--steps takes a whole number", "'ten'"]),
    (["--steps", "1.5"], ["--steps", "'1.5'"]),
    (["--steps", "9" * 5000], ["--steps"]),
    (["--seed", "-1"], ["--seed = -1 is out of range"]),
    (["--seed", "9223372036854775808"], ["--seed = 9223372036854775808 is out of range"]),
    (["--seed", "x"], ["--seed", "'x'"]),
    (["--set", "gp_wieght=1"], ["unknown control of variant wgan-gp 'gp_wieght'", "did you mean 'gp_weight'?"]),
    (["--set", "gp_weight=lots"], ["gp_weight takes a number from 0 to 100, not 'lots'"]),
    (["--set", "gp_weight=101"], ["gp_weight = 101 is out of range: allowed is 0 to 100"]),
    (["--set", "gp_weight=nan"], ["gp_weight", "'nan'"]),
    (["--set", "gp_weight=inf"], ["gp_weight", "'inf'"]),
    (["--set", "gp_weight="], ["gp_weight", "''"]),
    (["--set", "critic_steps=2.5"], ["critic_steps takes a whole number", "'2.5'"]),
    (["--set", "gp_sides=there"], ["unknown gp_sides 'there'", "known are two, one"]),
    (["--set", "gp_weight"], ["--set takes NAME=VALUE, not 'gp_weight'"]),
    (["--set", "=3"], ["--set takes NAME=VALUE, not '=3'"]),
    (["--set", "critic_steps=0", "--set", "generator_steps=0"], ["at least one player must be trained"]),
    (["--data-set", "mode=3"], ["unknown control of data set ring 'mode'", "did you mean 'modes'?"]),
    (["--data-set", "modes=0"], ["modes = 0 is out of range: allowed is 1 to 64"]),
    (["--data-set", "modes"], ["--data-set takes NAME=VALUE, not 'modes'"]),
    (["--net-set", "widht=3"], ["unknown control of network mlp 'widht'", "did you mean 'width'?"]),
    (["--net-set", "width=0"], ["width = 0 is out of range"]),
    (["--data", "points"], ["file"]),
    (["--data", "points", "--data-set", "file=/no/such.csv"], ["/no/such.csv"]),
    (["--at", "5"], ["--at takes STEP:NAME=VALUE, not '5'"]),
    (["--at", "5:"], ["--at takes NAME=VALUE"]),
    (["--at", "x:gp_weight=1"], ["the step of --at", "'x'"]),
    (["--at=-1:gp_weight=1"], ["the step of --at = -1 is out of range"]),
    (["--at", "30:gp_weight=1"], ["--at 30:gp_weight=1 is past the last step: the run has 30 steps"]),
    (["--at", "5:gp_wieght=1"], ["'gp_wieght'", "did you mean 'gp_weight'?"]),
    (["--at", "5:gp_weight=1e9"], ["gp_weight = 1000000000 is out of range"]),
    (["--at", "5:width=9"], ["'width'"]),
    (["--at", "5:generator_steps=0", "--at", "9:critic_steps=0"], ["at least one player must be trained"]),
    (["--device", "cdua"], ["unknown device 'cdua'", "did you mean 'cuda'?"]),
    (["--threads", "999"], ["--threads = 999 is out of range"]),
    (["--streams", "0"], ["--streams = 0 is out of range"]),
    (["--streams", "4"], ["--streams = 4 is out of range"]),
    (["--stpes", "3"], ["--stpes"]),
    (["--ste", "3"], ["--ste"]),
    (["stray"], ["stray"]),
    (["--steps"], ["--steps"]),
])
def test_bad_input_is_one_sentence_and_makes_nothing(
    words: list[str], named: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:
    assert main([*THIRTY, "--json", "--run", str(tmp_path / "x.ganrun"), *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("ganstudio: ")
    assert captured.err.count("\n") == 1 and captured.err.endswith("\n")
    assert len(captured.err) < 600
    for thing in named:
        assert thing in captured.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["train"], ["train", "--variant", "gan"], ["train", "--data", "ring"]])
def test_what_is_missing_is_named(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "required" in captured.err and captured.err.count("\n") == 1


def test_a_run_file_that_exists_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "thesis.ganrun"
    path.write_bytes(b"years of work")
    assert main([*THIRTY, "--run", str(path)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert path.read_bytes() == b"years of work"
    assert main([*THIRTY, "--run", str(tmp_path)]) == 2
    assert main([*THIRTY, "--run", str(tmp_path / "none" / "x.ganrun")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.ganrun"]


def one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("ganstudio: ") and captured.err.count("\n") == 1


def test_a_name_that_is_too_long_is_bad_input(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([*THIRTY, "--run", str(tmp_path / ("x" * 300))]) == 2
    one_sentence(capsys)


@pytest.mark.parametrize("words", [["--variant", "a\nb"], ["--steps", "a\nb"], ["--set", "a\nb"]])
def test_a_line_break_in_a_word_breaks_no_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*THIRTY, *words]) == 2
    one_sentence(capsys)


def test_an_empty_number_is_bad_input(capsys: pytest.CaptureFixture[str], few_samples: None,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.commands.train._train", lambda *_: (1.0, {}))
    assert main([*RING, "--steps", ""]) == 2
    one_sentence(capsys)


def test_a_moment_of_a_control_that_is_not_live_is_told_before_training(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:
    fields = declared(WGANGPControls)
    control, choices = fields["gp_sides"]
    monkeypatch.setitem(fields, "gp_sides", (msgspec.structs.replace(control, live=False), choices))
    trained: list[int] = []

    def counted(self: Trainer) -> None:
        self.game.steps += 1
        trained.append(self.game.steps)

    monkeypatch.setattr(Trainer, "step", counted)
    assert main([*THIRTY, "--at", "20:gp_sides=one", "--run", str(tmp_path / "x.ganrun")]) == 2
    assert "gp_sides is not live" in capsys.readouterr().err
    assert trained == []
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_a_line_says_that_a_generator_with_styles_is_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ganstudio.training import measuring

    monkeypatch.setattr(measuring, "copy_for_measuring", lambda *_, **__: None)
    monkeypatch.setattr(measuring, "compute_measures", lambda _: measuring.Measured(measures={}, floors={}))
    small = ["--net-set", "resolution=16", "--net-set", "width=4", "--dtype", "float32", "--memory", "contiguous"]
    assert main(["train", "--variant", "stylegan2", "--data", "sprites", *small, "--steps", "0", "--json"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said.count("measuring G after 0 steps: with styles that can take minutes") == 1
