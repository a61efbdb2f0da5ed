"""Shows on standard error how far long work is: a spinner, a bar, or lines for another program that reads them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ganstudio.commands import terminal
from ganstudio.core.system.printable import printable
from ganstudio.core.system.progress import listening

LINES = "GANSTUDIO_PROGRESS"  # set: a line "progress DONE TOTAL" on standard error now and then, in place of a bar
EVERY_S = 0.1


@contextmanager
def show_spinner(what: str) -> Iterator[None]:
    """Shows what is being done, and how far the work is if it reports that to core.progress."""

    from rich.text import Text

    what = printable(what)
    with terminal.console(stderr=True).status(Text(f"{what} …")) as status:

        def show(part: str, done: int, total: int) -> bool:
            far = f"{done:,} of {total:,}" if total else f"{done:,}"
            status.update(Text(f"{what}: {printable(part)} {far} …"))
            return True

        with listening(show):
            yield


@contextmanager
def show_bar(what: str, total: int) -> Iterator[Callable[[int, int], None]]:
    """Gives a function to call with how much is done, and of how much; also shows work that reports to core.progress.

    Args:
        what: Is being done, in words.
        total: How much there is to do.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    what = printable(what)
    console = terminal.console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    lines = bool(os.environ.get(LINES))
    shown_at = 0.0
    with Progress(*columns, console=console, disable=lines or not console.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=total)

        def show(done: int, of: int) -> None:
            nonlocal shown_at
            now = time.monotonic()
            if now - shown_at < EVERY_S and done < of:
                return
            shown_at = now
            if lines:
                terminal.remark(f"progress {done} {of}")
                sys.stderr.flush()
            else:
                progress.update(task, description=what, completed=done, total=of)

        def show_preparation(doing: str, done: int, of: int) -> bool:
            """Work that comes before, counted in another unit: only the bar shows it, no line does."""
            nonlocal shown_at
            now = time.monotonic()
            if now - shown_at >= EVERY_S and not lines:
                shown_at = now
                progress.update(task, description=printable(doing), completed=done, total=of or None)
            return True

        with listening(show_preparation):
            yield show
