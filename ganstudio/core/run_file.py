"""The run file: one SQLite file per run, with nothing executable in it.

Tables: ``meta`` (key, value), ``log`` (seq, entry), ``scalars`` (seq, chunk), ``checkpoints`` (id,
position, tensors as safetensors bytes). WAL while it is written, one plain file after close.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ganstudio.core.errors import BadInput
from ganstudio.core.spec import LogEntry, Position, Spec
from ganstudio.core.views import ScalarBatch

APPLICATION_ID = 0x47414E53  # "GANS"
SCHEMA = 1
TABLES = frozenset({"meta", "log", "scalars", "checkpoints"})
MAX_BLOB = 1 << 30  # bytes
_MAGIC = b"SQLite format 3\0"

# What hostile bytes make of a decoder.
UNREADABLE = (msgspec.MsgspecError, TypeError, UnicodeDecodeError, RecursionError)

T = TypeVar("T")


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides how a run goes on from a position."""

    position: Position
    tensors: bytes  # safetensors


class RunWriter:
    """Writes a new run file. One thread uses it; ``commit`` makes what was written survive a power cut."""

    def __init__(self, path: Path, spec: Spec) -> None:
        """Makes the file.

        Raises:
            BadInput: It exists, or its folder cannot be written to.
        """
        if _there(path):
            raise BadInput(f"run file {path} exists already: nothing is overwritten, choose another name")
        encoded = msgspec.json.encode(spec)
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.executescript(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA application_id={APPLICATION_ID};"
                f"PRAGMA user_version={SCHEMA};"
                "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL);"
                "CREATE TABLE log(seq INTEGER PRIMARY KEY, entry BLOB NOT NULL);"
                "CREATE TABLE scalars(seq INTEGER PRIMARY KEY, chunk BLOB NOT NULL);"
                "CREATE TABLE checkpoints(id INTEGER PRIMARY KEY, position BLOB NOT NULL, tensors BLOB NOT NULL);"
            )
        except sqlite3.Error as fault:
            raise BadInput(f"run file {_short(path)} cannot be written: {_line(fault)}") from None
        self._db.execute("BEGIN")
        self._db.execute("INSERT INTO meta VALUES('spec', ?)", (encoded,))
        self.commit()

    def add_scalars(self, batch: ScalarBatch) -> None:
        """Appends a batch of terms."""
        self._db.execute("INSERT INTO scalars(chunk) VALUES(?)", (msgspec.msgpack.encode(batch),))

    def add_entry(self, entry: LogEntry) -> None:
        """Appends a command of the log."""
        self._db.execute("INSERT INTO log(entry) VALUES(?)", (msgspec.json.encode(entry),))

    def set_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keeps a checkpoint in the place of the last one."""
        self._db.execute("DELETE FROM checkpoints")
        self._db.execute(
            "INSERT INTO checkpoints(position, tensors) VALUES(?, ?)",
            (msgspec.json.encode(checkpoint.position), checkpoint.tensors),
        )

    def commit(self) -> None:
        """Makes everything so far durable."""
        self._db.execute("COMMIT")
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Commits and leaves one plain file."""
        self._db.execute("COMMIT")
        self._db.execute("PRAGMA journal_mode=DELETE")
        self._db.close()


class RunReader:
    """Reads a run file that may come from anybody: read-only, and only what a run file may hold."""

    def __init__(self, path: Path) -> None:
        """Opens the file.

        Raises:
            BadInput: It is not there, not a run file, damaged, or from a later version.
        """
        self.path = path
        if not _there(path) or not path.is_file():
            raise BadInput(f"run file {_short(path)} is not there")
        try:
            with path.open("rb") as file:
                magic = file.read(len(_MAGIC))
        except OSError as fault:
            raise BadInput(f"run file {path} cannot be read: {fault.strerror}") from None
        if magic != _MAGIC:
            raise BadInput(f"{path} is not a GAN Studio run: it does not begin as an SQLite file does")
        try:
            self._open()
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise BadInput(f"run file {path} is damaged: {_line(fault)}") from None

    def _open(self) -> None:
        self._db = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)
        self._db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BLOB)
        self._db.execute("PRAGMA trusted_schema=OFF")
        if self._pragma("application_id") != APPLICATION_ID:
            raise BadInput(f"{self.path} is an SQLite file of another program, not a GAN Studio run")
        if (version := self._pragma("user_version")) != SCHEMA:
            raise BadInput(f"run file {self.path} has format {version}: this version of GAN Studio reads {SCHEMA}")
        found = set(self._db.execute("SELECT type, name FROM sqlite_master"))
        # SQLite makes an index of its own for a text primary key; nothing else may stand beside our tables.
        found.discard(("index", "sqlite_autoindex_meta_1"))
        if found != {("table", name) for name in TABLES}:
            held = ", ".join(sorted(f"{kind} {name}" for kind, name in found))[:200]
            raise BadInput(f"run file {self.path} holds {held}: a run holds the tables {', '.join(sorted(TABLES))}")

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
            raise BadInput(f"run file {self.path} has a damaged scalar: {_line(fault)}") from None

    def checkpoint(self) -> Checkpoint:
        """The last checkpoint."""
        positions = self._rows("SELECT position FROM checkpoints ORDER BY id DESC LIMIT 1")
        tensors = self._rows("SELECT tensors FROM checkpoints ORDER BY id DESC LIMIT 1")
        if not positions or not isinstance(tensors[0], bytes):
            raise BadInput(f"run file {self.path} has no checkpoint yet: train it for longer")
        return Checkpoint(position=self._decoded(positions[0], Position, "checkpoint"), tensors=tensors[0])

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def _rows(self, query: str) -> list[Any]:
        try:
            return [row[0] for row in self._db.execute(query)]
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise BadInput(f"run file {self.path} is damaged: {_line(fault)}") from None

    def _decoded(self, row: Any, kind: type[T], what: str) -> T:
        try:
            return msgspec.json.decode(row, type=kind)
        except UNREADABLE as fault:
            raise BadInput(f"run file {self.path} has a damaged {what}: {_line(fault)}") from None


def _there(path: Path) -> bool:
    """Whether there is something of that name; a name too long for the system names nothing."""
    try:
        return path.exists()
    except OSError:
        return False


def _short(path: Path) -> str:
    text = str(path)
    return text if len(text) <= 200 else text[:197] + "..."


def _line(fault: Exception) -> str:
    return " ".join(str(fault).split())
