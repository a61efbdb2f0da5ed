"""MLP: fully connected layers for points on the line and the plane.

h <- activation(W h + b), depth times; the last layer is linear.
"""

from __future__ import annotations

import math
from typing import Annotated

from torch import Generator, nn

from ganstudio.core.control import Choice, Integer
from ganstudio.core.network import Network, NetworkControls
from ganstudio.networks.parts.layers import Activation, Init, Layers


class MLPControls(NetworkControls, frozen=True, kw_only=True):
    """Width and depth are those of the WGAN-GP toy experiments, a quarter as wide."""

    width: Annotated[int, Integer(1, 4096, scale="log", live=False, unit="units",
                                  help="Units in each hidden layer of both players")] = 128
    depth: Annotated[int, Integer(0, 16, live=False, unit="layers", help="Hidden layers of both players")] = 3
    activation: Annotated[Activation, Choice(live=False, help="The bend after each hidden layer")] = "relu"
    init_d: Annotated[Init, Choice(
        live=False, label="D init",
        help="He: D has a slope from the start. Uniform, ±1/√fan-in: it starts flatter")] = "he"
    init_g: Annotated[Init, Choice(
        live=False, label="G init",
        help="Uniform, ±1/√fan-in: G starts as a small cloud. He: it starts wide")] = "uniform"


class MLP(Network[MLPControls]):
    """Two fully connected players of the same width and depth."""

    name = "mlp"
    title = "MLP"
    kinds = ("line", "plane")
    on_kind = {"line": {"latent_dim": 1}}  # what one latent makes of a line is known without sampling
    reference = "He et al. 2015, arXiv:1502.01852, for the initialisation; sizes after Gulrajani et al. 2017"

    def generator(self, c: MLPControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        sizes = [c.latent_dim, *[c.width] * c.depth, math.prod(shape)]
        return Layers(sizes, c.activation, c.init_g, rng, squeeze=False)

    def discriminator(self, c: MLPControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        sizes = [math.prod(shape), *[c.width] * c.depth, 1]
        return Layers(sizes, c.activation, c.init_d, rng, squeeze=True)

    def work(self, c: MLPControls, batch_size: int) -> float:
        return float(batch_size) * c.width * c.width * max(c.depth - 1, 0)
