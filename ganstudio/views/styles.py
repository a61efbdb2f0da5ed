"""Styles: images of mixed styles, of the same face with the noise redrawn, and of faces moved along W."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ganstudio.core.protocol.asks import Mix
from ganstudio.core.protocol.views import Array, Shape, View


class MixedStyles(msgspec.Struct, frozen=True, kw_only=True):
    """A row for each source A, a column for each source B."""

    mean: Annotated[Array, Shape(1, "h", "w", "c")]  # the picture of w_avg
    of_a: Annotated[Array, Shape("a", "h", "w", "c")]
    of_b: Annotated[Array, Shape("b", "h", "w", "c")]
    mixed: Annotated[Array, Shape("m", "h", "w", "c")]  # row by row


class RedrawnNoise(msgspec.Struct, frozen=True, kw_only=True):
    """The faces A without noise, and with several draws of it."""

    smooth: Annotated[Array, Shape("f", "h", "w", "c")]  # without any noise
    redrawn: Annotated[Array, Shape("d", "h", "w", "c")]  # of each draw all faces
    differs: Annotated[Array, Shape("f", "h", "w")]  # standard deviation over the draws, image units
    share: float  # standard deviation over the draws over that between faces
    layers: Annotated[Array, Shape("(l)")]  # the same of each layer's noise alone


class MovedStyles(msgspec.Struct, frozen=True, kw_only=True):
    """The faces A before and after their w is moved."""

    before: Annotated[Array, Shape("g", "h", "w", "c")]
    after: Annotated[Array, Shape("g", "h", "w", "c")]
    variances: Annotated[Array, Shape("v")]  # share of W's variance along each direction


class Styles(View, frozen=True, kw_only=True, tag="styles"):
    """The page that was asked for; none if nothing was asked."""

    mix: Mix  # as it was answered: with the crossover that was taken
    layers: list[str]  # what each w steers, the coarsest first: "4 px", "8 px, first"
    noisy: list[int]  # of the maps of each layer with noise, px
    mixing: MixedStyles | None = None
    noise: RedrawnNoise | None = None
    directions: MovedStyles | None = None

    def consistent(self, lengths: dict[str, int]) -> bool:
        grid = lengths.get("m", 0) == lengths.get("a", 0) * lengths.get("b", 0)
        draws = lengths.get("d", 0) % lengths.get("f", 1) == 0
        layers = self.noise is None or self.noise.layers.shape[0] == len(self.noisy)
        return grid and draws and layers and all(0 < side <= 1 << 16 for side in self.noisy)
