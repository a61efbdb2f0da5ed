"""An executor that computes at once and hands over when the test says so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class HeldExecutor(Executor):
    """In the place of the measuring thread."""

    def __init__(self) -> None:
        self.futures: list[Future[Any]] = []
        self._results: list[Any] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._results.append(fn(*args, **kwargs))
        self.futures.append(future)
        return future

    def deliver(self, busy_s: float = 0.0) -> None:
        """Hands over the last result, as one that took so long."""
        measured, _ = self._results.pop()
        self.futures[-1].set_result((measured, busy_s))
