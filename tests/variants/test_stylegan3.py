"""StyleGAN3: R1 comes alone in every k-th step, running means follow in D's updates, and averages of G copy them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import torch
from safetensors.torch import load, save
from small_games import small

from ganstudio.core.protocol.flow import Flow
from ganstudio.core.turn import Pace, Turn
from ganstudio.core.variant import Terms
from ganstudio.maths.gradients import r1_penalty
from ganstudio.networks.style3 import AliasFreeGenerator
from ganstudio.training.dataflow import flows_of
from ganstudio.training.game import data_shape
from ganstudio.training.game_state import game_state, load_game_state
from ganstudio.training.memory_estimate import Plan, footprint
from ganstudio.training.precision import PLAIN
from ganstudio.training.run_description import abilities
from ganstudio.training.trainer import Trainer
from ganstudio.variants.stylegan3 import StyleGAN3, StyleGAN3Controls


def short(**controls: Any) -> Trainer:
    return Trainer(msgspec.structs.replace(
        small("stylegan3"), seed=3, device="cpu", threads=1, controls={"batch_size": 8, "r1_interval": 4, **controls}))


def updates(trainer: Trainer, steps: int) -> list[tuple[str, set[str]]]:
    """Who made each update of some steps, and the terms."""
    made = []
    while trainer.game.steps < steps:
        update = trainer.game.update()
        made.append((update.player, set(update.terms)))
    return made


def test_the_penalty_comes_alone_in_an_update_of_its_own_in_every_fourth_step() -> None:
    plain = [("discriminator", {"real", "fake"}), ("generator", {"generator"})]
    lazy = [plain[0], ("discriminator", {"R1"}), plain[1]]
    assert updates(short(), 9) == [*plain * 3, *lazy, *plain * 3, *lazy, *plain]


@pytest.mark.parametrize("controls", [{"gamma": 0.0}, {"critic_steps": 0}])
def test_without_a_weight_or_a_d_that_moves_there_is_none(controls: dict[str, Any]) -> None:
    assert all("R1" not in terms for _, terms in updates(short(**controls), 5))


def test_its_strength_is_that_of_as_many_steps() -> None:
    """k times gamma times half the mean of the squared slope, summed over all pixels."""
    trainer = short(gamma=0.3)
    updates(trainer, 3)
    game = trainer.game
    game.update()
    turn = game.turn("discriminator")
    assert turn.place == 1
    terms = game.variant.terms(turn, game.controls)
    x = turn.batch.x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(game.modules["D"](x).sum(), x)
    by_hand = 4 * 0.3 / 2 * slope.square().sum((1, 2, 3)).mean()
    torch.testing.assert_close(terms["R1"], by_hand, rtol=1e-4, atol=1e-7)
    torch.testing.assert_close(terms["R1"], 4 * 0.3 * r1_penalty(turn.D, turn.batch.x), rtol=1e-4, atol=0)


def test_a_d_that_is_stepped_by_hand_gets_the_penalty_in_its_own_place_alone() -> None:
    trainer = short()
    updates(trainer, 3)
    game = trainer.game
    seen = []
    for _ in range(3):
        seen.append(set(game.update("discriminator").terms))
    assert seen == [{"real", "fake"}, {"R1"}, {"real", "fake"}]
    trainer = short()
    updates(trainer, 1)
    game = trainer.game
    assert [set(game.update("discriminator").terms) for _ in range(2)] == [{"real", "fake"}] * 2


def test_rates_and_betas_of_d_are_those_of_one_update_more_in_every_sixteenth_step() -> None:
    c = StyleGAN3Controls(learning_rate_d=0.002, learning_rate_g=0.0025)
    found = StyleGAN3().pace("discriminator", c)
    assert found.rate == pytest.approx(0.00188235, abs=5e-9) and found.beta2 == pytest.approx(0.990585, abs=5e-7)
    assert StyleGAN3().pace("generator", c) == Pace(0.0025, 0.0, 0.99)
    assert StyleGAN3().pace("discriminator", msgspec.structs.replace(c, gamma=0.0)) == Pace(0.002, 0.0, 0.99)


def test_running_means_follow_in_ds_updates_and_not_in_gs() -> None:
    trainer = short()
    updates(trainer, 3)
    game = trainer.game
    G: Any = game.modules["G"]
    before = G.w_avg.clone(), G.layers[0].magnitude.clone()
    game.update("discriminator")
    after = G.w_avg.clone(), G.layers[0].magnitude.clone()
    assert not torch.equal(before[0], after[0]) and not torch.equal(before[1], after[1])
    game.update("discriminator")  # R1: no picture is made
    game.update("generator")
    assert torch.equal(G.w_avg, after[0]) and torch.equal(G.layers[0].magnitude, after[1])


def test_the_average_of_g_has_its_weights_averaged_and_its_running_means_copied() -> None:
    game = short(average_images=10_000).game
    while game.steps < 5:
        game.update()
    assert game.average is not None
    G, mean = game.modules["G"], game.average.module
    assert isinstance(G, AliasFreeGenerator) and isinstance(mean, AliasFreeGenerator)
    assert torch.equal(G.w_avg, mean.w_avg) and torch.equal(G.colours.magnitude, mean.colours.magnitude)
    assert not torch.equal(G.colours.weight, mean.colours.weight)
    assert G.w_avg.abs().max() > 0


@pytest.mark.parametrize("before", range(2, 6))
def test_a_run_goes_on_from_any_place_of_a_step(before: int) -> None:
    straight, other = short(r1_interval=2), short(r1_interval=2)
    for _ in range(before):
        straight.game.update()
    load_game_state(other.game, load(save(game_state(straight.game))))
    for _ in range(6):
        assert set(straight.game.update().terms) == set(other.game.update().terms)
    assert straight.game.weights_hash() == other.game.weights_hash()
    ours, theirs = straight.game.average, other.game.average
    assert ours is not None and theirs is not None
    assert all(torch.equal(a, b) for a, b in zip(ours.state().values(), theirs.state().values(), strict=True))


def test_its_picture_can_be_moved_and_its_latent_is_mapped() -> None:
    assert {"placement", "styles", "latent"} <= abilities(short().game)
    assert "placement" not in abilities(Trainer(small("dcgan")).game)


def test_the_memory_estimate_rehearses_the_penalty_too(monkeypatch: pytest.MonkeyPatch) -> None:
    game, seen = short().game, []
    plain = StyleGAN3.terms

    def noted(self: StyleGAN3, turn: Turn, c: StyleGAN3Controls) -> Terms:
        terms = plain(self, turn, c)
        seen.append(tuple(terms))
        return terms

    monkeypatch.setattr(StyleGAN3, "terms", noted)
    controls = msgspec.structs.replace(game.controls, gamma=0.25)  # of no other test: estimates are kept
    footprint(Plan(
        variant=StyleGAN3, controls=controls, network=type(game.network), network_controls=game.network_controls,
        data=data_shape(game.variant, game.controls, game.data), precision=PLAIN))
    assert seen == [("real", "fake"), ("R1",), ("generator",)] * 2  # with a small batch and a larger one


def test_the_overview_draws_what_flows_in_its_updates() -> None:
    assert flows_of(short().game) == [
        Flow(player=player, origin=origin, target=target) for player, origin, target in (
            ("discriminator", "latent", "G"), ("discriminator", "data", "D"), ("discriminator", "G", "D"),
            ("discriminator", "D", "loss"), ("generator", "latent", "G"), ("generator", "G", "D"),
            ("generator", "D", "loss"))]
