"""The run file: one SQLite file per run, with nothing executable in it.

Tables: ``meta`` (key, value), ``log`` (seq, entry), ``scalars`` (seq, chunk), ``checkpoints`` (id,
position, tensors as safetensors bytes, pinned, logged), ``frames`` (id, view, steps, body) and ``measures`` (id,
body). WAL while it is written, one plain file after close. Format 1 had one checkpoint, which could not be pinned,
format 2 neither frames nor measures; both are read as they are, and migrated when the run is gone on with.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ganstudio.core.errors import BadInput
from ganstudio.core.frames import Frame, packed, unpacked
from ganstudio.core.messages import MeasuredNow, Started
from ganstudio.core.spec import LogEntry, Parent, Plan, Position, Spec
from ganstudio.core.thinning import dispensable
from ganstudio.core.views import ScalarBatch

SUFFIX = ".ganrun"
APPLICATION_ID = 0x47414E53  # "GANS"
SCHEMA = 3
READABLE = range(1, SCHEMA + 1)
BUDGET = 2 << 30  # bytes of checkpoints that one run keeps
MIGRATIONS = {  # from that format to the next
    1: ("ALTER TABLE checkpoints ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE checkpoints ADD COLUMN logged INTEGER NOT NULL DEFAULT -1"),
    2: ("CREATE TABLE frames(id INTEGER PRIMARY KEY, view TEXT NOT NULL, steps INTEGER NOT NULL, body BLOB NOT NULL)",
        "CREATE TABLE measures(id INTEGER PRIMARY KEY, body BLOB NOT NULL)"),
}
_FIRST = frozenset({"meta", "log", "scalars", "checkpoints"})
TABLES = {1: _FIRST, 2: _FIRST, 3: _FIRST | {"frames", "measures"}}  # by format
MAX_BLOB = 1 << 30  # bytes
LEAVE_TRIES, LEAVE_S = 40, 0.05  # to leave one plain file where somebody is just reading it
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
                " pinned INTEGER NOT NULL DEFAULT 0, logged INTEGER NOT NULL DEFAULT -1);" + ";".join(MIGRATIONS[2])
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

    def add_frame(self, frame: Frame) -> None:
        """Appends a view of a moment."""
        row = (frame.name, frame.position.steps, packed(frame))
        with _full_disk_told():
            self._db.execute("INSERT INTO frames(view, steps, body) VALUES(?, ?, ?)", row)

    def add_measures(self, measured: MeasuredNow) -> None:
        """Appends numbers of the generator."""
        with _full_disk_told():
            self._db.execute("INSERT INTO measures(body) VALUES(?)", (msgspec.msgpack.encode(measured),))

    def set_scene(self, scene: Started) -> None:
        """What a window has to know to show the run without building it."""
        with _full_disk_told():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES('scene', ?)", (msgspec.json.encode(scene),))

    def inherit(self, parent: Path, steps: int) -> None:
        """Copies what was seen and measured of another run up to a step; a parent that is gone is no fault."""
        try:
            reader = RunReader(parent)
        except BadInput:
            return
        try:
            with _full_disk_told():
                self._db.executemany(
                    "INSERT INTO frames(view, steps, body) VALUES(?, ?, ?)", reader.raw_frames(steps))
            for measured in reader.measured():
                if measured.steps <= steps:
                    self.add_measures(measured)
        except BadInput:
            pass  # what of it could be read is there
        finally:
            reader.close()

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
            for _ in range(LEAVE_TRIES):
                try:
                    self._db.execute("PRAGMA journal_mode=DELETE")
                    break
                except sqlite3.OperationalError as fault:
                    if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                        raise
                    time.sleep(LEAVE_S)  # somebody is reading: whoever opens the file next finds it whole all the same
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
            raise BadInput(f"run file {self.path} has a damaged scalar: {_line(fault)}") from None

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
            raise BadInput(f"run file {self.path} is damaged: {_line(fault)}") from None
        if not all(isinstance(name, str) and isinstance(steps, int) for _, name, steps in rows):
            raise BadInput(f"run file {self.path} has a damaged frame: its name or its step is none")
        return rows

    def frame(self, id_: int) -> Frame:
        """The frame of that id."""
        rows = self._rows(f"SELECT body FROM frames WHERE id = {int(id_)}")
        try:
            return unpacked(rows[0])
        except (IndexError, ValueError, TypeError) as fault:
            raise BadInput(f"run file {self.path} has a damaged frame: {_line(fault)}") from None

    def raw_frames(self, steps: int) -> Iterator[tuple[str, int, bytes]]:
        """View, steps and body of each frame up to a step, as they lie in the file."""
        if self._version < 3:
            return
        try:
            yield from self._db.execute("SELECT view, steps, body FROM frames WHERE steps <= ? ORDER BY id", (steps,))
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise BadInput(f"run file {self.path} is damaged: {_line(fault)}") from None

    def measured(self) -> list[MeasuredNow]:
        """The generator's numbers, as they were taken."""
        rows = self._rows("SELECT body FROM measures ORDER BY id") if self._version > 2 else []
        try:
            return [msgspec.msgpack.decode(row, type=MeasuredNow) for row in rows]
        except UNREADABLE as fault:
            raise BadInput(f"run file {self.path} has a damaged measure: {_line(fault)}") from None

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
