"""MLP: fully connected layers for points on the line and the plane, and for images as one long row of pixels.

h <- activation(W h + b), depth times; the last layer is linear.
On images G may have batch norm before each activation, and an output activation that ends in [-1, 1].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from torch import Generator, Tensor, nn

from ganstudio.core.control import Choice, Integer, Needs
from ganstudio.core.dataset import DataShape
from ganstudio.core.network import Network, NetworkControls
from ganstudio.networks.parts.conditional import (
    BlindDiscriminator,
    ConcatDiscriminator,
    LabelledGenerator,
    ProjectionDiscriminator,
)
from ganstudio.networks.parts.image_heads import OUTPUTS, Output
from ganstudio.networks.parts.mlp_body import ACTIVATIONS, Activation, Init, MLPBody

_HIDDEN = (Needs("depth", above=0),)


class MLPControls(NetworkControls, frozen=True, kw_only=True):
    """Width and depth are those of the WGAN-GP toy experiments, a quarter as wide."""

    width: Annotated[int, Integer(1, 4096, scale="log", live=False, unit="units", needs=_HIDDEN,
                                  help="Units in each hidden layer of both players")] = 128
    depth: Annotated[int, Integer(0, 16, live=False, unit="layers", help="Hidden layers of both players")] = 3
    activation: Annotated[Activation, Choice(
        live=False, needs=_HIDDEN, help="The activation after each hidden layer")] = "relu"
    init_d: Annotated[Init, Choice(
        live=False, label="D init",
        help="He: D has a slope from the start. Uniform, ±1/√fan-in: it starts flatter.")] = "he"
    init_g: Annotated[Init, Choice(
        live=False, label="G init",
        help="Uniform, ±1/√fan-in: G starts as a small cloud. He: it starts wide.")] = "uniform"
    norm_g: Annotated[Literal["none", "batch"], Choice(
        live=False, label="G norm", kinds=("image",), needs=_HIDDEN,
        help="Batch norm between the layers of G, or none")] = "none"
    output: Annotated[Output, Choice(
        live=False, label="G output", kinds=("image",),
        help="The output activation of G. Linear: pixels may leave the data's range from −1 to 1. Sigmoid (times 2, "
             "minus 1) and tanh: they cannot.")] = "linear"


class MLP(Network[MLPControls]):
    """Two fully connected players of the same width and depth."""

    name = "mlp"
    title = "MLP"
    kinds = ("line", "plane", "image")
    conditions = True
    on_kind = {
        "line": {"latent_dim": 1},  # what one latent makes of a line is known without sampling
        "image": {"latent_dim": 64, "width": 512, "activation": "leaky-relu", "norm_g": "batch", "output": "sigmoid"},
    }
    reference = "He et al. 2015, arXiv:1502.01852, for the initialisation; sizes after Gulrajani et al. 2017"

    def generator(self, c: MLPControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        sizes = [c.latent_dim, *[c.width] * c.depth, math.prod(shape)]
        if len(shape) == 1:
            return MLPBody(sizes, c.activation, c.init_g, rng, squeeze=False)
        normed = c.norm_g == "batch"
        return PixelGenerator(
            MLPBody(sizes, c.activation, c.init_g, rng, squeeze=False, normed=normed), shape, c.output)

    def discriminator(self, c: MLPControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        sizes = [math.prod(shape), *[c.width] * c.depth, 1]
        layers = MLPBody(sizes, c.activation, c.init_d, rng, squeeze=True)
        return layers if len(shape) == 1 else PixelDiscriminator(layers)

    def modules(self, c: MLPControls, data: DataShape, rng: Callable[[str], Generator]) -> dict[str, nn.Module]:
        if not data.classes:
            return super().modules(c, data, rng)
        K = data.classes
        wider = msgspec.structs.replace(c, latent_dim=c.latent_dim + K)
        G = LabelledGenerator(self.generator(wider, data.x, rng("generator")), K)
        if data.conditioning == "projection":
            trunk = MLPTrunk(math.prod(data.scored), c, rng("discriminator"))
            D: nn.Module = ProjectionDiscriminator(
                trunk, trunk.features, K, 1 / math.sqrt(trunk.features), rng("projection"))
        elif data.conditioning == "concat":
            D = ConcatDiscriminator(
                self.discriminator(c, (data.scored[0] + K, *data.scored[1:]), rng("discriminator")), K)
        else:
            D = BlindDiscriminator(self.discriminator(c, data.scored, rng("discriminator")))
        return {"D": D, "G": G}

    def flops(self, c: MLPControls, batch_size: int) -> float:
        return float(batch_size) * c.width * c.width * max(c.depth - 1, 0)


class MLPTrunk(nn.Module):
    """The hidden layers of a discriminator: samples ``(n, *shape)`` -> features ``(n, width)``."""

    def __init__(self, inputs: int, c: MLPControls, rng: Generator) -> None:
        super().__init__()
        self.features = c.width if c.depth else inputs
        self._activation = ACTIVATIONS[c.activation]
        sizes = [inputs, *[c.width] * c.depth]
        self.body = MLPBody(sizes, c.activation, c.init_d, rng, squeeze=False) if c.depth else None

    def forward(self, x: Tensor) -> Tensor:
        rows = x.flatten(1)
        return rows if self.body is None else self._activation(self.body(rows))


class PixelGenerator(nn.Module):
    """A generator whose rows of pixels are folded into images ``(n, c, h, w)``."""

    def __init__(self, rows: MLPBody, shape: tuple[int, ...], output: Output) -> None:
        super().__init__()
        self.rows = rows
        self._shape = shape
        self._activation = OUTPUTS[output]

    def forward(self, z: Tensor) -> Tensor:
        return self._activation(self.rows(z)).reshape(-1, *self._shape)


class PixelDiscriminator(nn.Module):
    """A discriminator that unfolds images ``(n, c, h, w)`` into rows of pixels (maths.gradients.HasInputGradient)."""

    def __init__(self, rows: MLPBody) -> None:
        super().__init__()
        self.rows = rows

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.rows(x.flatten(1))
        return scores

    def input_gradient(self, x: Tensor) -> Tensor | None:
        """As ``MLPBody.input_gradient``, in the shape of the images."""
        gradient = self.rows.input_gradient(x.flatten(1))
        return None if gradient is None else gradient.view_as(x)
