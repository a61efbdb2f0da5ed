"""Normalisation: what six norms make of G's first feature map for label maps of one class everywhere."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.views.normalisation import Normalisation

CHANNELS, PIXELS = 8, 16  # shown of a map, at most


class NormalisationProbe(Probe):
    """With the first of the fixed latents; nothing is drawn, and no statistics are gathered."""

    name = "normalisation"
    title = "Normalisation"
    kinds = ("image",)
    priority = "if seen"
    needs = frozenset({"norms"})
    expensive = True
    time_share = 0.05

    def look(self, game: GameView, size: int) -> Normalisation:
        found = game.translation.first_norms(CHANNELS, PIXELS)
        k = len(found.before)

        def floats(tensor: Tensor) -> Array:
            return Array.of(tensor.numpy().astype(np.float32))

        return Normalisation(
            norm=found.norm, classes=list(game.data.classes_of_maps[:k]), colours=list(game.data.brushes[:k]),
            width=found.width, channels=found.channels, groups=found.groups, before=floats(found.before),
            after=floats(found.after), mean=floats(found.mean), spread=floats(found.spread),
            difference_before=found.difference_before, difference=floats(found.difference))
