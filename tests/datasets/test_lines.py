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


def test_only_the_heights_are_drawn_and_theta_applies_to_what_was_drawn_before() -> None:
    data = Lines(LinesControls(theta=0.5))
    drawn = data.draw(6, torch.Generator().manual_seed(3))
    heights = torch.rand(6, generator=torch.Generator().manual_seed(3))  # the only numbers that are drawn
    assert torch.equal(drawn[:, 1], heights)
    moved = data.with_controls(LinesControls(theta=-2.0))
    assert torch.equal(moved.gather(drawn), torch.stack([torch.full((6,), -2.0), heights], dim=1))
    assert torch.equal(moved.draw(6, torch.Generator().manual_seed(3)), drawn)
    assert data.controls.theta == 0.5, "another thread may be measuring with it"
    assert (moved.extent.low, moved.extent.high) == (-2.5, 1.5)


def test_the_rows_drawn_ahead_are_those_of_runs_of_before() -> None:
    """They lie in checkpoints, which a replay compares bit for bit: (theta, y), as when theta could not move."""
    rows = Lines(LinesControls(theta=1.25)).draw(5, torch.Generator().manual_seed(3))
    heights = torch.rand(5, generator=torch.Generator().manual_seed(3))
    assert torch.equal(rows, torch.stack([torch.full((5,), 1.25), heights], dim=1))
