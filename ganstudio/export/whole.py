"""Files that are written whole or not at all: under a name of their own first, in their places when all is well."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from ganstudio.core.errors import BadInput


@contextlib.contextmanager
def written_whole(*paths: Path) -> Iterator[list[Path]]:
    """Fresh names beside the files, to write to; at the end they take the files' places, all or none.

    Raises:
        BadInput: One cannot be written; what stood there before still does.
    """
    fresh = [path.with_name(f".{path.name[:80]}.{os.getpid()}.part") for path in paths]
    try:
        yield fresh
        _put_in_place(fresh, list(paths))
    except OSError as fault:
        raise BadInput(f"{' and '.join(map(str, paths))} cannot be written: {fault.strerror or fault}") from None
    finally:
        for part in fresh:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def _put_in_place(fresh: list[Path], paths: list[Path]) -> None:
    """The last file settles it: until it is there, those before it can be taken back."""
    taken: list[tuple[Path, Path | None]] = []
    try:
        for part, path in zip(fresh[:-1], paths[:-1], strict=True):
            before = path.with_name(f".{path.name[:80]}.{os.getpid()}.before") if path.exists() else None
            if before is not None:
                path.replace(before)
            taken.append((path, before))
            part.replace(path)
        fresh[-1].replace(paths[-1])
    except OSError:
        for path, before in reversed(taken):
            path.unlink(missing_ok=True)
            if before is not None:
                before.replace(path)
        raise
    for _, before in taken:
        if before is not None:
            before.unlink(missing_ok=True)
