"""A dense layer at an equalised learning rate, whose weights may also learn more slowly than those of other layers."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn


class RateScaledLinear(nn.Module):
    """y = x W^T rate / sqrt(fan_in) + rate b, W ~ N(0, 1) / rate: the size at the start does not depend on the rate.

    A step of Adam moves what the layer does ``rate`` times as far.

    Source: Karras et al. 2019, arXiv:1812.04948, section 4 and the authors' code.
    """

    def __init__(self, n: int, m: int, rng: Generator, *, rate: float = 1.0, bias: float = 0.0) -> None:
        super().__init__()
        self.rate, self.scale = rate, rate / math.sqrt(n)
        self.weight = nn.Parameter(torch.empty(m, n).normal_(generator=rng) / rate)
        self.bias = nn.Parameter(torch.full((m,), bias / rate))

    def forward(self, x: Tensor) -> Tensor:
        """``(k, n)`` -> ``(k, m)``."""
        return torch.addmm(self.bias * self.rate, x, self.weight.T * self.scale)
