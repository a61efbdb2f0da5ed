"""The residual discriminator: smoothing that keeps a constant, blocks that keep the power, twice differentiable."""

from __future__ import annotations

import pytest
import torch

from ganstudio.networks.parts.binomial_filters import WIDE, filtered
from ganstudio.networks.parts.style_controls import channels_of_levels
from ganstudio.networks.parts.style_discriminator import StyleDiscriminator


def test_channels_halve_from_the_full_side_on() -> None:
    assert channels_of_levels(64, 64 * 8, (3, 32, 32), "") == [64, 64, 32, 16]
    assert channels_of_levels(512, 512 * 32, (3, 128, 128), "") == [512, 512, 512, 512, 256, 128]


def test_smoothing_keeps_a_constant_and_a_border_of_zeros_darkens_its_edge() -> None:
    flat = filtered(torch.ones(1, 2, 8, 8), WIDE, 1, 2)
    assert flat.shape == (1, 2, 4, 4)
    assert flat[0, 0, 1:3, 1:3].tolist() == [[1.0, 1.0], [1.0, 1.0]] and flat[0, 0, 0, 1] == pytest.approx(7 / 8)
    assert filtered(torch.ones(1, 1, 8, 8), WIDE, 2).shape == (1, 1, 9, 9)


def test_what_alternates_from_pixel_to_pixel_is_taken_out() -> None:
    stripes = torch.tensor([1.0, -1.0]).repeat(8)[None, None, None].expand(1, 1, 16, 16)
    assert filtered(stripes, WIDE, 1, 2)[..., 1:-1, 1:-1].abs().max() < 1e-6


def test_it_gives_one_score_an_image_and_has_a_second_derivative() -> None:
    D = StyleDiscriminator([8, 8, 4], 3, torch.Generator().manual_seed(0), residual=True)
    x = torch.randn(8, 3, 16, 16, generator=torch.Generator().manual_seed(1), requires_grad=True)
    scores = D(x)
    assert scores.shape == (8,)
    (slope,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    torch.autograd.backward(slope.square().sum())
    learnt = {name for name, p in D.named_parameters() if p.grad is not None and p.grad.abs().max() > 0}
    assert learnt >= {name for name, _ in D.named_parameters() if "weight" in name}


def test_a_block_keeps_the_power_of_what_goes_through() -> None:
    D = StyleDiscriminator([64, 64, 64], 3, torch.Generator().manual_seed(0), residual=True)
    x = torch.randn(4, 64, 16, 16, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        made = D.blocks[0](torch.nn.functional.avg_pool2d(x, 4).repeat_interleave(4, 2).repeat_interleave(4, 3) * 4)
    assert 0.5 < made.std() < 1.5
