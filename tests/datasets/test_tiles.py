"""Tiles: what is drawn can be read, and its chance is known."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.core.codes import KnowsTiles
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.tiles import Tiles, TilesControls


def tiles(**controls: float) -> Tiles:
    return Tiles(TilesControls(count=100, **controls))  # type: ignore[arg-type]


@pytest.mark.parametrize("side", [16, 32, 64])
def test_the_tiles_of_an_image_are_read_from_its_pixels(side: int) -> None:
    data = tiles().resized(side)
    assert isinstance(data, KnowsTiles)
    grids, images = data.fresh_grids(50, 5)
    assert images.shape == (50, 3, side, side) and grids.shape == (50, 8, 8)
    assert np.array_equal(data.read_tiles(images.astype(np.float32) / 127.5 - 1), grids)


def test_the_noise_of_each_pixel_has_its_sd() -> None:
    data = tiles()
    grids, images = data.fresh_grids(400, 5)
    _, again = data.fresh_grids(400, 6)
    pixels = images.astype(np.float64) / 127.5 - 1
    same = grids[:, 0, 0] == grids[0, 0, 0]
    corner = pixels[same, :, 1, 1]
    assert corner.std(axis=0) == pytest.approx([0.03] * 3, rel=0.35)
    assert not np.array_equal(images, again)


def test_examples_name_their_true_tiles() -> None:
    examples = tiles().examples(20, "unseen")
    assert examples is not None
    grids = examples.details["tiles"]
    assert np.array_equal(tiles().read_tiles(examples.images.astype(np.float32) / 127.5 - 1), grids)


def test_controls_set_the_kinds_of_tiles_and_the_grammar() -> None:
    data = tiles(k=4, b=2.0)
    grids, _ = data.fresh_grids(60, 1)
    assert set(np.unique(grids)) == set(range(4)) and data.tiles == 4
    assert data.entropy() == pytest.approx(65.319965, abs=5e-7)
    assert data.bits_of(grids).shape == (60, 8, 8)


def test_grids_of_eight_cells_need_sixteen_pixels() -> None:
    with pytest.raises(BadInput, match="16"):
        tiles().resized(8)
