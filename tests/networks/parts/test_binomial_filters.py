"""Binomial filters against zero insertion written out."""

from __future__ import annotations

import pytest
import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from ganstudio.maths.resampling import doubled
from ganstudio.networks.parts.binomial_filters import (
    NARROW,
    WIDE,
    blurred,
    doubled_smoothly,
    filtered,
    halved_smoothly,
)


def noise(*shape: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(1))


def with_zeros(x: Tensor, gain: float) -> Tensor:
    """Zeros between pixels, then [1, 3, 3, 1] along rows and columns."""
    n, c, h, w = x.shape
    wide = torch.zeros(n, c, 2 * h, 2 * w)
    wide[:, :, ::2, ::2] = x
    row = torch.tensor(WIDE) / 8
    kernel = gain * (row[:, None] * row[None]).expand(c, 1, 4, 4)
    return F.conv2d(F.pad(wide, (2, 1, 2, 1)), kernel, groups=c)


def test_doubling_is_bilinear_in_the_interior() -> None:
    x = noise(2, 3, 8, 8)
    torch.testing.assert_close(
        doubled_smoothly(x)[:, :, 1:-1, 1:-1], with_zeros(x, 4)[:, :, 1:-1, 1:-1], rtol=0, atol=5e-7)


def test_without_gain_a_constant_comes_out_as_a_quarter() -> None:
    ones = torch.ones(1, 1, 8, 8)
    inner = slice(1, -1)
    torch.testing.assert_close(doubled_smoothly(ones), torch.ones(1, 1, 16, 16))
    torch.testing.assert_close(with_zeros(ones, 1)[:, :, inner, inner], torch.full((1, 1, 14, 14), 0.25))


@pytest.mark.parametrize("made", [halved_smoothly, blurred])
def test_a_constant_keeps_its_value_in_the_interior(made: object) -> None:
    assert callable(made)
    found = made(torch.ones(1, 2, 8, 8))
    torch.testing.assert_close(found[:, :, 1:-1, 1:-1], torch.ones_like(found[:, :, 1:-1, 1:-1]))


def test_halving_takes_1_3_3_1() -> None:
    x = torch.zeros(1, 1, 8, 8)
    x[0, 0, 3] = 1.0  # a row: rows 1 and 2 of the result see it with 3/8 and 1/8
    torch.testing.assert_close(halved_smoothly(x)[0, 0, :, 2], torch.tensor([0.0, 3 / 8, 1 / 8, 0.0]))


def test_nearest_and_a_blur_are_the_wide_filter() -> None:
    """StyleGAN's doubling and its blur give what StyleGAN2's filter gives."""
    x = noise(1, 2, 8, 8)
    torch.testing.assert_close(
        blurred(doubled(x))[:, :, 1:-1, 1:-1], doubled_smoothly(x)[:, :, 1:-1, 1:-1], rtol=0, atol=1e-6)


def test_a_pattern_of_single_pixels_is_lost() -> None:
    stripes = torch.tensor([1.0, -1.0]).repeat(4).expand(1, 1, 8, 8)
    assert halved_smoothly(stripes)[:, :, 1:-1, 1:-1].abs().max() < 1e-6
    assert blurred(stripes)[:, :, 1:-1, 1:-1].abs().max() < 1e-6


def test_each_channel_is_filtered_on_its_own() -> None:
    x = noise(2, 3, 6, 6)
    alone = torch.cat([filtered(x[:, [at]], NARROW, 1) for at in range(3)], dim=1)
    torch.testing.assert_close(filtered(x, NARROW, 1), alone)
