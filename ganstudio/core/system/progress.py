"""How far a long read is: the caller who waits for it listens, and may cancel it.

The code that reads calls ``report`` and knows nothing of windows or terminals. Without a listener, a report is free.
The listener belongs to the thread (and task) that set it: helpers in a pool leave the reporting to the one that waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int, int], bool]
"""Takes what is being done, how much is done, and of how much (0: unknown); returns whether it is still wanted."""

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


class Cancelled(Exception):
    """The listener has cancelled the read."""


def report(what: str, done: int, total: int) -> None:
    """Tells how far something is.

    Args:
        what: In words that follow a pause on screen, with the unit if it is not plain ("reading images").
        done: How much is done, in any unit.
        total: Of how much, in that unit; 0 if that is unknown.

    Raises:
        Cancelled: The listener has cancelled it.
    """
    listener = _LISTENER.get()
    if listener is not None and not listener(what, done, total):
        raise Cancelled(what)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Has ``listener`` hear every report made in this thread inside the block; no other one does."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)
