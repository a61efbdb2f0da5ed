"""The run file: one SQLite file per run, with nothing executable in it.

Tables: ``meta`` (key, value), ``log`` (seq, entry), ``scalars`` (seq, chunk), ``checkpoints`` (id,
position, tensors as safetensors bytes, pinned, logged). WAL while it is written, one plain file after close.
Format 1 had one checkpoint, which could not be pinned; it is read as it is, and migrated when it is gone on with.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ganstudio.core.errors import BadInput
from ganstudio.core.spec import LogEntry, Parent, Plan, Position, Spec
from ganstudio.core.thinning import dispensable
from ganstudio.core.views import ScalarBatch

SUFFIX = ".ganrun"
APPLICATION_ID = 0x47414E53  # "GANS"
SCHEMA = 2
READABLE = range(1, SCHEMA + 1)
BUDGET = 2 << 30  # bytes of checkpoints that one run keeps
MIGRATIONS = {  # from that format to the next
    1: ("ALTER TABLE checkpoints ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE checkpoints ADD COLUMN logged INTEGER NOT NULL DEFAULT -1"),
}
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
    logged: int = -1  # entries of the log that came before it; -1: those at a lower position


class DiskFull(Exception):  # a state of the disk that passes, not a fault of the program
    """Nothing more can be written for now; what was committed stands."""


class RunWriter:
    """Writes a run file. One thread uses it; ``commit`` makes what was written survive a power cut."""

    def __init__(
        self, path: Path, spec: Spec, *, plan: Plan | None = None, parent: Parent | None = None, budget: int = BUDGET
    ) -> None:
        """Makes the file. ``budget``: bytes of checkpoints to keep.

        Raises:
            BadInput: It exists, or its folder cannot be written to.
        """
        if _there(path):
            raise BadInput(f"run file {path} exists already: nothing is overwritten, choose another name")
        encoded = msgspec.json.encode(spec)
        self._budget = budget
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.executescript(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; BEGIN; PRAGMA application_id={APPLICATION_ID};"
                f"PRAGMA user_version={SCHEMA};"
                "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL);"
                "CREATE TABLE log(seq INTEGER PRIMARY KEY, entry BLOB NOT NULL);"
                "CREATE TABLE scalars(seq INTEGER PRIMARY KEY, chunk BLOB NOT NULL);"
                "CREATE TABLE checkpoints(id INTEGER PRIMARY KEY, position BLOB NOT NULL, tensors BLOB NOT NULL,"
                " pinned INTEGER NOT NULL DEFAULT 0, logged INTEGER NOT NULL DEFAULT -1);"
            )
            self._db.execute("INSERT INTO meta VALUES('spec', ?)", (encoded,))
            self._db.execute("INSERT INTO meta VALUES('plan', ?)", (msgspec.json.encode(plan or Plan()),))
            if parent is not None:
                self._db.execute("INSERT INTO meta VALUES('parent', ?)", (msgspec.json.encode(parent),))
            self._db.execute("COMMIT")
        except sqlite3.Error as fault:
            raise BadInput(f"run file {_short(path)} cannot be written: {_line(fault)}") from None
        self._db.execute("BEGIN")

    @classmethod
    def reopened(cls, path: Path, *, budget: int = BUDGET) -> RunWriter:
        """Goes on with a file that a reader found whole, and brings it to the present format.

        Raises:
            BadInput: It cannot be written, or another program writes it.
        """
        writer = cls.__new__(cls)
        writer._budget = budget
        try:
            db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.5)
            db.execute("PRAGMA trusted_schema=OFF")
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.execute("BEGIN IMMEDIATE")
            for version in range(int(db.execute("PRAGMA user_version").fetchone()[0]), SCHEMA):
                for statement in MIGRATIONS[version]:
                    db.execute(statement)
                db.execute(f"PRAGMA user_version={version + 1}")
        except sqlite3.Error as fault:
            raise BadInput(f"run file {_short(path)} cannot be gone on with: {_line(fault)}") from None
        writer._db = db
        return writer

    def set_plan(self, plan: Plan) -> None:
        """What the run is to come to, in the place of what was said before."""
        with _full_disk_told():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES('plan', ?)", (msgspec.json.encode(plan),))

    def add_scalars(self, batch: ScalarBatch) -> None:
        """Appends a batch of terms."""
        with _full_disk_told():
            self._db.execute("INSERT INTO scalars(chunk) VALUES(?)", (msgspec.msgpack.encode(batch),))

    def add_entry(self, entry: LogEntry) -> None:
        """Appends a command of the log."""
        with _full_disk_told():
            self._db.execute("INSERT INTO log(entry) VALUES(?)", (msgspec.json.encode(entry),))

    def add_checkpoint(self, checkpoint: Checkpoint, *, pinned: bool = False) -> None:
        """Keeps a checkpoint, and lets go of those that became dispensable by it."""
        with _full_disk_told():
            self._db.execute(
                "INSERT INTO checkpoints(position, tensors, pinned, logged) VALUES(?, ?, ?, ?)",
                (msgspec.json.encode(checkpoint.position), checkpoint.tensors, int(pinned), checkpoint.logged),
            )
            kept = [
                (int(id_), msgspec.json.decode(position, type=Position).updates, int(size), bool(pin))
                for id_, position, size, pin in self._db.execute(
                    "SELECT id, position, length(tensors), pinned FROM checkpoints ORDER BY id")
            ]
            for id_ in dispensable(kept, self._budget):
                self._db.execute("DELETE FROM checkpoints WHERE id = ?", (id_,))

    def commit(self) -> None:
        """Makes everything so far durable.

        Raises:
            DiskFull: There is no room; ``rollback`` and write what came since the last commit again, later.
        """
        with _full_disk_told():
            self._db.execute("COMMIT")
            self._db.execute("BEGIN")

    def rollback(self) -> None:
        """Forgets what came since the last commit."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Commits and leaves one plain file."""
        with _full_disk_told():
            self._db.execute("COMMIT")
            self._db.execute("PRAGMA journal_mode=DELETE")
            self._db.close()

    def abandon(self) -> None:
        """Closes without what came since the last commit."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._db.close()


@contextlib.contextmanager
def _full_disk_told() -> Iterator[None]:
    """A full disk as what it is; all else as SQLite says it."""
    try:
        yield
    except sqlite3.OperationalError as fault:
        if fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise DiskFull(_line(fault)) from None
        raise


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
        if (version := self._pragma("user_version")) not in READABLE:
            raise BadInput(f"run file {self.path} has format {version}: this version of GAN Studio reads 1 to {SCHEMA}")
        found = set(self._db.execute("SELECT type, name FROM sqlite_master"))
        self._version = version
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

    def plan(self) -> Plan:
        """What the run was to come to; an empty plan where nothing was said."""
        rows = self._rows("SELECT value FROM meta WHERE key = 'plan'")
        return self._decoded(rows[0], Plan, "plan") if rows else Plan()

    def parent(self) -> Parent | None:
        """What the run branched off from, if it did."""
        rows = self._rows("SELECT value FROM meta WHERE key = 'parent'")
        return self._decoded(rows[0], Parent, "parent") if rows else None

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
