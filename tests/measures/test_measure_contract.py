"""What every measure promises, tested on each that is found: a new one is tested by existing."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pytest
import torch

from ganstudio.core.control import Controls
from ganstudio.core.dataset import Dataset, Extent, Floats, Kind, Modes
from ganstudio.core.leaves import leaves
from ganstudio.core.measure import Features, Measure, MeasureInput, Scores
from ganstudio.core.measured_rows import info_of, is_family
from ganstudio.maths.mixture import sample_mixture

SHAPES: dict[Kind, tuple[int, ...]] = {"line": (1,), "plane": (2,), "image": (1, 8, 8)}


class Pair(Dataset[Controls]):
    """Two Gaussians, on the line, on the plane or as pictures of one grey each."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(Controls())
        self._kind = kind

    @property
    def kind(self) -> Kind:
        return self._kind

    @property
    def shape(self) -> tuple[int, ...]:
        return SHAPES[self._kind]

    @property
    def modes(self) -> Modes:
        d = math.prod(self.shape)
        return Modes(np.stack([np.full(d, -0.5), np.full(d, 0.5)]), np.full(2, 0.1), np.full(2, 0.5))

    @property
    def extent(self) -> Extent:
        return Extent(-1.0, 1.0)

    def sample(self, n: int, rng: torch.Generator) -> torch.Tensor:
        return sample_mixture(self.modes, n, rng).reshape(n, *self.shape)


def every() -> dict[str, type[Measure]]:
    return cast("dict[str, type[Measure]]", leaves("ganstudio.measures", cast(Any, Measure)))


CASES = [(name, kind) for name, measure in every().items() for kind in measure.kinds]


def scored(x: Floats) -> Scores:
    """A critic of slope |x|: higher far from the origin."""
    return Scores((x**2).sum(1) / 2, np.sqrt((x**2).sum(1)))


def drawn(measure: type[Measure], data: Dataset[Any], seed: int) -> Floats:
    rng = torch.Generator().manual_seed(seed)
    return data.sample(measure.samples, rng).double().numpy().reshape(measure.samples, -1)


def evidence(data: Dataset[Any], real: Floats, fake: Floats, asked: Floats | None = None) -> MeasureInput:
    """``asked``: samples of the classes that were asked for; None: those made are of them."""
    labels = ((fake if asked is None else asked)[:, 0] > 0).astype(np.int64)
    read = np.clip(fake[:, 0] + 0.5, 0, 1)
    judged = Features(net="half", values=fake, probabilities=np.stack([1 - read, read], axis=1))
    return MeasureInput(real=real, fake=fake, real_scores=scored(real), fake_scores=scored(fake), data=data,
                    fake_features=judged, fake_labels=labels)


def test_the_measures_are_found() -> None:
    assert {"modes", "transport", "critic", "line"} <= set(every())


def test_no_two_measures_use_one_name_for_a_number() -> None:
    names = [name for measure in every().values() for name in measure.infos()]
    assert len(names) == len(set(names))


def test_a_family_ends_where_the_run_goes_on_and_says_when_it_is_undefined() -> None:
    for measure in every().values():
        for name in measure.families:
            assert is_family(name) and name.removesuffix("*").endswith("_")
        assert not any(is_family(name) for name in measure.numbers)


@pytest.mark.parametrize("name", every())
def test_every_number_says_what_it_is(name: str) -> None:
    measure = every()[name]
    assert measure.title
    assert measure.kinds
    for number in measure.infos().values():
        assert number.title
        assert number.help
        format(0.5, number.format)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_exactly_the_declared_numbers_come_back(name: str, kind: Kind) -> None:
    measure, data = every()[name], Pair(kind)
    found = measure().compute(evidence(data, drawn(measure, data, 1), drawn(measure, data, 2)))
    assert set(measure.numbers) <= set(found)
    assert all(info_of(measure.infos(), name) is not None for name in found)
    for value in found.values():
        assert value is None or (type(value) is float and not math.isnan(value))


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_samples_that_are_no_numbers_give_none_without_a_warning(name: str, kind: Kind, broken: float) -> None:
    measure, data = every()[name], Pair(kind)
    real, fake = drawn(measure, data, 1), drawn(measure, data, 2)
    scores = Scores(np.full(len(fake), broken), np.full(len(fake), broken))
    fake[3] = broken
    found = measure(
        ).compute(MeasureInput(real=real, fake=fake, real_scores=scored(real), fake_scores=scores, data=data))
    assert found == dict.fromkeys(measure.numbers)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_samples_as_far_as_float32_reaches_warn_nobody(name: str, kind: Kind) -> None:
    measure, data = every()[name], Pair(kind)
    real = drawn(measure, data, 1)
    found = measure().compute(evidence(data, real, np.full_like(real, 3e38)))
    assert all(value is None or math.isfinite(value) for value in found.values())


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_the_evidence_is_left_as_it_was(name: str, kind: Kind) -> None:
    measure, data = every()[name], Pair(kind)
    real, fake = drawn(measure, data, 1), drawn(measure, data, 2)
    before = real.copy(), fake.copy()
    measure().compute(evidence(data, real, fake))
    np.testing.assert_array_equal(real, before[0])
    np.testing.assert_array_equal(fake, before[1])


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_the_same_evidence_scores_the_same(name: str, kind: Kind) -> None:
    measure, data = every()[name], Pair(kind)
    seen = evidence(data, drawn(measure, data, 1), drawn(measure, data, 2))
    assert measure().compute(seen) == measure().compute(seen)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_two_draws_of_the_data_score_alike_and_a_bad_generator_does_not(name: str, kind: Kind) -> None:
    measure, data = every()[name], Pair(kind)
    real, one, other = (drawn(measure, data, seed) for seed in (1, 2, 3))
    floor = measure().compute(evidence(data, real, one))
    again = measure().compute(evidence(data, real, other))
    bad = measure().compute(evidence(data, real, 2 * one + 3, one))
    if measure.needs - {"label"}:  # this data knows no truth, and none is made up; what it is with one has its own test
        assert floor == again == bad == dict.fromkeys(measure.numbers)
        return
    for number in measure.numbers:
        first, second, worst = floor[number], again[number], bad[number]
        if first is None:
            assert "undefined" in measure.numbers[number].help.lower(), f"{number} has no floor, and does not say when"
            assert second is None
            continue
        assert second is not None
        if worst is not None:  # undefined for a generator that misses everything
            assert abs(first - second) < 0.1 * abs(first - worst)
