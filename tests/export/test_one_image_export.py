"""A generator of one image as ONNX: the latent is the noise of the coarsest scale; images are not square."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.export.generator import write_generator
from ganstudio.export.onnx import write_onnx
from ganstudio.training.trainer import Trainer


@pytest.fixture(scope="module")
def run() -> Trainer:
    made = Trainer(Spec(
        variant="singan", data="one-image", seed=3, device="cpu", threads=1, dtype="float32", memory="contiguous",
        controls={"iterations_per_scale": 1}, network_controls={"width": 4, "scales": 2}))
    while made.game.steps < 2:
        made.step()
    return made


def test_onnx_makes_what_the_studio_shows_but_for_the_noise_of_finer_scales(run: Trainer, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript")
    reference = pytest.importorskip("onnx.reference")
    write_onnx(run, tmp_path / "g.onnx")
    z = run.view.latents[:3]
    (made,) = reference.ReferenceEvaluator(str(tmp_path / "g.onnx")).run(None, {"z": z.numpy()})
    shown = run.view.generate(z).numpy()
    assert made.shape == shown.shape == (3, 3, 36, 48)
    assert np.abs(made - shown).mean() < 0.01


def test_a_single_module_is_no_whole_generator(run: Trainer, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="can be exported as ONNX"):
        write_generator(run, tmp_path / "g.safetensors")
