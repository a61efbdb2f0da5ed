"""Droplet: how far the largest value of a feature map stands out, in each layer of G."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.protocol.views import Array, Shape, View


class Droplet(View, frozen=True, kw_only=True, tag="droplet"):
    """The feature maps that a run's own G makes, by layer from the coarsest on."""

    sides: list[int]  # of each layer's maps, px
    peaks: Annotated[Array, Shape("k")]  # largest size of a value over the root mean square of its map, worst channel

    def consistent(self, lengths: dict[str, int]) -> bool:
        return len(self.sides) == lengths["k"] and all(0 < side <= 1 << 16 for side in self.sides)
