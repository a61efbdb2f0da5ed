"""Each moon is a half circle with half of the points."""

from __future__ import annotations

import numpy as np
import torch

from ganstudio.datasets.moons import Moons, MoonsControls


def test_without_noise_the_points_lie_on_two_half_circles() -> None:
    x = Moons(MoonsControls(noise=0.0)).sample(4000, torch.Generator().manual_seed(0)).numpy()
    curve = x / 1.2 + [0.5, 0.25]
    upper = (abs(np.hypot(curve[:, 0], curve[:, 1]) - 1) < 1e-4) & (curve[:, 1] > -1e-4)
    lower = (abs(np.hypot(curve[:, 0] - 1, curve[:, 1] - 0.5) - 1) < 1e-4) & (curve[:, 1] < 0.5 + 1e-4)
    assert (upper | lower).all()
    assert abs(upper.sum() - 2000) < 5 * np.sqrt(1000)
    assert abs(x).max() <= 2
