"""The report of a lesson as it was played: one HTML file with prose, answers and claims, which opens offline."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import jinja2
import msgspec
from markupsafe import Markup, escape

import ganstudio
from ganstudio.core.lessons.lesson import Lesson
from ganstudio.core.lessons.played import ClaimPlayed, Played
from ganstudio.core.lessons.prose import (
    Block,
    Code,
    Display,
    Heading,
    Listing,
    Paragraph,
    Picture,
    Quote,
    Span,
    Table,
)
from ganstudio.core.system.atomic_write import atomic_write
from ganstudio.core.system.wording import counted, figure
from ganstudio.export.lesson_report_page import PAGE
from ganstudio.export.report import typeset

KINDS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}
MARKS = {True: "✓", False: "✗", None: "·"}
VERDICTS = {True: "holds", False: "does not hold", None: "not measured"}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A claim on the page."""

    text: str
    measure: str
    at: str
    value: str
    bound: str
    mark: str
    verdict: str
    differs: bool


class StepShown(msgspec.Struct, frozen=True, kw_only=True):
    """A step on the page."""

    number: int
    title: str
    prose: Markup
    question: Markup
    answer: Markup
    opened: bool  # whether the answer was opened while the lesson was played
    reached: bool
    claims: list[Row]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """All that is on the page; a ``str`` may come from an unknown source and is escaped."""

    version: str
    title: str
    summary: str
    subtitle: str
    introduction: Markup
    steps: list[StepShown]
    remarks: list[str]
    footer: str


def write_lesson_report(lesson: Lesson, played: Played, out: Path) -> None:
    """Writes the page; BadInput if it cannot be written.

    Args:
        lesson: The lesson.
        played: What came of it.
        out: The file.
    """
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    page = environment.from_string(PAGE).render(r=_shown(lesson, played))
    with atomic_write(out) as (part,):
        part.write_text(page, encoding="utf-8", errors="replace", newline="\n")


def _shown(lesson: Lesson, played: Played) -> Shown:
    known = {(claim.step, claim.text): claim for claim in played.claims}
    steps = []
    for number, step in enumerate(lesson.steps, start=1):
        claims = [known.get((number, claim.text)) or ClaimPlayed(
            step=number, text=claim.text, measure=claim.measure, at=step.moment_of(claim.value), value=None,
            bound=claim.bound, holds=None) for claim in step.claims]
        steps.append(StepShown(
            number=number, title=step.title, prose=as_html(step.prose, lesson.folder),
            question=as_html(step.question, lesson.folder), answer=as_html(step.answer, lesson.folder),
            opened=number in played.answers, reached=number <= played.reached, claims=[_row(one) for one in claims]))
    return Shown(
        version=ganstudio.__version__, title=lesson.title, summary=lesson.summary, subtitle=_subtitle(lesson, played),
        introduction=as_html(lesson.introduction, lesson.folder), steps=steps, remarks=played.remarks,
        footer=f"Written by GAN Studio {ganstudio.__version__} on "
               f"{datetime.now().astimezone().strftime('%Y-%m-%d %H:%M %Z')}. This file contains everything that it "
               "shows.")


def _subtitle(lesson: Lesson, played: Played) -> str:
    measured = [claim for claim in played.claims if claim.holds is not None]
    held = sum(claim.holds is True for claim in measured)
    whole = counted(len(lesson.claims), "claim")
    reached = f"Played to step {played.reached:,} of {len(lesson.steps)}" if played.reached < len(lesson.steps) else (
        f"Played through all {counted(len(lesson.steps), 'step')}")
    return f"{reached}; {held} of {whole} hold, {len(lesson.claims) - len(measured)} not measured."


def _row(claim: ClaimPlayed) -> Row:
    value = "–" if claim.holds is None else "undefined" if claim.value is None else figure(claim.value, 4)
    return Row(text=claim.text, measure=claim.measure, at=f"{claim.at:,}", value=value, bound=claim.bound,
               mark=MARKS[claim.holds], verdict=VERDICTS[claim.holds], differs=claim.holds is False)


# Prose ------------------------------------------------------------------------------------------------------


def as_html(found: Sequence[Block], folder: Path) -> Markup:
    """Blocks as HTML, every text escaped, formulas and pictures inside the page.

    Args:
        found: The blocks.
        folder: Of the lesson, where pictures are.
    """
    return Markup("\n").join(_block(block, folder) for block in found)


def _block(block: Block, folder: Path) -> Markup:
    match block:
        case Paragraph(spans=spans):
            return Markup("<p>{}</p>").format(_spans(spans))
        case Heading(spans=spans):
            return Markup("<h4>{}</h4>").format(_spans(spans))
        case Quote(spans=spans):
            return Markup("<blockquote><p>{}</p></blockquote>").format(_spans(spans))
        case Listing(items=items, ordered=ordered):
            inside = Markup("").join(Markup("<li>{}</li>").format(_spans(item)) for item in items)
            return (Markup("<ol>{}</ol>") if ordered else Markup("<ul>{}</ul>")).format(inside)
        case Code(text=text):
            return Markup("<pre><code>{}</code></pre>").format(text)
        case Display(latex=latex):
            return Markup('<div class="formula">{}</div>').format(_formula(latex))
        case Picture(file=file, text=text):
            return _picture(folder / file, text)
        case Table(rows=rows):
            head, *rest = rows
            heads = Markup("").join(Markup("<th>{}</th>").format(_spans(cell)) for cell in head)
            body = Markup("").join(Markup("<tr>{}</tr>").format(
                Markup("").join(Markup("<td>{}</td>").format(_spans(cell)) for cell in row)) for row in rest)
            return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(heads, body)


def _picture(path: Path, text: str) -> Markup:
    try:
        data = base64.b64encode(path.read_bytes()).decode()
    except OSError:
        return Markup("<p><em>{}</em></p>").format(text)
    return Markup('<figure><img src="data:image/{};base64,{}" alt="{}"><figcaption>{}</figcaption></figure>').format(
        KINDS.get(path.suffix.lower(), "png"), data, text, text)


def _spans(spans: Sequence[Span]) -> Markup:
    return Markup("").join(_span(span) for span in spans)


def _span(span: Span) -> Markup:
    match span.kind:
        case "formula":
            made = Markup('<span class="inline">{}</span>').format(_formula(span.text))
        case "code":
            made = Markup("<code>{}</code>").format(span.text)
        case _:
            made = escape(span.text)
    if span.emphasis:
        made = Markup("<em>{}</em>").format(made)
    if span.strong:
        made = Markup("<strong>{}</strong>").format(made)
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(span.address, made) if span.address else made


def _formula(latex: str) -> Markup:
    """A formula as SVG; as it is written, if it cannot be set."""
    return typeset(latex) or Markup("<code>{}</code>").format(latex)
