"""Axes in the user's units: ticks lie where the user's numbers are round, and say these numbers."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.core.user_units import SAME, UserUnits
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.unit_axis import tick_text


def number(text: str) -> float:
    """A number as it is written on the screen."""
    return float(text.replace("−", "-").replace(",", ""))


@pytest.mark.parametrize(("units", "upright"), [
    (UserUnits((54.0, 240.0), 16.3), True), (UserUnits((0.0, -1e6), 3e-4), True), (UserUnits((7.0,), 25.0), False),
])
def test_ticks_are_round_in_the_users_units(qapp: object, units: UserUnits, upright: bool) -> None:
    plot = Plot()
    plot.use_units(units, upright=upright)
    for side, at, scale, origin in (
        ("bottom", 0, units.scale, units.origin(0)),
        ("left", 1, units.scale if upright else 1 / units.scale, units.origin(1) if upright else 0.0),
    ):
        axis = plot._axes[side]
        (spacing, values), *_ = axis.tickValues(-2.0, 2.0, 400)
        texts = axis.tickStrings(values, 1.0, spacing)
        assert len(values) >= 2
        assert len(set(texts)) == len(texts)
        for value, text in zip(values, texts, strict=True):
            assert number(text) == pytest.approx(value * scale + origin, abs=1e-6 * abs(origin) + 1e-3 * scale)
        shown = np.array([number(text) for text in texts])
        assert np.allclose(np.diff(shown), spacing * scale, rtol=1e-3)
        mantissa = spacing * scale / 10 ** np.floor(np.log10(spacing * scale) + 1e-9)
        assert min(abs(mantissa - round_one) for round_one in (1, 2, 2.5, 5)) < 1e-6, f"axis {at}"


def test_without_units_an_axis_is_as_it_was(qapp: object) -> None:
    plot = Plot()
    before = plot._axes["left"].tickValues(-2.0, 2.0, 400)
    plot.use_units(UserUnits((3.0, 4.0), 5.0))
    plot.use_units(SAME)
    assert plot._axes["left"].tickValues(-2.0, 2.0, 400) == before


@pytest.mark.parametrize(("value", "spacing", "text"), [
    (240.0, 20.0, "240"), (-0.5, 0.5, "-0.5"), (1e-17, 0.5, "0"), (1_000_001.5, 0.5, "1000001.5"),
    (0.00002, 1e-5, "0.00002"),
    (3e-9, 1e-9, "3e-09"), (123_456_789.0, 1.0, "123456789"), (2.5e9, 5e8, "2.5e+09"),
])
def test_numbers_have_the_digits_that_tell_them_apart(value: float, spacing: float, text: str) -> None:
    assert tick_text(value, spacing) == text
