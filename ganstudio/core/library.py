"""The runs of a folder, each in a line: read from the files themselves, so that there is no list to go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ganstudio.core.errors import BadInput
from ganstudio.core.run_file import SUFFIX, RunReader
from ganstudio.core.spec import Parent, Spec


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A run file, and what it says of itself."""

    path: Path
    changed: float  # seconds since 1970
    size: int  # bytes
    spec: Spec | None = None
    steps: int = 0  # at its last checkpoint
    parent: Parent | None = None
    fault: str = ""  # why it cannot be read


def runs(folder: Path) -> list[Kept]:
    """The run files of a folder, the last one first; those that cannot be read say why."""
    return sorted(_found(folder), key=lambda kept: kept.changed, reverse=True)


def _found(folder: Path) -> Iterator[Kept]:
    try:
        paths = [path for path in folder.iterdir() if path.suffix == SUFFIX]
    except OSError:
        return
    for path in paths:
        try:
            stat = path.stat()
        except OSError:
            continue  # it went meanwhile
        kept = Kept(path=path, changed=stat.st_mtime, size=stat.st_size)
        try:
            reader = RunReader(path)
            try:
                moments = reader.moments()
                yield msgspec.structs.replace(
                    kept, spec=reader.spec(), parent=reader.parent(), steps=moments[-1][1].steps if moments else 0)
            finally:
                reader.close()
        except BadInput as fault:
            yield msgspec.structs.replace(kept, fault=str(fault))


def renamed(path: Path, name: str) -> Path:
    """Gives a run another name in its folder.

    Raises:
        BadInput: The name is empty, holds a folder, or another run has it.
    """
    bare = name.removesuffix(SUFFIX).strip()
    if not bare or bare.startswith(".") or any(letter in '/\\:*?"<>|' or ord(letter) < 32 for letter in bare):
        raise BadInput(f"'{name}' is no name for a run: allowed is all but / \\ : * ? \" < > | and a dot at its head")
    target = path.with_name(bare + SUFFIX)
    if target == path:
        return path
    try:
        if target.exists():
            raise BadInput(f"another run is named '{bare}' already: choose another name")
        return path.rename(target)
    except OSError as fault:
        raise BadInput(f"the run cannot be named '{bare}': {fault.strerror}") from None
