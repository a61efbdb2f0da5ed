"""What the earth mover's panel says: what a plan costs, and why on a line that is an area."""

from __future__ import annotations

import numpy as np

from ganstudio.core.system.wording import counted, figure
from ganstudio.ui.panels.parts.earth_piles import Piles

HELP = {
    "line": "Drag piles (orange) and holes (blue), or choose one with Page Down and move it with ← and →; ↑ and "
            "↓ change its loads.",
    "plane": "Drag the points, or choose one with Page Down and move it with the arrow keys.",
    "carry": "Drag from a pile to a hole, or choose a pile and press Enter, then choose a hole and press Enter. Delete "
             "takes back what concerns the chosen one.",
    "run": "What is on screen follows the run.",
}
MATRIX = {
    "see": "A row for each pile, a column for each hole. Point at a cell, a title or a line, or go from cell to cell "
           "with the arrow keys; Page Down goes to the next cell in which something is carried.",
    "carry": "Click a cell, or go there with the arrow keys and press Enter: as much is carried as is left and has "
             "room. Delete takes it back.",
}
AREA = ("On a line this is the area between the two curves: what must pass a place is the difference of the curves "
        "there.")


def hand_words(piles: Piles, *, best_shown: bool, carrying: bool) -> str:
    """What the plans for the user's piles cost.

    Args:
        piles: As they lie.
        best_shown: Whether the best plan may be told.
        carrying: Whether the user makes a plan.
    """
    on_line = piles.dimensions == 1
    if not piles.even:
        return (f"{counted(piles.total, 'load')} of earth, but room for {int(piles.loads[1].sum())}: choose a pile or "
                "a hole and make them equal with ↑ and ↓.")
    best = piles.best
    assert best is not None
    cheapest = piles.cost(best)
    if carrying or piles.carried:
        return _own_words(piles, cheapest, best_shown=best_shown)
    if not best_shown:
        return "Which plan is the cheapest? Carry by hand, then show the best plan."
    if on_line:
        return (f"The cheapest plan costs {figure(cheapest)} (loads × way), {figure(cheapest / piles.total)} a load: "
                f"W1. {AREA}")
    return (f"The cheapest pairing costs {figure(cheapest)}, {figure(cheapest / piles.total)} a point: W1 of the two "
            "sets of points.")


def _own_words(piles: Piles, cheapest: float, *, best_shown: bool) -> str:
    done, cost = piles.carried, piles.cost(piles.own)
    best = f" The cheapest plan costs {figure(cheapest)}." if best_shown else ""
    if done < piles.total:
        return f"Your plan costs {figure(cost)} so far and carries {done} of {counted(piles.total, 'load')}.{best}"
    if np.isclose(cost, cheapest):
        return f"Your plan costs {figure(cost)}: none is cheaper. A load travels {figure(cost / piles.total)}: W1."
    return f"Your plan costs {figure(cost)}.{best or ' There is a cheaper one.'}"


def run_words(count: int, cost: float, *, on_line: bool) -> str:
    """What it takes to carry some generated points to real ones.

    Args:
        count: Points of each kind.
        cost: The mean distance, in the user's units.
        on_line: Whether they lie on a line.
    """
    if on_line:
        return (f"The cheapest plan for {count} points of each kind: {figure(cost)} a point, W1 of these few. It is "
                "the area between the curves: their difference must pass each place.")
    return (f"The cheapest pairing of {count} generated and {count} real points: {figure(cost)} a point, W1 of these "
            "few (on average more than W1 of all).")


def chosen_text(piles: Piles) -> str:
    """Which pile or hole is chosen, for a screen reader."""
    which, index = piles.selected
    if which < 0:
        return ""
    place = ", ".join(figure(each) for each in piles.places[which][index].tolist())
    kind, loads = ("pile", "hole")[which], piles.loads[which]
    return f"{kind} {index + 1} of {len(loads)} at {place}, {counted(int(loads[index]), 'load')}"
