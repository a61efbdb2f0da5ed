"""Which measured numbers say something of a run: the same rule for the window, the terminal and the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

OF_A_WASSERSTEIN_CRITIC = frozenset({"critic_gap", "w1_estimate"})
"""Numbers that are read off the scores as if they were W1's potential: any other discriminator's are not."""


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
