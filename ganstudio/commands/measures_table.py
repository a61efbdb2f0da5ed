"""Numbers beside their floors, on a terminal."""

from __future__ import annotations

from rich.table import Table

from ganstudio.core.measure import MetricInfo


def measures_table(measures: dict[str, float | None], floors: dict[str, float | None]) -> Table:
    """A row for each number: its value, and what a perfect generator scores at this sample size.

    A dash is undefined; a number that is undefined for a perfect generator too does not suit the data, and is left out.
    """
    from ganstudio.training.resolve_spec import measures as leaves

    known: dict[str, MetricInfo] = {}
    for leaf in leaves().values():
        known.update(leaf.numbers)
    table = Table(box=None, pad_edge=False)
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("perfect generator", justify="right")
    for name, value in measures.items():
        if value is not None or floors.get(name) is not None:
            number = known[name]
            table.add_row(number.title, shown(value, number.format), shown(floors.get(name), number.format))
    return table


def shown(value: float | None, how: str) -> str:
    """A number as text; a dash if it is undefined."""
    return "–" if value is None else format(value, how)
