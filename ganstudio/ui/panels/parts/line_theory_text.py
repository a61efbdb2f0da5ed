"""What the panel on parallel lines says: how far apart they are, and what the two distances make of that."""

from __future__ import annotations

import math

from ganstudio.core.system.wording import figure
from ganstudio.views.parallel_lines import ParallelLines

LOG2 = math.log(2)
TIPS = {
    "exact": "Exact W1 and JSD of two vertical lines, by the distance from one to the other (Arjovsky et al. 2017, "
             "Example 1)",
    "measured": "Where the run is now. W1 is measured by optimal transport between samples, JSD is known.",
    "read": "What D estimates: a critic W1, by its gap over its slope; a discriminator with logits JSD, by "
            "log 2 − L/2 with its loss L",
}


def words(view: ParallelLines) -> str:
    """How far apart the two are, and which of the two distances says so."""
    apart = abs(view.theta - view.position)
    if not math.isfinite(apart) or not math.isfinite(view.spread):
        return "The generated points are not finite numbers: the run has diverged."
    if view.spread:
        return (f"The middle of G's cloud is {figure(apart)} from the line. W1 falls as the cloud comes nearer; JSD is "
                "log 2 until the cloud is the line itself.")
    if not apart:
        return "The generated line is the real one now: W1 = 0 and JSD = 0."
    return (f"The lines are {figure(apart)} apart: so is W1, which falls as G comes nearer. JSD is log 2 at every "
            "distance but 0: it has no slope to follow.")


def w1_caption(view: ParallelLines, w1: float | None, floor: float | None, read: float | None) -> str:
    """What W1 is known to be, what was measured and what the critic reads, data units.

    Args:
        view: Where the two are.
        w1: As measured by optimal transport; None: not yet.
        floor: What a perfect generator would score.
        read: The critic's estimate; None: it has none.
    """
    parts = []
    if not view.spread:
        parts.append(f"exact {figure(abs(view.theta - view.position))}")
    if w1 is not None:
        parts.append(f"measured {figure(w1)}" + (f" (perfect G {figure(floor)})" if floor is not None else ""))
    if read is not None:
        parts.append(f"critic {figure(read)}")
    return " · ".join(parts)


def jsd_of(view: ParallelLines) -> float:
    """The exact divergence, nats: log 2 unless the generated points are the line itself."""
    return 0.0 if view.spread == 0 and view.position == view.theta else LOG2


def jsd_caption(view: ParallelLines) -> str:
    """What JSD is known to be, and what D reads, nats."""
    exact = jsd_of(view)
    known = f"exact {'log 2 = ' if exact else ''}{figure(exact)}"
    return known if view.jsd_read is None else f"{known} · D {figure(view.jsd_read)}"
