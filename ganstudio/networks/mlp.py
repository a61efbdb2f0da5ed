"""MLP: fully connected layers for points on the line and the plane.

h <- activation(W h + b), depth times; the last layer is linear.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.core.control import Choice, Integer
from ganstudio.core.network import Network, NetworkControls

Activation = Literal["relu", "leaky-relu", "tanh", "elu", "softplus"]
Init = Literal["he", "uniform"]

LEAK = 0.2

# Gains that keep the variance of a layer's output: He et al. 2015 for the ReLUs, torch's calculate_gain for tanh.
GAINS: dict[str, float] = {
    "relu": math.sqrt(2), "leaky-relu": math.sqrt(2 / (1 + LEAK**2)), "tanh": 5 / 3, "elu": math.sqrt(2),
    "softplus": math.sqrt(2),
}

BENDS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu, "leaky-relu": partial(F.leaky_relu, negative_slope=LEAK), "tanh": torch.tanh, "elu": F.elu,
    "softplus": F.softplus,
}


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
    reference = "He et al. 2015, arXiv:1502.01852, for the initialisation; sizes after Gulrajani et al. 2017"

    def generator(self, c: MLPControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        sizes = [c.latent_dim, *[c.width] * c.depth, math.prod(shape)]
        return _Layers(sizes, c.activation, c.init_g, rng, squeeze=False)

    def discriminator(self, c: MLPControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        sizes = [math.prod(shape), *[c.width] * c.depth, 1]
        return _Layers(sizes, c.activation, c.init_d, rng, squeeze=True)

    def work(self, c: MLPControls, batch_size: int) -> float:
        return float(batch_size) * c.width * c.width * max(c.depth - 1, 0)


class _Layers(nn.Module):
    """Linear layers with one activation between them; ``squeeze`` drops the last axis of size 1."""

    def __init__(
        self, sizes: list[int], activation: Activation, init: Init, rng: Generator, *, squeeze: bool
    ) -> None:
        super().__init__()
        self._linears = [nn.Linear(n, m) for n, m in itertools.pairwise(sizes)]
        self.layers = nn.ModuleList(self._linears)  # walking the plain list is cheaper than asking the registered one
        self._squeeze = squeeze
        self._activation = activation
        self._bend = BENDS[activation]
        for layer in self._linears:
            bound = 1 / math.sqrt(layer.in_features)
            with torch.no_grad():
                if init == "he":
                    gain = GAINS[activation] if layer is not self._linears[-1] else 1.0
                    layer.weight.normal_(0.0, gain * bound, generator=rng)
                    layer.bias.zero_()
                else:  # torch's own default for linear layers
                    layer.weight.uniform_(-bound, bound, generator=rng)
                    layer.bias.uniform_(-bound, bound, generator=rng)

    def forward(self, x: Tensor) -> Tensor:
        bend = self._bend
        *hidden, last = self._linears
        for layer in hidden:
            x = bend(F.linear(x, layer.weight, layer.bias))
        x = F.linear(x, last.weight, last.bias)
        return x.squeeze(-1) if self._squeeze else x

    def input_gradient(self, x: Tensor) -> Tensor | None:
        """The gradient of a score with respect to its input, differentiable with respect to the weights.

        Between its bends a ReLU network is linear: the gradient is a product of weights and of slopes
        that are constant almost everywhere. Autograd's double backward computes the same, and then sends
        zeros back through the whole forward pass: a sixth of a WGAN-GP critic update.

        Args:
            x: ``(n, *shape)``, data units.

        Returns:
            ``(n, *shape)``, logits per data unit; None where the activation is not piecewise linear.
        """
        *hidden, last = self._linears
        slopes: list[Tensor] = []
        with torch.no_grad():
            h = x
            for layer in hidden:
                h = self._bend(F.linear(h, layer.weight, layer.bias))
                match self._activation:
                    case "relu":
                        slopes.append(h.sign())  # h is never negative: 0 or 1
                    case "leaky-relu":
                        slopes.append(torch.where(h > 0, 1.0, LEAK))
                    case _:
                        return None
        gradient = last.weight.expand(x.shape[0], -1)
        for layer, slope in zip(reversed(hidden), reversed(slopes), strict=True):
            gradient = (gradient * slope) @ layer.weight
        return gradient
