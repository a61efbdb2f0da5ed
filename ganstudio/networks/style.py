"""StyleGAN's pair: w enters G after every convolution, as scale and bias of its normalised maps; so does noise.

G: z -> mapping -> w; constant 4x4 -> * -> conv -> * | x2 -> conv -> blur -> * -> conv -> * | ... -> colours (1x1)
    *: x + noise, bias, leaky ReLU, (1 + y_s) (x - mean) / sd + y_b with mean and sd over each map, y linear in w
D: a progressive one, fully grown, with a blur before it halves; the spread within the batch at 4x4
"""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.core.control import Choice
from ganstudio.core.network import Network
from ganstudio.maths.resampling import doubled
from ganstudio.networks.parts.binomial_filters import blurred
from ganstudio.networks.parts.equalised import HE
from ganstudio.networks.parts.image_heads import START
from ganstudio.networks.parts.noise import NoiseMap
from ganstudio.networks.parts.scaled_layers import LEAK, ScaledConv, ScaledLinear
from ganstudio.networks.parts.style_controls import StyleControls, channels_of_levels, multiplications
from ganstudio.networks.parts.style_discriminator import StyleDiscriminator
from ganstudio.networks.parts.styled_generator import StyledGenerator

EPS = 1e-8


class StyleNetworkControls(StyleControls, frozen=True, kw_only=True):
    """Sizes for a CPU."""

    discriminator: Annotated[Literal["plain", "residual"], Choice(
        live=False, help="Plain: the paper's, a progressive D with a blur before it halves. Residual: StyleGAN2's.",
    )] = "plain"


class Style(Network[StyleNetworkControls]):
    """Adaptive instance norm and noise after every convolution of G."""

    name = "style"
    title = "Style"
    kinds = ("image",)
    reference = "Karras et al. 2019, StyleGAN, arXiv:1812.04948, section 2, fixed size"
    copies_buffers = True

    def generator(self, c: StyleNetworkControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return StyleGenerator(c, channels_of_levels(c.width, c.channel_base, shape, self.name), shape[0], rng)

    def discriminator(self, c: StyleNetworkControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        channels = channels_of_levels(c.width, c.channel_base, shape, self.name)
        return StyleDiscriminator(channels, shape[0], rng, residual=c.discriminator == "residual")

    def batch_dependence(self, c: StyleNetworkControls) -> Literal["", "batch norm", "minibatch stddev"]:
        return "minibatch stddev"

    def flops(self, c: StyleNetworkControls, batch_size: int) -> float:
        return multiplications(c, batch_size)


def instance_norm(x: Tensor) -> Tensor:
    """(x - mean) / sqrt(var + 1e-8) over each map of ``(n, c, h, w)``, in float32 at least."""
    exact = x.to(torch.promote_types(x.dtype, torch.float32))
    variance, mean = torch.var_mean(exact, (2, 3), correction=0, keepdim=True)
    return ((exact - mean) * (variance + EPS).rsqrt()).to(x.dtype)


class Epilogue(nn.Module):
    """What follows a convolution: noise with a strength for each channel, bias, leaky ReLU, norm, and the style.

    Source: Karras et al. 2019, arXiv:1812.04948, eq. 1; 1 + y_s as in the authors' code.
    """

    def __init__(self, channels: int, w_dim: int, rng: Generator) -> None:
        super().__init__()
        self.noise = NoiseMap(channels)
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))
        self.style = ScaledLinear(w_dim, 2 * channels, rng)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        scale, shift = self.style(w)[:, :, None, None].chunk(2, dim=1)
        x = instance_norm(F.leaky_relu(self.noise(x) + self.bias, LEAK))
        styled: Tensor = (1 + scale) * x + shift
        return styled


class StyleGenerator(StyledGenerator):
    """Latents ``(n, latent_dim)`` to images ``(n, colours, side, side)``; a linear output."""

    def __init__(self, c: StyleNetworkControls, channels: list[int], colours: int, rng: Generator) -> None:
        super().__init__(c.latent_dim, c.w_dim, c.mapping_layers, rng)
        self.init_w_avg(rng)
        self.constant = nn.Parameter(torch.ones(1, channels[0], START, START))
        # At 4 px the constant is in the place of the first convolution.
        self.firsts = nn.ModuleList(
            ScaledConv(n, m, 3, rng, gain=HE, bias=False) for n, m in itertools.pairwise(channels))
        self.seconds = nn.ModuleList(ScaledConv(n, n, 3, rng, gain=HE, bias=False) for n in channels)
        self.epilogues = nn.ModuleList(Epilogue(n, c.w_dim, rng) for n in channels for _ in range(2))
        self.to_colours = ScaledConv(channels[-1], colours, 1, rng)

    @property
    def num_ws(self) -> int:
        """A w for the constant and each convolution."""
        return len(self.epilogues)

    def names_of_ws(self) -> list[str]:
        return [f"{START << level} px, {which}" for level in range(len(self.seconds)) for which in ("first", "second")]

    def synthesis(self, ws: Tensor) -> Tensor:
        w = ws.unbind(1)
        x = self.constant.to(ws.dtype).expand(ws.shape[0], -1, -1, -1)
        for level, second in enumerate(self.seconds):
            if level > 0:
                x = blurred(self.firsts[level - 1](doubled(x)))
            x = self.epilogues[2 * level](x, w[2 * level])
            x = self.epilogues[2 * level + 1](second(x), w[2 * level + 1])
        image: Tensor = self.to_colours(x)
        return image
