"""Round numbers for the ticks of a linear axis, on screen and in a report alike."""

from __future__ import annotations

import math

MOST = 6  # numbers on an axis, unless it says otherwise
ROUNDING = 1e-9  # of a step: an end that is a tick but for rounding is one


def round_numbers(low: float, high: float, most: int = MOST) -> list[float]:
    """The multiples of 1, 2 or 5 times a power of ten from low to high: as many as fit, ``most`` at most.

    Args:
        low: One end of the axis.
        high: The other end.
        most: How many numbers there is room for, 3 or more.

    Returns:
        Rising numbers, the nearest floats to their decimals; none if the two ends are no finite range.
    """
    width = high - low
    if not (math.isfinite(width) and width > 0):
        return []
    power = math.floor(math.log10(width)) - math.ceil(math.log10(most))  # of a step that is too fine, or just fits
    while True:
        for digit in (1, 2, 5):
            step = digit * 10.0**power
            if step == 0:
                continue
            first, last = math.ceil(low / step - ROUNDING), math.floor(high / step + ROUNDING)
            if last - first < most:
                return list(dict.fromkeys(_decimal(index * digit, power) for index in range(first, last + 1)))
        power += 1


def _decimal(digits: int, power: int) -> float:
    """``digits * 10**power``, rounded once: 3 and -1 are 0.3, where 3 * 0.1 is not."""
    return digits / 10.0**-power if -308 <= power < 0 else digits * 10.0**power
