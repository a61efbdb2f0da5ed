"""Placed: a picture of a generator where the user has dragged it, drawn there and not moved afterwards."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.protocol.views import Array, Shape, View


class Placed(View, frozen=True, kw_only=True, tag="placed"):
    """One picture, and where it was asked to be."""

    right: float  # shares of the side
    down: float
    angle: float  # degrees, counterclockwise
    latent: int  # of the latents shown
    latents: int  # there are so many
    image: Annotated[Array, Shape(1, "h", "w", "c")]
    averaged: bool  # whether it is of the running mean of G's weights
