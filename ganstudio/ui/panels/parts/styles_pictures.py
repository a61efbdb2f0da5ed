"""The pictures of each page of the panel Styles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.images import Bytes, coloured, images_of
from ganstudio.ui.plotting.colors import colour_table
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.picture_strip import Column
from ganstudio.views.styles import MixedStyles, MovedStyles, RedrawnNoise

FAINTEST = 0.02  # if no pixel differs by more, none has the full colour, image units


def mixing_grid(mixing: MixedStyles) -> tuple[Bytes, int]:
    """All images row by row, sources first, and how many lie in a row."""
    a, b = images_of(mixing.of_a), images_of(mixing.of_b)
    rows = images_of(mixing.mixed).reshape(len(a), len(b), *a.shape[1:])
    body = np.concatenate([a[:, None], rows], axis=1).reshape(-1, *a.shape[1:])
    return np.concatenate([images_of(mixing.mean), b, body]), len(b) + 1


def noise_columns(noise: RedrawnNoise, theme: Theme) -> list[Column]:
    """Without noise, each draw, and where they differ; nothing of a G without noise, whose images would be alike."""
    if not len(noise.layers.numpy()):
        return []
    smooth = coloured(images_of(noise.smooth))
    draws = coloured(images_of(noise.redrawn)).reshape(-1, *smooth.shape)
    return [Column("no noise", smooth),
            *(Column(f"draw {at + 1}", made, "generated") for at, made in enumerate(draws)),
            Column("differs", heat(noise.differs.numpy(), theme))]


def moved_columns(moved: MovedStyles, theme: Theme) -> list[Column]:
    """Before, after, and where they differ."""
    before, after = coloured(images_of(moved.before)), coloured(images_of(moved.after))
    apart = np.abs(after.astype(np.float32) - before).mean(-1) / 127.5
    return [Column("before", before), Column("after", after, "generated"), Column("differs", heat(apart, theme))]


def heat(differences: NDArray[np.float32], theme: Theme) -> Bytes:
    """Differences in image units as colours ``(..., 3)``: none is the ground, the largest has the full colour."""
    table = colour_table(theme.low, theme.middle, theme.high)
    with np.errstate(invalid="ignore", over="ignore"):  # a NaN may be a signalling one
        known = np.nan_to_num(differences.astype(np.float64), nan=0.0, posinf=np.inf, neginf=0.0).clip(0.0, None)
    largest = max(float(known[np.isfinite(known)].max(initial=0.0)), FAINTEST)
    share = (known / largest).clip(0.0, 1.0)
    found: Bytes = table[(127.5 + 127.5 * share).astype(int)]
    return found
