"""``ganstudio export``: each ending writes its file, and what cannot be done is said in one sentence."""

from __future__ import annotations

import csv
import importlib.util
import json
import pickle
from pathlib import Path

import pytest

from ganstudio.cli import main


@pytest.fixture
def run(small_run: Path) -> Path:
    return small_run


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The sentence with which a command is refused."""
    capsys.readouterr()
    assert main(["export", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    sentence = captured.err.splitlines()[-1]
    assert sentence.startswith("ganstudio: ")
    return sentence


@pytest.mark.parametrize("suffix", [".csv", ".CSV", ".safetensors", ".html"])
def test_each_ending_writes_its_file(
    suffix: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / f"x{suffix}"
    few = ["--samples", "120"] if suffix == ".html" else []
    assert main(["export", str(run), "--out", str(out), "--json", *few]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["run"] == str(run)
    assert sorted(told["files"]) == sorted(str(path) for path in tmp_path.iterdir())
    assert str(out) in told["files"] and out.stat().st_size > 0


def test_the_curves_are_the_runs(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(run), "--out", str(tmp_path / "x.csv")]) == 0
    assert "terms of 12 updates" in capsys.readouterr().out
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["player"][0] for row in rows] == list("ddg" * 4)


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="the extra is not installed")
def test_a_tensorboard_log(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(run), "--tensorboard", str(tmp_path / "log")]) == 0
    assert "TensorBoard" in capsys.readouterr().out
    assert [path.name[:18] for path in (tmp_path / "log").iterdir()] == ["events.out.tfevent"]


def test_words_that_do_not_stand_are_refused(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--out" in refused(capsys, str(run))
    assert "not allowed with" in refused(capsys, str(run), "--out", "x.csv", "--tensorboard", "y")
    assert ".safetensors" in refused(capsys, str(run), "--out", str(tmp_path / "x.pt"))
    assert "does not exist" in refused(capsys, str(run), "--out", str(tmp_path / "no" / "x.csv"))
    assert "is for a report" in refused(capsys, str(run), "--out", str(tmp_path / "x.csv"), "--samples", "200")
    assert "not there" in refused(capsys, str(tmp_path / "no.ganrun"), "--out", str(tmp_path / "x.csv"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".csv", ".safetensors", ".onnx", ".html"])
def test_a_file_that_is_no_run_is_refused(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.ganrun"
    bad.write_bytes(pickle.dumps({"spec": 1}))
    assert "not a GAN Studio run" in refused(capsys, str(bad), "--out", str(tmp_path / f"x{suffix}"))
    assert [path.name for path in tmp_path.iterdir()] == ["bad.ganrun"]


def test_a_generator_and_a_report_of_any_moment(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(run), "--out", str(tmp_path / "x.safetensors"), "--at", "3"]) == 0
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))["position"]["steps"] == 3
    assert main(["export", str(run), "--out", str(tmp_path / "x.html"), "--at", "2", "--samples", "500"]) == 0
    assert "a report of step 2 " in capsys.readouterr().out
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "samples, measures, the command and the hash are of step 2." in page
    assert "at least 4 of 500 samples" in page and "2500" not in page  # 20 of 2500
    assert "it goes with --out FILE and one of the endings .safetensors, .onnx, .html" in refused(
        capsys, str(run), "--out", str(tmp_path / "x.csv"), "--at", "2")
    assert "--at 2 is for an export of one moment" in refused(
        capsys, str(run), "--tensorboard", str(tmp_path / "log"), "--at", "2")


def test_the_run_itself_is_never_written_over(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.csv"  # a run under another ending is one all the same
    path.write_bytes(run.read_bytes())
    assert "the run itself" in refused(capsys, str(path), "--out", str(path))
    assert path.read_bytes() == run.read_bytes()


def test_a_missing_extra_is_named(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    assert "pip install onnx onnxscript" in refused(capsys, str(run), "--out", str(tmp_path / "x.onnx"))
    assert "pip install tensorboard" in refused(capsys, str(run), "--tensorboard", str(tmp_path / "log"))
    assert not list(tmp_path.iterdir())


def test_help_says_what_stands_in_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    printed = capsys.readouterr().out
    assert "discriminator.penalty" in printed and "--tensorboard" in printed
    assert max(map(len, printed.splitlines())) <= 100
