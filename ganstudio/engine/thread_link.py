"""A link to a training thread in the window's own process, for debugging (``--engine thread``)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ganstudio.core.protocol.messages import Command, Event, Hello
from ganstudio.engine.server import welcome
from ganstudio.engine.training_thread import TrainingThread


class ThreadLink:
    """An engine link without a process; messages are not encoded."""

    def __init__(self) -> None:
        self._thread: TrainingThread | None = None

    async def open(self, on_event: Callable[[Event], None], on_lost: Callable[[str], None]) -> None:
        """Starts the thread."""
        loop = asyncio.get_running_loop()

        def publish(event: Event) -> None:
            loop.call_soon_threadsafe(on_event, event)

        self._thread = TrainingThread(publish)
        self._thread.start()
        on_event(welcome())

    def send(self, command: Command) -> None:
        """Queues a command."""
        if self._thread is not None and not isinstance(command, Hello):
            self._thread.post(command)

    async def close(self) -> None:
        """Ends the thread after the current update."""
        if self._thread is not None:
            self._thread.end()
            while self._thread.is_alive():
                await asyncio.sleep(0.005)
