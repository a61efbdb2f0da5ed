"""Generators of styles outside the studio: truncation in files, samples and films, and a walk straight through W."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from ganstudio.cli import main
from ganstudio.core.images import grid, pixels
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.export.generator import GeneratorFile, read_generator, write_generator
from ganstudio.export.latent_walk_film import PICTURES, STOPS, Walking
from ganstudio.networks.parts.style_look import StyleLook, truncated_samples
from ganstudio.training.checkpoint import rebuild
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer

NETWORK: dict[str, Any] = {"latent_dim": 8, "w_dim": 8, "width": 4, "mapping_layers": 2, "resolution": 8}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "styles.ganrun"
    trainer = Trainer(Spec(
        variant="r1-gan", data="digits", network="style2", seed=3, device="cpu", threads=1, dtype="float32",
        memory="contiguous", controls={"batch_size": 4, "critic_steps": 1, "ema_decay": 0.5},
        data_controls={"count": 100}, network_controls=NETWORK))
    recorder = Recorder(path, trainer)
    for _ in range(3):
        trainer.step()
    recorder.note(trainer.flush())
    recorder.close()
    return path


@pytest.fixture(scope="module")
def trainer(run: Path) -> Trainer:
    return rebuild(run, None).trainer


def by_hand(trainer: Trainer, z: torch.Tensor, psi: float) -> torch.Tensor:
    """Truncated images of the running mean; the noise, whose strength is still near 0, is another one."""
    with trainer.view.at_rest() as modules:
        G = modules["G"]
        w = G.w_avg + psi * (G.mapping(z) - G.w_avg)
        made: torch.Tensor = G.synthesis(w[:, None].repeat(1, G.num_ws, 1))
    return made


def test_psi_is_noted_in_the_file_and_applied_when_it_is_read(trainer: Trainer, tmp_path: Path) -> None:
    z = trainer.view.latents[:5]
    for psi in (1.0, 0.5, 0.0):
        write_generator(trainer, tmp_path / f"{psi}.safetensors", psi)
        module, words = read_generator(tmp_path / f"{psi}.safetensors")
        assert words.psi == psi
        torch.testing.assert_close(module(z), by_hand(trainer, z, psi), atol=2e-2, rtol=0)
    whole, cut = (((tmp_path / f"{psi}.safetensors").read_bytes()) for psi in (1.0, 0.0))
    assert whole == cut
    one = read_generator(tmp_path / "0.0.safetensors")[0](z)
    assert float((one - one[:1]).abs().max()) < 2e-2 < float((by_hand(trainer, z, 1.0) - one).abs().max())


def test_a_file_that_asks_for_what_the_network_has_not_is_refused(tmp_path: Path) -> None:
    plain = Trainer(Spec(variant="gan", data="ring", device="cpu", threads=1, network_controls={"width": 8}))
    with pytest.raises(BadInput, match="network mlp has none"):
        write_generator(plain, tmp_path / "x.safetensors", 0.5)
    beside = write_generator(plain, tmp_path / "x.safetensors")
    words = msgspec.json.decode(beside.read_bytes(), type=GeneratorFile)
    beside.write_bytes(msgspec.json.encode(msgspec.structs.replace(words, psi=0.5)))
    with pytest.raises(BadInput, match="no w to truncate"):
        read_generator(tmp_path / "x.safetensors")


@pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None or importlib.util.find_spec("onnxscript") is None,
                    reason="the extra onnx and its runtime are not installed")
def test_an_onnx_file_has_the_truncation_baked_in(trainer: Trainer, tmp_path: Path) -> None:
    onnxruntime: Any = importlib.import_module("onnxruntime")

    from ganstudio.export.onnx import write_onnx

    write_onnx(trainer, tmp_path / "x.onnx", 0.0)
    session = onnxruntime.InferenceSession(tmp_path / "x.onnx", providers=["CPUExecutionProvider"])
    z = trainer.view.latents[:5]
    (made,) = session.run(None, {"z": z.numpy()})
    np.testing.assert_allclose(made, by_hand(trainer, z, 0.0).numpy(), atol=2e-2)


def test_samples_are_truncated_if_psi_asks_for_it(run: Path, trainer: Trainer, tmp_path: Path) -> None:
    made = {}
    for psi in ("1", "0.5", "0"):
        out = tmp_path / f"{psi}.npz"
        assert main(["sample", str(run), "--n", "6", "--psi", psi, "--out", str(out)]) == 0
        with np.load(out) as held:
            made[psi] = held["samples"].astype(float)
            z = torch.from_numpy(held["latents"])
    spreads = [float(made[psi].std(0).mean()) for psi in ("0", "0.5", "1")]
    assert spreads[0] < 0.5 < spreads[1] < spreads[2]
    assert np.abs(made["0.5"] - pixels(by_hand(trainer, z, 0.5).numpy())).max() <= 2


def test_psi_where_it_cannot_be_is_said_in_a_sentence(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["export", str(run), "--psi", "0.5", "--out", str(tmp_path / "x.csv")],
                  ["export", str(run), "--psi", "3", "--out", str(tmp_path / "x.safetensors")],
                  ["sample", str(run), "--psi", "-1", "--out", str(tmp_path / "x.png")],
                  ["video", str(run), "--space", "w", "--out", str(tmp_path / "x.gif")],
                  ["video", str(run), "--interpolate", "--space", "q", "--out", str(tmp_path / "x.gif")]):
        assert main(words) == 2
        assert words[2] in capsys.readouterr().err or "space" in words[3]
    assert main(["export", str(run), "--psi", "0.5", "--out", str(tmp_path / "x.safetensors")]) == 0
    assert read_generator(tmp_path / "x.safetensors")[1].psi == 0.5


def test_a_walk_through_w_goes_straight_and_comes_home(run: Path, trainer: Trainer) -> None:
    walking = Walking(run, None, "w")
    assert walking.title.endswith("step 3, through W")
    assert np.array_equal(walking.images(0.0), walking.images(1.0))
    z = trainer.view.latents
    with trainer.view.at_rest() as modules:
        look = StyleLook(modules["G"])
        here, there = (look.w(z[stop * PICTURES : (stop + 1) * PICTURES]) for stop in (0, 1))
        half = pixels(look.images((here + there) / 2).numpy())
        whole = truncated_samples(modules["G"], z[:PICTURES], 1.0)
    sheet = grid(half, 4, 1, (0, 0, 0))
    assert np.abs(walking.images(0.5 / STOPS).astype(int) - sheet).max() <= 1
    assert not np.array_equal(walking.images(0.5 / STOPS), Walking(run, None).images(0.5 / STOPS))
    assert np.abs(walking.images(0.0).astype(int) - grid(pixels(whole.numpy()), 4, 1, (0, 0, 0))).max() <= 2


def test_what_has_no_w_cannot_be_walked_through(tmp_path: Path) -> None:
    path = tmp_path / "digits.ganrun"
    plain = Trainer(Spec(variant="dcgan", data="digits", device="cpu", threads=1, data_controls={"count": 100},
                         controls={"batch_size": 4}, network_controls={"width": 4, "resolution": 8}))
    recorder = Recorder(path, plain)
    plain.step()
    recorder.note(plain.flush())
    recorder.close()
    with pytest.raises(BadInput, match="has no W"):
        Walking(path, None, "w")
