"""How a program is asked to end by Ctrl+C or SIGTERM: what it has begun is undone, and its status names the signal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

REQUESTS = (signal.SIGINT, signal.SIGTERM)


class Ended(KeyboardInterrupt):
    """The program was asked to end."""

    def __init__(self, request: int) -> None:
        super().__init__()
        self.request = request  # the signal's number


def status_of(request: KeyboardInterrupt) -> int:
    """The exit status by which shells know how a program was ended: 130 after Ctrl+C, 143 after SIGTERM."""
    return 128 + (request.request if isinstance(request, Ended) else signal.SIGINT)


@contextmanager
def handle_signals() -> Iterator[None]:
    """Requests raise Ended in the block; a second one does not disturb the tidying up.

    One that is ignored, as Ctrl+C is by what a script starts in the background, stays so. Without effect on any
    thread but the first, which is the only one that receives requests.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = [request for request in REQUESTS if signal.getsignal(request) is not signal.SIG_IGN]

    def end(number: int, _: object) -> NoReturn:
        for request in heard:
            signal.signal(request, signal.SIG_IGN)
        raise Ended(number)

    before = {request: signal.signal(request, end) for request in heard}
    try:
        yield
    finally:
        for request, handler in before.items():
            signal.signal(request, handler)


@contextmanager
def defer_signals() -> Iterator[list[int]]:
    """Requests wait until the block is left, and are made then; the list holds those that came.

    For what must not be left in the middle: raised in a paint event, Qt would swallow them.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    heard = [request for request in REQUESTS if signal.getsignal(request) is not signal.SIG_IGN]
    before = {request: signal.signal(request, lambda number, _: came.append(number)) for request in heard}
    try:
        yield came
    finally:
        for request, handler in before.items():
            signal.signal(request, handler)
    for number in came[:1]:
        signal.raise_signal(number)
