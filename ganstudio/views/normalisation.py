"""Normalisation: G's first feature map for label maps of one class everywhere, before and after each of six norms."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.feature_norms import NAMES
from ganstudio.core.protocol.views import Array, Shape, View


class Normalisation(View, frozen=True, kw_only=True, tag="normalisation"):
    """One latent for all maps. Axes of two and six: all maps in one batch or each alone, and the norms by `NAMES`."""

    norm: str  # that G has; the others have a scale of 1 and a shift of 0
    classes: list[str]  # of the maps
    colours: list[tuple[int, int, int]]
    width: int  # channels in all
    channels: list[int]  # those that the maps hold, from 0
    groups: list[int]  # the group of each in group norm
    before: Annotated[Array, Shape("k", "m", "h", "h")]  # [class, channel, row, column]
    after: Annotated[Array, Shape(2, len(NAMES), "k", "m", "h", "h")]
    mean: Annotated[Array, Shape(2, len(NAMES), "k", "m")]  # that was subtracted
    spread: Annotated[Array, Shape(2, len(NAMES), "k", "m")]  # standard deviation that was divided by
    difference_before: float  # mean difference between two classes, in shares of the mean size of the values
    difference: Annotated[Array, Shape(2, len(NAMES))]

    def consistent(self, lengths: dict[str, int]) -> bool:
        named = self.norm in NAMES and len(self.classes) == len(self.colours) == lengths["k"]
        return named and len(self.channels) == len(self.groups) == lengths["m"]
