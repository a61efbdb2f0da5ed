"""Skip stack: what each level of G adds to its images, and their sum."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.protocol.views import Array, Shape, View


class Skips(View, frozen=True, kw_only=True, tag="skip-stack"):
    """Levels from the coarsest on. A part is shown as an image of its own: 0 is mid-grey."""

    sides: list[int]  # of each level, px
    parts: Annotated[list[Array], Shape("n", "h", "w", "c")]  # of each level
    sums: Annotated[list[Array], Shape("n", "h", "w", "c")]  # of each level and all coarser ones
    made: Annotated[Array, Shape("n", "h", "w", "c")]  # the images
    sizes: Annotated[Array, Shape("k")]  # root mean square of what each level adds, image units
    apart: float  # largest difference between the sum of all parts and the image, image units

    def consistent(self, lengths: dict[str, int]) -> bool:
        levels = len(self.parts) == len(self.sums) == len(self.sides) == lengths["k"]
        return levels and all(
            each.shape == self.made.shape for each in (*self.parts, *self.sums))
