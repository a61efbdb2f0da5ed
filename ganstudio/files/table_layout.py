"""How a user's table of points is written: its encoding, separator, decimal mark, header, and which columns are points.

Spreadsheets, pandas, R and numpy each write tables their own way; what can be read in two ways is refused.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ganstudio.core.system.errors import BadInput

SAMPLE = 200  # lines that are looked at
CHUNK = 1 << 20  # bytes looked through at a time, hence also the longest line
MOST_CELLS = 1000  # of a row
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(inf|infinity|nan)", re.ASCII | re.IGNORECASE)
COMMA_NUMBER = re.compile(r"[+-]?(\d+,\d*|,\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
NUMBER_OTHERWISE = re.compile(r"[$€£¥+−-]*\d[\d.,'’_]*[%$€£¥]*")  # 1'000, 12 %, 1.234,5
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)  # digits on both sides
SAID_FIRST = re.compile(r"sep=([;,\t| ])\s*")  # what a spreadsheet writes on top to say its separator


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How the rows of a table are read."""

    encoding: str
    skipped: int  # lines before the first row
    separator: str | None  # None: blanks
    decimal_comma: bool
    quoted: bool
    cells: int  # in each row
    chosen: tuple[int, ...]  # the cells that are a point's
    notes: tuple[str, ...] = ()  # what the user should know: a sentence each

    @property
    def plain(self) -> bool:
        """Whether each row is a point and nothing else, in the form that NumPy reads from a path."""
        return self.encoding != "utf-16" and not self.decimal_comma and self.chosen == tuple(range(self.cells))


def encoding_of(head: bytes) -> str:
    """The encoding that the first bytes of a file tell: a spreadsheet's "Unicode text" is UTF-16 with its mark."""
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def bare(line: str) -> str:
    """A line without its end, and without what follows a number sign."""
    text = line.rstrip("\n")
    return text[: text.index("#")] if "#" in text and '"' not in text else text


def split(text: str, separator: str | None, *, quoted: bool) -> list[str]:
    """The cells of a line, bare."""
    if not quoted:
        return text.split(separator)
    if separator is None:
        return [cell.strip('"') for cell in text.split()]
    try:
        return next(csv.reader([text], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:  # a cell of more than 131,072 letters
        return [text]


def is_number(cell: str, *, decimal_comma: bool = False) -> bool:
    """Whether a cell is a number, or one of the words for what is none; where commas are decimal, points are not."""
    cell = cell.strip()
    if decimal_comma:
        return COMMA_NUMBER.fullmatch(cell) is not None or ("." not in cell and NUMBER.fullmatch(cell) is not None)
    return NUMBER.fullmatch(cell) is not None


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first lines of a table, cut into cells."""

    encoding: str
    separator: str | None  # None: blanks
    decimal_comma: bool
    quoted: bool
    header: list[str] | None  # the names of the columns, if there is a header
    rows: list[list[str]]  # below it, one or more
    first: int  # the line of the first row, from 0
    whole: bool  # whether these are all rows


def layout_of(file: Path, shown: str, columns: str = "") -> Layout:
    """Looks at the first lines of a table.

    Args:
        file: The table.
        shown: The file in words.
        columns: The one or two columns that are points, by name or number from 1, with a comma between them; empty:
            all that hold data.

    Raises:
        BadInput: It holds no rows of numbers, or its form is not known.
    """
    head = head_of(file, shown)
    cells, chosen, notes = _columns(head.rows, head.header, columns, shown, head.first + 1)
    if head.decimal_comma:
        notes = (*notes, "Its commas are read as decimal commas.")
    return Layout(encoding=head.encoding, skipped=head.first, separator=head.separator,
                  decimal_comma=head.decimal_comma, quoted=head.quoted, cells=cells, chosen=chosen, notes=notes)


def head_of(file: Path, shown: str, most: int = SAMPLE) -> Head:
    """The first ``most`` lines of a table that hold something; BadInput as in ``layout_of``."""
    with file.open("rb") as handle:
        encoding = encoding_of(handle.read(4))
    lines: list[tuple[int, str]] = []  # number from 0, and text
    said: str | None = None
    whole = True
    with file.open(encoding=encoding, newline=None) as handle_text:
        for number, line in enumerate(handle_text):
            text = bare(line)
            if not lines and said is None and (found := SAID_FIRST.fullmatch(text)):
                said = found[1]
            elif text.strip():
                if len(lines) == most:
                    whole = False
                    break
                lines.append((number, text))
    if not lines:
        raise BadInput(f"{shown} holds no rows of numbers: at least 2 different points are needed")
    texts = [text for _, text in lines]
    quoted = any('"' in text for text in texts)
    separator, decimal_comma = _separator(texts, quoted) if said is None else (None if said == " " else said, None)
    rows = [split(text, separator, quoted=quoted) for text in texts]
    if decimal_comma is None:
        decimal_comma = any(COMMA_NUMBER.fullmatch(cell.strip()) for row in rows for cell in row) and not any(
            "." in cell and is_number(cell) for row in rows for cell in row)
    _check_title(rows, lines, decimal_comma, shown)
    header = _header(rows[0], decimal_comma, f"{shown}, line {lines[0][0] + 1}")
    if header is not None and len(rows) == 1:
        raise BadInput(f"{shown} holds no rows of numbers below its header '{_short(texts[0])}': "
                       "at least 2 different points are needed")
    first = 0 if header is None else 1
    if header is not None and len(header) == len(rows[1]) - 1 and (quoted or separator is None) and (
            numbers_rows(rows[1:])):
        header = ["", *header]  # as R writes row names
    if header is not None and len(header) != len(rows[1]) and separator is None:
        header = None  # words above the columns, not their names
    return Head(encoding=encoding, separator=separator, decimal_comma=decimal_comma, quoted=quoted, header=header,
                rows=rows[first:], first=lines[first][0], whole=whole)


def _separator(texts: Sequence[str], quoted: bool) -> tuple[str | None, bool | None]:
    """What separates the cells, and whether commas are decimal marks; None for that: to be seen from the cells."""
    rows = texts[1:] or texts
    unquoted = [re.sub(r'"[^"]*"', '""', text) for text in rows] if quoted else rows
    for mark in ";\t":
        if any(mark in text for text in unquoted):
            return mark, None
    if any("," in text for text in unquoted):
        cells = [cell for text in unquoted for cell in text.split()]
        if all(DECIMAL_COMMA.fullmatch(cell) or cell.lstrip("+-").isdecimal() for cell in cells):
            if all(len(text.split()) == 2 for text in unquoted):
                return None, True  # 1,5 2,5
            if len(texts) > 1 and len(texts[0].split()) == 1 and "," not in texts[0] and not is_number(texts[0]):
                return None, True  # a column under a header of one word
        return ",", None
    return ("," if quoted and any("," in text for text in texts) else None), None


def _check_title(
    rows: Sequence[Sequence[str]], lines: Sequence[tuple[int, str]], decimal_comma: bool, shown: str,
) -> None:
    """Raises BadInput if more than the names of the columns lies above the numbers: a title, units, a first gap."""
    top = next((at for at, row in enumerate(rows) if any(
        is_number(cell, decimal_comma=decimal_comma) for cell in row)), 0)
    words = [at for at in range(top) if any(cell.strip() for cell in rows[at])]
    if len(words) > 1:
        told = " and ".join(f"'{_short(lines[at][1].strip())}'" for at in (words[0], words[-1]))
        raise BadInput(f"{shown} has {len(words)} lines of words ({told}) above its first numbers in line "
                       f"{lines[top][0] + 1}: allowed is one, with the names of the columns; delete the others, or "
                       "begin them with #")


def _header(first: Sequence[str], decimal_comma: bool, where: str) -> list[str] | None:
    """The names of the columns, if the first line is a header."""
    if any(is_number(cell, decimal_comma=decimal_comma) for cell in first):
        return None
    if odd := next((cell.strip() for cell in first if NUMBER_OTHERWISE.fullmatch("".join(cell.split()))), None):
        raise BadInput(f"{where} holds '{_short(odd)}', a number in a form that is not read: allowed are numbers such "
                       "as -1.5, 2e3, or -1,5 throughout")
    return [cell.strip() for cell in first]


def _columns(
    rows: Sequence[Sequence[str]], header: list[str] | None, columns: str, shown: str, line: int,
) -> tuple[int, tuple[int, ...], tuple[str, ...]]:
    """How many cells a row has, and which of them are a point's."""
    count = len(rows[0])
    if count > MOST_CELLS:
        raise BadInput(f"{shown}, line {line} has {count:,} columns: allowed are 1 or 2")
    left = list(range(count))
    notes: list[str] = []
    if count > 1 and all(len(row) == count and not row[-1].strip() for row in rows) and (
            header is None or len(header) == count - 1 or (len(header) == count and not header[-1])):
        left.pop()
        header = None if header is None else header[:count - 1]
    names = header
    if names is not None and len(names) != len(left):
        raise BadInput(f"{shown} has a header of {_cells(len(names))}, and line {line} has {_cells(len(left))}: "
                       "allowed is the same number in each line; delete a title, or begin it with #")
    if columns:
        return count, _asked(columns, names, left, shown), ()
    if names is not None and len(left) > 1 and names[0] in ("", "Unnamed: 0") and numbers_rows(rows):
        left = left[1:]
        notes.append("Its first column numbers the rows, and is left out.")
    if len(left) > 2:
        known = ", ".join(names[at] or str(at + 1) for at in left) if names is not None else f"1 to {len(left)}"
        numeric = [at for at in left if all(at < len(row) and is_number(row[at]) for row in rows)]
        example = ",".join(_way_to_name(at, names) for at in (numeric or left)[:2])
        raise BadInput(f"{shown}, line {line} has {len(left)} columns: allowed are 1 or 2; choose them, as in "
                       f"columns={example} (known are {_short(known, 200)})")
    return count, tuple(left), tuple(notes)


def numbers_rows(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first cells count the rows, from 0 or 1."""
    first = rows[0][0].strip()
    return first in ("0", "1") and all(row[0].strip() == str(int(first) + at) for at, row in enumerate(rows))


def other_columns(head: Head, but: Sequence[int]) -> list[str]:
    """How the columns that hold numbers throughout the first rows can be asked for, without those of ``but``."""
    count = min(len(row) for row in head.rows)
    names = head.header if head.header is not None and len(head.header) == count else None
    return [_way_to_name(at, names) for at in range(count) if at not in but and all(
        is_number(row[at], decimal_comma=head.decimal_comma) for row in head.rows)]


def column_name(head: Head, at: int) -> str:
    """A column in words: its name, else its number."""
    name = head.header[at] if head.header is not None and at < len(head.header) else ""
    return f"'{_short(name)}'" if name else str(at + 1)


def _way_to_name(at: int, names: list[str] | None) -> str:
    """How a column can be asked for: by its name if no other has it, else by its number."""
    name = names[at] if names is not None else ""
    return name if name and names is not None and names.count(name) == 1 else str(at + 1)


def _asked(columns: str, names: list[str] | None, left: list[int], shown: str) -> tuple[int, ...]:
    asked = [name.strip() for name in columns.split(",")]
    known = ", ".join(name for name in names or [] if name)
    allowed = f"allowed are {f'{_short(known, 200)}, or ' if known else ''}the numbers 1 to {len(left)}"
    if not 1 <= len(asked) <= 2:
        raise BadInput(f"columns = {_short(columns)} names {len(asked)} columns of {shown}: allowed are 1 or 2")
    found = []
    for name in asked:
        if names is not None and names.count(name) == 1:
            found.append(names.index(name))
        elif name.isdecimal() and len(name) < 5 and 1 <= int(name) <= len(left):
            found.append(int(name) - 1)
        else:
            raise BadInput(f"columns = {_short(columns)}: {shown} has no column '{_short(name)}': {allowed}")
    if len(set(found)) < len(found):
        raise BadInput(f"columns = {_short(columns)} names a column of {shown} twice: {allowed}")
    return tuple(found)


def _cells(count: int) -> str:
    return f"{count} column{'s' * (count > 1)}"


def _short(text: str, most: int = 40) -> str:
    text = text.encode("unicode_escape", "backslashreplace").decode("ascii") if not text.isprintable() else text
    return text if len(text) <= most else text[: most - 3] + "..."
