"""Fixed waves: their frequencies, their grid, and which way a transform moves them."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Generator, Tensor

from ganstudio.networks.parts.fourier_features import FourierFeatures, moving


def features(size: int = 4, rate: float = 4, bandwidth: float = 2, channels: int = 64) -> FourierFeatures:
    return FourierFeatures(channels, size, rate, bandwidth, Generator().manual_seed(1))


def at(waves: FourierFeatures, x: float, y: float) -> Tensor:
    """The waves at a place, in shares of the side from the middle."""
    return torch.sin(2 * math.pi * (waves.frequencies @ torch.tensor([x, y]) + waves.phases))


def test_a_map_has_the_waves_at_the_middle_of_its_pixels() -> None:
    waves = features()
    made = waves()
    assert made.shape == (1, 64, 4, 4)
    torch.testing.assert_close(made[0, :, 0, 3], at(waves, 0.375, -0.375), rtol=0, atol=1e-5)  # columns are x
    torch.testing.assert_close(made[0, :, 2, 1], at(waves, -0.125, 0.125), rtol=0, atol=1e-5)


def test_beyond_the_picture_the_waves_go_on() -> None:
    wide, narrow = features(size=8)(), features(size=4)()
    torch.testing.assert_close(wide[:, :, 2:6, 2:6], narrow, rtol=0, atol=1e-5)


def test_frequencies_fill_the_disc_evenly() -> None:
    radii = features(channels=20_000).frequencies.norm(dim=1)
    assert float(radii.max()) < 2
    # In a disc the share within r is r^2: a quarter within half the radius, and a mean of two thirds of it.
    assert float((radii < 1).float().mean()) == pytest.approx(0.25, abs=0.02)


def test_a_picture_that_is_moved_by_t_is_read_at_x_minus_t() -> None:
    waves = features()
    moved = waves(moving(0.25, 0.0))  # a pixel to the right
    torch.testing.assert_close(moved[..., 1:], waves()[..., :-1], rtol=0, atol=2e-5)
    down = waves(moving(0.0, 0.25))
    torch.testing.assert_close(down[:, :, 1:], waves()[:, :, :-1], rtol=0, atol=2e-5)


def test_a_picture_that_is_turned() -> None:
    waves = features(size=4)
    turned = waves(moving(0.0, 0.0, math.pi / 2))
    # Clockwise: what was at the top is at the right.
    torch.testing.assert_close(turned, waves().rot90(-1, (2, 3)), rtol=0, atol=2e-5)


def test_each_image_may_have_its_own_transform() -> None:
    waves = features()
    both = torch.stack([moving(0.0, 0.0), moving(0.1, -0.2)])
    made = waves(both)
    assert made.shape == (2, 64, 4, 4)
    torch.testing.assert_close(made[:1], waves(), rtol=0, atol=1e-5)
    waves.transform = both[1]
    torch.testing.assert_close(waves(), made[1:], rtol=0, atol=1e-5)


def test_waves_that_are_too_fine_fade() -> None:
    waves = features(size=4, rate=16, bandwidth=2)
    assert torch.equal(waves().abs().amax((0, 2, 3)) > 0, torch.ones(64, dtype=torch.bool))
    smaller = torch.diag(torch.tensor([1000.0, 1000.0, 1.0]))
    assert waves(smaller).abs().max() == 0


def test_the_transform_is_no_part_of_the_state() -> None:
    waves = features()
    waves.transform = moving(0.1, 0.1)
    assert set(waves.state_dict()) == {"frequencies", "phases"}
