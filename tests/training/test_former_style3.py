"""A run of StyleGAN3 from when its discriminator and mapping were classes of their own opens, and goes on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load
from torch import Tensor

from ganstudio.core.runs.reader import RunReader
from ganstudio.networks.parts.former_style3 import FORMER_W_AVG, FORMER_WEIGHT, present_parts
from ganstudio.networks.style3 import AliasFreeGenerator, Style3, Style3Controls
from ganstudio.training.branching import branch_run
from ganstudio.training.checkpoint import restore

OLD = Path(__file__).parents[1] / "data" / "former-style3" / "stylegan3.ganrun"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Path(shutil.copy(OLD, tmp_path / "old.ganrun"))


def stored(path: Path) -> dict[str, Tensor]:
    """The tensors of its last checkpoint, by the names that they had."""
    reader = RunReader(path)
    try:
        tensors: dict[str, Tensor] = load(reader.checkpoint().tensors)
        return tensors
    finally:
        reader.close()


def test_its_weights_means_and_average_are_those_that_were_kept(path: Path) -> None:
    kept, game = stored(path), restore(path).game
    assert game.steps == 9 and game.average is not None
    for part, module in (("average", game.average.module), ("module/G", game.modules["G"])):
        for name, tensor in module.state_dict().items():
            former = FORMER_W_AVG if name == "w_avg" else name
            assert torch.equal(tensor, kept[f"{part}/{former}"]), name
    for name, tensor in game.modules["D"].state_dict().items():
        layer, _, what = name.replace("head.", "score.").rpartition(".")
        former = f"{layer}{FORMER_WEIGHT}" if what == "weight" else f"{layer}.{what}"
        assert torch.equal(tensor, kept[f"module/D/{former}"]), name


def test_what_the_optimiser_remembers_of_ds_weights_lies_where_they_do_now() -> None:
    """Its vectors had each layer's biases before its weights."""
    D = Style3().discriminator(Style3Controls(width_d=4, resolution=8), (3, 8, 8), torch.Generator().manual_seed(0))
    with torch.no_grad():
        for p in D.parameters():
            p.normal_()
    present = dict(D.named_parameters())
    layers = dict.fromkeys(name.rpartition(".")[0] for name in present)
    former = [f"{layer}.{what}" for layer in layers for what in ("bias", "weight") if f"{layer}.{what}" in present]
    before = torch.cat([present[name].detach().flatten() for name in former])
    now = torch.cat([p.detach().flatten() for p in present.values()])
    part, other = "optimiser/discriminator.adam", {"flat": torch.arange(3.0)}
    given: dict[str, dict[str, Tensor]] = {
        "module/G": {FORMER_W_AVG: torch.zeros(1)}, "module/D": {}, part: {"second": before, "t": torch.tensor(9.0)},
        "optimiser/generator.adam": other}
    found = present_parts(given, {"D": D})
    assert torch.equal(found[part]["second"], now) and not torch.equal(before, now)
    assert found[part]["t"] == 9 and found["optimiser/generator.adam"] is other
    todays: Any = {**given, "module/G": {"w_avg": torch.zeros(1)}}
    assert present_parts(todays, {"D": D}) is todays


def test_its_average_keeps_its_half_life(path: Path) -> None:
    """.998 of the old mean at a batch of 8 is half of it after 2,770 images."""
    trainer = restore(path)
    assert trainer.settings()["average_images"] == 2770
    assert trainer.spec.controls["mixing"] == 0
    for _ in range(3):
        trainer.step()
    trainer.flush()
    assert trainer.divergence is None and trainer.game.steps == 12


def test_it_can_be_branched_off_from(path: Path) -> None:
    branch = branch_run(path, 9)
    assert branch.trainer.game.steps == 9
    assert branch.trainer.game.weights_hash() == restore(path).game.weights_hash()


def test_an_exported_generator_of_it_is_loaded(path: Path) -> None:
    G = restore(path).game.modules["G"]
    state = {name.removeprefix("module/G/"): tensor for name, tensor in stored(path).items()
             if name.startswith("module/G/")}
    before = {name: tensor.clone() for name, tensor in G.state_dict().items()}
    assert isinstance(G, AliasFreeGenerator)
    G.w_avg.zero_()
    G.load_state_dict(state)
    assert FORMER_W_AVG in state  # it is the caller's, and stays as it was
    assert all(torch.equal(tensor, before[name]) for name, tensor in G.state_dict().items())
