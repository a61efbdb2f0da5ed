"""Scales: all levels of a generator that makes an image at each, and by how much they differ."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.maths.level_disagreement import LevelDisagreement
from ganstudio.maths.resampling import shrunk
from ganstudio.views.scales import Scales

SHOWN = 6  # latents whose images are shown; the disagreement is that of all that are looked at


class ScalesProbe(Probe):
    """The same few latents at each level, and the largest image at each size.

    Source: Karnewar, Wang 2019, arXiv:1903.06048, figure 4.
    """

    name = "scales"
    title = "Scales"
    kinds = ("image",)
    priority = "front"
    needs = frozenset({"levels"})
    expensive = True

    def look(self, game: GameView, size: int) -> Scales:
        averaged = game.average(game.latents[:1]) is not None
        with game.at_rest() as modules:
            levels: list[Tensor] = modules["G"].levels_of(game.latents)
        apart = LevelDisagreement()
        apart.add(levels)
        return Scales(
            levels=[_shown(images) for images in levels],
            pooled=[_shown(shrunk(levels[-1][:SHOWN], images.shape[-1])) for images in levels],
            disagreement=Array.of(np.array(apart.values())), averaged=averaged)


def _shown(images: Tensor) -> Array:
    return Array.of(pixels(images[:SHOWN].float().cpu().numpy()))
