"""Lengths of paths: those that are kept, their mean and its error."""

from __future__ import annotations

import pytest
import torch

from ganstudio.maths.perceptual_paths import kept_lengths, mean_length, squared_speeds


def test_the_first_and_the_last_hundredth_are_left_out() -> None:
    lengths = torch.arange(101.0).flip(0)
    assert torch.equal(kept_lengths(lengths), torch.arange(1.0, 100.0).flip(0))
    lengths[0] = 1e9  # a jump
    mean, error = mean_length(lengths)
    assert mean == 50.0
    assert error == pytest.approx(float(torch.arange(1.0, 100.0).std()) / 99**0.5)


def test_few_lengths_are_all_kept() -> None:
    assert len(kept_lengths(torch.tensor([1.0, 2.0]))) == 2
    assert mean_length(torch.tensor([3.0])) == (3.0, 0.0)


def test_a_speed_is_a_squared_distance_over_a_squared_step() -> None:
    near = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    far = torch.tensor([[0.3, 0.4], [1.0, 1.0]])
    assert squared_speeds(near, far, 0.1).tolist() == pytest.approx([25.0, 0.0])
