"""SinGAN: a generator and a discriminator for each scale of one image, fully convolutional, so that any canvas goes.

G_n: the noise and the enlarged image of the scale below, added, a border of zeros around them
     5 x (conv 3 x 3 without padding, batch norm, lrelu .2), the last one conv and tanh
     plus the enlarged image
D_n: the same layers, the last one a map of scores, one for each 11 x 11 px of the image
The border tells G where the image ends, which is why borders are repeated and the middle varies.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Annotated

import msgspec
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.core.control import Integer, Slider
from ganstudio.core.dataset import DataShape
from ganstudio.core.network import Network, NetworkControls
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.scale_pyramid import Size, scale_sizes

LEAK = 0.2
FIRST_SD = 0.02  # of first weights, and of the first scales of batch norm around 1
WIDEST = 128  # channels
MOST_SCALES = 12
SUPPOSED_PX = 36 * 48  # of the image, where the cost is estimated


class SinganControls(NetworkControls, frozen=True, kw_only=True):
    """25 px, 32 channels that double every 4 scales in the paper."""

    latent_dim: Annotated[int, Integer(1, 1, live=False, help="The latent is the noise of the coarsest scale: as many "
                                                              "numbers as that has pixels")] = 1
    coarsest_side: Annotated[int, Integer(
        4, 64, live=False, unit="px", label="coarsest side", help="Shorter side of the coarsest scale")] = 12
    factor: Annotated[float, Slider(
        0.4, 0.9, live=False, symbol="r", label="scale factor",
        help="Side of a scale over that of the next finer one. It is moved a little, so that the coarsest side is met.")
    ] = 0.75
    scales: Annotated[int, Integer(
        0, MOST_SCALES, live=False, help="Number of scales; 0: as many as the scale factor needs")] = 0
    width: Annotated[int, Integer(
        2, WIDEST, scale="log", live=False, unit="channels", help="Channels of each layer at the coarsest scale")] = 16
    double_every: Annotated[int, Integer(
        0, MOST_SCALES, live=False, unit="scales", label="double every",
        help=f"Scales after which the number of channels doubles, up to {WIDEST}; 0: it stays")] = 0
    layers: Annotated[int, Integer(
        3, 8, live=False, help="Convolutions of each module: n of them see 2 n + 1 px a side")] = 5


class Singan(Network[SinganControls]):
    """A pair of players for each scale of one image, of any height and width."""

    name = "singan"
    title = "SinGAN"
    kinds = ("image",)
    of_one_game = True
    reference = "Rott Shaham, Dekel, Michaeli 2019, arXiv:1905.01164; constants as in the authors' code"

    def modules(self, c: SinganControls, data: DataShape, rng: Callable[[str], Generator]) -> dict[str, nn.Module]:
        sizes = self.sizes(c, data)
        colours, made = data.x[0], {}
        of_g, of_d = rng("generator"), rng("discriminator")
        for at in range(len(sizes)):
            width = min(c.width * 2 ** (at // c.double_every if c.double_every else 0), WIDEST)
            made[f"G{at}"] = _first_weights(_Generator(colours, width, c.layers, sizes, at), of_g)
            made[f"D{at}"] = _first_weights(_Discriminator(colours, width, c.layers, sizes), of_d)
        made["G0"].get_buffer("z_star").normal_(generator=rng("fixed noise"))
        return made

    def sizes(self, c: SinganControls, data: DataShape) -> list[Size]:
        """Height and width of each scale, the coarsest first.

        Raises:
            BadInput: The coarsest is smaller than what a score sees, or there are too many.
        """
        size, sees = (data.x[1], data.x[2]), 2 * c.layers + 1
        found = scale_sizes(size, c.coarsest_side, c.factor, c.scales)
        if min(found[0]) < sees:
            raise BadInput(f"network {self.name} has layers that see {sees} px a side, and the coarsest scale of this "
                           f"image has {found[0][1]}×{found[0][0]} px: choose a larger coarsest_side or "
                           "longest_side, or fewer layers")
        if len(found) > MOST_SCALES:
            raise BadInput(f"network {self.name} would have {len(found)} scales, and {MOST_SCALES} are allowed: choose "
                           "a larger coarsest_side or a smaller factor")
        return found

    def fitted(self, c: SinganControls, data: DataShape) -> SinganControls:
        height, width = self.sizes(c, data)[0]
        return msgspec.structs.replace(c, latent_dim=height * width)

    def flops(self, c: SinganControls, batch_size: int) -> float:
        return batch_size * 9.0 * SUPPOSED_PX * c.width * (2 * 3 + (c.layers - 2) * c.width)


def _layers(before: int, width: int, count: int, after: int) -> nn.Sequential:
    """Convolutions without padding; all but the last one with batch norm, and without a bias that it would undo."""
    blocks: list[nn.Module] = []
    for n, m in itertools.pairwise([before, *[width] * (count - 1)]):
        blocks += [nn.Conv2d(n, m, 3, bias=False), nn.BatchNorm2d(m), nn.LeakyReLU(LEAK)]
    return nn.Sequential(*blocks, nn.Conv2d(width, after, 3))


class _Generator(nn.Module):
    """One scale's: noise and the image of the scale below in, an image of the same size out."""

    z_star: Tensor
    sigma: Tensor

    def __init__(self, colours: int, width: int, layers: int, sizes: list[Size], at: int) -> None:
        super().__init__()
        self.sizes, self.colours, self._border = tuple(sizes), colours, layers
        self.layers = _layers(colours, width, layers, colours)
        self.register_buffer("sigma", torch.ones(()))  # of the noise; set when the scale begins
        if at == 0:
            self.register_buffer("z_star", torch.empty(1, 1, *sizes[0]))  # the noise of the reconstruction

    def forward(self, z: Tensor | None, before: Tensor | None = None) -> Tensor:
        """Images ``(n, colours, h, w)`` of noise ``(n, 1 or colours, h, w)`` and of images, one of which may lack."""
        if z is None:
            assert before is not None
            seen = before
        else:
            noise = self.sigma * z
            seen = noise.expand(-1, self.colours, -1, -1) if before is None else before + noise
        made = torch.tanh(self.layers(F.pad(seen, [self._border] * 4)))
        return made if before is None else before + made


class _Discriminator(nn.Module):
    """Images ``(n, colours, h, w)`` -> a map of scores ``(n, h - 2 layers, w - 2 layers)``."""

    def __init__(self, colours: int, width: int, layers: int, sizes: list[Size]) -> None:
        super().__init__()
        self.sizes = tuple(sizes)
        self.layers = _layers(colours, width, layers, 1)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.layers(x)
        return scores.squeeze(1)


def _first_weights(player: nn.Module, rng: Generator) -> nn.Module:
    """N(0, .02) for convolutions, N(1, .02) for the scales of batch norm; biases 0."""
    for layer in player.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.normal_(layer.weight, 0.0, FIRST_SD, generator=rng)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, FIRST_SD, generator=rng)
    return player
