"""Counting samples at modes, against a count by loops and with a radius that is exact."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.core.dataset import Modes
from ganstudio.maths.mode_counts import count_modes

MODES = Modes(np.array([[-2.0, 0.0], [0.0, 1.0], [3.0, -1.0]]), np.array([0.1, 0.4, 0.2]), np.array([0.2, 0.3, 0.5]))


def test_counts_are_those_of_a_loop_over_points_and_modes() -> None:
    points = np.random.default_rng(5).normal(0.5, 1.5, (400, 2))
    nearest, good, near, distances, spread = [], [], 0, [], []
    for point in points:
        in_sd = [np.linalg.norm(point - centre) / sd for centre, sd in zip(MODES.centres, MODES.sds, strict=True)]
        at = int(np.argmin(in_sd))
        nearest.append(at)
        good += [at] if in_sd[at] <= 3 else []
        spread += [in_sd[at] ** 2] if in_sd[at] <= 3 else []
        near += in_sd[at] <= 6
        distances.append(np.linalg.norm(point - MODES.centres[at]))
    counts = count_modes(points, MODES)
    assert counts.nearest.tolist() == [nearest.count(mode) / 400 for mode in range(3)]
    assert counts.good.tolist() == [good.count(mode) / 400 for mode in range(3)]
    assert counts.found == sum(good.count(mode) >= 400 * 20 / 2500 for mode in range(3))
    assert (counts.high_quality, counts.near) == (len(good) / 400, near / 400)
    assert counts.distance == pytest.approx(np.median(distances))
    assert counts.sd_ratio == pytest.approx(np.sqrt(np.mean(spread) / 2))


@pytest.mark.parametrize(("away", "high_quality", "near"), [(2.99, 1, 1), (3.01, 0, 1), (5.99, 0, 1), (6.01, 0, 0)])
def test_high_quality_ends_at_three_sds_and_near_at_six(away: float, high_quality: float, near: float) -> None:
    counts = count_modes(np.array([[-2.0 - 0.1 * away, 0.0]]), MODES)
    assert (counts.high_quality, counts.near) == (high_quality, near)
    assert counts.distance == pytest.approx(0.1 * away)
    assert (counts.sd_ratio is None) == (high_quality == 0)


def test_points_on_a_line_count_alike() -> None:
    line = Modes(np.array([[-1.0], [1.0]]), np.array([0.1, 0.1]), np.array([0.5, 0.5]))
    counts = count_modes(np.array([[-1.1], [1.0], [0.9], [5.0]]), line)
    assert counts.good.tolist() == [0.25, 0.5] and counts.high_quality == 0.75 and counts.found == 2
    assert counts.sd_ratio == pytest.approx(np.sqrt(2 / 3))
