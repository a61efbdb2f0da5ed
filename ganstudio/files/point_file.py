"""Reads points from a user's CSV, NPY or NPZ file, and says in one sentence what is wrong with it.

A table goes through NumPy's own parser: 10 million rows of 2 columns in about 5 s. That one is terse about
faults, so a table that it refuses is read again line by line to name the line and the cell.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.errors import BadInput
from ganstudio.files.array_file import ARRAY_SUFFIXES, MAX_BYTES, MAX_ROWS, read_array
from ganstudio.files.table_layout import (
    CHUNK,
    Layout,
    bare,
    column_name,
    encoding_of,
    head_of,
    is_number,
    layout_of,
    other_columns,
    split,
)

Floats = NDArray[np.float64]

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
SUFFIXES = (*TABLE_SUFFIXES, *ARRAY_SUFFIXES)
MOST_COUNTED = 100_000  # rows that are looked through to say how many have a fault
LARGEST = 1e100  # beyond it, and below its inverse, squares leave the range of float64


class PointsFound(NamedTuple):
    """Points ``(n, d)`` as they are in a file, and what the user should know of how it was read."""

    points: Floats
    notes: tuple[str, ...] = ()


def read_points(path: str | Path) -> Floats:
    """The points of a file, ``(n, 1)`` or ``(n, 2)`` in its own units; BadInput as in ``find_points``."""
    return find_points(path).points


def find_points(path: str | Path, columns: str = "") -> PointsFound:
    """The points of a file, unchanged.

    A table holds one point a line, its cells separated by commas, semicolons, tabs or blanks, below at
    most one header line; numbers may have decimal commas. Lines that begin with a number sign are left out, as are an
    empty last column and one that numbers the rows. An NPY file holds whole or real numbers, (n,), (n, 1) or (n, 2);
    pickled objects are refused unread. Of wider tables and arrays, and of those of an NPZ file, columns are chosen.

    Args:
        path: File with one of ``SUFFIXES``, of at most ``MAX_BYTES`` and ``MAX_ROWS``.
        columns: Which columns are points, by name or number, with a comma between them; empty: the file has no others.

    Returns:
        Points ``(n, d)``, d 1 or 2, all finite, at least two of them differ.

    Raises:
        BadInput: Anything else; the sentence names the file, the fault and what is allowed.
    """
    shown = named(path)
    file = check_file(path, shown)
    try:
        if file.suffix.lower() in ARRAY_SUFFIXES:
            found = PointsFound(read_array(file, shown, columns, MAX_ROWS))
        else:
            found = _read_table(file, shown, columns)
    except OSError as fault:
        raise BadInput(f"{shown} cannot be read: {fault.strerror or fault}") from None
    check_spread(found.points, shown)
    return found


def named(path: str | Path) -> str:
    """A file of points in words, for sentences."""
    return f"the points file '{_short(str(path), 200)}'"


def check_file(path: str | Path, shown: str) -> Path:
    """The file of a path, if it can hold points by its name and size; BadInput if not."""
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
    return file


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


# ---- tables ----


def _read_table(file: Path, shown: str, columns: str) -> PointsFound:
    check_text(file, shown)
    layout = layout_of(file, shown, columns)
    points = _parsed(file, layout, shown) if layout.plain else None
    if points is None:
        points = np.loadtxt(_rows(file, layout, shown), delimiter=",", comments=None, ndmin=2, dtype=np.float64)
    if not (finite := np.isfinite(points).all(axis=1)).all():
        _tell_fault(file, layout, int(finite.argmin()), shown)
        raise BadInput(f"{shown} holds NaN or infinite values: allowed are finite numbers")
    return PointsFound(points, layout.notes)


def _parsed(file: Path, layout: Layout, shown: str) -> Floats | None:
    """A table as NumPy reads it by itself; None if it cannot, and no line has a fault: a row of blanks is none."""
    try:
        return np.loadtxt(str(file.absolute()), delimiter=layout.separator, comments="#", skiprows=layout.skipped,
                          ndmin=2, dtype=np.float64, encoding=layout.encoding, quotechar='"' if layout.quoted else None)
    except ValueError as fault:
        row = re.search(r"at row (\d+)", str(fault))  # counted from 0 or 1: that depends on the fault
        _tell_fault(file, layout, int(row[1]) - 2 if row else 0, shown)
        _tell_fault(file, layout, 0, shown)
        return None


def _rows(file: Path, layout: Layout, shown: str) -> Iterator[str]:
    """The points of a table as NumPy reads them, one by one: a few seconds for a million.

    Raises:
        BadInput: A row has another number of cells, or a cell of a point holds no number.
    """
    with file.open(encoding=layout.encoding, newline=None) as lines:
        for number, line in enumerate(lines, start=1):
            text = _bare(line, layout)
            if number <= layout.skipped or not text:
                continue
            cells = split(text, layout.separator, quoted=layout.quoted)
            if len(cells) != layout.cells:
                raise _other_cells(f"{shown}, line {number}", len(cells), layout.cells)
            for at in layout.chosen:
                if not is_number(cells[at], decimal_comma=layout.decimal_comma):
                    raise _no_number(file, layout, shown, number, at, cells[at].strip())
            yield ",".join(_point(cells, layout))


def _point(cells: list[str], layout: Layout) -> list[str]:
    """The numbers of a row, with decimal points."""
    point = [cells[at].strip() for at in layout.chosen]
    return [cell.replace(",", ".") for cell in point] if layout.decimal_comma else point


def _bare(line: str, layout: Layout) -> str:
    """A line without its end and what follows a number sign."""
    text = bare(line)
    return text if layout.separator and text.strip() else text.strip()


def check_text(file: Path, shown: str, most: float = math.inf) -> None:
    """Looks through the bytes, the first ``most`` of them: text, no NUL, neither too many lines nor one without end."""
    with file.open("rb") as handle:
        encoding = encoding_of(handle.read(4))
    wide = encoding == "utf-16"
    decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8")()
    lines = looked = 0
    with file.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            if looked >= most:
                return
            looked += len(chunk)
            line = lines + 1
            if not wide and (nul := chunk.find(b"\0")) >= 0:
                raise BadInput(f"{shown}, line {line + _ends(chunk[:nul])} holds a NUL byte: "
                               "allowed is a table as text in UTF-8, or in UTF-16 with its mark")
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as fault:
                where = line + _ends(chunk[: max(0, fault.start)])
                raise _not_text(shown, where, fault.object[fault.start], encoding) from None
            lines += (ends := _ends(chunk))
            if ends == 0 and len(chunk) == CHUNK:
                raise BadInput(f"{shown}, line {line} is longer than {CHUNK:,} bytes: "
                               "allowed are 1 or 2 numbers a line")
            if lines > MAX_ROWS + 1:  # one may be the header
                raise BadInput(f"{shown} has more than {MAX_ROWS:,} rows: allowed are at most {MAX_ROWS:,}")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        raise _not_text(shown, lines + 1, fault.object[fault.start], encoding) from None


def _not_text(shown: str, line: int, byte: int, encoding: str) -> BadInput:
    name = "UTF-16, as its mark says" if encoding == "utf-16" else "UTF-8"
    return BadInput(f"{shown}, line {line} holds the byte 0x{byte:02X}, which is not {name}: "
                    "allowed is a table as text in UTF-8, or in UTF-16 with its mark: save it as CSV UTF-8")


def _ends(chunk: bytes) -> int:
    """Line ends of any of the three customs; one cut in two by the chunk's end may count twice."""
    return max(chunk.count(b"\n"), chunk.count(b"\r"))


def _tell_fault(file: Path, layout: Layout, sound: int, shown: str) -> None:
    """Raises the sentence for the first faulty line, if there is one.

    Args:
        file: The table.
        layout: How it is written.
        sound: How many rows are known to be in order; they are only counted (a fault at the end of
            10 million rows is reported after 6 s instead of 20).
        shown: The file in words.
    """
    row = 0
    with file.open(encoding=layout.encoding, newline=None) as lines:
        for number, line in enumerate(lines, start=1):
            text = _bare(line, layout)
            if number <= layout.skipped or not text:
                continue
            row += 1
            if row <= sound:
                continue
            cells, where = split(text, layout.separator, quoted=layout.quoted), f"{shown}, line {number}"
            for at in layout.chosen:
                cell = cells[at].strip() if at < len(cells) else None
                if cell is None:
                    break
                if not is_number(cell, decimal_comma=layout.decimal_comma):
                    raise _no_number(file, layout, shown, number, at, cell)
                if not math.isfinite(float(cell.replace(",", "."))):
                    raise BadInput(f"{where} holds {cell}: allowed are finite numbers")
            if len(cells) != layout.cells:
                raise _other_cells(where, len(cells), layout.cells)


def _no_number(file: Path, layout: Layout, shown: str, line: int, at: int, cell: str) -> BadInput:
    """The sentence on a cell that holds no number: in how many rows it is so, and what can be done."""
    bad = rows = 0
    with file.open(encoding=layout.encoding, newline=None) as lines:
        for number, text in enumerate(lines, start=1):
            if number > layout.skipped and (row := _bare(text, layout)):
                cells = split(row, layout.separator, quoted=layout.quoted)
                bad += not (at < len(cells) and is_number(cells[at], decimal_comma=layout.decimal_comma))
                rows += 1
                if rows == MOST_COUNTED:
                    break
    head = head_of(file, shown)
    others = other_columns(head, layout.chosen)
    ways = [] if bad == rows else ["fill it in or delete it" if bad == 1 else "fill them in or delete them"]
    ways += [f"choose another column, as in columns={others[0]}"] if others else []
    ways += [f"choose the other column alone: columns={known}" for known in other_columns(head, [at])[:1] if not others]
    holds = f"the text '{_short(cell)}'" if cell else "an empty cell"
    first = "the first " if rows == MOST_COUNTED else ""
    return BadInput(f"{shown}, line {line} holds {holds} in column {column_name(head, at)}, as {bad:,} of {first}"
                    f"{rows:,} rows hold no number there: allowed are numbers such as -1.5 or 2e3"
                    + (f"; {', or '.join(ways)}" if ways else ""))


def _other_cells(where: str, count: int, usual: int) -> BadInput:
    if count > 2 >= usual:
        return BadInput(f"{where} has {count} columns: allowed are 1 or 2")
    return BadInput(f"{where} has {count} column{'s' * (count > 1)} and the lines before have "
                    f"{usual}: allowed is the same number in each line")


def _short(text: str, most: int = 40) -> str:
    text = text.encode("unicode_escape", "backslashreplace").decode("ascii") if not text.isprintable() else text
    return text if len(text) <= most else text[: most - 3] + "..."


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + " or " + names[-1]
