"""Few points: some real and as many generated samples, to be matched one to one before the user's eyes."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.protocol.views import Array, Shape, View


class FewPoints(View, frozen=True, kw_only=True, tag="few-points"):
    """Samples on the line or the plane."""

    real: Annotated[Array, Shape("n", "d")]  # data units
    fake: Annotated[Array, Shape("n", "d")]  # data units, from the same latents at every look

    def consistent(self, lengths: dict[str, int]) -> bool:
        return lengths["d"] in (1, 2)
