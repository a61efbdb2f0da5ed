"""Runs that were compared, one a row: their measures, over several seeds with mean and spread, beside the floors."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from ganstudio.core.measure import MetricInfo
from ganstudio.core.measured_rows import info_of, rows
from ganstudio.core.system.wording import format_measure


class Mean(msgspec.Struct, frozen=True, kw_only=True):
    """A number over several runs; those in which it is undefined are left out."""

    mean: float | None  # None: it is undefined in all
    spread: float | None  # the sample standard deviation; None: of less than two runs
    runs: int  # in which it is defined


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of one entry, over the seeds."""

    entry: str
    variant: str
    runs: int
    diverged: int  # of these
    measures: dict[str, Mean]
    floors: dict[str, Mean]


def mean_of(values: Sequence[float | None]) -> Mean:
    """Mean and sample standard deviation of the values that are defined."""
    known = [value for value in values if value is not None]
    return Mean(
        mean=statistics.fmean(known) if known else None, spread=statistics.stdev(known) if len(known) > 1 else None,
        runs=len(known))


def summaries(rounds: Sequence[Sequence[Mapping[str, Any]]]) -> list[Summary]:
    """One for each entry; ``rounds`` are the reports of all entries, seed by seed."""
    return [Summary(
        entry=reports[0]["entry"], variant=reports[0]["variant"], runs=len(reports),
        diverged=sum(report["diverged"] is not None for report in reports),
        measures=_means([report["measures"] for report in reports]),
        floors=_means([report["floors"] for report in reports]),
    ) for reports in zip(*rounds, strict=True)]


def _means(found: Sequence[Mapping[str, float | None]]) -> dict[str, Mean]:
    names = dict.fromkeys(name for numbers in found for name in numbers)  # a run that diverged has none
    return {name: mean_of([numbers.get(name) for numbers in found]) for name in names}


def table_of(compared: Sequence[Summary], reads_w1: Sequence[bool]) -> Table:
    """A row for each entry, and one for the floors.

    Args:
        compared: What came out of the entries.
        reads_w1: Whether the critic of each estimates W1. Other columns say nothing of an entry, which has a dash.
    """
    from ganstudio.training.resolve_spec import measures as leaves

    known: dict[str, MetricInfo] = {}
    for leaf in leaves().values():
        known.update(leaf.infos())
    shown = [{name for name, _, _ in rows(
        {name: number.mean for name, number in one.measures.items()},
        {name: number.mean for name, number in one.floors.items()}, reads_w1=w1)}
        for one, w1 in zip(compared, reads_w1, strict=True)]
    columns = [name for name in dict.fromkeys(name for one in compared for name in one.measures)
               if any(name in names for names in shown)]
    infos = {name: info for name in columns if (info := info_of(known, name)) is not None and not info.detail}
    columns = list(infos)
    of_all = {name: floors.pop() if len(floors := {one.floors[name].mean for one, names in zip(
        compared, shown, strict=True) if name in names}) == 1 else None for name in columns}
    table = Table(box=None, pad_edge=False)
    table.add_column("run", no_wrap=True)
    for name in columns:
        table.add_column(infos[name].title.replace(" ", "\n"), justify="right", no_wrap=True)
    for one, names in zip(compared, shown, strict=True):
        table.add_row(_called(one), *[
            _cell(one.measures[name], None if of_all[name] is not None else one.floors[name].mean, infos[name].format)
            if name in names else "–" for name in columns])
    table.add_row("perfect generator", *["in brackets" if (floor := of_all[name]) is None else format_measure(
        floor, infos[name].format) for name in columns])
    return table


def _called(one: Summary) -> str:
    """The entry, and how many of its runs diverged."""
    if not one.diverged:
        return one.entry
    return f"{one.entry} (diverged)" if one.runs == 1 else f"{one.entry} ({one.diverged} of {one.runs} diverged)"


def _cell(number: Mean, floor: float | None, form: str) -> str:
    """A number with its spread, and its floor in brackets if it has one of its own."""
    if number.spread is not None:
        form = form.replace(".0f", ".1f")  # a mean of counts
    text = format_measure(number.mean, form)
    if number.spread is not None:
        text += f" ± {format_measure(number.spread, form)}"
    return text if floor is None else f"{text} ({format_measure(floor, form)})"


def print_wide(console: Console, table: Table) -> None:
    """Prints a table with no number cut, also if it is wider than the console."""
    natural = Measurement.get(console, console.options.update(width=10_000), table).maximum
    console.width = max(console.width, natural)
    console.print(table)
