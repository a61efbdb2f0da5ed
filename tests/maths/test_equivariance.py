"""EQ-T on pictures whose moves are known: exact ones, ones that do not follow, ones that follow half a pixel late."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from ganstudio.maths.equivariance import (
    Errors,
    lanczos_matrix,
    part_errors,
    psnr,
    translation_equivariance,
    whole_errors,
)
from ganstudio.maths.placement import placement

SIDE = 32
SHIFTS = torch.tensor([[0.1, -0.05], [-0.12, 0.03], [0.0, 0.125], [0.01, 0.02]])


def pattern(of: Callable[[Tensor], Tensor] = lambda x: x) -> Callable[[Tensor], Tensor]:
    """Pictures of smooth waves at the places that the transforms give, after ``of`` has changed these."""
    at = (torch.arange(SIDE, dtype=torch.float64) + 0.5) / SIDE - 0.5
    y, x = torch.meshgrid(at, at, indexing="ij")
    places = torch.stack([x, y, torch.ones_like(x)], -1)

    def make(transforms: Tensor) -> Tensor:
        read = of(torch.einsum("nij,hwj->nhwi", transforms.double(), places))
        return 0.5 * (torch.sin(2 * math.pi * (2 * read[..., 0] + read[..., 1]))
                      + torch.cos(2 * math.pi * 3 * read[..., 1]))[:, None]

    return make


def test_psnr_is_that_of_a_range_of_two() -> None:
    assert psnr(Errors(4.0, 1)) == pytest.approx(0)
    assert psnr(Errors(0.04, 100)) == pytest.approx(40)
    assert psnr(Errors(0.0, 9)) == math.inf and math.isnan(psnr(Errors(0.0, 0)))


def test_a_picture_that_follows_exactly_reads_as_much_as_its_numbers_have_digits() -> None:
    whole, part = translation_equivariance(pattern(), SHIFTS, SIDE)
    assert psnr(whole) > 120  # of float32 transforms
    assert psnr(part) > 45  # what a filter of six taps does to waves of three pixels in ten


def test_one_that_stays_where_it_is_reads_what_the_move_changes() -> None:
    whole, _ = translation_equivariance(lambda t: pattern()(torch.eye(3).expand(len(t), 3, 3)), SHIFTS, SIDE)
    still = pattern()(placement([0.0] * 4, [0.0] * 4))
    expected = Errors(0.0, 0)
    for image, (right, down) in zip(still, (SHIFTS * SIDE).round().int().tolist(), strict=True):
        expected = expected.plus(whole_errors(image, image, right, down))
    assert psnr(whole) == pytest.approx(psnr(expected)) and psnr(whole) < 15


def test_the_transform_is_not_the_move_itself() -> None:
    """Moved the other way is worse than not at all: the sign is the first thing to get wrong."""
    wrong = translation_equivariance(lambda t: pattern()(2 * torch.eye(3) - t), SHIFTS, SIDE)[0]
    assert psnr(wrong) < 12


def test_a_picture_whose_waves_stick_to_whole_pixels_reads_well_in_whole_and_badly_in_parts() -> None:
    stuck = pattern(lambda read: (read * SIDE - 0.5).round() / SIDE + 0.5 / SIDE)
    whole, part = translation_equivariance(stuck, SHIFTS, SIDE)
    assert psnr(whole) > 60 > 35 > psnr(part)


def test_whole_pixels_are_compared_where_both_pictures_are_known() -> None:
    image = torch.randn(2, 8, 8, generator=torch.Generator().manual_seed(0))
    moved = torch.full_like(image, 9.0)
    moved[:, :5, 2:] = image[:, 3:, :6]  # two to the right, three up
    assert whole_errors(image, moved, 2, -3) == Errors(0.0, 2 * 6 * 5)
    assert whole_errors(image, moved, 8, 0).pixels == 0


@pytest.mark.parametrize("shift", [0.0, 2.0, -3.0])
def test_lanczos_moves_by_whole_pixels_exactly(shift: float) -> None:
    row = torch.arange(12, dtype=torch.float64)
    matrix, known = lanczos_matrix(12, shift)
    assert (matrix @ row)[known].tolist() == pytest.approx((row - shift)[known].tolist())


@pytest.mark.parametrize("shift", [0.5, 1.3, -2.7, -0.2])
def test_lanczos_needs_nothing_from_outside_where_it_is_compared(shift: float) -> None:
    matrix, known = lanczos_matrix(16, shift)
    assert matrix[known].sum(1).tolist() == pytest.approx([1.0] * len(matrix[known]))
    outside = [row for row in range(16) if row not in range(16)[known]]
    assert all(abs(float(matrix[row].sum()) - 1) > 1e-6 for row in outside)
    wave = torch.sin(2 * math.pi * torch.arange(16, dtype=torch.float64) / 8)
    moved = torch.sin(2 * math.pi * (torch.arange(16, dtype=torch.float64) - shift) / 8)
    assert (matrix @ wave - moved)[known].abs().max() < 0.02


def test_of_a_move_by_more_than_there_is_nothing_is_compared() -> None:
    image = torch.zeros(1, 8, 8)
    assert part_errors(image, image, 6.5, 0.0).pixels == 0
