"""PatchGAN: what one score sees is the square that the paper names, to the pixel."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganstudio.networks.parts.patch_discriminator import PatchDiscriminator, map_side, receptive_field


@pytest.mark.parametrize(("n", "field"), [(0, 1), (1, 16), (2, 34), (3, 70)])
def test_one_pixel_moves_the_scores_that_see_it_and_no_others(n: int, field: int) -> None:
    assert receptive_field(n) == field
    torch.manual_seed(0)
    side = 96
    D = PatchDiscriminator(1, 2, n, norm=None).double()
    for layer in D.modules():  # every weight is positive: no path cancels another
        if isinstance(layer, nn.Conv2d):
            layer.weight.data.abs_()
            layer.bias.data.fill_(1.0)  # type: ignore[union-attr]
    x = torch.zeros(1, 1, side, side, dtype=torch.float64)
    before = D(x)[0, 0]
    assert before.shape == (map_side(side, n), map_side(side, n))
    row = column = side // 2
    x[0, 0, row, column] = 1.0
    moved = ((D(x)[0, 0] - before).abs() > 0).nonzero()
    stride = 2**n if n else 1
    # Each score begins a stride after the one before it, so so many of them see one pixel.
    across = moved[:, 0].unique()
    assert len(across) * stride == pytest.approx(field, abs=stride - 1) if n else len(across) == 1
    assert len(moved) == len(across) ** 2


@pytest.mark.parametrize("n", [1, 2])
def test_a_score_sees_a_square_of_that_side(n: int) -> None:
    torch.manual_seed(0)
    D = PatchDiscriminator(1, 2, n, norm=None).double()
    x = torch.randn(1, 1, 96, 96, dtype=torch.float64, requires_grad=True)
    scores = D(x)[0, 0]
    middle = scores.shape[0] // 2
    (slope,) = torch.autograd.grad(scores[middle, middle], x)
    rows, columns = (slope[0, 0].abs() > 0).nonzero().T
    assert rows.max() - rows.min() + 1 == columns.max() - columns.min() + 1 == receptive_field(n)


def test_layers_are_as_wide_as_the_paper_has_them() -> None:
    D = PatchDiscriminator(6, 64, 3, norm=nn.BatchNorm2d)
    convs = [layer for layer in D.modules() if isinstance(layer, nn.Conv2d)]
    assert [conv.out_channels for conv in convs] == [64, 128, 256, 512, 1]
    assert [conv.stride[0] for conv in convs] == [2, 2, 2, 1, 1]
    norms = [layer.num_features for layer in D.modules() if isinstance(layer, nn.BatchNorm2d)]
    assert norms == [128, 256, 512]  # neither the first layer nor the last has one
    assert D(torch.zeros(2, 6, 256, 256)).shape == (2, 1, 30, 30)
