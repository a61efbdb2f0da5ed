"""A report of a problem as text, to be read, copied and sent by the user; the program itself sends nothing."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping, Sequence

import ganstudio
from ganstudio.core.system.printable import printable
from ganstudio.core.system.redaction import without_paths

NAMED = ("torch", "numpy", "PySide6-Essentials", "pyqtgraph", "msgspec")


def versions() -> str:
    """What this is and what it runs on, in lines."""
    lines = [f"GAN Studio {ganstudio.__version__}", f"Python {platform.python_version()}",
             f"{platform.system()} {platform.release()} ({platform.machine()})"]
    for name in NAMED:
        try:
            lines.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return "\n".join(lines)


def report(what: str, facts: Mapping[str, object], sections: Sequence[tuple[str, str]]) -> str:
    """The whole report, without paths that tell more than they explain.

    Args:
        what: What happened, in a sentence.
        facts: Name -> value, each on a line.
        sections: Headings and texts; those without a text are left out.
    """
    lines = [what, "", "Versions", versions(), ""]
    if facts:
        lines += ["The run", *(f"{name}: {value}" for name, value in facts.items()), ""]
    for title, text in sections:
        if text.strip():
            lines += [title, text.strip(), ""]
    return without_paths(printable("\n".join(lines), "\n\t")).rstrip() + "\n"
