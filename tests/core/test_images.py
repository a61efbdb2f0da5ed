"""Grids and sizes of images against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.core.images import cell_width, coloured, columns_for, enlarged, grid, pixels
from ganstudio.core.system.errors import BadInput


def test_bytes_are_rounded_cut_off_and_turned_to_channels_last() -> None:
    values = np.array([-1.0, -0.5, 0.0, 1.0, 1.5, -7.0, np.nan, np.inf], dtype=np.float32)
    images = np.stack([values.reshape(2, 4), -values.reshape(2, 4), values.reshape(2, 4)])[None]
    found = pixels(images)
    assert found.shape == (1, 2, 4, 3) and found.dtype == np.uint8 and found.flags.c_contiguous
    # (x + 1) * 127.5: 0, 63.75, 127.5 (to even), 255
    assert found[0, ..., 0].ravel().tolist() == [0, 64, 128, 255, 255, 0, 0, 255]
    assert found[0, ..., 1].ravel().tolist() == [255, 191, 128, 0, 0, 255, 0, 0]


def test_bytes_come_back_from_what_the_data_sets_make_of_them() -> None:
    every = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    assert np.array_equal(pixels(every.astype(np.float32) / 127.5 - 1), every.transpose(0, 2, 3, 1))


def test_a_grid_has_its_images_row_by_row_with_gaps_between_them() -> None:
    images = np.arange(1, 6, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 3, 1), np.uint8)
    sheet = grid(images, 3, gap=1, colour=(9, 8, 7))
    assert sheet.shape == (2 * 2 + 1, 3 * 3 + 2, 3)
    assert sheet[..., 0].tolist() == [
        [1, 1, 1, 9, 2, 2, 2, 9, 3, 3, 3],
        [1, 1, 1, 9, 2, 2, 2, 9, 3, 3, 3],
        [9] * 11,
        [4, 4, 4, 9, 5, 5, 5, 9, 9, 9, 9],
        [4, 4, 4, 9, 5, 5, 5, 9, 9, 9, 9],
    ]
    assert sheet[2, 0].tolist() == [9, 8, 7]
    assert np.array_equal(sheet[:2, :3, 0], sheet[:2, :3, 2])


def test_a_grid_without_gaps_is_the_images_themselves() -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3), dtype=np.uint8)
    sheet = grid(images, 2)
    assert sheet.shape == (12, 10, 3)
    assert np.array_equal(sheet[4:8, 5:], images[3])
    assert grid(images[:2], 10).shape == (4, 10, 3)
    assert grid(images[:0], 3).shape == (0, 0, 3)


def test_each_pixel_becomes_a_square() -> None:
    image = np.arange(4, dtype=np.uint8).reshape(2, 2, 1)
    assert enlarged(image, 2)[..., 0].tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
    assert np.array_equal(enlarged(image, 1), image)


@pytest.mark.parametrize(("n", "width", "height", "columns"), [
    (64, 100, 100, 8), (64, 400, 100, 16), (64, 100, 400, 4), (10, 1000, 10, 10), (10, 10, 1000, 1), (1, 50, 90, 1),
    (5, 100, 100, 3), (0, 10, 10, 1), (4, 100, 100, 2),
])
def test_columns_make_the_images_largest(n: int, width: float, height: float, columns: int) -> None:
    assert columns_for(n, width, height) == columns
    sizes = [cell_width(k, -(-max(n, 1) // k), width, height) for k in range(1, max(n, 1) + 1)]
    assert cell_width(columns, -(-max(n, 1) // columns), width, height) == max(sizes)


def test_gaps_and_flat_images_are_reckoned_with() -> None:
    assert cell_width(4, 2, 103, 1000, gap=1) == 25
    assert cell_width(4, 2, 1000, 101, aspect=2.0, gap=1) == 100
    assert columns_for(2, 100, 100, aspect=2.0) == 1


@pytest.mark.parametrize("act", [
    lambda: grid(np.zeros((1, 2, 2, 3), np.uint8), 0),
    lambda: grid(np.zeros((1, 2, 2, 3), np.uint8), 1, gap=-1),
    lambda: coloured(np.zeros((1, 2, 2, 4), np.uint8)),
    lambda: coloured(np.zeros((2, 2, 3), np.uint8)),
    lambda: enlarged(np.zeros((2, 2, 3), np.uint8), 0),
])
def test_what_is_no_image_is_refused(act: object) -> None:
    assert callable(act)
    with pytest.raises(BadInput, match="not allowed"):
        act()
