"""Digits as pairs: a bare stroke and the digit that is written along it."""

from __future__ import annotations

import numpy as np
import torch
from small_games import narrow

from ganstudio.core.measure import MeasureInput, Scores
from ganstudio.core.protocol.spec import Spec
from ganstudio.datasets.digits import Digits, DigitsControls
from ganstudio.datasets.parts.stroke_digits import BOX, THIN, digits, inked, strokes
from ganstudio.maths.features.feature_nets import pixels_of
from ganstudio.measures.translation import TranslationMeasure
from ganstudio.training.measuring import CopiedImages, copy_for_measuring
from ganstudio.training.shown_translation import MOST_EXAMPLES, ShownTranslation
from ganstudio.training.trainer import Trainer

PAIRED = frozenset({"source"})


def test_strokes_are_the_digits_own_lines() -> None:
    drawn = strokes(150, 4)
    images, labels = digits(150, 4)
    assert np.array_equal(inked(drawn.lines, drawn.radius[:, None] * drawn.pressure), images)
    assert np.array_equal(drawn.labels, labels)


def test_a_line_tells_how_thick_its_pen_is() -> None:
    drawn = strokes(150, 4)
    assert np.allclose(np.ptp(drawn.lines, axis=1).max(axis=1), BOX - 2 * drawn.radius, atol=1e-4)
    assert drawn.radius.std() > 0.15  # so that there is something to tell


def test_the_source_of_a_digit_is_its_bare_stroke() -> None:
    data = Digits(DigitsControls(count=200))
    at = torch.tensor([3, 150, 4])
    batch = data.batch(at, PAIRED)
    assert batch.source is not None and batch.source.shape == batch.x.shape == (3, 1, 32, 32)
    drawn = strokes(200, 0)
    bare = inked(drawn.lines[at], np.full_like(drawn.pressure[at], THIN))
    assert np.array_equal(((batch.source[:, 0, 2:30, 2:30] + 1) * 127.5).round().numpy(), bare)
    assert torch.equal(batch.x, data.batch(at).x)


def test_a_stroke_lies_under_its_ink() -> None:
    examples = Digits(DigitsControls(count=100)).examples(200, "unseen")
    assert examples.sources is not None
    strong = examples.sources > 200
    assert strong.any(axis=(1, 2, 3)).all()
    assert examples.images[strong].min() > 150
    thinner = examples.sources.mean(axis=(1, 2, 3)) < examples.images.mean(axis=(1, 2, 3))
    assert thinner.all()


def test_another_true_digit_of_a_line_has_the_same_pen_pressed_otherwise() -> None:
    data = Digits(DigitsControls(count=100))
    examples = data.examples(300, "unseen")
    again = data.drawn_again(examples)
    assert examples.sources is not None and again.shape == examples.images.shape
    assert (again != examples.images).any(axis=(1, 2, 3)).all()
    near, idle = (np.abs(images.astype(float) - examples.images).mean() for images in (again, examples.sources))
    assert near < 0.25 * idle
    part = examples.rows(0, 10)
    assert data.drawn_again(part).shape == part.images.shape


def test_pairs_have_the_size_that_the_network_asks_for() -> None:
    data = Digits(DigitsControls(count=100)).resized(16)
    examples, batch = data.examples(5, "unseen", PAIRED), data.batch(torch.arange(5), PAIRED)
    assert examples is not None and examples.sources is not None and batch.source is not None
    assert examples.images.shape == examples.sources.shape == (5, 1, 16, 16)
    assert batch.source.shape == batch.x.shape == (5, 1, 16, 16)
    assert data.drawn_again(examples).shape == (5, 1, 16, 16)


def test_pix2pix_learns_on_them_and_is_measured_against_the_withheld_digit() -> None:
    trainer = Trainer(Spec(
        variant="pix2pix", data="digits", device="cpu", threads=1, dtype="float32", controls={"batch_size": 4},
        data_controls={"count": 100}, network_controls=narrow("u-net", 16)))
    before = trainer.game.weights_hash()
    trainer.step()
    assert trainer.game.weights_hash() != before
    shown = ShownTranslation(trainer.game, trainer.view, 0).translated(3)
    truth = trainer.game.data.examples(MOST_EXAMPLES, "unseen", PAIRED)
    assert truth is not None and "pair" not in shown
    assert torch.equal(((shown["truth"] + 1) * 127.5).round().byte(), torch.from_numpy(truth.images[:3]))
    copied = copy_for_measuring(trainer, 70)
    assert isinstance(copied, CopiedImages) and copied.examples is not None
    assert copied.given.source is not None and copied.given.source.shape == (70, 1, 16, 16)
    made = pixels_of(copied.translate(copied.given, copied.given.source)["made"])
    nothing = Scores(np.zeros(0), np.zeros(0))
    found = TranslationMeasure().compute(MeasureInput(
        real=np.zeros((0, 1)), fake=np.zeros((0, 1)), real_scores=nothing, fake_scores=nothing, data=copied.data,
        examples=copied.examples, made={"made": made}))
    assert found["l1"] is not None and found["l1"] > 0.05
