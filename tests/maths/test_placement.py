"""Placement: the transform is the inverse of the move, so that a picture goes where it is asked to go."""

from __future__ import annotations

import pytest
import torch

from ganstudio.maths.placement import placement


def read_at(transform: torch.Tensor, x: float, y: float) -> list[float]:
    return (transform @ torch.tensor([x, y, 1.0]))[:2].tolist()


def test_what_is_to_be_at_x_plus_t_is_read_at_x() -> None:
    assert read_at(placement([0.25], [-0.125])[0], 0.25, -0.125) == pytest.approx([0, 0], abs=1e-6)
    assert read_at(placement([0.25], [-0.125])[0], 0.5, 0.0) == pytest.approx([0.25, 0.125], abs=1e-6)


def test_a_quarter_turn_counterclockwise_brings_what_is_right_of_the_middle_above_it() -> None:
    turned = placement([0.0], [0.0], 90)[0]
    assert read_at(turned, 0.0, -0.5) == pytest.approx([0.5, 0], abs=1e-6)  # up is where y is negative


def test_a_picture_is_turned_about_its_middle_and_then_moved() -> None:
    both = placement([0.1], [0.2], 30)[0]
    assert read_at(both, 0.1, 0.2) == pytest.approx([0, 0], abs=1e-6)
    assert torch.linalg.det(both).item() == pytest.approx(1, abs=1e-5)


def test_each_of_several_pictures_has_its_own() -> None:
    found = placement([0.0, 0.5], [0.0, 0.0])
    assert found.shape == (2, 3, 3) and found.dtype == torch.float32
    assert torch.equal(found[0], torch.eye(3)) and found[1, 0, 2] == -0.5
