"""A TensorBoard log read back by TensorBoard's own reader holds the run's terms, spec and samples."""

from __future__ import annotations

import importlib.util
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.export import tensorboard as tensorboard_export
from ganstudio.export.curves import Curve, curves, read_batches
from ganstudio.export.tensorboard import MOST_POINTS, by_step, write_tensorboard
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer

there = pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="the extra is not installed")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "run.ganrun"
    trainer = Trainer(Spec(variant="wgan-gp", data="ring", seed=5, device="cpu", threads=1,
                           controls={"batch_size": 8}, network_controls={"width": 4, "depth": 1}))
    recorder = Recorder(path, trainer)
    for _ in range(5):
        trainer.step()
    recorder.note(trainer.flush())
    recorder.close()
    return path


def read(folder: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        reader = importlib.import_module("tensorboard.backend.event_processing.event_accumulator")
        found = reader.EventAccumulator(str(folder))
        found.Reload()
    return found


@there
def test_the_log_holds_the_terms_the_spec_and_samples(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    write_tensorboard(run, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    found = read(folder)
    for curve in curves(read_batches(run)):
        events = found.Scalars(f"{curve.player}/{curve.name}")
        assert [event.step for event in events] == [1, 2, 3, 4, 5]
        each = curve.values.reshape(5, -1).mean(axis=1)  # of wgan-gp three updates of D a step, one of G
        assert np.allclose([event.value for event in events], each, rtol=1e-6)
    pictures = found.Images("samples")
    assert pictures and pictures[-1].step == 5
    shown = np.asarray(Image.open(io.BytesIO(pictures[-1].encoded_image_string)))
    for colour in (tensorboard_export.GENERATED, tensorboard_export.REAL):
        assert (shown == colour).all(axis=2).any()
    assert "_hparams_/experiment" in found.summary_metadata
    text = found.Tensors("spec/text_summary")[0].tensor_proto.string_val[0].decode()
    assert '    "variant": "wgan-gp",' in text


def test_means_over_steps_by_hand() -> None:
    curve = Curve("discriminator", "x", np.array([0.5, 1.0, 1.5, 2.0]), np.array([1, 3, 5, np.inf], np.float32))
    assert by_step(curve) == ([1, 2], [2.0, np.inf])
    lost = Curve("discriminator", "x", np.array([1.0, 2.0]), np.array([np.nan, 2], np.float32))
    steps, values = by_step(lost)
    assert steps == [1, 2] and np.isnan(values[0]) and values[1] == 2
    n = 2 * MOST_POINTS + 1
    long = Curve("generator", "x", np.arange(1.0, n + 1), np.arange(1, n + 1).astype(np.float32))
    steps, values = by_step(long)
    assert len(steps) <= MOST_POINTS and steps[0] == 3 and values[0] == 2.0 and steps[-1] == n


@there
def test_a_folder_that_holds_something_is_left_alone(run: Path, tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "mine").write_text("mine")
    with pytest.raises(BadInput, match="new or empty"):
        write_tensorboard(run, tmp_path / "log")
    with pytest.raises(BadInput, match="does not exist"):
        write_tensorboard(run, tmp_path / "no" / "log")
    assert [path.name for path in tmp_path.rglob("*")] == ["log", "mine"]


@there
def test_nothing_half_written_is_left(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tensorboard_export, "_write_spec", full)
    with pytest.raises(BadInput, match="No space left"):
        write_tensorboard(run, tmp_path / "log")
    assert not list(tmp_path.iterdir())


def test_without_the_extra_one_sentence_says_how_to_get_it(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    with pytest.raises(BadInput, match="pip install tensorboard"):
        write_tensorboard(run, tmp_path / "log")
    assert not list(tmp_path.iterdir())
