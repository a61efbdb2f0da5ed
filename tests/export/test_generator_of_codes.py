"""A generator that draws codes as it goes: samples can be had, a file of it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.cli import main
from ganstudio.core.system.errors import BadInput
from ganstudio.export.conditional_generator import conditional_generator
from ganstudio.export.generator import finished
from ganstudio.training.checkpoint import rebuild

WORDS = ["--variant", "vqgan", "--data", "digits", "--data-set", "count=100", "--net-set", "width=4", "--net-set",
         "prior_width=8", "--set", "batch_size=4", "--set", "first_steps=2", "--dtype", "float32", "--threads", "1"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("codes") / "a.ganrun"
    assert main(["train", *WORDS, "--steps", "4", "--run", str(path)]) == 0
    return path


def test_a_file_of_it_is_refused_in_one_sentence(run: Path) -> None:
    trainer = rebuild(run, None).trainer
    for export in (finished, conditional_generator):
        with pytest.raises(BadInput, match=r"has no latent and no other input.*ganstudio sample"):
            export(trainer)


@pytest.mark.parametrize("words", [["export", "{run}", "--out", "{folder}/g.onnx"],
                                   ["video", "{run}", "--interpolate", "--out", "{folder}/g.gif"]])
def test_commands_say_so(run: Path, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word.format(run=run, folder=tmp_path) for word in words]) != 0
    assert "no latent" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_seeds_give_other_samples_in_every_block(run: Path, tmp_path: Path) -> None:
    found = {}
    for seed in ("0", "1"):
        out = tmp_path / f"{seed}.npz"
        assert main(["sample", str(run), "--seed", seed, "--n", "300", "--out", str(out)]) == 0
        with np.load(out) as held:
            found[seed] = held["samples"]
    assert len(np.unique(found["0"].reshape(300, -1), axis=0)) > 290
    assert not np.array_equal(found["0"], found["1"])


def test_a_run_is_repeated_bit_for_bit_across_the_border(run: Path) -> None:
    assert main(["replay", str(run)]) == 0
