"""Digits in styles: another ink, paper or pen on the same strokes, and nothing else."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest
import torch

from ganstudio.datasets.digit_styles import INKS, PAPERS, STYLE, VALUES, DigitStyles, DigitStylesControls, written
from ganstudio.datasets.parts.stroke_digits import inked, strokes

TOLD, BETWEEN = frozenset({"source", "attributes"}), frozenset({"source"})


@pytest.fixture(scope="module")
def data() -> DigitStyles:
    return DigitStyles(DigitStylesControls(count=300))


def test_an_image_has_the_ink_and_the_paper_that_it_is_said_to_have(data: DigitStyles) -> None:
    batch = data.batch(torch.arange(100), TOLD)
    assert batch.attributes is not None and batch.source is not None and torch.equal(batch.source, batch.x)
    images = ((batch.x + 1) * 127.5).round().numpy().astype(np.uint8)
    for image, (ink, paper, _) in zip(images, batch.attributes.tolist(), strict=True):
        assert np.array_equal(image[:, 0, 0], PAPERS[paper])
        apart = np.abs(image.astype(int) - INKS[ink][:, None, None]).max(axis=0)
        assert apart.min() < 20  # a thin pen covers no pixel entirely


def test_the_next_value_of_each_attribute_changes_what_it_names(data: DigitStyles) -> None:
    examples = data.examples(60, "unseen", TOLD)
    assert examples.sources is not None
    changed = {name: data.truth_of_next(examples.details, name) for name in STYLE}
    assert np.array_equal(examples.images, changed["ink"])
    moved = {name: (images != examples.sources).any(axis=1) for name, images in changed.items()}
    corner = (slice(None), 0, 0)
    assert not moved["ink"][corner].any() and not moved["pen"][corner].any() and moved["paper"][corner].all()
    assert moved["ink"].any(axis=(1, 2)).all() and moved["pen"].any(axis=(1, 2)).all()
    # Three inks on, there are four: the truth comes back to where it began.
    p = examples.details
    assert np.array_equal(data.truth_of_next({**p, "ink": (p["ink"] + 3) % 4}, "ink"), examples.sources)


def test_all_styles_of_a_digit_have_its_strokes() -> None:
    drawn = strokes(20, 1)
    p: dict[str, Any] = {"lines": drawn.lines, "pressure": drawn.pressure, "digit": drawn.labels,
                         **{name: np.zeros(20, np.int64) for name in STYLE}}
    thick = written({**p, "pen": np.ones(20, np.int64), "paper": np.full(20, 2)}, 32)
    share = inked(drawn.lines, np.float32(1.9) * drawn.pressure)
    inside = np.zeros((20, 32, 32), bool)
    inside[:, 2:30, 2:30] = share > 0
    assert np.array_equal((thick != PAPERS[2][:, None, None]).any(axis=1), inside)


def test_sharper_images_are_the_same_digits(data: DigitStyles) -> None:
    small, large = (data.resized(side).examples(8, "unseen") for side in (32, 64))
    assert small is not None and large is not None and large.images.shape == (8, 3, 64, 64)
    means = large.images.reshape(8, 3, 32, 2, 32, 2).mean((3, 5))
    assert np.abs(means - small.images).mean() < 4  # of 255; their edges are narrower


@pytest.mark.parametrize("domain", ["pen", "paper", "ink"])
def test_between_domains_the_truth_is_the_source_in_another_value(domain: Literal["pen", "paper", "ink"]) -> None:
    data = DigitStyles(DigitStylesControls(count=300, domain=domain))
    examples = data.examples(40, "unseen", BETWEEN)
    p = examples.details
    assert examples.sources is not None and set(p[domain]) == set(range(1, len(VALUES[domain])))
    assert np.array_equal(written({**p, domain: np.zeros(40, np.int64)}, 32), examples.sources)
    assert np.array_equal(written(p, 32), examples.images)
    drawn = data.draw(50, torch.Generator().manual_seed(0), BETWEEN).numpy()
    kept = data.batch(torch.arange(300), TOLD).attributes
    assert kept is not None
    at = list(data.attribute_values).index(domain)
    assert (kept[drawn[:, 0], at] > 0).all() and (kept[drawn[:, 1], at] == 0).all()


def test_the_judge_is_asked_for_the_digit_too(data: DigitStyles) -> None:
    assert set(data.judged_values) == {*STYLE, "digit"}
    assert set(data.examples(5, "judge").details) >= set(data.judged_values)
