"""Digits drawn by stroke: the same from a seed, told apart, prepared as MNIST's are."""

from __future__ import annotations

import numpy as np

from ganstudio.datasets.parts.stroke_digits import digits


def test_a_seed_decides() -> None:
    (one, labels), (again, _), (other, _) = digits(200, 3), digits(200, 3), digits(200, 4)
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert one.shape == (200, 28, 28)
    assert one.dtype == labels.dtype == np.uint8


def test_every_digit_comes_about_as_often() -> None:
    _, labels = digits(5000, 0)
    counts = np.bincount(labels, minlength=10)
    assert len(counts) == 10
    assert (np.abs(counts - 500) < 5 * np.sqrt(500)).all()


def test_ink_lies_in_the_middle_and_not_on_the_rim() -> None:
    images, _ = digits(500, 1)
    ink = images.astype(np.float64) / 255
    assert 0.08 < ink.mean() < 0.2  # MNIST's is .131
    places = np.arange(28) - 13.5
    for axis in (1, 2):
        centre = (ink.sum(axis=3 - axis) * places).sum(axis=1) / ink.sum(axis=(1, 2))
        assert np.abs(centre).mean() < 1.0
    assert ink[:, [0, -1]].mean() < 0.01
    assert ink[:, :, [0, -1]].mean() < 0.01


def test_a_digit_is_nearer_to_its_own_mean_than_to_others() -> None:
    """A nearest-mean classifier reads 82 % of MNIST; digits that cannot be told apart would score 10 %."""
    images, labels = digits(3000, 2)
    means = np.stack([images[labels == digit].mean(axis=0) for digit in range(10)])
    fresh, truth = digits(1000, 5)
    squared = ((fresh[:, None].astype(np.float64) - means[None]) ** 2).sum(axis=(2, 3))
    assert (squared.argmin(axis=1) == truth).mean() > 0.7
