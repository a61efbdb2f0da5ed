"""The sizes of the scales of an image, and images brought from one to another."""

from __future__ import annotations

import itertools

import pytest
import torch

from ganstudio.maths.scale_pyramid import enlarged, reduced, scale_sizes


def test_the_sizes_of_the_shipped_scene() -> None:
    sizes = [(12, 16), (16, 21), (21, 28), (27, 36), (36, 48)]
    assert scale_sizes((36, 48), 12, 0.75) == sizes == scale_sizes((36, 48), 12, 0.5, scales=5)
    assert scale_sizes((48, 36), 12, 0.75) == [(wide, high) for high, wide in sizes]


def test_the_papers_scales_of_a_picture_of_250_px() -> None:
    sizes = scale_sizes((188, 250), 25, 0.75)
    assert (sizes[0], sizes[-1], len(sizes)) == ((25, 33), (188, 250), 9)
    shares = [high / low for (low, _), (high, _) in itertools.pairwise(sizes)]
    assert max(shares) - min(shares) < 0.06  # one factor, but for whole pixels


@pytest.mark.parametrize(("size", "scales", "expected"), [
    ((12, 40), 0, [(12, 40)]), ((10, 10), 5, [(10, 10)]), ((36, 48), 1, [(36, 48)]),
    ((36, 48), 2, [(12, 16), (36, 48)])])
def test_few_scales(size: tuple[int, int], scales: int, expected: list[tuple[int, int]]) -> None:
    assert scale_sizes(size, 12, 0.75, scales) == expected


def test_images_of_one_colour_stay_so_and_those_of_a_size_stay_themselves() -> None:
    grey = torch.full((2, 3, 12, 16), 0.25)
    assert enlarged(grey, (12, 16)) is grey and reduced(grey, (12, 16)) is grey
    torch.testing.assert_close(enlarged(grey, (16, 21)), torch.full((2, 3, 16, 21), 0.25))
    torch.testing.assert_close(reduced(grey, (5, 7)), torch.full((2, 3, 5, 7), 0.25))


def test_a_reduced_image_is_a_mean_over_all_pixels() -> None:
    stripes = torch.ones(1, 1, 36, 48)
    stripes[..., ::2] = -1  # without anti-aliasing a quarter of the size would show one of the two colours
    assert reduced(stripes, (9, 12))[..., 2:-2].abs().max() < 0.05
