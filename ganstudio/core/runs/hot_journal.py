"""Opens a run file for reading, also one whose writer died while it closed or tagged it.

Such a file has a rollback journal beside it ("hot", as SQLite calls it): what it holds is whole once that is rolled
back, and a read-only connection may not do so. It is tried on a copy first: a journal that was left by another file
of the same name would ruin this one, and one from a stranger may name another file that SQLite would delete.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from ganstudio.core.protocol.spec import Spec, as_recorded
from ganstudio.core.runs.format import APPLICATION_ID, MAX_BLOB, UNREADABLE, has_log, short, there
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.paths import said_of, why_no_file
from ganstudio.core.system.resources import cache_folder

JOURNAL, LOG = "-journal", "-wal"
SPEC = "SELECT value FROM meta WHERE key = 'spec'"
PATIENCE_S = 0.5  # for another program that rolls it back just now
MAGIC = bytes.fromhex("d9d505f920a163d7")  # of a journal, and of the name of a super-journal at its end


def opened(path: Path) -> sqlite3.Connection:
    """A read-only connection to a file, brought to its last whole state.

    Where the journal cannot be rolled back, as in a folder that cannot be written to, the connection is to a copy in
    the cache.

    Raises:
        BadInput: The journal beside the file is not its own.
        sqlite3.Error: It cannot be opened.
    """
    path = path.resolve()  # the journal lies beside the file itself, not beside a link to it
    for tail in (JOURNAL, LOG):
        _check_beside(path, path.with_name(path.name + tail))
    _check_log(path)
    try:
        db = _whole(path)
    except sqlite3.DatabaseError:
        if _filled(path.with_name(path.name + LOG)) and _spec_without_log(path) is not None:
            raise _not_its_own(path, LOG) from None
        raise
    if db is not None:
        try:
            _check_pages(path, db)
        except BaseException:
            db.close()
            raise
        return db
    fault: BadInput | None = None
    try:
        copy = _recovered_copy(path)
    except BadInput as why:
        fault = why
    if fault is not None:  # another program may have rolled it back meanwhile
        time.sleep(PATIENCE_S)
        if (db := _whole(path)) is not None:
            return db
        raise fault
    with contextlib.suppress(sqlite3.Error, BadInput):
        _check_journal(path, path.with_name(path.name + JOURNAL))
        with contextlib.closing(_connection(path, "rw")) as writable:
            writable.execute("PRAGMA schema_version").fetchone()
    if (db := _whole(path)) is not None:
        copy.unlink(missing_ok=True)
        return db
    return _connection(copy, "ro")


def _connection(path: Path, mode: str) -> sqlite3.Connection:
    """A connection that runs nothing of what the file holds."""
    db = sqlite3.connect(_uri(path, mode), uri=True, timeout=PATIENCE_S)
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BLOB)
    return db


def _uri(path: Path, mode: str) -> str:
    return f"{path.as_uri()}?{'immutable=1' if mode == 'as it is' else f'mode={mode}'}"


def _whole(path: Path) -> sqlite3.Connection | None:
    """A read-only connection, or None if there is something to roll back first."""
    db = _connection(path, "ro")
    try:
        db.execute("PRAGMA schema_version").fetchone()  # reads the file's first page
    except sqlite3.Error as fault:
        db.close()
        if getattr(fault, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_ROLLBACK:
            return None
        raise
    return db


def _check_log(path: Path) -> None:
    """Raises BadInput if a log lies beside a file that has none: SQLite would take its pages for the file's own.

    A file is marked before its log is made, and a log is deleted before the mark (SQLite 3.40, checked).
    """
    log = path.with_name(path.name + LOG)
    if _filled(log) and not has_log(path) and _filled(log):  # looked at again: its writer may be closing it
        raise _not_its_own(path, LOG)


def _filled(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _check_journal(path: Path, journal: Path) -> None:
    """Raises BadInput if a journal names a super-journal: SQLite would open that file, and may delete it.

    The studio writes one file at a time, and such journals are of several. The name is at the journal's end, before
    eight bytes that mark it (SQLite's file format, section 3).
    """
    try:
        with journal.open("rb") as file:
            file.seek(max(file.seek(0, 2) - len(MAGIC), 0))
            named = file.read() == MAGIC and file.tell() > len(MAGIC)
    except FileNotFoundError:
        return
    if named:
        raise _not_its_own(path)


def _not_its_own(path: Path, tail: str = JOURNAL) -> BadInput:
    return BadInput(f"beside run file {short(path)} is {path.name}{tail}, the journal of another file: move it "
                    "elsewhere, and the run can be read")


def _check_beside(path: Path, beside: Path) -> None:
    """Raises BadInput if what has the name of a journal or a log cannot be one, or may not be read."""
    if not beside.is_symlink() and not there(beside):
        return
    if (why := why_no_file(beside)) not in ("", "is not there"):  # its writer may have ended just now
        raise BadInput(f"beside run file {short(path)} is {beside.name}, which {why}: move it elsewhere, and the "
                       "run can be read")
    try:
        beside.open("rb").close()
    except FileNotFoundError:
        pass
    except OSError as fault:
        raise BadInput(f"run file {short(path)} cannot be read: {beside.name} beside it belongs to it, and cannot be "
                       f"opened: {said_of(fault)}") from None


def _spec_without_log(path: Path) -> object:
    """The spec as the file alone has it; None if it has none: then a log, or a journal, holds it."""
    try:
        with contextlib.closing(_connection(path, "as it is")) as alone:
            alone.execute("PRAGMA trusted_schema=OFF")
            return alone.execute(SPEC).fetchone()
    except sqlite3.Error:
        return None


def _check_pages(path: Path, db: sqlite3.Connection) -> None:
    """Raises BadInput if the log beside a file is another's: SQLite takes any that is whole, with another run's pages.

    A run's spec, which is in the file before it has a log, never changes but for where its data lies.
    """
    log = path.with_name(path.name + LOG)
    if not _filled(log) or (alone := _spec_without_log(path)) is None:
        return
    try:
        together = db.execute(SPEC).fetchone()
    except sqlite3.DatabaseError:
        raise _not_its_own(path, LOG) from None
    if not _same_run(together, alone) and _filled(log):  # looked at again: its writer may have ended in between
        raise _not_its_own(path, LOG)


def _same_run(one: Any, other: Any) -> bool:
    """Whether two rows hold the spec of one run: its data may have been moved, and its format be brought up to date."""
    if one == other:
        return True
    try:
        specs = [as_recorded(msgspec.json.decode(row[0], type=Spec)) for row in (one, other)]
    except UNREADABLE:
        return False
    first, second = (msgspec.structs.replace(spec, data_controls={
        name: value for name, value in spec.data_controls.items() if not isinstance(value, str)}) for spec in specs)
    return first == second


def _recovered_copy(path: Path) -> Path:
    """A copy in the cache with the journal rolled back; BadInput if it does not come out as the same run."""
    folder = cache_folder() / "recovered"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder) as place:
            trial = Path(place) / "run"
            shutil.copyfile(path.with_name(path.name + JOURNAL), trial.with_name(trial.name + JOURNAL))
            _check_journal(path, trial.with_name(trial.name + JOURNAL))
            shutil.copyfile(path, trial)
            if not _comes_out_whole(path, trial):
                raise _not_its_own(path)
            kept = folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}{path.suffix}"
            return trial.replace(kept)
    except OSError as fault:
        raise BadInput(f"run file {short(path)} was cut off and cannot be copied to be repaired: "
                       f"{fault.strerror or fault}") from None


def _comes_out_whole(path: Path, trial: Path) -> bool:
    """Whether the journal, rolled back into a copy, gives the same run: its own spec in a sound file."""
    spec = _spec_without_log(path)  # None: half of the file is written, and only the journal knows what it was
    try:
        with contextlib.closing(_connection(trial, "rw")) as after:
            after.execute("PRAGMA trusted_schema=OFF")
            sound = after.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            ours = after.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
            return sound and ours and (spec is None or _same_run(spec, after.execute(SPEC).fetchone()))
    except sqlite3.Error:
        return False
