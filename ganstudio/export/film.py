"""A film is written picture by picture, on a thread of its own; ``film_formats`` opens one."""

from __future__ import annotations

import contextlib
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.shutdown_signals import defer_signals

Picture = NDArray[np.uint8]

AHEAD = 4  # pictures between painting and encoding: 15 MB at 1280x720
LOOK_S = 0.05  # between two looks at how far the film is


class Film(ABC):
    """A film in the making, until ``finish`` or ``cancel``; leaving a ``with`` block does one of them.

    Its thread keeps the program alive until then, or until something went wrong.
    """

    def __init__(self, path: Path, width: int, height: int, fps: int) -> None:
        """Takes what ``open_film`` has checked; nothing runs until ``start``."""
        self.path = path
        self.width, self.height, self.fps = width, height, fps
        self.frames = 0  # taken so far
        self.written = 0  # of them, in the file
        self._items: queue.SimpleQueue[tuple[Picture, Picture, int] | None] = queue.SimpleQueue()  # None: the end
        self._free: queue.SimpleQueue[Picture] = queue.SimpleQueue()  # written over again: fresh memory costs 10 ms
        for _ in range(AHEAD):
            self._free.put(np.empty(height * width * 4, dtype=np.uint8))
        self._fault: Exception | None = None
        self._over = False
        self._cancelled = False
        # WORKAROUND https://github.com/python/cpython/issues/90882: a `join` that a request to end interrupts takes the
        # thread for ended, and the film would be finished after all.
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="film")

    def start(self) -> None:
        """Starts the thread that encodes; nothing is left if that cannot be."""
        try:
            with defer_signals():
                self._thread.start()
        except BaseException:
            if self._thread.ident is not None:
                self.cancel()  # it would keep the program from ending
            else:
                self._discard()
            raise

    def add(self, picture: Picture, times: int = 1) -> None:
        """Takes a copy of a picture; waits if encoding lags behind by ``AHEAD`` pictures.

        Args:
            picture: ``(height, width, 3)`` RGB, or ``(height, width, 4)`` BGRX as Qt's RGB32 lies in memory.
            times: For how many frames it is shown; more than one costs little.

        Raises:
            BadInput: An earlier picture could not be written, or the film was cancelled; nothing is left of it.
            ValueError: The picture is of another size or type, or ``times`` is less than 1.
        """
        if picture.dtype != np.uint8 or picture.shape not in [(self.height, self.width, n) for n in (3, 4)]:
            raise ValueError(f"a picture of {picture.dtype} {picture.shape} in a film of {self.width}x{self.height}")
        if times < 1:
            raise ValueError(f"a picture shown {times} times")
        self._check()
        if self._over:
            raise ValueError("a picture after the end of the film")
        buffer = self._free.get()
        copy = buffer[: picture.size].reshape(picture.shape)
        np.copyto(copy, picture)
        self.frames += times
        self._items.put((buffer, copy, times))

    def finish(self, report: Callable[[int, int], None] | None = None) -> None:
        """Writes the rest: the film is there afterwards, whole and under its name.

        Args:
            report: Called here some 20 times a second with the frames in the file and those there are; what it
                raises cancels the film.

        Raises:
            BadInput: It could not be written, has no picture or was cancelled; nothing is left of it.
        """
        self._end()
        try:
            done = False
            while not done:
                done = self._done.wait(LOOK_S)
                if report is not None:
                    report(self.written, self.frames)
        except BaseException:
            self.cancel()
            raise
        self._check()

    def cancel(self) -> None:
        """Leaves nothing behind, and what was there before as it was; without effect on a finished film.

        May be called from another thread; ``add`` and ``finish`` then raise BadInput.
        """
        if not self._done.is_set():
            self._cancelled = True
        self._end()
        self._done.wait()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.cancel()
        elif not self._over:
            self.finish()

    def _end(self) -> None:
        self._over = True
        self._items.put(None)

    def _check(self) -> None:
        if self._fault is not None:
            raise self._fault

    # The film's thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._encode()
        finally:
            self._done.set()

    def _encode(self) -> None:
        while (item := self._items.get()) is not None:
            buffer, picture, times = item
            self._safely(lambda: self._write(picture, times))  # noqa: B023  # called at once
            self._free.put(buffer)
            if self._fault is not None:
                self._let_go()
                return
        self._safely(self._end_of_film)

    def _let_go(self) -> None:
        """After a fault no thread waits for a buffer in vain, and the program can end."""
        with contextlib.suppress(queue.Empty):
            while (item := self._items.get_nowait()) is not None:
                self._free.put(item[0])

    def _safely(self, step: Callable[[], None]) -> None:
        try:
            self._go_on()
            step()
            return
        except OSError as fault:  # of the disk, or what an encoder said
            self._fault = unwritable(self.path, fault)
        except Exception as fault:  # noqa: BLE001  # carried to the thread that adds, which raises it
            self._fault = fault
        self._discard()

    def _end_of_film(self) -> None:
        if not self.frames:
            raise BadInput(f"film {self.path} has no pictures: nothing was written")
        self._complete()

    def _go_on(self) -> None:
        """Raises if the film was cancelled."""
        if self._cancelled:
            raise BadInput(f"film {self.path} was cancelled")

    @abstractmethod
    def _write(self, picture: Picture, times: int) -> None:
        """Encodes a picture; it is written over when this returns. OSError if the disk or the encoder fails."""

    @abstractmethod
    def _complete(self) -> None:
        """Writes the rest and puts the film in its place; asks ``_go_on`` now and then if that takes long."""

    @abstractmethod
    def _discard(self) -> None:
        """Removes all that was written; raises nothing."""


def unwritable(path: Path, fault: Exception) -> BadInput:
    """A fault of the disk or an encoder, as a sentence on the film."""
    if isinstance(fault, BadInput):
        return fault
    why = getattr(fault, "strerror", None) or fault
    return BadInput(f"film {path} cannot be written: {why}")
