"""The discriminators of StyleGAN: plain, as a grown progressive one with a blur before it halves, or residual."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.maths.resampling import halved
from ganstudio.networks.parts.binomial_filters import WIDE, blurred, filtered, halved_smoothly
from ganstudio.networks.parts.equalised import HE
from ganstudio.networks.parts.image_heads import START
from ganstudio.networks.parts.minibatch_stddev import with_minibatch_stddev
from ganstudio.networks.parts.scaled_layers import LEAK, ScaledConv, ScaledHead, ScaledLinear, leaky


class ResidualHalving(nn.Module):
    """Half the size: (conv, conv of every second pixel after [1, 3, 3, 1]) and a 1 x 1 beside them, times sqrt 1/2.

    Source: Karras et al. 2020, arXiv:1912.04958, section 4.1 and appendix B.
    """

    def __init__(self, before: int, after: int, rng: Generator) -> None:
        super().__init__()
        self.first = ScaledConv(before, before, 3, rng)
        self.second = ScaledConv(before, after, 3, rng, stride=2, padding=0)
        self.beside = ScaledConv(before, after, 1, rng, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        through = leaky(self.second(filtered(leaky(self.first(x)), WIDE, 2)))
        both: Tensor = (through + self.beside(halved_smoothly(x))) * math.sqrt(0.5)
        return both


class PlainHalving(nn.Module):
    """Half the size: a convolution, a blur, a convolution, the mean of each 2 x 2 square.

    Source: Karras et al. 2019, arXiv:1812.04948, section 2 (bilinear sampling, after Zhang's blur).
    """

    def __init__(self, before: int, after: int, rng: Generator) -> None:
        super().__init__()
        self.first = ScaledConv(before, before, 3, rng, gain=HE)
        self.second = ScaledConv(before, after, 3, rng, gain=HE)

    def forward(self, x: Tensor) -> Tensor:
        x = blurred(F.leaky_relu(self.first(x), LEAK))
        return F.leaky_relu(halved(self.second(x)), LEAK)


class StyleDiscriminator(nn.Module):
    """Images ``(n, colours, side, side)`` to scores ``(n,)``; the spread of the batch comes in at 4 px."""

    def __init__(self, channels: Sequence[int], colours: int, rng: Generator, *, residual: bool) -> None:
        """``channels``: of each level from 4 px up; ``residual``: of StyleGAN2, else of StyleGAN."""
        super().__init__()
        block = ResidualHalving if residual else PlainHalving
        deep = channels[0]
        self.from_colours = ScaledConv(colours, channels[-1], 1, rng)
        self.blocks = nn.ModuleList(block(n, m, rng) for n, m in itertools.pairwise(reversed(channels)))
        self.conv = ScaledConv(deep + 1, deep, 3, rng)
        self.dense = ScaledLinear(deep * START * START, deep, rng)
        self.head = ScaledHead(deep, 1, rng)

    def forward(self, image: Tensor) -> Tensor:
        x = leaky(self.from_colours(image))
        for block in self.blocks:
            x = block(x)
        x = leaky(self.conv(with_minibatch_stddev(x)))
        score: Tensor = self.head(leaky(self.dense(x.flatten(1))))
        return score.squeeze(1)
