"""Where the data of a run that is rebuilt lies now, and what stands in for images that are not there.

Both hold inside a block and in one thread, as in ``files.own_points.standing_in``: the data set asks, and what lies
between a command and the data set need not know.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from ganstudio.core.runs.format import KeptData, short, there
from ganstudio.core.system.errors import BadInput

OPTION = "--data-path"
WAY_OUT = f"say with {OPTION} FOLDER where they lie now"
WAY_OUT_OF_ONE = f"say with {OPTION} FILE where it lies now"


class NeedsData(BadInput):
    """What is asked for takes the data that a run was trained on, and that is gone or has changed.

    Attributes:
        what: The sentence without the way out, for a window, which has another one.
        way_out: What a user of the command line can do.
        one_file: Whether the data is a single file, and no folder.
    """

    def __init__(self, what: str, way_out: str = WAY_OUT, *, one_file: bool = False) -> None:
        super().__init__(f"{what}: {way_out}")
        self.what = what
        self.way_out = way_out
        self.one_file = one_file


_PLACE: ContextVar[str] = ContextVar("place", default="")


@contextmanager
def data_at(place: str) -> Iterator[None]:
    """Has runs that are rebuilt inside the block read their data at ``place``; empty: where they did.

    Raises:
        BadInput: There is nothing at that place.
    """
    if place:
        try:
            absolute = Path(place).expanduser().absolute()
            found = absolute.exists()
        except (OSError, RuntimeError, ValueError):
            found = False
        if not found:
            raise BadInput(f"{OPTION} {place[:200]} is not there: it takes the folder or the file in which the data of "
                           "the run lies now")
        place = str(absolute)
    token = _PLACE.set(place)
    try:
        yield
    finally:
        _PLACE.reset(token)


def data_place() -> str:
    """The absolute place that was given for the data of the run that is rebuilt; empty if none was."""
    return _PLACE.get()


@dataclass(frozen=True)
class Absent:
    """Stands in for the images of a run: what its networks have to know of them.

    Attributes:
        known: Number of images, shape and labels.
        fault: Why they cannot be had, as a sentence.
    """

    known: KeptData
    fault: NeedsData


_STAND_IN: ContextVar[Callable[[], KeptData | None] | None] = ContextVar("stand_in", default=None)


@contextmanager
def images_may_be_absent(known: Callable[[], KeptData | None]) -> Iterator[None]:
    """Has ``absent`` answer inside the block; ``known`` reads what the run file says of its images."""
    token = _STAND_IN.set(known)
    try:
        yield
    finally:
        _STAND_IN.reset(token)


def absent(fault: BadInput, path: str, *, one: bool = False) -> Absent:
    """What stands in for images that cannot be read, while a run is rebuilt.

    Args:
        fault: What came of reading them.
        path: Where they should be; empty if the user named no place.
        one: Whether it is the path of a single image, and not of a folder.

    Raises:
        BadInput: No run is rebuilt, the place was given just now, or too little is known of the images.
    """
    ask = _STAND_IN.get()
    if ask is None or data_place():
        raise fault
    gone = True
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        gone = bool(path) and not there(Path(path).expanduser())
    what = "the picture that this run was trained on" if one else "the images that this run was trained on"
    needed = NeedsData(
        f"{what} {'is not at' if one else 'are not in'} {short(Path(path))} any more" if gone and path else
        f"{what} cannot be read ({fault})", WAY_OUT_OF_ONE if one else WAY_OUT, one_file=one)
    known = ask()
    if known is None or not known.shape:
        raise needed from None
    return Absent(known, needed)


@runtime_checkable
class MayBeAbsent(Protocol):
    """A data set whose images may not be there while its run is rebuilt."""

    absent: Absent | None


def missing(data: object) -> NeedsData | None:
    """Why the images of a data set are not there; None if they are."""
    return data.absent.fault if isinstance(data, MayBeAbsent) and data.absent is not None else None
