"""The first samples of a seed are the same however many are drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.cli import main


@pytest.mark.parametrize(("words", "counts"), [
    (["--variant", "gan", "--data", "ring", "--net-set", "width=8"], (1, 5, 64, 65, 1000)),
    (["--variant", "cgan", "--data", "ring", "--net-set", "width=8"], (1, 7, 200)),
    (["--variant", "dcgan", "--data", "digits", "--data-set", "count=100", "--net-set", "width=4", "--set",
      "batch_size=4", "--dtype", "float32"], (1, 5, 70)),
    (["--variant", "vqgan", "--data", "digits", "--data-set", "count=100", "--net-set", "width=4", "--net-set",
      "prior_width=8", "--set", "batch_size=4", "--set", "first_steps=1", "--dtype", "float32"], (1, 5, 70)),
])
def test_the_first_are_the_same_for_every_number(words: list[str], counts: tuple[int, ...], tmp_path: Path) -> None:
    run = tmp_path / "a.ganrun"
    assert main(["train", *words, "--steps", "2", "--run", str(run)]) == 0
    drawn = []
    for count in counts:
        out = tmp_path / f"{count}.npz"
        assert main(["sample", str(run), "--seed", "5", "--n", str(count), "--out", str(out)]) == 0
        with np.load(out, allow_pickle=False) as held:
            drawn.append({name: held[name] for name in held})
    most = drawn[-1]
    for count, found in zip(counts, drawn, strict=True):
        for name, values in found.items():
            assert len(values) == count
            np.testing.assert_allclose(values.astype(float), most[name][:count].astype(float),
                                       atol=1.0 if values.dtype == np.uint8 else 1e-5)
