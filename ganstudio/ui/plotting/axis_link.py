"""One pair of axes for the plots of several runs: what each wants to show is shown in all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganstudio.ui.plotting.axes import Plot

Range = tuple[float, float]
SAME = 1e-9  # of a range: less than that is no difference


class AxisLink:
    """Plots that show the same part of the plane, be it followed or moved by the user in one of them."""

    def __init__(self) -> None:
        self._wanted: dict[Plot, tuple[Range, Range]] = {}
        self._plots: list[Plot] = []

    def add(self, plot: Plot) -> None:
        """Links one more plot."""
        self._plots.append(plot)

    def remove(self, plot: Plot) -> None:
        """Leaves a plot out, for instance that of a run that has diverged: its axes would be too large for others."""
        if plot in self._plots:
            self._plots.remove(plot)
        self._wanted.pop(plot, None)

    def forget(self) -> None:
        """Other runs begin: nothing is wanted yet."""
        self._wanted.clear()

    def joined(self, plot: Plot, x: Range, y: Range) -> tuple[Range, Range]:
        """What a plot shows that wants these ranges: all that any linked plot wants."""
        if plot not in self._plots:
            return x, y
        self._wanted[plot] = (x, y)
        wide, high = zip(*self._wanted.values(), strict=True)
        return _union(wide), _union(high)

    def even_out(self) -> None:
        """Shows in all plots what any of them shows now: each takes in the others only with its own next picture."""
        plots = [plot for plot in self._plots if plot in self._wanted and plot.following]
        if not plots:
            return
        x, y = _union([plot.x_range() for plot in plots]), _union([plot.y_range() for plot in plots])
        for plot in plots:
            if not (_alike(plot.x_range(), x) and _alike(plot.y_range(), y)):
                plot.show_exactly(x, y)

    def moved(self, plot: Plot) -> None:
        """The user has moved a plot: the others follow it, and then no more what they show."""
        if plot in self._plots:
            for other in self._plots:
                if other is not plot:
                    other.put(plot.x_range(), plot.y_range())


def _union(ranges: Sequence[Range]) -> Range:
    """The range that holds all of these."""
    return min(low for low, _ in ranges), max(top for _, top in ranges)


def _alike(one: Range, other: Range) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= SAME * (other[1] - other[0])
