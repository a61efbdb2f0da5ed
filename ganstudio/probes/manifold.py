"""Manifold: a grid of the latent space as the generator warps it, and how densely it packs its samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array, Manifold

Floats = NDArray[np.float64]
CELLS = 20  # along a side; of a single latent four times as many


class ManifoldProbe(Probe):
    """Cells of equal latent mass: as many samples fall into each as into any other."""

    name = "manifold"
    title = "Manifold"
    kinds = ("plane",)
    needs = frozenset({"latent"})

    def look(self, game: GameView, size: int) -> Manifold:
        latent_dim = game.latents.shape[1]
        corners, mass = game.latent_mesh(4 * CELLS if latent_dim == 1 else CELLS)
        latents = corners.flatten(0, 1)
        at = game.generate(latents, game.shown_labels(len(latents))).reshape(*corners.shape[:2], 2).cpu().numpy()
        with np.errstate(all="ignore"):  # a generator that diverges is shown as it is
            extent = sizes(at.astype(np.float64))
            density = mass / np.maximum(extent, 1e-12)
            stretch = stretches(corners.cpu().numpy().astype(np.float64), at.astype(np.float64))
        return Manifold(
            at=Array.of(at), density=Array.of(density.astype(np.float32)), stretch=Array.of(stretch.astype(np.float32)),
            latent_dim=latent_dim, label=game.shown_class,
        )


def sizes(at: Floats) -> Floats:
    """Area of each cell between the corners ``(n, m, 2)``, ``(n - 1, m - 1)``; the length of each piece of one row.

    A cell is two triangles, so that one that is folded over itself counts with all that it covers.
    """
    if at.shape[0] == 1:
        lengths: Floats = np.linalg.norm(np.diff(at, axis=1), axis=-1)
        return lengths
    low_left, low_right, high_left, high_right = at[:-1, :-1], at[:-1, 1:], at[1:, :-1], at[1:, 1:]
    return (_triangle(low_left, low_right, high_right) + _triangle(low_left, high_right, high_left)) / 2


def stretches(corners: Floats, at: Floats) -> Floats:
    """How many times longer the side that is stretched most has become, ``(n - 1, m - 1)``, data units a latent unit.

    Args:
        corners: Latents ``(n, m, latent_dim)``.
        at: G at the corners, ``(n, m, 2)``.
    """
    along, up = (
        np.linalg.norm(np.diff(at, axis=axis), axis=-1) / np.linalg.norm(np.diff(corners, axis=axis), axis=-1)
        for axis in (1, 0)
    )
    if at.shape[0] == 1:
        pieces: Floats = along
        return pieces
    longest: Floats = np.maximum(np.maximum(along[:-1], along[1:]), np.maximum(up[:, :-1], up[:, 1:]))
    return longest


def _triangle(a: Floats, b: Floats, c: Floats) -> Floats:
    """Twice the area."""
    (x1, y1), (x2, y2) = np.moveaxis(b - a, -1, 0), np.moveaxis(c - a, -1, 0)
    twice: Floats = np.abs(x1 * y2 - y1 * x2)
    return twice
