"""Pyramid: a growing generator at every resolution it has reached, and real images at each."""

from __future__ import annotations

from torch import Tensor

from ganstudio.core.images import pixels
from ganstudio.core.network import Stage
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array, Pyramid

SHOWN = 6  # images of each kind at each level


class PyramidProbe(Probe):
    """The same few latents at each level, as the layers that have been learnt so far make them at that size.

    Source: Karras et al. 2017, arXiv:1710.10196, figures 1 and 2.
    """

    name = "pyramid"
    title = "Progressive growing"
    kinds = ("image",)
    expensive = True

    def look(self, game: GameView, size: int) -> Pyramid:
        phase = game.phase
        if phase.stage is None:
            return Pyramid(fake=[], real=[], level=0, alpha=1.0, levels=0, shown=0, lasts=0, averaged=False)
        z = game.latents[:SHOWN]
        averaged = game.average(z[:1]) is not None
        stages = [Stage(level) for level in range(phase.stage.level + 1)]
        return Pyramid(
            fake=[_shown(game.generate_at_level(z, stage.level, averaged)) for stage in stages],
            real=[_shown(game.shrunk(stage.resolution)[:SHOWN]) for stage in stages],
            level=phase.stage.level, alpha=phase.stage.alpha, levels=phase.levels, shown=phase.shown,
            lasts=phase.lasts, averaged=averaged,
        )


def _shown(images: Tensor) -> Array:
    return Array.of(pixels(images.float().cpu().numpy()))
