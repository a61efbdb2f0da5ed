"""Scales: what a generator makes of the same latents at each of its levels, beside its largest image at their sizes."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.protocol.views import Array, Shape, View


class Scales(View, frozen=True, kw_only=True, tag="scales"):
    """Every level of a generator that makes an image at each, the same latents at every look."""

    levels: Annotated[list[Array], Shape("n", "r", "r", "c")]  # smallest first; r = 4 << level
    pooled: Annotated[list[Array], Shape("n", "r", "r", "c")]  # the largest images, shrunk to these sizes
    disagreement: Annotated[Array, Shape("k")]  # of each level but the largest
    averaged: bool  # whether the running mean of G's weights made them

    def consistent(self, lengths: dict[str, int]) -> bool:
        shapes = [array.shape for array in self.levels]
        doubling = all(shape[1] == 4 << level for level, shape in enumerate(shapes))
        alike = len({(shape[0], shape[3]) for shape in shapes}) == 1
        beside = [array.shape for array in self.pooled] == shapes
        return doubling and alike and beside and len(shapes) == lengths["k"] + 1
