"""A generator of one image, scale by scale: what it gives back, and what it makes of noise from a scale on."""

from __future__ import annotations

import math
from typing import Annotated

from ganstudio.core.protocol.views import Array, Shape, View


class Reconstructions(View, frozen=True, kw_only=True, tag="reconstructions"):
    """The image at each scale that has been learnt or is under way, and what the fixed noise gives there."""

    real: Annotated[list[Array], Shape(1, "h", "w", "c")]  # the coarsest first
    made: Annotated[list[Array], Shape(1, "h", "w", "c")]
    rmse: list[float]  # between the two, data units
    enlarged: list[float]  # the same of what each scale begins from: the one below, enlarged; NaN at the coarsest
    sigma: list[float]  # strength of the noise
    scales: int  # that there will be
    shown: int = 0  # steps of the scale under way
    lasts: int = 0  # that it has; 0: it goes on to the end

    def consistent(self, lengths: dict[str, int]) -> bool:
        count = len(self.real)
        return 1 <= count <= self.scales and all(
            len(part) == count for part in (self.made, self.rmse, self.enlarged, self.sigma)) and all(
            a.shape == b.shape for a, b in zip(self.real, self.made, strict=True))


class Variations(View, frozen=True, kw_only=True, tag="variations"):
    """Samples whose noise begins at a scale, on a canvas of any size."""

    start: int  # the first scale with noise; coarser ones repeat the reconstruction
    wide: float  # the canvas over the image
    high: float
    strength: float  # what the noise is multiplied by
    draw: int
    images: Annotated[Array, Shape("n", "h", "w", "c")]
    diversity: float  # sd of a pixel over the samples, mean over pixels and colours, data units
    patch_sw1: float | None = None  # mean over the samples, on the image's own canvas
    floor: float | None = None  # of the mirrored image
    ceiling: float | None = None  # of the image when it is blurred

    def consistent(self, lengths: dict[str, int]) -> bool:
        return all(math.isfinite(share) and share > 0 for share in (self.wide, self.high)) and self.start >= 0
