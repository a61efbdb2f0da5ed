"""Own picture: a picture of the user's, and what a translation makes of it."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.protocol.views import Array, Shape, View


class OwnPicture(View, frozen=True, kw_only=True, tag="own-picture"):
    """The picture as the game is given it, n = 1; n = 0: none was chosen, or it cannot be a source of this game."""

    number: int  # of the question that it answers; 0: there was none
    source: Annotated[Array, Shape("(n)", "h", "w", "c")]
    made: Annotated[Array, Shape("(n)", "h", "w", "c")]
    back: Annotated[Array | None, Shape("(n)", "h", "w", "c")] = None  # what the way back makes of ``made``
    # Where the game translates both ways: what is made of the picture as one of the images, and the way back
    other: Annotated[Array | None, Shape("(n)", "h", "w", "c")] = None
    other_back: Annotated[Array | None, Shape("(n)", "h", "w", "c")] = None

    def consistent(self, lengths: dict[str, int]) -> bool:
        return lengths.get("(n)", 0) in (0, 1)
