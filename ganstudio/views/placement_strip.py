"""Placement strip: the middle column of a picture for many small moves, and EQ-T of a few pictures."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.protocol.views import Array, Shape, View


class PlacementStrip(View, frozen=True, kw_only=True, tag="placement-strip"):
    """Columns beside each other: where details follow the moves they draw straight lines, where they stick, stairs."""

    strip: Annotated[Array, Shape(1, "h", "s", "c")]  # each column of a picture that is moved further down
    span: float  # from the first move to the last, shares of the side
    eq_t: float  # dB, of some pictures moved by whole pixels; infinite: no difference
    pictures: int  # so many
    averaged: bool  # whether they are of the running mean of G's weights

    def consistent(self, lengths: dict[str, int]) -> bool:
        return self.pictures > 0 and self.span > 0
