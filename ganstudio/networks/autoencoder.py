"""Autoencoder: a discriminator that redraws an image through a narrow code, and is as sure as its copy is good.

score(x) = -mean |x - decode(encode(x))|
encode:  3x3 convolutions with ELU, n filters at full size, 2n at half, 3n at a quarter ... 8 px, then a linear code h
decode:  linear, 3x3 convolutions with n filters and ELU, each size repeated to twice the pixels, a linear output
G(z) has the architecture of decode, with weights of its own. No normalisation anywhere.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.core.control import Choice, Integer
from ganstudio.core.network import ImageControls, Network
from ganstudio.core.system.errors import BadInput

BASE = 8  # px, the smallest size that is convolved: the paper's
SIZES = (8, 16, 32, 64, 128)  # px


class AutoencoderControls(ImageControls, frozen=True, kw_only=True):
    """h 64, z as long, z ~ U(-1, 1), two convolutions a size: the paper's. Its 128 filters are for a GPU."""

    latent_dim: Annotated[int, Integer(
        1, 512, symbol="dim z", live=False, label="latent size", help="Number of random numbers from which G makes "
                                                                      "one image")] = 64
    latent: Annotated[Literal["gaussian", "uniform"], Choice(
        live=False, label="latent prior", help="z ~ N(0, 1) or z ~ U(−1, 1) in each dimension")] = "uniform"
    width: Annotated[int, Integer(
        1, 512, scale="log", symbol="n", live=False, unit="filters",
        help="Filters of a convolution at full size. The encoder has 2n at half the size, 3n at a quarter.")] = 32
    code: Annotated[int, Integer(
        1, 1024, scale="log", symbol="h", live=False, label="code size", unit="numbers",
        help="Size to which D compresses an image. If small, it can reconstruct only what it has learnt.")] = 64
    depth: Annotated[int, Integer(
        1, 8, live=False, unit="layers", help="Convolutions at each size, in both players")] = 2


class Autoencoder(Network[AutoencoderControls]):
    """BEGAN's players."""

    name = "autoencoder"
    title = "Autoencoder"
    kinds = ("image",)
    signed_scores = False
    reference = "Berthelot, Schumm, Metz 2017, arXiv:1703.10717, figure 1"

    def generator(self, c: AutoencoderControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        channels, levels = _checked(shape)
        return _init_weights(Decoder(c.latent_dim, c.width, c.depth, levels, channels), rng)

    def discriminator(self, c: AutoencoderControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        channels, levels = _checked(shape)
        return _init_weights(AutoencoderDiscriminator(
            Encoder(channels, c.width, c.depth, levels, c.code),
            Decoder(c.code, c.width, c.depth, levels, channels),
        ), rng)

    def flops(self, c: AutoencoderControls, batch_size: int) -> float:
        size = c.resolution or 32
        pixels, filters = size * size, 9.0 * c.width * c.width
        # Halving the side quarters the pixels; the encoder's filters grow with the level, the decoder's do not.
        levels = range(SIZES.index(size) + 1) if size in SIZES else range(1)
        of_one = sum(filters * pixels / 4.0**level * ((level + 1) ** 2 + 1) for level in levels)
        return batch_size * c.depth * of_one


class Encoder(nn.Module):
    """Images ``(n, channels, s, s)`` -> codes ``(n, code)``."""

    def __init__(self, channels: int, width: int, depth: int, levels: int, code: int) -> None:
        super().__init__()
        convolutions = [nn.Conv2d(channels, width, 3, padding=1)]
        before = width
        for level in range(levels):
            filters = (level + 1) * width
            for _ in range(depth):
                convolutions.append(nn.Conv2d(before, filters, 3, padding=1))
                before = filters
            if level < levels - 1:
                convolutions.append(nn.Conv2d(filters, filters, 3, stride=2, padding=1))
        self.convolutions = nn.ModuleList(convolutions)
        self.dense = nn.Linear(before * BASE * BASE, code)

    def forward(self, x: Tensor) -> Tensor:
        for convolution in self.convolutions:
            x = F.elu(convolution(x))
        code: Tensor = self.dense(x.flatten(1))
        return code


class Decoder(nn.Module):
    """Codes or latents ``(n, inputs)`` -> images ``(n, channels, s, s)``."""

    def __init__(self, inputs: int, width: int, depth: int, levels: int, channels: int) -> None:
        super().__init__()
        self._depth = depth
        self._width = width
        self.dense = nn.Linear(inputs, width * BASE * BASE)
        self.convolutions = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(levels * depth))
        self.output = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, code: Tensor) -> Tensor:
        x = self.dense(code).unflatten(1, (self._width, BASE, BASE))
        for place, convolution in enumerate(self.convolutions):
            if place and place % self._depth == 0:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = F.elu(convolution(x))
        image: Tensor = self.output(x)
        return image


class AutoencoderDiscriminator(nn.Module):
    """The discriminator (core.network.AutoencoderCritic)."""

    def __init__(self, encoder: Encoder, decoder: Decoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def reconstruct(self, x: Tensor) -> Tensor:
        """What is left of images ``(n, c, s, s)`` after the code, in the same shape and units."""
        image: Tensor = self.decoder(self.encoder(x))
        return image

    def forward(self, x: Tensor) -> Tensor:
        return -_full(x).sub(_full(self.reconstruct(x))).abs().flatten(1).mean(dim=1)


def _full(x: Tensor) -> Tensor:
    """In float32 at least: an error is averaged over thousands of pixels."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def _checked(shape: tuple[int, ...]) -> tuple[int, int]:
    """Channels, and how many sizes there are from the image's own down to 8 px."""
    channels, height, width = shape
    if height != width or height not in SIZES:
        raise BadInput(f"images of {width}×{height} px do not suit the autoencoder network: "
                       f"it takes {', '.join(map(str, SIZES[:-1]))} or {SIZES[-1]} px a side; set resolution")
    return channels, SIZES.index(height) + 1


def _init_weights(player: nn.Module, rng: Generator) -> nn.Module:
    """Weights as the reference implementation's framework draws them: Glorot uniform, biases 0."""
    for layer in player.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight, generator=rng)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return player
