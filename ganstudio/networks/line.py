"""Line: a generator that is a vertical line and has one parameter, its place. The WGAN paper's Example 1.

G(z) = (theta_G, u), u ~ U(0, 1) from the latent; D is an MLP.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor, nn

from ganstudio.core.control import Choice, Integer, Needs, Slider
from ganstudio.core.network import Network, NetworkControls
from ganstudio.networks.parts.mlp_body import Activation, Init, MLPBody

_HIDDEN = (Needs("depth", above=0),)


class LineControls(NetworkControls, frozen=True, kw_only=True):
    """D is as large as that of the MLP network."""

    latent_dim: Annotated[int, Integer(
        1, 1, live=False, symbol="dim z", label="latent size",
        help="One random number says how high on the line a point lies")] = 1
    latent: Annotated[Literal["gaussian", "uniform"], Choice(
        live=False, label="latent prior",
        help="z ~ N(0, 1) or z ~ U(−1, 1); its distribution function makes U(0, 1) of either")] = "uniform"
    start: Annotated[float, Slider(
        -4.0, 4.0, live=False, unit="data units", symbol="θ_G", label="start at",
        help="Where the generated line starts. Its place is all that G can learn.")] = 0.0
    width: Annotated[int, Integer(1, 4096, scale="log", live=False, unit="units", needs=_HIDDEN,
                                  help="Units in each hidden layer of D")] = 128
    depth: Annotated[int, Integer(0, 16, live=False, unit="layers", help="Hidden layers of D")] = 3
    activation: Annotated[Activation, Choice(
        live=False, needs=_HIDDEN, help="The activation after each hidden layer of D")] = "relu"
    init_d: Annotated[Init, Choice(
        live=False, label="D init",
        help="He: D has a slope from the start. Uniform, ±1/√fan-in: it starts flatter.")] = "he"


class Line(Network[LineControls]):
    """A vertical line that can only be moved sideways, against an MLP."""

    name = "line"
    title = "Line generator"
    kinds = ("plane",)
    reference = "Arjovsky et al. 2017, arXiv:1701.07875, Example 1"

    def generator(self, c: LineControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return LineGenerator(c.start, c.latent)

    def discriminator(self, c: LineControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        sizes = [math.prod(shape), *[c.width] * c.depth, 1]
        return MLPBody(sizes, c.activation, c.init_d, rng, squeeze=True)

    def flops(self, c: LineControls, batch_size: int) -> float:
        return float(batch_size) * c.width * c.width * max(c.depth - 1, 0)


class LineGenerator(nn.Module):
    """Points (position, u) with u uniform between 0 and 1; the position is its one parameter, data units."""

    def __init__(self, position: float, latent: str) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.tensor([position]))
        self._latent = latent

    def forward(self, z: Tensor) -> Tensor:
        z = z[:, :1]
        u = (z + 1) / 2 if self._latent == "uniform" else (1 + torch.erf(z / math.sqrt(2))) / 2
        return torch.cat([self.position + torch.zeros_like(u), u], dim=1)
