"""Filtered activations: matrices that do what zeros, padding and filters do, and samples that stay in their places."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from ganstudio.maths.kaiser import kaiser_taps
from ganstudio.networks.parts.band_limits import Band, bands
from ganstudio.networks.parts.filtered import FilteredActivation, downsampling, resampled, upsampling

RNG = np.random.default_rng(0)


def by_steps(x: NDArray[np.float64], taps: NDArray[np.float64], up: int, before: int, after: int) -> torch.Tensor:
    """Zeros between the samples, padding or cutting, and torch's own correlation with the flipped filter."""
    row = torch.zeros(len(x) * up, dtype=torch.float64)
    row[::up] = torch.from_numpy(x)
    padded = F.pad(row, (before, after))
    return F.conv1d(padded[None, None], torch.from_numpy(up * taps[::-1].copy())[None, None])[0, 0]


@pytest.mark.parametrize(("before", "after"), [(3, 5), (0, 0), (-4, 2), (7, -3)])
def test_the_matrix_upwards_is_zeros_padding_and_a_filter_of_gain_two(before: int, after: int) -> None:
    x, taps = RNG.normal(size=10), RNG.normal(size=6)  # of no symmetry
    np.testing.assert_allclose(
        upsampling(taps, 2, 10, before, after) @ x, by_steps(x, taps, 2, before, after).numpy(), atol=1e-12)


def test_the_matrix_downwards_is_a_filter_and_every_second_sample() -> None:
    x, taps = RNG.normal(size=21), RNG.normal(size=6)
    np.testing.assert_allclose(
        downsampling(taps, 2, 21) @ x, by_steps(x, taps, 1, 0, 0).numpy()[::2], atol=1e-12)


def test_without_a_gain_a_constant_would_come_out_as_a_quarter_of_it() -> None:
    """Both axes have a gain of two: zeros between the samples take three quarters away."""
    matrix = torch.from_numpy(upsampling(kaiser_taps(12, 4.0, 8.0, 32.0), 2, 40, 6, 5))
    flat = resampled(torch.ones(1, 1, 40, 40, dtype=torch.float64), matrix)[0, 0, 20:-20, 20:-20]
    assert flat.mean() == pytest.approx(1, abs=1e-3)
    assert resampled(torch.ones(1, 1, 40, 40, dtype=torch.float64), matrix / 2)[0, 0, 40, 40] == pytest.approx(
        0.25, abs=1e-3)


@pytest.mark.parametrize("index", range(6))
def test_every_layer_of_the_table_makes_a_map_of_its_size_in_its_place(index: int) -> None:
    """A wave within the band, small enough that the leaky ReLU is linear there (a bias lifts it above 0)."""
    found = bands(32, 6, 2, 10)
    before, band = found[max(index - 1, 0)], found[index]
    layer = FilteredActivation(1, before, band, 2, finer=2, taps=6).double()
    with torch.no_grad():
        layer.bias.fill_(3.0)
    size = before.size + 2

    def wave(size: int, rate: int) -> torch.Tensor:
        at = (torch.arange(size, dtype=torch.float64) + 0.5 - size / 2) / rate
        return torch.sin(2 * math.pi * at)[None, None, :, None].expand(1, 1, size, size).contiguous()

    made = layer(wave(size, before.rate)) / math.sqrt(2)
    assert made.shape == (1, 1, band.size, band.size)
    inside = slice(band.size // 4, -band.size // 4)
    row, expected = made[0, 0, inside, band.size // 2].detach(), wave(band.size, band.rate)[0, 0, inside, 0]
    assert (row + row.flip(0) - 6).abs().max() < 0.03  # odd about the middle: not moved by a part of a sample
    along = (row @ expected) / (expected @ expected)
    assert 0.85 < along < 1.01  # low cutoffs let a little less of it pass
    assert (row - 3 - along * expected).abs().max() < 0.03


def test_it_clamps_what_runs_away() -> None:
    band = Band(2.0, 6.0, 16, 24)
    layer = FilteredActivation(1, band, band, 2, finer=2, taps=6)
    assert layer(torch.full((1, 1, 26, 26), 1e6)).max() < 256 * 1.2


def test_matrices_are_no_part_of_the_state() -> None:
    band = Band(2.0, 6.0, 16, 24)
    assert set(FilteredActivation(3, band, band, 2, finer=2, taps=6).state_dict()) == {"bias"}


def test_it_can_be_differentiated_twice() -> None:
    band = Band(2.0, 6.0, 16, 8)
    layer = FilteredActivation(1, band, band, 2, finer=1, taps=6).double()
    x = torch.randn(1, 1, 10, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x,))
