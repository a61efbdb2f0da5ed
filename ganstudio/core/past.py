"""What was seen of a run: its recorded moments, read from its file while that may still be written."""

from __future__ import annotations

import bisect
from pathlib import Path

from ganstudio.core.frames import Frame
from ganstudio.core.messages import MeasuredNow
from ganstudio.core.run_file import RunReader
from ganstudio.core.spec import Position
from ganstudio.core.views import View


class Past:
    """The frames of a file. It is opened for each reading alone, so that whoever writes it can close it."""

    def __init__(self, path: Path, until: int | None = None) -> None:
        """``until``: the step after which this run is another's; what the file holds beyond is left out."""
        self.path = path
        self._until = until
        self._last = 0  # id
        self._counted = 0  # numbers that were read
        self._at: dict[str, list[tuple[int, int]]] = {}  # view -> (steps, id), ascending
        self._kept: dict[str, tuple[int, Frame]] = {}  # view -> id and frame of the last reading
        self.moments: list[int] = []  # steps of which something was kept, ascending
        self.pins: list[int] = []
        self.measured: list[MeasuredNow] = []

    def refresh(self) -> bool:
        """Reads what has come since; whether there was anything.

        Raises:
            BadInput: The file is gone, or damaged.
        """
        reader = RunReader(self.path)
        try:
            rows, pins, measured = reader.frames(self._last), reader.pins(), reader.measured(self._counted)
        finally:
            reader.close()
        self._counted += len(measured)
        if self._until is not None:
            pins = [steps for steps in pins if steps <= self._until]
            measured = [one for one in measured if one.steps <= self._until]
        news = bool(rows or measured) or pins != self.pins
        self.pins = pins
        self.measured += measured
        for id_, name, steps in rows:
            self._last = id_
            if self._until is None or steps <= self._until:
                self._at.setdefault(name, []).append((steps, id_))
        if rows:
            for known in self._at.values():
                known.sort()
            self.moments = sorted({steps for known in self._at.values() for steps, _ in known})
        return news

    def views(self, steps: int) -> tuple[Position, dict[str, View]]:
        """Each view as it was last seen by then, or first afterwards; and the moment of the latest of them.

        Raises:
            BadInput: The file is gone, or damaged.
        """
        views: dict[str, View] = {}
        latest = Position()
        reader = RunReader(self.path)
        try:
            for name, known in self._at.items():
                index = max(bisect.bisect_right(known, steps, key=_step) - 1, 0)
                id_ = known[index][1]
                if self._kept.get(name, (0, None))[0] != id_:
                    self._kept[name] = (id_, reader.frame(id_))
                frame = self._kept[name][1]
                views[name] = frame.view
                if frame.position.updates > latest.updates:
                    latest = frame.position
        finally:
            reader.close()
        return latest, views

    def numbers(self, steps: int) -> MeasuredNow | None:
        """The generator's numbers as they were last known by then."""
        return next((one for one in reversed(self.measured) if one.steps <= steps), None)


def _step(known: tuple[int, int]) -> int:
    return known[0]
