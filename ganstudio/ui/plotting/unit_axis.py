"""An axis whose numbers are in other units than its coordinates: the user's own, of points that were scaled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ganstudio.ui.plotting.axis import Axis


class UnitAxis(Axis):
    """Ticks lie where the user's numbers are round: ``coordinate * unit + origin``."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._origin, self._unit = 0.0, 1.0

    def use_units(self, origin: float, unit: float) -> None:
        """Takes units; 0 and 1 are the coordinates' own."""
        if (origin, unit) != (self._origin, self._unit):
            self._origin, self._unit = origin, unit
            self.picture = None
            self.update()

    @property
    def _same(self) -> bool:
        return self._origin == 0 and self._unit == 1

    # Qt ------------------------------------------------------------------------------------------------------

    def tickValues(self, minVal: float, maxVal: float, size: float) -> Any:
        if self._same:
            return super().tickValues(minVal, maxVal, size)
        low, high = (value * self._unit + self._origin for value in (minVal, maxVal))
        return [(spacing / self._unit, [(value - self._origin) / self._unit for value in values])
                for spacing, values in super().tickValues(low, high, size)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self._same:
            strings: list[str] = super().tickStrings(values, scale, spacing)
            return strings
        return [tick_text(value * self._unit + self._origin, spacing * self._unit) for value in values]


def tick_text(value: float, spacing: float) -> str:
    """A number on an axis, with as many digits as tell it from its neighbours."""
    value = round(value / spacing) * spacing if spacing else value
    if value == 0:
        return "0"
    decimals = max(0, math.ceil(-math.log10(spacing) - 1e-9))
    if decimals <= 6 and abs(value) < 1e7:
        return f"{value:.{decimals}f}"
    digits = math.ceil(math.log10(abs(value) / spacing) - 1e-9) + 1
    return f"{value:.{max(digits, 1)}g}"
