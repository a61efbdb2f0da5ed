"""Reads a run file that may come from anybody."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ganstudio.core.errors import BadInput
from ganstudio.core.frames import Frame, unpacked
from ganstudio.core.messages import MeasuredNow, Started
from ganstudio.core.run_format import (
    APPLICATION_ID,
    MAGIC,
    MAX_BLOB,
    READABLE,
    SCHEMA,
    TABLES,
    UNREADABLE,
    Checkpoint,
    line,
    short,
    there,
)
from ganstudio.core.spec import LogEntry, Parent, Plan, Position, Spec
from ganstudio.core.views import ScalarBatch

T = TypeVar("T")


class RunReader:
    """Reads a run file that may come from anybody: read-only, and only what a run file may hold."""

    def __init__(self, path: Path) -> None:
        """Opens the file.

        Raises:
            BadInput: It is not there, not a run file, damaged, or from a later version.
        """
        self.path = path
        if not there(path) or not path.is_file():
            raise BadInput(f"run file {short(path)} is not there")
        try:
            with path.open("rb") as file:
                magic = file.read(len(MAGIC))
        except OSError as fault:
            raise BadInput(f"run file {path} cannot be read: {fault.strerror}") from None
        if magic != MAGIC:
            raise BadInput(f"{path} is not a GAN Studio run: it does not begin as an SQLite file does")
        try:
            self._open()
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise BadInput(f"run file {path} is damaged: {line(fault)}") from None

    def _open(self) -> None:
        self._db = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)
        self._db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BLOB)
        self._db.execute("PRAGMA trusted_schema=OFF")
        if self._pragma("application_id") != APPLICATION_ID:
            raise BadInput(f"{self.path} is an SQLite file of another program, not a GAN Studio run")
        if (version := self._pragma("user_version")) not in READABLE:
            raise BadInput(f"run file {self.path} has format {version}: this version of GAN Studio reads 1 to {SCHEMA}")
        found = set(self._db.execute("SELECT type, name FROM sqlite_master"))
        self._version = version
        # SQLite makes an index of its own for a text primary key; nothing else may stand beside our tables.
        found.discard(("index", "sqlite_autoindex_meta_1"))
        if found != {("table", name) for name in TABLES[version]}:
            held = ", ".join(sorted(f"{kind} {name}" for kind, name in found))[:200]
            allowed = ", ".join(sorted(TABLES[version]))
            raise BadInput(f"run file {self.path} holds {held}: a run holds the tables {allowed}")

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    def spec(self) -> Spec:
        """What the run was made of."""
        rows = self._rows("SELECT value FROM meta WHERE key = 'spec'")
        if not rows:
            raise BadInput(f"run file {self.path} has no spec")
        return self._decoded(rows[0], Spec, "spec")

    def log(self) -> list[LogEntry]:
        """The command log."""
        return [self._decoded(row, LogEntry, "log") for row in self._rows("SELECT entry FROM log ORDER BY seq")]

    def scalars(self) -> list[ScalarBatch]:
        """All terms of all updates."""
        rows = self._rows("SELECT chunk FROM scalars ORDER BY seq")
        try:
            return [msgspec.msgpack.decode(row, type=ScalarBatch) for row in rows]
        except UNREADABLE as fault:
            raise BadInput(f"run file {self.path} has a damaged scalar: {line(fault)}") from None

    def plan(self) -> Plan:
        """What the run was to come to; an empty plan where nothing was said."""
        rows = self._rows("SELECT value FROM meta WHERE key = 'plan'")
        return self._decoded(rows[0], Plan, "plan") if rows else Plan()

    def parent(self) -> Parent | None:
        """What the run branched off from, if it did."""
        rows = self._rows("SELECT value FROM meta WHERE key = 'parent'")
        return self._decoded(rows[0], Parent, "parent") if rows else None

    def scene(self) -> Started | None:
        """What a window has to know to show the run without building it; None in older files."""
        rows = self._rows("SELECT value FROM meta WHERE key = 'scene'")
        return self._decoded(rows[0], Started, "scene") if rows else None

    def pins(self) -> list[int]:
        """The steps whose checkpoints stay."""
        if self._version < 2:
            return []
        rows = self._rows("SELECT position FROM checkpoints WHERE pinned != 0 ORDER BY id")
        return sorted(self._decoded(row, Position, "checkpoint").steps for row in rows)

    def frames(self, after: int = 0) -> list[tuple[int, str, int]]:
        """Id, view and steps of each frame whose id is higher than ``after``, in the order of their ids."""
        if self._version < 3:
            return []
        try:
            rows = self._db.execute("SELECT id, view, steps FROM frames WHERE id > ? ORDER BY id", (after,)).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise BadInput(f"run file {self.path} is damaged: {line(fault)}") from None
        if not all(isinstance(name, str) and isinstance(steps, int) for _, name, steps in rows):
            raise BadInput(f"run file {self.path} has a damaged frame: its name or its step is none")
        return rows

    def frame(self, id_: int) -> Frame:
        """The frame of that id."""
        rows = self._rows(f"SELECT body FROM frames WHERE id = {int(id_)}")
        try:
            return unpacked(rows[0])
        except (IndexError, ValueError, TypeError) as fault:
            raise BadInput(f"run file {self.path} has a damaged frame: {line(fault)}") from None

    def raw_frames(self, steps: int) -> Iterator[tuple[str, int, bytes]]:
        """View, steps and body of each frame up to a step, as they lie in the file."""
        if self._version < 3:
            return
        try:
            yield from self._db.execute("SELECT view, steps, body FROM frames WHERE steps <= ? ORDER BY id", (steps,))
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise BadInput(f"run file {self.path} is damaged: {line(fault)}") from None

    def measured(self) -> list[MeasuredNow]:
        """The generator's numbers, as they were taken."""
        rows = self._rows("SELECT body FROM measures ORDER BY id") if self._version > 2 else []
        try:
            return [msgspec.msgpack.decode(row, type=MeasuredNow) for row in rows]
        except UNREADABLE as fault:
            raise BadInput(f"run file {self.path} has a damaged measure: {line(fault)}") from None

    def moments(self) -> list[tuple[int, Position]]:
        """The checkpoints' ids and positions, in the order of the game."""
        ids = self._rows("SELECT id FROM checkpoints ORDER BY id")
        positions = self._rows("SELECT position FROM checkpoints ORDER BY id")
        found = zip(ids, (self._decoded(row, Position, "checkpoint") for row in positions), strict=True)
        return sorted(found, key=lambda moment: moment[1].updates)

    def checkpoint(self, id_: int | None = None) -> Checkpoint:
        """The checkpoint of that id, or the last one."""
        moments = self.moments()
        if not moments:
            raise BadInput(f"run file {self.path} has no checkpoint yet: train it for longer")
        at, position = moments[-1] if id_ is None else next(found for found in moments if found[0] == id_)
        tensors = self._rows(f"SELECT tensors FROM checkpoints WHERE id = {int(at)}")
        if not tensors or not isinstance(tensors[0], bytes):
            raise BadInput(f"run file {self.path} has a damaged checkpoint: its tensors are no bytes")
        logged = self._rows(f"SELECT logged FROM checkpoints WHERE id = {int(at)}")[0] if self._version > 1 else -1
        return Checkpoint(position=position, tensors=tensors[0], logged=logged if isinstance(logged, int) else -1)

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def _rows(self, query: str) -> list[Any]:
        try:
            return [row[0] for row in self._db.execute(query)]
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise BadInput(f"run file {self.path} is damaged: {line(fault)}") from None

    def _decoded(self, row: Any, kind: type[T], what: str) -> T:
        try:
            return msgspec.json.decode(row, type=kind)
        except UNREADABLE as fault:
            raise BadInput(f"run file {self.path} has a damaged {what}: {line(fault)}") from None
