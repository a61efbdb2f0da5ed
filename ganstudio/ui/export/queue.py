"""The exports of a window: commands that run beside it, one after the other, with a bar that shows how far they are."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton

from ganstudio.core.system.resources import cache_folder
from ganstudio.ui.widgets.plain_text import plain_tip

DAY_S = 86_400
CLOCK_MS = 1000  # between two progress reports
GENTLY_MS = 5000  # the time that a child has to end by itself
SURE_S = 1.0  # time of work before the remaining time is estimated


@dataclass(frozen=True)
class Export:
    """A command that takes something out of a run."""

    what: str  # in a sentence: "film"
    command: str
    target: Path
    words: tuple[str, ...] = ()
    option: str = "--out"  # that names the target
    beside: tuple[str, ...] = ()  # further run files: of a comparison

    def line(self, run: str, fresh: Path) -> list[str]:
        """The command's words, with the file that it writes for the time being."""
        return [self.command, run, *self.beside, *self.words, self.option, str(fresh)]


def program() -> list[str]:
    """The words that start a command: of this Python, or of a frozen bundle itself."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "ganstudio"]


class ExportQueue(QObject):
    """Runs exports in child processes, one at a time; what one leaves unfinished is taken away."""

    changed = Signal()
    over = Signal(object, str)  # Export, and why it failed: empty if it succeeded

    def __init__(self, parent: QObject | None = None, command: Sequence[str] = ()) -> None:
        """``command``: what is started in the place of ``ganstudio``."""
        super().__init__(parent)
        self._program = list(command) or program()
        self._queue: deque[tuple[Export, str]] = deque()
        self._child: QProcess | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._said = ""
        self._rest = b""
        self._cancelled = False
        self._began: tuple[float, int] | None = None  # time and value of the first progress report
        self.now: Export | None = None
        self.done, self.total = 0, 0
        self._started_at = 0.0
        self._then: Callable[[], object] | None = None

    @property
    def waiting(self) -> int:
        """Exports that have not begun."""
        return len(self._queue)

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the speed so far; None if it is not known yet."""
        if self._began is None:
            return None
        at, first = self._began
        elapsed, moved = time.monotonic() - at, self.done - first
        return elapsed * (self.total - self.done) / moved if elapsed >= SURE_S and moved > 0 else None

    @property
    def ending(self) -> bool:
        """Whether the one under way was cancelled, and is ending."""
        return self._cancelled and self.now is not None

    @property
    def seconds(self) -> float:
        """Since the export under way began."""
        return time.monotonic() - self._started_at

    def add(self, export: Export, run: str) -> None:
        """Queues an export of a run file."""
        self._queue.append((export, run))
        if self.now is None:
            self._next()
        else:
            self.changed.emit()

    def cancel(self) -> None:
        """Ends the export under way; nothing of it is left. The next one begins."""
        if self._child is not None and not self._cancelled:
            self._cancelled = True
            self._child.terminate()
            QTimer.singleShot(GENTLY_MS, self._child, self._child.kill)
            self.changed.emit()

    def leave(self, then: Callable[[], object]) -> None:
        """Cancels all there is, and does something once the last child has ended."""
        self._queue.clear()
        if self.now is None:
            then()
            return
        self._then = then
        self.cancel()

    def _next(self) -> None:
        """Begins the first that waits. It writes into a folder of its own."""
        self.now, self.done, self.total, self._began, self._said = None, 0, 0, None, ""
        self._rest, self._cancelled = b"", False
        then, self._then = self._then, None
        if then is not None:
            self.changed.emit()
            then()
            return
        if not self._queue:
            self.changed.emit()
            return
        export, run = self._queue.popleft()
        self.now, self._started_at = export, time.monotonic()
        try:
            self._folder = _work_folder(export.target.parent)
        except OSError as fault:
            self._end(f"{export.target} cannot be written: {fault.strerror or fault}")
            return
        child = self._child = QProcess(self)
        surroundings = QProcessEnvironment.systemEnvironment()
        surroundings.insert("GANSTUDIO_PROGRESS", "1")
        surroundings.insert("QT_QPA_PLATFORM", "offscreen")
        child.setProcessEnvironment(surroundings)
        child.setStandardOutputFile(QProcess.nullDevice())
        child.setStandardInputFile(QProcess.nullDevice())
        child.readyReadStandardError.connect(self._listen)
        child.finished.connect(self._finished)
        child.errorOccurred.connect(self._not_started)
        words = [*self._program, *export.line(run, Path(self._folder.name) / export.target.name)]
        child.start(words[0], words[1:])
        self.changed.emit()

    def _listen(self) -> None:
        """Reads how far the child is, and keeps the last of whatever else it says."""
        if self._child is None:
            return
        *lines, self._rest = (self._rest + self._child.readAllStandardError().data()).split(b"\n")
        for line in (raw.decode(errors="replace").strip() for raw in lines):
            match line.split():
                case ["progress", done, total] if done.isdecimal() and total.isdecimal():
                    self.done, self.total = int(done), int(total)
                    if self._began is None:
                        self._began = (time.monotonic(), self.done)
                case [_, *_]:
                    self._said = line
        self.changed.emit()

    def _not_started(self, fault: QProcess.ProcessError) -> None:
        if fault == QProcess.ProcessError.FailedToStart and self._child is not None:
            self._end(f"{self._program[0]} cannot be started: {self._child.errorString()}")

    def _finished(self, status: int, how: QProcess.ExitStatus) -> None:
        self._listen()
        export = self.now
        if export is None or self._folder is None:
            return
        if how == QProcess.ExitStatus.NormalExit and status == 0:
            try:
                _put_in_place(Path(self._folder.name), export.target.parent)
            except OSError as fault:
                self._end(f"{export.target} cannot be written: {fault.strerror or fault}")
                return
            self._cancelled = False  # it was done before it was cancelled
            self._end("")
            return
        self._end(self._said.removeprefix("ganstudio: ") or f"it ended with status {status} and gave no reason")

    def _end(self, fault: str) -> None:
        export, self.now = self.now, None
        child, self._child = self._child, None
        folder, self._folder = self._folder, None
        if child is not None:
            child.deleteLater()
        if folder is not None:
            with contextlib.suppress(OSError):
                folder.cleanup()
        if not self._cancelled:
            self.over.emit(export, fault)
        self._next()


def _work_folder(target: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder from which files move to the target in one go: in the studio's own, out of the user's sight.

    On another disk that would be a copy, so there it is a hidden folder beside the target.

    Raises:
        OSError: The target cannot be written to.
    """
    beside = tempfile.TemporaryDirectory(dir=target, prefix=".ganstudio-", suffix=".part")  # whether that can be
    with contextlib.suppress(OSError):
        own = cache_folder() / "exports"
        own.mkdir(parents=True, exist_ok=True)
        for left in own.iterdir():  # by a program that was ended
            if left.stat().st_mtime < time.time() - DAY_S:
                shutil.rmtree(left, ignore_errors=True)
        if own.stat().st_dev == target.stat().st_dev:
            elsewhere = tempfile.TemporaryDirectory(dir=own)
            beside.cleanup()
            return elsewhere
    return beside


def _put_in_place(fresh: Path, folder: Path) -> None:
    """Moves what a command has written to its target, over an empty folder if one is there."""
    for made in sorted(fresh.iterdir()):
        target = folder / made.name
        if made.is_dir() and target.is_dir():
            target.rmdir()
        made.replace(target)


class ExportBar(QProgressBar):
    """How far the export under way is, with ``cancel`` beside it."""

    def __init__(self, exports: ExportQueue) -> None:
        super().__init__()
        self._exports = exports
        self.setObjectName("export")
        self.setAccessibleName("How far the export is")
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName("export.cancel")
        self.cancel.setAccessibleName("Cancel the export")
        self.cancel.setToolTip("Cancels the export. Nothing half-written stays, and the next one starts.")
        self.cancel.clicked.connect(exports.cancel)
        exports.changed.connect(self._show)
        self._clock = QTimer(self, interval=CLOCK_MS)
        self._clock.timeout.connect(self._show)
        self._show()

    def _show(self) -> None:
        export = self._exports.now
        self.setVisible(export is not None)
        self.cancel.setVisible(export is not None)
        if export is None:
            self._clock.stop()
            return
        if not self._clock.isActive():
            self._clock.start()
        done, total, left = self._exports.done, self._exports.total, self._exports.seconds_left
        self.setRange(0, max(total, 1))  # a bar without an end would show no words
        self.setValue(done)
        words = f"{export.what} %p%" if total else f"{export.what}, {in_words(self._exports.seconds)}"
        if left is not None:
            words += f", {in_words(left)} left"
        if self._exports.waiting:
            words += f" (+{self._exports.waiting})"
        self.setFormat(f"{export.what}: stopping" if self._exports.ending else words)
        self.cancel.setEnabled(not self._exports.ending)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance(f"{export.what} 100%, 59 min left (+9)"))
        more = f". {self._exports.waiting} more will follow" if self._exports.waiting else ""
        count = f": {done:,} of {total:,}" if total else ""
        self.setToolTip(plain_tip(f"Writing {export.what} to {export.target.name}{count}{more}"))


def in_words(seconds: float) -> str:
    """A time that is left, no finer than it is known."""
    return f"{max(round(seconds), 1)} s" if seconds < 90 else f"{round(seconds / 60)} min"
