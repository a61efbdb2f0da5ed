"""Matrix: each source, or latent, with all that can be asked of it."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ganstudio.core.images import coloured, pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.views.matrix import Asked, By, Matrix

ROWS = 8
WAYS: tuple[By, ...] = ("attributes", "latents", "references", "classes")


class MatrixProbe(Probe):
    """Sources that are not in the training data, where the data set knows such."""

    name = "matrix"
    title = "Matrix"
    kinds = ("image",)
    needs = frozenset({"domains"})
    expensive = True
    time_share = 0.05

    def look(self, game: GameView, size: int) -> Matrix:
        found = game.translation.asked(ROWS)
        ways = [way for way in WAYS if way in found]
        side = found[ways[0]].shape[-2:]
        none = Array.of(np.zeros((0, *side, 3), np.uint8))
        rows = len(found[ways[0]])
        return Matrix(
            source=_images(found["source"]) if "source" in found else none, rows=rows, by=ways,
            columns=[_columns(game, way, found) for way in ways],
            made=[_images(found[way].flatten(0, 1)) for way in ways],
            heads=[_images(found["source"]) if way == "references" else none for way in ways])


def _images(tensor: Tensor) -> Array:
    return Array.of(coloured(pixels(tensor.numpy())))


def _columns(game: GameView, way: By, found: dict[str, Tensor]) -> list[Asked]:
    """What is asked in each column of a table."""
    count = found[way].shape[1]
    if way == "classes":
        return [Asked(name, "") for name in game.class_names]
    if way == "attributes":
        own = found["own"]
        return [
            Asked(word, name, [row for row in range(len(own)) if int(own[row, at]) == value])
            for at, (name, words) in enumerate(game.data.attribute_values.items()) for value, word in enumerate(words)]
    if way == "references":
        return [Asked(f"as {at + 1}", "", [at]) for at in range(count)]
    return [Asked(f"latent {at + 1}", "") for at in range(count)]
