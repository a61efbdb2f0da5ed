"""``ganstudio train --compare``: its JSON is a contract, each run is what it is alone, and bad input makes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganstudio.cli import main
from ganstudio.commands.comparison_entries import Entry, entries_of
from ganstudio.core.runs.reader import RunReader
from ganstudio.training.checkpoint import restore

SMALL = ["--net-set", "width=8", "--net-set", "depth=1", "--device", "cpu", "--steps", "6"]
RING = ["train", "--data", "ring", *SMALL]
TRAIN_KEYS = {
    "variant", "data", "network", "preset", "seed", "steps", "seen", "seconds", "steps_per_second", "device", "terms",
    "measures", "floors", "hash", "run",
}


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measuring is none of these tests' business."""
    monkeypatch.setattr("ganstudio.commands.train.SAMPLES", 120)


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Runs a command with --json and reads the one object it prints."""

    def read(*words: str, status: int = 0) -> dict[str, Any]:
        assert main([*words, "--json"]) == status
        captured = capsys.readouterr()
        found = json.loads(captured.out)
        assert isinstance(found, dict)
        return found

    return read


Report = Callable[..., dict[str, Any]]


def test_the_json_is_the_contracts(report: Report) -> None:
    found = report(*RING, "--compare", "gan,wgan,wgan-gp", "--set", "batch_size=16")
    assert [run["variant"] for run in found["runs"]] == ["gan", "wgan", "wgan-gp"]
    for run in found["runs"]:
        assert set(run) >= {*TRAIN_KEYS, "controls"}
        assert run["controls"]["batch_size"] == 16 and run["steps"] == 6 and run["seed"] == 0
        assert run["floors"]["modes"] == 8 and run["seconds"] > 0
    assert set(found["shared"]) == {"data", "latent_discriminator", "latent_generator"}
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in found["shared"].values())
    assert all(run["drawn"] == found["shared"] for run in found["runs"])
    assert found["notes"] == [] and found["seeds"] == [0]
    assert found["compared_updates"] == {"discriminator": 6, "generator": 6}


def test_each_run_is_bit_for_bit_what_train_makes_of_it(report: Report) -> None:
    found = report(*RING, "--compare", "gan:batch_size=24,wgan-gp,wgan-gp:critic_steps=5:preset=paper,r3gan",
                   "--seed", "4")
    assert [run["controls"]["batch_size"] for run in found["runs"]] == [24] * 4, "the first one's"
    for run, own in zip(found["runs"], [["--variant", "gan"], ["--variant", "wgan-gp"],
                                        ["--variant", "wgan-gp", "--set", "critic_steps=5", "--preset", "paper"],
                                        ["--variant", "r3gan"]], strict=True):
        alone = report(*RING, *own, "--set", "batch_size=24", "--seed", "4")
        assert {key: alone[key] for key in TRAIN_KEYS - {"seconds", "steps_per_second"}} == {
            key: run[key] for key in TRAIN_KEYS - {"seconds", "steps_per_second"}}


def test_five_critic_steps_and_one_share_everything_for_as_long_as_both_go(report: Report) -> None:
    found = report(*RING, "--compare", "wgan-gp:critic_steps=5,wgan-gp:critic_steps=1")
    assert [run["controls"]["critic_steps"] for run in found["runs"]] == [5, 1]
    assert None not in found["shared"].values()
    other = report(*RING, "--compare", "r3gan,wgan-gp")
    assert other["shared"]["latent_generator"] == found["shared"]["latent_generator"]
    assert other["shared"]["data"] == found["shared"]["data"]


def test_controls_go_to_the_runs_that_have_them(report: Report) -> None:
    found = report(*RING, "--compare", "gan,wgan:learning_rate_d=0.002,wgan-gp", "--set", "clip=0.5", "--set",
                   "gp_weight=3", "--set", "learning_rate_d=0.01", "--at", "2:gp_weight=4", "--at", "3:critic_steps=2")
    gan, wgan, wgan_gp = (run["controls"] for run in found["runs"])
    assert (gan["learning_rate_d"], wgan["learning_rate_d"], wgan_gp["learning_rate_d"]) == (0.01, 0.002, 0.01)
    assert "clip" not in gan and wgan["clip"] == 0.5 and wgan_gp["gp_weight"] == 3.0
    alone = report(*RING, "--variant", "wgan-gp", "--set", "gp_weight=3", "--set", "learning_rate_d=0.01", "--set",
                   f"batch_size={gan['batch_size']}", "--at", "2:gp_weight=4", "--at", "3:critic_steps=2")
    assert alone["hash"] == found["runs"][2]["hash"]
    assert found["runs"][0]["seen"] == (3 * gan["critic_steps"] + 3 * 2) * gan["batch_size"]


def test_entries_may_differ_in_their_networks(report: Report) -> None:
    found = report(*RING, "--compare", "gan,gan:latent_dim=5,gan:latent=uniform:width=9")
    assert [run["network_controls"]["latent_dim"] for run in found["runs"]] == [2, 5, 2]
    assert [run["network_controls"]["width"] for run in found["runs"]] == [8, 8, 9]
    assert found["shared"]["data"] is not None
    assert found["shared"]["latent_discriminator"] is None and found["shared"]["latent_generator"] is None
    assert found["notes"] == [
        "D's noise and G's noise are not shared: latents differ in size or law (gan: 2 gaussian, gan:latent_dim=5: "
        "5 gaussian, gan:latent=uniform:width=9: 2 uniform)"]
    line = report("train", "--data", "mixture", "--device", "cpu", "--steps", "2", "--set", "batch_size=16",
                  "--net-set", "width=8", "--net-set", "start=data", "--compare", "gan,gan:network=affine")
    assert [run["network"] for run in line["runs"]] == ["mlp", "affine"]


def test_seeds_give_mean_and_spread(report: Report) -> None:
    found = report(*RING, "--compare", "gan,wgan-gp", "--set", "batch_size=16", "--seeds", "3..5")
    assert [(run["seed"], run["variant"]) for run in found["runs"]] == [
        (seed, variant) for seed in (3, 4, 5) for variant in ("gan", "wgan-gp")]
    assert found["seeds"] == [3, 4, 5]
    assert [one["entry"] for one in found["summary"]] == ["gan", "wgan-gp"]
    for at, one in enumerate(found["summary"]):
        runs = found["runs"][at::2]
        assert one["runs"] == 3 and one["diverged"] == 0
        for name in ("w1", "sliced_w1"):
            values = [run["measures"][name] for run in runs]
            assert one["measures"][name]["mean"] == pytest.approx(np.mean(values))
            assert one["measures"][name]["spread"] == pytest.approx(np.std(values, ddof=1))
            assert one["floors"][name]["mean"] == pytest.approx(np.mean([run["floors"][name] for run in runs]))
        undefined = one["measures"]["sd_ratio"]
        assert undefined["runs"] == sum(run["measures"]["sd_ratio"] is not None for run in runs)
    assert found["by_seed"][0]["shared"] == found["shared"]
    assert len({each["shared"]["data"] for each in found["by_seed"]}) == 3
    alone = report(*RING, "--compare", "gan,wgan-gp", "--set", "batch_size=16", "--seed", "4")
    assert [run["hash"] for run in alone["runs"]] == [run["hash"] for run in found["runs"][2:4]]
    assert alone["shared"] == found["by_seed"][1]["shared"] and "summary" not in alone
    single = report(*RING, "--compare", "gan,wgan-gp", "--set", "batch_size=16", "--seeds", "4..4")
    assert single["summary"][0]["measures"]["w1"]["spread"] is None


def test_the_table_has_a_row_for_each_run_and_one_for_the_floors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RING, "--compare", "gan,wgan-gp:critic_steps=1", "--set", "batch_size=16"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    lines = printed.out.splitlines()
    assert lines[0].startswith(
        "gan, wgan-gp:critic_steps=1 on ring: 2 runs in lockstep, 6 steps, seed 0, batches of 16, ")
    named = [line for line in lines[1:] if line.startswith(("gan ", "wgan-gp:critic_steps=1 ", "perfect generator "))]
    assert [line.split()[0] for line in named] == ["gan", "wgan-gp:critic_steps=1", "perfect"]
    assert len({len(line.rstrip()) for line in named}) == 1, "numbers end in one column"
    assert re.search("the same for all runs: real samples [0-9a-f]{12}, D's noise [0-9a-f]{12}, G's noise "
                     r"[0-9a-f]{12} \(SHA-256 of the first 6 updates\)", printed.out)


def test_the_table_of_seeds_has_spreads_and_says_what_is_not_shared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RING, "--compare", "gan,gan:latent_dim=3", "--set", "batch_size=16", "--seeds", "0..1"]) == 0
    printed = capsys.readouterr().out
    assert "2 runs in lockstep, 6 steps, seeds 0 to 1" in printed and "±" in printed
    assert "the same for all runs, with each seed: real samples (SHA-256 of the first 6 updates)" in printed
    assert "\nD's noise and G's noise are not shared: latents differ in size or law (gan: 2 gaussian, gan" in printed


def test_the_number_of_steps_is_the_first_ones(
    report: Report, monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ganstudio.variants.wgan_gp import WGANGP

    monkeypatch.setattr(WGANGP, "presets", {"toy": type(WGANGP.presets["toy"])(title="T", source="s", steps=4)})
    found = report("train", "--data", "ring", "--compare", "wgan-gp,gan", "--set", "batch_size=16", "--net-set",
                   "width=8", "--device", "cpu")
    assert [run["steps"] for run in found["runs"]] == [4, 4]


def test_no_steps_at_all(report: Report) -> None:
    found = report(*RING, "--compare", "gan,wgan", "--steps", "0")
    assert set(found["shared"].values()) == {None}
    assert [run["steps"] for run in found["runs"]] == [0, 0]


def test_each_run_can_be_kept_in_a_file_of_its_own(report: Report, tmp_path: Path) -> None:
    words = [*RING, "--compare", "gan,wgan-gp:critic_steps=1", "--set", "batch_size=16", "--at",
             "2:learning_rate_g=0.1"]
    found = report(*words, "--run", str(tmp_path / "two.ganrun"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["two-1 gan.ganrun", "two-2 wgan-gp.ganrun"]
    for run in found["runs"]:
        kept = restore(Path(run["run"]))
        assert kept.game.weights_hash() == run["hash"] and len(kept.log) == 1
        reader = RunReader(Path(run["run"]))
        assert reader.plan().steps == 6
        reader.close()
    assert [run["hash"] for run in report(*words)["runs"]] == [run["hash"] for run in found["runs"]]
    many = report(*words, "--run", str(tmp_path), "--seeds", "1..2")
    assert [Path(run["run"]).name for run in many["runs"]] == [
        f"comparison-{at} {name} seed {seed}.ganrun" for seed in (1, 2) for at, name in ((1, "gan"), (2, "wgan-gp"))]


def test_a_file_that_exists_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "two-2 wgan.ganrun").write_bytes(b"years of work")
    assert main([*RING, "--compare", "gan,wgan", "--run", str(tmp_path / "two.ganrun")]) == 2
    assert "exists already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["two-2 wgan.ganrun"]


def test_a_run_that_diverges_stops_and_is_said_so(capsys: pytest.CaptureFixture[str], report: Report) -> None:
    bad = "wgan-gp:learning_rate_d=1:learning_rate_g=1:gp_weight=100:optimiser_d=sgd:optimiser_g=sgd:schedule=constant"
    words = [*RING, "--compare", f"gan,{bad}", "--set", "batch_size=16", "--steps", "120"]
    found = report(*words, status=1)
    good, gone = found["runs"]
    assert (good["steps"], good["diverged"]) == (120, None) and good["measures"]
    assert gone["steps"] < 120 and set(gone["diverged"]) == {"term", "at", "value"} and gone["measures"] == {}
    assert main(words) == 1
    printed = capsys.readouterr()
    assert "diverged: the term '" in printed.err and "it stopped, the others went on" in printed.err
    assert f"{bad} (diverged)" in printed.out


# Bad input ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "named"), [
    (["--compare", "gan"], ["--compare takes 2 to 6 runs separated by commas, not 1: 'gan'"]),
    (["--compare", ""], ["--compare takes 2 to 6 runs", "not 1"]),
    (["--compare", ",".join(["gan"] * 7)], ["--compare takes 2 to 6 runs", "not 7"]),
    (["--compare", "gan,wgna"], ["unknown variant 'wgna'", "did you mean 'wgan'?"]),
    (["--compare", "gan,"], ["entry 2 of --compare names no variant"]),
    (["--compare", "gan,:critic_steps=1"], ["entry 2 of --compare names no variant"]),
    (["--compare", "gan,wgan:clip"], ["entry 2 of --compare has 'clip' after wgan"]),
    (["--compare", "gan,wgan:=1"], ["entry 2 of --compare has '=1' after wgan"]),
    (["--compare", "gan,wgan:clpi=1"], ["unknown control of variant wgan or its network mlp 'clpi'", "'clip'"]),
    (["--compare", "gan,wgan:clip=lots"], ["clip takes a number from", "'lots'"]),
    (["--compare", "gan,wgan:preset=papr"], ["unknown preset of wgan 'papr'", "did you mean 'paper'?"]),
    (["--compare", "gan,wgan:network=mpl"], ["unknown network 'mpl'", "did you mean 'mlp'?"]),
    (["--compare", "gan,began"], ["variant began is for image data, and ring is plane data"]),
    (["--compare", "gan,cgan", "--data", "moons"], ["variant cgan needs a label"]),
    (["--compare", "gan,wgan", "--data", "rng"], ["unknown data set 'rng'"]),
    (["--compare", "gan,wgan", "--set", "gp_weight=1"], ["unknown control of the variants gan and wgan 'gp_weight'"]),
    (["--compare", "gan,wgan", "--set", "clip=1e9"], ["clip = 1000000000 is out of range"]),
    (["--compare", "gan,wgan", "--net-set", "widht=1"], ["unknown control of network mlp 'widht'", "'width'"]),
    (["--compare", "gan,wgan", "--at", "2:gp_weight=1"], ["unknown control of the variants gan and wgan 'gp_weight'"]),
    (["--compare", "gan,wgan", "--at", "6:clip=0.1"], ["--at 6:clip=0.1 is past the last step"]),
    (["--compare", "gan,wgan", "--at", "2:packing=2"], ["packing is not live"]),
    (["--compare", "gan,wgan", "--variant", "gan"], ["--variant gan does not go with --compare"]),
    (["--compare", "gan,wgan", "--resume", "x.ganrun"], ["--resume does not go with --compare"]),
    (["--compare", "gan,wgan", "--data-path", "."], ["--data-path . is for a run that goes on"]),
    (["--compare", "gan,wgan", "--seeds", "4"], ["--seeds takes a range FIRST..LAST", "'4'"]),
    (["--compare", "gan,wgan", "--seeds", "a..4"], ["the first seed of --seeds takes a whole number", "'a'"]),
    (["--compare", "gan,wgan", "--seeds", "4..1"], ["--seeds 4..1 is not possible: the last seed is at least"]),
    (["--compare", "gan,wgan", "--seeds", "0..5000"], ["there are at most 1,000"]),
    (["--compare", "gan,wgan", "--seeds=-1..3"], ["the first seed of --seeds = -1 is out of range"]),
    (["--compare", "gan,wgan", "--seeds", "0..1", "--seed", "3"], ["--seed 3 does not go with --seeds 0..1"]),
    (["--seeds", "0..3", "--variant", "gan"], ["--seeds 0..3 is for comparisons and goes with --compare"]),
    (["--compare", "gan,wgan", "--steps", "-5"], ["--steps = -5 is out of range"]),
    (["--compare", "gan,wgan", "--run", "/no/such/folder/x"], ["/no/such/folder"]),
    (["--compare", "gan,wgan", "--run", "x" * 400], ["longer than the system takes"]),
])
def test_bad_input_is_one_sentence_and_makes_nothing(
    words: list[str], named: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:
    assert main([*RING, "--run", str(tmp_path / "x.ganrun"), *words, "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    last = captured.err.splitlines()[-1]
    assert last.startswith("ganstudio: ") and len(last) < 700
    assert captured.err.count("ganstudio: ") == 1
    for thing in named:
        assert thing in last
    assert list(tmp_path.iterdir()) == []


def test_data_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--compare", "gan,wgan"]) == 2
    captured = capsys.readouterr()
    assert "--data is required" in captured.err and captured.err.count("\n") == 1


def test_an_entry_is_read_as_it_is_written() -> None:
    assert entries_of("gan, wgan-gp : critic_steps=1:preset=toy") == [
        Entry(text="gan", variant="gan", own={}),
        Entry(text="wgan-gp : critic_steps=1:preset=toy", variant="wgan-gp",
              own={"critic_steps": "1", "preset": "toy"})]
