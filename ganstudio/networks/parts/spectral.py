"""Spectral norm: each weight matrix over its largest singular value, which one power iteration a step follows.

v <- W^T u / |W^T u|,  u <- W v / |W v|,  sigma = u^T W v,  W' = c W / sigma
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import normalize
from torch.nn.utils.parametrize import register_parametrization

EPS = 1e-12
WARM_UP = 100  # iterations before the first step: one is off by some 25 %, fifteen by up to 6 % at width 128


class SpectralNorm(nn.Module):
    """The parametrisation of one weight. u and v are constants for the gradient.

    u moves on at every forward pass in training mode and stands still in evaluation mode. A convolution's
    kernel is normalised as the matrix (out, rest), whose norm is not that of the convolution.

    Source: Miyato et al. 2018, arXiv:1802.05957, Algorithm 1.
    """

    u: Tensor
    v: Tensor

    def __init__(self, weight: Tensor, bound: float, rng: Generator) -> None:
        super().__init__()
        matrix = weight.detach().flatten(1)
        self.bound = bound
        self.register_buffer("u", normalize(torch.randn(matrix.shape[0], generator=rng), dim=0, eps=EPS))
        self.register_buffer("v", normalize(torch.randn(matrix.shape[1], generator=rng), dim=0, eps=EPS))
        for _ in range(WARM_UP):
            self._iterate(matrix)

    def _iterate(self, matrix: Tensor) -> None:
        with torch.no_grad():
            self.v = normalize(matrix.t().mv(self.u), dim=0, eps=EPS)
            self.u = normalize(matrix.mv(self.v), dim=0, eps=EPS)

    def forward(self, weight: Tensor) -> Tensor:
        matrix = weight.flatten(1)
        if self.training:
            self._iterate(matrix.detach())
        sigma = self.u.dot(matrix.mv(self.v))
        return weight * (self.bound / sigma)


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
