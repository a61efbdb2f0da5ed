"""How the window reaches an engine: started as a child process and spoken to over loopback.

No Qt here, as in `engine_start`: the process is started before Qt is loaded, so that torch and the window load side by
side.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import subprocess
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from ganstudio.core.protocol.messages import MAX_TO_WINDOW, Command, Event, Hello, event_of, framed
from ganstudio.core.protocol.wire import BadFrame, read_frame
from ganstudio.ui.state.engine_start import StartedEngine, engine_command, start_engine

T = TypeVar("T")
STOP_S = 2.5  # an engine that has not ended by then is killed
LAST_LINES = 400  # of what an engine writes before it dies: the stacks of all its threads


class EngineLink(Protocol):
    """A way to an engine."""

    async def open(self, on_event: Callable[[Event], None], on_lost: Callable[[str], None]) -> None:
        """Connects; events and the loss of the engine are reported from the caller's event loop."""
        ...

    def send(self, command: Command) -> None:
        """Queues a command."""
        ...

    async def close(self) -> None:
        """Ends the engine."""
        ...


class EngineProcess:
    """An engine in a process of its own."""

    def __init__(self, started: StartedEngine | None = None) -> None:
        """Starts the process, if none was started already; ``open`` connects to it."""
        self._process, self._token = started or start_engine(engine_command())
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._closing = False
        self._last_words: collections.deque[str] = collections.deque(maxlen=LAST_LINES)
        self._listener = threading.Thread(target=self._listen, name="engine's last words", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """The engine's process."""
        return self._process.pid

    @property
    def last_words(self) -> str:
        """The end of what the engine has written to standard error."""
        return "".join(self._last_words)

    def _listen(self) -> None:
        """Keeps the end of what the engine writes to standard error, for when it dies."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._last_words.append(line.decode(errors="replace"))

    async def open(self, on_event: Callable[[Event], None], on_lost: Callable[[str], None]) -> None:
        """Waits for the port and connects."""
        assert self._process.stdout is not None
        line = await _in_thread(self._process.stdout.readline)
        if self._closing:
            return
        try:
            reader, self._writer = await asyncio.open_connection("127.0.0.1", int(line), limit=1 << 22)
        except (ValueError, OverflowError, OSError):
            on_lost(await self._epitaph())
            return
        self._writer.write(framed(Hello(token=self._token)))
        self._reading = asyncio.ensure_future(self._read(reader, on_event, on_lost))

    async def _read(
        self, reader: asyncio.StreamReader, on_event: Callable[[Event], None], on_lost: Callable[[str], None]
    ) -> None:
        try:
            while (body := await read_frame(reader, MAX_TO_WINDOW)) is not None:
                on_event(event_of(body))
        except (BadFrame, msgspec.MsgspecError, ConnectionError):
            pass  # an engine that died in the middle of a frame: reported below
        if not self._closing:
            on_lost(await self._epitaph())

    async def _epitaph(self) -> str:
        """Why the engine is gone; what it held is let go of."""
        why = await self._cause()
        await self._release()
        return why

    async def _cause(self) -> str:
        try:
            code = await _in_thread(lambda: self._process.wait(STOP_S))
        except subprocess.TimeoutExpired:
            self._process.kill()
            await _in_thread(self._process.wait)
            return "it stopped answering and was ended"
        if code < 0:
            return f"it was ended by signal {-code}"
        words = [line.strip() for line in self._last_words if line.strip()]
        return words[-1] if words else f"it ended with exit code {code}"

    def send(self, command: Command) -> None:
        """Queues a command; what is said to a dead engine is dropped."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(framed(command))

    async def close(self) -> None:
        """Ends the engine by ending its standard input; kills it if it does not listen."""
        self._closing = True
        if self._writer is not None:
            self._writer.close()
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it may be dead already
            self._process.stdin.close()
        try:
            await _in_thread(lambda: self._process.wait(STOP_S))
        except subprocess.TimeoutExpired:
            self._process.kill()
            await _in_thread(self._process.wait)
        if self._reading is not None:
            self._reading.cancel()
        await self._release()

    async def _release(self) -> None:
        """Lets go of a dead process's pipes."""
        if self._writer is not None:
            self._writer.close()
        await _in_thread(self._listener.join)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):  # there is no reader for what was still to be written
                    pipe.close()


async def _in_thread(work: Callable[[], T]) -> T:
    """Runs something that blocks in a thread of its own: a pool's threads would outlive the window's loop."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def succeed(result: T) -> None:
        if not done.done():
            done.set_result(result)

    def fail(fault: Exception) -> None:
        if not done.done():
            done.set_exception(fault)

    def run() -> None:
        try:
            result = work()
        except Exception as fault:  # noqa: BLE001  # raised where it is awaited
            loop.call_soon_threadsafe(fail, fault)
        else:
            loop.call_soon_threadsafe(succeed, result)

    thread = threading.Thread(target=run, name="blocking call", daemon=True)
    thread.start()
    try:
        return await done
    finally:
        if done.done() and not done.cancelled():
            thread.join()  # it has delivered its result, and ends now
