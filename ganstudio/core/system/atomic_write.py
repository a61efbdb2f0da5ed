"""Files and folders that are written whole or not at all: first under a name of their own, then moved into place.

A file's bytes are on the disk before it has its name, so that a power cut leaves it whole or not there as well.

That name is hidden and names its file: ``.film.mp4.1f00ba44.ganstudio.part``. It is locked for as long as it is
written: so the next writer of the same file can tell what a killed program has left from what another one is writing.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

if sys.platform != "win32":
    import fcntl

from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.shutdown_signals import defer_signals

MARK = ".ganstudio.part"
LONGEST = 160  # bytes of the file's own name; file systems take 255 in all


class PartFile:
    """A file in the making, until ``place`` or ``drop``."""

    def __init__(self, target: Path) -> None:
        """Makes it, empty, and takes away what killed programs have left of the same target.

        Raises:
            BadInput: No file can have the target's name.
            OSError: It cannot be made.
        """
        self.target = target  # the file that it becomes
        try:
            with contextlib.suppress(FileNotFoundError):
                target.lstat()  # a name that is too long is reported now, not when all is written
            _sweep(target)
            self.path, self._held = _made(target)  # the path to write to; and a descriptor, for the lock
        except ValueError as fault:  # a NUL, or half of a character
            raise BadInput(f"{str(target)!r} cannot be written: {fault}") from None

    def place(self) -> None:
        """Puts it in its target's place, for good: its bytes, and then its name, are on the disk. OSError if it cannot.
        """
        _sync(self.path)
        if sys.platform == "win32":
            self._let_go()  # what is open cannot be moved there
        self.path.replace(self.target)
        self._let_go()
        sync_folder(self.target.parent)

    def drop(self) -> None:
        """Deletes it, if it was not placed; raises nothing."""
        if sys.platform == "win32":
            self._let_go()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
        self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, -1
        if held >= 0:
            os.close(held)


@contextlib.contextmanager
def atomic_write(*paths: Path) -> Iterator[list[Path]]:
    """Fresh files beside those that are wanted, to write to; at the end they take their places, all or none.

    Raises:
        BadInput: One cannot be written; what was there before is unchanged.
    """
    parts: list[PartFile] = []
    try:
        for path in paths:
            parts.append(PartFile(path))
        yield [part.path for part in parts]
        with defer_signals():
            _put_in_place(parts)
    except OSError as fault:
        raise BadInput(f"{' and '.join(map(str, paths))} cannot be written: {fault.strerror or fault}") from None
    finally:
        for part in parts:
            part.drop()


def _put_in_place(parts: Sequence[PartFile]) -> None:
    """The last file settles it: until it is there, those before it can be taken back."""
    before: list[tuple[Path, PartFile | None]] = []
    try:
        for part in parts[:-1]:
            before.append((part.target, _copied(part.target) if part.target.exists() else None))
            part.place()
        parts[-1].place()
    except OSError:
        for target, kept in reversed(before):
            if kept is None:
                target.unlink(missing_ok=True)
            else:
                kept.place()
        raise
    finally:
        for _, kept in before:
            if kept is not None:
                kept.drop()


def _copied(target: Path) -> PartFile:
    part = PartFile(target)
    try:
        shutil.copy2(target, part.path)
    except BaseException:
        part.drop()
        raise
    return part


@contextlib.contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """A fresh folder beside the one that is wanted, to write into; at the end it takes its place.

    Args:
        target: A folder that is not there yet, or is empty.

    Raises:
        BadInput: It cannot be written; what was there before is unchanged.
    """
    place = target.resolve()
    try:
        _sweep_folders(place)
        path, held = _made(place, folder=True)
        try:
            yield path
            with defer_signals():
                if place.is_dir():
                    place.rmdir()
                path.replace(place)
                sync_folder(place.parent)
        finally:
            shutil.rmtree(path, ignore_errors=True)  # if it was not placed
            if held >= 0:
                os.close(held)
    except OSError as fault:
        raise BadInput(f"{target} cannot be written: {fault.strerror or fault}") from None
    except ValueError as fault:  # a NUL, or half of a character
        if isinstance(fault, BadInput):
            raise
        raise BadInput(f"{str(target)!r} cannot be written: {fault}") from None


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder survive a power cut, if the file system lets a program ask for that."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(held)
        finally:
            os.close(held)


def _sync(path: Path) -> None:
    """Makes the bytes of a file survive a power cut."""
    held = os.open(path, os.O_RDWR)
    try:
        os.fsync(held)
    finally:
        os.close(held)


# Whose a file is ------------------------------------------------------------------------------------------------------


def _stem(target: Path) -> str:
    name = target.name
    while len(os.fsencode(name)) > LONGEST:
        name = name[:-1]
    return f".{name}."


def _made(target: Path, *, folder: bool = False) -> tuple[Path, int]:
    """A new file or folder, and a descriptor that holds its lock; -1 if folders have none."""
    while True:
        path = target.with_name(f"{_stem(target)}{secrets.token_hex(4)}{MARK}")
        if folder:
            path.mkdir()
            if sys.platform == "win32":
                return path, -1
            held = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        else:
            held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        if _lock(held) is not False and _still(held, path):
            return path, held
        os.close(held)  # another program deleted it in between


def sweep(folder: Path, ending: str) -> None:
    """Deletes what killed programs have left of files with a certain ending, whatever their names, in a folder.

    With a part file goes what SQLite keeps beside it.
    """
    ours = re.compile(rf"\..*{re.escape(ending)}\.[0-9a-f]{{8}}{re.escape(MARK)}")
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for path in [Path(entry.path) for entry in entries if ours.fullmatch(entry.name)
                     and entry.is_file(follow_symlinks=False)]:
            _take_away(path, beside=("-journal", "-wal", "-shm"))


def _sweep(target: Path) -> None:
    """Deletes part files left by killed programs (their lock is free). Without file locks, deletes nothing."""
    for path in _left(target, folders=False):
        _take_away(path)


def _sweep_folders(target: Path) -> None:
    """Deletes part folders in the same way. If folders cannot be locked, they stay."""
    if sys.platform == "win32":
        return
    for path in _left(target, folders=True):
        with contextlib.suppress(OSError):
            held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if _lock(held) and _still(held, path):
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(held)


def _left(target: Path, *, folders: bool) -> list[Path]:
    """The part files or folders of a target."""
    ours = re.compile(re.escape(_stem(target)) + "[0-9a-f]{8}" + re.escape(MARK))
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        return [Path(entry.path) for entry in entries if ours.fullmatch(entry.name) and (
            entry.is_dir(follow_symlinks=False) if folders else entry.is_file(follow_symlinks=False))]
    return []


def _take_away(path: Path, beside: Sequence[str] = ()) -> None:
    """Deletes a part file that nobody writes any more, and first the files beside it with these endings."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            path.unlink()  # the system refuses if a program has it open
            for ending in beside:
                path.with_name(path.name + ending).unlink(missing_ok=True)
            return
        held = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if _lock(held) and _still(held, path):
                for ending in beside:
                    path.with_name(path.name + ending).unlink(missing_ok=True)
                path.unlink()
        finally:
            os.close(held)


def _lock(held: int) -> bool | None:
    """Whether the lock is ours now; None if the file system has none."""
    if sys.platform == "win32":
        return None  # an open file is lock enough
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _still(held: int, path: Path) -> bool:
    """Whether the open file has that name."""
    if sys.platform == "win32":
        return True
    try:
        return os.path.samestat(os.fstat(held), path.lstat())
    except OSError:
        return False
