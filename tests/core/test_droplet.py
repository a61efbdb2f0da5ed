"""A spike in unit noise: what instance norm takes from everything else, to the last digit, and demodulation nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganstudio.core.droplet import (
    background_factor,
    demodulated,
    instance_normed,
    peak_over_rms,
    spiked,
    unit_noise,
)


@pytest.mark.parametrize(("height", "factor"), [(0, 1.0), (10, 0.848), (50, 0.305), (500, 0.032)])
def test_the_factors_are_those_of_256_values(height: float, factor: float) -> None:
    assert background_factor(height, 256) == pytest.approx(factor, abs=5e-4)


@pytest.mark.parametrize("height", [0.0, 1.0, 10.0, 50.0, 500.0])
@pytest.mark.parametrize("side", [4, 16])
def test_the_formula_is_what_the_map_does(height: float, side: int) -> None:
    noise, middle = unit_noise(side)
    normed = instance_normed(spiked(noise, middle, height))
    shift = height / side**2  # the mean that is taken away
    others = np.ones((side, side), bool)
    others[middle] = False
    expected = (noise[others] - shift) * background_factor(height, side**2)
    np.testing.assert_allclose(normed[others], expected, rtol=1e-7, atol=1e-9)
    assert noise.mean() == pytest.approx(0, abs=1e-15) and noise.std() == pytest.approx(1)
    assert noise[middle] == 0


def test_instance_norm_is_that_of_torch() -> None:
    noise, middle = unit_noise(16)
    given = torch.tensor(spiked(noise, middle, 50.0))[None, None]
    theirs = torch.nn.functional.instance_norm(given, eps=1e-8)[0, 0].numpy()
    np.testing.assert_allclose(instance_normed(given[0, 0].numpy()), theirs, rtol=1e-9)


@pytest.mark.parametrize("style", [0.01, 1.0, -3.0, 100.0])
def test_demodulation_does_not_look_at_the_map(style: float) -> None:
    noise, middle = unit_noise(16)
    for height in (0.0, 50.0, 500.0):
        given = spiked(noise, middle, height)
        np.testing.assert_allclose(np.abs(demodulated(given, style)), np.abs(given), rtol=1e-4)


def test_peak_over_rms_is_the_side_for_one_bright_pixel() -> None:
    alone = np.zeros((16, 16))
    alone[3, 4] = -7.0
    assert peak_over_rms(alone) == pytest.approx(16)
    assert peak_over_rms(np.full((8, 8), 2.0)) == pytest.approx(1)
    assert 2.5 < peak_over_rms(unit_noise(16)[0]) < 4
