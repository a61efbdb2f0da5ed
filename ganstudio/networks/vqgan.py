"""VQGAN's five: E writes images in vectors, a codebook C makes codes of them, G draws them, D judges patches, T is the
prior of the codes.

E: a convolution of 3 x 3, then of 4 x 4 and stride 2 as often as the side is halved, residual ones, and one of 1 x 1 to
the length of a code; if it is to see a code's own square alone, they are of 1 x 1 and of 2 x 2. G mirrors the former,
and ends in a convolution of 3 x 3 without an output activation.
D: convolutions of 4 x 4 and stride 2, and one of 3 x 3 that gives the scores; with batch norm the PatchGAN of pix2pix.
T: a causal transformer over the codes in raster order.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor, nn

from ganstudio.core.control import Choice, Integer
from ganstudio.core.dataset import DataShape
from ganstudio.core.network import ImageControls, Network
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.parts.code_transformer import CodeTransformer
from ganstudio.networks.parts.codebook import Codebook
from ganstudio.networks.parts.image_heads import num_upsamplings
from ganstudio.networks.parts.patch_discriminator import PatchDiscriminator, map_side

SMALLEST, LARGEST = 8, 256  # px
LEAK = 0.2


class VQGANControls(ImageControls, frozen=True, kw_only=True):
    """The defaults are for 32 px: 8 x 8 codes."""

    latent_dim: Annotated[int, Integer(1, 1, live=False, help="Codes are drawn by the prior: there is no latent")] = 1
    latent: Annotated[Literal["gaussian"], Choice(
        live=False, help="Codes are drawn by the prior: there is no latent")] = "gaussian"
    codes: Annotated[int, Integer(
        2, 16384, scale="log", live=False, symbol="n", help="Vectors in the codebook")] = 16
    code_dim: Annotated[int, Integer(
        1, 512, scale="log", live=False, label="code size", help="Length of each vector of the codebook")] = 16
    width: Annotated[int, Integer(
        4, 256, scale="log", live=False, unit="channels",
        help="Channels of the largest maps of E and G. They double as the side halves.")] = 24
    widest: Annotated[int, Integer(
        4, 1024, scale="log", live=False, unit="channels", help="Most channels of E and G")] = 64
    steps_down: Annotated[int, Integer(
        1, 5, live=False, label="steps down", help="How many times E halves the side: with 2, a code is a square "
                                                   "of 4 px a side")] = 2
    sight: Annotated[Literal["neighbours", "own square"], Choice(
        live=False, label="E sees", help="What a code is made from. Neighbours: overlapping squares, as in the paper; "
                                         "a code then holds information about the squares that follow. Own square: "
                                         "the pixels that it replaces and no others.")] = "neighbours"
    blocks: Annotated[int, Integer(
        1, 4, live=False, help="Residual convolutions of E and of G at the smallest side")] = 1
    width_d: Annotated[int, Integer(
        4, 256, scale="log", live=False, unit="channels", label="D width",
        help="Channels of D's first layer; they double with each layer")] = 24
    patch_layers: Annotated[int, Integer(
        1, 4, live=False, label="patch layers", help="Layers of stride 2 in D: with 2, one score sees 18 px a side")
    ] = 2
    norm_d: Annotated[Literal["none", "batch"], Choice(
        live=False, label="D norm", help="Batch: the PatchGAN of the paper, with batch norm and two more layers of "
                                         "stride 1")] = "none"
    prior_layers: Annotated[int, Integer(
        1, 48, live=False, label="prior layers", help="Blocks of the transformer T")] = 3
    prior_heads: Annotated[int, Integer(
        1, 32, live=False, label="prior heads", help="Heads of attention in each block of T; they share its width")
    ] = 4
    prior_width: Annotated[int, Integer(
        4, 2048, scale="log", live=False, unit="channels", label="prior width", help="Numbers of T for each place")
    ] = 64

    def check(self) -> None:
        super().check()
        if self.prior_width % self.prior_heads:
            raise BadInput(f"prior_width = {self.prior_width} is not a multiple of prior_heads = {self.prior_heads}")


class VQGAN(Network[VQGANControls]):
    """Encoder, codebook, decoder, patch discriminator and prior, for images of 8 to 256 px."""

    name = "vqgan"
    title = "VQGAN"
    kinds = ("image",)
    has_latent = False
    of_one_game = True
    reference = "Esser, Rombach, Ommer 2021, arXiv:2012.09841, section 3 and table 8"

    def modules(self, c: VQGANControls, data: DataShape, rng: Callable[[str], Generator]) -> dict[str, nn.Module]:
        colours, side = data.x[0], data.x[1]
        num_upsamplings(data.x, SMALLEST, LARGEST, self.name)
        grid = side >> c.steps_down
        if grid < 2:
            raise BadInput(f"steps_down = {c.steps_down} is too many for images of {side} px: at least 2 x 2 codes "
                           "are needed")
        scores = map_side(side, c.patch_layers) if c.norm_d == "batch" else side >> c.patch_layers
        if scores < 1:
            raise BadInput(f"patch_layers = {c.patch_layers} is too many for images of {side} px: "
                           f"D would have no score left")
        widths = [min(c.width << level, c.widest) for level in range(c.steps_down + 1)]
        D: nn.Module = _Patches(colours, c.width_d, c.patch_layers)
        if c.norm_d == "batch":
            D = PatchDiscriminator(colours, c.width_d, c.patch_layers, nn.BatchNorm2d)
        return {
            "C": Codebook(c.codes, c.code_dim, grid, rng("C")),
            "D": _init_weights(D, rng("discriminator")),
            "E": _init_weights(_Encoder(colours, widths, c), rng("E")),
            "G": _init_weights(_Decoder(colours, widths, c), rng("generator")),
            "T": CodeTransformer(c.codes, grid * grid, c.prior_layers, c.prior_heads, c.prior_width, rng("T")),
        }

    def batch_dependence(self, c: VQGANControls) -> Literal["", "batch norm", "minibatch stddev"]:
        return "batch norm" if c.norm_d == "batch" else ""

    def flops(self, c: VQGANControls, batch_size: int) -> float:
        return max(2e7, 40.0 * batch_size * 1024 * c.width * c.width)


class _Residual(nn.Module):
    """x + conv(act(x))."""

    def __init__(self, width: int, kernel: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, kernel, 1, kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        moved: Tensor = x + self.conv(nn.functional.leaky_relu(x, LEAK))
        return moved


class _Encoder(nn.Module):
    """Images ``(n, c, h, h)`` -> vectors ``(n, code_dim, g, g)``."""

    def __init__(self, colours: int, widths: list[int], c: VQGANControls) -> None:
        super().__init__()
        wide = c.sight == "neighbours"
        kernel, halving, pad = (3, 4, 1) if wide else (1, 2, 0)
        layers: list[nn.Module] = [nn.Conv2d(colours, widths[0], kernel, 1, pad)]
        for before, after in itertools.pairwise(widths):
            layers += [nn.LeakyReLU(LEAK), nn.Conv2d(before, after, halving, 2, pad)]
        layers += [_Residual(widths[-1], kernel) for _ in range(c.blocks)]
        self.layers = nn.Sequential(*layers, nn.LeakyReLU(LEAK), nn.Conv2d(widths[-1], c.code_dim, 1))

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.layers(x)
        return made


class _Decoder(nn.Module):
    """Vectors ``(n, code_dim, g, g)`` of codes, of any g -> images ``(n, c, h, h)``."""

    def __init__(self, colours: int, widths: list[int], c: VQGANControls) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(c.code_dim, widths[-1], 1)]
        layers += [_Residual(widths[-1]) for _ in range(c.blocks)]
        for after, before in reversed(list(itertools.pairwise(widths))):
            layers += [nn.LeakyReLU(LEAK), nn.ConvTranspose2d(before, after, 4, 2, 1)]
        self.layers = nn.Sequential(*layers, nn.LeakyReLU(LEAK))
        self.last = nn.Conv2d(widths[0], colours, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.last(self.layers(x))
        return made


class _Patches(nn.Module):
    """Images ``(n, c, h, h)`` -> a map of scores ``(n, 1, m, m)``."""

    def __init__(self, colours: int, width: int, n: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = colours
        for level in range(n):
            after = width << level
            layers += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(LEAK)]
            before = after
        self.layers = nn.Sequential(*layers, nn.Conv2d(before, 1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.layers(x)
        return scores


def _init_weights(module: nn.Module, rng: Generator) -> nn.Module:
    """He's first weights; biases 0."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(layer.weight, LEAK, nonlinearity="leaky_relu", generator=rng)
            if layer.bias is not None:
                with torch.no_grad():
                    layer.bias.zero_()
    return module
