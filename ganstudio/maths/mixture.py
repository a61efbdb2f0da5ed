"""Samples of mixtures of isotropic Gaussians."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from ganstudio.core.dataset import Modes


def sample_mixture(modes: Modes, n: int, rng: Generator) -> Tensor:
    """Draws from a mixture; as ``sample_labelled_mixture``, without the labels."""
    return sample_labelled_mixture(modes, n, rng)[0]


def sample_labelled_mixture(modes: Modes, n: int, rng: Generator) -> tuple[Tensor, Tensor]:
    """Draws from a mixture, and which Gaussian each sample came from.

    Args:
        modes: Centres ``(K, d)``, sds and weights ``(K,)``.
        n: How many.
        rng: The generator that draws; the samples lie on its device.

    Returns:
        ``(n, d)``, float32, data units; and ``(n,)``, int64.
    """
    device = rng.device
    centres = torch.as_tensor(modes.centres, dtype=torch.float32, device=device)
    sds = torch.as_tensor(modes.sds, dtype=torch.float32, device=device)
    weights = torch.as_tensor(modes.weights, dtype=torch.float32, device=device)
    which = torch.multinomial(weights, n, replacement=True, generator=rng)
    noise = torch.randn((n, centres.shape[1]), generator=rng, device=device)
    return centres[which] + sds[which, None] * noise, which
