"""A distribution drawn by hand: strokes with undo, points drawn from it, and the folder in which drawings are kept."""

from __future__ import annotations

import io
import os
import re
import tokenize
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.resources import settings_folder

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Kind = Literal["plane", "line"]

SIDE = 256  # cells along each side of the plane's square
CELLS = 600  # cells of the line: 0.01 data units each
SHAPES: dict[Kind, tuple[int, ...]] = {"plane": (SIDE, SIDE), "line": (CELLS,)}
REACH: dict[Kind, float] = {"plane": 2.0, "line": 3.0}  # drawn on from -REACH to REACH, data units
HIGHEST = 1000.0  # of a density: a stroke adds at most 1
STILL = 0.06  # data units that a press may tremble on the line and still be a click
LEVELS = 50  # of undo: 13 MB on the plane
SEED = 20140610  # the same drawing gives the same points


@dataclass(frozen=True)
class Brush:
    """What the pointer does to the density.

    Attributes:
        radius: Data units. A stroke is strongest along its middle and ends at this distance from it.
        strength: What a stroke adds along its middle, 0 to 1. The line goes by the pointer's height instead.
        erase: Take away instead of adding.
    """

    radius: float = 0.25
    strength: float = 0.5
    erase: bool = False


class Drawing:
    """An unnormalised density on a grid, and the strokes that made it.

    Attributes:
        kind: plane is the square [-2, 2]², line the stretch [-3, 3].
        density: float32, finite, not negative: ``(SIDE, SIDE)`` with row 0 at the bottom, or ``(CELLS,)``
            with values up to 1. Never changed in place: a new array comes with each change.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind
        self.density: Floats = np.zeros(SHAPES[kind], dtype=np.float32)
        self._past: list[Floats] = []
        self._future: list[Floats] = []
        self._before: Floats | None = None  # the stroke in progress started from
        self._mask = self.density
        self._brush = Brush()
        self._at = (0.0, 0.0)
        self._first: tuple[float, float] | None = None  # while a press on the line may still be a click

    @property
    def empty(self) -> bool:
        """Whether nothing is painted."""
        return not self.density.any()

    # Strokes -------------------------------------------------------------------------------------------------

    @property
    def drawing(self) -> bool:
        """Whether a stroke is in progress."""
        return self._before is not None

    def begin(self, brush: Brush, x: float, y: float) -> None:
        """Puts the brush down at a point, data units; on the line y is the height, from 0 to 1."""
        self.end()
        self._before, self._brush = self.density, brush
        self._mask = np.zeros_like(self.density)
        self._at = (x, y)
        self._first = (x, y) if self.kind == "line" and not brush.erase else None
        self.move(x, y)

    def move(self, x: float, y: float) -> None:
        """Moves the brush straight to a point: a fast stroke leaves no gaps."""
        if self._before is None:
            return
        if self.kind == "plane":
            self._sweep(self._before, x, y)
        else:
            self._trace(self._before, x, min(max(y, 0.0), 1.0))
        self._at = (x, y)

    def end(self) -> None:
        """Lifts the brush; what it did can be undone in one go."""
        before, self._before = self._before, None
        if before is not None and not np.array_equal(before, self.density):
            self._remember(before)

    def _sweep(self, before: Floats, x: float, y: float) -> None:
        """On the plane a stroke is the strongest of its blobs everywhere, however slowly the pointer goes."""
        radius, reach = self._brush.radius, REACH["plane"]
        (x0, y0), (dx, dy) = self._at, (x - self._at[0], y - self._at[1])
        cell = 2 * reach / SIDE
        columns, rows = (  # that the brush can touch
            slice(max(int((low + reach) / cell), 0), max(int((high + reach) / cell) + 1, 0))
            for low, high in ((min(a, b) - radius, max(a, b) + radius) for a, b in ((x0, x), (y0, y)))
        )
        px = (centres("plane")[columns] - x0)[None, :]
        py = (centres("plane")[rows] - y0)[:, None]
        length = dx * dx + dy * dy
        along = np.clip((px * dx + py * dy) / length, 0, 1) if length > 0 else np.zeros((1, 1))
        distance = np.hypot(px - along * dx, py - along * dy) / radius
        mask = self._mask[rows, columns]
        np.maximum(mask, _blob(distance, self._brush.erase), out=mask, casting="same_kind")
        density = before * (1 - self._mask) if self._brush.erase else before + self._brush.strength * self._mask
        self.density = np.minimum(density, HIGHEST).astype(np.float32)

    def _trace(self, before: Floats, x: float, y: float) -> None:
        """On the line the pointer's height replaces the density below its way; a click sets a bump."""
        at = centres("line")
        radius, (x0, y0) = self._brush.radius, self._at
        if self._brush.erase:
            self.density = np.where((at >= min(x0, x) - radius) & (at <= max(x0, x) + radius), 0, self.density)
            return
        if self._first is not None:
            if abs(x - self._first[0]) < STILL:
                bump = y * _blob(np.abs(at - self._first[0]) / radius, False)
                self.density = np.maximum(before, bump).astype(np.float32)
                return
            (x0, y0), self._first = self._first, None
            self.density = before
        density = self.density.copy()
        y0 = min(max(y0, 0.0), 1.0)
        below = (at >= min(x0, x)) & (at <= max(x0, x))
        density[below] = y0 + (y - y0) * (at[below] - x0) / (x - x0) if x != x0 else y
        reach = REACH["line"]
        if -reach <= x < reach:
            density[int((x + reach) / (2 * reach) * CELLS)] = y
        self.density = density

    # Undo ----------------------------------------------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether a change was taken back."""
        return bool(self._future)

    def undo(self) -> None:
        """Takes the last change back, if there is one."""
        self.end()
        if self._past:
            self._future.append(self.density)
            self.density = self._past.pop()

    def redo(self) -> None:
        """Makes the change again that was taken back last, if there is one."""
        self.end()
        if self._future:
            self._past.append(self.density)
            self.density = self._future.pop()

    def clear(self) -> None:
        """Wipes everything; it can be undone."""
        self.replace(np.zeros_like(self.density))

    def replace(self, density: Floats) -> None:
        """Puts another density of the same shape in place; it can be undone."""
        self.end()
        if not np.array_equal(density, self.density):
            self._remember(self.density)
            self.density = density

    def _remember(self, before: Floats) -> None:
        self._past = [*self._past, before][-LEVELS:]
        self._future.clear()


def centres(kind: Kind) -> Doubles:
    """Centres of the cells along one axis, data units."""
    count, reach = SHAPES[kind][-1], REACH[kind]
    made: Doubles = ((np.arange(count) + 0.5) / count * 2 - 1) * reach
    return made


def _blob(distance: Doubles, erase: bool) -> Doubles:
    """A brush's effect, 0 to 1, at a distance in radii: a soft hill, or for the eraser a disc with a soft edge."""
    made: Doubles = np.clip((1 - distance) / 0.2, 0, 1) if erase else np.clip(1 - distance**2, 0, 1) ** 2
    return made


# Points ----------------------------------------------------------------------------------------------------------


def sample(kind: Kind, density: Floats, n: int, seed: int = SEED) -> Doubles:
    """Points drawn from a density that is constant within each of its cells.

    Args:
        kind: plane or line.
        density: As in :class:`Drawing`.
        n: How many.
        seed: The same seed gives the same points.

    Returns:
        ``(n, 2)`` on the plane, ``(n, 1)`` on the line (by the inverse of its distribution function), data units.

    Raises:
        BadInput: The density is 0 everywhere.
    """
    total = np.cumsum(density.ravel(), dtype=np.float64)
    if not total[-1] > 0:
        raise BadInput("the drawing is empty: paint something before using it as data")
    rng = np.random.default_rng(seed)
    place = np.minimum(rng.random(n) * total[-1], np.nextafter(total[-1], 0))
    cell = np.searchsorted(total, place, side="right")
    if kind == "plane":
        row, column = np.divmod(cell, SIDE)
        at = np.stack([column, row], axis=1) + rng.random((n, 2))
    else:
        at = (cell + 1 - np.clip((total[cell] - place) / density[cell], 0, 1))[:, None]
    points: Doubles = (at / SHAPES[kind][-1] * 2 - 1) * REACH[kind]
    return points


def table(points: Doubles) -> str:
    """Points as CSV: one header line, then one point a line with six digits."""
    names = ("x", "y")[: points.shape[1]]
    form = ",".join(["%.6g"] * len(names))
    return "\n".join([",".join(names), *(form % tuple(row) for row in points.tolist()), ""])


def write(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all: under another name first, then put in place.

    Raises:
        BadInput: It cannot be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, ValueError) as fault:  # ValueError: a NUL in the name
        why = getattr(fault, "strerror", None) or fault
        raise BadInput(f"the file '{path}' cannot be written: {why}") from None


# Keeping ---------------------------------------------------------------------------------------------------------

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9 _-]{0,39}", re.ASCII)
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.ASCII | re.IGNORECASE)  # no file may bear them on Windows
LARGEST_FILE = 1 << 20  # bytes; a plane's drawing has a quarter of that
DAMAGED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, EOFError, SyntaxError, MemoryError,
           RuntimeError, tokenize.TokenError)  # what NumPy's header reader raises on damaged headers


def checked_name(name: str) -> str:
    """The name of a drawing without blanks around it.

    Raises:
        BadInput: It holds anything but letters, digits, blanks, '_' and '-', or is empty, longer than 40, or a
            device's on Windows.
    """
    name = name.strip(" ")
    if not name:
        raise BadInput("the drawing has no name: give it one of letters, digits, blanks, '_' and '-'")
    if not NAME.fullmatch(name):
        shown = name if len(name) <= 40 else name[:37] + "..."
        raise BadInput(f"the name {shown!r} cannot be used: allowed are up to 40 letters from A to Z, digits, blanks, "
                       "'_' and '-'")
    if DEVICES.fullmatch(name):
        raise BadInput(f"the name '{name}' cannot be used, as it is a device on some computers: "
                       "choose another")
    return name


class Drawings:
    """The user's kept drawings: the density as NAME.npy, and beside it the points as NAME.csv.

    Names hold no dot: what is in use without being kept, and what was deleted last, cannot be taken for a kept one.
    """

    DELETED: ClassVar[str] = "last.deleted"

    def __init__(self, folder: Path | None = None) -> None:
        """Keeps drawings in a folder, by default the user's own; it is made when something is kept."""
        self.folder = folder or settings_folder() / "drawings"

    def names(self) -> list[str]:
        """What is kept, by name."""
        try:
            stems = [path.stem for path in self.folder.iterdir() if path.suffix == ".npy"]
        except OSError:
            return []
        return sorted((stem for stem in stems if NAME.fullmatch(stem)), key=str.casefold)

    def keep(self, name: str, density: Floats, points: Doubles) -> Path:
        """Keeps a drawing, in place of one of the same name; returns the file of its points.

        Raises:
            BadInput: The name is not allowed, or the folder cannot be written to.
        """
        name = checked_name(name)
        file = io.BytesIO()
        np.save(file, density.astype("<f4"), allow_pickle=False)
        write(self.folder / f"{name}.npy", file.getvalue())
        return self.use(name, points)

    def use(self, name: str, points: Doubles) -> Path:
        """Writes the points of a kept drawing again; returns their file."""
        path = self.folder / f"{checked_name(name)}.csv"
        write(path, table(points).encode("ascii"))
        return path

    def use_unkept(self, kind: Kind, points: Doubles) -> Path:
        """Writes the points of a drawing that has no name yet; returns their file."""
        path = self.folder / f"unkept.{kind}.csv"
        write(path, table(points).encode("ascii"))
        return path

    def load(self, name: str) -> tuple[Kind, Floats]:
        """A kept drawing.

        Raises:
            BadInput: There is none of that name, or the file is not a drawing that was kept here.
        """
        name = checked_name(name)
        path, shown = self.folder / f"{name}.npy", f"the drawing '{name}'"
        try:
            if not path.is_file():
                raise BadInput(f"{shown} does not exist: kept are {', '.join(self.names()) or 'none'}")
            if path.stat().st_size > LARGEST_FILE:
                raise BadInput(f"{shown} cannot be read: its file has {path.stat().st_size:,} bytes, and a drawing "
                               f"has at most {LARGEST_FILE:,}")
            content = path.read_bytes()
        except OSError as fault:
            raise BadInput(f"{shown} cannot be read: {fault.strerror or fault}") from None
        return density_of(content, shown)

    def delete(self, name: str) -> None:
        """Takes a drawing out of the list; the last one deleted can be put back.

        Raises:
            BadInput: It cannot be moved.
        """
        self._move(checked_name(name), self.DELETED)

    def put_back(self, name: str) -> None:
        """Puts the drawing that was deleted last back, under its name."""
        self._move(self.DELETED, checked_name(name))

    def _move(self, old: str, new: str) -> None:
        try:
            (self.folder / f"{old}.npy").replace(self.folder / f"{new}.npy")
            (self.folder / f"{new}.csv").unlink(missing_ok=True)
            if (points := self.folder / f"{old}.csv").exists():
                points.replace(self.folder / f"{new}.csv")
        except OSError as fault:
            raise BadInput(f"the drawing '{old}' cannot be moved: {fault.strerror or fault}") from None


def density_of(content: bytes, shown: str) -> tuple[Kind, Floats]:
    """The density in the bytes of an NPY file.

    Args:
        content: Bytes of the file.
        shown: The drawing in words, for the sentence.

    Raises:
        BadInput: They are not what :meth:`Drawings.keep` writes; nothing of them is ever run.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the parser about odd headers: what matters is checked below
            file = io.BytesIO(content)
            if np.lib.format.read_magic(file) != (1, 0):
                raise BadInput(f"{shown} is not a drawing: its file is of another version of NPY")
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    except BadInput:
        raise
    except DAMAGED:
        raise BadInput(f"{shown} is not a drawing: its file does not start as an NPY file does") from None
    kind = next((kind for kind, known in SHAPES.items() if known == shape), None)
    if kind is None or dtype != np.dtype("<f4"):
        raise BadInput(f"{shown} is not a drawing: its file holds {str(dtype)[:20]} of shape {str(shape)[:40]}, and a "
                       f"drawing holds float32 of shape {' or '.join(str(known) for known in SHAPES.values())}")
    if len(content) - file.tell() != 4 * int(np.prod(shape)):
        raise BadInput(f"{shown} is cut short or has something behind its end: "
                       f"{len(content) - file.tell():,} bytes of numbers, and there should be "
                       f"{4 * int(np.prod(shape)):,}")
    density = np.load(io.BytesIO(content), allow_pickle=False).astype(np.float32)
    if not (np.isfinite(density).all() and density.min() >= 0 and density.max() <= HIGHEST):
        raise BadInput(f"{shown} is not a drawing: it holds values outside 0 to {HIGHEST:g}")
    return kind, np.ascontiguousarray(density)
