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


def latent_walk(c: NetworkControls, n: int, device: torch.device) -> Tensor:
    """Latents ``(n, latent_dim)`` whose first coordinate takes the middle of n slices of equal mass, the others 0."""
    share = (torch.arange(n, device=device, dtype=torch.float64) + 0.5) / n
    return _along_first(c, 2 * share - 1 if c.latent == "uniform" else torch.special.ndtri(share))


def latent_slices(c: NetworkControls, n: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Slices of the first coordinate of the prior, equally wide: their ends and their probabilities.

    Returns:
        Latents ``(n + 1, latent_dim)``, the other coordinates 0, and ``(n,)``, float64. A Gaussian's
        slices reach to 6 sd, beyond which 2e-9 of it lies.
    """
    if c.latent == "uniform":
        return (_along_first(c, torch.linspace(-1, 1, n + 1, device=device, dtype=torch.float64)),
                torch.full((n,), 1 / n, device=device, dtype=torch.float64))
    ends = torch.linspace(-6, 6, n + 1, device=device, dtype=torch.float64)
    return _along_first(c, ends), torch.special.ndtr(ends).diff()


def latent_mesh(c: NetworkControls, n: int, device: torch.device) -> tuple[Tensor, float]:
    """Corners of n x n cells of equal mass over the first two latents, the others 0; of n cells over a single one.

    Returns:
        ``(n + 1, n + 1, latent_dim)``, rows along the second latent, or ``(1, n + 1, 1)``; and the mass of a
        cell. A Gaussian's cells lie between its 1st and 99th percentiles, a uniform prior's fill it.
    """
    if c.latent == "uniform":
        axis, share = torch.linspace(-1, 1, n + 1, device=device, dtype=torch.float64), 1 / n
    else:
        ends = torch.linspace(0.01, 0.99, n + 1, device=device, dtype=torch.float64)
        axis, share = torch.special.ndtri(ends), 0.98 / n
    if c.latent_dim == 1:
        return axis.float()[None, :, None], share
    corners = torch.zeros((n + 1, n + 1, c.latent_dim), device=device)
    corners[..., 0] = axis.float()
    corners[..., 1] = axis.float()[:, None]
    return corners, share * share


def _along_first(c: NetworkControls, first: Tensor) -> Tensor:
    latents = torch.zeros((len(first), c.latent_dim), device=first.device)
    latents[:, 0] = first.float()
    return latents
