"""VQGAN's modules: their sizes, what they see, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from ganstudio.core.control import Value, validated
from ganstudio.core.dataset import DataShape
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.vqgan import VQGAN, VQGANControls


def modules(side: int = 32, **controls: Value) -> dict[str, nn.Module]:
    c = validated(VQGANControls, controls)
    return VQGAN().modules(c, DataShape(x=(3, side, side)), lambda purpose: torch.Generator().manual_seed(len(purpose)))


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_modules_have_the_sizes_of_their_layers() -> None:
    made = modules()
    assert {name: round(count(module), -3) for name, module in made.items()} == {
        "C": 0, "D": 20_000, "E": 106_000, "G": 106_000, "T": 156_000}
    assert count(made["C"]) == 16 * 16


@pytest.mark.parametrize(("side", "steps", "grid"), [(32, 2, 8), (64, 2, 16), (64, 3, 8), (128, 4, 8)])
def test_images_become_grids_of_codes_and_images_again(side: int, steps: int, grid: int) -> None:
    made: dict[str, Any] = modules(side, steps_down=steps, width=8, prior_width=8)
    x = torch.randn(2, 3, side, side)
    codes = made["C"].nearest(made["E"](x))
    assert codes.shape == (2, grid, grid) and made["C"].grid == grid
    assert made["G"](made["C"](codes)).shape == x.shape
    assert made["T"](codes.flatten(1)).shape == (2, grid * grid, 16)


@pytest.mark.parametrize(("sight", "reach"), [("own square", (4, 4)), ("neighbours", (20, 20))])
def test_what_a_code_sees(sight: str, reach: tuple[int, int]) -> None:
    E = modules(sight=sight)["E"]
    x = torch.randn(1, 3, 32, 32, requires_grad=True)
    (gradient,) = torch.autograd.grad(E(x)[0, :, 4, 4].sum(), x)
    seen = gradient[0].abs().sum(0) > 0
    rows, columns = (int(seen.any(axis).sum()) for axis in (1, 0))
    assert (rows, columns) == reach
    if sight == "own square":
        assert seen[16:20, 16:20].all()


def test_a_score_of_the_small_discriminator_sees_18_px() -> None:
    D = modules()["D"]
    x = torch.randn(1, 3, 32, 32, requires_grad=True)
    scores = D(x)
    assert scores.shape == (1, 1, 8, 8)
    (gradient,) = torch.autograd.grad(scores[0, 0, 4, 4], x)
    assert int((gradient[0].abs().sum(0) > 0).any(0).sum()) == 18


def test_the_papers_discriminator_has_batch_norm_and_sees_70_px() -> None:
    made = modules(128, norm_d="batch", patch_layers=3, width_d=4, steps_down=3, width=4, prior_width=8)
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in made["D"].modules())
    assert made["D"].field.side == 70  # type: ignore[union-attr]
    assert VQGAN().batch_dependence(validated(VQGANControls, {"norm_d": "batch"})) == "batch norm"


@pytest.mark.parametrize(("side", "controls", "word"), [
    (8, {"steps_down": 3}, "steps_down"), (8, {"patch_layers": 4}, "patch_layers"), (20, {}, "power of two"),
    (32, {"prior_width": 30, "prior_heads": 4}, "prior_heads")])
def test_what_cannot_be_is_refused(side: int, controls: dict[str, Value], word: str) -> None:
    with pytest.raises(BadInput, match=word):
        modules(side, **controls)
