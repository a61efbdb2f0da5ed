"""Affine: a generator that only shifts and scales its latent, so that what it makes is known exactly.

G(z) = mu + sigma z, one mu and one sigma for each dimension; D is a small MLP. Both work in coordinates in which
the data has mean 0 and spread 1, so that rates mean the same for any units of the data.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
import torch
from torch import Generator, Tensor, nn

from ganstudio.core.control import Choice, Integer, Needs, Numbers
from ganstudio.core.dataset import Floats
from ganstudio.core.network import Network, NetworkControls
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.parts.mlp_body import Activation, Init, MLPBody

_GIVEN = (Needs("start", among=("given",)),)
_HIDDEN = (Needs("depth", above=0),)


class AffineControls(NetworkControls, frozen=True, kw_only=True):
    """The univariate experiment of the f-GAN paper: D has two layers of 64 tanh units."""

    start: Annotated[Literal["given", "data"], Choice(
        live=False, help="Where G starts: at the mean and spread given below, or at those of the data")] = "given"
    mean: Annotated[tuple[float, ...], Numbers(
        -1e4, 1e4, live=False, unit="networks' units", symbol="μ", label="start at", needs=_GIVEN,
        help="Centre that G starts at: one number, or one for each dimension")] = (0.0,)
    sd: Annotated[tuple[float, ...], Numbers(
        1e-4, 1e4, live=False, unit="networks' units", symbol="σ", label="start spread", needs=_GIVEN,
        help="Spread that G starts with: one number, or one for each dimension")] = (1.0,)
    width: Annotated[int, Integer(1, 4096, scale="log", live=False, unit="units", needs=_HIDDEN,
                                  help="Units in each hidden layer of D")] = 64
    depth: Annotated[int, Integer(0, 16, live=False, unit="layers", help="Hidden layers of D")] = 2
    activation: Annotated[Activation, Choice(
        live=False, needs=_HIDDEN, help="The activation after each hidden layer of D")] = "tanh"
    init_d: Annotated[Init, Choice(
        live=False, label="D init",
        help="He: D has a slope from the start. Uniform, ±1/√fan-in: it starts flatter.")] = "he"

    def check(self) -> None:
        if len(self.mean) > 2 or len(self.sd) > 2:
            raise BadInput(f"mean and sd take one number or one for each dimension, at most 2, "
                           f"not {len(self.mean)} and {len(self.sd)}")


class Affine(Network[AffineControls]):
    """A Gaussian (or a uniform box) that can be moved and widened, against an MLP."""

    name = "affine"
    title = "Affine generator"
    kinds = ("line", "plane")
    on_kind = {"line": {"latent_dim": 1}}  # what one latent makes of a line is known without sampling
    reference = "Nowozin, Cseke, Tomioka 2016, arXiv:1606.00709, univariate experiment"

    def generator(self, c: AffineControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        d = math.prod(shape)
        if c.latent_dim < d:
            raise BadInput(f"latent_dim = {c.latent_dim} is too small for the affine network: "
                           f"{d} numbers are needed, one for each dimension of the data")
        return AffineGenerator(_each(c.mean, d), _each(c.sd, d), c.latent, c.start == "data")

    def discriminator(self, c: AffineControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        sizes = [math.prod(shape), *[c.width] * c.depth, 1]
        return MLPBody(sizes, c.activation, c.init_d, rng, squeeze=True, rescaled=True)

    def flops(self, c: AffineControls, batch_size: int) -> float:
        return float(batch_size) * c.width * c.width * max(c.depth - 1, 0)


def _each(numbers: tuple[float, ...], d: int) -> Tensor:
    return torch.tensor(numbers * d if len(numbers) == 1 else numbers[:d], dtype=torch.float32).expand(d).clone()


class AffineGenerator(nn.Module):
    """mu + sigma z; what it makes has a density in closed form (core.network.HasDensity)."""

    shift: Tensor
    scale: Tensor

    def __init__(self, mean: Tensor, sd: Tensor, latent: str, like_data: bool) -> None:
        """Builds it.

        Args:
            mean: Centre to start at, ``(d,)``, data units.
            sd: Spread to start with, ``(d,)``, data units: sigma itself, of which a uniform latent makes 1/sqrt(3).
            latent: The prior.
            like_data: Whether it starts with the data's mean and spread instead.
        """
        super().__init__()
        self.mean = nn.Parameter(mean)
        self.spread = nn.Parameter(sd)
        self.register_buffer("shift", torch.zeros_like(mean))
        self.register_buffer("scale", torch.ones(()))
        self._latent = latent
        self._like_data = like_data

    def init_from_data(self, inputs: Tensor) -> None:
        """Takes the data's mean for 0 and its common spread for 1, ``(n, d)``, and starts like it if asked to."""
        d = self.mean.shape[0]
        rows = inputs.reshape(-1, d)
        shift = rows.mean(dim=0)
        scale = (rows - shift).square().mean().sqrt().clamp(min=1e-6)
        with torch.no_grad():
            if self._like_data:
                self.mean.zero_()
                self.spread.copy_(rows.std(dim=0).clamp(min=1e-6) / scale / self._of_latent)
            else:
                self.mean.sub_(shift).div_(scale)
                self.spread.div_(scale)
        self.shift.copy_(shift)
        self.scale.copy_(scale)

    @property
    def _of_latent(self) -> float:
        """Standard deviation of the latent."""
        return 1.0 if self._latent == "gaussian" else 1 / math.sqrt(3)  # U(-1, 1)

    def _placed(self) -> tuple[Tensor, Tensor]:
        """mu and |sigma| in data units, float64."""
        mean, spread = self.mean.detach().double(), self.spread.detach().abs().double()
        return self.shift + self.scale * mean, self.scale * spread

    def forward(self, z: Tensor) -> Tensor:
        return torch.addcmul(self.mean, self.spread, z[:, : self.mean.shape[0]]) * self.scale + self.shift

    def moments(self) -> Tensor:
        """Mean and standard deviation of what it makes in each dimension, ``(2, d)``, float64, data units."""
        mean, spread = self._placed()
        return torch.stack([mean, spread * self._of_latent])

    def log_density(self, x: Floats) -> Floats:
        """Exact log density at ``x`` (n, d) -> (n,), in nats."""
        mean, spread = (part.cpu().numpy() for part in self._placed())
        z = (x - mean) / np.maximum(spread, 1e-30)
        inside = -np.log(np.maximum(spread, 1e-30)).sum()
        if self._latent == "gaussian":
            logs: Floats = inside - 0.5 * (z**2 + math.log(2 * math.pi)).sum(axis=1)
            return logs
        return np.where((np.abs(z) <= 1).all(axis=1), inside - len(mean) * math.log(2), -np.inf)

    def mass(self, edges: Floats) -> Floats:
        """Probability of cells ``(n,)`` of a line between their edges ``(n + 1,)``.

        A Gaussian's from the density in the middle, which keeps its digits far out; a box's by overlap.
        """
        if self._latent == "gaussian":
            return np.exp(self.log_density(((edges[:-1] + edges[1:]) / 2)[:, None])) * np.diff(edges)
        mean, spread = (float(part[0]) for part in self._placed())
        return np.diff(np.clip((edges - mean + spread) / (2 * max(spread, 1e-30)), 0, 1))
