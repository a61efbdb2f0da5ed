"""Kaiser-windowed low-pass filters: scipy's, to the digits that matter."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from ganstudio.maths.kaiser import kaiser_beta, kaiser_taps

KNOWN = [0.00014, 0.00668, 0.03372, 0.08939, 0.15980, 0.21026]  # n 12, cutoff 5.657, width 20.68, fs 64


def test_the_taps_are_the_known_ones() -> None:
    taps = kaiser_taps(12, 5.657, 20.68, 64)
    np.testing.assert_allclose(taps, [*KNOWN, *KNOWN[::-1]], atol=5e-6)


@pytest.mark.parametrize(("taps", "cutoff", "width", "rate"), [
    (12, 2.0, 12.0, 32.0), (24, 16.0, 7.4, 64.0), (7, 3.0, 0.5, 16.0), (12, 9.51, 12.98, 64.0)])
def test_they_are_those_of_scipy(taps: int, cutoff: float, width: float, rate: float) -> None:
    np.testing.assert_allclose(
        kaiser_taps(taps, cutoff, width, rate), signal.firwin(taps, cutoff, width=width, fs=rate), atol=1e-5)


def test_a_constant_stays_as_it_is_and_a_single_tap_lets_everything_pass() -> None:
    assert kaiser_taps(12, 2.0, 12.0, 32.0).sum() == pytest.approx(1, abs=1e-12)
    assert kaiser_taps(1, 2.0, 12.0, 32.0).tolist() == [1.0]


@pytest.mark.parametrize("width", [0.01, 2.0, 5.0, 20.0])
def test_the_window_has_scipys_shape_in_all_three_cases(width: float) -> None:
    attenuation = signal.kaiser_atten(12, width / 32)
    assert kaiser_beta(12, width, 64) == pytest.approx(signal.kaiser_beta(attenuation))
