"""Disagreement of levels against levels whose difference is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ganstudio.maths.level_disagreement import LevelDisagreement
from ganstudio.maths.resampling import image_levels, shrunk


def images(n: int = 200, side: int = 16, seed: int = 0) -> Tensor:
    return torch.randn(n, 3, side, side, generator=torch.Generator().manual_seed(seed))


def disagreement(*batches: list[Tensor]) -> list[float]:
    counted = LevelDisagreement()
    for levels in batches:
        counted.add(levels)
    return counted.values()


def test_levels_that_show_the_largest_image_do_not_disagree() -> None:
    assert disagreement(image_levels(images())) == pytest.approx([0, 0], abs=1e-6)


def test_levels_that_know_nothing_of_each_other_read_the_root_of_two() -> None:
    top, other = images(4000, 8), images(4000, 8, seed=1)
    assert disagreement([shrunk(other, 4), top]) == pytest.approx([math.sqrt(2)], rel=0.01)


def test_a_level_that_is_off_by_a_constant_reads_it_over_the_spread_among_samples() -> None:
    """What is the same in all samples is no spread: here each pixel has a mean of its own."""
    top = images(5000, 8) + 10 * images(1, 8, seed=2)
    pooled = shrunk(top, 4)
    spread = pooled.var(dim=0, unbiased=False).mean().sqrt()
    assert spread == pytest.approx(0.5, rel=0.02)  # of a mean of four
    assert disagreement([pooled + 1, top]) == pytest.approx([float(1 / spread)], rel=1e-4)


def test_it_does_not_depend_on_how_many_are_counted_at_once() -> None:
    top, other = images(60), images(60, seed=3)
    levels = [*image_levels(other)[:-1], top]
    parts = [[level[at : at + 20] for level in levels] for at in range(0, 60, 20)]
    assert disagreement(*parts) == pytest.approx(disagreement(levels), rel=1e-9)


def test_by_another_filter_perfect_levels_would_disagree() -> None:
    top = images()
    by_corners = interpolate(top, scale_factor=0.25, mode="nearest")
    assert disagreement([by_corners, shrunk(top, 8), top])[0] > 1


def test_without_any_spread_it_is_undefined() -> None:
    flat = torch.full((5, 1, 8, 8), 0.25)
    assert all(math.isnan(value) for value in disagreement(image_levels(flat)))


def test_of_nothing_there_is_nothing() -> None:
    assert LevelDisagreement().values() == []
