"""What was seen of a run: its recorded moments, read from its file while that may still be written."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Position
from ganstudio.core.protocol.views import ScalarBatch, View
from ganstudio.core.runs.format import FURTHEST
from ganstudio.core.runs.reader import RunReader, UnknownFrame
from ganstudio.core.runs.view_frames import MAX_MOMENT, Frame, bytes_of
from ganstudio.core.runs.view_names import known_views


class Past:
    """The frames of a file. It is opened for each read only, so that its writer can close it."""

    def __init__(self, path: Path, until: int | None = None) -> None:
        """``until``: the step after which this run is another's; what the file holds beyond is left out."""
        self.path = path
        self._until = until
        self._last = 0  # id
        self._counted = 0  # numbers that were read
        self._at: dict[str, list[tuple[int, int]]] = {}  # view -> (steps, id), ascending
        self._open: RunReader | None = None
        self._kept: dict[str, tuple[int, Frame | None]] = {}  # view -> id and frame read last; None: not installed here
        self.moments: list[int] = []  # steps of which something was kept, ascending
        self.pins: list[int] = []
        self.measured: list[MeasuredNow] = []

    def refresh(self) -> bool:
        """Reads what has come since; whether there was anything.

        Raises:
            BadInput: The file is gone, or damaged.
        """
        with self._reading() as reader:
            rows, pins, measured = reader.frames(self._last), reader.pins(), reader.measured(self._counted)
        self._last = max((id_ for id_, _, _ in rows), default=self._last)
        rows = [row for row in rows if row[1] in known_views()]
        self._counted += len(measured)
        if self._until is not None:
            pins = [steps for steps in pins if steps <= self._until]
            measured = [one for one in measured if one.steps <= self._until]
        news = bool(rows or measured) or pins != self.pins
        self.pins = pins
        self.measured += measured
        for id_, name, steps in rows:
            if self._until is None or steps <= self._until:
                self._at.setdefault(name, []).append((steps, id_))
        if rows:
            for known in self._at.values():
                known.sort()
            self.moments = sorted({steps for known in self._at.values() for steps, _ in known})
        return news

    @property
    def recorded(self) -> set[str]:
        """The names of the views of which there is a frame."""
        return set(self._at)

    def views(self, steps: int) -> tuple[Position, dict[str, View]]:
        """Each view as it was last seen by then, or first afterwards; and the moment of the latest of them.

        Raises:
            BadInput: The file is gone or damaged, or the views of this moment take more than ``MAX_MOMENT`` bytes.
        """
        wanted = {name: known[max(bisect.bisect_right(known, steps, key=_step) - 1, 0)][1]
                  for name, known in self._at.items()}
        stale = {name: id_ for name, id_ in wanted.items() if self._kept.get(name, (0, None))[0] != id_}
        if stale:
            self._kept = {name: kept for name, kept in self._kept.items() if name in wanted and name not in stale}
            left = MAX_MOMENT - sum(bytes_of(frame.view) for _, frame in self._kept.values() if frame is not None)
            with self._reading() as reader:
                for name, id_ in stale.items():
                    try:
                        read = reader.frame(id_, left)
                        left -= bytes_of(read.view)
                        self._kept[name] = (id_, read)
                    except UnknownFrame:  # of a package that is not here: the other views can be shown
                        self._kept[name] = (id_, None)
        frames = [frame for name in wanted if (frame := self._kept[name][1]) is not None]
        latest = max((frame.position for frame in frames), key=lambda position: position.updates, default=Position())
        return latest, {frame.name: frame.view for frame in frames}

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keeps the file open for a batch of reads. Not while a recorder writes it: it could not close the file."""
        with self._reading() as self._open:
            try:
                yield
            finally:
                self._open = None

    @contextmanager
    def _reading(self) -> Iterator[RunReader]:
        if self._open is not None:
            yield self._open
            return
        reader = RunReader(self.path)
        try:
            yield reader
        finally:
            reader.close()

    def numbers(self, steps: int) -> MeasuredNow | None:
        """The generator's numbers as they were last known by then."""
        return next((one for one in reversed(self.measured) if one.steps <= steps), None)


def steps_in(batches: Iterable[ScalarBatch]) -> int:
    """How many steps a batch of terms covers: those of the last update, if it ended one; 0 if the terms are damaged."""
    ends = [float(at[-1]) for batch in batches if len(at := batch.at.doubles())]
    return max((int(end) for end in ends if 0 <= end <= FURTHEST), default=0)  # no NaN is


def _step(known: tuple[int, int]) -> int:
    return known[0]
