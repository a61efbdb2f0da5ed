"""Patches: the map of scores that D gives of generated and of real images."""

from __future__ import annotations

from torch import Tensor

from ganstudio.core.images import coloured, pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.views.patches import Patches

SHOWN = 8  # images, as many as the Translation panel has


class PatchesProbe(Probe):
    """The finest map, of images that are not in the training data where the data set knows such."""

    name = "patches"
    title = "Patches"
    kinds = ("image",)
    needs = frozenset({"source", "patches"})
    expensive = True
    time_share = 0.05

    def look(self, game: GameView, size: int) -> Patches:
        field, found = game.translation.scored_patches(SHOWN)

        def images(tensor: Tensor) -> Array:
            return Array.of(coloured(pixels(tensor.numpy())))

        return Patches(made=images(found["made"]), real=images(found["real"]), field=field,
                       on_made=Array.of(found["on_made"].numpy()), on_real=Array.of(found["on_real"].numpy()),
                       kind=game.variant.score_kind, judge=game.variant.judge_name,
                       domain=game.data.domains[1] if game.variant.judge_name else "")
