"""What a window notes while it is open, and what is left of one that crashed or hung.

Three files in the user's own folder, named after the start and the process: facts in JSON, the stacks that Python's
``faulthandler`` writes when the process dies of a signal or does not answer, and a lock. A window that is closed takes
them away; the lock of one that died is free, and what it left is offered as a report. Nothing is ever sent.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import time
from pathlib import Path
from typing import IO, NamedTuple

import filelock

from ganstudio.core.system.resources import settings_folder

FACTS, STACKS, LOCK = ".facts.json", ".stacks.txt", ".lock"
MOST = 200_000  # bytes of stacks that are read
OLD_S = 30 * 86_400  # what is older is taken away unread


class Left(NamedTuple):
    """What a window left that was not closed."""

    facts: dict[str, object]
    stacks: str  # empty: it did not write any, as when it was killed
    paths: tuple[Path, ...]

    def forget(self) -> None:
        """Takes the files away."""
        for path in self.paths:
            with contextlib.suppress(OSError):
                path.unlink()


def records_folder() -> Path:
    """Where windows note what they do."""
    return settings_folder() / "reports"


class LifeRecord:
    """The notes of this window. A folder that cannot be written costs the report, not the window."""

    def __init__(self, folder: Path) -> None:
        """Begins; see ``watch``."""
        stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
        self._paths = tuple(folder / f"{stem}{ending}" for ending in (FACTS, STACKS, LOCK))
        self._facts: dict[str, object] = {}
        self._stacks: IO[str] | None = None
        self._watches = False
        self._lock = filelock.FileLock(self._paths[2], thread_local=False)
        with contextlib.suppress(OSError, filelock.Timeout):
            folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            self._stacks = self._paths[1].open("w", encoding="utf-8")
        self.note(began=time.strftime("%Y-%m-%d %H:%M:%S"))

    @property
    def kept(self) -> bool:
        """Whether notes can be written."""
        return self._stacks is not None

    def watch(self) -> None:
        """Has Python write all stacks if this process dies of a signal."""
        if self._stacks is not None:
            faulthandler.enable(self._stacks)
            self._watches = True

    def alive(self, patience_s: float) -> None:
        """This process answers. If it says so no more for that long, all stacks are written, once."""
        if self._stacks is not None:
            faulthandler.dump_traceback_later(patience_s, file=self._stacks)

    def stacks(self) -> str:
        """The stacks that were written so far."""
        return _read(self._paths[1])

    def note(self, **facts: object) -> None:
        """Notes facts beside those that were noted before; what can be written as JSON."""
        self._facts.update(facts)
        if not self.kept:
            return
        fresh = self._paths[0].with_suffix(".part")
        with contextlib.suppress(OSError):
            fresh.write_text(json.dumps(self._facts, default=str), encoding="utf-8")
            fresh.replace(self._paths[0])

    def close(self) -> None:
        """The window is closed as it should be: nothing is left."""
        if self._stacks is None:
            return
        faulthandler.cancel_dump_traceback_later()
        if self._watches:
            faulthandler.disable()
        self._stacks.close()
        self._stacks = None
        self._lock.release()
        for path in self._paths:
            with contextlib.suppress(OSError):
                path.unlink()


def left_over(folder: Path) -> list[Left]:
    """What windows left that were not closed, the newest first; what is damaged or old is taken away."""
    found: list[Left] = []
    if not folder.is_dir():
        return found
    for path in sorted(folder.glob(f"*{LOCK}"), reverse=True):
        stem = path.name.removesuffix(LOCK)
        paths = tuple(folder / f"{stem}{ending}" for ending in (FACTS, STACKS, LOCK))
        lock = filelock.FileLock(path, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except (filelock.Timeout, OSError):
            continue  # that window is open
        lock.release()
        try:
            facts = json.loads(paths[0].read_text(encoding="utf-8"))
            fresh = time.time() - paths[0].stat().st_mtime < OLD_S
        except (OSError, ValueError):
            facts, fresh = None, False
        left = Left(facts if isinstance(facts, dict) else {}, _read(paths[1]), paths)
        if isinstance(facts, dict) and fresh:
            found.append(left)
        else:
            left.forget()
    return found


def _read(path: Path) -> str:
    try:
        return path.read_bytes()[:MOST].decode("utf-8", errors="replace")
    except OSError:
        return ""
