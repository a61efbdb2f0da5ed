"""Waves: their frequencies, their grid, which way a transform moves them, and how w places them."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Generator, Tensor

from ganstudio.maths.placement import placement
from ganstudio.networks.parts.fourier_features import FourierFeatures, PlacedFeatures


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
    moved = waves(placement([0.25], [0.0]))  # a pixel to the right
    torch.testing.assert_close(moved[..., 1:], waves()[..., :-1], rtol=0, atol=2e-5)
    down = waves(placement([0.0], [0.25]))
    torch.testing.assert_close(down[:, :, 1:], waves()[:, :, :-1], rtol=0, atol=2e-5)


def test_a_picture_that_is_turned() -> None:
    waves = features(size=4)
    turned = waves(placement([0.0], [0.0], -90))
    # Clockwise: what was at the top is at the right.
    torch.testing.assert_close(turned, waves().rot90(-1, (2, 3)), rtol=0, atol=2e-5)


def test_each_image_may_have_its_own_transform() -> None:
    waves = features()
    both = placement([0.0, 0.1], [0.0, -0.2])
    made = waves(both)
    assert made.shape == (2, 64, 4, 4)
    torch.testing.assert_close(made[:1], waves(), rtol=0, atol=1e-5)
    torch.testing.assert_close(waves(both[1:]), made[1:], rtol=0, atol=1e-5)


def test_waves_that_are_too_fine_fade() -> None:
    waves = features(size=4, rate=16, bandwidth=2)
    assert torch.equal(waves().abs().amax((0, 2, 3)) > 0, torch.ones(64, dtype=torch.bool))
    smaller = torch.diag(torch.tensor([1000.0, 1000.0, 1.0]))[None]
    assert waves(smaller).abs().max() == 0


def test_frequencies_and_phases_are_all_that_is_kept() -> None:
    waves = features()
    waves(placement([0.1], [0.1]))
    assert set(waves.state_dict()) == {"frequencies", "phases"}


# Placed by w --------------------------------------------------------------------------------------------------------


def placed(channels: int = 512) -> PlacedFeatures:
    return PlacedFeatures(4, channels, 24, 16, 2.0, Generator().manual_seed(1))


def test_placed_waves_fill_their_disc_and_none_is_beyond_it() -> None:
    radii = placed().frequencies.norm(dim=1)
    assert radii.max() <= 2.0  # the cutoff
    assert float((radii < math.sqrt(2)).float().mean()) == pytest.approx(0.5, abs=0.07)  # even over its area


def test_each_is_a_wave_of_its_frequency_and_phase_over_the_margin_too() -> None:
    layer, w = placed(3), torch.zeros(1, 4)
    with torch.no_grad():
        layer.mix.copy_(math.sqrt(3) * torch.eye(3))  # the waves themselves
        made = layer(w)[0]
    at = (torch.arange(24) + 0.5 - 12) / 16
    fx, fy = layer.frequencies[1]
    expected = torch.sin(2 * math.pi * (fx * at[None] + fy * at[:, None] + layer.phases[1]))
    torch.testing.assert_close(made[1], expected, atol=1e-5, rtol=1e-5)


def test_a_move_by_whole_samples_is_the_same_map_moved_exactly() -> None:
    layer, w = placed(8), torch.zeros(1, 4)
    with torch.no_grad():
        still, moved = layer(w), layer(w, placement([3 / 16], [-2 / 16]))
    torch.testing.assert_close(moved[..., :-2, 3:], still[..., 2:, :-3], atol=1e-5, rtol=1e-5)


def test_placed_waves_that_a_transform_makes_too_fine_fade_out() -> None:
    layer, w = placed(8), torch.zeros(1, 4)
    with torch.no_grad():
        assert layer(w, torch.diag(torch.tensor([50.0, 50.0, 1.0]))[None]).abs().max() < layer(w).abs().max() / 3


def test_phases_and_frequencies_are_kept_and_are_not_learnt() -> None:
    layer = placed(8)
    assert {"frequencies", "phases"} <= set(layer.state_dict())
    assert {name for name, _ in layer.named_parameters()} == {"mix", "turn", "turn_bias"}
