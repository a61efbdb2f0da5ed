"""DCGAN: strided convolutions from a 4 px map to an image and back, with batch norm between them.

G(z) = output(convT( ... relu(norm(convT(relu(norm(W z)))))))   W z reshaped to 4 x 4; each convT doubles the side
D(x) = w . lrelu(norm(conv( ... lrelu(conv(x)))))               each conv halves the side, down to 4 x 4
Kernels are 4 x 4, stride 2. No norm on G's last layer nor on D's first and last. At 64 px and width 64 the
channels are 100-512-256-128-64-3.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from torch import Generator, Tensor, nn

from ganstudio.core.control import Choice, Integer
from ganstudio.core.dataset import DataShape
from ganstudio.core.network import ImageControls, Network
from ganstudio.networks.parts.conditional import (
    BlindDiscriminator,
    ConcatDiscriminator,
    ConditionalBatchNorm,
    LabelledGenerator,
    ProjectionDiscriminator,
)
from ganstudio.networks.parts.image_heads import START, OutputActivation, ScoreHead, num_upsamplings
from ganstudio.networks.parts.mlp_body import LEAK

SMALLEST, LARGEST = 8, 256  # px
WIDEST = 8  # most channels of the smallest maps over those of the largest: the paper's at 64 px
SD = 0.02  # of the first weights, and of batch norm's scales about 1: the paper's, section 4


class DCGANControls(ImageControls, frozen=True, kw_only=True):
    """z of 100 numbers and width 64 as in the paper, whose z ~ U(-1, 1); its reference code in PyTorch has N(0, 1)."""

    width: Annotated[int, Integer(
        1, 512, scale="log", live=False, unit="channels",
        help="Channels of the largest maps of both players. They double as the side halves, up to eight times as many.",
    )] = 64
    norm_g: Annotated[Literal["batch", "none"], Choice(
        live=False, label="G norm", help="Batch norm between the layers of G, or none")] = "batch"
    norm_d: Annotated[Literal["batch", "layer", "none"], Choice(
        live=False, label="D norm",
        help="Norm between the layers of D. With batch norm the images of a batch affect each other, so a penalty on "
             "D's slope at single images makes no sense; layer norm looks at each image alone.")] = "batch"
    output: Annotated[Literal["tanh", "linear"], Choice(
        live=False, label="G output", help="The output activation of G: tanh keeps pixels within [−1, 1]")] = "tanh"


class DCGANNetwork(Network[DCGANControls]):
    """Strided convolutions with batch norm, for images of 8 to 256 px."""

    name = "dcgan"
    title = "DCGAN"
    kinds = ("image",)
    conditions = True
    reference = "Radford, Metz, Chintala 2016, arXiv:1511.06434, figure 1 and section 3"

    def generator(self, c: DCGANControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        channels = _channels(shape, c.width)
        return _init_weights(_Generator(channels, shape[0], c), rng)

    def discriminator(self, c: DCGANControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        channels = _channels(shape, c.width)
        return _init_weights(_Discriminator(channels, shape[0], c.norm_d), rng)

    def modules(self, c: DCGANControls, data: DataShape, rng: Callable[[str], Generator]) -> dict[str, nn.Module]:
        if not data.classes:
            return super().modules(c, data, rng)
        K = data.classes
        channels, colours = _channels(data.x, c.width), data.scored[0]
        of_g, of_d = rng("generator"), rng("discriminator")
        wider = msgspec.structs.replace(c, latent_dim=c.latent_dim + K)
        G = LabelledGenerator(_init_weights(_Generator(channels, data.x[0], wider, K, of_g), of_g), K)
        if data.conditioning == "projection":
            trunk = _init_weights(_Trunk(channels, colours, c.norm_d), of_d)
            D: nn.Module = ProjectionDiscriminator(trunk, channels[0] * START * START, K, SD, rng("projection"))
        elif data.conditioning == "concat":
            D = ConcatDiscriminator(_init_weights(_Discriminator(channels, colours + K, c.norm_d), of_d), K)
        else:
            D = BlindDiscriminator(_init_weights(_Discriminator(channels, colours, c.norm_d), of_d))
        return {"D": D, "G": G}

    def batch_dependence(self, c: DCGANControls) -> Literal["", "batch norm", "minibatch stddev"]:
        return "batch norm" if c.norm_d == "batch" else ""

    def flops(self, c: DCGANControls, batch_size: int) -> float:
        # Each of the inner layers takes 8w 4w 4^2 4^2 multiplications an image of any size; two threads pay
        # even for the narrowest.
        return max(2e7, 3.0 * batch_size * 8192 * c.width * c.width)


def _channels(shape: tuple[int, ...], width: int) -> list[int]:
    """Channels of each map of a player, from 4 px to half the image's side."""
    levels = num_upsamplings(shape, SMALLEST, LARGEST, "dcgan")
    return [width * min(WIDEST, 2 ** (levels - 1 - level)) for level in range(levels)]


class _Generator(nn.Module):
    """Latents ``(n, latent_dim)`` -> images ``(n, colours, h, h)``; with classes, batch norm belongs to a class."""

    def __init__(
        self, channels: list[int], colours: int, c: DCGANControls, classes: int = 0, rng: Generator | None = None,
    ) -> None:
        super().__init__()
        plain = c.norm_g == "none"
        self.takes_label = bool(classes and not plain)

        def norm(width: int) -> list[nn.Module]:
            if self.takes_label and rng is not None:
                return [ConditionalBatchNorm(width, classes, SD, rng)]
            return _norm(c.norm_g, width)

        # A transposed convolution of a single pixel is this matrix product, at half the cost.
        self.start = nn.Linear(c.latent_dim, channels[0] * START * START, bias=plain)
        layers: list[nn.Module] = [*norm(channels[0]), nn.ReLU()]
        for before, after in itertools.pairwise(channels):
            layers += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=plain), *norm(after), nn.ReLU()]
        layers += [nn.ConvTranspose2d(channels[-1], colours, 4, 2, 1), OutputActivation(c.output)]
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Tensor, weights: Tensor | None = None) -> Tensor:
        image: Tensor = self.start(z).unflatten(1, (-1, START, START))  # (n, channels, 4, 4)
        if weights is None:
            image = self.layers(image)
        else:
            for layer in self.layers:
                image = layer(image, weights) if isinstance(layer, ConditionalBatchNorm) else layer(image)
        return image


class _Discriminator(nn.Module):
    """Images ``(n, colours, h, h)`` -> scores ``(n,)``, logits."""

    def __init__(self, channels: list[int], colours: int, norm: str) -> None:
        super().__init__()
        widening = channels[::-1]
        layers: list[nn.Module] = [nn.Conv2d(colours, widening[0], 4, 2, 1), nn.LeakyReLU(LEAK)]
        for before, after in itertools.pairwise(widening):
            conv = nn.Conv2d(before, after, 4, 2, 1, bias=norm != "batch")
            layers += [conv, *_norm(norm, after), nn.LeakyReLU(LEAK)]
        self.layers = nn.Sequential(*layers)
        self.last = ScoreHead(widening[-1] * START * START, 1)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.last(self.layers(x).flatten(1)).squeeze(1)
        return scores


class _Trunk(nn.Module):
    """Images ``(n, colours, h, h)`` -> features ``(n, channels * 4 * 4)``: a discriminator without its last layer."""

    def __init__(self, channels: list[int], colours: int, norm: str) -> None:
        super().__init__()
        self.layers = _Discriminator(channels, colours, norm).layers

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.layers(x).flatten(1)
        return features


def _norm(norm: str, channels: int) -> list[nn.Module]:
    match norm:
        case "batch":
            return [nn.BatchNorm2d(channels)]
        case "layer":
            return [nn.GroupNorm(1, channels)]
        case _:
            return []


def _init_weights(player: nn.Module, rng: Generator) -> nn.Module:
    """The paper's first weights: N(0, .02), biases 0, batch norm's scales N(1, .02)."""
    for layer in player.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(layer.weight, 0.0, SD, generator=rng)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d) and layer.affine:
            nn.init.normal_(layer.weight, 1.0, SD, generator=rng)
    return player
