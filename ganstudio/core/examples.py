"""Images that a program has drawn itself, with all that it knows of them: what measures and judges are held against."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


class Examples(msgspec.Struct, frozen=True, kw_only=True):
    """Images of a data set that are not in it; what is not known of them is None."""

    images: Bytes  # (n, c, h, h): the truth of a translation, where there is a source
    sources: Bytes | None = None  # (n, c, h, h) of images, (n, h, h) of label maps
    maps: Bytes | None = None  # (n, h, h): the class of each pixel of ``images``
    attributes: NDArray[np.int64] | None = None  # (n, a): the value of each named attribute
    details: dict[str, NDArray[Any]] = {}  # of each image: whatever else the data set's own truth is computed from
    tables: dict[str, NDArray[Any]] = {}  # of all of them: colours of classes

    def rows(self, first: int, end: int) -> Examples:
        """A part of them."""
        return Examples(
            images=self.images[first:end],
            sources=None if self.sources is None else self.sources[first:end],
            maps=None if self.maps is None else self.maps[first:end],
            attributes=None if self.attributes is None else self.attributes[first:end],
            details={name: array[first:end] for name, array in self.details.items()}, tables=self.tables)
