"""Reads points from a user's CSV or NPY file, and says in one sentence what is wrong with it.

A table goes through NumPy's own parser: 10 million rows of 2 columns in about 5 s. That one is terse about
faults, so a table that it refuses is read again line by line to name the line and the cell.
"""

from __future__ import annotations

import codecs
import math
import re
import tokenize
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.errors import BadInput

Floats = NDArray[np.float64]

SUFFIXES = (".csv", ".tsv", ".txt", ".npy")
MAX_ROWS = 20_000_000  # 320 MB in two columns of float64
MAX_BYTES = 2 * 1024**3
LARGEST = 1e100  # beyond it, and below its inverse, squares leave the range of float64
CHUNK = 1 << 20  # bytes looked through at a time, hence also the longest line
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(inf|infinity|nan)", re.ASCII | re.IGNORECASE)


def read_points(path: str | Path) -> Floats:
    """The points of a file, unchanged.

    A table holds one point a line, its cells separated by commas, semicolons, tabs or blanks, below at
    most one header line. An NPY file holds whole or real numbers, (n,), (n, 1) or (n, 2); pickled
    objects are refused unread.

    Args:
        path: File with one of ``SUFFIXES``, of at most ``MAX_BYTES`` and ``MAX_ROWS``.

    Returns:
        ``(n, d)``, d 1 or 2, all finite, at least two rows differ.

    Raises:
        BadInput: Anything else; the sentence names the file, the fault and what is allowed.
    """
    shown = f"the points file '{_short(str(path), 200)}'"
    try:
        file = Path(path).expanduser()
        suffix = file.suffix.lower()
        if file.is_dir():
            raise BadInput(f"{shown} is a folder: allowed is a file ending in {_listed(SUFFIXES)}")
        if suffix not in SUFFIXES:
            raise BadInput(f"{shown} ends in '{_short(suffix)}': allowed are {_listed(SUFFIXES)}")
        size = file.stat().st_size
        if not file.is_file():  # a pipe would wait for ever
            raise BadInput(f"{shown} is not a regular file: allowed is a file ending in {_listed(SUFFIXES)}")
        if size > MAX_BYTES:
            raise BadInput(f"{shown} has {size:,} bytes: allowed are at most {MAX_BYTES:,}")
        points = _read_npy(file, size, shown) if suffix == ".npy" else _read_table(file, shown)
    except FileNotFoundError:
        raise BadInput(f"{shown} does not exist: give the path of a file ending in {_listed(SUFFIXES)}") from None
    except OSError as fault:
        raise BadInput(f"{shown} cannot be read: {fault.strerror or fault}") from None
    except BadInput:
        raise
    except ValueError:  # a NUL or a lone surrogate in the name: no file can be called that
        raise BadInput(f"{shown} does not exist: its name holds a character that no file name may hold") from None
    except RuntimeError:  # '~name' of a user without a home
        raise BadInput(f"{shown} does not exist: the home folder that it starts with is unknown") from None
    check_spread(points, shown)
    return points


def check_spread(points: Floats, shown: str) -> None:
    """Raises BadInput if points ``(n, d)``, all finite, do not lie as a data set must; ``shown``: their name."""
    if len(points) == 0:
        raise BadInput(f"{shown} holds no rows: at least 2 different points are needed")
    low, high = points.min(axis=0), points.max(axis=0)
    largest = float(np.maximum(abs(low), abs(high)).max())
    if largest > LARGEST:
        raise BadInput(f"{shown} holds a value of size {largest:g}: "
                       f"allowed are values from -{LARGEST:g} to {LARGEST:g}")
    spread = float((high - low).max())
    if spread == 0:
        count = "one point" if len(points) == 1 else f"one point {len(points):,} times"
        raise BadInput(f"{shown} holds {count}: at least 2 different points are needed")
    # The second bound: float64 keeps 16 digits, and fewer than 4 of spread are steps, not data.
    least = max(1 / LARGEST, 1e-12 * largest)
    if spread < least:
        raise BadInput(f"{shown} spreads over only {spread:g} around values of size {largest:g}: "
                       f"allowed is a spread of at least {least:g}")


# ---- NPY ----

HEADER_FAULTS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, EOFError, SyntaxError,
                 MemoryError, RuntimeError, tokenize.TokenError)  # what NumPy's header reader raises on damaged headers


def _read_npy(file: Path, size: int, shown: str) -> Floats:
    with file.open("rb") as handle:
        shape, fortran, dtype = _npy_header(handle, shown)
        if dtype.hasobject:
            raise BadInput(f"{shown} holds pickled Python objects, which are never run: allowed are numbers")
        if dtype.kind not in "fiu":
            raise BadInput(f"{shown} holds values of type {_short(str(dtype))}: allowed are whole and real numbers")
        if not 1 <= len(shape) <= 2 or (len(shape) == 2 and shape[1] not in (1, 2)) or shape[0] < 0:
            raise BadInput(f"{shown} has the shape {_short(str(shape))}: allowed are (n,), (n, 1) and (n, 2)")
        rows, columns = shape[0], shape[1] if len(shape) == 2 else 1
        if rows > MAX_ROWS:
            raise BadInput(f"{shown} has {rows:,} rows: allowed are at most {MAX_ROWS:,}")
        there, promised = size - handle.tell(), rows * columns * dtype.itemsize
        if there < promised:
            raise BadInput(f"{shown} is cut short: it holds {there:,} bytes of numbers "
                           f"and its header promises {promised:,}")
        raw = np.fromfile(handle, dtype=dtype, count=rows * columns)
    with np.errstate(over="ignore", invalid="ignore"):  # a long double beyond float64 becomes infinite, and is reported
        points = raw.astype(np.float64).reshape((rows, columns), order="F" if fortran else "C")
    points = np.ascontiguousarray(points)
    bad = ~np.isfinite(points)
    if bad.any():
        row, column = np.unravel_index(int(bad.argmax()), bad.shape)
        raise BadInput(f"{shown}, row {row + 1}, column {column + 1} holds {points[row, column]}: "
                       "allowed are finite numbers")
    return points


def _npy_header(handle: BinaryIO, shown: str) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
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


# ---- tables ----


def _read_table(file: Path, shown: str) -> Floats:
    _check_text(file, shown)
    skipped, separator = _layout(file, shown)
    try:
        points = np.loadtxt(str(file.absolute()), delimiter=separator, comments=None, skiprows=skipped, ndmin=2,
                            dtype=np.float64, encoding="utf-8-sig")
    except ValueError as fault:
        row = re.search(r"at row (\d+)", str(fault))  # counted from 0 or 1: that depends on the fault
        _tell_fault(file, skipped, int(row[1]) - 2 if row else 0, separator, shown)
        _tell_fault(file, skipped, 0, separator, shown)
        raise BadInput(f"{shown} is not a table of numbers: {fault}") from None
    if not (finite := np.isfinite(points).all(axis=1)).all():
        _tell_fault(file, skipped, int(finite.argmin()), separator, shown)
        raise BadInput(f"{shown} holds NaN or infinite values: allowed are finite numbers")
    return points


def _check_text(file: Path, shown: str) -> None:
    """Looks through the bytes: text in UTF-8, no NUL, neither too many lines nor a line without end."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = 0
    with file.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            line = lines + 1
            if (nul := chunk.find(b"\0")) >= 0:
                raise BadInput(f"{shown}, line {line + _ends(chunk[:nul])} holds a NUL byte: "
                               "allowed is a table as text in UTF-8")
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as fault:
                where = line + _ends(chunk[: max(0, fault.start)])
                raise _not_utf8(shown, where, fault.object[fault.start]) from None
            lines += (ends := _ends(chunk))
            if ends == 0 and len(chunk) == CHUNK:
                raise BadInput(f"{shown}, line {line} is longer than {CHUNK:,} bytes: "
                               "allowed are 1 or 2 numbers a line")
            if lines > MAX_ROWS + 1:  # one may be the header
                raise BadInput(f"{shown} has more than {MAX_ROWS:,} rows: allowed are at most {MAX_ROWS:,}")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        raise _not_utf8(shown, lines + 1, fault.object[fault.start]) from None


def _not_utf8(shown: str, line: int, byte: int) -> BadInput:
    return BadInput(f"{shown}, line {line} holds the byte 0x{byte:02X}, which is not UTF-8: "
                    "allowed is a table as text in UTF-8")


def _ends(chunk: bytes) -> int:
    """Line ends of any of the three customs; one cut in two by the chunk's end may count twice."""
    return max(chunk.count(b"\n"), chunk.count(b"\r"))


def _layout(file: Path, shown: str) -> tuple[int, str | None]:
    """How many lines come before the numbers, and what separates cells (None: blanks)."""
    header: str | None = None
    with file.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines):
            text = line.rstrip("\n")
            if not text.strip():
                continue
            separator = next((mark for mark in ";,\t" if mark in text), None)
            cells = text.split(separator)
            if header is None and not any(_is_number(cell) for cell in cells):
                header = text
                continue
            if len(cells) > 2:
                raise BadInput(f"{shown}, line {number + 1} has {len(cells)} columns: allowed are 1 or 2")
            return number, separator
    after = "" if header is None else f" below its header '{_short(header)}'"
    raise BadInput(f"{shown} holds no rows of numbers{after}: at least 2 different points are needed")


def _tell_fault(file: Path, skipped: int, sound: int, separator: str | None, shown: str) -> None:
    """Raises the sentence for the first faulty line, if there is one.

    Args:
        file: The table.
        skipped: How many lines come before the numbers.
        sound: How many rows are known to be in order; they are only counted (a fault at the end of
            10 million rows is reported after 6 s instead of 20).
        separator: What separates cells.
        shown: The file in words.
    """
    columns = row = 0
    with file.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            text = line.rstrip("\n") if separator else line.strip()
            if number <= skipped or not text:
                continue
            row += 1
            if columns and row <= sound:
                continue
            cells = text.split(separator)
            where = f"{shown}, line {number}"
            columns = columns or len(cells)
            for cell in cells[:2]:
                if not _is_number(cell):
                    holds = f"the text '{_short(cell.strip())}'" if cell.strip() else "an empty cell"
                    raise BadInput(f"{where} holds {holds}: allowed are numbers such as -1.5 or 2e3")
                if not math.isfinite(float(cell)):
                    raise BadInput(f"{where} holds {cell.strip()}: allowed are finite numbers")
            if len(cells) > 2:
                raise BadInput(f"{where} has {len(cells)} columns: allowed are 1 or 2")
            if len(cells) != columns:
                raise BadInput(f"{where} has {len(cells)} column{'s' * (len(cells) > 1)} and the lines before have "
                               f"{columns}: allowed is the same number in each line")


def _is_number(cell: str) -> bool:
    return NUMBER.fullmatch(cell.strip()) is not None


def _short(text: str, most: int = 40) -> str:
    text = text.encode("unicode_escape", "backslashreplace").decode("ascii") if not text.isprintable() else text
    return text if len(text) <= most else text[: most - 3] + "..."


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + " or " + names[-1]
