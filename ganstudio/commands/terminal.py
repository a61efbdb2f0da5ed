"""All that commands write to a terminal for people goes through here, so that no text from a file can steer it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ganstudio.core.system.printable import printable

if TYPE_CHECKING:
    from rich.console import Console


def say(line: str) -> None:
    """A line on standard output."""
    sys.stdout.write(f"{printable(line)}\n")


def remark(line: str) -> None:
    """A line on standard error."""
    sys.stderr.write(f"{printable(line)}\n")
    sys.stderr.flush()


def console(*, stderr: bool = False) -> Console:
    """A console of rich that shows every string as it is: no markup is read in it, and nothing in it steers."""
    from rich.console import Console
    from rich.text import Text

    class Plain(Console):
        """Strings become plain text wherever rich comes upon one, in cells of tables too."""

        def render_str(self, text: str, **options: Any) -> Text:
            return super().render_str(printable(text, keep="\n"), **{**options, "markup": False, "emoji": False})

    return Plain(stderr=stderr, markup=False, emoji=False, highlight=False)
