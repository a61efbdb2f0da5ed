"""ResNet: SN-GAN's residual players; each block adds what its convolutions make of a map to the map itself.

G(z) = tanh(conv(relu(norm(up blocks(W z)))))    W z reshaped to 4 x 4; each block doubles the side
    block(h) = up(1x1 conv(h)) + conv(relu(norm(conv(up(relu(norm(h)))))))
D(x) = w . sum of pixels of relu(blocks(x))      blocks halve the side down to 8 px, two more keep it; no norm
    block(h) = pool(1x1 conv(h)) + pool(conv(relu(conv(relu(h)))))         the first one without its first relu
Convolutions are 3 x 3 unless said otherwise, up repeats pixels, pool takes means of 2 x 2.
"""

from __future__ import annotations

import itertools
import math
from typing import Annotated, Literal, TypeVar

from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.core.control import Choice, Integer
from ganstudio.core.network import ImageControls, Network
from ganstudio.networks.parts.image_heads import START, ScoreHead, num_upsamplings

SMALLEST, LARGEST = 16, 128  # px
LAST_MAP = 8  # px, the side at which D's blocks stop halving
GLOROT, RESIDUAL = 1.0, math.sqrt(2)  # gains of the first weights; the second in the 3 x 3 convolutions of blocks

_L = TypeVar("_L", nn.Conv2d, nn.Linear)


class ResNetControls(ImageControls, frozen=True, kw_only=True):
    """z ~ N(0, 1) of 128 numbers, 128 channels in D; for CIFAR-10 the paper has 256 in G."""

    latent_dim: Annotated[int, Integer(
        1, 512, symbol="dim z", live=False, label="latent size", help="Number of random numbers from which G makes "
                                                                      "one image")] = 128
    width: Annotated[int, Integer(
        1, 512, scale="log", live=False, unit="channels",
        help="Channels of the maps up to 32 px. Larger maps have half as many at each doubling.")] = 128
    width_g: Annotated[int, Integer(
        0, 1024, live=False, unit="channels", label="G width",
        help="The same for G alone. The paper has 256 in G and 128 in D. 0: as wide as D.")] = 0
    norm_g: Annotated[Literal["batch", "none"], Choice(
        live=False, label="G norm", help="Batch norm between the layers of G, or none. D has none.")] = "batch"


class ResNet(Network[ResNetControls]):
    """Residual players for images of 16 to 128 px, made for spectral norm."""

    name = "resnet"
    title = "ResNet"
    kinds = ("image",)
    reference = "Miyato et al. 2018, arXiv:1802.05957, appendix B.4, CIFAR-10; init after the authors' code"

    def generator(self, c: ResNetControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        channels = _channels(shape, c.width_g or c.width)
        return _Generator(channels, shape[0], c, rng)

    def discriminator(self, c: ResNetControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return _Discriminator(_channels(shape, c.width)[:1:-1], shape[0], rng)

    def flops(self, c: ResNetControls, batch_size: int) -> float:
        # D's two convolutions of 9 w^2 at 16 px, of which the rest is a small multiple; two threads pay even for the
        # narrowest.
        width = max(c.width, c.width_g)
        return max(2e7, 2.0 * batch_size * 9 * width * width * 16 * 16)


def _channels(shape: tuple[int, ...], width: int) -> list[int]:
    """Of each map from 4 px to the image's side: the table for 32 px, carried on with ever narrower maps."""
    levels = num_upsamplings(shape, SMALLEST, LARGEST, "resnet")
    return [max(1, width // 2 ** max(0, level - 3)) for level in range(levels + 1)]


class _Generator(nn.Module):
    """Latents ``(n, latent_dim)`` -> images ``(n, colours, h, h)`` in (-1, 1)."""

    def __init__(self, channels: list[int], colours: int, c: ResNetControls, rng: Generator) -> None:
        super().__init__()
        self.start = _init_weights(nn.Linear(c.latent_dim, channels[0] * START * START), GLOROT, rng)
        self.blocks = nn.Sequential(*[
            _Widens(before, after, c.norm_g, rng) for before, after in itertools.pairwise(channels)
        ])
        self.norm = _norm(c.norm_g, channels[-1])
        self.last = _init_weights(nn.Conv2d(channels[-1], colours, 3, padding=1), GLOROT, rng)

    def forward(self, z: Tensor) -> Tensor:
        h = self.blocks(self.start(z).unflatten(1, (-1, START, START)))
        image: Tensor = self.last(self.norm(h).relu()).tanh()
        return image


class _Widens(nn.Module):
    """A block of G: maps ``(n, before, h, h)`` -> ``(n, after, 2h, 2h)``."""

    def __init__(self, before: int, after: int, norm: str, rng: Generator) -> None:
        super().__init__()
        bias = norm == "none"  # with it, what each of these biases adds is taken out again further up
        self.first_norm, self.second_norm = _norm(norm, before), _norm(norm, after)
        self.first = _init_weights(nn.Conv2d(before, after, 3, padding=1, bias=bias), RESIDUAL, rng)
        self.second = _init_weights(nn.Conv2d(after, after, 3, padding=1, bias=bias), RESIDUAL, rng)
        self.shortcut = _init_weights(nn.Conv2d(before, after, 1, bias=bias), GLOROT, rng)

    def forward(self, h: Tensor) -> Tensor:
        residual = self.first(_doubled(self.first_norm(h).relu()))
        residual = self.second(self.second_norm(residual).relu())
        # The paper's code doubles before the 1 x 1 convolution: the same numbers at four times the work.
        doubled: Tensor = _doubled(self.shortcut(h)) + residual
        return doubled


class _Discriminator(nn.Module):
    """Images ``(n, colours, h, h)`` -> scores ``(n,)``."""

    def __init__(self, channels: list[int], colours: int, rng: Generator) -> None:
        super().__init__()
        last = channels[-1]
        self.blocks = nn.Sequential(
            _Narrows(colours, channels[0], rng, hidden=channels[0], halves=True, bends_first=False),
            *[_Narrows(before, after, rng, hidden=before, halves=True)
              for before, after in itertools.pairwise(channels)],
            *[_Narrows(last, last, rng, hidden=last, halves=False) for _ in range(2)],
        )
        self.last = _init_weights(ScoreHead(last, 1), GLOROT, rng)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.last(self.blocks(x).relu().sum(dim=(2, 3))).squeeze(1)
        return scores


class _Narrows(nn.Module):
    """A block of D: maps ``(n, before, h, h)`` -> ``(n, after, h/2, h/2)``, or of the same size."""

    def __init__(
        self, before: int, after: int, rng: Generator, *, hidden: int, halves: bool, bends_first: bool = True,
    ) -> None:
        super().__init__()
        self._halves, self._bends_first = halves, bends_first
        self.first = _init_weights(nn.Conv2d(before, hidden, 3, padding=1), RESIDUAL, rng)
        self.second = _init_weights(nn.Conv2d(hidden, after, 3, padding=1), RESIDUAL, rng)
        same = before == after and not halves
        self.shortcut = nn.Identity() if same else _init_weights(nn.Conv2d(before, after, 1), GLOROT, rng)

    def forward(self, h: Tensor) -> Tensor:
        residual = self.second(self.first(h.relu() if self._bends_first else h).relu())
        if self._halves:  # a mean of four pixels and a 1 x 1 convolution can change places: it is a quarter of the work
            residual, h = F.avg_pool2d(residual, 2), F.avg_pool2d(h, 2)
        summed: Tensor = self.shortcut(h) + residual
        return summed


def _doubled(h: Tensor) -> Tensor:
    return F.interpolate(h, scale_factor=2, mode="nearest")


def _norm(norm: str, channels: int) -> nn.Module:
    return nn.BatchNorm2d(channels) if norm == "batch" else nn.Identity()


def _init_weights(layer: _L, gain: float, rng: Generator) -> _L:
    """First weights: Glorot's uniform ones times the gain, biases 0."""
    nn.init.xavier_uniform_(layer.weight, gain, generator=rng)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
