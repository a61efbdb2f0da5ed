"""Arrays that a view shows again and again, such as its real samples: a run file keeps each of them once.

They are found by comparing a frame with the one of the same view before it, and kept in the table ``arrays`` under the
SHA-256 of their bytes. In the frame stays the shape; ``Frame.shared`` says which arrays, counted in the order of the
view's fields, are to be fetched, and by which hash.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from collections.abc import Callable

import msgspec
import numpy as np

from ganstudio.core.protocol.views import DTYPES, Array

LEAST = 256  # bytes of an array that is worth it
HASH_BYTES = 32
_SWIFT = 1  # zlib's level


class RepeatedArrays:
    """Remembers the last arrays of each view of a run, and finds those that come again."""

    def __init__(self) -> None:
        self._last: dict[str, list[bytes]] = {}  # by the view's name
        self._hashes: dict[bytes, bytes] = {}  # of arrays that were found to repeat
        self._kept: set[bytes] = set()  # hashes that the file holds

    def part(self, name: str, view: msgspec.Struct) -> tuple[msgspec.Struct, dict[int, bytes], dict[bytes, bytes]]:
        """Takes out of a view what the one before it held at the same place.

        Args:
            name: Of the view in the run.
            view: The view.

        Returns:
            The view without the bytes of these arrays; the hash of each by its number in the view; and those that the
            file does not hold yet, deflated, by their hashes.
        """
        arrays: list[bytes] = []
        before = self._last.get(name, [])
        shared: dict[int, bytes] = {}

        def take(array: Array) -> Array:
            place = len(arrays)
            arrays.append(array.data)
            if len(array.data) < LEAST or place >= len(before) or array.data != before[place]:
                return array
            shared[place] = self._hash(array.data)
            return msgspec.structs.replace(array, data=b"")

        parted = mapped(view, take)
        self._last[name] = arrays
        new = {digest: zlib.compress(arrays[place], _SWIFT) for place, digest in shared.items()
               if digest not in self._kept}
        self._kept |= new.keys()
        return parted, shared, new

    def forget(self) -> None:
        """The file may not hold what it held: what was written last was taken back."""
        self._kept.clear()
        self._last.clear()  # else a frame that is written again would repeat itself

    def _hash(self, data: bytes) -> bytes:
        if data not in self._hashes:
            if len(self._hashes) > 64:  # arrays that change now and then must not pile up
                self._hashes.clear()
            self._hashes[data] = hashlib.sha256(data).digest()
        return self._hashes[data]


def fill(view: msgspec.Struct, shared: dict[int, bytes], find: Callable[[bytes], bytes], most: int) -> msgspec.Struct:
    """Puts arrays back in their places.

    Args:
        view: A view without them, from an unknown source.
        shared: The hash of each by its number in the view.
        find: Returns the bytes of a hash; ValueError if there are none.
        most: How many bytes they may take together.

    Raises:
        ValueError: One is missing, has another size than its place, or they take more than ``most`` bytes together.
    """
    count = used = 0

    def put(array: Array) -> Array:
        nonlocal count, used
        digest = shared.get(count)
        count += 1
        if digest is None:
            return array
        if array.data:
            raise ValueError("it has an array of its own where it refers to one that is kept once")
        size = np.dtype(DTYPES[array.dtype]).itemsize if array.dtype in DTYPES else 0
        if size * math.prod(array.shape) > most - used:
            raise ValueError(f"its arrays take more than {most:,} bytes together")
        data = find(digest)
        used += len(data)
        if len(data) != size * math.prod(array.shape):
            raise ValueError(f"an array of shape {array.shape} of {array.dtype} refers to {len(data):,} bytes that are "
                             "kept once")
        return msgspec.structs.replace(array, data=data)

    filled = mapped(view, put)
    if beyond := [place for place in shared if not 0 <= place < count]:
        raise ValueError(f"it refers to array {beyond[0]}, and has {count}")
    return filled


def mapped(owner: msgspec.Struct, change: Callable[[Array], Array]) -> msgspec.Struct:
    """A struct with each of its arrays changed, in the order of its fields, also those in lists and inner structs."""
    new = {}
    for name in owner.__struct_fields__:
        value = getattr(owner, name)
        found = _mapped(value, change)
        if found is not value:
            new[name] = found
    return msgspec.structs.replace(owner, **new) if new else owner


def _mapped(value: object, change: Callable[[Array], Array]) -> object:
    if isinstance(value, Array):
        return change(value)
    if isinstance(value, msgspec.Struct):
        return mapped(value, change)
    if isinstance(value, list) and value and isinstance(value[0], msgspec.Struct):
        found = [_mapped(one, change) for one in value]
        return found if any(a is not b for a, b in zip(found, value, strict=True)) else value
    return value


def inflated(digest: bytes, body: bytes, most: int) -> bytes:
    """An array's bytes as the table keeps them.

    Args:
        digest: The hash under which they are kept.
        body: The deflated bytes, from an unknown source.
        most: How many bytes may come of them.

    Raises:
        ValueError: They are damaged, more than ``most``, or not those of the hash.
    """
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(body, max(most, 1))
    except zlib.error as fault:
        raise ValueError(f"an array that is kept once cannot be read: {fault}") from None
    if not inflater.eof:
        raise ValueError(f"an array that is kept once is cut off, or takes more than {most:,} bytes")
    if hashlib.sha256(data).digest() != digest:
        raise ValueError("an array that is kept once is not the one whose hash it is kept under")
    return data
