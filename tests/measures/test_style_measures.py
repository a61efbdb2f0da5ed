"""Separability, entanglement, crossover and peaks, on a generator and a judge that are known exactly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from styled_toy import COLOURS, SIDE, LinearStyles, PerfectJudge, Quadrants, game_of, read
from torch import Generator, Tensor, nn

from ganstudio.core.measure import MeasureInput, Scores
from ganstudio.maths.features.feature_nets import pixels_of
from ganstudio.measures import crossover, entanglement, separability
from ganstudio.measures.crossover import Crossover, table
from ganstudio.measures.entanglement import Entanglement, as_bytes
from ganstudio.measures.feature_peaks import FeaturePeaks, peak_over_rms, peaks_of
from ganstudio.measures.separability import Separability, question
from ganstudio.networks.parts.styled_copy import StyledCopy

DATA: Any = Quadrants()


def normal(n: int, rng: Generator) -> Tensor:
    return torch.randn(n, 2, generator=rng)


def evidence(toy: nn.Module | None, images: np.ndarray | None = None) -> MeasureInput:
    none = np.zeros((0, 1))
    fake = none if images is None else images.reshape(len(images), -1) / 127.5 - 1
    return MeasureInput(real=none, fake=fake, real_scores=Scores(none, none), fake_scores=Scores(none, none),
                        data=DATA, game=None if toy is None else game_of(toy, normal), seed=3)


@pytest.fixture(autouse=True)
def judge(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (separability, crossover, entanglement):
        monkeypatch.setattr(module, "attribute_net", lambda data: PerfectJudge())


class Knotted(LinearStyles):
    """w_0 and w_1 decide the two attributes; in z they are the sign of a product, which no plane sees."""

    def __init__(self) -> None:
        super().__init__(2, 2, 2)
        with torch.no_grad():
            self.noise.strength.zero_()
            self.layers.zero_()
            self.layers[0, :16, 0] = 0.2  # the first colour follows the first w of the first layer
            self.layers[1, -16:, 1] = 0.2  # the last colour the second w of the second layer

    def mapping(self, z: Tensor, *, follow: bool = True) -> Tensor:
        return torch.stack([z[:, 0] * z[:, 1], z[:, 1]], dim=1)


def test_planes_part_in_w_what_they_cannot_part_in_z() -> None:
    found = Separability().compute(evidence(Knotted()))
    w, z, ceiling = (found[f"separability_{name}"] for name in ("w", "z", "ceiling"))
    assert w is not None and z is not None and ceiling is not None
    assert 1 <= w < 1.15
    assert 3.9 < ceiling <= 4  # two fair questions
    assert 1.75 < z <= 2.1 and z <= ceiling  # one of the two is a sign of z, the other says nothing to a plane
    assert found == Separability().compute(evidence(Knotted()))


def test_the_surer_half_is_asked_for_the_value_nearest_to_a_half() -> None:
    shares = np.array([[0.9, 0.05, 0.05], [0.4, 0.3, 0.3], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.3, 0.3, 0.4],
                       [0.05, 0.95, 0.0], [0.34, 0.33, 0.33], [0.7, 0.2, 0.1]])
    kept, answers = question(shares)
    assert kept.tolist() == [0, 2, 5, 7]
    assert answers.tolist() == [True, False, False, True]  # two of value 0, two of value 1: the first of them


def test_crossover_follows_the_layer_that_decides() -> None:
    found = Crossover().compute(evidence(Knotted()))
    expected = {"crossover_of_first": [1, 0, 0], "crossover_of_last": [1, 1, 0], "crossover": [1, 0.5, 0]}
    for name, shares in expected.items():
        assert [found[f"{name}_{k}"] for k in range(3)] == shares
    assert found["crossover_se"] == 0.0


def test_the_ends_are_the_two_sources_bit_for_bit_with_noise() -> None:
    copy = StyledCopy(game_of(LinearStyles(2, 2, 3), normal))
    first, second = copy.mapped(normal(40, Generator().manual_seed(2))).chunk(2)
    ws = [w[:, None].repeat(1, 3, 1) for w in (first, second)]
    for k, whole in ((0, second), (3, first)):
        assert torch.equal(copy.drawn(torch.cat([ws[0][:, :k], ws[1][:, k:]], dim=1)), copy.drawn(whole))


def test_the_standard_error_is_that_of_a_share() -> None:
    b, a = np.zeros(100, np.int64), np.ones(100, np.int64)
    mixed = np.repeat([0, 1, 2], [30, 60, 10])  # a third value follows neither
    found = table([{"x": b}, {"x": mixed}, {"x": a}], ["x"])
    assert found["crossover_1"] == found["crossover_of_x_1"] == 0.3
    assert found["crossover_se"] == pytest.approx(math.sqrt(0.3 * 0.7 / 100))
    same = table([{"x": b}, {"x": b}], ["x"])
    assert same["crossover_0"] is None and same["crossover_se"] is None  # no pair differs


def test_entanglement_of_independent_colours_is_0_and_of_the_same_one_a_bit() -> None:
    rng = np.random.default_rng(0)
    bright = rng.integers(0, 2, (4000, 2)) * 200 + 20
    images = np.repeat(np.stack([bright[:, 0], bright[:, 0], bright[:, 1]], 1)[:, :, None, None], 4, 2).repeat(4, 3)
    apart = Entanglement().compute(evidence(None, images))
    assert apart["entanglement"] == apart["entanglement_worst"] == pytest.approx(0, abs=0.001)
    images[:, -1] = images[:, 0]
    together = Entanglement().compute(evidence(None, images))["entanglement"]
    assert together == pytest.approx(1, abs=0.001)


def test_values_become_the_images_that_they_were() -> None:
    images = DATA.examples(20, "unseen").images
    values = (images.reshape(20, -1).astype(np.float32) / np.float32(127.5) - 1).astype(np.float64)
    assert np.array_equal(as_bytes(values, COLOURS), images)
    assert as_bytes(values, COLOURS).shape == (20, COLOURS, SIDE, SIDE)


@pytest.mark.parametrize("height", [1.0, 10.0, 500.0])
def test_a_spike_is_as_high_as_the_pixels_allow(height: float) -> None:
    x = torch.ones(1, 2, 16, 16)
    x[0, 1, 3, 4] = height
    flat, spiked = peak_over_rms(x)[0].tolist()
    assert flat == pytest.approx(1.0)
    assert spiked == pytest.approx(height / math.sqrt((255 + height**2) / 256), rel=1e-5)
    assert spiked <= 16


def test_maps_of_zeros_have_no_peak() -> None:
    assert peak_over_rms(torch.zeros(2, 3, 4, 4)).tolist() == [[0.0] * 3] * 2


def test_peaks_are_those_of_layers_with_noise() -> None:
    class Layer(nn.Module):
        def __init__(self, toy: LinearStyles) -> None:
            super().__init__()
            self.noise = toy.noise

        def forward(self, x: Tensor) -> Tensor:
            spiked: Tensor = self.noise(x * 0 + 1)
            spiked[:, 0, 0, 0] = 9.0
            return spiked

    class Spiked(Knotted):
        def __init__(self) -> None:
            super().__init__()
            self.layer = Layer(self)
            self.noise = nn.Identity()  # type: ignore[assignment]

        def synthesis(self, ws: Tensor) -> Tensor:
            made: Tensor = self.layer(ws.sum((1, 2))[:, None, None, None].expand(-1, COLOURS, SIDE, SIDE))
            return made

    found = FeaturePeaks().compute(evidence(Spiked()))
    peak = 9 / math.sqrt((15 + 81) / 16)
    assert found == pytest.approx({"peak_over_rms": peak, "peak_over_rms_mean": peak})
    copy = StyledCopy(game_of(Spiked(), normal))
    assert [tuple(part.shape) for part in peaks_of(copy, torch.zeros(150, 2))] == [(150, COLOURS)]
    assert not copy.module.layer._forward_hooks


def test_a_perfect_generator_has_no_inside() -> None:
    for measure in (Separability, Crossover, FeaturePeaks):
        assert measure().compute(evidence(None)) == dict.fromkeys(measure.numbers)


def test_the_judge_is_named_beside_the_numbers() -> None:
    for measure in (Separability, Crossover, Entanglement):
        assert measure().judge(DATA) == "perfect judge"
        assert measure().judge(object()) == ""  # type: ignore[arg-type]
    assert set(read(pixels_of(torch.zeros(1, 3, 4, 4)))) == set(DATA.judged_values)
