"""Samples of mixtures of isotropic Gaussians."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from ganstudio.core.dataset import Modes


def sample_mixture(modes: Modes, n: int, rng: Generator) -> Tensor:
    """Draws from a mixture.

    Args:
        modes: Centres ``(K, d)``, sds and weights ``(K,)``.
        n: How many.
        rng: Where the draws come from; the samples lie on its device.

    Returns:
        ``(n, d)``, float32, data units.
    """
    device = rng.device
    centres = torch.as_tensor(modes.centres, dtype=torch.float32, device=device)
    sds = torch.as_tensor(modes.sds, dtype=torch.float32, device=device)
    weights = torch.as_tensor(modes.weights, dtype=torch.float32, device=device)
    which = torch.multinomial(weights, n, replacement=True, generator=rng)
    noise = torch.randn((n, centres.shape[1]), generator=rng, device=device)
    return centres[which] + sds[which, None] * noise
