"""The swiss roll follows its curve."""

from __future__ import annotations

import numpy as np
import torch

from ganstudio.datasets.swiss_roll import SwissRoll, SwissRollControls


def test_without_noise_the_points_lie_on_the_curve() -> None:
    x = SwissRoll(SwissRollControls(noise=0.0)).sample(5000, torch.Generator().manual_seed(0)).numpy()
    t = 7.5 * np.linalg.norm(x, axis=1)
    assert 1.5 * np.pi <= t.min() + 1e-4 and t.max() <= 4.5 * np.pi + 1e-4
    np.testing.assert_allclose(x, np.stack([t * np.cos(t), t * np.sin(t)], axis=1) / 7.5, atol=1e-4)
    # t is uniform: the n-th moment's standard error at 5000 points is .04.
    assert abs(t.mean() - 3 * np.pi) < 0.2


def test_the_default_noise_is_the_toy_scripts() -> None:
    quiet = SwissRoll(SwissRollControls(noise=0.0)).sample(5000, torch.Generator().manual_seed(0))
    noisy = SwissRoll(SwissRollControls()).sample(5000, torch.Generator().manual_seed(0))
    assert abs(float((noisy - quiet).std()) * 7.5 - 0.25) < 0.01
