"""Completion: images whose first codes are kept while a prior draws the others."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.codes import DrawnBy
from ganstudio.core.protocol.views import Array, Shape, View


class Completion(View, frozen=True, kw_only=True, tag="completed"):
    """The first images of `Codes` with some of their codes kept and the others drawn."""

    kept: int  # codes of each that are kept, in raster order
    drawn_by: DrawnBy
    made: Annotated[Array, Shape("n", "h", "w", "c")]
    codes: Annotated[Array, Shape("n", "g", "g")]

    def consistent(self, lengths: dict[str, int]) -> bool:
        return 0 <= self.kept <= lengths["g"] ** 2
