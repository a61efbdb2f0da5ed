"""StarGAN v2's four: G changes an image to a style, M makes styles of latents, E reads them, D judges a domain.

G(x, s): residual blocks with instance norm down, then blocks with AdaIN up; no tanh.
    AdaIN(h, s) = (1 + gamma(s)) norm(h) + beta(s), gamma and beta linear in s; with norm none norm(h) is h. Every
    block's sum is divided by sqrt 2.
    residual  x + the last layer, as with StarGAN: it learns in minutes
M(z): a shared body, then a head for each domain. E(x) and D(x): residual blocks down to 4 x 4, then a head for each
domain.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.core.control import Choice, Integer
from ganstudio.core.dataset import DataShape
from ganstudio.core.network import ImageControls, Network
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.parts.image_heads import num_upsamplings

SMALLEST, LARGEST = 16, 256  # px
START = 4  # px, where E and D end
LEAK = 0.2
SMALL = 0.01  # sd of the last layer's first weights in the residual form


class StyleTranslatorControls(ImageControls, frozen=True, kw_only=True):
    """z of 16, styles of 64, channels doubling from 64 to 512, four blocks down and up at 256 px in the paper."""

    latent_dim: Annotated[int, Integer(
        1, 512, symbol="dim z", live=False, label="latent size", help="Number of random numbers that give a style")
    ] = 16
    style_dim: Annotated[int, Integer(
        4, 256, live=False, label="style size", help="Length of a style code")] = 16
    width: Annotated[int, Integer(
        4, 256, scale="log", live=False, unit="channels",
        help="Channels of the largest maps of G, E and D. They double as the side halves, up to four times as many.")
    ] = 16
    steps_down: Annotated[int, Integer(
        0, 4, live=False, label="steps down", help="How many times G halves the side before it doubles it again")] = 1
    blocks: Annotated[int, Integer(
        1, 4, live=False, help="Blocks of G at the smallest side, before and after the style enters")] = 1
    form: Annotated[Literal["residual", "paper"], Choice(
        live=False, help="Residual: G adds to the image, and learns in minutes. Paper: G makes the whole image again.")
    ] = "residual"
    norm: Annotated[Literal["none", "instance"], Choice(
        live=False, help="Instance: the paper's, before each of G's convolutions; it takes the mean colour away. None: "
                         "styles scale and shift maps as they are, and G learns in minutes.")] = "none"


class StyleTranslator(Network[StyleTranslatorControls]):
    """Images and styles to images of the same size, 16 to 256 px."""

    name = "style-translator"
    title = "Style translator"
    kinds = ("image",)
    needs = frozenset({"attributes", "source"})
    reference = "Choi, Uh, Yoo, Ha 2020, StarGAN v2, arXiv:1912.01865, appendix D"

    def modules(
        self, c: StyleTranslatorControls, data: DataShape, rng: Callable[[str], Generator],
    ) -> dict[str, nn.Module]:
        if len(data.attributes) != 1:
            raise BadInput(f"network {self.name} needs one attribute whose values are the domains; the data gives "
                           f"{len(data.attributes)}")
        num_upsamplings(data.x, SMALLEST, LARGEST, self.name)
        if data.x[1] >> c.steps_down < START:
            raise BadInput(f"steps_down = {c.steps_down} is too many for images of {data.x[1]} px")
        domains = data.attributes[0]
        built = {
            "D": _Reader(data.x[0], data.x[1], c.width, domains, 1), "E": _Reader(
                data.x[0], data.x[1], c.width, domains, c.style_dim),
            "G": _Generator(data.x[0], c), "M": _Mapping(c.latent_dim, c.style_dim, domains),
        }
        for name, module in built.items():
            _init_weights(module, rng(name))
        if c.form == "residual":
            with torch.no_grad():
                built["G"].last.weight.mul_(SMALL / built["G"].last.weight.std())  # type: ignore[union-attr, operator]
        return built

    def batch_dependence(self, c: StyleTranslatorControls) -> Literal["", "batch norm", "minibatch stddev"]:
        return ""

    def flops(self, c: StyleTranslatorControls, batch_size: int) -> float:
        return max(2e7, 200.0 * batch_size * 1024 * c.width * c.width)


class _AdaIN(nn.Module):
    def __init__(self, channels: int, style: int, norm: bool) -> None:
        super().__init__()
        self.norm = nn.InstanceNorm2d(channels) if norm else nn.Identity()
        self.of_style = nn.Linear(style, 2 * channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        gamma, beta = self.of_style(style)[:, :, None, None].chunk(2, dim=1)
        moved: Tensor = (1 + gamma) * self.norm(x) + beta
        return moved


class _Block(nn.Module):
    """(shortcut(x) + conv(act(norm(conv(act(norm(x))))))) / sqrt 2, halved or doubled in size on the way."""

    def __init__(self, before: int, after: int, *, norm: bool = False, style: int = 0, scale: str = "") -> None:
        super().__init__()
        self.scale, self.styled = scale, style > 0
        middle = before if scale != "up" else after
        self.convs = nn.ModuleList((nn.Conv2d(before, middle, 3, 1, 1), nn.Conv2d(middle, after, 3, 1, 1)))
        if style:
            self.norms = nn.ModuleList(_AdaIN(width, style, norm) for width in (before, middle))
        elif norm:
            self.norms = nn.ModuleList(nn.InstanceNorm2d(width, affine=True) for width in (before, middle))
        else:
            self.norms = nn.ModuleList((nn.Identity(), nn.Identity()))
        self.shortcut = nn.Conv2d(before, after, 1, bias=False) if before != after else nn.Identity()

    def forward(self, x: Tensor, style: Tensor | None = None) -> Tensor:
        def normed(at: int, h: Tensor) -> Tensor:
            out: Tensor = self.norms[at](h, style) if self.styled else self.norms[at](h)
            return F.leaky_relu(out, LEAK)

        h = normed(0, x)
        if self.scale == "up":
            h, x = (F.interpolate(part, scale_factor=2, mode="nearest") for part in (h, x))
        h = self.convs[0](h)
        if self.scale == "down":
            h, x = F.avg_pool2d(h, 2), F.avg_pool2d(x, 2)
        moved: Tensor = (self.shortcut(x) + self.convs[1](normed(1, h))) / math.sqrt(2)
        return moved


class _Generator(nn.Module):
    """Images ``(n, c, h, h)`` and styles ``(n, style_dim)`` -> images."""

    def __init__(self, colours: int, c: StyleTranslatorControls) -> None:
        super().__init__()
        widths = [c.width * min(2**level, 4) for level in range(c.steps_down + 1)]
        deep, s, norm = widths[-1], c.style_dim, c.norm == "instance"
        self.residual = c.form == "residual"
        self.first = nn.Conv2d(colours, c.width, 3, 1, 1)
        self.down = nn.Sequential(
            *[_Block(a, b, norm=norm, scale="down") for a, b in itertools.pairwise(widths)],
            *[_Block(deep, deep, norm=norm) for _ in range(c.blocks)])
        self.up = nn.ModuleList([
            *[_Block(deep, deep, norm=norm, style=s) for _ in range(c.blocks)],
            *[_Block(b, a, norm=norm, style=s, scale="up") for a, b in reversed(list(itertools.pairwise(widths)))]])
        self.norm = nn.InstanceNorm2d(c.width, affine=True) if norm else nn.Identity()
        self.last = nn.Conv2d(c.width, colours, 1)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        h = self.down(self.first(x))
        for block in self.up:
            h = block(h, style)
        made: Tensor = self.last(F.leaky_relu(self.norm(h), LEAK))
        return x + made if self.residual else made


class _Mapping(nn.Module):
    """Latents ``(n, latent_dim)`` and domains ``(n,)`` -> styles ``(n, style_dim)``."""

    def __init__(self, latent: int, style: int, domains: int, width: int = 128) -> None:
        super().__init__()
        self.style = style
        self.body = nn.Sequential(nn.Linear(latent, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.heads = nn.Linear(width, domains * style)

    def forward(self, z: Tensor, domain: Tensor) -> Tensor:
        return _of_domain(self.heads(self.body(z)), domain, self.style)


class _Reader(nn.Module):
    """Images and domains ``(n,)`` -> ``(n, size)``, or scores ``(n,)`` if the size is 1: E, and D."""

    def __init__(self, colours: int, side: int, width: int, domains: int, size: int) -> None:
        super().__init__()
        self.size = size
        levels = (side // START).bit_length() - 1
        widths = [width * min(2**level, 4) for level in range(levels + 1)]
        self.body = nn.Sequential(
            nn.Conv2d(colours, width, 3, 1, 1), *[_Block(a, b, scale="down") for a, b in itertools.pairwise(widths)],
            nn.LeakyReLU(LEAK), nn.Conv2d(widths[-1], widths[-1], START), nn.LeakyReLU(LEAK), nn.Flatten())
        self.heads = nn.Linear(widths[-1], domains * size)

    def forward(self, x: Tensor, domain: Tensor) -> Tensor:
        found = _of_domain(self.heads(self.body(x)), domain, self.size)
        return found.squeeze(1) if self.size == 1 else found


def _of_domain(every: Tensor, domain: Tensor, size: int) -> Tensor:
    """The head of each row's domain, ``(n, size)``, of all heads ``(n, domains * size)``."""
    return every.view(every.shape[0], -1, size)[torch.arange(domain.shape[0], device=domain.device), domain]


def _init_weights(module: nn.Module, rng: Generator) -> None:
    """He's first weights; biases 0."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=rng)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
