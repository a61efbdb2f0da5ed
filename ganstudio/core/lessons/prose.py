"""The prose of a lesson: a part of Markdown, cut into blocks and spans that window, terminal and report show alike.

Known are paragraphs, headings, lists of one level, quotes, fenced code, tables, pictures and formulas on lines of their
own; inside a line ``**strong**``, ``*emphasis*``, code, ``$formulas$`` and links. HTML is refused.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.printable import cut

MOST_SPANS = 400  # of a block
MOST_COLUMNS = 8
SHOWN = 60  # letters of what a sentence quotes


class Span(msgspec.Struct, frozen=True):
    """A piece of a line."""

    text: str  # of a formula its LaTeX
    kind: Literal["text", "code", "formula"] = "text"
    strong: bool = False
    emphasis: bool = False
    address: str = ""  # of a link, http or https; nothing is fetched from there


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph"):
    """Text."""

    spans: list[Span]


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """A heading inside a step."""

    spans: list[Span]
    level: int  # 1 to 6


class Listing(msgspec.Struct, frozen=True, tag="list"):
    """A list of one level."""

    items: list[list[Span]]
    ordered: bool = False


class Quote(msgspec.Struct, frozen=True, tag="quote"):
    """A quotation, as Markdown has it after `>`."""

    spans: list[Span]


class Code(msgspec.Struct, frozen=True, tag="code"):
    """Lines as they are typed."""

    text: str


class Display(msgspec.Struct, frozen=True, tag="formula"):
    """A formula on a line of its own, as LaTeX."""

    latex: str


class Picture(msgspec.Struct, frozen=True, tag="picture"):
    """A picture from the lesson's folder."""

    file: str  # below that folder, with slashes
    text: str  # what is to be seen on it


class Table(msgspec.Struct, frozen=True, tag="table"):
    """A table whose first row holds the heads."""

    rows: list[list[list[Span]]]


Block = Paragraph | Heading | Listing | Quote | Code | Display | Picture | Table

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_HEADING = re.compile(r"^(#{1,6}) +(.*)$")
_ITEM = re.compile(r"^ {0,3}(?:([-*+])|(\d{1,4})[.)]) +(.*)$")
_PICTURE = re.compile(r"^!\[([^\]]*)\]\(([^)\s]+)\)$")
_RULE = re.compile(r"^ {0,3}\|? *:?-+:? *(\| *:?-+:? *)*(\| *)?$")
_HTML = re.compile(r"<(?:[A-Za-z/!?][^<>]*)>?")
_LINK = re.compile(r"!?\[([^\]\[]*)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)")
_FORMULA = re.compile(r"\$(?![\s$])((?:\\.|[^$\\])+?)(?<!\s)\$(?!\d)", re.DOTALL)
_TICKS = re.compile(r"`+")
_ENDS = {mark: re.compile(rf"(?=\S{re.escape(mark)})") for mark in ("**", "*", "_")}
_ESCAPED = set("\\`*_{}[]()#+-.!$<>|~")


def blocks(lines: Sequence[str], first: int, where: str, picture: Callable[[str, str], None]) -> list[Block]:
    """Cuts lines of Markdown into blocks.

    Args:
        lines: The lines, without their ends.
        first: The number of the first of them in the file.
        where: The file, for sentences.
        picture: Is called with the place and the file of each picture; raises BadInput if it cannot be shown.

    Raises:
        BadInput: HTML, a link or a picture that is not allowed; a fence or formula that does not end.
    """
    return list(_Cutter(lines, first, where, picture).blocks())


class _Cutter:
    def __init__(
        self, lines: Sequence[str], first: int, where: str, picture: Callable[[str, str], None],
    ) -> None:
        self._lines, self._first, self._where, self._picture = lines, first, where, picture
        self._at = 0

    def blocks(self) -> Iterator[Block]:
        """The blocks, one after the other."""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip():
                self._at += 1
            elif fence := _FENCE.match(line):
                yield self._code(fence[1])
            elif line.strip().startswith("$$"):
                yield self._formula()
            elif heading := _HEADING.match(line):
                self._at += 1
                yield Heading(self._spans(without_closing(heading[2]), self._at), len(heading[1]))
            elif found := _PICTURE.match(line.strip()):
                self._at += 1
                self._picture(self._place(self._at), found[2])
                yield Picture(found[2], found[1])
            elif _ITEM.match(line):
                yield self._listing()
            elif line.lstrip().startswith(">"):
                yield self._quote()
            elif "|" in line and self._at + 1 < len(self._lines) and _is_rule(self._lines[self._at + 1]):
                yield self._table()
            else:
                yield self._paragraph()

    def _place(self, line: int) -> str:
        """A line of the file, for sentences; ``line`` counts from 1 in what is cut."""
        return f"{self._where}, line {self._first + line - 1}"

    def _code(self, fence: str) -> Code:
        begun = self._at = self._at + 1
        while self._at < len(self._lines) and not self._lines[self._at].strip().startswith(fence):
            self._at += 1
        if self._at == len(self._lines):
            raise BadInput(f"{self._place(begun)}: the code that begins here does not end: "
                           f"{cut(fence, SHOWN)} ends it")
        self._at += 1
        return Code("\n".join(self._lines[begun : self._at - 1]))

    def _formula(self) -> Display:
        begun, text = self._at, self._lines[self._at].strip()[2:]
        self._at += 1
        while not text.rstrip().endswith("$$"):
            if self._at == len(self._lines) or not self._lines[self._at].strip():
                raise BadInput(f"{self._place(begun + 1)}: the formula that begins here does not end: $$ ends it, on "
                               "the same line or a later one")
            text += " " + self._lines[self._at].strip()
            self._at += 1
        return Display(text.rstrip()[:-2].strip())

    def _listing(self) -> Listing:
        first = _ITEM.match(self._lines[self._at])
        assert first is not None
        ordered = first[2] is not None
        items: list[tuple[int, list[str]]] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            found = _ITEM.match(line)
            if found is not None and (found[2] is not None) == ordered:
                items.append((self._at + 1, [found[3]]))
            elif line.strip() and line.startswith((" ", "\t")) and found is None:
                items[-1][1].append(line.strip())
            elif not line.strip() and (following := self._next_item(ordered)):
                self._at = following
                continue
            else:
                break
            self._at += 1
        return Listing([self._spans(" ".join(texts), at) for at, texts in items], ordered)

    def _next_item(self, ordered: bool) -> int:
        """The line of the item that follows empty lines; 0 if something else does."""
        at = next((at for at in range(self._at, len(self._lines)) if self._lines[at].strip()), 0)
        found = _ITEM.match(self._lines[at]) if at else None
        return at if found is not None and (found[2] is not None) == ordered else 0

    def _quote(self) -> Quote:
        begun, texts = self._at + 1, []
        while self._at < len(self._lines) and self._lines[self._at].lstrip().startswith(">"):
            texts.append(self._lines[self._at].lstrip()[1:].strip())
            self._at += 1
        return Quote(self._spans(" ".join(texts), begun))

    def _table(self) -> Table:
        rows = []
        begun = self._at + 1
        while self._at < len(self._lines) and "|" in self._lines[self._at]:
            if self._at != begun:
                rows.append([self._spans(cell, self._at + 1) for cell in _cells(self._lines[self._at])])
            self._at += 1
        if len(rows[0]) > MOST_COLUMNS:
            raise BadInput(f"{self._place(begun)}: a table of {len(rows[0])} columns is too wide: at most "
                           f"{MOST_COLUMNS} are allowed")
        width = len(rows[0])
        return Table([(row + [[] for _ in range(width)])[:width] for row in rows])

    def _paragraph(self) -> Paragraph:
        begun = self._at + 1
        texts: list[str] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            ends = not line.strip() or _FENCE.match(line) or _HEADING.match(line) or (
                texts and (_ITEM.match(line) or line.lstrip().startswith(">") or line.strip().startswith("$$")
                           or _PICTURE.match(line.strip())))
            if ends:
                break
            texts.append(line.strip())
            self._at += 1
        return Paragraph(self._spans(" ".join(texts), begun))

    # Inside a line -------------------------------------------------------------------------------------------

    def _spans(self, text: str, line: int) -> list[Span]:
        """What a text of one or more lines holds; ``line`` is its first, counted as in ``_place``."""
        found: list[Span] = []
        strong = emphasis = False
        plain: list[str] = []
        index = 0
        ends = {mark: _last(pattern, text) for mark, pattern in _ENDS.items()}
        ticks: dict[int, list[int]] = {}  # by their number, where such backticks begin
        for run in _TICKS.finditer(text):
            ticks.setdefault(len(run[0]), []).append(run.start())

        def add(span: Span | None = None) -> None:
            if plain:
                found.append(Span("".join(plain), "text", strong, emphasis))
                plain.clear()
            if span is not None:
                found.append(span)

        while index < len(text):
            sign = text[index]
            if sign == "\\" and text[index + 1 : index + 2] in _ESCAPED and index + 1 < len(text):
                plain.append(text[index + 1])
                index += 2
            elif sign == "`" and (opening := _TICKS.match(text, index)):
                same = ticks.get(len(opening[0]), [])
                which = bisect(same, index)
                if which < len(same):
                    add(Span(text[opening.end() : same[which]].strip(), "code", strong, emphasis))
                    index = same[which] + len(opening[0])
                else:
                    plain.append(opening[0])
                    index = opening.end()
            elif sign == "$" and (formula := _FORMULA.match(text, index)):
                add(Span(formula[1].strip(), "formula", strong, emphasis))
                index = formula.end()
            elif sign in "[!" and (link := _LINK.match(text, index)):
                add(self._link(link, line, strong, emphasis))
                index = link.end()
            elif text.startswith("**", index) and (strong or _opens(text, index, "**", ends)):
                add()
                strong = not strong
                index += 2
            elif sign in "*_" and (emphasis or _opens(text, index, sign, ends)) and _may_mark(text, index):
                add()
                emphasis = not emphasis
                index += 1
            elif sign == "<" and (html := _HTML.match(text, index)):
                raise BadInput(f"{self._place(line)}: '{cut(html[0], SHOWN)}' is HTML, which is not allowed in a "
                               "lesson; a link is written [text](address), and < as \\<")
            else:
                plain.append(sign)
                index += 1
        add()
        if len(found) > MOST_SPANS:
            raise BadInput(f"{self._place(line)}: this paragraph has {len(found):,} pieces: at most {MOST_SPANS} are "
                           "allowed")
        return found

    def _link(self, link: re.Match[str], line: int, strong: bool, emphasis: bool) -> Span:
        if link[0].startswith("!"):
            raise BadInput(f"{self._place(line)}: the picture {cut(link[2], SHOWN)} is inside a text: a picture is "
                           "on a line of its own")
        address = link[2]
        if not re.match(r"https?://[^\s/]", address):
            raise BadInput(f"{self._place(line)}: the link to '{cut(address, SHOWN)}' is not allowed: a link begins "
                           "with https:// or http://")
        return Span(link[1] or address, "text", strong, emphasis, address)


def _is_rule(line: str) -> bool:
    """Whether it is the line below the heads of a table."""
    return "-" in line and "|" in line and _RULE.match(line) is not None


def _cells(line: str) -> list[str]:
    """The cells of a row; in a formula or in code a bar is no border."""
    cells, cell, inside = [], "", ""
    row = line.strip().removeprefix("|")
    row = row[:-1] if row.endswith("|") and not row.endswith("\\|") else row
    for index, sign in enumerate(row):
        if sign in "$`" and row[index - 1 : index] != "\\":
            inside = "" if inside == sign else inside or sign
        if sign == "|" and not inside and row[index - 1 : index] != "\\":
            cells.append(cell.strip())
            cell = ""
        else:
            cell += sign
    return [*cells, cell.strip()]


def without_closing(heading: str) -> str:
    """The words of a heading without the signs ``#`` that may close it."""
    words = heading.rstrip("#")
    return words.rstrip(" ") if words.endswith(" ") and words != heading else heading


def _last(pattern: re.Pattern[str], text: str) -> int:
    """Where it is found last; -1 if it is not."""
    last = -1
    for found in pattern.finditer(text):
        last = found.start()
    return last


def _opens(text: str, index: int, mark: str, ends: Mapping[str, int]) -> bool:
    """Whether a mark begins something: it is followed by a letter, and ends later; ``ends``: where it last may."""
    after = index + len(mark)
    return after < len(text) and not text[after].isspace() and ends[mark] >= after


def _may_mark(text: str, index: int) -> bool:
    """Whether a sign is no part of a word: snake_case keeps its underscore."""
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    if text[index] == "_":
        return not (before.isalnum() and after.isalnum())
    return not (before.isspace() and after.isspace()) and not (not before and after.isspace())


# As plain text ----------------------------------------------------------------------------------------------


def text_of(spans: Sequence[Span]) -> str:
    """The words of a line, with LaTeX as it is written."""
    return "".join(f"${span.text}$" if span.kind == "formula" else span.text for span in spans)


def as_text(found: Sequence[Block]) -> str:
    """Blocks as plain text, a paragraph a line, with an empty line between two."""
    return "\n\n".join(_block_text(block) for block in found)


def _block_text(block: Block) -> str:
    match block:
        case Paragraph(spans=spans) | Heading(spans=spans):
            return text_of(spans)
        case Quote(spans=spans):
            return f"“{text_of(spans)}”"
        case Listing(items=items, ordered=ordered):
            marks = [f"{number}." if ordered else "-" for number in range(1, len(items) + 1)]
            return "\n".join(f"{mark} {text_of(item)}" for mark, item in zip(marks, items, strict=True))
        case Code(text=text):
            return text
        case Display(latex=latex):
            return f"    {latex}"
        case Picture(text=text):
            return f"[picture: {text}]"
        case Table(rows=rows):
            return "\n".join("  |  ".join(text_of(cell) for cell in row) for row in rows)
