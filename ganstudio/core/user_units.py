"""The units of the user's own points. Networks see points that are centred and scaled; whoever reads sees the file's.

``x * scale + center`` is a point as the file has it. All that is shown or exported goes through here, so that an axis,
a distance and a slope are in the same units.
"""

from __future__ import annotations

import math

import msgspec


class UserUnits(msgspec.Struct, frozen=True):
    """How the networks' coordinates relate to the user's. One scale for all axes: slopes and distances keep a meaning.

    Attributes:
        center: What was taken from each column, ``(d,)``, in the user's units; empty: nothing.
        scale: One unit of the networks' in the user's.
    """

    center: tuple[float, ...] = ()
    scale: float = 1.0

    @property
    def same(self) -> bool:
        """Whether the networks see the points as they are."""
        return self.scale == 1 and not any(self.center)

    def origin(self, axis: int) -> float:
        """Where 0 of the networks' lies on an axis."""
        return self.center[axis] if axis < len(self.center) else 0.0

    def place(self, value: float, axis: int = 0) -> float:
        """A coordinate."""
        return value * self.scale + self.origin(axis)

    def length(self, value: float) -> float:
        """A distance, a spread, W1."""
        return value * self.scale

    def slope(self, value: float) -> float:
        """A score's change over a unit of distance; a density on a line."""
        return value / self.scale

    def text(self, value: float, axis: int = 0) -> str:
        """A coordinate in words, to a thousandth of the spread or finer."""
        if self.same:
            return f"{value:.3f}"
        place = self.place(value, axis)
        decimals = 3 - math.floor(math.log10(self.scale)) if self.scale > 0 else 3
        return f"{place:.{decimals}f}" if 0 <= decimals <= 9 else f"{place:.0f}" if decimals < 0 else f"{place:.7g}"

    def measure(self, value: float | None, dimension: str) -> float | None:
        """A measured number.

        Args:
            value: As it was measured on the networks' coordinates; None if it is undefined.
            dimension: "length", "place" (of the first axis), or nothing for a number without units.
        """
        if value is None or not dimension:
            return value
        return self.length(value) if dimension == "length" else self.place(value)


SAME = UserUnits()
