"""A view as a run file keeps it: what the window would have shown at that moment."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import msgspec

from ganstudio.core.protocol.any_view import VIEWS, AnyView
from ganstudio.core.protocol.spec import Position
from ganstudio.core.protocol.views import Array
from ganstudio.core.runs.shared_arrays import fill
from ganstudio.core.runs.view_shapes import check
from ganstudio.core.system.printable import cut, printable

MAX_FRAME = 1 << 26  # bytes of one frame, unpacked
MAX_MOMENT = 1 << 26  # of all frames of a moment: a long look at 16 panels takes some 5 MB
MOST_LETTERS = 200  # of a word in a view
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


class TooLarge(ValueError):
    """A frame that unpacks to more bytes than it may."""


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


def unpacked(data: bytes, find: Callable[[bytes], bytes] = _nothing_shared, most: int = MAX_FRAME) -> Frame:
    """A frame from bytes of an unknown source.

    Args:
        data: The bytes.
        find: Returns the bytes of an array that is kept once, by its hash; ValueError if there are none.
        most: How many bytes may come of them; they are unpacked no further.

    Raises:
        UnknownView: They are a frame of a view that is not installed here; a ValueError too.
        TooLarge: More than ``most`` bytes come of them; a ValueError too.
        ValueError: They are no frame, or one of a view that cannot be drawn.
    """
    loosener = zlib.decompressobj()
    try:
        body = loosener.decompress(data, max(most, 1))  # 0 would mean without a bound
    except zlib.error as fault:
        raise ValueError(str(fault)) from None
    if not loosener.eof:
        if loosener.unconsumed_tail or len(body) >= most:
            raise TooLarge("it is larger than any frame")
        raise ValueError("it is cut off, or larger than any frame")
    try:
        frame: Frame = _decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError) as fault:
        raise (UnknownView if _is_unknown(body) else ValueError)(str(fault)) from None
    if frame.shared:
        filled = fill(frame.view, frame.shared, find, most - len(body))
        frame = msgspec.structs.replace(frame, view=filled, shared={})
    check(frame.view)
    return msgspec.structs.replace(frame, view=_shown(frame.view))


def _is_unknown(body: bytes) -> bool:
    try:
        return msgspec.msgpack.decode(body, type=_Tagged).view.type not in VIEWS
    except (msgspec.MsgspecError, RecursionError):
        return False


def _shown(view: AnyView) -> AnyView:
    """The view with words that can be shown: names of classes, for instance."""
    words = {name: _words(value) for name in view.__struct_fields__
             if isinstance(value := getattr(view, name), str) or (isinstance(value, list) and any(
                 isinstance(one, str) for one in value))}
    return msgspec.structs.replace(view, **words) if words else view


def _words(value: object) -> object:
    if isinstance(value, str):
        return cut(printable(value), MOST_LETTERS)
    return [_words(one) for one in value] if isinstance(value, list) else value


def bytes_of(view: object) -> int:
    """The size of a view's arrays in bytes."""
    if isinstance(view, Array):
        return len(view.data)
    if isinstance(view, list):
        return sum(map(bytes_of, view))
    if isinstance(view, msgspec.Struct):
        return sum(bytes_of(getattr(view, name)) for name in view.__struct_fields__)
    return 0
