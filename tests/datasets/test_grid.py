"""The grid has the toy script's scale."""

from __future__ import annotations

import numpy as np

from ganstudio.datasets.grid import Grid, GridControls


def test_the_defaults_are_the_toy_scripts() -> None:
    modes = Grid(GridControls()).modes
    by_hand = {(round(2 * i / 2.828, 3), round(2 * j / 2.828, 3)) for i in range(-2, 3) for j in range(-2, 3)}
    assert {(round(x, 3), round(y, 3)) for x, y in modes.centres.tolist()} == by_hand
    np.testing.assert_allclose(modes.sds, 0.05 / 2.828, rtol=1e-4)


def test_an_even_side_is_centred_too() -> None:
    modes = Grid(GridControls(side=4)).modes
    assert modes.centres.shape == (16, 2)
    np.testing.assert_allclose(modes.centres.mean(axis=0), 0, atol=1e-12)
