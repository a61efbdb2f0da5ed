"""Writes a run file."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ganstudio.core.protocol.messages import MeasuredNow, Started
from ganstudio.core.protocol.spec import LogEntry, Parent, Plan, Position, Spec
from ganstudio.core.protocol.views import ScalarBatch
from ganstudio.core.runs.checkpoint_thinning import dispensable
from ganstudio.core.runs.format import (
    APPLICATION_ID,
    BUDGET,
    MIGRATIONS,
    SCHEMA,
    SUFFIX,
    UNREADABLE,
    Checkpoint,
    DiskFull,
    KeptData,
    KeptPoints,
    Machine,
    by_player,
    foreign,
    has_log,
    line,
    one_stream,
    short,
    there,
)
from ganstudio.core.runs.reader import MOST_MACHINES, RunReader
from ganstudio.core.runs.shared_arrays import RepeatedArrays
from ganstudio.core.runs.tensor_packing import pack_tensors
from ganstudio.core.runs.view_frames import Frame, packed
from ganstudio.core.runs.write_lock import WriteLock
from ganstudio.core.system.atomic_write import PartFile, sweep
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.paths import said_of, why_not_made, why_not_written

FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # the disk, or the user's share of it
LEAVE_TRIES, LEAVE_S = 40, 0.05  # tries to leave one plain file while another program reads it


class RunWriter:
    """Writes a run file. One thread uses it; ``commit`` makes what was written survive a kill and a power cut."""

    def __init__(
        self, path: Path, spec: Spec, *, plan: Plan | None = None, parent: Parent | None = None, budget: int = BUDGET
    ) -> None:
        """Makes the file under a hidden name; the first ``commit`` gives it its own, so that no half of a run is seen.

        Args:
            path: The new file.
            spec: What the run is made of.
            plan: What it is to come to.
            parent: What it branched off from.
            budget: Bytes of checkpoints to keep.

        Raises:
            BadInput: It exists, or its folder cannot be written to.
        """
        self._check_free(path)
        encoded = msgspec.json.encode(spec)
        self._path = path
        self._budget = budget
        self._repeated = RepeatedArrays()
        self._logging = False  # whether it has a write-ahead log
        self._lock = WriteLock(path)
        try:
            sweep(path.parent, SUFFIX)
            self._part: PartFile | None = PartFile(path)
        except OSError as fault:
            self._lock.release()
            raise BadInput(f"run file {short(path)} cannot be written: {fault.strerror or fault}") from None
        except BadInput:
            self._lock.release()
            raise
        try:
            self._db = sqlite3.connect(self._part.path, isolation_level=None, check_same_thread=False)
            # A hidden file that is cut off is thrown away: it needs no journal, and is synced when it gets its name.
            self._db.executescript(
                f"PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; BEGIN; PRAGMA application_id={APPLICATION_ID};"
                f"PRAGMA user_version={SCHEMA};"
                "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL);"
                "CREATE TABLE log(seq INTEGER PRIMARY KEY, entry BLOB NOT NULL);"
                "CREATE TABLE scalars(seq INTEGER PRIMARY KEY, chunk BLOB NOT NULL);"
                "CREATE TABLE checkpoints(id INTEGER PRIMARY KEY, position BLOB NOT NULL, tensors BLOB NOT NULL,"
                " pinned INTEGER NOT NULL DEFAULT 0, logged INTEGER NOT NULL DEFAULT -1);"
                + ";".join((*MIGRATIONS[2], *MIGRATIONS[4]))
            )
            self._db.execute("INSERT INTO meta VALUES('spec', ?)", (encoded,))
            self._db.execute("INSERT INTO meta VALUES('plan', ?)", (msgspec.json.encode(plan or Plan()),))
            if parent is not None:
                self._db.execute("INSERT INTO meta VALUES('parent', ?)", (msgspec.json.encode(parent),))
            self._db.execute("COMMIT")
        except sqlite3.Error as fault:
            self._drop()
            raise BadInput(f"run file {short(path)} cannot be written: {line(fault)}") from None
        self._db.execute("BEGIN")

    @staticmethod
    def _check_free(path: Path) -> None:
        if there(path):
            raise BadInput(f"run file {path} exists already: nothing is overwritten, choose another name")
        if fault_of_path := why_not_made(path):
            raise BadInput(f"run file {short(path)} {fault_of_path}: choose another name")
        if (left := foreign(path)) is not None:
            raise BadInput(f"run file {short(path)} cannot be made: beside it lies {left.name}, of a run that had this "
                           "name. Move it to that run, or choose another name")

    @classmethod
    def reopened(
        cls, path: Path, *, end: int | None = None, budget: int = BUDGET, lock: WriteLock | None = None,
    ) -> RunWriter:
        """Goes on with a file that a reader found whole, and brings it to the present format.

        Args:
            path: The file.
            end: The step at which the run goes on; a picture from beyond it, which a power cut left without its
                terms, is taken out, for the run may go another way now.
            budget: Bytes of checkpoints to keep.
            lock: The right to write it, taken before it was read, so that it is still as it was read; None: taken now.
                ``close`` gives it back.

        Raises:
            BadInput: It cannot be written, or another program writes it.
        """
        writer = cls.__new__(cls)
        writer._path, writer._part, writer._logging = path, None, True
        writer._budget = budget
        writer._repeated = RepeatedArrays()
        writer._lock = lock if lock is not None else WriteLock(path)
        try:
            db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.5)
        except sqlite3.Error as fault:
            writer._lock.release()
            raise BadInput(f"run file {short(path)} cannot be continued: {line(fault)}") from None
        try:
            db.execute("PRAGMA trusted_schema=OFF")
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.create_function("by_player", 1, by_player, deterministic=True)
            db.create_function("one_stream", 1, one_stream, deterministic=True)
            db.execute("BEGIN IMMEDIATE")
            for version in range(int(db.execute("PRAGMA user_version").fetchone()[0]), SCHEMA):
                for statement in MIGRATIONS[version]:
                    db.execute(statement)
                db.execute(f"PRAGMA user_version={version + 1}")
            if end is not None:
                db.execute("DELETE FROM frames WHERE steps > ?", (end,))
            db.execute("COMMIT")  # apart from what follows, which a full disk may take back
            db.execute("BEGIN")
        except sqlite3.Error as fault:
            db.close()  # what was begun of a migration is taken back
            writer._lock.release()
            raise BadInput(f"run file {short(path)} cannot be continued: {line(fault)}") from None
        writer._db = db
        return writer

    def set_plan(self, plan: Plan) -> None:
        """The run's plan, in the place of the one before."""
        with self._faults_told():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES('plan', ?)", (msgspec.json.encode(plan),))

    def add_scalars(self, batch: ScalarBatch) -> None:
        """Appends a batch of terms."""
        with self._faults_told():
            self._db.execute("INSERT INTO scalars(chunk) VALUES(?)", (msgspec.msgpack.encode(batch),))

    def add_entry(self, entry: LogEntry) -> None:
        """Appends a command of the log."""
        with self._faults_told():
            self._db.execute("INSERT INTO log(entry) VALUES(?)", (msgspec.json.encode(entry),))

    def add_checkpoint(self, checkpoint: Checkpoint, *, pinned: bool = False) -> None:
        """Keeps a checkpoint, and lets go of those that became dispensable by it."""
        with self._faults_told():
            self._db.execute(
                "INSERT INTO checkpoints(position, tensors, pinned, logged) VALUES(?, ?, ?, ?)",
                (msgspec.json.encode(checkpoint.position), pack_tensors(checkpoint.tensors), int(pinned),
                 checkpoint.logged),
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
        view, shared, new = self._repeated.part(frame.name, frame.view)
        row = (frame.name, frame.position.steps, packed(msgspec.structs.replace(frame, view=view, shared=shared)))
        with self._faults_told():
            self._db.executemany("INSERT OR IGNORE INTO arrays(hash, body) VALUES(?, ?)", new.items())
            self._db.execute("INSERT INTO frames(view, steps, body) VALUES(?, ?, ?)", row)

    def add_measures(self, measured: MeasuredNow) -> None:
        """Appends numbers of the generator."""
        with self._faults_told():
            self._db.execute("INSERT INTO measures(body) VALUES(?)", (msgspec.msgpack.encode(measured),))

    def set_scene(self, scene: Started) -> None:
        """What a window has to know to show the run without building it."""
        with self._faults_told():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES('scene', ?)", (msgspec.json.encode(scene),))

    def set_points(self, points: KeptPoints) -> None:
        """The user's own points that the run is trained on, if that was not written before."""
        with self._faults_told():
            self._db.execute("INSERT OR IGNORE INTO meta VALUES('points', ?)", (msgspec.msgpack.encode(points),))

    def set_spec(self, spec: Spec) -> None:
        """What the run is made of, in the place of what was said: its data may lie elsewhere now."""
        with self._faults_told():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES('spec', ?)", (msgspec.json.encode(spec),))

    def set_data(self, data: KeptData) -> None:
        """What is known of images outside the file that the run is trained on, if that was not written before."""
        with self._faults_told():
            self._db.execute("INSERT OR IGNORE INTO meta VALUES('data', ?)", (msgspec.msgpack.encode(data),))

    def add_machine(self, machine: Machine) -> None:
        """A machine on which the run is computed, if it is not among those before."""
        with self._faults_told():
            row = self._db.execute("SELECT value FROM meta WHERE key = 'machines'").fetchone()
            try:
                known = msgspec.json.decode(row[0], type=list[Machine]) if row is not None else []
            except UNREADABLE:
                known = []
            if machine not in known:
                self._db.execute("INSERT OR REPLACE INTO meta VALUES('machines', ?)",
                                 (msgspec.json.encode([*known[-MOST_MACHINES:], machine]),))

    def inherit(self, parent: Path, steps: int) -> None:
        """Copies what was seen and measured of another run up to a step; a parent that is gone is no fault."""
        try:
            reader = RunReader(parent)
        except BadInput:
            return
        try:
            with self._faults_told():
                self._db.executemany("INSERT OR IGNORE INTO arrays(hash, body) VALUES(?, ?)", reader.raw_arrays())
                self._db.executemany(
                    "INSERT INTO frames(view, steps, body) VALUES(?, ?, ?)", reader.raw_frames(steps))
            for measured in reader.measured():
                if measured.steps <= steps:
                    self.add_measures(measured)
        except BadInput:
            pass  # what could be read of it is there
        finally:
            reader.close()

    def commit(self) -> None:
        """Makes everything so far durable; the first time, the file gets its name.

        Raises:
            DiskFull: There is no room; ``rollback`` and write what came since the last commit again, later.
            BadInput: The file cannot have its name.
        """
        with self._faults_told():
            self._db.execute("COMMIT")
        if self._part is not None:
            self._place()
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA synchronous=FULL")
        if not self._logging:
            self._log()
        self._db.execute("BEGIN")

    def _place(self) -> None:
        """Gives a whole file its name; BadInput if it cannot have it: then nothing is left of it."""
        assert self._part is not None
        self._db.close()
        try:
            self._check_free(self._path)
            self._part.place()
        except (OSError, BadInput) as fault:
            self._drop()
            if isinstance(fault, BadInput):
                raise
            raise BadInput(f"run file {short(self._path)} cannot be written: {fault.strerror or fault}") from None
        self._part = None

    def _log(self) -> None:
        """Lets readers read while it is written; if one reads just now, or there is no room, the next commit tries."""
        with contextlib.suppress(sqlite3.OperationalError):
            self._logging = self._db.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
            # Begins the log now: one that a reader has begun, SQLite would not delete as this connection closes.
            self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def rollback(self) -> None:
        """Forgets what came since the last commit."""
        self._repeated.forget()
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Commits and leaves one plain file."""
        with self._faults_told():
            self._db.execute("COMMIT")
            if self._part is not None:
                self._place()
            else:
                self._leave()
        self._lock.release()

    def _leave(self) -> None:
        """Carries the log into the file and closes it."""
        for _ in range(LEAVE_TRIES):
            try:
                self._db.execute("PRAGMA journal_mode=DELETE")
                break
            except sqlite3.OperationalError as fault:
                if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                time.sleep(LEAVE_S)  # another program is reading; the file is whole all the same
        self._db.close()
        self._sweep()

    def _sweep(self) -> None:
        """Deletes an empty log beside a file that has none any more.

        SQLite deletes the log before it unmarks the file. A reader that opens it between the two makes a new, empty
        log, which a read-only connection does not delete. Once the file is unmarked, no reader makes another.
        """
        with contextlib.suppress(OSError):  # it is a matter of order only
            if has_log(self._path):
                return
            log = self._path.with_name(f"{self._path.name}-wal")
            if not there(log) or log.stat().st_size == 0:
                log.unlink(missing_ok=True)
                self._path.with_name(f"{self._path.name}-shm").unlink(missing_ok=True)

    def abandon(self) -> None:
        """Closes without what came since the last commit; a file without any is deleted."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._drop()

    def _drop(self) -> None:
        self._db.close()
        if self._part is not None:
            self._part.drop()
        self._lock.release()

    @contextlib.contextmanager
    def _faults_told(self) -> Iterator[None]:
        """Turns faults of the disk into DiskFull if they pass by themselves, else into BadInput; lets others pass."""
        try:
            yield
        except sqlite3.OperationalError as fault:
            kind = fault.sqlite_errorcode & 0xFF
            if kind == sqlite3.SQLITE_FULL:
                raise DiskFull(line(fault)) from None
            if kind not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
                raise
            # SQLite keeps to itself what the system said. A log that cannot grow on a full disk is an I/O error too.
            place = self._path if self._part is None else self._part.path
            why = why_not_written(place, place.with_name(f"{place.name}-wal"))
            if why is not None and why.errno in FULL:
                raise DiskFull(said_of(why)) from None
            if not there(place):
                raise BadInput(f"run file {short(self._path)} cannot be written any more: it is gone, or its folder "
                               "is") from None
            said = said_of(why) if why is not None else f"the disk, or the way to it, has failed ({line(fault)})"
            kept = "what was committed before is in it" if self._part is None else "nothing of it is kept"
            raise BadInput(f"run file {short(self._path)} cannot be written any more: {said}; {kept}") from None
