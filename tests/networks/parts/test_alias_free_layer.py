"""Modulated convolutions: a weight for each image, outputs of unit power, and colours whose strength is the style's."""

from __future__ import annotations

import pytest
import torch

from ganstudio.networks.parts.alias_free_layer import AliasFreeLayer, normalised
from ganstudio.networks.parts.modulated import modulated_conv


def test_demodulated_outputs_do_not_depend_on_the_size_of_styles_and_colours_do() -> None:
    rng = torch.Generator().manual_seed(0)
    x, weight = torch.randn(2, 32, 9, 9, generator=rng), torch.randn(16, 32, 3, 3, generator=rng)
    styles = torch.randn(2, 32, generator=rng)
    small, large = (modulated_conv(x, weight, s * styles, demodulate=True, padding=1) for s in (1.0, 100.0))
    torch.testing.assert_close(small, large, atol=1e-4, rtol=1e-4)
    assert large.std() == pytest.approx(1, abs=0.15)
    colours, strong = (modulated_conv(x, weight, s * styles, demodulate=False, padding=1) for s in (1.0, 100.0))
    torch.testing.assert_close(strong, 100 * colours, atol=1e-2, rtol=1e-4)


def test_modulation_is_a_scaled_weight_for_each_image() -> None:
    rng = torch.Generator().manual_seed(0)
    x, weight, styles = torch.randn(3, 8, 6, 6), torch.randn(5, 8, 3, 3, generator=rng), torch.randn(3, 8)
    scaled = weight[None] * styles[:, None, :, None, None]
    scaled = scaled * (scaled.square().sum((2, 3, 4), keepdim=True) + 1e-8).rsqrt()
    each = torch.cat([torch.nn.functional.conv2d(x[i : i + 1], scaled[i], padding=2) for i in range(3)])
    torch.testing.assert_close(modulated_conv(x, weight, styles, padding=2), each, atol=2e-6, rtol=1e-5)


def test_normalising_first_changes_nothing_that_is_demodulated() -> None:
    rng = torch.Generator().manual_seed(0)
    x, weight, styles = torch.randn(3, 8, 6, 6), 40 * torch.randn(5, 8, 3, 3, generator=rng), torch.rand(3, 8) + 0.5
    plain = modulated_conv(x, weight, styles, demodulate=True, padding=0)
    torch.testing.assert_close(
        modulated_conv(x, *normalised(weight, styles), demodulate=True, padding=0), plain, atol=1e-5, rtol=1e-4)


def test_a_layer_of_colours_is_scaled_by_its_fan_in_and_divided_by_the_size_of_its_input() -> None:
    layer = AliasFreeLayer(4, 16, 3, 1, 0.5, None, torch.Generator().manual_seed(0))
    x, w = torch.randn(2, 16, 5, 5, generator=torch.Generator().manual_seed(1)), torch.zeros(2, 4)
    by_hand = torch.einsum("oi,nihw->nohw", layer.weight[:, :, 0, 0] / 4, x)  # styles are 1, the root of 16 is 4
    torch.testing.assert_close(layer(x, w, follow=False), by_hand, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(layer(3 * x, w, follow=False), 3 * by_hand, atol=1e-5, rtol=1e-5)
    followed = layer(3 * x, w, follow=True)  # half of 1 and half of the mean square
    power = 0.5 + 0.5 * (3 * x).square().mean()
    torch.testing.assert_close(layer.magnitude, power)
    torch.testing.assert_close(followed, 3 * by_hand * power.rsqrt(), atol=1e-5, rtol=1e-5)
