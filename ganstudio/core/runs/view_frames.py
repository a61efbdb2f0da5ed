"""A view as a run file keeps it: what the window would have shown at that moment."""

from __future__ import annotations

import zlib

import msgspec

from ganstudio.core.protocol.spec import Position
from ganstudio.core.protocol.views import View
from ganstudio.core.runs.view_shapes import check

MAX_FRAME = 1 << 26  # bytes of one frame, unpacked
_SWIFT = 1  # zlib's level: points hardly shrink at any, images shrink at all of them

_encoder = msgspec.msgpack.Encoder()


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One view at one moment of a run."""

    name: str  # of the view
    position: Position
    view: View


_decoder = msgspec.msgpack.Decoder(Frame)


def packed(frame: Frame) -> bytes:
    """A frame as bytes for the file."""
    return zlib.compress(_encoder.encode(frame), _SWIFT)


def unpacked(data: bytes) -> Frame:
    """A frame from bytes of an unknown source.

    Raises:
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
        raise ValueError(str(fault)) from None
    check(frame.view)
    return frame
