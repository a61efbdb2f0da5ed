"""The first samples of a seed are the same however many are drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.cli import main
from ganstudio.core.control import Value
from ganstudio.core.protocol.spec import Spec
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer

NET: dict[str, Value] = {"width": 8}
FEW: dict[str, Value] = {"count": 100}
SMALL: dict[str, Value] = {"batch_size": 4}
CASES = [
    (Spec(variant="gan", data="ring", network_controls=NET), (1, 5, 64, 65, 1000)),
    (Spec(variant="cgan", data="ring", network_controls=NET), (1, 7, 200)),
    (Spec(variant="dcgan", data="digits", data_controls=FEW, network_controls={"width": 4}, controls=SMALL,
          dtype="float32"), (1, 5, 70)),
    (Spec(variant="vqgan", data="digits", data_controls=FEW, network_controls={"width": 4, "prior_width": 8},
          controls=SMALL | {"first_steps": 1}, dtype="float32"), (1, 5, 70)),
]


@pytest.mark.parametrize(("spec", "counts"), CASES, ids=[spec.variant for spec, _ in CASES])
def test_the_first_are_the_same_for_every_number(spec: Spec, counts: tuple[int, ...], tmp_path: Path) -> None:
    run = tmp_path / "a.ganrun"
    trainer = Trainer(spec)  # `train` would measure 2,500 images, which takes nearly all of the time
    recorder = Recorder(run, trainer)
    for _ in range(2):
        trainer.step()
    recorder.note(trainer.flush())
    recorder.close()
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
