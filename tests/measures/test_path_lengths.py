"""Path lengths of a generator that is linear, against what they are on paper."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from styled_toy import COLOURS, SIDE, LinearStyles, Quadrants, game_of
from torch import Generator, Tensor

from ganstudio.core.measure import MeasureInput, Scores
from ganstudio.maths.perceptual_paths import mean_length
from ganstudio.measures import path_lengths as measure
from ganstudio.measures.path_lengths import PAIRS, PathLengths, path_lengths
from ganstudio.networks.parts.styled_copy import StyledCopy

PIXELS = COLOURS * SIDE * SIDE


class LinearFeatures:
    """Features F x."""

    name = "linear"

    def __init__(self, features: int = 6) -> None:
        self.matrix = torch.randn(features, PIXELS, generator=Generator().manual_seed(9), dtype=torch.float64)

    def seen(self, x: Tensor) -> Tensor:
        return x.flatten(1) @ self.matrix.T.to(x.dtype)


def normal(n: int, rng: Generator) -> Tensor:
    return torch.randn(n, 5, generator=rng)


def through(toy: LinearStyles, features: LinearFeatures) -> Tensor:
    """Features of a latent, as a matrix, float64."""
    whole: Tensor = features.matrix @ toy.layers.detach().double().sum(0) @ toy.map.detach().double()
    return whole


def test_in_w_a_linear_game_has_the_lengths_of_its_matrix_with_noise_and_all() -> None:
    toy, features = LinearStyles(5, 4, 3), LinearFeatures()
    z = normal(60, Generator().manual_seed(1)).double()
    t = torch.rand(30, generator=Generator().manual_seed(2), dtype=torch.float64) * 0.99
    copy: Any = StyledCopy(game_of(toy, normal), torch.float64)
    found = path_lengths(copy, features, z, t)  # type: ignore[arg-type]
    first, last = z.chunk(2)
    expected = ((last - first) @ through(toy, features).T).square().sum(1)
    torch.testing.assert_close(found["w"], expected, rtol=1e-6, atol=0)


def test_in_z_the_way_is_an_arc() -> None:
    """Two orthogonal latents of length 1 at identity: the speed of the arc is its angle, wherever on it."""
    toy = LinearStyles(5, 5, 1)
    with torch.no_grad():
        toy.map.copy_(torch.eye(5))
        toy.layers.zero_()
        toy.layers[0, :5] = torch.eye(5)
    z, t = torch.eye(5, dtype=torch.float64)[:4], torch.tensor([0.1, 0.7], dtype=torch.float64)

    class Pixels:
        def seen(self, x: Tensor) -> Tensor:
            return x.flatten(1)

    copy = StyledCopy(game_of(toy, normal), torch.float64)
    found = path_lengths(copy, Pixels(), z, t)  # type: ignore[arg-type]
    assert found["z"].tolist() == pytest.approx([(math.pi / 2) ** 2] * 2, rel=1e-6)
    assert found["w"].tolist() == pytest.approx([2.0] * 2, rel=1e-6)


def test_other_noise_at_the_two_ends_would_be_all_that_is_measured() -> None:
    copy = StyledCopy(game_of(LinearStyles(5, 4, 3), normal), torch.float64)
    w = copy.mapped(torch.zeros(3, 5))
    assert torch.equal(copy.drawn(w), copy.drawn(w))
    assert (copy.drawn(w) - copy.drawn(w, noise=1)).square().sum() / 1e-4**2 > 1e8


def evidence(toy: LinearStyles | None, data: Any) -> MeasureInput:
    none = np.zeros((0, 1))
    return MeasureInput(real=none, fake=none, real_scores=Scores(none, none), fake_scores=Scores(none, none),
                        data=data, game=None if toy is None else game_of(toy, normal), seed=3)


def test_the_mean_is_twice_the_squared_size_of_the_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    """E |B (z' - z)|^2 = 2 |B|^2 for z, z' of N(0, I)."""
    toy, features = LinearStyles(5, 4, 3), LinearFeatures()
    monkeypatch.setattr(measure, "attribute_features", lambda data: features)
    found = PathLengths().compute(evidence(toy, Quadrants()))
    assert found == PathLengths().compute(evidence(toy, Quadrants()))  # whatever was drawn before
    value, error = found["ppl_w"], found["ppl_w_se"]
    assert value is not None and error is not None
    expected = 2 * float(through(toy, features).square().sum())
    every = ((torch.randn(2, PAIRS * 50, 5, generator=Generator().manual_seed(1)).double().diff(dim=0)[0])
             @ through(toy, features).T).square().sum(1)
    assert float(every.mean()) == pytest.approx(expected, rel=0.03)
    assert abs(value - mean_length(every)[0]) < 3 * error  # what is cut off above makes it a little smaller
    assert found["ppl_z"] is not None and found["ppl_z"] > 0


def test_without_a_generator_or_attributes_there_is_none() -> None:
    assert PathLengths().compute(evidence(None, Quadrants())) == dict.fromkeys(PathLengths.numbers)
    assert PathLengths().compute(evidence(LinearStyles(5, 4, 3), object())) == dict.fromkeys(PathLengths.numbers)


def test_a_generator_without_styles_is_a_fault_of_the_program() -> None:
    with pytest.raises(TypeError, match="Linear has no styles"):
        StyledCopy(game_of(torch.nn.Linear(2, 2), normal))
