"""Which measured numbers say something of a run: the same rule for the window, the terminal and the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

FAMILY = "*"
"""Ends the name of a family of numbers, whose own names go on from there as each run has it: ``crossover_*``."""
OF_A_WASSERSTEIN_CRITIC = frozenset({"critic_gap", "w1_estimate"})
"""Numbers that are read off the scores as if they were W1's potential: any other discriminator's are not."""

N = TypeVar("N", bound=msgspec.Struct)


def is_family(name: str) -> bool:
    """Whether it is no number but the name of a family of them."""
    return name.endswith(FAMILY)


def info_of(known: Mapping[str, N], name: str) -> N | None:
    """What is known of a number, by its own name or by that of its family; None if nothing is.

    Args:
        known: ``MetricInfo`` or ``NumberInfo`` of numbers and families by their names.
        name: Of one number. One of a family has the family's title and the end of its own name.
    """
    if name in known:
        return None if is_family(name) else known[name]
    stems = [stem for family in known if is_family(family) and name.startswith(stem := family.removesuffix(FAMILY))]
    if not stems:
        return None
    stem = max(stems, key=len)
    info = known[stem + FAMILY]
    ending = name.removeprefix(stem).replace("_", " ")
    return msgspec.structs.replace(info, title=f"{getattr(info, 'title', '')} {ending}")


def shown_rows(
    known: Mapping[str, N], measures: Mapping[str, float | None], floors: Mapping[str, float | None], *,
    reads_w1: bool,
) -> Iterator[tuple[N, float | None, float | None]]:
    """What is known of each number of ``rows``, its value and its floor, without details and what is not known."""
    for name, value, floor in rows(measures, floors, reads_w1=reads_w1):
        info = info_of(known, name)
        if info is not None and not getattr(info, "detail", False):
            yield info, value, floor


def rows(
    measures: Mapping[str, float | None], floors: Mapping[str, float | None], *, reads_w1: bool,
) -> Iterator[tuple[str, float | None, float | None]]:
    """Name, value and floor of each number that says something of the run.

    Args:
        measures: Name -> value; None: undefined.
        floors: Name -> what a perfect generator scores. What is undefined for it too does not suit the data.
        reads_w1: Whether the run's critic estimates W1.
    """
    for name, value in measures.items():
        floor = floors.get(name)
        if (value is not None or floor is not None) and (reads_w1 or name not in OF_A_WASSERSTEIN_CRITIC):
            yield name, value, floor
