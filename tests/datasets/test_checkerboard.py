"""The checkerboard is even on its squares, and its density knows every edge."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from ganstudio.core.control import validated
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.checkerboard import Checkerboard, CheckerboardControls


def board(cells: int, size: float = 4.0) -> Checkerboard:
    return Checkerboard(validated(CheckerboardControls, {"cells": cells, "size": size}))


def test_the_density_by_hand() -> None:
    """Four by four squares of side 1: eight hold points, at a density of 1/8."""
    at = np.array([[-1.5, -1.5], [-0.5, -1.5], [-0.5, -0.5], [1.9, 1.9], [1.9, -1.9], [2.1, 2.1], [-2.1, -1.5]])
    found = board(4).log_density(at)
    filled = -np.log(8)
    np.testing.assert_allclose(found, [filled, -np.inf, filled, filled, -np.inf, -np.inf, -np.inf])


@pytest.mark.parametrize("cells", [1, 2, 3, 4, 5, 16])
def test_the_density_of_any_board_sums_to_one(cells: int) -> None:
    data = board(cells, 3.0)
    ticks = 3.0 * ((np.arange(4 * cells) + 0.5) / (4 * cells) - 0.5)  # four to a square: none on an edge
    at = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    assert np.exp(data.log_density(at)).sum() * (3.0 / (4 * cells)) ** 2 == pytest.approx(1)
    lower_left = np.full((1, 2), -1.5 + 1e-6)
    assert np.isfinite(data.log_density(lower_left)).all()


@pytest.mark.parametrize("cells", [1, 2, 3, 4, 5, 16])
def test_every_filled_square_gets_its_share_and_no_other_any(cells: int) -> None:
    n = 50_000
    data = board(cells, 3.0)
    x = data.sample(n, torch.Generator().manual_seed(0)).numpy().astype(np.float64)
    assert np.isfinite(data.log_density(x)).all()
    column, row = np.floor((x + 1.5) / 3.0 * cells).astype(int).T
    counts = np.bincount(row * cells + column, minlength=cells**2).reshape(cells, cells)
    filled = np.add.outer(np.arange(cells), np.arange(cells)) % 2 == 0
    assert (counts[~filled] == 0).all()
    assert stats.chisquare(counts[filled]).pvalue > 1e-3 or cells == 1
    inside = (x + 1.5) / 3.0 * cells - np.stack([column, row], axis=1)
    for axis in (0, 1):
        assert stats.kstest(inside[:, axis], "uniform").pvalue > 1e-3


def test_no_draw_is_rounded_into_the_next_square(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lowest and the highest number that torch.rand can give, on the finest board."""
    data = board(16, 7.3)
    for edge in (0.0, 1 - 2.0**-24):
        monkeypatch.setattr(torch, "rand", lambda size, edge=edge, **_: torch.full(size, edge))
        x = data.sample(2000, torch.Generator().manual_seed(0)).numpy().astype(np.float64)
        assert np.isfinite(data.log_density(x)).all()


def test_the_moments_are_the_boards() -> None:
    """Either coordinate is uniform over the board: sd = size / sqrt(12). Squares on the diagonal tie them."""
    x = board(2, 4.0).sample(50_000, torch.Generator().manual_seed(1)).numpy()
    assert x.mean(axis=0) == pytest.approx([0, 0], abs=5 * 4 / np.sqrt(12 * 50_000))
    assert x.std(axis=0) == pytest.approx([4 / np.sqrt(12)] * 2, rel=0.02)
    assert np.mean(x[:, 0] * x[:, 1]) == pytest.approx(1.0, abs=0.03)  # by hand: E|x| E|y| = 1, signs agree


@pytest.mark.parametrize(("values", "words"), [
    ({"cells": 0}, ["cells = 0", "1 to 16"]), ({"cells": 17}, ["cells = 17"]), ({"size": 0}, ["size = 0", "0.5 to 8"]),
])
def test_what_is_no_board_is_refused(values: dict[str, float], words: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        validated(CheckerboardControls, values, of="data set checkerboard")
    assert all(word in str(caught.value) for word in words)
