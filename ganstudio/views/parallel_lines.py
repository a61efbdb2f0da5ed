"""Parallel lines: where the line of real points and the generated ones are, and what D makes of the two."""

from __future__ import annotations

import math

from ganstudio.core.protocol.views import View


class ParallelLines(View, frozen=True, kw_only=True, tag="parallel-lines"):
    """The vertical line of real points and the generated points, on the plane."""

    theta: float  # place of the line of real points, data units
    position: float  # mean place of the generated points along the same axis, data units
    spread: float  # their standard deviation around it, data units; 0: they lie on a vertical line, too
    jsd_read: float | None = None  # log 2 - L/2, nats, of D's cross-entropy L at the points shown; None: D has none

    def consistent(self, lengths: dict[str, int]) -> bool:
        return math.isfinite(self.theta)
