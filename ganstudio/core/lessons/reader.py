"""Reads the folder of a lesson, which may come from anywhere: each fault is one sentence, and nothing is executed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from ganstudio.core.leaves import NAME
from ganstudio.core.lessons.files import check_picture
from ganstudio.core.lessons.head import Head, head_of
from ganstudio.core.lessons.lesson import FILE, Lesson
from ganstudio.core.lessons.prose import Block, blocks, without_closing
from ganstudio.core.runs.format import line as one_line
from ganstudio.core.runs.format import short
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.paths import said_of, why_absent, why_no_file
from ganstudio.core.system.printable import printable
from ganstudio.core.system.toml import read_toml

MOST_BYTES = 256 * 1024  # of lesson.md
FENCE = "+++"  # around the head
_SECTION = re.compile(r"^## +(.*)$")
_PART = re.compile(r"^### +(Question|Answer) *$")


def read_lesson(folder: Path) -> Lesson:
    """Reads a lesson.

    Args:
        folder: It holds ``lesson.md``.

    Raises:
        BadInput: Something in it is not as it must be; one sentence with the place, the value and what is allowed.
    """
    if not NAME.fullmatch(folder.name):
        raise BadInput(f"the folder '{short(folder)}' cannot be a lesson: its name has lower-case letters and digits "
                       "with hyphens between them")
    path = folder / FILE
    text = _text(path)
    where = f"{folder.name}/{FILE}"
    head_lines, first, body = _parted(text, where)
    try:
        table = read_toml("\n".join(head_lines))
    except RecursionError:
        raise BadInput(f"{where}: its head has tables that are too deep inside each other") from None
    except ValueError as fault:  # not TOML, or a number of too many digits
        raise BadInput(f"{where}: its head is not TOML: {_shifted(one_line(fault))}") from None
    head = head_of(table, where, folder)
    return _put_together(folder, where, head, first, body)


def _text(path: Path) -> str:
    """The text of the file, with what cannot be seen written as an escape."""
    if absent := why_absent(path) or why_no_file(path):
        raise BadInput(f"{short(path)} {absent}: a lesson is a folder with a file {FILE}")
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as fault:
        raise BadInput(f"{short(path)} cannot be read: {said_of(fault)}") from None
    if len(raw) > MOST_BYTES:
        raise BadInput(f"{short(path)} has more than {MOST_BYTES // 1024} KB, which is the most that a lesson may have")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw[: fault.start].count(b"\n") + 1
        raise BadInput(f"{short(path)}, line {line}: the file is not UTF-8") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return printable(text, keep="\n")


def _parted(text: str, where: str) -> tuple[list[str], int, list[str]]:
    """The lines of the head, the number of the first line after it, and the lines from there on."""
    lines = text.split("\n")
    if lines[0].strip() != FENCE:
        raise BadInput(f"{where}, line 1: a lesson begins with a line {FENCE}, then its head in TOML, then {FENCE} "
                       "again")
    end = next((index for index, line in enumerate(lines[1:], start=1) if line.strip() == FENCE), None)
    if end is None:
        raise BadInput(f"{where}: its head does not end: a line {FENCE} ends it")
    return lines[1:end], end + 2, lines[end + 1 :]


def _shifted(said: str) -> str:
    """What the TOML reader says, with the line in the file: the head begins on its second line."""
    return re.sub(r"\bline (\d+)", lambda found: f"line {int(found[1]) + 1}", said)


def _put_together(folder: Path, where: str, head: Head, first: int, body: list[str]) -> Lesson:
    def picture(place: str, file: str) -> None:
        check_picture(folder, place, file)

    def cut_up(lines: Sequence[str], number: int) -> list[Block]:
        return blocks(lines, number, where, picture)

    sections = _sections(body)
    introduction = cut_up(body[: sections[0][0]] if sections else body, first)
    if len(sections) != len(head.steps):
        raise BadInput(f"{where} has {len(head.steps)} [[step]] tables and {len(sections)} sections that begin with "
                       "'## ': there must be as many of each")
    steps = []
    ends = [*(start for start, _ in sections[1:]), len(body)]
    for (start, title), end, made in zip(sections, ends, head.steps, strict=True):
        prose, question, answer = _parts(body[start + 1 : end], first + start + 1, where)
        steps.append(msgspec.structs.replace(
            made, title=title, prose=cut_up(*prose), question=cut_up(*question), answer=cut_up(*answer)))
    return Lesson(
        name=folder.name, folder=folder, title=head.title, order=head.order, minutes=head.minutes,
        summary=head.summary, prerequisites=head.prerequisites, papers=head.papers, states=head.states,
        introduction=introduction, steps=steps)


def _sections(body: list[str]) -> list[tuple[int, str]]:
    """The place and the title of each ``## `` that is not inside code."""
    found, code = [], ""
    for index, line in enumerate(body):
        fence = re.match(r" {0,3}(```+|~~~+)", line)
        if fence is not None and (not code or fence[1].startswith(code)):
            code = "" if code else fence[1]
        elif not code and (heading := _SECTION.match(line)):
            found.append((index, without_closing(heading[1]).strip()))
    return found


Lines = tuple[list[str], int]  # lines, and the number of the first of them in the file


def _parts(lines: list[str], first: int, where: str) -> tuple[Lines, Lines, Lines]:
    """The prose of a step, its question and its answer."""
    marks = [(index, found[1]) for index, line in enumerate(lines) if (found := _PART.match(line))]
    order = [what for _, what in marks]
    if order not in ([], ["Question", "Answer"]):
        number = first + (marks[0][0] if marks else 0)
        raise BadInput(f"{where}, line {number}: a step has at most one '### Question', followed by one '### Answer', "
                       f"and this one has {' and '.join(order)}")
    starts = [-1, *(index for index, _ in marks)]
    parts = [(lines[start + 1 : end], first + start + 1) for start, end in pairwise([*starts, len(lines)])]
    parts += [([], first)] * (3 - len(parts))
    prose, question, answer = parts
    return prose, question, answer
