"""Opens a film as MP4, WebM, GIF or numbered PNGs, by the ending of its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ganstudio.core.system.errors import BadInput
from ganstudio.export.film import Film, unwritable
from ganstudio.export.film_gif import GifFilm
from ganstudio.export.film_png import PngFilm
from ganstudio.export.film_video import VideoFilm

FORMATS: dict[str, Callable[[Path, int, int, int, str], Film]] = {  # path, width, height, fps, title
    ".mp4": VideoFilm, ".webm": VideoFilm, ".gif": GifFilm, ".png": PngFilm,
}
SMALLEST, LARGEST = 16, 8192  # pixels of a side
MOST_FPS = 120


def open_film(path: Path, width: int, height: int, fps: int, title: str = "") -> Film:
    """Begins a film; the ending of ``path`` says which kind.

    Args:
        path: ``.mp4`` (H.264), ``.webm`` (VP9) or ``.gif``: the file, replaced when the film is finished and not
            before. ``.png``: ``x.png`` becomes ``x-00001.png``, ``x-00002.png``, ...; none may be there yet.
        width: Pixels; even for MP4 and WebM, whose colours have half the resolution.
        height: Pixels; even for MP4 and WebM.
        fps: Frames a second, 1 to 120; of a GIF to 50. Frame n of an MP4 is at n / fps exactly, of a WebM to
            the millisecond and of a GIF to 1/100 s, as these formats count; none drifts.
        title: Kept in the file for players that show one.

    Raises:
        BadInput: The ending, the size or the rate is not possible, this machine lacks the encoder, or nothing can be
            written there.
    """
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise BadInput(f"film {path} ends in '{kind}': allowed are {', '.join(FORMATS)}")
    for name, value in (("width", width), ("height", height)):
        if not SMALLEST <= value <= LARGEST:
            raise BadInput(f"film {path}: {name} = {value} is out of range: allowed is {SMALLEST} to {LARGEST} pixels")
    if not 1 <= fps <= MOST_FPS:
        raise BadInput(f"film {path}: {fps} frames per second are out of range: allowed is 1 to {MOST_FPS}")
    if "\0" in str(path):  # FFmpeg would write to a name cut there
        raise BadInput(f"film {str(path)!r} cannot be written: a name must not contain NUL")
    try:
        if path.is_dir():
            raise BadInput(f"film {path} cannot be written: there is a folder of that name")
        film = FORMATS[kind](path, width, height, fps, title)
        film.start()
    except (OSError, UnicodeError) as fault:
        raise unwritable(path, fault) from None
    return film
