"""How much work something is, in function calls: the same number on each machine, busy or not, unlike seconds."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any


class Calls:
    """Counts the function calls of a ``with`` block in this thread, of Python's and of C's functions alike."""

    def __init__(self) -> None:
        self.number = 0
        self._before: Any = None

    def _note(self, frame: FrameType, event: str, argument: object) -> None:
        if event in ("call", "c_call"):
            self.number += 1

    def __enter__(self) -> Calls:
        self._before = sys.getprofile()
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(self._before)
