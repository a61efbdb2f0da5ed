"""StyleGAN2's pair: G's convolutions are scaled by styles of w and demodulated; its colours are a sum over sizes.

G: z -> mapping -> w; constant 4x4 -> conv | x2 -> conv -> conv | ..., after each convolution noise and bias
    image <- x2(image) + colours of this size (1x1, with a style)
D: residual: two convolutions, half the size, a 1x1 beside them; the spread within the batch at 4x4
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

import torch
from torch import Generator, Tensor, nn

from ganstudio.core.control import Toggle
from ganstudio.core.network import Network
from ganstudio.networks.parts.binomial_filters import doubled_smoothly
from ganstudio.networks.parts.fourier_features import FourierFeatures
from ganstudio.networks.parts.image_heads import START
from ganstudio.networks.parts.modulated import ModulatedConv, ToColours
from ganstudio.networks.parts.noise import NoiseMap
from ganstudio.networks.parts.scaled_layers import leaky
from ganstudio.networks.parts.style_controls import StyleControls, channels_of_levels, multiplications
from ganstudio.networks.parts.style_discriminator import StyleDiscriminator
from ganstudio.networks.parts.styled_generator import StyledGenerator


class Style2Controls(StyleControls, frozen=True, kw_only=True):
    """Sizes for a CPU."""

    fourier_input: Annotated[bool, Toggle(
        live=False, label="Fourier input",
        help="G begins with fixed waves in the place of the learnt constant, which can be moved and turned: "
             "configuration B of StyleGAN3's paper")] = False
    noise: Annotated[bool, Toggle(
        live=False, label="noise",
        help="G adds a noise map after each convolution, with a strength that it learns, for details that are left to "
             "chance. Early in training it may use them as a texture, before it can draw edges.")] = True


class Style2(Network[Style2Controls]):
    """Modulated convolutions with demodulation, colours summed over sizes; a residual D."""

    name = "style2"
    title = "Style 2"
    kinds = ("image",)
    reference = "Karras et al. 2020, StyleGAN2, arXiv:1912.04958, section 2, 4.1 and appendix B"
    copies_buffers = True

    def generator(self, c: Style2Controls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return Style2Generator(c, channels_of_levels(c.width, c.channel_base, shape, self.name), shape[0], rng)

    def discriminator(self, c: Style2Controls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        channels = channels_of_levels(c.width, c.channel_base, shape, self.name)
        return StyleDiscriminator(channels, shape[0], rng, residual=True)

    def batch_dependence(self, c: Style2Controls) -> Literal["", "batch norm", "minibatch stddev"]:
        return "minibatch stddev"

    def flops(self, c: Style2Controls, batch_size: int) -> float:
        return multiplications(c, batch_size)


class StyledConv(nn.Module):
    """A modulated convolution, then noise (if any), bias and a leaky ReLU, which lie outside the style's reach."""

    def __init__(self, before: int, after: int, w_dim: int, rng: Generator, *, noise: bool) -> None:
        super().__init__()
        self.conv = ModulatedConv(before, after, w_dim, rng)
        self.noise: nn.Module = NoiseMap() if noise else nn.Identity()
        self.bias = nn.Parameter(torch.zeros(after, 1, 1))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        return leaky(self.noise(self.conv(x, w)) + self.bias)


class Style2Generator(StyledGenerator):
    """Latents ``(n, latent_dim)`` to images ``(n, colours, side, side)``; a linear output."""

    def __init__(self, c: Style2Controls, channels: list[int], colours: int, rng: Generator) -> None:
        super().__init__(c.latent_dim, c.w_dim, c.mapping_layers, rng)
        self.init_w_avg(rng)
        self.input = FourierFeatures(channels[0], START, START, START / 2, rng) if c.fourier_input else None
        constant = torch.randn(1, channels[0], START, START, generator=rng)
        self.constant = None if c.fourier_input else nn.Parameter(constant)
        self.smallest = StyledConv(channels[0], channels[0], c.w_dim, rng, noise=c.noise)
        self.larger = nn.ModuleList(
            nn.ModuleList(StyledConv(before, m, c.w_dim, rng, noise=c.noise) for before in (n, m))
            for n, m in itertools.pairwise(channels))
        self.to_colours = nn.ModuleList(ToColours(n, colours, c.w_dim, rng) for n in channels)

    @property
    def num_ws(self) -> int:
        """A w for each convolution, and one for the last colours; other colours share that of the next convolution."""
        return 2 * len(self.to_colours)

    def names_of_ws(self) -> list[str]:
        names = [f"{START} px"]
        for level in range(1, len(self.to_colours)):
            side = START << level
            names += [f"{side} px, first, and colours of {side // 2} px", f"{side} px, second"]
        return [*names, f"colours of {START << len(self.larger)} px"]

    @property
    def movable(self) -> bool:
        """Whether it begins with waves: a learnt constant has no places between its pixels."""
        return self.input is not None

    def moved(self, z: Tensor, transforms: Tensor) -> Tensor:
        """Images of latents ``(n, latent_dim)``, moved; see ``core.network.Movable``."""
        return self._summed(self._colours(self.mapped(z, follow=False), transforms))

    def _colours(self, ws: Tensor, transforms: Tensor | None = None) -> Iterator[Tensor]:
        """What each size adds to the image, at its own size, the smallest first."""
        w = ws.unbind(1)
        start = self.constant if self.input is None else self.input(transforms)
        assert start is not None
        x = start.to(ws.dtype).expand(ws.shape[0] if start.shape[0] == 1 else -1, -1, -1, -1)
        x = self.smallest(x, w[0])
        yield self.to_colours[0](x, w[1])
        pair: Any
        for level, pair in enumerate(self.larger, start=1):
            x = pair[1](pair[0](doubled_smoothly(x), w[2 * level - 1]), w[2 * level])
            yield self.to_colours[level](x, w[2 * level + 1])

    def synthesis(self, ws: Tensor) -> Tensor:
        return self._summed(self._colours(ws))

    @staticmethod
    def _summed(parts: Iterable[Tensor]) -> Tensor:
        image: Tensor | None = None
        for colours in parts:
            image = colours if image is None else doubled_smoothly(image) + colours
        assert image is not None
        return image

    def skip_parts(self, ws: Tensor) -> list[Tensor]:
        """What each size adds to the image, enlarged to the image's size; their sum is the image."""
        parts = list(self._colours(ws))
        for at, part in enumerate(parts):
            for _ in range(len(parts) - 1 - at):
                part = doubled_smoothly(part)
            parts[at] = part
        return parts
