"""Only one program at a time writes a run file: two would leave two histories in it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType

import filelock

from ganstudio.core.runs.format import LOCK_TAIL, short
from ganstudio.core.system.errors import BadInput


class BeingWritten(BadInput):
    """Another program, or this one, writes the run."""


class WriteLock:
    """The right to write a run file. The system takes it back if the program dies."""

    def __init__(self, path: Path) -> None:
        """Takes the lock.

        Raises:
            BeingWritten: Another program, or this one, has it.
            BadInput: No file can be made beside the run.
        """
        if not path.parent.is_dir():  # else the lock would make it
            raise BadInput(f"run file {short(path)} cannot be written: folder {short(path.parent)} is not there")
        # Not bound to a thread: a run is begun in one and closed in another.
        self._lock = filelock.FileLock(path.with_name(path.name + LOCK_TAIL), thread_local=False)
        try:
            self._lock.acquire(blocking=False)
        except filelock.Timeout:
            raise BeingWritten(
                f"run file {short(path)} is being written by another program: wait until it ends") from None
        except OSError as fault:
            raise BadInput(f"run file {short(path)} cannot be written: {fault.strerror or fault}") from None

    def release(self) -> None:
        """Gives the lock back; a second time does nothing."""
        if self._lock.is_locked:
            with contextlib.suppress(OSError):  # while it is locked: a program that waits on it sees that it is gone
                Path(self._lock.lock_file).unlink()
            self._lock.release()

    def __enter__(self) -> WriteLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None,
    ) -> None:
        self.release()
