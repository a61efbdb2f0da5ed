"""Codes: images in codes of a codebook and back, and the codebook itself."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from ganstudio.core.codes import DrawnBy
from ganstudio.core.protocol.views import Array, Shape, View


class Codes(View, frozen=True, kw_only=True, tag="codes"):
    """The same images at every look, as codes and back; and what each code is drawn as, with how often it is used."""

    image: Annotated[Array, Shape("n", "h", "w", "c")]
    codes: Annotated[Array, Shape("n", "g", "g")]  # of each image, whole numbers
    back: Annotated[Array, Shape("n", "h", "w", "c")]  # what is drawn of the codes
    book: Annotated[Array, Shape("k", "s", "s", "c")]  # what each code is drawn as among others like it
    uses: Annotated[Array, Shape("k")]  # in ``counted`` images
    counted: int
    drawn_by: DrawnBy  # what generated images are drawn by now

    def consistent(self, lengths: dict[str, int]) -> bool:
        return _are_codes(self.codes, lengths["k"]) and bool(np.isfinite(self.uses.numpy()).all())


def _are_codes(codes: Array, size: int) -> bool:
    values = codes.numpy()
    return bool(((values >= 0) & (values < size) & (values == np.floor(values))).all())
