"""U-Net and PatchGAN: G translates an image through a bottleneck with skips; D scores patches of it.

G: convolutions of 4 x 4, stride 2 down to 2 x 2, transposed ones back up; each map of the way down is joined to the one
of its size on the way up. Dropout on the innermost layers is its only source of variety.
D: a PatchGAN of n layers, which sees the source beside the image, or the image alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor, nn

from ganstudio.core.control import Choice, Integer, Slider
from ganstudio.core.dataset import DataShape
from ganstudio.core.network import Network, SourceControls
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.parts.image_heads import num_upsamplings
from ganstudio.networks.parts.mlp_body import LEAK
from ganstudio.networks.parts.noise import NoiseDropout
from ganstudio.networks.parts.patch_discriminator import PatchDiscriminator, map_side
from ganstudio.networks.parts.residual_translator import init_weights

SMALLEST, LARGEST = 8, 256  # px
INNERMOST = 2  # px, the side of the bottleneck
WIDEST = 8


class UNetControls(SourceControls, frozen=True, kw_only=True):
    """ngf = ndf = 64 in the paper, at 256 px with a PatchGAN of 70 px."""

    width: Annotated[int, Integer(
        1, 512, scale="log", live=False, unit="channels",
        help="Channels of G's largest maps. They double as the side halves, up to eight times as many.")] = 24
    width_d: Annotated[int, Integer(
        1, 512, scale="log", live=False, unit="channels", label="D width",
        help="Channels of D's first layer. They double with each layer, up to eight times as many.")] = 24
    widest: Annotated[int, Integer(
        1, 8, live=False, unit="widths", help="Most channels of G's innermost maps, in multiples of the width")] = 4
    patch_layers: Annotated[int, Integer(
        0, 5, live=False, symbol="n", label="patch layers",
        help="Layers of stride 2 in D: one score sees 1, 16, 34, 70, 142 px a side for n = 0, 1, 2, 3, 4")] = 1
    dropout: Annotated[float, Slider(
        0.0, 0.9, live=False, help="Share of G's innermost features that is dropped by chance, in training and when "
                                   "looked at: G's only source of variety")] = 0.5
    norm: Annotated[Literal["batch", "instance"], Choice(
        live=False, help="Norm between the layers of G and D. Batch norm has the batch's statistics in training, and "
                         "their running means when looked at. With batches of 1, choose instance: it is batch norm "
                         "of one image, in training and when looked at.")
    ] = "batch"


class UNet(Network[UNetControls]):
    """Images to images of the same size, 8 to 256 px."""

    name = "u-net"
    title = "U-Net"
    kinds = ("image",)
    has_latent = False
    needs = frozenset({"source"})
    reference = "Isola, Zhu, Zhou, Efros 2017, arXiv:1611.07004, section 3.2 and appendix 6.1"

    def modules(self, c: UNetControls, data: DataShape, rng: Callable[[str], Generator]) -> dict[str, nn.Module]:
        if not data.source:
            raise BadInput(f"network {self.name} translates images: its variant must give it a source")
        levels = num_upsamplings(data.x, SMALLEST, LARGEST, self.name) + 1  # from 2 px, not from 4
        if map_side(data.x[1], c.patch_layers) < 1:
            raise BadInput(f"patch_layers = {c.patch_layers} is too many for images of {data.x[1]} px: "
                           f"D would have no score left")
        seen = data.x[0] + (data.source[0] if data.conditioning != "none" else 0)
        norm = _norms(c.norm)
        G = _UNet(data.source[0], data.x[0], c, levels, norm)
        D = PatchDiscriminator(seen, c.width_d, c.patch_layers, norm)
        return {"D": init_weights(D, rng("discriminator")), "G": init_weights(G, rng("generator"))}

    def batch_dependence(self, c: UNetControls) -> Literal["", "batch norm", "minibatch stddev"]:
        return "batch norm" if c.norm == "batch" else ""

    def flops(self, c: UNetControls, batch_size: int) -> float:
        return max(2e7, 16.0 * batch_size * 1024 * c.width * c.width)


class _Up(nn.Module):
    """One level of the way up: doubles the side of what came from below."""

    def __init__(self, before: int, after: int, norm: nn.Module | None, dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.ReLU(), nn.ConvTranspose2d(before, after, 4, 2, 1, bias=norm is None)]
        layers += [] if norm is None else [norm]
        layers += [NoiseDropout(dropout)] if dropout else []
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.layers(x)
        return made


class _UNet(nn.Module):
    """Sources ``(n, c, h, h)`` -> images ``(n, colours, h, h)`` in [-1, 1]."""

    def __init__(
        self, source: int, colours: int, c: UNetControls, levels: int, norm: Callable[[int], nn.Module],
    ) -> None:
        super().__init__()
        channels = [c.width * min(2**level, c.widest) for level in range(levels)]
        down: list[nn.Module] = []
        for at, (before, after) in enumerate(itertools.pairwise((source, *channels))):
            plain = at in (0, levels - 1)  # no norm on the outermost layer, nor on the innermost: the paper's erratum
            layers: list[nn.Module] = [] if at == 0 else [nn.LeakyReLU(LEAK)]
            layers.append(nn.Conv2d(before, after, 4, 2, 1, bias=plain))
            down.append(nn.Sequential(*layers, *([] if plain else [norm(after)])))
        self.down = nn.ModuleList(down)
        up: list[nn.Module] = []
        before = channels[-1]
        for at in range(levels - 1, -1, -1):
            after = channels[at - 1] if at else colours
            dropped = c.dropout if at >= max(levels - 2, 1) else 0.0
            up.append(_Up(before, after, norm(after) if at else None, dropped))
            before = 2 * after
        self.up = nn.ModuleList(up)

    def forward(self, source: Tensor) -> Tensor:
        x, passed = source, []
        for layer in self.down:
            x = layer(x)
            passed.append(x)
        x = self.up[0](passed.pop())
        for layer in self.up[1:]:
            x = layer(torch.cat([x, passed.pop()], dim=1))
        return torch.tanh(x)


def _norms(name: str) -> Callable[[int], nn.Module]:
    """With scales and shifts, so that instance norm is what batch norm is in batches of 1."""
    return nn.BatchNorm2d if name == "batch" else partial(nn.InstanceNorm2d, affine=True)
