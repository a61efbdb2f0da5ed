"""Runs in lockstep: what they are given is the same, is shown to be, and each run is what it would be alone."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import torch
from torch import Tensor

from ganstudio.core.protocol.spec import Change, Planned, Spec
from ganstudio.maths.latents import draw_latents
from ganstudio.training.game import BLOCK_ROWS
from ganstudio.training.game_state import game_state, load_game_state
from ganstudio.training.lockstep import Lockstep, Partner
from ganstudio.training.streams import generator_for
from ganstudio.training.trainer import Trainer
from ganstudio.training.witness import FIRST, Witness

BATCH, SEED = 16, 3
CPU = torch.device("cpu")
TINY: dict[str, Any] = {"width": 8, "depth": 1}


def trainer(variant: str = "wgan-gp", *, data: str = "ring", streams: int = 0, net: dict[str, Any] | None = None,
            network: str = "", data_controls: dict[str, Any] | None = None, **controls: Any) -> Trainer:
    return Trainer(Spec(variant=variant, data=data, seed=SEED, device="cpu", threads=1, streams=streams,
                        network=network, dtype="float32", memory="contiguous", data_controls=data_controls or {},
                        network_controls=TINY if net is None else net, controls={"batch_size": BATCH, **controls}))


def together(steps: int, *trainers: Trainer, first: int = FIRST) -> Lockstep:
    lockstep = Lockstep([Partner(f"run {at}", each) for at, each in enumerate(trainers)], first)
    while lockstep.update(steps) is not None:
        pass
    lockstep.read_all()
    return lockstep


def sha(rows: Tensor) -> str:
    return hashlib.sha256(rows.numpy().tobytes()).hexdigest()


def latents(player: str, updates: int) -> str:
    """SHA-256 of a player's first latents, drawn here."""
    c = trainer().game.network_controls
    return sha(draw_latents(c, BLOCK_ROWS // 2, generator_for(SEED, f"latent/{player}", CPU))[: updates * BATCH])


def reals(updates: int) -> str:
    """SHA-256 of the first real samples of the discriminator, drawn here."""
    return sha(trainer().game.data.sample(BLOCK_ROWS, generator_for(SEED, "real", CPU))[: updates * BATCH])


@pytest.mark.parametrize("steps", [2, 20])
def test_runs_with_five_critic_steps_and_one_draw_the_same_at_each_update(steps: int) -> None:
    lockstep = together(steps, trainer(critic_steps=5), trainer(critic_steps=1))
    many = min(steps, FIRST)
    shared = lockstep.shared()
    assert shared.data == reals(many)
    assert shared.latent_discriminator == latents("discriminator", many)
    assert shared.latent_generator == latents("generator", many)
    assert lockstep.compared("discriminator") == lockstep.compared("generator") == many
    assert lockstep.why_not_shared() == []
    five, one = (partner.trainer.game for partner in lockstep.partners)
    assert (five.updates_of["discriminator"], one.updates_of["discriminator"]) == (5 * steps, steps)
    assert five.steps == one.steps == steps


@pytest.mark.parametrize("others", [("gan", "wgan", "r1-gan"), ("cgan", "sn-gan"), ("f-gan", "hinge-gan", "lsgan")])
def test_any_variants_share_data_and_noise(others: tuple[str, ...]) -> None:
    shared = together(3, trainer("wgan-gp"), *[trainer(name) for name in others]).shared()
    assert shared.data == reals(3)
    assert shared.latent_generator == latents("generator", 3)


def test_a_generator_that_sees_data_takes_none_from_its_discriminator() -> None:
    shared = together(4, trainer("r3gan"), trainer("wgan-gp", critic_steps=1)).shared()
    assert shared.data == reals(4)
    before = together(4, trainer("r3gan", streams=2), trainer("wgan-gp", critic_steps=1, streams=2))
    assert before.shared().data is None
    assert before.why_not_shared() == ["real samples are not shared: their first updates drew different ones"]
    assert before.shared().latent_generator == latents("generator", 4)


@pytest.mark.parametrize("k", [1, 3])
def test_an_optimiser_that_looks_ahead_shifts_no_draw(k: int) -> None:
    ahead = trainer(critic_steps=k, optimiser_d="extragradient", optimiser_g="extra-adam")
    lockstep = together(5, ahead, trainer(critic_steps=1))
    assert lockstep.shared().data == reals(5)
    assert lockstep.shared().latent_discriminator == latents("discriminator", 5)
    assert lockstep.shared().latent_generator == latents("generator", 5)
    assert set(ahead.game.latents) == {"discriminator", "generator", "discriminator/ahead", "generator/ahead"}


def test_images_are_shared_too() -> None:
    spec: dict[str, Any] = {"data": "digits", "network": "dcgan", "data_controls": {"count": 100},
                            "net": {"resolution": 8, "width": 4, "latent_dim": 6, "norm_d": "none"}}
    lockstep = together(3, trainer("r3gan", **spec), trainer("wgan-gp", critic_steps=2, **spec), trainer("gan", **spec))
    assert None not in lockstep.drawn(lockstep.partners[0]).values()
    assert lockstep.why_not_shared() == []


def test_each_run_is_what_it_is_alone() -> None:
    kinds: list[dict[str, Any]] = [{"variant": "gan"}, {"variant": "wgan-gp", "critic_steps": 5},
                                   {"variant": "r3gan"}, {"variant": "sn-gan", "optimiser_d": "extra-adam"}]
    lockstep = together(7, *[trainer(**kind) for kind in kinds])
    for kind, partner in zip(kinds, lockstep.partners, strict=True):
        alone = trainer(**kind)
        while alone.game.steps < 7:
            alone.step()
        assert alone.game.weights_hash() == partner.trainer.game.weights_hash()
        assert alone.game.images_seen == partner.trainer.game.images_seen


def test_they_go_step_by_step() -> None:
    lockstep = Lockstep([Partner("a", trainer(critic_steps=3)), Partner("b", trainer(critic_steps=1))])
    order = []
    while (partner := lockstep.update(2)) is not None:
        order.append(partner.name)
        steps = [one.trainer.game.steps for one in lockstep.partners]
        assert max(steps) - min(steps) <= 1
    assert "".join(order) == "aaaabbaaaabb"


DIVERGES: dict[str, Any] = {"learning_rate_d": 1, "learning_rate_g": 1, "gp_weight": 100, "optimiser_d": "sgd",
                            "optimiser_g": "sgd", "schedule": "constant"}


def test_a_run_that_diverges_stops_and_the_others_go_on() -> None:
    lockstep = together(150, trainer("gan"), trainer("wgan-gp", **DIVERGES))
    good, bad = (partner.trainer for partner in lockstep.partners)
    assert bad.divergence is not None and bad.game.steps < 150
    assert good.divergence is None and good.game.steps == 150
    alone = trainer("gan")
    while alone.game.steps < 150:
        alone.step()
    assert alone.game.weights_hash() == good.game.weights_hash()
    again = together(150, trainer("gan"), trainer("wgan-gp", **DIVERGES))
    assert again.partners[1].trainer.game.steps == bad.game.steps, "it stops at the same update each time"


def test_changes_come_at_their_step_in_each_run() -> None:
    change = Planned(steps=2, change=Change(name="critic_steps", value=2))
    partners = [Partner("a", trainer(critic_steps=1), [change]), Partner("b", trainer(critic_steps=1))]
    lockstep = Lockstep(partners)
    while lockstep.update(4) is not None:
        pass
    assert [one.trainer.game.updates_of["discriminator"] for one in partners] == [2 + 2 * 2, 4]
    assert [(entry.position.steps, entry.position.place) for entry in partners[0].trainer.log] == [(2, 0)]


@pytest.mark.parametrize(("net", "law"), [
    ({"latent_dim": 3}, "latents differ in size or law (run 0: 2 gaussian, run 1: 3 gaussian)"),
    ({"latent": "uniform"}, "latents differ in size or law (run 0: 2 gaussian, run 1: 2 uniform)"),
])
def test_latents_of_another_size_or_law_are_not_shared(net: dict[str, Any], law: str) -> None:
    lockstep = together(2, trainer(critic_steps=3), trainer(critic_steps=4, net={**TINY, **net}))
    shared = lockstep.shared()
    assert shared.data == reals(2 * 3)
    assert shared.latent_discriminator is None and shared.latent_generator is None
    assert lockstep.why_not_shared() == [f"D's noise and G's noise are not shared: {law}"]


def test_batches_of_another_size_are_not_shared() -> None:
    lockstep = together(2, trainer(), trainer(batch_size=8))
    assert set(lockstep.shared().__struct_fields__) == {"data", "latent_discriminator", "latent_generator"}
    assert lockstep.why_not_shared() == [
        "real samples and D's noise and G's noise are not shared: batches differ in size (run 0: 16 samples, "
        "run 1: 8 samples)"]


def test_a_player_that_is_frozen_draws_nothing() -> None:
    lockstep = together(2, trainer(critic_steps=1), trainer(critic_steps=1, generator_steps=0))
    assert lockstep.shared().data == reals(2) and lockstep.shared().latent_generator is None
    assert lockstep.why_not_shared() == ["G's noise is not shared: run 1 drew no latents at G's updates"]


def test_the_draws_of_later_updates_are_not_hashed() -> None:
    witness = Witness(first=2)
    for update in range(4):
        witness.note("generator", update, "latent", torch.full((3,), float(update)))
    assert witness.digest("generator", "latent", 9) == sha(torch.tensor([0.0, 0, 0, 1, 1, 1]))
    assert witness.digest("generator", "latent", 1) == sha(torch.zeros(3))
    assert witness.digest("generator", "latent", 0) is None
    assert witness.digest("discriminator", "latent", 2) is None


# Streams --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["gan", "wgan-gp", "cgan", "sn-gan"])
def test_runs_whose_generator_draws_no_reals_are_what_they_were_with_two_streams(variant: str) -> None:
    found = []
    for streams in (0, 2, 3):
        each = trainer(variant, streams=streams)
        while each.game.steps < 5:
            each.step()
        found.append((each.spec.streams, each.game.weights_hash()))
    assert [streams for streams, _ in found] == [3, 2, 3]
    assert len({weights for _, weights in found}) == 1


def test_with_fewer_streams_all_players_draw_from_the_same_reals() -> None:
    two = trainer("r3gan", streams=2)
    assert two.game.reals_of("generator") is two.game.reals_of("discriminator") is two.game.reals
    three = trainer("r3gan", streams=3)
    assert three.game.reals_of("discriminator") is three.game.reals
    own = three.game.reals_of("generator")
    assert own is three.game.reals_of("generator") and own is not three.game.reals
    expected = three.game.data.sample(BLOCK_ROWS, generator_for(SEED, "real/generator", CPU))
    assert torch.equal(own.take(50), expected[:50])


@pytest.mark.parametrize("controls", [{}, {"optimiser_d": "extragradient", "optimiser_g": "extragradient"}])
@pytest.mark.parametrize("updates", [0, 3, 6])
def test_a_checkpoint_holds_every_stream(updates: int, controls: dict[str, Any]) -> None:
    one = trainer("r3gan", critic_steps=2, **controls)
    for _ in range(updates):
        one.update()
    state = game_state(one.game)
    assert ("reals/generator/rows" in state) == (updates >= 3)
    assert ("reals/discriminator/ahead/rng" in state) == (updates > 0 and bool(controls))
    other = trainer("r3gan", critic_steps=2, **controls)
    for _ in range(2):
        other.update()
    load_game_state(other.game, state)
    for each in (one, other):
        for _ in range(5):
            each.update()
    assert one.game.weights_hash() == other.game.weights_hash()
