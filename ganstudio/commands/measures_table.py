"""Numbers beside their floors, on a terminal."""

from __future__ import annotations

from rich.table import Table

from ganstudio.core.measure import MetricInfo
from ganstudio.core.measured_rows import shown_rows
from ganstudio.core.system.wording import format_measure


def measures_table(measures: dict[str, float | None], floors: dict[str, float | None], *, reads_w1: bool) -> Table:
    """A row for each number: its value, and what a perfect generator scores at this sample size.

    A dash is undefined. What says nothing of the run is left out.
    """
    from ganstudio.training.resolve_spec import measures as leaves

    known: dict[str, MetricInfo] = {}
    for leaf in leaves().values():
        known.update(leaf.infos())
    table = Table(box=None, pad_edge=False)
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("perfect generator", justify="right")
    for number, value, floor in shown_rows(known, measures, floors, reads_w1=reads_w1):
        table.add_row(number.title, format_measure(value, number.format), format_measure(floor, number.format))
    return table
