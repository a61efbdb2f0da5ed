"""Gradients: how far the losses reach back through the layers, what G receives, and the weights behind it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array, Gradients

SAMPLES = 256
IMAGES = 16  # for convolutions, where one image takes longer than all the above in a small network
BINS = 40
WIDEST = 512  # all singular values of such a square take 50 ms, of one twice as wide eight times that
OBLONG = 4  # ratio of the sides: the eigenvalues of W Wt take an eighth of the time
POWER_ITERATIONS = 40


class GradientsProbe(Probe):
    """Figure 1b of the WGAN-GP paper for both players, and the distributions that explain it."""

    name = "gradients"
    title = "Gradients"
    kinds = ("line", "plane", "image")
    expensive = True

    def look(self, game: GameView, size: int) -> Gradients:
        samples = IMAGES if game.data.kind == "image" else SAMPLES
        for_d, for_g = (norms.cpu().numpy() for norms in game.layer_gradients(samples))
        bound = game.variant.weight_bound(game.controls)
        weights = game.weights().detach().cpu().double().numpy()
        edges, shares = histogram(weights, bound)
        # c is rounded to float32 when weights are clipped
        at_bound = None if bound is None else float(np.mean(np.abs(weights) >= bound * (1 - 1e-6)))
        return Gradients(
            discriminator=Array.of(for_d), generator=Array.of(for_g), decades_d=decades(for_d),
            decades_g=decades(for_g), received=Array.of(game.gradient_at_fake(samples).cpu().numpy()),
            edges=Array.of(edges),
            weights=Array.of(shares), bound=bound, at_bound=at_bound,
            singular=[Array.of(singular_values(weight)) for weight in game.layer_weights()],
            spectral_bound=game.spectral_bound,
        )


def decades(norms: NDArray[np.float64]) -> float | None:
    """Decades per layer that the gradient gains on its way from the output to the input: the slope of a fitted line.

    Args:
        norms: ``(layers,)``, input first; those that are 0 or not finite are left out.

    Returns:
        None with fewer than two layers left. Least squares over log10.
    """
    back = norms[::-1]
    good = np.isfinite(back) & (back > 0)
    if np.count_nonzero(good) < 2:
        return None
    return float(np.polyfit(np.arange(len(back))[good], np.log10(back[good]), 1)[0])


def histogram(weights: NDArray[np.float64], bound: float | None) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Edges ``(BINS + 1,)``, symmetric about 0 and to the bound if there is one, and the share in each bin."""
    finite = weights[np.isfinite(weights)]
    largest = float(np.abs(finite).max()) if len(finite) else 0.0
    limit = max(largest, bound or 0.0) * (1 + 1e-6) or 1.0
    counts, edges = np.histogram(finite, BINS, (-limit, limit))
    return edges, (counts / max(len(weights), 1)).astype(np.float32)


def singular_values(weight: torch.Tensor) -> NDArray[np.float32]:
    """Descending, of ``(out, in)``; NaN if an entry is not finite. Of a convolution: of its kernels, one a row.

    Of a matrix wider than ``WIDEST`` both ways the largest alone, by power iteration, which comes from below.
    """
    if not torch.isfinite(weight).all():
        return np.full(min(weight.shape), np.nan, dtype=np.float32)
    if min(weight.shape) <= WIDEST:
        if max(weight.shape) >= OBLONG * min(weight.shape):
            flat = (weight if weight.shape[0] < weight.shape[1] else weight.T).cpu().double()
            values = torch.linalg.eigvalsh(flat @ flat.T).flip(0).clamp(min=0).sqrt()
        else:
            values = torch.linalg.svdvals(weight)
        found: NDArray[np.float32] = values.float().cpu().numpy()
        return found
    v = torch.linspace(-1, 2, weight.shape[1], device=weight.device)
    for _ in range(POWER_ITERATIONS):
        v = torch.nn.functional.normalize((weight @ v) @ weight, dim=0)
    return np.array([float((weight @ v).norm())], dtype=np.float32)
