"""Divergences on the line of a generator whose density is known, against closed forms; and where there are none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from scipy.integrate import quad
from scipy.special import erf
from scipy.stats import norm

from ganstudio.core.measure import MeasureInput
from ganstudio.core.protocol.spec import Spec
from ganstudio.measures.divergences import LineDivergences
from ganstudio.measures.line import Line
from ganstudio.training.measuring import copied_points
from ganstudio.training.trainer import Trainer

NAMES = ("kl", "kl_reverse", "chi2", "tv")


def trainer_of(
    network: Mapping[str, Any] | None = None, data: Mapping[str, Any] | None = None, name: str = "affine",
) -> Trainer:
    """Untrained: where the generator stands is known."""
    return Trainer(Spec(
        variant="gan", data="mixture", network=name, seed=5, device="cpu", threads=1,
        network_controls=dict(network or {}),
        data_controls={"weights": [1.0], "means": [0.0], "sds": [1.0], **(data or {})},
    ))


def numbers(evidence: MeasureInput) -> dict[str, float]:
    found = {**LineDivergences().compute(evidence), **Line().compute(evidence)}
    assert all(value is not None for value in found.values()), found
    return {name: value for name, value in found.items() if value is not None}


def true_jsd(m: float, s: float) -> float:
    def integrand(x: float) -> float:
        p, q = float(norm.pdf(x)), float(norm.pdf(x, m, s))
        return (p * math.log(2 * p / (p + q)) + q * math.log(2 * q / (p + q))) / 2

    return float(quad(integrand, -14, 14, limit=400, points=[0, m])[0])


@pytest.mark.parametrize(("m", "s"), [(0.7, 1.2), (-0.6, 0.9), (2.0, 1.0)])
def test_an_affine_generator_is_measured_exactly(m: float, s: float) -> None:
    found = numbers(copied_points(trainer_of({"mean": (m,), "sd": (s,)}), 300).generated)
    chi2 = s * s / math.sqrt(2 * s * s - 1) * math.exp(m * m / (2 * s * s - 1)) - 1
    assert found["kl"] == pytest.approx(math.log(s) + (1 + m * m) / (2 * s * s) - 0.5, abs=1e-4)
    assert found["kl_reverse"] == pytest.approx(-math.log(s) + (s * s + m * m) / 2 - 0.5, abs=1e-4)
    assert found["chi2"] == pytest.approx(chi2, rel=1e-3)
    assert found["jsd"] == pytest.approx(true_jsd(m, s), abs=1e-5)
    assert found["mean"] == pytest.approx(m, abs=1e-6)
    assert found["sd"] == pytest.approx(s, abs=1e-6)
    if s == 1.0:
        assert found["tv"] == pytest.approx(erf(m / (2 * math.sqrt(2))), abs=1e-5)


def test_exact_numbers_do_not_depend_on_the_samples() -> None:
    trainer = trainer_of({"mean": (1.0,)})
    one, other = (numbers(copied_points(trainer, 100, draw).generated) for draw in (0, 1))
    assert one == other


def test_a_perfect_generator_is_at_0_and_so_is_every_floor() -> None:
    at = copied_points(trainer_of({"mean": (0.0,), "sd": (1.0,)}), 200)
    for evidence in (at.generated, at.perfect):
        found = numbers(evidence)
        for name in (*NAMES, "jsd"):
            assert found[name] == pytest.approx(0.0, abs=1e-6), name


def test_units_do_not_matter() -> None:
    small = numbers(copied_points(trainer_of({"mean": (0.5,), "sd": (1.3,)}), 100).generated)
    large = numbers(copied_points(trainer_of({"mean": (500.0,), "sd": (1300.0,)}, {"sds": (1000.0,)}), 100).generated)
    for name in (*NAMES, "jsd"):
        assert large[name] == pytest.approx(small[name], rel=1e-4), name


def test_one_gaussian_fitted_to_a_mixture_by_quadrature() -> None:
    """The paper's mixture: KL of its best fit, which has the mixture's moments, and that of the best fits of others."""
    data = {"weights": (0.33, 0.67), "means": (-1.0, 2.0), "sds": (0.25, math.sqrt(2))}
    for name, factor, value, m, s in (
        ("kl", 1, 0.2881, 1.0100, 1.8304), ("kl_reverse", 1, 0.2507, 1.5841, 1.6294),
        ("jsd", 2, 0.1298, 1.3125, 1.7525), ("chi2", 1, 0.6616, 0.5663, 1.9268), ("tv", 1, 0.2411, 1.3398, 1.8782),
    ):
        found = numbers(copied_points(trainer_of({"mean": (m,), "sd": (s,)}, data), 50).generated)
        assert factor * found[name] == pytest.approx(value, abs=1e-4), name


def test_a_box_that_misses_data_is_infinitely_far_one_way_and_that_is_said_as_none() -> None:
    found = LineDivergences().compute(copied_points(trainer_of({"latent": "uniform"}), 100).generated)
    inside = norm.cdf(1) - norm.cdf(-1)
    assert found["kl"] is None and found["chi2"] is None
    assert found["kl_reverse"] is not None and found["tv"] is not None
    expected = -math.log(2) + math.log(2 * math.pi) / 2 + 1 / 6  # E_q[log q - log p]
    assert found["kl_reverse"] == pytest.approx(expected, abs=2e-3)
    above = quad(lambda x: max(0.5 - float(norm.pdf(x)), 0.0), -1, 1)[0]
    assert found["tv"] == pytest.approx(above, abs=2e-3)
    assert above > 1 - inside - 1e-9


def test_a_generator_with_one_latent_is_known_without_sampling() -> None:
    """An MLP without hidden layers is a straight line, known here by pushing the prior's slices through it."""
    trainer = trainer_of({"depth": 0, "latent_dim": 1}, name="mlp")
    with torch.no_grad():
        trainer.game.players["generator"].flat.copy_(torch.tensor([1.3, 0.6]))  # slope and shift
    found = numbers(copied_points(trainer, 100).generated)
    assert found["kl"] == pytest.approx(math.log(1.3) + 1.36 / (2 * 1.69) - 0.5, abs=1e-4)
    assert found["jsd"] == pytest.approx(true_jsd(0.6, 1.3), abs=1e-4)
    assert found["mean"] != 0.6  # of the samples; exact means are the affine generator's alone


def test_with_more_latents_samples_have_to_do_and_the_floor_says_how_well() -> None:
    trainer = trainer_of({"depth": 0, "latent_dim": 2}, name="mlp")
    with torch.no_grad():
        trainer.game.players["generator"].flat.copy_(torch.tensor([1.2, 0.5, 0.6]))  # sd 1.3
    at = copied_points(trainer, 2500)
    found, floor = Line().compute(at.generated)["jsd"], Line().compute(at.perfect)["jsd"]
    assert found is not None and floor is not None
    assert 0 < floor < 0.003
    assert found == pytest.approx(true_jsd(0.6, 1.3), abs=0.012)


def test_data_of_unknown_density_and_broken_samples_have_no_numbers() -> None:
    trainer = trainer_of()
    trainer.game.players["generator"].flat.fill_(math.nan)
    assert LineDivergences().compute(copied_points(trainer, 20).generated) == dict.fromkeys(NAMES)


def test_it_is_for_the_line() -> None:
    assert LineDivergences.kinds == ("line",)
    assert tuple(LineDivergences.numbers) == NAMES
    assert all(number.better == "low" for number in LineDivergences.numbers.values())
