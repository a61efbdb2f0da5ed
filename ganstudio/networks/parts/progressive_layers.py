"""The layers of a Progressive GAN, level by level: of players that grow, and of those that are whole from the start.

All weights have equalised rates; the gains that differ between papers are arguments.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.maths.resampling import halved
from ganstudio.networks.parts.equalised import HE, equalised
from ganstudio.networks.parts.image_heads import ScoreHead
from ganstudio.networks.parts.minibatch_stddev import with_minibatch_stddev
from ganstudio.networks.parts.pixel_norm import pixel_norm

LEAK = 0.2


def channels_at(level: int, width: int) -> int:
    """Channels of the layers of a level: the paper's min(8192 / 2^stage, 512) at width 512, stage 1 being 4 px."""
    return max(1, min(16 * width >> level + 1, width))


def convolution(n: int, m: int, size: int, rng: Generator, gain: float = HE, *, bias: bool = True) -> nn.Conv2d:
    """A convolution that keeps the image's size."""
    return equalised(nn.Conv2d(n, m, size, padding=size // 2, bias=bias), rng, gain)


def leaky(x: Tensor) -> Tensor:
    """The activation of both players."""
    return F.leaky_relu(x, LEAK)


class SmallestFeatures(nn.Module):
    """G's layers at 4 px: latents ``(n, latent_dim)``, brought to length sqrt(latent_dim), to ``(n, m, 4, 4)``."""

    def __init__(
        self, latent_dim: int, n: int, rng: Generator, *, gain: float = HE / 4, normed_twice: bool = True,
    ) -> None:
        """Makes the layers.

        Args:
            latent_dim: Numbers of a latent.
            n: Channels.
            rng: Draws the weights.
            gain: Of the dense layer. The usual one is that of Progressive GAN's authors: a quarter of He's, since
                each latent feeds 4 x 4 pixels.
            normed_twice: Whether pixelnorm follows the dense layer too, not only the convolution.
        """
        super().__init__()
        self.dense = equalised(nn.Linear(latent_dim, n * 16, bias=False), rng, gain)
        self.bias = nn.Parameter(torch.zeros(n, 1, 1))  # one a channel, as after a convolution
        self.conv = convolution(n, n, 3, rng)
        self._normed_twice = normed_twice

    def forward(self, z: Tensor) -> Tensor:
        x = leaky(self.dense(pixel_norm(z)).unflatten(1, (-1, 4, 4)) + self.bias)
        if self._normed_twice:
            x = pixel_norm(x)
        return pixel_norm(leaky(self.conv(x)))


class Features(nn.Module):
    """G's layers at one level: two convolutions, each followed by a leaky ReLU and pixelnorm."""

    def __init__(self, n: int, m: int, rng: Generator) -> None:
        super().__init__()
        self.first, self.second = convolution(n, m, 3, rng), convolution(m, m, 3, rng)

    def forward(self, x: Tensor) -> Tensor:
        for layer in (self.first, self.second):
            x = pixel_norm(leaky(layer(x)))
        return x


class Halving(nn.Module):
    """D's layers at one level: two convolutions, then half the size. ``beside``: channels that come with its input."""

    def __init__(self, n: int, m: int, rng: Generator, beside: int = 0) -> None:
        super().__init__()
        self.first, self.second = convolution(n + beside, n, 3, rng), convolution(n, m, 3, rng)

    def forward(self, x: Tensor) -> Tensor:
        return halved(leaky(self.second(leaky(self.first(x)))))


class Verdict(nn.Module):
    """D's layers at 4 px: the spread of the batch, a convolution, a 4x4 one that leaves 1 px, and the score."""

    def __init__(self, n: int, rng: Generator, beside: int = 0, gain: float = 1.0) -> None:
        """Makes the layers; ``beside``: channels that come with the input, ``gain``: of the last layer."""
        super().__init__()
        self.conv = convolution(n + beside + 1, n, 3, rng)
        self.last_conv = equalised(nn.Conv2d(n, n, 4), rng)
        self.dense = equalised(ScoreHead(n, 1), rng, gain)

    def forward(self, x: Tensor) -> Tensor:
        x = leaky(self.conv(with_minibatch_stddev(x)))
        score: Tensor = self.dense(leaky(self.last_conv(x)).flatten(1))
        return score.squeeze(1)
