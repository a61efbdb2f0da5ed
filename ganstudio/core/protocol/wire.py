"""Reads frames from an asyncio stream."""

from __future__ import annotations

import asyncio

from ganstudio.core.protocol.messages import HEADER


class BadFrame(Exception):
    """What arrived is not a frame of ours; the connection is to be dropped."""


async def read_frame(reader: asyncio.StreamReader, most: int) -> bytes | None:
    """The next frame's body; None if the other side has closed between two frames.

    Raises:
        BadFrame: The stream ends inside a frame, or the frame is longer than ``most`` bytes.
    """
    try:
        header = await reader.readexactly(HEADER.size)
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise BadFrame("the stream ended inside a header") from None
        return None
    except ConnectionError:
        return None
    (length,) = HEADER.unpack(header)
    if length > most:
        raise BadFrame(f"a frame of {length} bytes is longer than {most}")
    try:
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        raise BadFrame("the stream ended inside a frame") from None
