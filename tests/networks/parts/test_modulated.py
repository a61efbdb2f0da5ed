"""Modulated convolutions against weights made for each image, and FACTS about their power."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from ganstudio.networks.parts.modulated import ModulatedConv, ToColours, demodulation, modulated_conv


def rng(seed: int = 1) -> Generator:
    return torch.Generator().manual_seed(seed)


def by_hand(x: Tensor, weight: Tensor, styles: Tensor) -> Tensor:
    """A convolution with weights of its own for each image."""
    made = []
    for image, style in zip(x, styles, strict=True):
        own = weight * style[None, :, None, None]
        own = own / (own.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        made.append(F.conv2d(image[None], own, padding=1))
    return torch.cat(made)


def test_scaled_maps_and_results_are_the_same_as_scaled_weights() -> None:
    x, weight = torch.randn(4, 6, 8, 8, generator=rng()), torch.randn(5, 6, 3, 3, generator=rng(2))
    styles = 1 + torch.randn(4, 6, generator=rng(3))
    torch.testing.assert_close(modulated_conv(x, weight, styles), by_hand(x, weight, styles), rtol=0, atol=5e-6)


def test_styles_of_any_size_give_power_1() -> None:
    """With styles of size 100 the result has a standard deviation near 1; without demodulation it is hundreds."""
    x = torch.randn(64, 64, 16, 16, generator=rng())
    weight = torch.randn(64, 64, 3, 3, generator=rng(2)) / math.sqrt(64 * 9)
    styles = 100 * torch.randn(64, 64, generator=rng(3))
    assert float(modulated_conv(x, weight, styles).std()) == pytest.approx(0.982, abs=0.03)  # zeros at the border
    assert float(modulated_conv(x, weight, styles, demodulate=False).std()) > 90


def test_demodulation_never_looks_at_the_map() -> None:
    """A spike leaves all other pixels as they were; instance norm shrinks them."""
    weight, styles = torch.randn(3, 2, 1, 1, generator=rng()), torch.ones(1, 2)
    x = torch.randn(1, 2, 16, 16, generator=rng(2))
    spiked = x.clone()
    spiked[:, :, 8, 8] += 500
    made, with_spike = (modulated_conv(each, weight, styles) for each in (x, spiked))
    elsewhere = torch.ones(16, 16, dtype=torch.bool)
    elsewhere[8, 8] = False
    assert torch.equal(made[..., elsewhere], with_spike[..., elsewhere])


def test_eps_is_added_to_the_sum() -> None:
    weight = torch.full((1, 4, 3, 3), 1e-5)  # squares sum to 36e-10; their mean would be 1e-10
    assert float(demodulation(weight, torch.ones(1, 4))) == pytest.approx((36e-10 + 1e-8) ** -0.5, rel=1e-5)


def test_colours_are_not_demodulated() -> None:
    layer = ToColours(16, 3, 8, rng())
    x, w = torch.randn(2, 16, 4, 4, generator=rng(2)), torch.zeros(2, 8)
    with torch.no_grad():
        plain = layer(x, w)
        layer.style.bias.mul_(5)
        torch.testing.assert_close(layer(x, w), 5 * plain, rtol=1e-5, atol=1e-6)
        by_weights = F.conv2d(x, layer.weight / 4)
    torch.testing.assert_close(plain, by_weights, rtol=1e-5, atol=1e-6)


def test_styles_begin_near_1() -> None:
    """With a bias of 0 every result would be 0 for w = 0."""
    layer = ModulatedConv(8, 8, 4, rng())
    assert torch.equal(layer.style(torch.zeros(1, 4)), torch.ones(1, 8))
    assert float(layer(torch.randn(2, 8, 4, 4, generator=rng(2)), torch.zeros(2, 4)).detach().abs().mean()) > 0.1
