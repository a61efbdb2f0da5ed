"""Disagreement of levels as a measure: from a copy of the game, by level, and the largest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.core.measure import MeasuredGame, MeasureInput, Scores
from ganstudio.maths.resampling import image_levels
from ganstudio.measures.disagreement import Disagreement


class Levels:
    """Makes these levels of the latents."""

    def __init__(self, make: Callable[[Tensor], list[Tensor]]) -> None:
        self.levels_of = make


def measured(make: Callable[[Tensor], list[Tensor]] | None) -> dict[str, float | None]:
    rng = torch.Generator().manual_seed(0)
    nothing: Any = np.zeros((0, 1))
    scores = Scores(np.zeros(0), np.zeros(0))
    game = None if make is None else MeasuredGame(
        modules={"G": Levels(make)}, latents=lambda n: torch.randn(n, 3 * 256, generator=rng), rng=rng,
        device=torch.device("cpu"), phase=None, variant=None, controls=None)
    return Disagreement().compute(MeasureInput(
        real=nothing, fake=nothing, real_scores=scores, fake_scores=scores, data=msgspec.UNSET, game=game))  # type: ignore[arg-type]


def test_each_level_but_the_largest_has_a_number_and_the_worst_is_the_measure() -> None:
    def make(z: Tensor) -> list[Tensor]:
        small, middle, top = image_levels(z.reshape(-1, 3, 16, 16))
        return [small, middle + 0.25, top]  # a pixel of 8 px is the mean of 4: its spread is .5

    found = measured(make)
    assert found["disagreement_4"] == pytest.approx(0, abs=1e-6)
    assert found["disagreement_8"] == pytest.approx(0.5, rel=0.01)
    assert found["disagreement"] == found["disagreement_8"]
    assert found["disagreement_16"] is None, "the largest level is what the others are held against"


def test_what_no_generator_made_has_none() -> None:
    assert measured(None) == dict.fromkeys(Disagreement.numbers)


def test_a_generator_whose_images_are_all_alike_has_none_that_is_a_number() -> None:
    found = measured(lambda z: image_levels(torch.zeros(len(z), 1, 8, 8)))
    assert all(value is None or np.isnan(value) for value in found.values())
