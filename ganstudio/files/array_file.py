"""Reads points from NumPy's files: an array (NPY), or several with names (NPZ). Pickled objects are refused unread."""

from __future__ import annotations

import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.errors import BadInput

Floats = NDArray[np.float64]

ARRAY_SUFFIXES = (".npy", ".npz")
MAX_ROWS = 20_000_000  # 320 MB in two columns of float64
MAX_BYTES = 2 * 1024**3
MOST_ARRAYS = 1000  # of an NPZ file
MOST_COLUMNS = 1000
HEADER_FAULTS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, EOFError, SyntaxError,
                 MemoryError, RuntimeError, tokenize.TokenError)  # what NumPy's header reader raises on damaged headers
ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, struct.error, ValueError,
              LookupError, OverflowError)


class Member(NamedTuple):
    """An array of a file, by its header."""

    name: str  # empty in an NPY file
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    fortran: bool

    @property
    def width(self) -> int:
        """How many columns it has; 0 if it is no table."""
        return 1 if len(self.shape) == 1 else self.shape[1] if len(self.shape) == 2 else 0


class Column(NamedTuple):
    """A column of numbers in a file of arrays."""

    name: str  # as the user may write it
    member: Member
    at: int  # its place in the array, from 0


def columns_of(file: Path, shown: str) -> list[Column]:
    """The columns of whole or real numbers in a file: of an NPY file by number, of an NPZ file by name.

    Columns of an array with several are called ``name.1``, ``name.2``.

    Raises:
        BadInput: It is no such file, or holds no such column.
    """
    return _columns(_members(file, shown), shown)


def _columns(members: Sequence[Member], shown: str) -> list[Column]:
    found: list[Column] = []
    for member in members:
        if member.dtype.kind not in "fiu" or not 1 <= member.width <= MOST_COLUMNS:
            continue
        for at in range(member.width):
            own = member.name if member.name and member.width == 1 else ""
            numbered = f"{member.name}.{at + 1}" if member.name else str(at + 1)
            found.append(Column(own or numbered, member, at))
    if not found:
        raise _unfit(members, shown)
    return found


def _unfit(members: Sequence[Member], shown: str) -> BadInput:
    """Why no array of a file holds points."""
    if not members:
        return BadInput(f"{shown} holds no arrays: allowed is what numpy.savez writes")
    member = members[0]
    called = f"{shown}, array '{_short(member.name)}'" if member.name else shown
    if member.dtype.hasobject:
        return BadInput(f"{called} holds pickled Python objects, which are never run: allowed are numbers")
    if member.dtype.kind not in "fiu":
        return BadInput(f"{called} holds values of type {_short(str(member.dtype))}: "
                        "allowed are whole and real numbers")
    return BadInput(f"{called} has the shape {_short(str(member.shape))}: allowed are (n,), (n, 1) and (n, 2)")


def default_columns(columns: Sequence[Column]) -> list[Column]:
    """The columns that are points if the user chooses none: all of one narrow array, or those called x and y."""
    if len({column.member.name for column in columns}) == 1:
        return list(columns) if len(columns) <= 2 else []
    named = {column.name.lower(): column for column in columns}
    return [named["x"], named["y"]] if {"x", "y"} <= named.keys() else []


def read_array(file: Path, shown: str, columns: str = "", most_rows: int = MAX_ROWS) -> Floats:
    """The points of a file, ``(n, 1)`` or ``(n, 2)``, all finite.

    Args:
        file: NPY or NPZ.
        shown: The file in words.
        columns: The one or two columns that are points, as ``columns_of`` calls them, with a comma between them.
        most_rows: That are allowed.

    Raises:
        BadInput: It holds something else.
    """
    members = _members(file, shown)
    known = _columns(members, shown)
    chosen = _asked(columns, known, shown) if columns else default_columns(known)
    if not chosen:
        names = ", ".join(column.name for column in known)
        example = ",".join(column.name for column in known[:2])
        what = f"has the shape {members[0].shape}: allowed are (n,), (n, 1) and (n, 2); or" if len(members) == 1 else (
            f"holds {len(members)} arrays:")
        raise BadInput(f"{shown} {what} choose one or two columns, as in columns={example} "
                       f"(known are {_short(names, 200)})")
    rows = {column.member.shape[0] for column in chosen}
    if len(rows) > 1:
        one, other = chosen
        raise BadInput(f"{shown}: {_short(one.name)} has {one.member.shape[0]:,} rows and {_short(other.name)} has "
                       f"{other.member.shape[0]:,}: allowed are columns of the same length")
    if (count := rows.pop()) > most_rows:
        raise BadInput(f"{shown} has {count:,} rows: allowed are at most {most_rows:,}")
    held = {column.member.name: _values(file, column.member, shown) for column in chosen}
    picked = [held[column.member.name][:, column.at] for column in chosen]
    with np.errstate(over="ignore", invalid="ignore"):  # a long double beyond float64 becomes infinite, and is told
        points: Floats = np.stack(picked, axis=1).astype(np.float64)
    bad = ~np.isfinite(points)
    if bad.any():
        row, column_at = np.unravel_index(int(bad.argmax()), bad.shape)
        place = f"column {column_at + 1}" if not columns else f"column {_short(chosen[column_at].name)}"
        raise BadInput(f"{shown}, row {row + 1}, {place} holds {points[row, column_at]}: allowed are finite numbers")
    return points


def first_rows(file: Path, shown: str, columns: Sequence[Column], rows: int) -> Floats:
    """The first rows of these columns, ``(n, K)``; shorter ones are filled with NaN. BadInput as above."""
    n = min(rows, max(column.member.shape[0] for column in columns))
    sample = np.full((n, len(columns)), np.nan)
    held: dict[str, NDArray[np.generic]] = {}
    for place, column in enumerate(columns):
        if column.member.name not in held:
            held[column.member.name] = _values(file, column.member, shown)[:rows].copy()
        values = held[column.member.name][:, column.at]
        with np.errstate(over="ignore", invalid="ignore"):
            sample[:len(values), place] = values.astype(np.float64)
    return sample


def _asked(columns: str, known: Sequence[Column], shown: str) -> list[Column]:
    asked = [name.strip() for name in columns.split(",")]
    by_name = {column.name: column for column in known}
    allowed = f"allowed are {_short(', '.join(by_name), 200)}"
    if not 1 <= len(asked) <= 2:
        raise BadInput(f"columns = {_short(columns)} names {len(asked)} columns of {shown}, which is an array: "
                       "allowed are 1 or 2")
    if odd := next((name for name in asked if name not in by_name), None):
        raise BadInput(f"columns = {_short(columns)}: {shown} is an array without a column '{_short(odd)}': "
                       f"{allowed}")
    if len(set(asked)) < len(asked):
        raise BadInput(f"columns = {_short(columns)} names a column of {shown} twice: {allowed}")
    return [by_name[name] for name in asked]


# Headers and values ----------------------------------------------------------------------------------------------


def _members(file: Path, shown: str) -> list[Member]:
    if file.suffix.lower() == ".npy":
        with file.open("rb") as handle:
            return [_member("", handle, shown, file.stat().st_size)]
    with _opened(file, shown) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")][:MOST_ARRAYS]
        members = []
        for entry in entries:
            with archive.open(entry) as packed:
                name = entry.filename.removesuffix(".npy")
                members.append(_member(name, packed, f"{shown}, array '{_short(name)}'", entry.file_size))
        return members


@contextmanager
def _opened(file: Path, shown: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except BadInput:
        raise
    except ZIP_FAULTS as fault:
        raise BadInput(f"{shown} cannot be unpacked: {_short(str(fault) or type(fault).__name__, 100)}: "
                       "allowed is what numpy.savez writes") from None


def _member(name: str, handle: IO[bytes], shown: str, size: int) -> Member:
    shape, fortran, dtype = _header(handle, shown)
    if any(side < 0 for side in shape):
        raise BadInput(f"{shown} has the shape {_short(str(shape))}: allowed are (n,), (n, 1) and (n, 2)")
    member = Member(name, shape, dtype, fortran)
    if dtype.kind in "fiu" and member.width:
        there, promised = size - handle.tell(), shape[0] * member.width * dtype.itemsize
        if shape[0] > MAX_ROWS:
            raise BadInput(f"{shown} has {shape[0]:,} rows: allowed are at most {MAX_ROWS:,}")
        if there < promised:
            raise BadInput(f"{shown} is cut short: it holds {there:,} bytes of numbers "
                           f"and its header promises {promised:,}")
        if promised > MAX_BYTES:
            raise BadInput(f"{shown} has {promised:,} bytes: allowed are at most {MAX_BYTES:,}")
    return member


def _values(file: Path, member: Member, shown: str) -> NDArray[np.generic]:
    """The numbers of an array, ``(n, width)``."""
    count = member.shape[0] * member.width
    if not member.name:
        with file.open("rb") as handle:
            _header(handle, shown)
            raw: NDArray[np.generic] = np.fromfile(handle, dtype=member.dtype, count=count)
    else:
        with _opened(file, shown) as archive, archive.open(f"{member.name}.npy") as packed:
            _header(packed, shown)
            held = packed.read(count * member.dtype.itemsize)
            if len(held) < count * member.dtype.itemsize:
                raise BadInput(f"{shown}, array '{_short(member.name)}' is cut short")
            raw = np.frombuffer(held, dtype=member.dtype)
    return raw.reshape((member.shape[0], member.width), order="F" if member.fortran else "C")


def _header(handle: IO[bytes], shown: str) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the parser about odd headers: what matters is checked below
            version = np.lib.format.read_magic(handle)
            if version == (1, 0):
                header = np.lib.format.read_array_header_1_0(handle)
            elif version == (2, 0):
                header = np.lib.format.read_array_header_2_0(handle)
            else:  # 3.0 is for named fields only
                raise BadInput(f"{shown} is of NPY version {version[0]}.{version[1]}: allowed are 1.0 and 2.0")
    except BadInput:
        raise
    except HEADER_FAULTS:
        raise BadInput(f"{shown} does not start as an NPY file does: allowed is what numpy.save writes") from None
    shape, fortran, dtype = header
    return tuple(int(n) for n in shape), bool(fortran), dtype


def _short(text: str, most: int = 40) -> str:
    text = text.encode("unicode_escape", "backslashreplace").decode("ascii") if not text.isprintable() else text
    return text if len(text) <= most else text[: most - 3] + "..."
