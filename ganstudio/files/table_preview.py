"""A look at the first rows of a table or of NumPy's arrays: which columns there are, and which can be coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ganstudio.core.protocol.data_preview import TablePreview
from ganstudio.core.protocol.views import Array
from ganstudio.core.system.errors import BadInput
from ganstudio.files.array_file import ARRAY_SUFFIXES, columns_of, default_columns, first_rows
from ganstudio.files.point_file import Floats, check_file, check_text, named
from ganstudio.files.table_layout import CHUNK, Head, head_of, is_number, numbers_rows

LOOKED_AT = 1000  # rows
SHOWN = 8  # rows, as they are written
MOST_COLUMNS = 200  # that are offered
LONGEST = 60  # letters of a cell or a name
ROW_NUMBERS = "numbers the rows"


def preview_table(path: str | Path) -> TablePreview:
    """Looks at the first rows of a file of points.

    Raises:
        BadInput: It is none, or none of its columns holds numbers throughout.
    """
    shown = named(path)
    file = check_file(path, shown)
    try:
        found = _of_arrays(file, shown) if file.suffix.lower() in ARRAY_SUFFIXES else _of_table(file, shown)
    except OSError as fault:
        raise BadInput(f"{shown} cannot be read: {fault.strerror or fault}") from None
    except UnicodeError:
        raise BadInput(f"{shown} is not text in UTF-8, or in UTF-16 with its mark") from None
    if not any(found.usable):
        told = "; ".join(f"{name} {reason}" for name, reason in zip(found.names[:5], found.reasons, strict=False))
        raise BadInput(f"no column of {shown} holds numbers throughout: {told}")
    return found


def _of_table(file: Path, shown: str) -> TablePreview:
    check_text(file, shown, CHUNK)
    head = head_of(file, shown, LOOKED_AT)
    count = len(head.rows[0])
    header = head.header
    if count > 1 and not any(row[-1].strip() for row in head.rows) and (
            header is None or len(header) == count - 1 or not header[-1]):
        count -= 1  # a comma at the end of each line
    if header is not None and len(header) < count:
        header = None
    count = min(count, MOST_COLUMNS)
    names, writable = _names(header, count)
    sample = np.full((len(head.rows), count), np.nan)
    reasons = [_column(head, at, sample[:, at]) if writable[at] else "has a name that other columns have too"
               for at in range(count)]
    notes = []
    left = [at for at in range(count) if not reasons[at]]
    if header is not None and count > 1 and header[0] in ("", "Unnamed: 0") and numbers_rows(head.rows):
        reasons[0], left = ROW_NUMBERS, [at for at in left if at != 0]
    if head.decimal_comma:
        notes.append("Its commas are read as decimal commas.")
    others = [reason for reason in reasons if reason and reason != ROW_NUMBERS]
    return TablePreview(
        names=names, usable=[not reason for reason in reasons], reasons=reasons,
        rows=[[_short(cell.strip()) for cell in row[:count]] for row in head.rows[:SHOWN]], sample=Array.of(sample),
        looked_at=len(head.rows), whole=head.whole, chosen=_first_choice(names, left),
        ask=len(left) > 2 or bool(others), notes=notes)


def _names(header: Sequence[str] | None, count: int) -> tuple[list[str], list[bool]]:
    """What the columns are called, and whether each can be chosen by that: by its name, or by its number from 1."""
    if header is None:
        return [str(at + 1) for at in range(count)], [True] * count
    names, writable = [], []
    for at, name in enumerate(header[:count]):
        plain = name if name and "," not in name and header.count(name) == 1 else str(at + 1)
        names.append(plain)
        writable.append(plain == name or plain not in header)
    return names, writable


def _column(head: Head, at: int, into: Floats) -> str:
    """Fills in the numbers of a column; why it can be no coordinate, or nothing."""
    reason, bad = "", 0
    for row, cells in enumerate(head.rows):
        cell = cells[at].strip() if at < len(cells) else ""
        if is_number(cell, decimal_comma=head.decimal_comma):
            into[row] = float(cell.replace(",", "."))
        bad += not math.isfinite(into[row])
        if bad == 1 and not reason:
            holds = f"holds “{_short(cell, 20)}”" if cell else "has an empty cell"
            reason = f"{holds} in row {row + 1}"
    return f"{reason}, and no number in {bad:,} of {len(head.rows):,} rows" if bad > 1 else reason


def _first_choice(names: Sequence[str], left: Sequence[int]) -> list[int]:
    """x and y if there are columns called so, else the first two that can be coordinates."""
    named_so = {names[at].lower(): at for at in left}
    return [named_so["x"], named_so["y"]] if {"x", "y"} <= named_so.keys() else list(left[:2])


def _of_arrays(file: Path, shown: str) -> TablePreview:
    columns = columns_of(file, shown)[:MOST_COLUMNS]
    sample = first_rows(file, shown, columns, LOOKED_AT)
    names = [column.name for column in columns]
    reasons = []
    for at, column in enumerate(columns):
        part = sample[:min(len(sample), column.member.shape[0]), at]
        bad = ~np.isfinite(part)
        reasons.append("has no rows" if not len(part) else
                       f"holds {part[bad.argmax()]} in row {int(bad.argmax()) + 1}" if bad.any() else "")
    left = [at for at in range(len(names)) if not reasons[at]]
    usual = [columns.index(column) for column in default_columns(columns)]
    return TablePreview(
        names=names, usable=[not reason for reason in reasons], reasons=reasons,
        rows=[["" if math.isnan(value) else f"{value:.6g}" for value in row] for row in sample[:SHOWN].tolist()],
        sample=Array.of(sample), looked_at=len(sample),
        whole=len(sample) == max(column.member.shape[0] for column in columns),
        chosen=usual or _first_choice(names, left), ask=not usual)


def _short(text: str, most: int = LONGEST) -> str:
    text = text if text.isprintable() else text.encode("unicode_escape", "backslashreplace").decode("ascii")
    return text if len(text) <= most else text[: most - 1] + "…"
