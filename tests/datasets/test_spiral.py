"""The spiral's points follow its arms, each arm as many and evenly along it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from ganstudio.core.control import validated
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.spiral import Spiral, SpiralControls


def points(n: int, **controls: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    data = Spiral(validated(SpiralControls, controls))
    return data.sample(n, torch.Generator().manual_seed(0)).numpy().astype(np.float64)


@pytest.mark.parametrize(("arms", "turns"), [(1, 1.5), (2, 1.5), (3, 0.25), (8, 4.0)])
def test_without_noise_the_points_lie_on_the_arms(arms: int, turns: float) -> None:
    n = 8000
    x = points(n, arms=arms, turns=turns, noise=0.0)
    radius = np.hypot(x[:, 0], x[:, 1])
    # Where an arm has turned back by as much as it was wound, it lies along a multiple of 1 / arms of a turn.
    turned = np.arctan2(x[:, 1], x[:, 0]) / (2 * np.pi) - turns * radius / 1.9
    arm = turned * arms
    outer = radius > 0.05  # the angle of a point at the origin is float32's
    assert abs(arm - arm.round())[outer].max() < 1e-3
    counts = np.bincount(arm.round()[outer].astype(int) % arms, minlength=arms)
    assert len(counts) == arms
    expected = outer.sum() / arms
    assert (abs(counts - expected) <= 5 * np.sqrt(expected * (1 - 1 / arms))).all()


def test_the_points_lie_evenly_along_an_arm() -> None:
    """The length of r = a angle is known, and between radii of .5 and 1.9 the share of points is its share."""
    x = points(20_000, arms=1, turns=2.0, noise=0.0)
    radius = np.hypot(x[:, 0], x[:, 1])
    assert radius.max() <= 1.9 + 1e-6
    assert stats.kstest((radius / 1.9) ** 2, "uniform").pvalue > 1e-3

    def length(angle: float) -> float:  # of the arm of slope 1, from its middle
        return float(angle * np.hypot(1, angle) + np.arcsinh(angle)) / 2

    whole = 4 * np.pi
    for inner, outer in ((0.5, 1.0), (1.0, 1.5), (1.5, 1.9)):
        share = ((radius >= inner) & (radius < outer)).mean()
        along = (length(whole * outer / 1.9) - length(whole * inner / 1.9)) / length(whole)
        assert share == pytest.approx(along, abs=0.03)


def test_noise_is_added_with_its_sd() -> None:
    quiet, noisy = points(20_000, noise=0.0), points(20_000, noise=0.3)
    added = noisy - quiet
    assert added.std(axis=0) == pytest.approx([0.3, 0.3], rel=5 / np.sqrt(2 * 20_000))
    assert stats.kstest(added[:, 0] / 0.3, "norm").pvalue > 1e-3


def test_the_defaults_lie_within_two() -> None:
    assert abs(points(20_000)).max() < 2.1


@pytest.mark.parametrize(("values", "words"), [
    ({"arms": 0}, ["arms = 0", "1 to 8"]), ({"arms": 9}, ["arms = 9"]), ({"arms": 1.5}, ["arms", "whole"]),
    ({"turns": 0}, ["turns = 0", "0.1 to 4"]), ({"noise": -1}, ["noise = -1"]),
])
def test_what_is_no_spiral_is_refused(values: dict[str, float], words: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        validated(SpiralControls, values, of="data set spiral")
    assert all(word in str(caught.value) for word in words)
