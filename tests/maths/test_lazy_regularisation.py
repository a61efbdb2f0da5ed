"""Lazy regularisers: rate and betas that leave k steps with one update more as k steps were."""

from __future__ import annotations

import pytest

from ganstudio.core.turn import Pace
from ganstudio.maths.lazy_regularisation import lazy_pace


@pytest.mark.parametrize(("every", "rate", "beta2"), [
    (16, 0.00188235, 0.990585), (4, 0.0016, 0.991992), (8, 0.00177778, 0.991106)])
def test_the_corrected_numbers_are_the_known_ones(every: int, rate: float, beta2: float) -> None:
    found = lazy_pace(Pace(0.002, 0.0, 0.99), every)
    assert found.rate == pytest.approx(rate, abs=5e-9)
    assert found.beta2 == pytest.approx(beta2, abs=5e-7)
    assert found.beta1 == 0
