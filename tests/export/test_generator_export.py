"""A generator that has left the studio makes the same samples as the one inside."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from ganstudio.core.control import Value
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.export.generator import GeneratorFile, read_generator, write_generator
from ganstudio.export.onnx import DESCRIPTION, write_onnx
from ganstudio.networks.parts.noise import NoiseMap
from ganstudio.training.trainer import Trainer

SMALL: dict[str, dict[str, Value]] = {
    "mlp": {"width": 8, "depth": 2}, "dcgan": {"width": 4, "resolution": 16},
    "progressive": {"width": 8, "resolution": 16}, "style2": {"width": 8, "resolution": 8, "latent_dim": 8},
}


def trained(variant: str, data: str, network: str, memory: str = "contiguous", **controls: Value) -> Trainer:
    """A run of three steps in float32."""
    trainer = Trainer(Spec(
        variant=variant, data=data, network=network, seed=3, device="cpu", threads=1, dtype="float32",
        memory=memory, controls={"batch_size": 4, **controls},
        network_controls=SMALL[network]))
    for _ in range(3):
        trainer.step()
    return trainer


def fading() -> Trainer:
    """A progressive run whose second level is being faded in."""
    trainer = trained("progan", "digits", "progressive", images_per_level=4, images_per_fade=100)
    stage = trainer.game.phase.stage
    assert stage is not None and stage.level == 1 and 0 < stage.alpha < 1
    return trainer


def without_noise() -> Trainer:
    """A run of styles whose layers draw noise and add nothing of it: a file of ONNX draws its own."""
    trainer = trained("stylegan2", "digits", "style2")
    average = trainer.game.average
    assert average is not None
    for module in (average.module, trainer.game.modules["G"]):
        for layer in module.modules():
            if isinstance(layer, NoiseMap):
                with torch.no_grad():
                    layer.strength.zero_()
    return trainer


MADE = {
    "mlp": lambda: trained("wgan-gp", "ring", "mlp"),
    "dcgan": lambda: trained("gan", "digits", "dcgan"),
    "progressive": fading,
    "style2": without_noise,
}


@pytest.fixture(scope="module", params=sorted(MADE))
def trainer(request: pytest.FixtureRequest) -> Trainer:
    return MADE[request.param]()


def wanted(trainer: Trainer, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Latents, and what the studio shows for them."""
    z = trainer.view.latents[:n]
    averaged = trainer.view.average(z)
    return z, trainer.view.generate(z) if averaged is None else averaged


def test_a_rebuilt_generator_makes_the_same_bits(trainer: Trainer, tmp_path: Path) -> None:
    out = tmp_path / "x.safetensors"
    assert write_generator(trainer, out) == tmp_path / "x.json"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.json", "x.safetensors"]
    module, words = read_generator(out)
    z, samples = wanted(trainer, 5)
    made = module(z)
    assert list(made.shape[1:]) == words.samples.shape
    assert torch.equal(made, samples)
    assert words.averaged == (trainer.game.data.kind == "image")
    assert (words.hash, words.position, words.spec) == (trainer.game.weights_hash(), trainer.position, trainer.spec)


def test_weights_lie_in_a_file_as_all_programs_expect_them(tmp_path: Path) -> None:
    trainer = trained("gan", "digits", "dcgan", memory="channels_last")
    write_generator(trainer, tmp_path / "x.safetensors")
    z, samples = wanted(trainer, 5)
    assert torch.allclose(read_generator(tmp_path / "x.safetensors")[0](z), samples, atol=1e-6), "but for rounding"


def test_the_bits_are_those_of_the_running_mean_where_there_is_one(tmp_path: Path) -> None:
    trainer = MADE["dcgan"]()
    trainer.game.average.follow(0.5)  # type: ignore[union-attr]
    write_generator(trainer, tmp_path / "x.safetensors")
    module, _ = read_generator(tmp_path / "x.safetensors")
    ours = module.state_dict()
    mean = trainer.game.average.module.state_dict()  # type: ignore[union-attr]
    assert all(torch.equal(ours[name], tensor) for name, tensor in mean.items())
    raw = trainer.game.modules["G"].state_dict()
    assert any(not torch.equal(ours[name], tensor) for name, tensor in raw.items())


def test_without_a_running_mean_it_is_the_generator_itself(tmp_path: Path) -> None:
    trainer = trained("gan", "digits", "dcgan", ema_decay=0.0)
    write_generator(trainer, tmp_path / "x.safetensors")
    module, words = read_generator(tmp_path / "x.safetensors")
    assert not words.averaged
    raw = trainer.game.modules["G"].state_dict()
    assert all(torch.equal(module.state_dict()[name], tensor) for name, tensor in raw.items())


def test_the_users_units_stand_in_the_description(tmp_path: Path) -> None:
    points = np.random.default_rng(0).normal([10, -4], [3, 1], (200, 2))
    np.savetxt(tmp_path / "mine.csv", points, delimiter=",")
    trainer = Trainer(Spec(variant="wgan-gp", data="points", device="cpu", threads=1,
                           data_controls={"file": str(tmp_path / "mine.csv")}, network_controls=SMALL["mlp"]))
    write_generator(trainer, tmp_path / "x.safetensors")
    words = json.loads((tmp_path / "x.json").read_text())
    samples = words["samples"]
    assert samples["units"].startswith("1 data unit is") and samples["value_range"] is None
    spread = np.sqrt(((points - points.mean(axis=0)) ** 2).mean())
    assert np.allclose(samples["scale"], spread, rtol=1e-5)
    assert np.allclose(samples["shift"], points.mean(axis=0), rtol=1e-5)
    assert words["latent"] == {"law": "gaussian", "dimension": 2}


def _damage(path: Path, **changes: Any) -> None:
    words = json.loads(path.read_text())
    for name, value in changes.items():
        owner, _, last = name.rpartition("__")
        (words[owner] if owner else words)[last] = value
    path.write_text(json.dumps(words))


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"format": 7}, "format 7"), ({"latent": 3}, "describe"), ({"weights_sha256": "0" * 64}, "SHA-256"),
    ({"spec__network": "os.system"}, "unknown"), ({"samples__grown_shape": [10**9]}, "1024"),
    ({"samples__grown_shape": [3]}, "does not fit"),
])
def test_files_from_anybody_are_refused_in_a_sentence(changes: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    write_generator(MADE["mlp"](), tmp_path / "x.safetensors")
    _damage(tmp_path / "x.json", **changes)
    with pytest.raises(BadInput, match=sentence):
        read_generator(tmp_path / "x.safetensors")


def test_a_file_of_the_users_own_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"my": "thesis"}')
    with pytest.raises(BadInput, match="another file of that name"):
        write_generator(MADE["mlp"](), tmp_path / "x.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
    assert (tmp_path / "x.json").read_text() == '{"my": "thesis"}'


def test_both_files_or_none(tmp_path: Path) -> None:
    trainer = MADE["mlp"]()
    write_generator(trainer, tmp_path / "x.safetensors")
    before = (tmp_path / "x.json").read_bytes()
    (tmp_path / "x.safetensors").unlink()
    (tmp_path / "x.safetensors").mkdir()  # what cannot be replaced by a file
    trainer.step()
    with pytest.raises(BadInput, match="cannot be written"):
        write_generator(trainer, tmp_path / "x.safetensors")
    assert (tmp_path / "x.json").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.json", "x.safetensors"]


# ONNX -----------------------------------------------------------------------------------------------------------------

there = all(importlib.util.find_spec(name) for name in ("onnx", "onnxscript", "onnxruntime"))


@pytest.mark.skipif(not there, reason="the extra onnx is not installed")
def test_onnx_makes_the_same_samples(trainer: Trainer, tmp_path: Path) -> None:
    onnxruntime = importlib.import_module("onnxruntime")
    out = tmp_path / "x.onnx"
    write_onnx(trainer, out)
    assert [path.name for path in tmp_path.iterdir()] == ["x.onnx"], "one file holds it all"
    session = onnxruntime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
    for n in (1, 2, 7):
        z, samples = wanted(trainer, n)
        (made,) = session.run(["samples"], {"z": z.numpy()})
        assert made.shape == tuple(samples.shape)
        assert np.abs(made - samples.numpy()).max() < 1e-5
    held = session.get_modelmeta().custom_metadata_map[DESCRIPTION]
    words = msgspec.json.decode(held, type=GeneratorFile)
    assert words.hash == trainer.game.weights_hash() and words.weights == "x.onnx"


def test_without_the_extra_one_sentence_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    with pytest.raises(BadInput, match="pip install onnx onnxscript"):
        write_onnx(MADE["mlp"](), tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())
