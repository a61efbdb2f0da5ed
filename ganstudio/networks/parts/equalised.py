"""Equalised learning rate: every weight starts as N(0, 1) and is brought to He's size each time it is used.

w' = w gain / sqrt(fan_in): Adam moves every weight by the same share of its size, however many inputs a layer has.
"""

from __future__ import annotations

import math
from typing import TypeVar

import torch
from torch import Generator, Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

HE = math.sqrt(2)  # keeps the variance through a ReLU; the authors use it with leaky ReLUs too

L = TypeVar("L", nn.Linear, nn.Conv2d)


class Scaled(nn.Module):
    """The parametrisation of one weight."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, weight: Tensor) -> Tensor:
        return weight * self.scale


def equalised(layer: L, rng: Generator, gain: float = HE) -> L:
    """Draws a layer's weight again from N(0, 1), scaled at run time; its bias starts at 0 and is never scaled.

    Source: Karras et al. 2017, arXiv:1710.10196, section 4.1.
    """
    with torch.no_grad():
        layer.weight.normal_(generator=rng)
        if layer.bias is not None:
            layer.bias.zero_()
    fan_in = layer.weight[0].numel()
    register_parametrization(layer, "weight", Scaled(gain / math.sqrt(fan_in)))
    return layer
