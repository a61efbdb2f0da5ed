"""Frames are read whole or not at all."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganstudio.core.protocol.messages import HEADER, Stop, command_of, framed
from ganstudio.core.protocol.wire import BadFrame, read_frame


def read(data: bytes, most: int = 1000, *, pieces: int = 1 << 20) -> list[bytes | None]:
    """Every frame of a stream that then ends, fed in pieces."""

    async def reading() -> list[bytes | None]:
        reader = asyncio.StreamReader()
        for at in range(0, len(data), pieces):
            reader.feed_data(data[at : at + pieces])
        reader.feed_eof()
        found: list[bytes | None] = []
        while (frame := await read_frame(reader, most)) is not None:
            found.append(frame)
        return found

    return asyncio.run(reading())


def frame_of(body: bytes) -> bytes:
    return HEADER.pack(len(body)) + body


@pytest.mark.parametrize("pieces", [1, 3, 1000])
def test_frames_come_one_by_one_however_they_arrive(pieces: int) -> None:
    assert read(frame_of(b"one") + frame_of(b"") + frame_of(b"three"), pieces=pieces) == [b"one", b"", b"three"]


def test_a_stream_that_ends_between_frames_has_ended() -> None:
    assert read(b"") == []


def test_a_message_goes_through() -> None:
    (body,) = read(framed(Stop(run=3)))
    assert body is not None
    assert command_of(body) == Stop(run=3)


@pytest.mark.parametrize("data", [b"\0", b"\0\0\0", HEADER.pack(1), HEADER.pack(5) + b"four"])
def test_a_stream_that_ends_inside_a_frame_is_bad(data: bytes) -> None:
    with pytest.raises(BadFrame):
        read(data)
    with pytest.raises(BadFrame):
        read(frame_of(b"a good one") + data)


def test_a_frame_that_is_too_long_is_refused_before_its_body_comes() -> None:
    assert read(frame_of(bytes(1000))) == [bytes(1000)]
    with pytest.raises(BadFrame, match="1001 bytes is longer than 1000"):
        read(HEADER.pack(1001))
    with pytest.raises(BadFrame):
        read(b"\xff\xff\xff\xff")


@settings(derandomize=True, deadline=None, max_examples=150, database=None)
@given(st.binary(max_size=60))
def test_random_bytes_are_frames_or_bad(data: bytes) -> None:
    try:
        frames = read(data, most=20)
    except BadFrame:
        return
    assert b"".join(frame_of(frame or b"") for frame in frames) == data


class Reset(asyncio.StreamReader):
    """The other side was killed."""

    async def readexactly(self, n: int) -> bytes:
        raise ConnectionResetError


def test_a_connection_that_is_reset_has_ended() -> None:
    async def reading() -> bytes | None:
        return await read_frame(Reset(), 10)

    assert asyncio.run(reading()) is None
