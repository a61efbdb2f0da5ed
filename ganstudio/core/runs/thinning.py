"""Makes room in a folder of runs: which of them can go or can be thinner, and thins one without harm to what it says.

Runs that the user has marked are left as they are: those with a name, a tag or a pin, and those recorded under a name
that the user chose. So are runs that others branched off from, the one on screen, and those being written.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ganstudio.core.runs import library
from ganstudio.core.runs.format import LOCK_TAIL, SCHEMA, TAILS
from ganstudio.core.runs.library import Kept
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.shared_arrays import RepeatedArrays
from ganstudio.core.runs.tensor_packing import pack_tensors
from ganstudio.core.runs.view_frames import packed
from ganstudio.core.runs.write_lock import WriteLock
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.atomic_write import PartFile
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report

FEW_STEPS = 100  # a run of fewer is short
PACKED_SHARE = 0.17  # of tensors that were never packed: about what packing a trained state frees
WORTH = 50_000  # bytes: what frees less is not offered


@dataclass
class Survey:
    """What can be done for room in a folder."""

    short: list[Kept] = field(default_factory=list)  # can go
    thick: list[tuple[Kept, int]] = field(default_factory=list)  # can be thinner, by about so many bytes
    spared: int = 0  # runs that are left alone because of a name, a tag, a pin or a branch

    @property
    def of_short(self) -> int:
        """Bytes of the short runs."""
        return sum(kept.size for kept in self.short)

    @property
    def of_thick(self) -> int:
        """Bytes that thinning frees, about."""
        return sum(size for _, size in self.thick)


def survey(runs: Sequence[Kept], on_screen: Collection[Path] = ()) -> Survey:
    """Looks through the runs of a folder; none of them is changed.

    Args:
        runs: The runs.
        on_screen: Files that are left alone in any case.
    """
    found = Survey()
    parents = {kept.parent.file for kept in runs if kept.parent is not None}
    for at, kept in enumerate(runs):
        report("looking through the runs", at, len(runs))
        if kept.spec is None or kept.path in on_screen:
            continue
        if kept.title or kept.tags or not library.is_automatic(kept.path.stem) or kept.path.name in parents:
            found.spared += 1
            continue
        try:
            pinned, frees = _look(kept.path)
        except BadInput:  # it went meanwhile, or is damaged
            continue
        if pinned:
            found.spared += 1
        elif library.is_being_written(kept.path):
            continue
        elif kept.steps < FEW_STEPS:
            found.short.append(kept)
        elif frees >= WORTH:
            found.thick.append((kept, frees))
    return found


def _look(path: Path) -> tuple[bool, int]:
    """Whether a run has pins, and about how many bytes thinning would free."""
    reader = RunReader(path)
    try:
        if reader.pins():
            return True, 0
        sizes = dict(reader._all("SELECT id, coalesce(length(tensors), 0) FROM checkpoints"))
        gone = dispensable_moments(reader)
        left = sum(size for id_, size in sizes.items() if id_ not in gone)
        packing = 0.0 if reader.version == SCHEMA else PACKED_SHARE * left
        return False, round(sum(sizes[id_] for id_ in gone) + packing)
    finally:
        reader.close()


def dispensable_moments(reader: RunReader) -> list[int]:
    """Ids of checkpoints that can go: all but the first, the last and pinned ones, if training can be repeated.

    It cannot be on another kind of device, or on images outside the file, which may change.
    """
    if reader.spec().device != "cpu" or reader.data() is not None:
        return []
    pins = set(reader.pins())
    return [id_ for id_, position in reader.moments()[1:-1] if position.steps not in pins]


def thin(path: Path) -> int:
    """Makes a run's file smaller, and returns by how many bytes: the file is the old one or the new one, whole.

    Its checkpoints are packed, those in between go (``dispensable_moments``), and frames keep once what they repeat.
    Settings, log, terms, measures, frames, name and tags stay, and so does the time of the last change.

    Raises:
        BadInput: It is no run, is being written, or there is no room for the new file beside it.
        Cancelled: It is no longer wanted; the file is as it was.
    """
    RunReader(path).close()
    library.settle(path)
    try:
        with WriteLock(path):
            before = path.stat()
            if before.st_size > (free := shutil.disk_usage(path.parent).free):
                raise BadInput(f"{path.name} needs {before.st_size / 1e6:.1f} MB beside it while it is made thinner: "
                               f"the disk has {free / 1e6:.1f} MB free")
            if any(path.with_name(path.name + tail).exists() for tail in TAILS):
                raise BadInput(f"run {path.stem} is being written: end it first")
            with _part(path) as part:
                library.pour(path, part.path)
                _shrink(path, part.path)
                _check(path, part.path)
                freed = before.st_size - part.path.stat().st_size
                if freed <= 0:
                    return 0
                os.utime(part.path, ns=(before.st_atime_ns, before.st_mtime_ns))
                part.place()
                return freed
    except (sqlite3.Error, OSError) as fault:
        raise BadInput(f"{path.name} cannot be made thinner: {fault}") from None


@contextlib.contextmanager
def _part(path: Path) -> Iterator[PartFile]:
    """A file in the making beside a run; nothing is left of it if it is not placed."""
    part = PartFile(path)
    try:
        yield part
    finally:
        for tail in (*TAILS, LOCK_TAIL):
            part.path.with_name(part.path.name + tail).unlink(missing_ok=True)
        part.drop()


def _shrink(path: Path, copy: Path) -> None:
    """Makes a copy of a run smaller; the run itself is read."""
    RunWriter.reopened(copy).close()  # to the present format
    reader = RunReader(path)
    try:
        gone = set(dispensable_moments(reader))
        moments = reader.moments()
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as db:
            db.execute("PRAGMA trusted_schema=OFF")
            db.execute("BEGIN")
            for at, (id_, _) in enumerate(moments):
                report(f"thinning {path.name}", at, len(moments))
                if id_ in gone:
                    db.execute("DELETE FROM checkpoints WHERE id = ?", (id_,))
                elif reader.version < SCHEMA:
                    tensors = pack_tensors(reader.checkpoint(id_).tensors)
                    db.execute("UPDATE checkpoints SET tensors = ? WHERE id = ?", (tensors, id_))
            if reader.version < SCHEMA:
                _share_arrays(reader, db)
            db.execute("COMMIT")
            db.execute("VACUUM")
    finally:
        reader.close()


def _share_arrays(reader: RunReader, db: sqlite3.Connection) -> None:
    """Keeps once what the frames of a run repeat."""
    repeated = RepeatedArrays()
    for id_, name, _ in reader.frames():
        try:
            frame = reader.frame(id_)
        except BadInput:  # of a package that is not here, or damaged: it stays as it is
            continue
        view, shared, new = repeated.part(name, frame.view)
        db.executemany("INSERT OR IGNORE INTO arrays(hash, body) VALUES(?, ?)", new.items())
        if shared:
            body = packed(msgspec.structs.replace(frame, view=view, shared=shared))
            db.execute("UPDATE frames SET body = ? WHERE id = ?", (body, id_))


def _check(path: Path, copy: Path) -> None:
    """Raises BadInput if a thinner copy does not say what the run says."""
    old, new = RunReader(path), RunReader(copy)
    try:
        kept = dict(old.moments())
        same = (new.spec() == old.spec() and new.log() == old.log() and new.parent() == old.parent()
                and new.frames() == old.frames() and new.measured() == old.measured()
                and len(new._all("SELECT seq FROM scalars")) == len(old._all("SELECT seq FROM scalars")))
        for id_, position in new.moments():
            same = same and kept.get(id_) == position and new.checkpoint(id_) == old.checkpoint(id_)
        if old.version < SCHEMA:
            same = same and all(_bits(new, id_) == _bits(old, id_) for id_, _, _ in old.frames())
        if not same:
            raise BadInput(f"{path.name} cannot be made thinner: the new file would not say the same")
    finally:
        old.close()
        new.close()


def _bits(reader: RunReader, id_: int) -> bytes:
    """A frame's bits, for two NaNs are never equal; none if it cannot be read."""
    try:
        return msgspec.msgpack.encode(reader.frame(id_))
    except BadInput:
        return b""
