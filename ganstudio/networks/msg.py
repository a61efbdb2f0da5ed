"""MSG: a generator that makes an image at each of its levels, and a discriminator that is shown all of them at once.

G: Progressive GAN's, whole from the start, with a 1x1 convolution to colours r at every level: o_i = r(a_i)
D: a'_j = d_j(phi(x_j, a'_(j-1))): each level's image joins the features that come down from the larger ones
phi lin-cat: [r'(x); a'], r' a 1x1 convolution to half the level's channels.  cat-lin: r'([x; a']).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor, nn

from ganstudio.core.control import Choice, Integer, Needs
from ganstudio.core.network import ImageControls, Network
from ganstudio.maths.resampling import doubled, image_levels
from ganstudio.networks.parts.equalised import HE
from ganstudio.networks.parts.image_heads import num_upsamplings
from ganstudio.networks.parts.progressive_layers import (
    Features,
    Halving,
    SmallestFeatures,
    Verdict,
    channels_at,
    convolution,
)

SMALLEST, LARGEST = 8, 1024  # px; an image of 4 px has no level but its own
SUPPOSED_PX = 64  # the data set's side assumed when the cost is estimated
Phi = Literal["lin-cat", "cat-lin"]
Shown = Literal["all", "top"]
Constants = Literal["msg", "progressive"]


class MSGControls(ImageControls, frozen=True, kw_only=True):
    """The paper has 512 latents and 512 channels up to 32 px: for a GPU."""

    width: Annotated[int, Integer(
        4, 512, scale="log", live=False, unit="channels", help="Most channels of a layer")] = 32
    width_top: Annotated[int, Integer(
        0, 512, live=False, unit="channels", label="width at full size",
        help="Channels of the layers at full size; each smaller size has twice as many, up to the width. 0: as in the "
             "paper, the whole width up to 32 px and half as many at each further size")] = 0
    phi: Annotated[Phi, Choice(
        symbol="φ", live=False, label="how levels join", needs=(Needs("levels", among=("all",)),),
        help="How the image of a level joins D's features. lin-cat: a 1x1 convolution of the image lies beside them. "
             "cat-lin: the colours lie beside them, and a 1x1 convolution mixes both")] = "lin-cat"
    constants: Annotated[Constants, Choice(
        live=False, label="initial gains",
        help="msg: the authors' own, √2 in every layer. progressive: those of Progressive GAN, 1 in the layers to "
             "colours and in D's last one, and less in G's first, so that G's first images are less glaring: learns in "
             "fewer steps")] = "msg"
    levels: Annotated[Shown, Choice(
        live=False, label="levels that D sees",
        help="What D is shown. all: the images of all sizes. top: the largest alone, as in an ordinary GAN; G's "
             "smaller images are then never trained. The paper finds training with all of them more robust to "
             "the learning rate. In 300 steps at 16 px we saw no such gain: FID was better with the largest alone at "
             "each of three rates.")] = "all"


class MSG(Network[MSGControls]):
    """Karnewar and Wang's two players with Progressive GAN's layers."""

    name = "msg"
    title = "MSG"
    kinds = ("image",)
    reference = "Karnewar, Wang 2019, arXiv:1903.06048, sections 3 and 4; constants as in the authors' code"

    def generator(self, c: MSGControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return MSGGenerator(c.latent_dim, channels_of(c, shape), shape[0], rng, constants=c.constants)

    def discriminator(self, c: MSGControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return MSGDiscriminator(channels_of(c, shape), shape[0], rng, phi=c.phi, shown=c.levels,
                                constants=c.constants)

    def batch_dependence(self, c: MSGControls) -> Literal["", "batch norm", "minibatch stddev"]:
        return "minibatch stddev"

    def flops(self, c: MSGControls, batch_size: int) -> float:
        size = c.resolution or SUPPOSED_PX
        channels = channels_of(c, (3, size, size))
        # D is the larger: its first 3 x 3 convolution of a level takes half as many channels again.
        each = [9.0 * (4 << level) ** 2 * n * (1.5 * n + channels[max(level - 1, 0)])
                for level, n in enumerate(channels)]
        return batch_size * sum(each)


def channels_of(c: MSGControls, shape: tuple[int, ...]) -> list[int]:
    """Channels of every level for images ``(colours, h, w)``, the smallest level first.

    Raises:
        BadInput: No network of this kind makes images of that size.
    """
    top = num_upsamplings(shape, SMALLEST, LARGEST, MSG.name)
    if c.width_top:
        return [min(c.width_top << top - level, c.width) for level in range(top + 1)]
    return [channels_at(level, c.width) for level in range(top + 1)]


class MSGGenerator(nn.Module):
    """Latents ``(n, latent_dim)`` to images ``(n, colours, side, side)``; ``levels_of`` gives those of all levels."""

    def __init__(
        self, latent_dim: int, channels: Sequence[int], colours: int, rng: Generator, *, constants: Constants = "msg",
    ) -> None:
        super().__init__()
        own = constants == "msg"
        self.smallest = SmallestFeatures(
            latent_dim, channels[0], rng, gain=HE if own else HE / 4, normed_twice=not own)
        self.larger = nn.ModuleList(Features(n, m, rng) for n, m in itertools.pairwise(channels))
        self.to_colours = nn.ModuleList(convolution(n, colours, 1, rng, HE if own else 1.0) for n in channels)

    def _features(self, z: Tensor) -> list[Tensor]:
        found = [self.smallest(z)]
        for layers in self.larger:
            found.append(layers(doubled(found[-1])))
        return found

    def levels_of(self, z: Tensor) -> list[Tensor]:
        """Images of 4 px, 8 px and so on to the full size; the outputs are linear."""
        return [layer(x) for layer, x in zip(self.to_colours, self._features(z), strict=True)]

    def forward(self, z: Tensor) -> Tensor:
        image: Tensor = self.to_colours[-1](self._features(z)[-1])
        return image


class _Joined(nn.Module):
    """phi: the image of a level joins the features that come down to it."""

    def __init__(self, n: int, colours: int, rng: Generator, phi: Phi) -> None:
        super().__init__()
        self._phi = phi
        self.beside = max(n // 2, 1) if phi == "lin-cat" else 0  # channels more than the features have
        self.mixed = convolution(colours, self.beside, 1, rng) if phi == "lin-cat" else convolution(
            n + colours, n, 1, rng, bias=False)

    def forward(self, x: Tensor, image: Tensor) -> Tensor:
        if self._phi == "lin-cat":
            return torch.cat([self.mixed(image), x], dim=1)
        mixed: Tensor = self.mixed(torch.cat([image, x], dim=1))
        return mixed


class MSGDiscriminator(nn.Module):
    """Images of all levels, smallest first, to scores ``(n,)``.

    It also takes images of the full size alone, ``(n, colours, side, side)``: the smaller ones are then their means
    over squares, as those of real images are. The image of the full size enters through a 1x1 convolution.
    """

    def __init__(
        self, channels: Sequence[int], colours: int, rng: Generator, *, phi: Phi = "lin-cat", shown: Shown = "all",
        constants: Constants = "msg",
    ) -> None:
        super().__init__()
        *lower, top = channels
        self.from_colours = convolution(colours, top, 1, rng)
        joined = [_Joined(n, colours, rng, phi) for n in lower] if shown == "all" else []
        beside = [layer.beside for layer in joined] or [0] * len(lower)
        self.joined = nn.ModuleList(joined)
        self.larger = nn.ModuleList(
            Halving(n, m, rng, more) for m, n, more in zip(lower, channels[1:], [*beside[1:], 0], strict=True))
        self.verdict = Verdict(channels[0], rng, beside[0], HE if constants == "msg" else 1.0)

    def forward(self, images: Tensor | Sequence[Tensor]) -> Tensor:
        levels = image_levels(images) if isinstance(images, Tensor) else images
        x: Tensor = self.from_colours(levels[-1])
        for level in range(len(self.larger) - 1, -1, -1):
            x = self.larger[level](x)
            if self.joined:
                x = self.joined[level](x, levels[level])
        score: Tensor = self.verdict(x)
        return score
