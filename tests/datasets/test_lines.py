"""Between parallel lines W1 is the distance, whatever the divergences say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from ganstudio.datasets.lines import Lines, LinesControls


@pytest.mark.parametrize("theta", [-4.0, -0.5, 0.5, 2.0])
def test_w1_from_the_line_at_zero_is_the_distance(theta: float) -> None:
    real = Lines(LinesControls(theta=theta)).sample(400, torch.Generator().manual_seed(0)).double().numpy()
    assert (real[:, 0] == theta).all()
    fake = np.stack([np.zeros(400), (np.arange(400) + 0.5) / 400], axis=1)
    cost = np.linalg.norm(real[:, None] - fake, axis=-1)
    found = cost[linear_sum_assignment(cost)].mean()
    assert abs(theta) <= found < abs(theta) + 0.01  # never less; a finite sample's heights do not match exactly


def test_a_segment_has_no_density_on_the_plane() -> None:
    data = Lines(LinesControls())
    assert data.modes is None and data.log_density(np.zeros((1, 2))) is None
