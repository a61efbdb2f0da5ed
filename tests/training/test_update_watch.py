"""The numbers of an update, against what can be worked out from the weights before and after it."""

from __future__ import annotations

import math

import pytest
import torch

from ganstudio.core.control import Value
from ganstudio.core.protocol.spec import Spec
from ganstudio.training.trainer import Trainer
from ganstudio.training.update_watch import UpdateNumbers, UpdateWatch

SMALL: dict[str, Value] = {"width": 8, "depth": 1}


def trainer(variant: str = "gan", **controls: Value) -> Trainer:
    return Trainer(Spec(variant=variant, data="ring", seed=4, device="cpu", threads=1, network_controls=SMALL,
                        controls={"batch_size": 8, **controls}))


def watched(run: Trainer, player: str = "") -> UpdateNumbers:
    run.game.watch = watch = UpdateWatch()
    run.update(player)
    run.game.watch = None
    assert watch.numbers is not None
    return watch.numbers


def test_plain_gradient_descent_moves_the_weights_by_the_rate_times_the_gradient() -> None:
    run = trainer(optimiser_d="sgd", optimiser_g="sgd", beta1_d=0.0, beta1_g=0.0, learning_rate_d=0.25,
                  schedule="constant")
    weights = run.game.players["discriminator"].flat
    before = weights.clone()
    numbers = watched(run)
    assert numbers.rate == 0.25 and numbers.rate_share == 1.0 and numbers.optimiser == "sgd"
    assert numbers.moved == pytest.approx(float((weights - before).double().norm()), rel=1e-6)
    assert numbers.moved == pytest.approx(0.25 * numbers.gradient, rel=1e-4)
    assert numbers.weights == weights.numel() and numbers.set_after == 0


def test_the_terms_are_those_of_the_curves() -> None:
    run = trainer("wgan-gp", critic_steps=2)
    numbers = [watched(run) for _ in range(3)]
    rows = {batch.player: batch for batch in run.flush()}
    for player, of_player in (("discriminator", numbers[:2]), ("generator", numbers[2:])):
        batch = rows[player]
        for row, each in zip(batch.values.numpy(), of_player, strict=True):
            assert dict(zip(batch.names, row, strict=True)) == pytest.approx(each.terms)
    assert [(each.player, each.update, each.place, each.places, each.drew, each.latents)
            for each in numbers] == [("discriminator", 1, 1, 2, True, 8), ("discriminator", 2, 2, 2, True, 8),
                                     ("generator", 1, 1, 1, False, 8)]


def test_weights_that_are_clipped_are_counted() -> None:
    run = trainer("wgan", clip=0.01, warm_up=False)
    weights = run.game.players["discriminator"].flat
    outside = int((weights.abs() > 0.01).sum())
    numbers = watched(run)
    assert weights.abs().max() <= 0.01
    assert abs(numbers.set_after - outside) < 0.2 * weights.numel() and numbers.set_after > 0


def test_a_schedule_lowers_the_rate() -> None:
    run = trainer(schedule="linear", horizon=4, rate_floor=0.0, learning_rate_d=0.1)
    for _ in range(2):
        run.step()
    numbers = watched(run)
    assert (numbers.rate, numbers.rate_share) == pytest.approx((0.05, 0.5))


def test_what_the_variant_reports_is_apart_from_what_it_minimises() -> None:
    run = Trainer(Spec(variant="began", data="digits", seed=1, device="cpu", threads=1, dtype="float32",
                       memory="contiguous", data_controls={"count": 100}, controls={"batch_size": 4},
                       network_controls={"width": 4, "resolution": 8}))
    numbers = watched(run)
    assert set(numbers.terms) == {"real", "fake"} and set(numbers.readings) == {"k", "M", "L(G)/L(x)"}
    assert watched(run).readings == {}


@pytest.mark.parametrize("variant", ["wgan", "wgan-gp"])
def test_watching_changes_no_bit(variant: str) -> None:
    runs = [trainer(variant) for _ in range(2)]
    for _ in range(9):
        watched(runs[0])
        runs[1].update()
    assert runs[0].game.weights_hash() == runs[1].game.weights_hash()
    assert [batch.values.data for batch in runs[0].flush()] == [batch.values.data for batch in runs[1].flush()]


def test_weights_that_are_not_numbers_count_as_unchanged() -> None:
    watch = UpdateWatch()
    weights = torch.tensor([1.0, math.nan])
    watch.before_step(weights, torch.zeros(2))
    watch.after_step(weights)
    watch.finish(weights, player="generator", update=1, place=1, places=1, batch=1, drew=False, latents=1, terms={},
                 readings={}, rate=0.1, rate_share=1.0, optimiser="sgd")
    assert watch.numbers is not None and watch.numbers.set_after == 0
