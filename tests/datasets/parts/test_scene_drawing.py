"""Scenes: what is said of the distribution of pictures is what the pictures do."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.datasets.parts import scene_drawing as scene
from ganstudio.datasets.scenes import Scenes, ScenesControls

PICTURES = 300


def pictures(maps: scene.Bytes, share: float, rng: np.random.Generator, n: int) -> np.ndarray:
    """n pictures of one map, ``(n, 3, h, h)`` in [0, 1]."""
    many = np.repeat(maps, n, axis=0)
    colours = scene.draw_colours(n, share, rng)
    patterns = scene.draw_patterns(n, maps.shape[-1], rng)
    return scene.paint(many, patterns, scene.base_colours(colours)) / 255


def test_every_class_occurs_and_no_other() -> None:
    maps = scene.draw_maps(200, 32, np.random.default_rng(0))
    assert set(np.unique(maps)) == set(range(len(scene.CLASSES)))


@pytest.mark.parametrize("share", [0.5, 0.7])
def test_the_conditional_mean_is_that_of_many_pictures(share: float) -> None:
    rng = np.random.default_rng(1)
    maps = scene.draw_maps(1, 32, rng)
    mean = pictures(maps, share, rng, 4000).mean(0)
    rows, columns = np.indices((32, 32))
    exact = scene.conditional_mean(32, share)[maps[0], rows, columns].transpose(2, 0, 1)
    # The largest spread of a colour is .65, so a mean of 4000 has a standard error of .005; 3072 numbers: 5 of them.
    assert np.abs(mean - exact).max() < 0.03


@pytest.mark.parametrize("share", [0.5, 0.7])
def test_no_other_picture_has_a_lower_l1_than_the_median(share: float) -> None:
    rng = np.random.default_rng(2)
    maps = scene.draw_maps(20, 32, rng)
    seen = np.stack([pictures(maps[i : i + 1], share, rng, PICTURES) for i in range(len(maps))])
    best = scene.best_picture(maps, scene.conditional_median(32, share)) / 255
    risk = 2 * np.abs(seen - best[:, None]).mean()
    assert risk == pytest.approx(scene.least_l1(maps, share), rel=0.02)
    mean = scene.best_picture(maps, scene.conditional_mean(32, share)) / 255
    other = seen[:, 0]  # a true picture is no better guess of another one
    assert risk <= 2 * np.abs(seen - mean[:, None]).mean() + 1e-3
    assert risk < 0.95 * 2 * np.abs(seen[:, 1:] - other[:, None]).mean()


def test_bricks_are_dark_as_often_as_said() -> None:
    rng = np.random.default_rng(3)
    dark = np.mean([(scene.draw_patterns(1000, 32, rng)[:, scene.HOUSE] < 0).mean(0) for _ in range(8)], axis=0)
    assert np.abs(dark - scene.dark_share(32)[scene.HOUSE]).max() < 5 * np.sqrt(0.25 / 8000)


def test_a_scene_of_64_px_is_the_scene_of_32_px() -> None:
    small = scene.draw_maps(20, 32, np.random.default_rng(4))
    large = scene.draw_maps(20, 64, np.random.default_rng(4))
    assert (large[:, ::2, ::2] == small).mean() > 0.95


def test_one_class_maps_come_as_often_as_asked() -> None:
    data = Scenes(ScenesControls(count=1000, uniform_share=0.2))
    flat = data.sources.reshape(1000, -1)
    assert (flat == flat[:, :1]).all(1).mean() == pytest.approx(0.2, abs=0.05)


def test_examples_for_tests_are_not_in_the_training_data() -> None:
    data = Scenes(ScenesControls(count=500))
    unseen = data.examples(200, "unseen")
    known = {image.tobytes() for image in data.sources}
    assert unseen.sources is not None
    assert not any(image.tobytes() in known for image in unseen.sources)
