"""Each quantity against an answer that does not come from its own code."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from ganstudio.core.control import Value, declared
from ganstudio.core.lessons.lesson import Asked
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.lessons.moment import check_asked, value_of
from ganstudio.lessons.quantity import Quantity, quantities
from ganstudio.lessons.recent_terms import RecentTerms
from ganstudio.training.trainer import Trainer

NONE = RecentTerms()


def measured(quantity: str, trainer: Trainer | None = None, **params: Value) -> float | None:
    return value_of(Asked(quantity=quantity, params=params), trainer, NONE)


def small(variant: str = "ns-gan", data: str = "ring", steps: int = 0, **controls: Value) -> Trainer:
    trainer = Trainer(Spec(variant=variant, data=data, device="cpu", threads=1,
                           controls={"batch_size": 16, **controls}, network_controls={"width": 8, "depth": 2}))
    while trainer.game.steps < steps:
        trainer.step()
    trainer.flush()
    return trainer


@pytest.fixture(scope="module")
def gan() -> Trainer:
    return small(steps=5)


@pytest.mark.parametrize("name", sorted(quantities()))
def test_every_quantity_says_what_it_is(name: str) -> None:
    leaf: type[Quantity[Any]] = quantities()[name]
    assert leaf.help and leaf.title and not leaf.help.endswith("..")
    assert all(control.help for control, _ in declared(leaf.params_type()).values())
    leaf.params_type()()  # every parameter has a default


@pytest.mark.parametrize("name", sorted(name for name, leaf in quantities().items() if leaf.needs_run))
def test_looking_changes_nothing(name: str) -> None:
    looked, alone = small(steps=2), small(steps=2)
    measured(name, looked)
    for trainer in (looked, alone):
        trainer.step()
    assert looked.game.weights_hash() == alone.game.weights_hash()


@pytest.mark.parametrize("name", sorted(name for name, leaf in quantities().items() if leaf.needs_run))
def test_what_needs_a_run_says_so(name: str) -> None:
    with pytest.raises(BadInput, match="an earlier step must begin one"):
        check_asked(Asked(quantity=name), has_run=False)


# Without a run ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("divergence", "mean", "sd"), [
    ("kl", 1.0100, 1.8304), ("reverse-kl", 1.5841, 1.6294), ("js", 1.3125, 1.7525), ("jeffrey", 1.3249, 1.7023),
    ("pearson", 0.5663, 1.9268), ("neyman", 1.8286, 1.5171), ("hellinger", 1.3175, 1.7316),
])
def test_the_gaussian_that_a_divergence_prefers(divergence: str, mean: float, sd: float) -> None:
    """The exact optima for the mixture of the f-GAN paper, computed elsewhere."""
    assert measured("chosen-gaussian", divergence=divergence) == pytest.approx(mean, abs=2e-3)
    assert measured("chosen-gaussian", divergence=divergence, part="sd") == pytest.approx(sd, abs=2e-3)


def test_kl_matches_the_moments_of_any_mixture() -> None:
    mixture: dict[str, Value] = {"weights": [1.0, 3.0], "means": [0.0, 2.0], "sds": [1.0, 0.5]}
    mean = 1.5
    sd = math.sqrt((1 * 1.0 + 3 * (0.25 + 4)) / 4 - mean**2)
    assert measured("chosen-gaussian", divergence="kl", **mixture) == pytest.approx(mean, abs=1e-3)
    assert measured("chosen-gaussian", divergence="custom", f="u*log(u)", part="sd", **mixture) == pytest.approx(
        sd, abs=1e-3)


def test_simultaneous_steps_of_the_unclipped_wgan_grow_as_the_formula_says() -> None:
    grown = measured("dirac-radius", game="wgan", clip=5.0, rule="simultaneous", h=0.1, steps=100, theta=0.5, psi=0.0,
                     relative=True)
    assert grown == pytest.approx((1 + 0.1**2) ** 50, rel=1e-9)


def test_alternating_steps_conserve_what_they_conserve() -> None:
    radius = measured("dirac-radius", game="wgan", clip=5.0, rule="theta-first", h=0.1, steps=1000, theta=1.0, psi=0.0)
    assert radius is not None and 0.9 < radius < 1.1
    assert measured("dirac-radius", game="r1", r1_weight=1.0, steps=1000) == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize(("piles", "cost"), [
    ({}, 1.0),
    ({"source_at": [0.0, 1.0], "source_height": [1.0, 1.0], "target_at": [1.0, 2.0], "target_height": [2.0, 2.0]}, 1.0),
    ({"source_at": [3.0, 0.0], "source_height": [1.0, 3.0], "target_at": [0.0, 4.0], "target_height": [1.0, 1.0]},
     0.25 * 1 + 0.25 * 4),
    ({"source_at": [0.0, 1.0], "source_height": [1.0, 1.0], "target_at": [1.0, 2.0], "target_height": [1.0, 1.0],
      "plan": "0, 1, 1, 0"}, 0.5 * 2 + 0.5 * 0),
    ({"target_at": [3.0], "power": 2}, 9.0),
])
def test_the_cost_of_moving_piles(piles: dict[str, Value], cost: float) -> None:
    assert measured("transport-cost", **piles) == pytest.approx(cost)


def test_the_cost_of_piles_is_that_of_a_linear_program() -> None:
    from scipy.optimize import linprog

    rng = np.random.default_rng(3)
    x, y, p, q = rng.normal(size=5), rng.normal(size=4), rng.random(5), rng.random(4)
    p, q = p / p.sum(), q / q.sum()
    cost = np.abs(x[:, None] - y[None, :])
    rows = np.concatenate([np.kron(np.eye(5), np.ones(4)), np.kron(np.ones(5), np.eye(4))])
    best = linprog(cost.ravel(), A_eq=rows, b_eq=np.concatenate([p, q]), bounds=(0, None)).fun
    ours = measured("transport-cost", source_at=x.tolist(), source_height=p.tolist(), target_at=y.tolist(),
                    target_height=q.tolist())
    assert ours == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize(("piles", "said"), [
    ({"source_at": [0.0, 1.0]}, "source_at has 2 places and source_height 1 heights"),
    ({"target_height": [0.0]}, "no pile that is higher than 0"),
    ({"plan": "1, 2"}, "plan has 2 numbers: allowed are 1"),
    ({"plan": "x"}, "plan takes numbers separated by commas"),
    ({"target_at": [1.0, 2.0], "target_height": [1.0, 3.0], "plan": "1, 1"}, "does not move these piles into those"),
])
def test_piles_that_cannot_be(piles: dict[str, Value], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        measured("transport-cost", **piles)


# Of a run ---------------------------------------------------------------------------------------------------


def test_plain_numbers(gan: Trainer) -> None:
    assert measured("step", gan) == 5.0
    assert measured("diverged", gan) == 0.0
    assert measured("finite", gan) == 1.0
    assert measured("control:batch_size", gan) == 16.0
    with pytest.raises(BadInput, match="not a number that a claim can compare"):
        measured("control:schedule", gan)
    with pytest.raises(BadInput, match="unknown number of a measure"):
        measured("floor:w2", gan)


def test_the_estimate_is_the_measure_of_the_panel(gan: Trainer) -> None:
    assert measured("estimate", gan) == measured("w1_estimate", gan)
    floor, ours = measured("floor:w1", gan), measured("w1", gan)
    assert floor is not None and ours is not None and floor < ours


def test_slopes_of_a_discriminator_that_is_a_plane(gan: Trainer) -> None:
    """A last layer of zeros but one, after a first layer that passes on: slopes are known where no unit is off."""
    trainer = Trainer(Spec(
        variant="wgan", data="ring", device="cpu", threads=1, network_controls={"width": 4, "depth": 1}))
    first, last = [layer for layer in trainer.game.modules["D"].modules() if isinstance(layer, torch.nn.Linear)]
    with torch.no_grad():
        first.weight.zero_()
        first.bias.fill_(100.0)  # every unit is on wherever the data is
        first.weight[0] = torch.tensor([3.0, 4.0])
        last.weight.zero_()
        last.weight[0, 0] = 2.0
    for at in ("segments", "real", "generated"):
        assert measured("slope", trainer, at=at, part="largest") == pytest.approx(10.0, rel=1e-5)
        assert measured("slope", trainer, at=at) == pytest.approx(10.0, rel=1e-5)
    assert measured("lipschitz", trainer) == pytest.approx(10.0, rel=1e-5)
    assert measured("spectral-norm", trainer, part="layer", layer=1) == pytest.approx(5.0, rel=1e-5)
    assert measured("spectral-norm", trainer) == pytest.approx(5.0, rel=1e-5)
    assert measured("spectral-norm", trainer, part="smallest") == pytest.approx(2.0, rel=1e-5)
    assert measured("spectral-norm", trainer, part="layer", layer=9) is None
    assert measured("gradient-on-generated", trainer) == pytest.approx(10.0, rel=1e-4)


def test_weights_at_the_clip() -> None:
    trainer = small("wgan", steps=1, clip=0.01)
    flat = trainer.game.players["discriminator"].flat
    with torch.no_grad():
        flat.zero_()
        flat[:30] = 0.01
        flat[30:40] = -0.01
    assert measured("weights-at-clip", trainer) == pytest.approx(40 / len(flat))
    assert measured("weights-at-clip", small()) is None


def test_a_discriminator_that_says_nothing(gan: Trainer) -> None:
    trainer = small("gan")
    with torch.no_grad():
        trainer.game.players["discriminator"].flat.zero_()
    assert measured("d-on-data", trainer) == pytest.approx(0.5)
    assert measured("d-on-data", trainer, on="generated") == pytest.approx(0.5)
    assert measured("jsd-from-d", trainer) == pytest.approx(0.0, abs=1e-9)
    assert measured("jsd-from-d", small("wgan")) is None


def test_the_distance_to_the_best_discriminator_of_a_line() -> None:
    """G begins as the data is, so the best D says ½ everywhere; a D of a bias of log 3 alone says ¾."""
    trainer = Trainer(Spec(
        variant="gan", data="mixture", network="affine", device="cpu", threads=1, network_controls={"start": "data"},
        data_controls={"weights": [1.0], "means": [0.5], "sds": [2.0]}))
    with torch.no_grad():
        trainer.game.players["discriminator"].flat.zero_()
        last = [layer for layer in trainer.game.modules["D"].modules() if isinstance(layer, torch.nn.Linear)][-1]
        assert last.bias is not None
        last.bias.fill_(math.log(3))
    assert measured("distance-to-best-d", trainer) == pytest.approx(0.25, abs=0.02)
    assert measured("distance-to-best-d", small()) is None


def test_shares_of_classes(gan: Trainer) -> None:
    shares = [measured("class-share", gan, label=label) for label in range(8)]
    assert sum(share for share in shares if share is not None) == pytest.approx(1.0)
    assert measured("class-share", gan, label=8) is None


def test_began_ratio_is_undefined_without_an_autoencoder(gan: Trainer) -> None:
    assert measured("began-ratio", gan) is None


def test_a_number_is_measured_once_a_moment(gan: Trainer) -> None:
    trainer = small(steps=1)
    before = measured("w1", trainer)
    trainer.step()
    assert measured("w1", trainer) != before
