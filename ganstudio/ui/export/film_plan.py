"""A film as it is chosen in the dialog: what is wrong with it, what it will be, and the command that makes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FORMATS = {".mp4": "MP4 (H.264)", ".webm": "WebM (VP9)", ".gif": "GIF", ".png": "numbered PNG pictures"}
SPARSE = 3  # film frames for each recorded moment: with more the film jerks
GIF_FPS = 50  # a GIF counts in hundredths of a second, and players slow down what is faster


@dataclass(frozen=True)
class FilmPlan:
    """What the user chose."""

    file: str  # as it was typed
    ending: str  # of the format
    panels: tuple[str, ...]
    size: tuple[int, int]  # pixels
    fps: int
    seconds: float
    first: int  # step
    last: int
    end: int  # the run's last step
    pace: str
    palette: str
    smooth: bool  # the run is repeated, and every frame is a moment of its own
    walk: bool  # through the latents, at the moment ``last``
    space: str = "z"  # of a walk: w, straight through what a generator of styles maps latents to

    @property
    def frames(self) -> int:
        """How many there will be."""
        return max(round(self.fps * self.seconds), 1)

    @property
    def words(self) -> list[str]:
        """Of the command ``ganstudio video``, without the run and the file."""
        width, height = self.size
        words = ["--fps", str(self.fps), "--seconds", f"{self.seconds:g}", "--size", f"{width}x{height}", "--theme",
                 self.palette]
        if self.last < self.end:
            words += ["--to", str(self.last)]
        if self.walk:
            return [*words, "--interpolate", *(["--space", self.space] if self.space != "z" else [])]
        if self.first > 0:
            words += ["--from", str(self.first)]
        words += ["--pace", self.pace, "--layout", ",".join(self.panels)]
        return [*words, "--smooth"] if self.smooth else words

    # What is wrong -------------------------------------------------------------------------------------------

    def faults(self) -> dict[str, str]:
        """What is wrong, by the line of the dialog that it belongs to."""
        found: dict[str, str] = {}
        width, height = self.size
        if fault := self._file_fault():
            found["file"] = fault
        if not self.walk and not self.panels:
            found["panels"] = "Choose at least one panel."
        if self.ending in (".mp4", ".webm") and (width % 2 or height % 2):
            found["size"] = f"{width:,} × {height:,} is odd: MP4 and WebM need even numbers of pixels."
        if self.ending == ".gif" and self.fps > GIF_FPS:
            found["pace"] = f"A GIF shows at most {GIF_FPS} frames per second."
        if not self.walk and self.first > self.last:
            found["steps"] = f"The last step ({self.last:,}) is before the first."
        return found

    def _file_fault(self) -> str:
        path = Path(self.file)
        if not self.file or not path.name or "\0" in self.file:
            return "Give the file a name."
        if not path.is_absolute():
            return "Give the folder too, or choose it with Browse."
        try:
            if path.suffix.lower() != self.ending:
                return f"The name must end in {self.ending}, or choose another format."
            if not path.parent.is_dir():
                return f"There is no folder {path.parent}."
            if path.is_dir():
                return "A folder of that name exists."
            if self.ending == ".png" and path.with_name(f"{path.stem}-00001.png").exists():
                return f"Pictures named {path.stem}-… exist already: choose another name."
        except OSError as fault:
            return f"This name is not possible for a file: {fault.strerror or fault}."
        return ""

    @property
    def replaces(self) -> bool:
        """Whether a file of that name is there."""
        return self.ending != ".png" and Path(self.file).exists()

    # What comes of it ----------------------------------------------------------------------------------------

    def summary(self, moments: Sequence[int]) -> str:
        """What the film will be; ``moments``: the steps of which something was recorded."""
        frames = self.frames
        count = f"{frames:,} frame{'s' * (frames > 1)}, {self.seconds:g} s"
        if self.walk:
            return f"{count}, of the generator after {self.last:,} steps."
        first, last = self.first, self.last
        if self.smooth:
            shown = min(frames, last - first + 1)
            return f"{count}, of {shown:,} moment{'s' * (shown != 1)} between steps {first:,} and {last:,}."
        shown = int(np.count_nonzero([first <= steps <= last for steps in moments]))
        count += f", of {shown:,} recorded moment{'s' * (shown != 1)} between steps {first:,} and {last:,}."
        if shown == 0:
            return f"{count} Nothing will move in the film. Smooth computes every frame."
        if min(frames, last - first + 1) > SPARSE * shown:
            return f"{count} Each is shown for {frames / shown:,.0f} frames. Smooth computes every frame."
        return count

    def cost(self, rate: float) -> str:
        """What smooth does, and how long that takes.

        Args:
            rate: Steps a second when the run went on last, at which it is repeated; 0 if that is not known.
        """
        steps = max(self.last - self.first, 1)
        time = f"about {_time(steps / rate)}" if rate > 0 else "as long as the training"
        return (f"Computes every frame instead of showing recorded moments. This repeats the run: {time}, and longer "
                "while training goes on.")


def _time(seconds: float) -> str:
    """A length of time, no finer than it is known."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
