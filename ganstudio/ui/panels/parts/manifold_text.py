"""What the manifold panel says: whether the grid is torn, folded, or collapsed to a point."""

from __future__ import annotations

import numpy as np

from ganstudio.core.protocol.views import Manifold
from ganstudio.ui.panels.parts.latent_grid import folded

TORN = 5.0  # a cell stretched this many times as far as the usual one is a bridge


def words(view: Manifold) -> str:
    """What the picture shows, in one or two plain sentences."""
    at = view.at.numpy()
    bad = int(np.count_nonzero(~np.isfinite(at).all(axis=-1)))
    if bad:
        return f"{bad:,} of {at[..., 0].size:,} corners are not finite numbers: the run has diverged."
    stretch = view.stretch.numpy().astype(np.float64)
    usual = float(np.median(stretch))
    if usual <= 0:
        return "G maps most of the latent space to one point: the grid has collapsed."
    torn = float(np.mean(stretch > TORN * usual))
    over = folded(at)
    piece = "Pieces" if view.latent_dim == 1 else "Cells"
    of_class = f"For class {view.label}: " if view.label else ""
    first = f"{piece} get equally many samples, so small ones are dense."
    if view.latent_dim > 2:
        first = f"A slice through {view.latent_dim} latent dimensions (all but 2 are 0). Small cells are dense."
    first = of_class + (first[0].lower() + first[1:] if of_class else first)
    if torn >= 0.005:
        return f"{first} {torn:.0%} are bridges, stretched over {TORN:.0f} times the typical size."
    if over >= 0.02:
        return f"{first} {over:.0%} are folded over others."
    return f"{first} None is stretched over {TORN:.0f} times the typical size."
