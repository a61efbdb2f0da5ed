"""What the library's columns say of a run, what they are sorted by, and which runs a search finds."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ganstudio.core.runs.format import SUFFIX
from ganstudio.core.runs.library import AUTOMATIC_NAME, Kept
from ganstudio.core.system.printable import printable
from ganstudio.core.system.wording import figure

TELLING = {"modes": "modes", "jsd": "JSD", "fid": "FID", "w1": "W1", "recall": "recall"}  # measures by their names
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Column:
    """What a column says of a run, in a line and a quieter one below."""

    title: str
    help: str
    first: Callable[[Kept], str]
    key: Callable[[Kept], Any]  # what it is sorted by
    second: Callable[[Kept], str] = lambda kept: ""
    number: bool = False


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key by which "run 2" comes before "run 10"."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text.casefold())]


def when(changed: float, now: float | None = None) -> str:
    """A time as people say it: today's and yesterday's without a date.

    Args:
        changed: Seconds since 1970.
        now: The same, of the moment that it is said at.
    """
    now = time.time() if now is None else now
    then, clock = time.localtime(changed), time.strftime("%H:%M", time.localtime(changed))
    for day, word in ((now, "Today"), (now - 86400, "Yesterday")):
        if then[:3] == time.localtime(day)[:3]:
            return f"{word}, {clock}"
    return f"{then.tm_mday} {time.strftime('%b %Y', then)}, {clock}"


def amount(size: int) -> str:
    """Bytes as people read them."""
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def shorter(name: str) -> list[str]:
    """A run's name in as many words as there is room for, the longest first.

    Of the names that the studio gives, as "2026-11-21 20.24.30 wgan-gp ring 28430-1", the time tells runs apart.
    """
    name = printable(name)
    made = AUTOMATIC_NAME.fullmatch(name)
    if made is None:
        return [name]
    clock = made["clock"].replace(".", ":")
    day = f"{int(made['day'])} {MONTHS[int(made['month']) - 1]}"
    return [name, f"{day}, {clock} {made['what']}", f"{day}, {clock}", clock]


def origins(kept: Kept) -> list[str]:
    """Where a run comes from, in as many words as there is room for, the longest first."""
    if kept.fault:
        return ["Cannot be read"]
    if kept.parent is not None:
        where = f"step {kept.parent.position.steps:,} of"
        names = shorter(kept.parent.file.removesuffix(SUFFIX))
        return [f"from {where} {names[0]}", *(f"{where} {name}" for name in names)]
    return [""]


def _origin(kept: Kept) -> str:
    return origins(kept)[0]


def _variant(kept: Kept) -> str:
    return kept.spec.variant if kept.spec else ""


def _recipe(kept: Kept) -> str:
    return f"{kept.spec.preset}, seed {kept.spec.seed}" if kept.spec else ""


def data_name(kept: Kept) -> str:
    """Of the data set, if the file can be read."""
    return kept.spec.data if kept.spec else ""


def measures(kept: Kept) -> list[str]:
    """The first two of the numbers that say most, each with what a perfect generator would score."""
    if kept.measured is None:
        return []
    found = []
    for name, title in TELLING.items():
        value, floor = kept.measured.measures.get(name), kept.measured.floors.get(name)
        if value is not None:
            found.append(f"{title} {figure(value)}{f' ({figure(floor)})' if floor is not None else ''}")
    return found[:2]


COLUMNS = (
    Column("Run", "The run's name, and the run that it branched off from", lambda kept: printable(kept.name),
           lambda kept: natural(kept.name), _origin),
    Column("Variant", "The objective, its preset and the seed", _variant,
           lambda kept: (_variant(kept), _recipe(kept)), _recipe),
    Column("Data", "The training data and the network", data_name, data_name,
           lambda kept: kept.spec.network if kept.spec else ""),
    Column("Steps", "Number of recorded steps", lambda kept: f"{kept.steps:,}" if kept.spec else "",
           lambda kept: kept.steps, number=True),
    Column("Last changed", "When the run was last written", lambda kept: when(kept.changed),
           lambda kept: kept.changed),
    Column("Last measures", "The last measures; in brackets what a perfect generator scores",
           lambda kept: "".join(measures(kept)[:1]), lambda kept: [natural(text) for text in measures(kept)],
           lambda kept: ", ".join(measures(kept)[1:])),
    Column("Tags", "Your own words. Search for them by tag:word.", lambda kept: ", ".join(kept.tags),
           lambda kept: [tag.casefold() for tag in kept.tags]),
    Column("Size", "Size of the file", lambda kept: amount(kept.size), lambda kept: kept.size, number=True),
)
NAME, MEASURES, CHANGED = (
    next(at for at, column in enumerate(COLUMNS) if column.title == title)
    for title in ("Run", "Last measures", "Last changed")
)


def matches(kept: Kept, line: str, text: str) -> bool:
    """Whether a run holds every word; ``tag:word`` asks for a tag that holds it, ``tag:`` for any tag.

    Args:
        kept: The run.
        line: All that is said of it, in small letters.
        text: What is searched for.
    """
    tags = [tag.casefold() for tag in kept.tags]
    return all(any(word[4:] in tag for tag in tags) if word.startswith("tag:") else word in line
               for word in text.casefold().split())


def search_text(kept: Kept) -> str:
    """All that is said of a run, in small letters."""
    said = [text(kept) for column in COLUMNS for text in (column.first, column.second)]
    date = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.changed))
    return " ".join([*said, date, kept.path.name, kept.fault]).casefold()
