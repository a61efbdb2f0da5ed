"""Pyramid: a growing generator at every resolution it has reached, and real images at each."""

from __future__ import annotations

import numpy as np
import torch

from ganstudio.core.network import Stage
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.views import Array, Pyramid

SHOWN = 6  # images of each kind at each level


class PyramidProbe(Probe):
    """The same few latents at each level, as the layers that have been learnt so far make them at that size.

    Source: Karras et al. 2017, arXiv:1710.10196, figures 1 and 2.
    """

    name = "pyramid"
    title = "Progressive growing"
    kinds = ("image",)
    dear = True

    def look(self, game: GameView, size: int) -> Pyramid:
        growth = game.growth
        if growth is None:
            return Pyramid(fake=[], real=[], level=0, alpha=1.0, levels=0, shown=0, lasts=0, averaged=False)
        z = game.latents[:SHOWN]
        averaged = game.average(z[:1]) is not None
        stages = [Stage(level) for level in range(growth.stage.level + 1)]
        return Pyramid(
            fake=[pixels(game.grown(z, stage.level, averaged)) for stage in stages],
            real=[pixels(game.shrunk(stage.resolution)[:SHOWN]) for stage in stages],
            level=growth.stage.level, alpha=growth.stage.alpha, levels=growth.levels, shown=growth.shown,
            lasts=growth.lasts, averaged=averaged,
        )


def pixels(images: torch.Tensor) -> Array:
    """Images ``(n, c, h, w)`` in [-1, 1] as ``(n, h, w, c)`` uint8; beyond is cut off, what is not finite is black."""
    scaled = ((images.detach().float() + 1) * 127.5).nan_to_num(0.0, 255.0, 0.0).clamp(0, 255).round()
    made: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] = scaled.to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    return Array.of(made)
