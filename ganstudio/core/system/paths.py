"""What the system says of a path, in words that are true: there are many reasons why nothing can be read there."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

KINDS = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))

TRIAL = 1 << 16  # bytes


def why_absent(path: Path) -> str:
    """Why nothing is found under a path, as the end of a sentence that begins with it; empty if there is something."""
    try:
        path.stat()
    except ValueError:
        return "is not possible: its name holds a character that no file name may hold"
    except FileNotFoundError:
        if path.is_symlink():
            return f"is a link to {path.readlink()}, which is not there"
        return "is not there"
    except NotADirectoryError:
        return "is not there: what comes before its last part is a file and no folder"
    except OSError as fault:
        if fault.errno == errno.ELOOP:
            return "is a link that leads back to itself"
        if fault.errno == errno.ENAMETOOLONG:
            return "is not possible: its name is longer than the system takes"
        return f"cannot be looked at: {said_of(fault)}"
    return ""


def why_no_file(path: Path) -> str:
    """Why a path that leads to something is no file with bytes of its own; empty if it is one."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return why_absent(path)
    if stat.S_ISREG(mode):
        return ""
    return f"is {next((kind for is_one, kind in KINDS if is_one(mode)), 'a folder')} and no file"


def why_not_made(path: Path) -> str:
    """Why no new file can get this name, as far as that is known before trying; empty if nothing is against it."""
    absent = why_absent(path)
    if absent == "":
        other = why_no_file(path)
        return other or "exists already"
    return "" if absent == "is not there" else absent


def why_not_written(path: Path, *others: Path) -> OSError | None:
    """Tries to write beside a file as much as it holds; what the system says to that, or None if it can be done.

    Args:
        path: The file.
        others: Files beside it that grow, if they are there.
    """
    try:
        size = max(each.stat().st_size for each in (path, *(other for other in others if other.exists())))
        with tempfile.TemporaryFile(dir=path.parent) as trial:
            trial.truncate(size + TRIAL)
            trial.write(bytes(TRIAL))
            trial.flush()
            os.fsync(trial.fileno())
    except OSError as fault:
        return fault
    return None


def said_of(fault: OSError) -> str:
    """What the system says of a fault of its own, without the path."""
    return fault.strerror or str(fault) or type(fault).__name__
