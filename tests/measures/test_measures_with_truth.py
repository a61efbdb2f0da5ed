"""Measures of what is made of unseen sources, against what they must be where the truth itself is handed in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ganstudio.core.examples import Bytes, Examples
from ganstudio.core.measure import MeasureInput, Scores
from ganstudio.datasets.faces import Faces, FacesControls
from ganstudio.datasets.scenes import Scenes, ScenesControls
from ganstudio.datasets.seasons import Seasons, SeasonsControls
from ganstudio.maths.features.feature_nets import pixels_of
from ganstudio.measures.hidden_colours import HiddenColoursMeasure
from ganstudio.measures.translation import TranslationMeasure
from ganstudio.measures.true_error import TrueErrorMeasure

N = 40
NO_SCORES = Scores(np.zeros(0), np.zeros(0))


def evidence(data: Any, examples: Examples | None, **made: Bytes) -> MeasureInput:
    nothing = np.zeros((0, 1))
    return MeasureInput(real=nothing, fake=nothing, real_scores=NO_SCORES, fake_scores=NO_SCORES, data=data,
                        examples=examples, made=made)


def test_the_truth_itself_has_no_error_and_another_true_image_the_floors() -> None:
    data = Scenes(ScenesControls(count=100))
    truth = data.examples(N, "unseen", frozenset({"source"}))
    best = data.least_l1_images(truth)
    assert best is not None
    measured = [TranslationMeasure().compute(evidence(data, truth, made=made, again=again))
                for made, again in ((truth.images, truth.images), (data.drawn_again(truth), truth.images),
                                    (best, best))]
    assert measured[0] == {"l1": 0.0, "draws_differ": 0.0}
    other, least = measured[1]["l1"], measured[2]["l1"]
    assert other is not None and least is not None and measured[1]["draws_differ"] == other
    assert 0.2 < least < other  # each pixel's median is nearer to the truth than a true image of the same map


@pytest.mark.parametrize("measure", [TranslationMeasure, TrueErrorMeasure])
def test_what_is_not_known_is_null(measure: Any) -> None:
    data = Scenes(ScenesControls(count=100))
    assert measure().compute(evidence(data, None, made=data.pixels.images[:3])) == dict.fromkeys(measure.numbers)


def test_both_directions_are_measured_and_the_worse_one_is_told() -> None:
    data = Seasons(SeasonsControls(count=100))
    truth = data.examples(N, "unseen", frozenset({"source"}))
    assert truth.sources is not None
    # Summer to winter is right; the way from winter to summer does nothing.
    found = TrueErrorMeasure().compute(evidence(
        data, truth, made=truth.images, other=truth.images, back=truth.sources, other_back=truth.images))
    assert found["true_error_ab"] == 0.0 and found["cycle_error"] == 0.0
    assert found["true_error"] == found["true_error_ba"] == found["idle_error"] == found["idle_error_ab"]
    assert found["idle_error"] == pytest.approx(0.676, abs=0.08)  # as measured on the prototype's drawings
    assert found["true_error_hair"] is None


def test_a_way_back_to_label_maps_is_measured_in_the_planes_of_their_classes() -> None:
    data = Scenes(ScenesControls(count=100))
    truth = data.examples(N, "unseen", frozenset({"source"}))
    assert truth.sources is not None
    maps = pixels_of(data.source_tensor(truth.sources))
    given = evidence(data, truth, made=truth.images, other=maps, back=np.full_like(maps, 128), other_back=truth.images)
    found = TrueErrorMeasure().compute(given)
    assert found["true_error_ab"] == found["true_error_ba"] == 0.0
    assert found["cycle_error_ab"] == pytest.approx(0.2, abs=0.01)  # one plane of five is 1 where nothing is given
    assert found["idle_error"] is None  # a map handed on as it is would be no image
    assert set(HiddenColoursMeasure().compute(given).values()) == {None}  # scenes have no seasons


def test_no_way_back_tells_of_a_wrong_bijection() -> None:
    """Colours turned over both ways: what comes back is what went, and the withheld truth alone says it is wrong."""
    data = Seasons(SeasonsControls(count=100))
    truth = data.examples(N, "unseen", frozenset({"source"}))
    assert truth.sources is not None
    found = TrueErrorMeasure().compute(evidence(
        data, truth, made=255 - truth.images, other=255 - truth.sources, back=truth.sources, other_back=truth.images))
    assert found["cycle_error"] == 0.0 and found["true_error"] is not None and found["true_error"] > 0.5


def test_each_attributes_truth_is_the_face_with_its_next_value() -> None:
    data = Faces(FacesControls(count=100))
    truth = data.examples(N, "unseen", frozenset({"attributes", "source"}))
    assert truth.sources is not None
    right = {f"next_{at}": data.truth_of_next(truth.details, name) for at, name in enumerate(data.used)}
    assert np.array_equal(right["next_0"], truth.images)
    idle = dict.fromkeys(right, truth.sources)
    perfect, nothing = (
        TrueErrorMeasure().compute(evidence(data, truth, made=made["next_0"], back=truth.sources, **made))
        for made in (right, idle))
    assert perfect["true_error"] == 0.0 and perfect["cycle_error"] == 0.0
    for name in data.used:
        error = nothing[f"true_error_{name}"]
        assert error is not None and error > 0 and error == nothing[f"idle_error_{name}"]
    assert nothing["true_error"] == max(nothing[f"true_error_{name}"] or 0.0 for name in data.used)
