"""A layer of an alias-free generator: a modulated convolution of a map of known size, and a filtered activation."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn

from ganstudio.networks.parts.filtered import CLAMP, FilteredActivation
from ganstudio.networks.parts.modulated import modulated_conv
from ganstudio.networks.parts.scaled_layers import ScaledLinear


def normalised(weight: Tensor, styles: Tensor) -> tuple[Tensor, Tensor]:
    """Weights with a mean square of 1 for each output, and styles with one of 1 over the whole batch.

    Where outputs are demodulated it changes nothing but the share of the 1e-8, and numbers stay of a size.
    """
    return (weight * weight.square().mean((1, 2, 3), keepdim=True).rsqrt(),
            styles * styles.square().mean().rsqrt())


class AliasFreeLayer(nn.Module):
    """Styles from w, a modulated convolution of an input brought to unit size, and the activation that is given.

    The size of the input is a running mean of its mean square, a buffer: evaluation leaves it as it is.

    Source: Karras et al. 2021, arXiv:2106.12423, appendix B.
    """

    def __init__(
        self, w_dim: int, n: int, m: int, kernel: int, memory: float, activation: FilteredActivation | None,
        rng: Generator,
    ) -> None:
        """``activation``: None makes colours, which are neither demodulated nor filtered."""
        super().__init__()
        self.styles = ScaledLinear(w_dim, n, rng, bias=1.0)
        self.weight = nn.Parameter(torch.empty(m, n, kernel, kernel).normal_(generator=rng))
        self.activation = activation
        self.bias = nn.Parameter(torch.zeros(m, 1, 1)) if activation is None else None
        self.memory = memory
        self.magnitude: Tensor
        self.register_buffer("magnitude", torch.ones(()))

    def forward(self, x: Tensor, w: Tensor, *, follow: bool) -> Tensor:
        """``(n, c, h, h)`` and ``(n, w_dim)`` -> ``(n, m, h', h')``; ``follow``: whether the running mean follows."""
        if follow:
            with torch.no_grad():
                self.magnitude.copy_(x.square().mean().lerp(self.magnitude, self.memory))
        gain = self.magnitude.rsqrt()  # of the mean as it is now: it is no part of what is learnt
        styles, kernel = self.styles(w), self.weight.shape[-1]
        if self.activation is None:
            assert self.bias is not None
            scaled = styles / math.sqrt(self.weight[0].numel())
            colours = modulated_conv(x, self.weight, scaled, demodulate=False, padding=kernel - 1, gain=gain)
            return (colours + self.bias).clamp(-CLAMP, CLAMP)
        weight, styles = normalised(self.weight, styles)
        made: Tensor = self.activation(modulated_conv(x, weight, styles, padding=kernel - 1, gain=gain))
        return made
