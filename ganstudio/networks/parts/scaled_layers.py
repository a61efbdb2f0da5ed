"""Layers with equalised rates, and a factor by which one moves slower: what style networks are built of.

A weight is kept as N(0, 1) / rate and used times rate gain / sqrt(fan_in); a bias is used times the rate. So an Adam
step moves what is used ``rate`` times as far, whatever the rate is, and the first weights do not depend on it.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

LEAK, GAIN = 0.2, math.sqrt(2)


def leaky(x: Tensor) -> Tensor:
    """Leaky ReLU times sqrt 2: with weights of gain 1 it keeps the power of what goes through (times 1.04)."""
    return F.leaky_relu(x, LEAK) * GAIN


class ScaledLinear(nn.Module):
    """``(n, before)`` -> ``(n, after)``.

    Source: Karras et al. 2019, arXiv:1812.04948, section C: mapping layers at a hundredth of the rate.
    """

    def __init__(
        self, before: int, after: int, rng: Generator, *, gain: float = 1.0, rate: float = 1.0, bias: float = 0.0,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before, generator=rng) / rate)
        self.bias = nn.Parameter(torch.full((after,), bias / rate))
        self.scale, self.rate = rate * gain / math.sqrt(before), rate

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.scale, self.bias * self.rate)


class ScaledConv(nn.Module):
    """A convolution that keeps the size of its map, or halves it: ``(n, before, h, w)`` -> ``(n, after, h, w)``."""

    def __init__(
        self, before: int, after: int, size: int, rng: Generator, *, gain: float = 1.0, bias: bool = True,
        stride: int = 1, padding: int | None = None,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before, size, size, generator=rng))
        self.bias = nn.Parameter(torch.zeros(after)) if bias else None
        self.scale = gain / math.sqrt(before * size * size)
        self.stride, self.padding = stride, size // 2 if padding is None else padding

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.scale, self.bias, stride=self.stride, padding=self.padding)


class ScaledHead(ScaledLinear):
    """The layer that gives a score, in float32 for any precision of the rest: losses are differences of scores."""

    def forward(self, x: Tensor) -> Tensor:
        if x.is_meta:  # autocast knows no tensors without contents
            return super().forward(x)
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.to(self.bias.dtype))
