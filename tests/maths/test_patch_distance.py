"""How far the patches of two images are apart: of shifts that are known, and of the shipped scene."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.datasets.parts.one_scene import draw_scene
from ganstudio.maths.patch_distance import DIRECTIONS, blurred, patch_sw1, patches

SCENE = draw_scene(36, 48) / 127.5 - 1


def test_every_patch_is_there_with_its_colours() -> None:
    image = np.arange(2 * 8 * 9, dtype=np.float64).reshape(2, 8, 9)
    found = patches(image)
    assert found.shape == (2 * 3, 2 * 49)
    np.testing.assert_array_equal(found[4].reshape(2, 7, 7), image[:, 1:8, 1:8])


def test_an_image_is_0_from_itself_and_a_shift_of_all_pixels_is_known() -> None:
    assert patch_sw1(SCENE, SCENE) == 0
    axes = np.random.default_rng(0).standard_normal((147, DIRECTIONS))
    expected = float(np.abs((axes / np.linalg.norm(axes, axis=0)).sum(0)).mean())
    assert patch_sw1(SCENE, SCENE + 0.1) == pytest.approx(0.1 * expected)
    assert expected == pytest.approx(0.8, abs=0.05)


def test_where_patches_lie_does_not_matter_and_blur_and_disorder_do() -> None:
    moved = np.roll(SCENE, 24, axis=2)
    shuffled = np.random.default_rng(0).permutation(SCENE.reshape(3, -1).T).T.reshape(SCENE.shape)
    mirrored, soft = patch_sw1(SCENE, SCENE[:, :, ::-1]), patch_sw1(SCENE, blurred(SCENE))
    assert mirrored < 0.3 * soft < 0.3 * patch_sw1(SCENE, shuffled)
    assert patch_sw1(SCENE, moved) < soft


def test_blur_keeps_the_mean_and_one_colour() -> None:
    np.testing.assert_allclose(blurred(np.full((3, 9, 9), 0.3)), 0.3)
    assert abs(blurred(SCENE).mean() - SCENE.mean()) < 0.01
