"""StyleGAN3-T's two: a generator without aliasing, whose picture moves as its input moves, and StyleGAN2's D.

G: z -> two dense layers -> w. Waves, placed by w -> N layers -> a 1x1 convolution to colours -> a quarter.
    A layer: convolution modulated by w and demodulated -> bias -> finer sampling -> leaky ReLU -> filter -> sampling.
    Maps are larger than the image by a margin, so that borders, where zeros come in, stay outside of it.
D: residual blocks that halve the map, the spread within the batch, a dense layer, the score. It scores as v2's does.
"""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor, nn

from ganstudio.core.control import Integer, Slider, Toggle
from ganstudio.core.network import Network
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.parts.alias_free_layer import AliasFreeLayer
from ganstudio.networks.parts.band_limits import bands, channels_of
from ganstudio.networks.parts.filtered import FilteredActivation
from ganstudio.networks.parts.fourier_features import PlacedFeatures
from ganstudio.networks.parts.image_heads import num_upsamplings
from ganstudio.networks.parts.style_controls import (
    LARGEST,
    SMALLEST,
    SUPPOSED_PX,
    MappingControls,
    NumMappingLayers,
    channels_of_levels,
)
from ganstudio.networks.parts.style_discriminator import StyleDiscriminator
from ganstudio.networks.parts.styled_generator import StyledGenerator

OUTPUT = 0.25  # of what the last layer makes
W_AVG_BETA = 0.998
KERNEL = 3


class Style3Controls(MappingControls, frozen=True, kw_only=True):
    """Small enough for two cores; the reference has 14 layers, 512 channels and a margin of 10."""

    mapping_layers: NumMappingLayers = 2
    width: Annotated[int, Integer(
        4, 512, scale="log", live=False, unit="channels",
        help="Most channels of a layer of G. From a cutoff of 32 cycles a side on, layers have fewer.")] = 48
    layers: Annotated[int, Integer(
        2, 16, live=False, symbol="N", unit="layers",
        help="Layers of G before the one that makes colours; the more, the smaller the steps between cutoffs")] = 6
    critical: Annotated[int, Integer(
        0, 4, live=False, unit="layers", label="critical layers",
        help="How many of the last layers are sampled critically: sharp, but with some aliasing")] = 2
    margin: Annotated[int, Integer(
        0, 16, live=False, unit="px",
        help="Samples of every map beyond each border of the image. If too few, zeros from outside enter the picture "
             "when it moves.")] = 4
    upsampled_activation: Annotated[bool, Toggle(
        live=False, label="activation sampled finer",
        help="Whether maps are sampled twice as finely before the leaky ReLU and filtered after it; if not, what it "
             "makes beyond the band folds back")] = True
    taps: Annotated[int, Integer(
        2, 12, live=False, unit="taps", help="Length of the filters, in samples of the coarser of the two maps")] = 6
    magnitude_memory: Annotated[float, Slider(
        0.0, 0.9999, live=False, symbol="β", label="memory of magnitudes",
        help="Share that each update keeps of the running mean of a layer's mean square, by which its input is "
             "divided")] = 0.99
    width_d: Annotated[int, Integer(
        4, 512, scale="log", live=False, unit="channels", label="width of D",
        help="Most channels of a map of D")] = 64
    full_d: Annotated[int, Integer(
        4, 64, scale="log", live=False, unit="px", label="full width of D to",
        help="Side up to which the maps of D have all channels; each one twice as large has half as many")] = 8

    def check(self) -> None:
        super().check()
        if self.critical >= self.layers:
            raise BadInput(f"critical = {self.critical} is not allowed: fewer than the {self.layers} layers can be")


class Style3(Network[Style3Controls]):
    """Square images whose side is a power of two, 8 to 1024 px."""

    name = "style3"
    title = "Alias-free style"
    kinds = ("image",)
    reference = "Karras et al. 2021, Alias-Free Generative Adversarial Networks, arXiv:2106.12423, configuration T"
    copies_buffers = True  # the means of w and of magnitudes

    def generator(self, c: Style3Controls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        num_upsamplings(shape, SMALLEST, LARGEST, self.name)
        return AliasFreeGenerator(c, shape[0], shape[1], rng)

    def discriminator(self, c: Style3Controls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        channels = channels_of_levels(c.width_d, c.width_d * c.full_d, shape, self.name)
        return StyleDiscriminator(channels, shape[0], rng, residual=True)

    def batch_dependence(self, c: Style3Controls) -> Literal["", "batch norm", "minibatch stddev"]:
        return "minibatch stddev"

    def flops(self, c: Style3Controls, batch_size: int) -> float:
        found = bands(c.resolution or SUPPOSED_PX, c.layers, c.critical, c.margin)
        each = [KERNEL**2 * channels_of(before, c.width) * channels_of(band, c.width) * band.size**2
                for before, band in itertools.pairwise(found)]
        return float(batch_size * sum(each))


class AliasFreeGenerator(StyledGenerator):
    """Latents ``(n, latent_dim)`` to images ``(n, colours, side, side)``; a linear output.

    It is ``core.network.Movable``, and has no noise: drawn pixel by pixel, it would not move with the picture. It
    computes in float32 whatever the run's precision: fewer bits would be noise above what its filters leave of
    aliasing.
    """

    movable = True
    in_float32 = True

    def __init__(self, c: Style3Controls, colours: int, side: int, rng: Generator) -> None:
        super().__init__(c.latent_dim, c.w_dim, c.mapping_layers, rng, beta=W_AVG_BETA)
        found = bands(side, c.layers, c.critical, c.margin)
        channels = [channels_of(band, c.width) for band in found]
        self._names = ["place", *(f"{band.rate} px, to {band.cutoff:.1f} cycles" for band in found[:-1]), "colours"]
        first = found[0]
        self.input = PlacedFeatures(c.w_dim, channels[0], first.size, first.rate, first.cutoff, rng)
        finer = 2 if c.upsampled_activation else 1
        self.layers = nn.ModuleList()
        for index, band in enumerate(found[:-1]):
            before = max(index - 1, 0)
            activation = FilteredActivation(
                channels[index], found[before], band, KERNEL - 1, finer=finer, taps=c.taps)
            self.layers.append(AliasFreeLayer(
                c.w_dim, channels[before], channels[index], KERNEL, c.magnitude_memory, activation, rng))
        self.colours = AliasFreeLayer(c.w_dim, channels[-2], colours, 1, c.magnitude_memory, None, rng)
        self.init_w_avg(rng)

    @property
    def num_ws(self) -> int:
        """Of the input, the layers, and the colours."""
        return len(self.layers) + 2

    def names_of_ws(self) -> list[str]:
        """What each w steers: where the picture is, each layer by its rate and cutoff, the colours."""
        return list(self._names)

    def forward(self, z: Tensor, other: Tensor | None = None, crossover: int = 0, follow: bool = True) -> Tensor:
        """As the base's; the means of magnitudes follow as that of w does."""
        return self._made(self.mapped(z, other, crossover, follow=follow), None, follow)

    def mapping(self, z: Tensor, *, follow: bool = True) -> Tensor:
        with torch.autocast(_autocast_of(z), enabled=False):
            return super().mapping(self._own(z), follow=follow)

    def _own(self, x: Tensor) -> Tensor:
        """In the type of its weights, which is float32 unless a measure has asked for more."""
        return x.to(self.input.mix.dtype)

    def synthesis(self, ws: Tensor) -> Tensor:
        """A w for the input, each layer and the colours, ``(n, num_ws, w_dim)`` -> images."""
        return self._made(ws, None, True)

    def moved(self, z: Tensor, transforms: Tensor) -> Tensor:
        """Images of latents ``(n, latent_dim)``, moved; see ``core.network.Movable``."""
        return self._made(self.mapped(z, follow=False), transforms, False)

    def _made(self, ws: Tensor, transforms: Tensor | None, follow: bool) -> Tensor:
        follow = follow and self.training
        with torch.autocast(_autocast_of(ws), enabled=False):
            ws = self._own(ws)
            x = self.input(ws[:, 0], transforms)
            for index, layer in enumerate(self.layers, start=1):
                x = layer(x, ws[:, index], follow=follow)
            made: Tensor = self.colours(x, ws[:, -1], follow=follow) * OUTPUT
        return made


def _autocast_of(x: Tensor) -> str:
    """The kind of device whose autocast is meant; tensors without contents have none of their own."""
    return "cpu" if x.is_meta else x.device.type
