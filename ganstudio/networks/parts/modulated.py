"""Convolutions whose weights are scaled by a style, and brought back to unit power without a look at the map.

w'_oik = s_i w_oik;  w''_oik = w'_oik / sqrt(sum over i, k of w'_oik^2 + 1e-8)

A convolution is linear: scaling the map by s before it and its result by 1 / sqrt(...) gives the same, with one
convolution for the whole batch instead of one for each image.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.networks.parts.scaled_layers import ScaledLinear

EPS = 1e-8  # added to the sum, not to the mean


def demodulation(weight: Tensor, styles: Tensor) -> Tensor:
    """What each channel of the result is multiplied by, ``(n, after)``.

    Args:
        weight: ``(after, before, k, k)``.
        styles: ``(n, before)``.

    Source: Karras et al. 2020, arXiv:1912.04958, eq. 3.
    """
    return (styles.square() @ weight.square().sum((2, 3)).T + EPS).rsqrt()


def modulated_conv(
    x: Tensor, weight: Tensor, styles: Tensor, *, demodulate: bool = True, padding: int | None = None,
    gain: float | Tensor = 1.0,
) -> Tensor:
    """Maps ``(n, before, h, w)`` and styles ``(n, before)`` -> ``(n, after, h', w')``.

    Args:
        x: The maps.
        weight: ``(after, before, k, k)``.
        styles: The scales of the weight's inputs, for each image.
        demodulate: Whether results are divided by the size of their weights.
        padding: Zeros on each side; None: as many as keep the size of the map.
        gain: A factor of the maps that demodulation does not take back: StyleGAN3's.

    Source: Karras et al. 2020, arXiv:1912.04958, eq. 1 and 3.
    """
    padding = weight.shape[-1] // 2 if padding is None else padding
    made = F.conv2d(x * (styles * gain)[:, :, None, None], weight, padding=padding)
    return made * demodulation(weight, styles)[:, :, None, None] if demodulate else made


class ModulatedConv(nn.Module):
    """A 3 x 3 convolution with a style: ``(n, before, h, w)`` and w ``(n, w_dim)`` -> ``(n, after, h, w)``."""

    def __init__(self, before: int, after: int, w_dim: int, rng: Generator, size: int = 3) -> None:
        super().__init__()
        self.style = ScaledLinear(w_dim, before, rng, bias=1.0)  # 1: with 0 every first map would be 0
        self.weight = nn.Parameter(torch.randn(after, before, size, size, generator=rng))
        self.scale = 1 / math.sqrt(before * size * size)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        return modulated_conv(x, self.weight * self.scale, self.style(w))


class ToColours(nn.Module):
    """A 1 x 1 convolution with a style, not demodulated: the strength of a colour is the style's to say."""

    def __init__(self, before: int, colours: int, w_dim: int, rng: Generator) -> None:
        super().__init__()
        self.style = ScaledLinear(w_dim, before, rng, bias=1.0)
        self.weight = nn.Parameter(torch.randn(colours, before, 1, 1, generator=rng))
        self.bias = nn.Parameter(torch.zeros(colours, 1, 1))
        self.scale = 1 / math.sqrt(before)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        return modulated_conv(x, self.weight, self.style(w) * self.scale, demodulate=False) + self.bias
