"""Draws from the latent prior."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from ganstudio.core.network import NetworkControls


def draw_latents(c: NetworkControls, n: int, rng: Generator) -> Tensor:
    """Latents ``(n, latent_dim)``, float32, on the generator's device: N(0, 1) or U(-1, 1) in each dimension."""
    shape = (n, c.latent_dim)
    if c.latent == "uniform":
        return torch.rand(shape, generator=rng, device=rng.device) * 2 - 1
    return torch.randn(shape, generator=rng, device=rng.device)
