"""Which files of the library are on screen just now: such a run is not moved to the trash, nor is its file renamed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

ON_SCREEN = "This is the run on screen: it is being recorded"
COMPARED = "This run is in the open comparison"


class RunsInUse:
    """The runs that the main window and the open comparison show or train."""

    def __init__(self, running: str, shown: str, compared: Callable[[], Collection[Path]]) -> None:
        """Makes it.

        Args:
            running: The file of the run on screen, which is being written; empty: none.
            shown: The file that the run on screen is read from, if it was opened; empty: none.
            compared: The files of the open comparison as they are now; asked each time.
        """
        self.running = Path(running) if running else None
        self._opened = {Path(file) for file in (running, shown) if file}
        self._compared = compared

    @property
    def files(self) -> set[Path]:
        """The files that keep their names."""
        return self._opened | set(self._compared())

    def why_kept(self, path: Path) -> str:
        """Why a run is neither copied nor moved to the trash now; empty if it may be."""
        return ON_SCREEN if path == self.running else COMPARED if path in set(self._compared()) else ""

    def way_out(self, path: Path) -> str:
        """Of a run that is kept: what can be done with it all the same, in a sentence."""
        until = "another is shown" if path == self.running else "that window is closed"
        return f"{self.why_kept(path)}. It can be named and tagged, and copied or moved to the trash once {until}."

    def refusals(self, paths: Iterable[Path]) -> list[str]:
        """A sentence on each of several runs that is not moved to the trash."""
        compared = set(self._compared())
        return [f"{path.name} was not moved to the trash: " + (
            "the open comparison shows it; close that window first." if path in compared else
            "it is the run on screen.") for path in paths if path in compared or path == self.running]
