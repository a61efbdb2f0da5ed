"""How far a long piece of work is, on a terminal or for another program that reads it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LINES = "GANSTUDIO_PROGRESS"  # set: a line "progress DONE TOTAL" on standard error now and then, in place of a bar
EVERY_S = 0.1


@contextmanager
def metered(what: str, total: int) -> Iterator[Callable[[int, int], None]]:
    """Gives a function that is told how much is done, and of how much; and hears what reports its own progress.

    Args:
        what: Is being done, in words.
        total: How much there is to do.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from ganstudio.core.system.progress import listening

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    lines = bool(os.environ.get(LINES))
    told_at = 0.0
    with Progress(*columns, console=console, disable=lines or not console.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=total)

        def tell(done: int, of: int) -> None:
            nonlocal told_at
            now = time.monotonic()
            if now - told_at < EVERY_S and done < of:
                return
            told_at = now
            if lines:
                sys.stderr.write(f"progress {done} {of}\n")
                sys.stderr.flush()
            else:
                progress.update(task, description=what, completed=done, total=of)

        def heard(doing: str, done: int, of: int) -> bool:
            """Something beforehand, in another unit: only the bar shows how far it is."""
            nonlocal told_at
            now = time.monotonic()
            if now - told_at >= EVERY_S and not lines:
                told_at = now
                progress.update(task, description=doing, completed=done, total=of or None)
            return True

        with listening(heard):
            yield tell
