"""How commands tell of long readings on a terminal: the words and numbers of core.progress beside a spinner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ganstudio.core.system.progress import listening


@contextmanager
def told(what: str) -> Iterator[None]:
    """Shows on standard error what is being done, and how far it is where that is known."""
    from rich.console import Console

    with Console(stderr=True).status(f"{what} …") as status:

        def tell(part: str, done: int, total: int) -> bool:
            status.update(f"{what}: {part} {done:,} of {total:,} …" if total else f"{what}: {part} {done:,} …")
            return True

        with listening(tell):
            yield
