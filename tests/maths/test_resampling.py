"""Images at half their size, against means written out by hand."""

import pytest
import torch

from ganstudio.maths.resampling import doubled, faded, halved, image_levels, shrunk

FOUR = torch.arange(16.0).reshape(1, 1, 4, 4)


def test_halving_takes_the_mean_of_each_square() -> None:
    assert halved(FOUR).tolist() == [[[[2.5, 4.5], [10.5, 12.5]]]]
    assert shrunk(FOUR, 1).tolist() == [[[[7.5]]]]


def test_each_colour_and_image_is_shrunk_for_itself() -> None:
    x = torch.randn(3, 2, 32, 32, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    by_hand = x.reshape(3, 2, 4, 8, 4, 8).mean(dim=(3, 5))
    torch.testing.assert_close(shrunk(x, 4), by_hand, rtol=0, atol=1e-12)


def test_images_of_the_right_size_are_the_same_object() -> None:
    assert shrunk(FOUR, 4) is FOUR
    assert faded(FOUR, 1.0) is FOUR


def test_a_size_that_halving_does_not_reach_is_refused() -> None:
    for x, resolution in ((FOUR, 8), (FOUR, 3), (torch.zeros(1, 1, 12, 12), 4), (torch.zeros(1, 1, 4, 8), 4)):
        with pytest.raises(ValueError, match="cannot be halved"):
            shrunk(x, resolution)


def test_doubling_repeats_each_pixel_in_a_square() -> None:
    assert doubled(torch.tensor([[[[1.0, 2.0]]]])).tolist() == [[[[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0]]]]


@pytest.mark.parametrize("alpha", [0.0, 0.25, 0.5, 1.0])
def test_fading_runs_in_a_straight_line_from_the_blocky_image_to_the_image(alpha: float) -> None:
    blocky = torch.tensor([[2.5, 2.5, 4.5, 4.5]] * 2 + [[10.5, 10.5, 12.5, 12.5]] * 2)
    torch.testing.assert_close(faded(FOUR, alpha)[0, 0], (1 - alpha) * blocky + alpha * FOUR[0, 0], rtol=0, atol=1e-6)


def test_the_levels_of_images_are_their_means_at_every_size_from_4_px() -> None:
    x = torch.randn(3, 2, 32, 32, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    levels = image_levels(x)
    assert [level.shape[-1] for level in levels] == [4, 8, 16, 32] and levels[-1] is x
    for level in levels:
        torch.testing.assert_close(level, shrunk(x, level.shape[-1]), rtol=0, atol=1e-12)
    assert image_levels(FOUR) == [FOUR]
