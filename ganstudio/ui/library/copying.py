"""Copies run files, with a bar that can be cancelled if it takes a while."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtWidgets import QWidget

from ganstudio.core.runs import library
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import Cancelled
from ganstudio.ui.library.working_bar import working_bar


@dataclass
class Copied:
    """What became of files that were to be copied."""

    made: list[Path] = field(default_factory=list)
    there: list[Path] = field(default_factory=list)  # runs of the same content that were in the library before
    said: list[str] = field(default_factory=list)  # sentences


def copy_files(parent: QWidget, paths: Iterable[Path], copy: Callable[[Path], Path]) -> Copied:
    """Copies each file, and says of each that is refused why.

    Args:
        parent: The dialog that waits.
        paths: The files.
        copy: Copies one, and returns the copy.
    """
    copied = Copied()
    with working_bar(parent, "library.copying", "Runs"):
        for path in paths:
            try:
                copied.made.append(copy(path))
            except library.AlreadyThere as fault:
                copied.there.append(fault.path)
                copied.said.append(f"Not done: {fault}.")
            except BadInput as fault:
                copied.said.append(f"Not done: {fault}.")
            except Cancelled:
                copied.said.append(f"Cancelled: {path.name} was not copied.")
                break
    if copied.made:
        new = f"{copied.made[0].name} was added." if len(copied.made) == 1 else f"{len(copied.made):,} runs were added."
        copied.said.insert(0, new)
    return copied
