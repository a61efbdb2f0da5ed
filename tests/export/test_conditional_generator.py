"""A conditional generator makes the same images outside the studio."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from small_games import small

from ganstudio.core.system.errors import BadInput
from ganstudio.core.turn import Given
from ganstudio.export.conditional_generator import conditional_generator
from ganstudio.export.generator import GeneratorFile, write_generator
from ganstudio.export.onnx import DESCRIPTION, write_onnx
from ganstudio.networks.parts.noise import NoiseDropout
from ganstudio.training.trainer import Trainer

CONDITIONAL = ("cgan", "gawwn", "pix2pix", "stargan-v2")  # between them they take every input
there = all(importlib.util.find_spec(name) for name in ("onnx", "onnxscript", "onnxruntime"))


def trained(variant: str) -> Trainer:
    trainer = Trainer(msgspec.structs.replace(small(variant), device="cpu", threads=1, controls={"batch_size": 4}))
    trainer.step()
    return trainer


@pytest.mark.parametrize("variant", CONDITIONAL)
@pytest.mark.skipif(not there, reason="the extra onnx is not installed")
def test_onnx_makes_what_the_run_makes(variant: str, tmp_path: Path) -> None:
    onnxruntime = importlib.import_module("onnxruntime")
    trainer = trained(variant)
    game = trainer.game
    for module in game.modules.values():
        for layer in module.modules():
            if isinstance(layer, NoiseDropout):
                layer.p = 0.0  # which draws each time
    write_onnx(trainer, tmp_path / "x.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "x.onnx"), providers=["CPUExecutionProvider"])
    words = msgspec.json.decode(session.get_modelmeta().custom_metadata_map[DESCRIPTION], type=GeneratorFile)
    assert [each.name for each in session.get_inputs()] == [each.name for each in words.inputs]
    _, _, shown = conditional_generator(trainer)
    assert [list(part.shape[1:]) for part in shown.values()] == [each.shape for each in words.inputs]
    for n in (1, 3):
        rows = {name: part[:1].repeat(n, *[1] * (part.dim() - 1)) for name, part in shown.items()}
        (made,) = session.run(["samples"], {
            each.name: part.numpy() for each, part in zip(words.inputs, rows.values(), strict=True)})
        assert made.shape == (n, *game.data.shape)
        assert np.abs(made - _made(trainer, rows)).max() < 1e-4


def _made(trainer: Trainer, rows: dict[str, Any]) -> Any:
    """By the studio's own ways, of the run's own modules."""
    game, given = trainer.game, Given(phase=trainer.game.phase, **rows)
    with torch.no_grad(), trainer.view.looked_at():
        if game.average is not None and game.average.count:
            modules: Any = {**game.modules, **game.average.modules}
        else:
            modules = game.modules
        if given.attributes is not None and given.source is not None:
            return game.variant.change_attributes(modules, given).numpy()
        return game.network.picture(game.variant.generate(modules, given)).numpy()


def test_weights_alone_are_refused_with_the_way_that_there_is(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"exported as ONNX, with --out FILE\.onnx"):
        write_generator(trained("pix2pix"), tmp_path / "x.safetensors")
    assert not list(tmp_path.iterdir())
