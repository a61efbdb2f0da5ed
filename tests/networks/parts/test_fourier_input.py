"""Waves of the input: evenly over their disc, periodic in their places, none beyond what the grid can hold."""

from __future__ import annotations

import math

import pytest
import torch

from ganstudio.maths.placement import placement
from ganstudio.networks.parts.band_limits import Band
from ganstudio.networks.parts.fourier_input import FourierInput

BAND = Band(2.0, 6.0, 16, 24)


def waves(channels: int = 512) -> FourierInput:
    return FourierInput(4, channels, BAND, torch.Generator().manual_seed(1))


def test_waves_fill_their_disc_and_none_is_beyond_it() -> None:
    radii = waves().frequencies.norm(dim=1)
    assert radii.max() <= 2.0  # the cutoff
    assert float((radii < math.sqrt(2)).float().mean()) == pytest.approx(0.5, abs=0.07)  # even over its area


def test_each_is_a_wave_of_its_frequency_and_phase_over_the_margin_too() -> None:
    layer, w = waves(3), torch.zeros(1, 4)
    with torch.no_grad():
        layer.mix.copy_(math.sqrt(3) * torch.eye(3))  # the waves themselves
        made = layer(w)[0]
    at = (torch.arange(24) + 0.5 - 12) / 16
    fx, fy = layer.frequencies[1]
    expected = torch.sin(2 * math.pi * (fx * at[None] + fy * at[:, None] + layer.phases[1]))
    torch.testing.assert_close(made[1], expected, atol=1e-5, rtol=1e-5)


def test_a_move_by_whole_samples_is_the_same_map_moved_exactly() -> None:
    layer, w = waves(8), torch.zeros(1, 4)
    with torch.no_grad():
        still, moved = layer(w), layer(w, placement([3 / 16], [-2 / 16]))
    torch.testing.assert_close(moved[..., :-2, 3:], still[..., 2:, :-3], atol=1e-5, rtol=1e-5)


def test_waves_that_a_transform_makes_too_fine_fade_out() -> None:
    layer, w = waves(8), torch.zeros(1, 4)
    with torch.no_grad():
        assert layer(w, torch.diag(torch.tensor([50.0, 50.0, 1.0]))[None]).abs().max() < layer(w).abs().max() / 3


def test_phases_and_frequencies_are_kept_and_are_not_learnt() -> None:
    layer = waves(8)
    assert {"frequencies", "phases"} <= set(layer.state_dict())
    assert {name for name, _ in layer.named_parameters()} == {"mix", "turn", "turn_bias"}
