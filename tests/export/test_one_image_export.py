"""A run of one image, exported: the latent of its ONNX is the noise of the coarsest scale; images are not square."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.export.generator import write_generator
from ganstudio.export.onnx import write_onnx
from ganstudio.export.report import reported
from ganstudio.training.measuring import OF_ONE_IMAGE
from ganstudio.training.recorder import Recorder
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


def test_a_report_shows_the_image_once_and_says_how_many_samples_it_is_from(run: Trainer, tmp_path: Path) -> None:
    Recorder(tmp_path / "one.ganrun", run).close()
    report = reported(tmp_path / "one.ganrun", run, 2500)
    assert report.measures_caption.startswith(f"From {OF_ONE_IMAGE} samples of each kind.")
    assert [picture.caption.split(" of ")[0] for picture in report.pictures] == ["64 generated images", "1 real image"]
    better = {row.title: row.better for row in report.measures}
    assert better["patch distance"] == "near the perfect one" and better["reconstruction error"] == "lower"
    assert better["patch distance, blurred image"] == "–", "a ceiling has no floor to be near"
