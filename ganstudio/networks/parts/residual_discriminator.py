"""StyleGAN2's discriminator: residual blocks that halve the map, the spread of the batch, and a score."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.networks.parts.equalised import equalised
from ganstudio.networks.parts.image_heads import START, ScoreHead
from ganstudio.networks.parts.minibatch_stddev import with_minibatch_stddev

LEAK, GAIN = 0.2, math.sqrt(2)


def _conv(
    n: int, m: int, kernel: int, rng: Generator, *, padding: int = 0, stride: int = 1, bias: bool = True,
) -> nn.Conv2d:
    return equalised(nn.Conv2d(n, m, kernel, padding=padding, stride=stride, bias=bias), rng, 1.0)


def _bent(x: Tensor) -> Tensor:
    return F.leaky_relu(x, LEAK) * GAIN


class Smoothed(nn.Module):
    """The filter [1, 3, 3, 1] / 8 along both axes, with a border of zeros; every ``stride``-th of what it gives."""

    def __init__(self, stride: int, border: int) -> None:
        super().__init__()
        self.stride, self.border = stride, border
        taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.taps: Tensor
        self.register_buffer("taps", (taps[:, None] * taps)[None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(n, c, h, h)`` -> ``(n, c, h', h')``."""
        c = x.shape[1]
        return F.conv2d(
            x, self.taps.to(x.dtype).expand(c, 1, 4, 4), stride=self.stride, padding=self.border, groups=c)


class _Block(nn.Module):
    """Two convolutions, the second of every other pixel of a smoothed map, and a 1x1 one of a map half as large beside
    them; their sum is brought to unit variance."""

    def __init__(self, n: int, m: int, rng: Generator) -> None:
        super().__init__()
        self.first, self.second = _conv(n, n, 3, rng, padding=1), _conv(n, m, 3, rng, stride=2)
        self.beside = _conv(n, m, 1, rng, bias=False)
        self.smoothed, self.halved = Smoothed(1, 2), Smoothed(2, 1)

    def forward(self, x: Tensor) -> Tensor:
        through = _bent(self.second(self.smoothed(_bent(self.first(x)))))
        beside: Tensor = self.beside(self.halved(x))
        return (through + beside) * math.sqrt(0.5)


class ResidualDiscriminator(nn.Module):
    """Images ``(n, colours, side, side)`` to scores ``(n,)``.

    Source: Karras et al. 2020, arXiv:1912.04958, section 4.1; constants as in the authors' code.
    """

    def __init__(self, channels: Sequence[int], colours: int, rng: Generator) -> None:
        """``channels``: of the maps of 4 px, 8 px ... up to the image's size."""
        super().__init__()
        self.from_colours = _conv(colours, channels[-1], 1, rng)
        self.blocks = nn.ModuleList(
            _Block(channels[level], channels[level - 1], rng) for level in range(len(channels) - 1, 0, -1))
        n = channels[0]
        self.conv = _conv(n + 1, n, 3, rng, padding=1)
        self.dense = equalised(nn.Linear(n * START * START, n), rng, 1.0)
        self.score = equalised(ScoreHead(n, 1), rng, 1.0)

    def forward(self, image: Tensor) -> Tensor:
        x = _bent(self.from_colours(image))
        for block in self.blocks:
            x = block(x)
        x = _bent(self.conv(with_minibatch_stddev(x)))
        score: Tensor = self.score(_bent(self.dense(x.flatten(1))))
        return score.squeeze(1)


def channels_to(side: int, width: int, full: int) -> list[int]:
    """Channels of the maps of 4 px, 8 px ... ``side`` px: ``width`` up to ``full`` px, then half as many each time."""
    found, px = [], START
    while px <= side:
        found.append(max(1, min(width * full // px, width)))
        px *= 2
    return found
