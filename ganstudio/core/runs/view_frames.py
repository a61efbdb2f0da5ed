"""A view as a run file keeps it: what the window would have shown at that moment."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import msgspec

from ganstudio.core.protocol.any_view import VIEWS, AnyView
from ganstudio.core.protocol.spec import Position
from ganstudio.core.runs.shared_arrays import fill
from ganstudio.core.runs.view_shapes import check

MAX_FRAME = 1 << 26  # bytes of one frame, unpacked
_SWIFT = 1  # zlib's level: points hardly shrink at any, images shrink at all of them

_encoder = msgspec.msgpack.Encoder()


class Frame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One view at one moment of a run."""

    name: str  # of the view
    position: Position
    view: AnyView
    shared: dict[int, bytes] = {}  # in the file: the hashes of arrays that are kept elsewhere, by their number


class UnknownView(ValueError):
    """A frame of a view that is not installed here: another package may have made it."""


class _Tag(msgspec.Struct):
    type: str


class _Tagged(msgspec.Struct):
    view: _Tag


_decoder = msgspec.msgpack.Decoder(Frame)


def packed(frame: Frame) -> bytes:
    """A frame as bytes for the file."""
    return zlib.compress(_encoder.encode(frame), _SWIFT)


def _nothing_shared(digest: bytes) -> bytes:
    raise ValueError("it refers to an array that is kept once, and there is none")


def unpacked(data: bytes, find: Callable[[bytes], bytes] = _nothing_shared) -> Frame:
    """A frame from bytes of an unknown source.

    Args:
        data: The bytes.
        find: Returns the bytes of an array that is kept once, by its hash; ValueError if there are none.

    Raises:
        UnknownView: They are a frame of a view that is not installed here; a ValueError too.
        ValueError: They are no frame, one of more than ``MAX_FRAME`` bytes, or of a view that cannot be drawn.
    """
    loosener = zlib.decompressobj()
    try:
        body = loosener.decompress(data, MAX_FRAME)
    except zlib.error as fault:
        raise ValueError(str(fault)) from None
    if not loosener.eof:
        raise ValueError("it is cut off, or larger than any frame")
    try:
        frame: Frame = _decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError) as fault:
        raise (UnknownView if _is_unknown(body) else ValueError)(str(fault)) from None
    if frame.shared:
        filled = fill(frame.view, frame.shared, find, MAX_FRAME - len(body))
        frame = msgspec.structs.replace(frame, view=filled, shared={})
    check(frame.view)
    return frame


def _is_unknown(body: bytes) -> bool:
    try:
        return msgspec.msgpack.decode(body, type=_Tagged).view.type not in VIEWS
    except (msgspec.MsgspecError, RecursionError):
        return False
