"""Watches the window that started the engine: reads the token from standard input, and ends the engine at its end.

It starts before torch is loaded, so that no engine remains if the window dies at once.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

TOKEN_LENGTH = 32  # characters at least


class ParentWatch:
    """Reads standard input on another thread."""

    def __init__(self) -> None:
        self._token = ""
        self._has_token = threading.Event()
        self._at_end: Callable[[], None] | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._watch, name="standard input", daemon=True).start()

    def wait_for_token(self) -> str:
        """Waits for the first line, and returns it."""
        self._has_token.wait()
        return self._token

    def at_end(self, act: Callable[[], None]) -> None:
        """Sets what is called when standard input ends; without it, the process just ends."""
        with self._lock:
            self._at_end = act

    def _watch(self) -> None:
        self._token = sys.stdin.readline().strip()
        self._has_token.set()
        if len(self._token) < TOKEN_LENGTH:
            return  # it was not started by the studio: the engine says so and ends
        sys.stdin.buffer.read()
        with self._lock:
            act = self._at_end
        if act is not None:
            act()
        else:
            os._exit(0)
