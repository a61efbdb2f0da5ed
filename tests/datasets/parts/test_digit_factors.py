"""All that is known of a digit: as likely in each part, independent, and true of the ink."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from ganstudio.datasets.digits import Digits, DigitsControls
from ganstudio.datasets.parts.digit_factors import BETA, BITS, NORMAL, VALUES, factors_of
from ganstudio.datasets.parts.stroke_digits import Pen, Strokes, inked, strokes

N = 20_000


@pytest.fixture(scope="module")
def drawn() -> Strokes:
    return strokes(N, 5)


def test_the_parts_are_exact_fifths() -> None:
    np.testing.assert_allclose(NORMAL, stats.norm.ppf([0.2, 0.4, 0.6, 0.8]), atol=1e-12)
    np.testing.assert_allclose(BETA, stats.beta(2, 2.5).ppf([0.2, 0.4, 0.6, 0.8]), atol=1e-6)
    assert sum(BITS.values()) == pytest.approx(math.log2(10) + 4 * math.log2(5) + 1)


def test_every_value_is_as_likely_and_no_factor_tells_of_another(drawn: Strokes) -> None:
    found = factors_of(drawn)
    assert list(found) == list(VALUES)
    for name, words in VALUES.items():
        counts = np.bincount(found[name], minlength=len(words))
        assert stats.chisquare(counts).pvalue > 1e-4, name
    for one, other in itertools.combinations(VALUES, 2):
        table = np.zeros((len(VALUES[one]), len(VALUES[other])))
        np.add.at(table, (found[one], found[other]), 1)
        assert stats.chi2_contingency(table).pvalue > 1e-4, (one, other)


def test_the_hand_is_what_the_pen_says(drawn: Strokes) -> None:
    pen, hand = Pen(), drawn.hand
    for name, mean, sd in (("shear", pen.lean, pen.slant), ("angle", 0, pen.turn), ("stretch", 0, pen.stretch)):
        assert stats.kstest((hand[name] - mean) / sd, "norm").pvalue > 1e-4, name
    wave = np.sin(2 * np.pi * (hand["beat"][:, None] * np.linspace(0, 1, drawn.pressure.shape[1]) +
                               hand["phase"][:, None]))
    np.testing.assert_allclose(drawn.pressure, 1 + pen.pressure * wave, atol=1e-5)


def test_a_wide_digit_is_wider_and_a_slanted_one_leans(drawn: Strokes) -> None:
    """Of zeros: the width over the height of the line, and how far its upper half lies to the right of its lower."""
    zeros, found = drawn.labels == 0, factors_of(drawn)
    lines = drawn.lines[zeros]
    aspect = np.ptp(lines[..., 0], axis=1) / np.ptp(lines[..., 1], axis=1)
    middle = lines[..., 1].mean(1, keepdims=True)
    upper, lower = (np.ma.masked_array(lines[..., 0], mask=off).mean(1) for off in
                    (lines[..., 1] > middle, lines[..., 1] <= middle))
    lean = np.asarray(upper - lower)  # a turn to the right leans, too
    by_stretch = [aspect[found["stretch"][zeros] == part].mean() for part in range(5)]
    by_slant = [lean[found["slant"][zeros] == part].mean() for part in range(5)]
    by_turn = [lean[found["turn"][zeros] == part].mean() for part in range(5)]
    for means in (by_stretch, by_slant, by_turn):
        assert all(one < other for one, other in itertools.pairwise(means))


def test_examples_carry_every_factor_and_the_numbers_behind_it() -> None:
    data = Digits(DigitsControls(count=100))
    seen = data.examples(60, "judge")
    again = strokes(60, 2)
    assert np.array_equal(seen.images[:, 0, 2:30, 2:30], inked(again.lines, again.radius[:, None] * again.pressure))
    assert dict(data.judged_values) == VALUES
    for name, values in factors_of(again).items():
        np.testing.assert_array_equal(seen.details[name], values)
    assert {f"hand_{name}" for name in again.hand} <= set(seen.details)
