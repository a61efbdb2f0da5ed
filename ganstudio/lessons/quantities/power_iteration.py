"""Power iteration: what some rounds of it make of the spectral norm of a random matrix."""

from __future__ import annotations

from typing import Annotated

import torch
from torch.nn.functional import normalize

from ganstudio.core.control import Controls, Integer
from ganstudio.lessons.quantity import Quantity
from ganstudio.networks.parts.spectral import EPS, SpectralNorm
from ganstudio.training.trainer import Trainer


class PowerParams(Controls, frozen=True, kw_only=True):
    """Which matrix, and how many rounds."""

    rounds: Annotated[int, Integer(1, 1000, help="Rounds of power iteration, from a random vector")] = 1
    size: Annotated[int, Integer(1, 1024, help="Rows and columns of the matrix")] = 128
    seed: Annotated[int, Integer(0, 9999, help="Of the matrix and of the vector")] = 0


class PowerIteration(Quantity[PowerParams]):
    """The estimate over the true norm: entries N(0, 1), and the studio's own layer does the rounds.

    Source: Miyato et al. 2018, arXiv:1802.05957, appendix A.
    """

    name = "power-iteration"
    title = "spectral norm by power iteration"
    help = "The spectral norm of a random matrix as some rounds of power iteration estimate it, divided by the true one"
    needs_run = False

    def compute(self, trainer: Trainer | None, params: PowerParams) -> float | None:
        rng = torch.Generator().manual_seed(params.seed)
        weight = torch.randn(params.size, params.size, generator=rng)
        layer = SpectralNorm(weight, 1.0, rng)
        layer.u = normalize(torch.randn(params.size, generator=rng), dim=0, eps=EPS)  # it knows nothing of the matrix
        for _ in range(params.rounds):
            normalised = layer(weight)
        estimate = weight.norm() / normalised.norm()
        return float(estimate / torch.linalg.matrix_norm(weight, 2))
