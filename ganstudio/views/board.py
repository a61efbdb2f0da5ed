"""Board: what the user has drawn, and what G makes of it."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.protocol.views import Array, Shape, View


class Board(View, frozen=True, kw_only=True, tag="board"):
    """A label map, or words and a place, with the image of it."""

    number: int  # of the sketch that it answers; 0: none was drawn, and this one is of the data
    latent: int  # which of the fixed latents
    latents: int  # how many there are; 1: G has none
    image: Annotated[Array, Shape(1, "h", "w", "c")]
    labels: Annotated[Array | None, Shape("s", "s")] = None  # the class of each pixel, float32
    classes: list[str] = []  # the name of each class
    colours: list[tuple[int, int, int]] = []  # and how it is shown
    box: list[float] = []  # left, top, right, bottom, shares of the side
    points: list[tuple[float, float]] = []  # key points, x and y, shares of the side; none: G is given the box
    point_names: list[str] = []
    words: list[int] = []  # the value of each attribute
    values: dict[str, list[str]] = {}  # attribute -> the words for its values

    def consistent(self, lengths: dict[str, int]) -> bool:
        known = len(self.colours) == len(self.classes) and len(self.words) == len(self.values)
        valid = all(0 <= word < len(each) for word, each in zip(self.words, self.values.values(), strict=False))
        ends = [*self.box, *(end for point in self.points for end in point)]
        placed = len(self.box) in (0, 4) and all(0 <= end <= 1 for end in ends)
        known = known and len(self.points) == len(self.point_names)
        return known and valid and placed and (self.labels is not None) == bool(self.classes)
