"""One pair of axes for the plots of several runs: what each wants to show is shown in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganstudio.ui.plotting.axes import Plot

Range = tuple[float, float]


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
        return ((min(low for low, _ in wide), max(top for _, top in wide)),
                (min(low for low, _ in high), max(top for _, top in high)))

    def moved(self, plot: Plot) -> None:
        """The user has moved a plot: the others follow it, and then no more what they show."""
        if plot in self._plots:
            for other in self._plots:
                if other is not plot:
                    other.put(plot.x_range(), plot.y_range())
