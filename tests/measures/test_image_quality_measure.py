"""The numbers of generated images, on features made by hand; and what they are where something is missing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from test_measure_contract import Pair

from ganstudio.core.dataset import Floats
from ganstudio.core.measure import Features, MeasureInput, Scores
from ganstudio.measures.image_quality import ImageQuality

UNSCORED = Scores(np.zeros(0), np.zeros(0))
RNG = np.random.default_rng(5)
PIXELS = RNG.uniform(-1, 1, (300, 12)).astype(np.float32)
SEEN = RNG.standard_normal((300, 8))


def numbers(
    fake: Floats | None = None, *, pixels: object = PIXELS, probabilities: Floats | None = None, net: bool = True,
) -> dict[str, float | None]:
    """Of features against those of the data."""
    made = Features(net="n", values=SEEN if fake is None else fake, probabilities=probabilities)
    return ImageQuality().compute(MeasureInput(
        real=PIXELS.astype(np.float64), fake=np.asarray(pixels), real_scores=UNSCORED, fake_scores=UNSCORED,
        real_features=Features(net="n", values=SEEN), fake_features=made if net else None, data=Pair("image")))


def test_copies_of_the_data_are_perfect() -> None:
    found = numbers(probabilities=np.eye(10)[np.arange(300) % 10])
    assert found["fid"] == pytest.approx(0, abs=1e-9)
    assert found["kid"] is not None and found["kid"] < 0  # unbiased: copies score below 0
    assert (found["precision"], found["recall"]) == (1.0, 1.0)
    assert found["is"] == pytest.approx(10)
    assert found["diversity"] == pytest.approx(1, abs=1e-6)


def test_a_shift_of_the_features_is_the_fid() -> None:
    found = numbers(SEEN + 3.0, pixels=0.5 * PIXELS)
    assert found["fid"] == pytest.approx(8 * 9.0)
    assert found["kid"] is not None and found["kid"] > 5
    assert found["precision"] is not None and found["precision"] < 0.05
    assert found["diversity"] == pytest.approx(0.5, abs=1e-6)


def test_without_classes_there_is_no_inception_score() -> None:
    found = numbers()
    assert found["is"] is None
    assert all(found[name] is not None for name in ImageQuality.numbers if name != "is")


def test_without_a_net_there_is_the_diversity_of_the_pixels() -> None:
    found = numbers(net=False)
    assert found["diversity"] == pytest.approx(1, abs=1e-6)
    assert [name for name, value in found.items() if value is not None] == ["diversity"]


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_features_that_are_no_numbers_leave_the_pixels(broken: float) -> None:
    features = SEEN.copy()
    features[2, 3] = broken
    found = numbers(features)
    assert [name for name, value in found.items() if value is not None] == ["diversity"]


def test_features_too_large_to_square_warn_nobody() -> None:
    assert [name for name, value in numbers(SEEN * 1e200).items() if value is not None] == ["diversity"]
    assert all(value is not None for name, value in numbers(SEEN * 1e38).items() if name != "is")


def test_too_few_images_have_no_neighbours() -> None:
    found = numbers(SEEN[:4], pixels=PIXELS[:4])
    assert [name for name, value in found.items() if value is not None] == ["diversity"]


@pytest.mark.parametrize(("images", "defined"), [
    (1, []), (2, ["diversity"]), (5, ["diversity"]), (6, ["fid", "kid", "recall", "diversity"]),
    (60, ["fid", "kid", "precision", "recall", "diversity"]),
])
def test_a_data_set_of_very_few_images_measures_nothing(images: int, defined: list[str]) -> None:
    """300 draws of one image, of two, and so on, in pixels and in features, against images of every kind."""
    drawn = np.arange(300) % images
    found = ImageQuality().compute(MeasureInput(
        real=PIXELS[drawn].astype(np.float64), fake=PIXELS.astype(np.float64), real_scores=UNSCORED,
        fake_scores=UNSCORED, real_features=Features(net="n", values=1e13 * SEEN[drawn]),
        fake_features=Features(net="n", values=SEEN), data=Pair("image")))
    assert [name for name, value in found.items() if value is not None] == defined


def test_images_that_hardly_differ_are_all_alike() -> None:
    """One pixel of 3072 is a level brighter in half of them."""
    real = np.full((300, 3072), -1.0)
    real[::2, 0] += 2 / 255
    found = ImageQuality().compute(MeasureInput(
        real=real, fake=RNG.uniform(-1, 1, (300, 3072)), real_scores=UNSCORED, fake_scores=UNSCORED,
        real_features=Features(net="n", values=SEEN), fake_features=Features(net="n", values=SEEN), data=Pair("image")))
    assert set(found.values()) == {None}


def test_a_generator_that_makes_one_image_still_has_its_numbers() -> None:
    found = numbers(np.repeat(SEEN[:1], 300, axis=0), pixels=np.repeat(PIXELS[:1], 300, axis=0))
    assert found["diversity"] == 0 and found["recall"] is not None and found["recall"] < 0.01
    assert found["fid"] is not None and found["fid"] > 5


def test_every_number_says_which_way_is_better() -> None:
    assert {name: number.better for name, number in ImageQuality.numbers.items()} == {
        "fid": "low", "kid": "low", "is": "high", "precision": "high", "recall": "high", "diversity": "floor",
    }
