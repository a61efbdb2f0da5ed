"""A plane between two classes, and the bits that it leaves."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganstudio.maths.linear_separation import (
    RIDGE,
    conditional_entropy_bits,
    entropy_bits,
    fit_plane,
    side_of,
)

RNG = np.random.default_rng(3)
X = RNG.normal(size=(400, 5)) * np.array([1, 100, 0.01, 1, 1]) + 3


def test_what_a_plane_parts_it_parts_though_the_inputs_differ_in_size() -> None:
    labels = (X - 3) @ np.array([1.0, 0.01, 100.0, 0, 0]) > 0.2
    plane = fit_plane(X, labels, ridge=1e-3)
    assert (side_of(X, plane) == labels).mean() > 0.99
    assert conditional_entropy_bits(labels, side_of(X, plane)) < 0.1


def test_at_the_fit_the_loss_is_flat() -> None:
    """The derivative of the sum of log losses and half the ridge, in standardised inputs, by hand."""
    labels = X[:, 0] + RNG.normal(size=400) > 3
    plane = fit_plane(X, labels)
    p = 1 / (1 + np.exp(-(X @ plane[:-1] + plane[-1])))
    inputs = (X - X.mean(0)) / X.std(0)
    slope = inputs.T @ (p - labels) + RIDGE * plane[:-1] * X.std(0)
    assert np.abs(slope).max() < 1e-6
    assert (p - labels).sum() == pytest.approx(0, abs=1e-4)


def test_one_class_alone_and_an_input_that_never_changes_are_no_fault() -> None:
    still = np.column_stack([X, np.full(400, 7.0)])
    assert side_of(still, fit_plane(still, np.ones(400, bool))).all()
    assert not side_of(still, fit_plane(still, np.zeros(400, bool))).any()


def test_entropies_of_a_table() -> None:
    """8 samples: on one side 3 of 4 are true, on the other 1 of 4."""
    labels = np.array([1, 1, 1, 0, 0, 0, 0, 1], bool)
    known = np.array([1, 1, 1, 1, 0, 0, 0, 0], bool)
    assert entropy_bits(labels) == 1.0
    of_three = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))
    assert conditional_entropy_bits(labels, known) == pytest.approx(of_three)
    assert conditional_entropy_bits(labels, labels) == 0.0
    assert conditional_entropy_bits(labels, np.ones(8, bool)) == 1.0
    assert entropy_bits(np.zeros(0, bool)) == 0.0
