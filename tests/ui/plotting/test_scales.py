"""Where a value is drawn on each scale, and the ticks of its axis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganstudio.ui.plotting.scales import Scale, scale_ticks, scaled

ODD = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 1e30, -1e-30])
RANGES = [(-6.0, 4.0), (-1.0, 1.2), (0.3, 0.95), (2.05, 2.9), (-3.0, -0.5), (1.2, 1.9), (-0.2, 0.2), (0.0, 12.0)]


def test_linear_is_as_it_is() -> None:
    np.testing.assert_array_equal(scaled(ODD, "linear", 0.1), ODD)


def test_log_leaves_out_what_is_not_positive() -> None:
    drawn = scaled(np.array([-1.0, 0.0, 1e-3, 1.0, 100.0, np.nan]), "log", 0.1)
    np.testing.assert_allclose(drawn, [np.nan, np.nan, -3, 0, 2, np.nan])


@settings(derandomize=True, deadline=None)
@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=50), st.floats(1e-3, 10))
def test_symlog_keeps_order_and_sign(values: list[float], unit: float) -> None:
    y = np.sort(np.array(values))
    drawn = scaled(y, "symlog", unit)
    assert (np.diff(drawn) >= 0).all()
    np.testing.assert_array_equal(np.sign(drawn[np.abs(y) > 1e-9]), np.sign(y[np.abs(y) > 1e-9]))
    np.testing.assert_allclose(scaled(-y, "symlog", unit), -drawn)


def test_symlog_by_hand() -> None:
    np.testing.assert_allclose(scaled(np.array([0.0, 0.1, 0.9, -9.9]), "symlog", 0.1),
                               [0, np.log10(2), 1, -2])


def test_a_linear_axis_has_its_own_ticks() -> None:
    assert scale_ticks(-1, 1, "linear", 0.1) is None
    assert scale_ticks(float("nan"), 1, "log", 0.1) is None


def number(label: str) -> float:
    return float(label.replace(",", "").replace("−", "-"))


@pytest.mark.parametrize("scale", ["log", "symlog"])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_ticks_stand_where_their_number_is_drawn(low: float, high: float, scale: Scale) -> None:
    ticks = scale_ticks(low, high, scale, 0.1)
    assert ticks is not None
    for at, label in ticks:
        assert scaled(np.array([number(label)]), scale, 0.1)[0] == pytest.approx(at, abs=1e-9)
    assert len({label for _, label in ticks}) == len(ticks)


@pytest.mark.parametrize("scale", ["log", "symlog"])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_an_axis_can_always_be_read(low: float, high: float, scale: Scale) -> None:
    """A curve that has settled within one decade needs numbers beside it too."""
    ticks = scale_ticks(low, high, scale, 0.1)
    assert ticks is not None
    assert 2 <= sum(low <= at <= high for at, _ in ticks) <= 16
