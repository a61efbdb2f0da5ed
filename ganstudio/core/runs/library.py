"""The runs of a folder, each in a line: read from the files themselves, so that there is no list to go wrong.

Kept files are also tagged, named and copied here. While one is being written, tags and a name go into the file by a
short transaction between those of its writer; its file keeps its own name, by which its writer knows it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Parent, Position, Spec
from ganstudio.core.protocol.views import ScalarBatch, View
from ganstudio.core.runs.format import LOCK_TAIL, SUFFIX, TABLES, TAILS, UNREADABLE, foreign, has_log
from ganstudio.core.runs.history import steps_in
from ganstudio.core.runs.hot_journal import opened
from ganstudio.core.runs.reader import RunReader, UnknownFrame
from ganstudio.core.runs.view_names import known_views
from ganstudio.core.runs.write_lock import BeingWritten, WriteLock
from ganstudio.core.system.atomic_write import PartFile, sweep, sync_folder
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.printable import is_printable
from ganstudio.core.system.progress import report

MAX_TAGS = 20  # of one run
MAX_TAG = 40  # letters
MAX_TITLE = 120  # letters
_MAX_TAGS_VALUE = 1 << 14  # letters of JSON; what is longer is not ours
_MAX_TITLE_VALUE = 1 << 10  # letters of JSON
_MAX_MEASURED = 1 << 16  # bytes; what is longer is not ours either
MAX_THUMBNAIL = 1 << 24  # bytes of the view that a small picture is drawn from, unpacked
_MAX_TERMS = 1 << 24  # bytes of half a second; what is longer is not ours either
_MAX_NAME = 200  # bytes; file systems take 255, a number and a suffix come after it
_PAGES = 4096  # copied between two reports: 16 MB
_ROWS = 256  # compared between two reports
_PATIENCE_S = 0.2  # for a lock: a run that is being written holds it for hours
_PATIENCE_LIVE_MS = 3000  # for a transaction of such a run
# As the studio names runs that it records by itself (ui/state/next_run.py).
AUTOMATIC_NAME = re.compile(
    r"\d{4}-(?P<month>0[1-9]|1[0-2])-(?P<day>\d\d) (?P<clock>\d\d\.\d\d\.\d\d) (?P<what>.+) \d+-\d+", re.ASCII)
# Windows keeps these names for devices, whatever ending they have.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³")}
_CACHE: dict[Path, tuple[tuple[int, int, int], Kept]] = {}  # by times of change in ns and size in bytes


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A run file, and what it says of itself."""

    path: Path
    changed: float  # seconds since 1970
    size: int  # bytes
    spec: Spec | None = None
    steps: int = 0  # that it was recorded for
    parent: Parent | None = None
    tags: tuple[str, ...] = ()
    title: str = ""  # a name that lies in the file: it was given while the run was being written or shown
    measured: MeasuredNow | None = None  # the last time
    fault: str = ""  # why it cannot be read

    @property
    def name(self) -> str:
        """What the run is called."""
        return self.title or self.path.stem


class AlreadyThere(BadInput):
    """A run was not taken in: another of the folder holds the same."""

    def __init__(self, sentence: str, path: Path) -> None:
        super().__init__(sentence)
        self.path = path  # of the other


# The list -------------------------------------------------------------------------------------------------------


def runs(folder: Path) -> list[Kept]:
    """The run files of a folder, the last one first; those that cannot be read say why."""
    return sorted(_found(folder), key=lambda kept: kept.changed, reverse=True)


def newest(folder: Path, count: int, without: str = "") -> list[Kept]:
    """The run files of a folder that changed last and can be read, but for ``without``; the others are not read."""
    dated = []
    try:
        for path in folder.iterdir():
            if path.suffix == SUFFIX and str(path) != without:
                with contextlib.suppress(OSError):  # it went meanwhile
                    stat = path.stat()
                    dated.append((stat.st_mtime, path, stat.st_size))
    except OSError:
        return []
    found: list[Kept] = []
    for changed, path, size in sorted(dated, reverse=True):
        kept = _read(Kept(path=path, changed=changed, size=size))
        if kept.spec is not None:
            found.append(kept)
        if len(found) == count:
            break
    return found


def _found(folder: Path) -> Iterator[Kept]:
    try:
        names = {path.name for path in folder.iterdir()}
    except OSError:
        return
    for gone in [path for path in _CACHE if path.parent == folder and path.name not in names]:
        del _CACHE[gone]
    for path in (folder / name for name in names if name.endswith(SUFFIX)):
        try:
            stat = path.stat()
        except OSError:
            continue  # it went meanwhile
        stamp = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)
        known = _CACHE.get(path)
        if known is None or known[0] != stamp or f"{path.name}-wal" in names:  # beside a log, the file stays as it was
            known = (stamp, _read(Kept(path=path, changed=stat.st_mtime, size=stat.st_size)))
            _CACHE[path] = known
        yield known[1]


def _read(kept: Kept) -> Kept:
    try:
        reader = RunReader(kept.path)
        try:
            return msgspec.structs.replace(
                kept, spec=reader.spec(), parent=reader.parent(), steps=_steps(reader), tags=tags_of(reader),
                title=title_of(reader), measured=_measured(reader))
        finally:
            reader.close()
    except BadInput as fault:
        return msgspec.structs.replace(kept, fault=str(fault))


def _steps(reader: RunReader) -> int:
    """How far a run came: a program that was killed left terms of later steps than its last checkpoint's."""
    moments = reader.moments()
    at = moments[-1][1].steps if moments else 0
    try:
        rows = reader._rows(f"SELECT chunk FROM scalars WHERE length(chunk) <= {_MAX_TERMS} ORDER BY seq DESC LIMIT 2")
        return max(at, steps_in(msgspec.msgpack.decode(row, type=ScalarBatch) for row in rows))  # one of each player
    except (*UNREADABLE, ValueError, BadInput):  # damaged terms are reported when they are read
        return at


def newest_view(path: Path) -> View | None:
    """What a small picture of a run is drawn from; None if its file holds nothing of the kind.

    It is asked for when the run's row is painted, never while the list is read: a view takes a hundred times longer.
    """
    known = sorted(known_views())
    query = (f"SELECT MAX(id), length(body) FROM frames WHERE view IN ({', '.join('?' * len(known))}) GROUP BY view "
             "ORDER BY MAX(id) DESC")
    try:
        reader = RunReader(path)
        try:
            rows = reader._all(query, *known)
            for id_ in [id_ for id_, size in rows if isinstance(size, int) and size <= MAX_THUMBNAIL]:
                with contextlib.suppress(UnknownFrame):  # of a package that is not here
                    if (view := reader.frame(id_, MAX_THUMBNAIL).view).thumbnail:
                        return view
        finally:
            reader.close()
        return None
    except BadInput:  # older files have no table of frames
        return None


def _measured(reader: RunReader) -> MeasuredNow | None:
    """The last numbers; none if the file holds something that we do not write."""
    try:
        rows = reader._rows(f"SELECT body FROM measures WHERE length(body) <= {_MAX_MEASURED} ORDER BY id DESC LIMIT 1")
        return msgspec.msgpack.decode(rows[0], type=MeasuredNow) if rows else None
    except (*UNREADABLE, BadInput):  # older files have no table of measures
        return None


# Tags and names --------------------------------------------------------------------------------------------------


def tags(line: str) -> tuple[str, ...]:
    """The tags of a line of text, which commas part; each once, in their order.

    Raises:
        BadInput: There are too many, or one is too long or holds what cannot be printed.
    """
    found: dict[str, str] = {}
    for word in (part.strip() for part in line.split(",")):
        if len(word) > MAX_TAG:
            raise BadInput(f"tag '{word[:MAX_TAG]}...' has {len(word)} letters: at most {MAX_TAG} are allowed")
        if not is_printable(word):
            raise BadInput(f"tag {word!a} holds a control character: letters, digits, signs and spaces are allowed")
        if word:
            found.setdefault(word.casefold(), word)
    if len(found) > MAX_TAGS:
        raise BadInput(f"{len(found)} tags are too many: a run has at most {MAX_TAGS}")
    return tuple(found.values())


def set_tags(path: Path, words: Iterable[str]) -> tuple[str, ...]:
    """Writes a run's tags into its file, in the place of those it had; the time of its last change stays.

    Raises:
        BadInput: A tag cannot be, the file is no run, or it cannot be written.
    """
    wanted = tags(",".join(words))
    _write_words(path, "tags", msgspec.json.encode(wanted) if wanted else None)
    return wanted


def set_title(path: Path, name: str) -> str:
    """Writes a name for a run into its file, whose own name stays; an empty one takes the name away.

    Raises:
        BadInput: The name could not be a file's, the file is no run, or it cannot be written.
    """
    wanted = _bare_name(name) if name.strip() else ""
    if len(wanted) > MAX_TITLE:
        raise BadInput(f"the name '{wanted[:MAX_TAG]}...' has {len(wanted)} letters: at most {MAX_TITLE} are allowed")
    _write_words(path, "title", msgspec.json.encode(wanted) if wanted else None)
    return wanted


def _write_words(path: Path, key: str, value: bytes | None) -> None:
    """Writes what the user says of a run, or takes it away; also into a file that is being written."""
    RunReader(path).close()
    try:
        lock: contextlib.AbstractContextManager[object] = WriteLock(path)
        live = False
    except BeingWritten:
        lock, live = contextlib.nullcontext(), True
    try:
        with lock:
            if not live:
                _settle(path)
            stat = path.stat()
            with contextlib.closing(_writable(path)) as db:
                if live:  # its writer commits twice a second, and holds the file no longer than that takes
                    db.execute(f"PRAGMA busy_timeout={_PATIENCE_LIVE_MS}")
                db.execute("BEGIN IMMEDIATE")
                db.execute("DELETE FROM meta WHERE key = ?", (key,))
                if value is not None:
                    db.execute("INSERT INTO meta(key, value) VALUES(?, ?)", (key, value))
                db.execute("COMMIT")
            if not live:
                os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    except (sqlite3.Error, OSError) as fault:
        raise BadInput(f"the {key} of {path.name} cannot be written: {fault}") from None
    finally:
        _CACHE.pop(path, None)


def is_being_written(path: Path) -> bool:
    """Whether a program holds the right to write a run."""
    try:
        WriteLock(path).release()
    except BadInput:
        return True
    return False


def is_automatic(name: str) -> bool:
    """Whether the studio named a run's file, and nobody else."""
    return AUTOMATIC_NAME.fullmatch(name) is not None


def title_of(reader: RunReader) -> str:
    """The name that lies in a run's file; empty if there is none, or the file holds something that we do not write."""
    rows = reader._rows(f"SELECT value FROM meta WHERE key = 'title' AND length(value) <= {_MAX_TITLE_VALUE}")
    try:
        name = msgspec.json.decode(rows[0], type=str) if rows else ""
        return name if name and len(name) <= MAX_TITLE and _bare_name(name) == name else ""
    except (*UNREADABLE, BadInput):
        return ""


def tags_of(reader: RunReader) -> tuple[str, ...]:
    """The tags of a run; none if the file holds something that we do not write."""
    rows = reader._rows(f"SELECT value FROM meta WHERE key = 'tags' AND length(value) <= {_MAX_TAGS_VALUE}")
    try:
        words = msgspec.json.decode(rows[0], type=list[str]) if rows else []
        return tags(",".join(words))
    except (*UNREADABLE, BadInput):
        return ()




# What is done to a file -----------------------------------------------------------------------------------------


def settle(path: Path) -> None:
    """Makes one plain file of a run whose program died, so that nothing is left behind when it is moved.

    Raises:
        BadInput: It is being written, here or by another program, or its folder cannot be written to.
    """
    try:
        if has_log(path) or any(_beside(path)):
            with _right_to_write(path):
                _settle(path)
    except OSError as fault:
        raise BadInput(f"run {path.stem} cannot be written: {fault}") from None


@contextlib.contextmanager
def _right_to_write(path: Path) -> Iterator[None]:
    """Nobody else writes the run meanwhile; what a dead writer's lock has left goes with ours."""
    try:
        lock = WriteLock(path)
    except BeingWritten:
        raise BadInput(f"run {path.stem} is being written: end it first") from None
    with lock:
        yield


def _settle(path: Path) -> None:
    """``settle``, by who has the right to write the run."""
    try:
        RunReader(path).close()
        with contextlib.closing(_writable(path)) as db:
            mode = db.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        if mode != "delete":
            raise BadInput(f"run {path.stem} is being written: end it first")
        for left in _beside(path, TAILS):  # a journal that was not begun, or was done with: SQLite leaves it lying
            left.unlink(missing_ok=True)
    except sqlite3.OperationalError as fault:
        if fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BadInput(f"run {path.stem} is being written: end it first") from None
        raise BadInput(f"run {path.stem} was cut off and cannot be repaired: {fault}") from None
    except (sqlite3.Error, OSError) as fault:
        raise BadInput(f"run {path.stem} cannot be written: {fault}") from None


def _beside(path: Path, tails: tuple[str, ...] = (*TAILS, LOCK_TAIL)) -> Iterator[Path]:
    """What lies beside a file that is being written, or was when its writer died."""
    return (there for there in (path.with_name(path.name + tail) for tail in tails) if there.exists())


def _readable(path: Path) -> sqlite3.Connection:
    db = opened(path)
    db.isolation_level = None
    db.execute("PRAGMA trusted_schema=OFF")
    return db


def _writable(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=_PATIENCE_S)
    db.execute("PRAGMA trusted_schema=OFF")
    db.execute("PRAGMA synchronous=EXTRA")  # else a power cut can bring a journal back, and take back what was done
    return db


def _bare_name(name: str) -> str:
    """A name as a run's file can have it, without the ending; BadInput if none can."""
    bare = name.removesuffix(SUFFIX).strip()
    if not bare or bare.startswith(".") or any(letter in '/\\:*?"<>|' or not is_printable(letter) for letter in bare):
        raise BadInput(f"'{name}' cannot name a run: allowed is all but / \\ : * ? \" < > | and a dot at the start")
    if bare.partition(".")[0].strip().casefold() in _DEVICES:
        raise BadInput(f"'{bare}' cannot name a run: con, prn, aux, nul, com1 to com9 and lpt1 to lpt9 are devices "
                       "on Windows, which could not open the file")
    return bare


def renamed(path: Path, name: str) -> Path:
    """Gives a run's file another name in its folder, in the place of a name that lies in the file.

    Raises:
        BadInput: The name is empty, holds a folder, is a device's on Windows, another run has it, or the run is being
            written.
    """
    bare = _bare_name(name)
    target = path.with_name(bare + SUFFIX)
    if target == path:
        _forget_title(path)
        return path
    try:
        with _right_to_write(path):
            if whole(path):
                _settle(path)
            if target.exists():
                raise BadInput(f"another run is named '{bare}' already: choose another name")
            if (left := foreign(target)) is not None:
                raise BadInput(f"the run cannot be named '{bare}': {left.name} lies there, of a run that had this name")
            beside = [*_beside(path, TAILS)]  # of a file that is no whole run
            path.rename(target)
            for left in beside:
                left.rename(target.with_name(target.name + left.name.removeprefix(path.name)))
            sync_folder(target.parent)
    except OSError as fault:
        raise BadInput(f"the run cannot be named '{bare}': {fault.strerror}") from None
    _forget_title(target)
    return target


def _forget_title(path: Path) -> None:
    """Takes a name out of a run's file; one that cannot be read has none."""
    try:
        reader = RunReader(path)
    except BadInput:
        return
    try:
        named = title_of(reader)
    finally:
        reader.close()
    if named:
        set_title(path, "")


def whole(path: Path) -> bool:
    """Whether a file can be read as a run."""
    try:
        RunReader(path).close()
    except BadInput:
        return False
    return True


def duplicated(path: Path) -> Path:
    """Copies a run beside itself, and returns the copy's path.

    Raises:
        BadInput: It is no run, is being written, or there is no room for the copy.
        Cancelled: The copy is no longer wanted; nothing is left of it.
    """
    RunReader(path).close()
    settle(path)
    return _copied(path, path.parent, f"{path.stem} copy")


def imported(path: Path, folder: Path) -> Path:
    """Copies a run from elsewhere into a folder, and returns the copy's path; a name that is taken gets a number.

    Raises:
        AlreadyThere: It lies in that folder, or a run there holds the same but for its tags.
        BadInput: It is no run, or there is no room for it.
        Cancelled: The copy is no longer wanted; nothing is left of it.
    """
    if path.parent.resolve() == folder.resolve():
        raise AlreadyThere(f"{path.name} is among the runs already", folder / path.name)
    reader = RunReader(path)
    try:
        spec, moments = reader.spec(), reader.moments()
    finally:
        reader.close()
    for other in runs(folder):
        if other.spec == spec and _alike(path, other.path, moments):
            raise AlreadyThere(f"{path.name} is among the runs already, as {other.path.stem}", other.path)
    return _copied(path, folder, path.name.removesuffix(SUFFIX))


def _alike(path: Path, other: Path, moments: list[tuple[int, Position]]) -> bool:
    """Whether two runs hold the same in every table, name and tags aside; ``moments`` are those of the first."""
    try:
        reader = RunReader(other)
        try:
            if reader.moments() != moments:  # a quick test before the tables, which take long
                return False
        finally:
            reader.close()
        with contextlib.closing(_readable(path)) as one, contextlib.closing(_readable(other)) as two:
            formats = {int(db.execute("PRAGMA user_version").fetchone()[0]) for db in (one, two)}
            return len(formats) == 1 and all(
                _same_rows(one, two, table, columns) for table, columns in TABLES[formats.pop()].items())
    except (sqlite3.Error, BadInput):  # what cannot be compared is another
        return False


def _same_rows(one: sqlite3.Connection, two: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> bool:
    """Whether a table holds the same in two files."""
    which = " WHERE key NOT IN ('tags', 'title')" if table == "meta" else ""
    query = f"SELECT {', '.join(columns)} FROM {table}{which} ORDER BY {columns[0]}"
    for at, (row, twin) in enumerate(itertools.zip_longest(one.execute(query), two.execute(query))):
        if row != twin:
            return False
        if at % _ROWS == 0:
            report("comparing with the runs that are here", at, 0)
    return True


def _copied(path: Path, folder: Path, name: str) -> Path:
    """Copies what a run holds at one moment under a name of its own: the file appears when it is whole."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder, SUFFIX)
        stat = path.stat()
        if stat.st_size > (free := shutil.disk_usage(folder).free):
            raise BadInput(f"{path.name} needs {stat.st_size / 1e6:.1f} MB: the disk has {free / 1e6:.1f} MB free")
        part = PartFile(_free(folder, name))
        try:
            pour(path, part.path)
            os.utime(part.path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            part.target = _free(folder, name)  # the one before may be taken by now
            part.place()
        finally:
            for left in _beside(part.path, TAILS):
                left.unlink(missing_ok=True)
            part.drop()
        return part.target
    except (sqlite3.Error, OSError) as fault:
        raise BadInput(f"{path.name} cannot be copied: {fault}") from None


def pour(path: Path, target: Path) -> None:
    """SQLite's own copy: it holds what a log beside the file has too, and no page of a later moment."""
    with (
        contextlib.closing(_readable(path)) as old,
        contextlib.closing(sqlite3.connect(target, isolation_level=None)) as new,
    ):
        new.execute("PRAGMA trusted_schema=OFF")
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on it does not change for us
        old.backup(new, pages=_PAGES, progress=lambda _, left, pages: report(
            f"copying {path.name}", pages - left, pages))
        new.execute("PRAGMA journal_mode=DELETE")


def free_name(path: Path) -> Path:
    """A path like this one that does not exist yet: the name gets a number if needed."""
    return path if not path.exists() and foreign(path) is None else _free(path.parent, path.stem)


def _free(folder: Path, name: str) -> Path:
    bare = "".join(letter if is_printable(letter) else " " for letter in name).strip(" .") or "run"
    bare = bare.encode(errors="replace")[:_MAX_NAME].decode(errors="ignore")
    taken = (folder / f"{bare}{f' {number}' if number > 1 else ''}{SUFFIX}" for number in range(1, 1_000_000))
    return next(path for path in taken if not path.exists() and foreign(path) is None)
