"""Makes a checkpoint's bytes smaller without the loss of a bit.

Weights are noise but for their exponents: the bytes of the float32 values are sorted by their place in the value, and
what shrinks of the four is deflated (a sixth of a trained state). Tensors that are alike are kept once (the running
mean of the weights at first, the moments of an optimiser that has not moved). The header and what comes before the
first float32 tensor, such as the counters, stay as they are at the head.

Layout: ``MAGIC``, the length of the head as eight bytes (little-endian), the head, and a ``_Body`` as MessagePack.
Bytes that do not begin so are those of a safetensors file.
"""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

MAGIC = b"GANPACK1"  # as the length of a safetensors header, it would be far beyond any
LEAD = len(MAGIC) + 8  # bytes before the head
MOST = 1 << 30  # bytes that are unpacked
MOST_TIMES = 64  # larger than the packed bytes
_LEAST = 4096  # bytes that are packed at all
_LEAST_TENSOR = 256  # bytes of a tensor that is looked for elsewhere
_WORD = 4
_BLOCK = 1 << 16  # bytes whose planes are packed by themselves: tensors are unlike each other
_WORTH = 0.97  # of its size: a plane that stays larger is kept as it is

_Bytes = NDArray[np.uint8]


class _Tensor(msgspec.Struct):
    """A tensor in the header of a safetensors file."""

    dtype: str
    data_offsets: tuple[int, int]


class _Plane(msgspec.Struct, array_like=True, frozen=True):
    """The bytes at one place of all values of a block."""

    deflated: bool
    data: bytes


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    """What follows the head."""

    size: int  # of the whole, unpacked
    alike: list[tuple[int, int, int]]  # where a tensor begins that is kept elsewhere, where that is, and its length
    planes: list[_Plane]  # four of each block
    rest: bytes  # fewer than four


def pack_tensors(data: bytes) -> bytes:
    """The bytes of a safetensors file made smaller; the same bytes if they are none, or would not be smaller."""
    if len(data) < _LEAST:
        return data
    tensors = _float_tensors(data)
    if not tensors:
        return data
    first = tensors[0][0]
    view = memoryview(data)
    known: dict[memoryview, int] = {}
    alike: list[tuple[int, int, int]] = []
    for at, end in tensors:
        source = known.setdefault(view[at:end], at) if end - at >= _LEAST_TENSOR else at
        if source != at:
            alike.append((at, source, end - at))
    kept = b"".join(view[at:end] for at, end in _between(first, len(data), alike))
    planes = [_plane(plane) for at, end in _blocks(len(kept))
              for plane in np.frombuffer(kept, np.uint8, end - at, at).reshape(-1, _WORD).T]
    body = _Body(size=len(data), alike=alike, planes=planes, rest=kept[len(kept) // _WORD * _WORD :])
    packed = b"".join((MAGIC, first.to_bytes(8, "little"), view[:first], msgspec.msgpack.encode(body)))
    return packed if len(packed) < len(data) <= MOST_TIMES * len(packed) else data


def unpack_tensors(data: bytes, most: int = MOST) -> bytes:
    """The bytes that were packed, or the same bytes if they are not packed.

    Args:
        data: The bytes, from an unknown source.
        most: How many bytes may come of them.

    Raises:
        ValueError: They are cut off or damaged, or more than ``most`` bytes would come of them.
    """
    if not data.startswith(MAGIC):
        return data
    first = int.from_bytes(data[len(MAGIC) : LEAD], "little")
    if len(data) < LEAD or first > len(data) - LEAD:
        raise ValueError("its packed tensors are cut off")
    try:
        body = msgspec.msgpack.decode(memoryview(data)[LEAD + first :], type=_Body)
    except (msgspec.MsgspecError, RecursionError) as fault:
        raise ValueError(f"its packed tensors cannot be read: {fault}") from None
    size = body.size
    if not first <= size <= min(most, MOST, MOST_TIMES * len(data)):
        raise ValueError(f"its packed tensors would take {size:,} bytes, and of so few at most "
                         f"{min(most, MOST, MOST_TIMES * len(data)):,} can come")
    kept = _between(first, size, body.alike)
    length = sum(end - at for at, end in kept)
    blocks = _blocks(length)
    if len(body.planes) != _WORD * len(blocks) or len(body.rest) != length % _WORD:
        raise ValueError(f"its packed tensors have {len(body.planes)} planes and a rest of {len(body.rest)} bytes, "
                         f"where {_WORD * len(blocks)} and {length % _WORD} should be")
    values = np.empty((length // _WORD, _WORD), np.uint8)
    for place, plane in enumerate(body.planes):
        at, end = blocks[place // _WORD]
        values[at // _WORD : end // _WORD, place % _WORD] = _unpacked(plane, (end - at) // _WORD)
    loose = memoryview(values.tobytes() + body.rest)
    whole = bytearray(size)
    whole[:first] = data[LEAD : LEAD + first]
    for at, end in kept:
        whole[at:end], loose = loose[: end - at], loose[end - at :]
    for at, source, count in body.alike:
        whole[at : at + count] = whole[source : source + count]
    return bytes(whole)


def _float_tensors(data: bytes) -> list[tuple[int, int]]:
    """Where the float32 tensors and all after the first of them begin and end; none if that cannot be told."""
    start = 8 + int.from_bytes(data[:8], "little")
    try:
        header = msgspec.json.decode(memoryview(data)[8:start], type=dict[str, msgspec.Raw])
        found = [msgspec.json.decode(raw, type=_Tensor) for name, raw in header.items() if name != "__metadata__"]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    places = sorted((start + tensor.data_offsets[0], start + tensor.data_offsets[1]) for tensor in found)
    floats = [start + tensor.data_offsets[0] for tensor in found if tensor.dtype == "F32"]
    ends = [start, *(end for _, end in places)]
    if not floats or any(at != end for (at, _), end in zip(places, ends, strict=False)) or ends[-1] != len(data):
        return []
    return [place for place in places if place[0] >= min(floats) and place[1] > place[0]]


def _between(first: int, size: int, alike: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """What lies between the tensors that are kept elsewhere; ValueError if these are none of such a file."""
    kept, reached = [], first
    for at, source, count in alike:
        if not (reached <= at <= size and 0 < count <= size - at and 0 <= source <= at - count):
            raise ValueError(f"its packed tensors have {count} bytes at {at} that are those at {source} of {size}")
        kept.append((reached, at))
        reached = at + count
    return [*kept, (reached, size)]


def _blocks(length: int) -> list[tuple[int, int]]:
    """Where each block of whole values begins and ends."""
    whole = length // _WORD * _WORD
    return [(at, min(at + _BLOCK, whole)) for at in range(0, whole, _BLOCK)]


def _plane(plane: _Bytes) -> _Plane:
    data = plane.tobytes()
    # Exponents repeat nothing but single values: runs and their frequencies are all there is to find, and fast.
    deflater = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_RLE)
    small = deflater.compress(data) + deflater.flush()
    return _Plane(deflated=True, data=small) if len(small) < _WORTH * len(data) else _Plane(deflated=False, data=data)


def _unpacked(plane: _Plane, length: int) -> Any:
    """A plane of ``length`` bytes; ValueError if it holds others."""
    if not plane.deflated:
        data = plane.data
    else:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            data = inflater.decompress(plane.data, length + 1)
        except zlib.error as fault:
            raise ValueError(f"its packed tensors cannot be read: {fault}") from None
        if not inflater.eof:
            raise ValueError("its packed tensors are cut off, or more than they should be")
    if len(data) != length:
        raise ValueError(f"its packed tensors hold {len(data):,} bytes where {length:,} should be")
    return np.frombuffer(data, np.uint8)
