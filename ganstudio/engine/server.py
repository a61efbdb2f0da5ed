"""The server of the engine: one loopback port, one token, frames in and out, nothing else.

It reads the token from standard input and writes the port to standard output. The engine ends at the end of standard
input, whether or not a window ever connected.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import signal
import sys

import msgspec
import torch

from ganstudio.core.protocol.messages import MAX_TO_ENGINE, PROTOCOL, Event, Hello, Welcome, command_of, framed
from ganstudio.core.protocol.wire import BadFrame, read_frame
from ganstudio.engine.parent_watch import TOKEN_LENGTH, ParentWatch
from ganstudio.engine.training_thread import TrainingThread
from ganstudio.training.build_catalog import catalogue
from ganstudio.training.resolve_spec import device_of, device_title

HELLO_S = 5.0  # a connection that has not sent its token by then is dropped
JOIN_S = 1.5  # how long the training thread may take to end; one update of a huge network can take longer


def welcome() -> Welcome:
    """The first message of the engine."""
    devices = ["auto", "cpu"]
    if torch.cuda.is_available():
        devices.append("cuda")
    if torch.backends.mps.is_available():
        devices.append("mps")
    return Welcome(
        catalog=catalogue(), device=device_title(device_of("auto")), devices=devices, torch=str(torch.__version__)
    )


class Server:
    """Serves one window at a time; a run goes on while none is connected."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._loop = asyncio.get_running_loop()
        self._writer: asyncio.StreamWriter | None = None
        self._thread = TrainingThread(self._publish)

    async def serve(self, ended: asyncio.Event) -> None:
        """Listens until ``ended`` is set."""
        server = await asyncio.start_server(self._handle_connection, "127.0.0.1", 0, limit=MAX_TO_ENGINE)
        self._thread.start()
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await ended.wait()
        server.close()
        self._thread.end()
        await asyncio.to_thread(self._thread.join, JOIN_S)

    def _publish(self, event: Event) -> None:
        """Called from the training thread."""
        frame = framed(event)
        self._loop.call_soon_threadsafe(self._send, frame)

    def _send(self, frame: bytes) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(frame)

    async def _handle_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not await self._said_token(reader) or self._writer is not None:
                return
            self._writer = writer
            writer.write(framed(welcome()))
            while (body := await read_frame(reader, MAX_TO_ENGINE)) is not None:
                self._thread.post(command_of(body))
        except (BadFrame, msgspec.MsgspecError, ConnectionError, TimeoutError):
            pass  # it is not our window, or the connection broke: it is dropped, and runs go on
        finally:
            if self._writer is writer:
                self._writer = None
            writer.close()

    async def _said_token(self, reader: asyncio.StreamReader) -> bool:
        body = await asyncio.wait_for(read_frame(reader, 4096), HELLO_S)
        hello = command_of(body) if body is not None else None
        return (
            isinstance(hello, Hello)
            and hello.protocol == PROTOCOL
            and hmac.compare_digest(hello.token.encode(), self._token.encode())
        )


async def _main(parent: ParentWatch) -> None:
    token = parent.wait_for_token()
    if len(token) < TOKEN_LENGTH:
        raise SystemExit("the engine is started by the studio, which gives it a token through standard input")
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def end() -> None:
        loop.call_soon_threadsafe(ended.set)

    parent.at_end(end)
    for request in (signal.SIGINT, signal.SIGTERM):  # Ctrl+C reaches window and engine: run files are completed
        signal.signal(request, lambda *_: end())
    await Server(token).serve(ended)
    sys.stdout.flush()
    os._exit(0)  # an update of a huge network may still run: interpreter exit would abort on its thread


def main(parent: ParentWatch) -> None:
    """Runs the engine until its standard input ends."""
    asyncio.run(_main(parent))
