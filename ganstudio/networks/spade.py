"""SPADE's generator with a choice of six norms, and a PatchGAN at two scales that sees the label map.

G: the map enters by one reflect-padded convolution, followed at once by the chosen norm, and there is no other way
from map to image but what the norm itself sees; so what a norm takes away is gone. The latent joins it before the
norm. Residual blocks at each size from 1/4 up, nearest doubling between, reflect padding throughout, 3 x 3 to
colours, tanh.
    block(x) = shortcut(x) + conv(act(norm(conv(act(norm(x))))))
In the paper the latent alone gives the first map, and the labels come in through the norms.
D: two PatchGANs, one of the image and one of the image at half its size; spectral norm, instance norm between.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.core.control import Choice, Integer
from ganstudio.core.dataset import DataShape
from ganstudio.core.feature_norms import NormName
from ganstudio.core.network import ImageControls, Network
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.parts.image_heads import num_upsamplings
from ganstudio.networks.parts.patch_discriminator import PatchDiscriminator, map_side, patch_field
from ganstudio.networks.parts.six_norms import MapNorm
from ganstudio.networks.parts.spectral import spectral_norms

SMALLEST, LARGEST = 16, 256  # px
LEAK = 0.2
XAVIER_GAIN = 0.02


class SpadeControls(ImageControls, frozen=True, kw_only=True):
    """Width 64 with up to 1024 channels, six doublings and four D layers at 256 px in the paper."""

    latent_dim: Annotated[int, Integer(
        1, 512, symbol="dim z", live=False, label="latent size", help="Number of random numbers that give an image its "
                                                                      "style")] = 16
    norm: Annotated[NormName, Choice(
        live=False, help="The norm between G's layers. Only spade and adain add something after they have normalised; "
                         "instance norm forgets a map that is the same everywhere.")] = "spade"
    width: Annotated[int, Integer(
        4, 256, scale="log", live=False, unit="channels", help="Channels of G's largest maps; the smaller ones have up "
                                                               "to four times as many")] = 16
    hidden: Annotated[int, Integer(
        4, 256, scale="log", live=False, unit="channels", label="hidden channels",
        help="Channels between the label map and spade's scale and shift")] = 24
    width_d: Annotated[int, Integer(
        4, 256, scale="log", live=False, unit="channels", label="D width",
        help="Channels of each D's first layer. They double with each layer.")] = 24
    patch_layers: Annotated[int, Integer(
        1, 5, live=False, symbol="n", label="patch layers",
        help="Layers of stride 2 in each D: one score sees 16, 34, 70, 142 px a side for n = 1, 2, 3, 4")] = 1


class Spade(Network[SpadeControls]):
    """Label maps to images of the same size, 16 to 256 px."""

    name = "spade"
    title = "SPADE"
    kinds = ("image",)
    needs = frozenset({"source"})
    reference = "Park, Liu, Wang, Zhu 2019, arXiv:1903.07291, appendix A"

    def modules(self, c: SpadeControls, data: DataShape, rng: Callable[[str], Generator]) -> dict[str, nn.Module]:
        if not data.source:
            raise BadInput(f"network {self.name} paints label maps: its variant must give it a source")
        num_upsamplings(data.x, SMALLEST, LARGEST, self.name)
        if map_side(data.x[1] // 2, c.patch_layers) < 1:
            raise BadInput(f"patch_layers = {c.patch_layers} is too many for images of {data.x[1]} px at half their "
                           f"size")
        D = _TwoScales(data.x[0] + data.source[0], c)
        G = _Generator(data.source[0], data.x[0], data.x[1], c)
        of_d, of_g = rng("discriminator"), rng("generator")
        _init_weights(D, of_d), _init_weights(G, of_g)
        for name, module in D.named_modules():  # the blocks but the first: neither the first layer nor the last
            if isinstance(module, nn.Conv2d) and ".blocks." in name and ".blocks.0." not in name:
                spectral_norms(module, 1.0, of_d)
        for block in G.modules():  # not the convolutions within spade, as in the authors' code
            if isinstance(block, _Block):
                spectral_norms(block.convs, 1.0, of_g)
                if block.learned:
                    spectral_norms(block.shortcut, 1.0, of_g)
        return {"D": D, "G": G}

    def batch_dependence(self, c: SpadeControls) -> Literal["", "batch norm", "minibatch stddev"]:
        return ""

    def flops(self, c: SpadeControls, batch_size: int) -> float:
        return max(2e7, 100.0 * batch_size * 1024 * c.width * c.width)


def _conv(before: int, after: int, kernel: int = 3, *, bias: bool = True) -> nn.Module:
    """A convolution with reflect padding: zeros at the border would tell where the map is."""
    conv = nn.Conv2d(before, after, kernel, bias=bias)
    return nn.Sequential(nn.ReflectionPad2d(kernel // 2), conv) if kernel > 1 else conv


class _Block(nn.Module):
    """A residual block whose norms see the labels and the style."""

    def __init__(self, before: int, after: int, labels: int, c: SpadeControls) -> None:
        super().__init__()
        middle = min(before, after)
        self.norms = nn.ModuleList(MapNorm(c.norm, width, labels, c.latent_dim, c.hidden) for width in (before, middle))
        self.convs = nn.ModuleList((_conv(before, middle), _conv(middle, after)))
        self.learned = before != after
        if self.learned:
            self.shortcut_norm = MapNorm(c.norm, before, labels, c.latent_dim, c.hidden)
            self.shortcut = _conv(before, after, 1, bias=False)

    def forward(self, x: Tensor, labels: Tensor, style: Tensor) -> Tensor:
        passed: Tensor = self.shortcut(self.shortcut_norm(x, labels, style)) if self.learned else x
        for norm, conv in zip(self.norms, self.convs, strict=True):
            x = conv(F.leaky_relu(norm(x, labels, style), LEAK))
        return passed + x


class _Generator(nn.Module):
    """Latents ``(n, latent_dim)`` and label maps ``(n, labels, h, h)`` -> images ``(n, colours, h, h)``."""

    def __init__(self, labels: int, colours: int, side: int, c: SpadeControls) -> None:
        super().__init__()
        self.side = side // 4
        first = 4 * c.width
        self.start = nn.Linear(c.latent_dim, first * self.side**2)
        self.enter = _conv(labels, first)
        self.first_norm = MapNorm(c.norm, first, labels, c.latent_dim, c.hidden)
        widths = (first, first, 2 * c.width, c.width)
        self.blocks = nn.ModuleList(
            _Block(before, after, labels, c) for before, after in itertools.pairwise(widths))
        self.last = _conv(c.width, colours)

    def latent_map(self, z: Tensor) -> Tensor:
        """What the latent adds to the first feature map, ``(n, channels, side, side)``."""
        return torch.unflatten(self.start(z), 1, (-1, self.side, self.side))

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        small = F.interpolate(labels, size=(self.side, self.side), mode="nearest")
        x = F.leaky_relu(self.first_norm(self.enter(small) + self.latent_map(z), labels, z), LEAK)
        for at, block in enumerate(self.blocks):
            x = block(x, labels, z)
            if at < 2:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
        return torch.tanh(self.last(F.leaky_relu(x, LEAK)))


class _TwoScales(nn.Module):
    """Images beside their label maps -> scores of both scales joined, ``(n, 1, m)``; ``features`` gives all layers."""

    def __init__(self, seen: int, c: SpadeControls) -> None:
        super().__init__()
        self.scales = nn.ModuleList(
            PatchDiscriminator(seen, c.width_d, c.patch_layers, nn.InstanceNorm2d) for _ in range(2))
        self.layers = c.patch_layers
        self.field = patch_field(c.patch_layers)

    def finest(self, scores: Tensor, side: int) -> Tensor:
        """The map of full size ``(n, m, m)``, which comes first."""
        cells = map_side(side, self.layers)
        return scores[:, 0, : cells * cells].reshape(-1, cells, cells)

    def features(self, x: Tensor) -> list[list[Tensor]]:
        """The layers of each scale, its map of scores last."""
        half = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
        found = []
        for scale, part in zip(self.scales, (x, half), strict=True):
            assert isinstance(scale, PatchDiscriminator)
            found.append(scale.features(part))
        return found

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([layers[-1].flatten(2) for layers in self.features(x)], dim=2)


def _init_weights(player: nn.Module, rng: Generator) -> nn.Module:
    """First weights by Xavier with a gain of .02, as in the authors' code; biases 0."""
    for layer in player.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_normal_(layer.weight, gain=XAVIER_GAIN, generator=rng)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return player
