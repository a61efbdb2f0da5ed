"""The avatars that are shipped: all there, all different, read without pickle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.core.system.resources import asset
from ganstudio.files.avatar_file import read_avatars


def test_the_shipped_file_is_whole_and_small() -> None:
    path = asset("data", "avatars.npz")
    assert path.stat().st_size < 16 * 2**20
    pixels, parts = read_avatars(path)
    assert pixels.shape == (8192, 3, 64, 64)
    assert pixels.dtype == np.uint8
    assert len({avatar.tobytes() for avatar in pixels}) == 8192
    assert set(parts) >= {"hair", "hairColour", "skin", "eyes", "mouth", "glasses"}
    assert all(choices.shape == (8192,) for choices in parts.values())
    assert pixels.reshape(8192, -1).std(axis=1).min() > 20  # none is blank


def test_each_pixel_has_its_own_avatars_colour(tmp_path: Path) -> None:
    indices = np.array([[[0, 1], [1, 0]], [[1, 1], [0, 0]]], dtype=np.uint8)
    palettes = np.array([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]], dtype=np.uint8)
    path = tmp_path / "two.npz"
    np.savez(path, indices=indices, palettes=palettes, choices=np.array([[3], [4]], dtype=np.uint8),
             parts=np.array(["hat"]))
    pixels, parts = read_avatars(path)
    np.testing.assert_array_equal(pixels[0, :, 0, 1], [4, 5, 6])
    np.testing.assert_array_equal(pixels[1, :, 1, 1], [7, 8, 9])
    np.testing.assert_array_equal(parts["hat"], [3, 4])


def test_nothing_that_is_pickled_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bad.npz"
    np.savez(path, indices=np.array([{"a": 1}], dtype=object), palettes=0, choices=0, parts=0)
    with pytest.raises(ValueError, match="allow_pickle"):
        read_avatars(path)
