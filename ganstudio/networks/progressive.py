"""Progressive: players that grow from 4 px up, each level faded in beside the last.

G: z -> dense 4x4 -> conv | x2 -> conv -> conv | ..., a 1x1 convolution to colours at every level
D: the same backwards, from colours at every level; the spread within the batch before its last convolution
"""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from torch import Generator, Tensor, nn

from ganstudio.core.control import Integer
from ganstudio.core.network import ImageControls, Network, Stage
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.resampling import doubled, halved
from ganstudio.networks.parts.progressive_layers import (
    Features,
    Halving,
    SmallestFeatures,
    Verdict,
    channels_at,
    convolution,
    leaky,
)

SUPPOSED_PX = 64  # the data set's side assumed when the cost is estimated


class ProgressiveControls(ImageControls, frozen=True, kw_only=True):
    """The paper has 512 latents and 512 channels: for a GPU."""

    width: Annotated[int, Integer(
        4, 512, scale="log", live=False, unit="channels",
        help="Most channels of a layer, up to 32 px. Each further level has half as many.")] = 32


class Progressive(Network[ProgressiveControls]):
    """Karras et al.'s two players: pixelnorm in G, the spread of the batch in D, equalised rates in both."""

    name = "progressive"
    title = "Progressive"
    kinds = ("image",)
    reference = "Karras et al. 2017, arXiv:1710.10196, table 2; constants as in the authors' code"

    def generator(self, c: ProgressiveControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return ProgressiveGenerator(c.latent_dim, _channels(c.width, shape), shape[0], rng)

    def discriminator(self, c: ProgressiveControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return ProgressiveDiscriminator(_channels(c.width, shape), shape[0], rng)

    def batch_dependence(self, c: ProgressiveControls) -> Literal["", "batch norm", "minibatch stddev"]:
        return "minibatch stddev"

    def flops(self, c: ProgressiveControls, batch_size: int) -> float:
        size = c.resolution or SUPPOSED_PX
        channels = _channels(c.width, (3, size, size))
        # Two 3 x 3 convolutions a level; the first one of G comes from as many channels as the level below has.
        each = [9.0 * (4 << level) ** 2 * n * (n + channels[max(level - 1, 0)]) for level, n in enumerate(channels)]
        return batch_size * sum(each)


def _channels(width: int, shape: tuple[int, ...]) -> list[int]:
    """Channels of every level for images ``(c, h, w)``, smallest first."""
    *_, high, wide = shape
    if high != wide or wide < 4 or wide & (wide - 1):
        raise BadInput(f"network progressive makes square images whose side is a power of two from 4 px, "
                       f"not {high} x {wide} px: set its resolution")
    return [channels_at(level, width) for level in range(wide.bit_length() - 2)]


class _Grown(nn.Module):
    """A player of several levels, of which those up to its stage are used (core.network.Growable)."""

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels = levels
        self.stage = Stage(levels - 1)

    def set_stage(self, stage: Stage) -> None:
        """Takes and gives images of ``stage.resolution`` from now on.

        Raises:
            ValueError: It has no such level, or the share lies outside 0 to 1.
        """
        if not 0 <= stage.level < self.levels or not 0 <= stage.alpha <= 1:
            raise ValueError(f"no stage of level {stage.level}, alpha {stage.alpha}: there are {self.levels} levels")
        self.stage = stage

    @property
    def fading(self) -> bool:
        """Whether its newest level is being faded in. The first has nothing to be faded in beside."""
        return self.stage.alpha < 1 and self.stage.level > 0


class ProgressiveGenerator(_Grown):
    """Latents ``(n, latent_dim)`` to images ``(n, colours, side, side)`` of its stage's side; a linear output."""

    def __init__(self, latent_dim: int, channels: list[int], colours: int, rng: Generator) -> None:
        super().__init__(len(channels))
        self.smallest = SmallestFeatures(latent_dim, channels[0], rng)
        self.larger = nn.ModuleList(Features(n, m, rng) for n, m in itertools.pairwise(channels))
        self.to_colours = nn.ModuleList(convolution(n, colours, 1, rng, 1.0) for n in channels)

    def forward(self, z: Tensor) -> Tensor:
        level = self.stage.level
        x = before = self.smallest(z)
        for layers in list(self.larger)[:level]:
            before = x
            x = layers(doubled(x))
        image: Tensor = self.to_colours[level](x)
        if self.fading:
            image = doubled(self.to_colours[level - 1](before)).lerp(image, self.stage.alpha)
        return image


class ProgressiveDiscriminator(_Grown):
    """Images ``(n, colours, side, side)`` of its stage's side to scores ``(n,)``."""

    def __init__(self, channels: list[int], colours: int, rng: Generator) -> None:
        super().__init__(len(channels))
        self.from_colours = nn.ModuleList(convolution(colours, n, 1, rng) for n in channels)
        self.larger = nn.ModuleList(Halving(n, m, rng) for m, n in itertools.pairwise(channels))
        self.verdict = Verdict(channels[0], rng)

    def forward(self, image: Tensor) -> Tensor:
        level = self.stage.level
        x = leaky(self.from_colours[level](image))
        for at in range(level, 0, -1):
            x = self.larger[at - 1](x)
            if at == level and self.fading:
                x = leaky(self.from_colours[level - 1](halved(image))).lerp(x, self.stage.alpha)
        score: Tensor = self.verdict(x)
        return score
