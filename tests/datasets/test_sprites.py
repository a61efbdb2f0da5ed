"""Sprites: every factor is read back from the pixels, the factors are independent, and tests see other images."""

from __future__ import annotations

import itertools
import math
from typing import Literal

import numpy as np
import pytest
import torch

from ganstudio.datasets.parts.sprite_drawing import (
    ASIDE,
    BITS,
    COLOURS,
    GROUND,
    RADII,
    VALUES,
    Parameters,
    draw,
    draw_parameters,
    read,
)
from ganstudio.datasets.sprites import Sprites, SpritesControls
from ganstudio.maths.features.attribute_features import judged_by_attributes
from ganstudio.maths.judges.attribute_judge import FormulaJudge, attribute_judge
from ganstudio.measures.attributes import NAMED

SIDE = 32


@pytest.fixture(scope="module")
def data() -> Sprites:
    return Sprites(SpritesControls(count=300))


def every(aside: float) -> Parameters:
    """All 18,432 combinations, each as far aside of its place to the right and down."""
    combined = np.array(list(itertools.product(*(range(len(words)) for words in VALUES.values()))))
    factors = {name: combined[:, at] for at, name in enumerate(VALUES)}
    return {**factors, "aside": np.full((len(combined), 2), aside, np.float32)}


def test_the_entropies_are_exact() -> None:
    assert {"shape": math.log2(3), "colour": math.log2(6), "size": 2.0, "x": 4.0, "y": 4.0} == BITS
    assert sum(BITS.values()) == pytest.approx(math.log2(18_432))


@pytest.mark.parametrize("side", [32, 64])
def test_each_factor_is_read_back_from_the_pixels(side: int) -> None:
    p = draw_parameters(600, 3)
    found = read(draw(p, side))
    for name in VALUES:
        np.testing.assert_array_equal(found[name], p[name], err_msg=name)


def test_at_16_px_a_disc_of_three_pixels_may_be_read_as_a_square() -> None:
    p = draw_parameters(2000, 3)
    found = read(draw(p, 16))
    assert all((found[name] == p[name]).mean() > 0.99 for name in VALUES)


@pytest.mark.parametrize("aside", [-ASIDE, 0.0, ASIDE])
def test_combinations_are_read_back_however_far_aside_they_lie(aside: float) -> None:
    p = {name: values[::7] for name, values in every(aside).items()}  # 7 divides no count: a fair part
    found = read(draw(p, SIDE))
    assert all(np.array_equal(found[name], p[name]) for name in VALUES)


def test_noise_like_that_of_a_young_generator_is_forgiven() -> None:
    p = draw_parameters(400, 4)
    noise = np.random.default_rng(0).normal(0, 8, (400, 3, SIDE, SIDE))
    found = read(np.clip(draw(p, SIDE) + noise, 0, 255).astype(np.uint8))
    assert all((found[name] == p[name]).mean() > 0.98 for name in VALUES)


def test_an_image_without_a_shape_is_read_as_some_value() -> None:
    for image in (np.broadcast_to(GROUND[:, None, None], (3, SIDE, SIDE)), np.full((3, SIDE, SIDE), 255)):
        found = read(image.astype(np.uint8)[None])
        assert all(0 <= found[name][0] < len(VALUES[name]) for name in VALUES)
    assert all(values.shape == (0,) for values in read(np.zeros((0, 3, SIDE, SIDE), np.uint8)).values())


def test_what_is_drawn_is_what_the_factors_say() -> None:
    """A disc by hand: its colour in the middle, its area, its centre of mass."""
    p = {"shape": np.array([0]), "colour": np.array([3]), "size": np.array([3]), "x": np.array([2]), "y": np.array([9]),
         "aside": np.zeros((1, 2))}
    image = draw(p, SIDE)[0].astype(float)
    assert np.array_equal(image[:, 17, 10], COLOURS[3])  # the middles of these pixels are at 10.5 and 17.5
    assert np.array_equal(image[:, 0, 0], GROUND)
    share = ((image - GROUND[:, None, None]) / (COLOURS[3].astype(float) - GROUND)[:, None, None]).mean(0)
    assert share.sum() == pytest.approx(math.pi * RADII[3] ** 2, rel=0.02)
    middles = np.arange(SIDE) + 0.5
    centre = (share.sum(0) @ middles / share.sum(), share.sum(1) @ middles / share.sum())
    assert centre == pytest.approx((10.5, 17.5), abs=0.02)


@pytest.mark.parametrize("shape", [1, 2])
def test_all_shapes_of_a_size_have_one_area_and_their_centre_of_mass_at_their_place(shape: int) -> None:
    n = len(RADII)
    p = {"shape": np.full(n, shape), "colour": np.zeros(n, int), "size": np.arange(n), "x": np.full(n, 7),
         "y": np.full(n, 8), "aside": np.zeros((n, 2))}
    image = draw(p, 64).astype(float)
    share = ((image - GROUND[:, None, None]) / (COLOURS[0].astype(float) - GROUND)[:, None, None]).mean(1)
    middles = (np.arange(64) + 0.5) / 2
    area = share.sum((1, 2))
    np.testing.assert_allclose(area / 4, math.pi * RADII**2, rtol=0.03)
    np.testing.assert_allclose(share.sum(1) @ middles / area, 15.5, atol=0.05)
    np.testing.assert_allclose(share.sum(2) @ middles / area, 16.5, atol=0.15)


def test_the_factors_are_as_likely_and_independent() -> None:
    """Mutual information of two factors, beyond what independent ones show in so many images: 0 within 5 in 10,000."""
    p = draw_parameters(60_000, 1)
    for one, other in itertools.combinations(VALUES, 2):
        a, b = len(VALUES[one]), len(VALUES[other])
        joint = np.bincount(p[one] * b + p[other], minlength=a * b).reshape(a, b) / 60_000
        expected = joint.sum(1, keepdims=True) * joint.sum(0)
        bits = float((joint * np.log2(np.maximum(joint, 1e-12) / expected)).sum())
        assert abs(bits - (a - 1) * (b - 1) / (2 * 60_000 * math.log(2))) < 5e-4
    for name, words in VALUES.items():
        np.testing.assert_allclose(np.bincount(p[name]) / 60_000, 1 / len(words), rtol=0.1)


def test_a_game_with_all_factors_is_given_all_five() -> None:
    whole = Sprites(SpritesControls(count=120, attributes="all"))
    batch = whole.batch(torch.arange(120), frozenset({"attributes", "label"}))
    assert batch.attributes is not None and batch.label is not None
    found = read(((batch.x + 1) * 127.5).round().numpy().astype(np.uint8))
    for at, name in enumerate(VALUES):
        np.testing.assert_array_equal(batch.attributes[:, at].numpy(), found[name])
    assert torch.equal(batch.label, batch.attributes[:, 0])
    assert list(whole.attribute_values) == list(VALUES)


def test_the_label_is_the_factor_that_the_control_names() -> None:
    coloured = Sprites(SpritesControls(count=100, label="colour"))
    assert coloured.label_names == list(VALUES["colour"])
    assert coloured.labels is not None
    np.testing.assert_array_equal(coloured.labels, read(coloured.pixels.images)["colour"])


@pytest.mark.parametrize("label", ["shape", "colour", "size"])
def test_the_fid_rests_on_the_net_that_reads_the_factors(label: Literal["shape", "colour", "size"]) -> None:
    known = Sprites(SpritesControls(count=100, label=label))
    assert known.label_attribute == label and list(known.judged_values[label]) == known.label_names
    assert judged_by_attributes(known)


def test_no_net_is_trained_to_judge_them(data: Sprites) -> None:
    judge = attribute_judge(data)
    assert isinstance(judge, FormulaJudge) and judge.values == {name: len(words) for name, words in VALUES.items()}
    seen = data.examples(50, "judge")
    found = judge.read(seen.images)
    assert all(np.array_equal(found[name], seen.details[name]) for name in VALUES)
    assert set(data.attribute_values) <= set(NAMED)


def test_the_next_value_of_a_factor_changes_that_one_alone(data: Sprites) -> None:
    seen = data.examples(40, "unseen", frozenset({"source", "attributes"}))
    assert seen.sources is not None
    before, after = read(seen.sources), read(seen.images)
    np.testing.assert_array_equal(after["shape"], (before["shape"] + 1) % 3)
    assert all(np.array_equal(before[name], after[name]) for name in VALUES if name != "shape")
