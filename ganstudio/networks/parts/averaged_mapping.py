"""The mapping of latents to w, which keeps a running mean of what it makes."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.networks.parts.pixel_norm import pixel_norm
from ganstudio.networks.parts.rate_scaled import RateScaledLinear

RATE = 0.01  # of the layers' learning rate: a small change of the mapping moves all layers
LEAK, GAIN = 0.2, math.sqrt(2)


class AveragedMapping(nn.Module):
    """Latents brought to a mean square of 1, then dense layers, each with a leaky ReLU of gain sqrt(2).

    Source: Karras et al. 2019, arXiv:1812.04948, section 2; 2021, arXiv:2106.12423, for two layers.
    """

    def __init__(self, latent_dim: int, w_dim: int, layers: int, memory: float, rng: Generator) -> None:
        """``memory``: the share of the running mean that each update keeps."""
        super().__init__()
        widths = [latent_dim, *[w_dim] * layers]
        self.layers = nn.ModuleList(
            RateScaledLinear(n, w_dim, rng, rate=RATE) for n in widths[:-1])
        self.memory = memory
        self.w_avg: Tensor
        self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(self, z: Tensor, *, follow: bool) -> Tensor:
        """``(n, latent_dim)`` -> ``(n, w_dim)``; ``follow``: whether the running mean takes it in."""
        w = pixel_norm(z)
        for layer in self.layers:
            w = F.leaky_relu(layer(w), LEAK) * GAIN
        if follow:
            with torch.no_grad():
                self.w_avg.copy_(w.mean(0).lerp(self.w_avg, self.memory))
        return w
