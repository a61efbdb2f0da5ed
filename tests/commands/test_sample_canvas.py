"""Samples of a run of one image on any canvas, with noise from a scale on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.cli import main

SMALL = ["--set", "iterations_per_scale=8", "--set", "learning_rate_g=0.01", "--net-set", "width=4", "--net-set",
         "scales=2", "--threads", "1", "--dtype", "float32", "--device", "cpu"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "one.ganrun"
    asked = ["train", "--variant", "singan", "--data", "one-image", "--steps", "10", "--run", str(path)]
    assert main([*asked, *SMALL]) == 0
    return path


@pytest.mark.parametrize(("options", "shape"), [
    ([], (3, 36, 48, 3)), (["--canvas", "2x1"], (3, 36, 96, 3)), (["--canvas", "0.5x1.5"], (3, 54, 24, 3)),
    (["--from-scale", "1"], (3, 36, 48, 3))])
def test_samples_of_any_canvas(run: Path, tmp_path: Path, options: list[str], shape: tuple[int, ...]) -> None:
    outs = [tmp_path / f"{at}.npz" for at in range(3)]
    for out, seed in zip(outs, ("1", "1", "2"), strict=True):
        assert main(["sample", str(run), "--n", "3", "--seed", seed, "--out", str(out), *options]) == 0
    made, again, other = (np.load(out)["samples"] for out in outs)
    assert made.shape == shape
    assert np.array_equal(made, again) and not np.array_equal(made, other)
    assert not np.array_equal(made[0], made[1])


def test_a_picture_of_wide_samples(run: Path, tmp_path: Path) -> None:
    assert main(["sample", str(run), "--n", "4", "--canvas", "2x1", "--out", str(tmp_path / "wide.png")]) == 0
    with Image.open(tmp_path / "wide.png") as picture:
        assert picture.size == (2 * 96 + 2, 2 * 36 + 2)


@pytest.mark.parametrize(("options", "said"), [
    (["--canvas", "two"], "--canvas takes width x height over the image's"),
    (["--canvas", "9x1"], "--canvas 9x1: wide = 9 is out of range"),
    (["--canvas", ""], "--canvas takes width x height"), (["--from-scale", ""], "--from-scale takes a whole number"),
    (["--canvas", "2x1", "--label", "0"], "--label 0: variant singan does not take labels"),
    (["--from-scale", "3"], "--from-scale 3 is not there yet: the run is at scale 1 of 0 to 1"),
    (["--from-scale", "-1"], "--from-scale = -1 is out of range: allowed is 0"),
])
def test_what_cannot_be_drawn_is_said(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str,
) -> None:
    assert main(["sample", str(run), "--out", str(tmp_path / "none.png"), *options]) != 0
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "none.png").exists()
