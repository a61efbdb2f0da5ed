"""Numbers in sentences, each against how a person would write it."""

from __future__ import annotations

import math

import pytest

from ganstudio.core.system.wording import counted, figure, format_measure, format_value


@pytest.mark.parametrize(("value", "digits", "written"), [
    (0.0, 3, "0"), (1.0, 3, "1"), (59.94, 3, "59.9"), (1234.4, 3, "1,230"), (999.6, 3, "1,000"),
    (0.001824, 2, "0.0018"),
    (-0.5, 3, "−0.5"), (12345.678, 4, "12,350"), (999_999.0, 3, "1e6"), (-2e30, 3, "−2e30"), (5e-5, 4, "5e-5"),
    (0.0001, 4, "0.0001"), (0.25, 1, "0.2"), (100.0, 2, "100"), (math.inf, 3, "inf"), (-math.inf, 3, "−inf"),
    (math.nan, 3, "nan"), (None, 3, "–"),
])
def test_a_measured_number(value: float | None, digits: int, written: str) -> None:
    assert figure(value, digits) == written


@pytest.mark.parametrize("power", range(-12, 13))
def test_a_number_is_written_to_half_its_last_digit(power: int) -> None:
    for head in (1.0, 2.345, 9.994, 9.996):
        value = head * 10.0 ** power
        read = float(figure(value).replace(",", "").replace("−", "-"))
        assert read == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(("value", "written"), [
    (True, "on"), (False, "off"), (6000, "6,000"), (20000.0, "20,000"), (0.1, "0.1"), (1.0, "1"), ("sgd", "sgd"),
    ([1.0, 0.25], "1, 0.25"), ((), ""),
])
def test_a_controls_value(value: object, written: str) -> None:
    assert format_value(value) == written


def test_a_number_and_what_it_counts() -> None:
    assert (counted(1, "step"), counted(1000, "step"), counted(0, "copy", "copies")) == ("1 step", "1,000 steps",
                                                                                          "0 copies")


@pytest.mark.parametrize(("value", "how", "written"), [
    (6912.3, ".3g", "6,910"), (0.93, ".1%", "93.0%"), (-0.00483, ".3g", "−0.00483"), (12345.6, ".2f", "12,345.60"),
    (None, ".4f", "–"), (8.0, ".0f", "8"), (2.0794, ".4f", "2.0794"),
])
def test_a_measure(value: float | None, how: str, written: str) -> None:
    assert format_measure(value, how) == written
