"""Markdown is cut as its common dialect says, as far as lessons know it."""

from __future__ import annotations

import pytest

from ganstudio.core.lessons.prose import (
    Block,
    Code,
    Display,
    Heading,
    Listing,
    Paragraph,
    Quote,
    Span,
    Table,
    as_text,
    blocks,
)
from ganstudio.core.system.errors import BadInput


def cut(text: str) -> list[Block]:
    return blocks(text.split("\n"), 1, "here", lambda place, file: None)


def spans(text: str) -> list[Span]:
    (block,) = cut(text)
    assert isinstance(block, Paragraph)
    return block.spans


@pytest.mark.parametrize(("text", "found"), [
    ("a **b** c", [Span("a "), Span("b", strong=True), Span(" c")]),
    ("*a* and _b_", [Span("a", emphasis=True), Span(" and "), Span("b", emphasis=True)]),
    ("snake_case_name 2 * 3 * 4", [Span("snake_case_name 2 * 3 * 4")]),
    ("`a*b` $a_1*b_1$", [Span("a*b", "code"), Span(" "), Span("a_1*b_1", "formula")]),
    ("5 $ and 6 $", [Span("5 $ and 6 $")]),
    (r"\$5 and $x$", [Span("$5 and "), Span("x", "formula")]),
    ("**$x$ is**", [Span("x", "formula", strong=True), Span(" is", strong=True)]),
    ("[t](https://a.org/b_(c))", [Span("t", address="https://a.org/b_(c)")]),
    ("a < b and 3 <4", [Span("a < b and 3 <4")]),
    ("not **closed", [Span("not **closed")]),
    (r"a \<b> c", [Span("a <b> c")]),
])
def test_spans(text: str, found: list[Span]) -> None:
    assert spans(text) == found


@pytest.mark.parametrize("text", [
    " *b" * 60_000, " _b" * 60_000, "a | b\n|-" + " " * 200_000 + "x", "- a\n" + "\n \n" * 40_000 + "x",
    "".join("`" * count + " " for count in range(1, 600)), "### x" + " " * 200_000 + "x", "[" * 200_000,
])
@pytest.mark.timeout(60)  # by the square of the length it took minutes
def test_long_texts_are_cut_up(text: str) -> None:
    assert cut(text)


@pytest.mark.parametrize(("line", "words"), [
    ("# a", "a"), ("# a ##", "a"), ("## a#", "a#"), ("# #", "#"), ("# a # b #", "a # b"),
])
def test_headings_may_be_closed(line: str, words: str) -> None:
    (heading,) = cut(line)
    assert isinstance(heading, Heading)
    assert heading.spans == [Span(words)]


def test_as_many_backticks_end_code_as_began_it() -> None:
    assert spans("``a`b`` `c``") == [Span("a`b", "code"), Span(" `c``")]


def test_blocks() -> None:
    text = "# H\n\none\ntwo\n\n- a\n  more\n- b\n\n1. c\n2. d\n\n> q\n\n```\n<x> $y$\n```\n\n"
    text += "$$a\n+ b$$\n\n|h|k|\n|-|:-:|\n|1|$|x|$|\n"
    assert cut(text) == [
        Heading([Span("H")], 1), Paragraph([Span("one two")]), Listing([[Span("a more")], [Span("b")]]),
        Listing([[Span("c")], [Span("d")]], ordered=True), Quote([Span("q")]), Code("<x> $y$"), Display("a + b"),
        Table([[[Span("h")], [Span("k")]], [[Span("1")], [Span("|x|", "formula")]]]),
    ]
    assert as_text(cut(text)).startswith("H\n\none two\n\n- a more\n- b\n\n1. c\n2. d\n\n“q”")


def test_a_paragraph_of_too_many_pieces_is_refused() -> None:
    with pytest.raises(BadInput, match="at most 400 are allowed"):
        spans("`a` " * 500)


def test_long_lines_take_no_longer_than_they_must() -> None:
    for piece in ("*", "**", "$", "`", "[", "<", "_a", "![", "\\"):
        try:
            cut(piece * 20_000)
        except BadInput:
            continue
