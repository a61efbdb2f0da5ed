"""Patches: what a patch discriminator says of each square of generated and of real images."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.patch_field import PatchField
from ganstudio.core.protocol.views import SCORES, Array, Shape, View


class Patches(View, frozen=True, kw_only=True, tag="patches"):
    """The same sources at every look: what G makes of each, its real image, and D's map of scores of both."""

    made: Annotated[Array, Shape("n", "h", "w", "c")]
    real: Annotated[Array, Shape("n", "h", "w", "c")]
    on_made: Annotated[Array, Shape("n", "s", "s")]  # [image, row, column]
    on_real: Annotated[Array, Shape("n", "s", "s")]
    field: PatchField
    kind: str  # "logit" or "value"
    judge: str = ""  # which D, of a game with several
    domain: str = ""  # and a word for the images that it judges, if the data has one

    def consistent(self, lengths: dict[str, int]) -> bool:
        return self.kind in SCORES and self.field.side >= 1 and self.field.step >= 1
