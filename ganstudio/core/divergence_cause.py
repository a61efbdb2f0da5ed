"""Finds the control change that probably caused a divergence: the last one before it, if it was shortly before."""

from __future__ import annotations

from collections.abc import Sequence

SHORTLY_STEPS = 200  # a divergence so soon after a move may be its doing, however short the run
SHARE = 0.1  # of the way from step 0: of a long run, it may take longer to show


def shortly(before: float, after: float) -> bool:
    """Whether a step came shortly before another."""
    return after - before <= max(SHORTLY_STEPS, SHARE * after)


def suspect(moves: Sequence[tuple[str, int]], at: float) -> int | None:
    """The first change of the last move before a divergence.

    A slider that is dragged leaves many changes in the log, the last but one as bad as the last: they are one move.

    Args:
        moves: Control and step of each change, in their order.
        at: Step of the first term that was not finite.

    Returns:
        Index of the move's first change; None if nothing was moved, or the last move lies too far back: the run
        trained well with it for most of its steps, so it is not the cause.
    """
    before = [index for index, (_, steps) in enumerate(moves) if steps <= at]
    if not before or not shortly(moves[before[-1]][1], at):
        return None
    first = before[-1]
    name, since = moves[first]
    while first > 0 and moves[first - 1][0] == name and since - moves[first - 1][1] <= SHORTLY_STEPS:
        first -= 1
        since = moves[first][1]
    return first
