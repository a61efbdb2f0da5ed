"""StarGAN's pair: G changes an image to the attributes it is told, D scores patches and reads the attributes.

G(x, c): the code c is laid as constant planes beside x; c7s1-w, d2w (4 x 4), R2w x blocks, u w, 7 x 7.
    residual  x + the last layer, which begins at almost nothing: the person stays unless G has a reason
    paper     tanh of the last layer
Zero padding and, in the paper, instance norm with scale after each convolution: with reflect padding the norm would
subtract a constant plane to nothing. With norm none there is a bias in its place, and first weights are He's.
D(x): 4 x 4 convolutions of stride 2, LeakyReLU 0.01, no norm; a 3 x 3 head gives a score for each patch, a head as
large as the map the logits of the attributes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor, nn

from ganstudio.core.control import Choice, Integer
from ganstudio.core.dataset import DataShape
from ganstudio.core.network import Network, SourceControls
from ganstudio.core.patch_field import field_of
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.attribute_codes import code_size, encoded
from ganstudio.networks.parts.image_heads import num_upsamplings

SMALLEST, LARGEST = 16, 256  # px
LEAK = 0.01
SMALL = {"instance": 0.01, "none": 0.002}  # sd of the last layer's first weights in the residual form


class AttributesControls(SourceControls, frozen=True, kw_only=True):
    """Width 64, two steps down, six blocks and six convolutions of D at 128 px in the paper."""

    form: Annotated[Literal["residual", "paper"], Choice(
        live=False, help="Residual: G adds to the image, and learns in minutes. Paper: G makes the whole image again.")
    ] = "residual"
    norm: Annotated[Literal["none", "instance"], Choice(
        live=False, help="Instance: the paper's, after each of G's convolutions; it takes the mean colour and the "
                         "planes of attributes away. None: G sees both, and learns in minutes.")] = "none"
    width: Annotated[int, Integer(
        1, 256, scale="log", live=False, unit="channels",
        help="Channels of G's largest maps. They double as the side halves.")] = 16
    width_d: Annotated[int, Integer(
        1, 256, scale="log", live=False, unit="channels", label="D width",
        help="Channels of D's first layer. They double with each layer, up to four times as many.")] = 24
    steps_down: Annotated[int, Integer(
        0, 3, live=False, label="steps down", help="How many times G halves the side before it doubles it again")] = 1
    blocks: Annotated[int, Integer(1, 12, live=False, help="Residual blocks at the smallest side")] = 3
    layers_d: Annotated[int, Integer(
        1, 6, live=False, label="D layers", help="Convolutions of stride 2 in D")] = 3


class Attributes(Network[AttributesControls]):
    """Images and attributes to images of the same size, 16 to 256 px."""

    name = "attributes"
    title = "Attributes"
    kinds = ("image",)
    has_latent = False
    needs = frozenset({"attributes", "source"})
    reference = "Choi et al. 2018, StarGAN, arXiv:1711.09020, appendix A"

    def modules(self, c: AttributesControls, data: DataShape, rng: Callable[[str], Generator]) -> dict[str, nn.Module]:
        if not data.attributes:
            raise BadInput(f"network {self.name} changes attributes: its variant must give it some")
        levels = num_upsamplings(data.x, SMALLEST, LARGEST, self.name)
        if c.layers_d > levels + 1:
            raise BadInput(f"layers_d = {c.layers_d} is too many for images of {data.x[1]} px: "
                           f"allowed is up to {levels + 1}")
        G: nn.Module = _Generator(data.x[0], c, data.attributes)
        D = _Discriminator(data.x[0], data.x[1], c, code_size(data.attributes))
        of_d, of_g = rng("discriminator"), rng("generator")
        G = _init_weights(G, of_g, gain=1 if c.norm == "instance" else 6**0.5)  # 6: of He's variance over torch's
        return {"D": _init_weights(D, of_d), "G": _started_small(G, c)}

    def batch_dependence(self, c: AttributesControls) -> Literal["", "batch norm", "minibatch stddev"]:
        return ""

    def flops(self, c: AttributesControls, batch_size: int) -> float:
        return max(2e7, 300.0 * batch_size * 1024 * c.width * c.width)


def _normed(conv: nn.Conv2d | nn.ConvTranspose2d) -> list[nn.Module]:
    """A convolution, and instance norm if it has no bias of its own."""
    return [conv] if conv.bias is not None else [conv, nn.InstanceNorm2d(conv.out_channels, affine=True)]


class _Residual(nn.Module):
    def __init__(self, channels: int, bias: bool) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *_normed(nn.Conv2d(channels, channels, 3, 1, 1, bias=bias)), nn.ReLU(),
            *_normed(nn.Conv2d(channels, channels, 3, 1, 1, bias=bias)))

    def forward(self, x: Tensor) -> Tensor:
        moved: Tensor = x + self.layers(x)
        return moved


class _Generator(nn.Module):
    """Images ``(n, c, h, h)`` and attributes ``(n, a)`` -> images."""

    def __init__(self, colours: int, c: AttributesControls, values: Sequence[int]) -> None:
        super().__init__()
        self.values, self.residual = tuple(values), c.form == "residual"
        width, bias = c.width, c.norm == "none"  # a norm would take a bias away
        layers: list[nn.Module] = [
            *_normed(nn.Conv2d(colours + code_size(values), width, 7, 1, 3, bias=bias)), nn.ReLU()]
        for _ in range(c.steps_down):
            layers += [*_normed(nn.Conv2d(width, 2 * width, 4, 2, 1, bias=bias)), nn.ReLU()]
            width *= 2
        layers += [_Residual(width, bias) for _ in range(c.blocks)]
        for _ in range(c.steps_down):
            layers += [*_normed(nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=bias)), nn.ReLU()]
            width //= 2
        self.layers = nn.Sequential(*layers)
        self.last = nn.Conv2d(width, colours, 7, 1, 3, bias=False)

    def forward(self, x: Tensor, attributes: Tensor) -> Tensor:
        code = encoded(attributes, self.values).to(x.dtype)
        planes = code[:, :, None, None].expand(-1, -1, *x.shape[2:])
        made: Tensor = self.last(self.layers(torch.cat([x, planes], dim=1)))
        return x + made if self.residual else torch.tanh(made)


class _Discriminator(nn.Module):
    """Images -> a map of scores ``(n, 1, m, m)``; ``heads`` gives the logits of the attributes beside it."""

    def __init__(self, colours: int, side: int, c: AttributesControls, code: int) -> None:
        super().__init__()
        channels = [c.width_d * min(2**level, 4) for level in range(c.layers_d)]
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise((colours, *channels)):
            layers += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(LEAK)]
        self.layers = nn.Sequential(*layers)
        self.score = nn.Conv2d(channels[-1], 1, 3, 1, 1, bias=False)
        self.field = field_of([(4, 2, 1)] * c.layers_d + [(3, 1, 1)])
        self.read = nn.Conv2d(channels[-1], code, side // 2**c.layers_d, bias=False)

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores ``(n, 1, m, m)`` and logits of the attributes ``(n, code)``."""
        seen = self.layers(x)
        return self.score(seen), self.read(seen).flatten(1)

    def finest(self, scores: Tensor, side: int) -> Tensor:
        """Its one map ``(n, m, m)``."""
        return scores[:, 0]

    def forward(self, x: Tensor) -> Tensor:
        return self.heads(x)[0]


def _init_weights(player: nn.Module, rng: Generator, gain: float = 1) -> nn.Module:
    """torch's own first weights, as in the authors' code, times a gain, drawn from the run's randomness; biases 0."""
    for layer in player.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_uniform_(layer.weight, a=5**0.5, generator=rng)
            with torch.no_grad():
                layer.weight.mul_(gain)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return player


def _started_small(G: nn.Module, c: AttributesControls) -> nn.Module:
    if c.form == "residual":
        assert isinstance(G, _Generator)
        with torch.no_grad():
            G.last.weight.mul_(SMALL[c.norm] / G.last.weight.std())
    return G
