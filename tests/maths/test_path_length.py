"""Path lengths of linear generators, whose lengths are known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Generator, Tensor

from ganstudio.maths.path_length import path_lengths

SIDE = 8


def rng(seed: int = 1) -> Generator:
    return torch.Generator().manual_seed(seed)


def linear(ws: Tensor, slope: float, colours: int) -> Tensor:
    """Each pixel is a number of the mean w, times the slope."""
    return slope * ws.mean(1).reshape(-1, colours, SIDE, SIDE)


def rms(slope: float, colours: int, layers: int, scale: float = 1.0) -> float:
    ws = torch.randn(4000, layers, colours * SIDE * SIDE, generator=rng(2))
    lengths = path_lengths(lambda w: scale * linear(w, slope, colours), ws, rng())
    return math.sqrt(float(lengths.detach().square().mean()))


def test_of_a_linear_generator_the_mean_square_is_that_of_its_slope_times_its_colours() -> None:
    """E l^2 = c^2 C, whatever the side: 3.4641 for c = 2 and three colours."""
    assert math.sqrt(2**2 * 3) == pytest.approx(3.4641, abs=1e-4)
    assert rms(2, 3, 1) == pytest.approx(3.4641, rel=0.005)


def test_spread_over_layers_it_is_divided_by_their_number() -> None:
    assert math.sqrt(3) / 7 == pytest.approx(0.2474, abs=1e-4)
    assert rms(1, 3, 7) == pytest.approx(math.sqrt(3) / 7, rel=0.005)


def test_noise_that_is_not_divided_by_the_root_of_the_pixels_would_read_that_much_more() -> None:
    """The trap: 8 times as much at 8 px, 27.7 for c = 2."""
    assert rms(2, 3, 1, scale=SIDE) == pytest.approx(SIDE * rms(2, 3, 1), rel=1e-5)
    assert rms(2, 3, 1, scale=SIDE) == pytest.approx(27.7, abs=0.15)


def test_it_can_be_minimised() -> None:
    slope = torch.tensor(3.0, requires_grad=True)
    ws = torch.randn(50, 2, 3 * SIDE * SIDE, generator=rng(3))
    lengths = path_lengths(lambda w: slope * linear(w, 1.0, 3), ws, rng())
    (by_slope,) = torch.autograd.grad(lengths.mean(), slope)
    assert float(by_slope) == pytest.approx(float(lengths.detach().mean()) / 3, rel=1e-5)
