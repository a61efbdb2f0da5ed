"""Sprites: discs, squares and triangles whose five factors are known exactly and read back without a net."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.control import Choice, Controls, Integer
from ganstudio.core.examples import Bytes
from ganstudio.datasets.parts.attributed_images import ParametricImages
from ganstudio.datasets.parts.sprite_drawing import VALUES, draw, draw_parameters, read

USED: dict[str, tuple[str, ...]] = {
    "shape, colour": ("shape", "colour"), "shape": ("shape",), "colour": ("colour",), "size": ("size",),
    "all": tuple(VALUES)}


class SpritesControls(Controls, frozen=True, kw_only=True):
    """As many sprites as a run of some minutes sees once or twice."""

    count: Annotated[int, Integer(100, 100_000, scale="log", live=False, unit="images",
                                  help="Number of different images to learn from")] = 8000
    label: Annotated[Literal["shape", "colour", "size"], Choice(
        live=False, help="The factor that is an image's class. Where a game translates without attributes, sources are "
                         "the images of its first value, and images those of all others.")] = "shape"
    attributes: Annotated[Literal["shape, colour", "shape", "colour", "size", "all"], Choice(
        live=False, ability="attributes",
        help="The factors that a game uses as attributes; all: also size, column and row")] = "shape, colour"


class Sprites(ParametricImages[SpritesControls]):
    """Three shapes in six colours, four sizes and 16 by 16 places, all as likely and independent: 14.17 bits.

    After the look of dSprites (Matthey et al. 2017).
    """

    name = "sprites"
    title = "Sprites"
    values = VALUES
    gives = frozenset({"label", "source", "attributes"})
    help = ("A disc, square or triangle in one of six colours, of four sizes, at one of 256 places. All five factors "
            "are known exactly and read back by formula. Drawn on this machine, at any size.")
    source = "Our own, after dSprites (Matthey et al. 2017); 32 px unless the network asks for another size"

    @property
    def count(self) -> int:
        return self.controls.count

    @property
    def classes(self) -> list[str]:  # type: ignore[override]  # they follow from a control
        return list(VALUES[self.controls.label])

    @property
    def used(self) -> tuple[str, ...]:
        return USED[self.controls.attributes]

    @property
    def domain(self) -> str:
        return self.controls.label

    @property
    def label_attribute(self) -> str:
        """The label: FID and IS rest on the net that reads all five factors.

        A classifier of shapes alone is right of 55% of images of 32 px, and of 45% at 16 px.
        """
        return self.controls.label

    def drawn(self, p: Mapping[str, NDArray[Any]]) -> Bytes:
        return draw(p, self.side)

    def read_attributes(self, images: Bytes) -> Mapping[str, NDArray[np.int64]]:
        return read(images)

    @property
    def class_attribute(self) -> str:
        return self.controls.label

    def parameters(self, n: int, seed: int) -> dict[str, NDArray[Any]]:
        return draw_parameters(n, seed)
