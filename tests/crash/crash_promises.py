"""What is promised of the runs in a folder at a moment of a story, and whether a folder keeps it."""

from __future__ import annotations

from pathlib import Path

import msgspec

BLOCK_ROWS = 64  # drawn ahead, in stories and whoever repeats them: else those are most of what a checkpoint holds
MARKS = "marks"  # the file in which a story says what is promised


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """The least that a run holds: rows of its tables, updates with terms, and what the user gave it."""

    names: list[str] = []  # one of these is there
    terms: int = 0  # updates
    log: int = 0
    frames: int = 0
    measures: int = 0
    updates: int = 0  # of all players at the last checkpoint
    pins: list[int] = []
    tags: list[list[str]] | None = None  # one of these; None: any


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a story says: what is promised from here on."""

    story: str
    promises: list[Promise]
    trained: int = 0  # updates that the run has made; only told by the story that keeps the recorder's own pace


def broken(promise: Promise, folder: Path) -> str:
    """What of a promise a folder does not keep; empty if it keeps all."""
    from ganstudio.core.system.errors import BadInput

    there = [folder / name for name in promise.names if (folder / name).exists()]
    if len(there) != 1:
        return f"{len(there)} of {' and '.join(promise.names)} are there"
    (path,) = there
    try:
        found = held_by(path)
    except BadInput as fault:
        return str(fault)
    short = [f"{name} {getattr(found, name)} of {getattr(promise, name)}"
             for name in ("terms", "log", "frames", "measures", "updates")
             if getattr(found, name) < getattr(promise, name)]
    if not set(promise.pins) <= set(found.pins):
        short.append(f"pins {found.pins} of {promise.pins}")
    if promise.tags is not None and found.tags is not None and found.tags[0] not in promise.tags:
        short.append(f"tags {found.tags[0]}")
    return f"{path.name} holds {', '.join(short)}" if short else ""


def held_by(path: Path) -> Promise:
    """What a whole run holds, as a promise."""
    from ganstudio.core.runs import library
    from ganstudio.core.runs.reader import RunReader

    reader = RunReader(path)
    try:
        return Promise(
            names=[path.name], terms=sum(batch.at.shape[0] for batch in reader.scalars()), log=len(reader.log()),
            frames=len(reader.frames()), measures=len(reader.measured()), pins=reader.pins(),
            updates=max((position.updates for _, position in reader.moments()), default=0),
            tags=[list(library.tags_of(reader))])
    finally:
        reader.close()
