"""Pictures of codes, and what is said of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.codes import code_colours
from ganstudio.core.images import Bytes
from ganstudio.views.codes import Codes
from ganstudio.views.completion import Completion

GREY = 128  # of what is not given


def code_maps(codes: NDArray[np.float32], count: int) -> Bytes:
    """Maps of codes ``(n, g, g)`` as images ``(n, g, g, 3)``, each code in its colour."""
    found: Bytes = code_colours(count)[codes.astype(np.int64)]
    return found


def given_part(images: Bytes, grid: int, kept: int) -> Bytes:
    """Images ``(n, h, w, c)`` with the squares after the first ``kept`` codes grey: what is completed."""
    square = images.shape[1] // grid
    shown = np.arange(grid * grid).reshape(grid, grid) < kept
    mask = shown.repeat(square, axis=0).repeat(square, axis=1)[None, :, :, None]
    return np.where(mask, images, np.uint8(GREY))


def perplexity(uses: NDArray[np.float32]) -> float:
    """Of how many equally frequent codes the uses are: exp of their entropy."""
    total = uses.sum(dtype=np.float64)
    if total <= 0:
        return 0.0
    shares = uses[uses > 0].astype(np.float64) / total
    return float(np.exp(-(shares * np.log(shares)).sum()))


def words(view: Codes, completion: Completion | None) -> str:
    """How the codebook is used, and what draws codes now."""
    uses = view.uses.numpy()
    used = int((uses > 0).sum())
    found = f"{used} of {len(uses)} codes are used in {view.counted} images (perplexity {perplexity(uses):.1f}). "
    if view.drawn_by == "frequency":
        return f"{found}No prior yet: codes are drawn by their frequency."
    if completion is None:
        return f"{found}The prior draws the images of Samples."
    return f"{found}The prior draws all codes after the first {completion.kept}."
