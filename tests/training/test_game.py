"""The order of moves, the rates, and the randomness a run rests on."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from ganstudio.core.control import validated
from ganstudio.core.protocol.spec import Change, Position, SingleStep, Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.optimisers import SGD, Adam
from ganstudio.training.game import Game
from ganstudio.training.streams import Stream, generator_for
from ganstudio.training.trainer import Trainer


def trainer_of(variant: str = "wgan-gp", **controls: Any) -> Trainer:
    return Trainer(Spec(
        variant=variant, data="ring", seed=1, device="cpu", threads=1,
        controls={"batch_size": 16, "schedule": "constant", **controls}, network_controls={"width": 8, "depth": 1},
    ))


def game_of(variant: str = "wgan-gp", **controls: Any) -> Game:
    return trainer_of(variant, **controls).game


def moves(game: Game, updates: int) -> str:
    """Who moved, a letter an update, with a bar where a step was done."""
    told = ""
    for _ in range(updates):
        steps = game.steps
        player, _, _ = game.update()
        told += player[0].upper() + ("|" if game.steps > steps else "")
    return told


def change(game: Game, **controls: Any) -> None:
    game.set_controls(validated(type(game.controls), controls, game.controls))


@pytest.mark.parametrize(("k", "g", "order"), [
    (1, 1, "DG|DG|DG|"), (3, 1, "DDDG|DDDG|"), (1, 2, "DGG|DGG|"), (0, 1, "G|G|G|"), (2, 0, "DD|DD|"), (0, 2, "GG|GG|"),
])
def test_the_order_of_moves(k: int, g: int, order: str) -> None:
    game = game_of(critic_steps=k, generator_steps=g)
    assert moves(game, len(order.replace("|", ""))) == order
    assert game.steps == order.count("|")
    assert game.updates_of["discriminator"] == order.count("D")
    assert game.updates_of["generator"] == order.count("G")
    assert game.position == Position(
        steps=game.steps, by_player={"discriminator": order.count("D"), "generator": order.count("G")}, place=0
    )


def test_the_place_in_the_cycle() -> None:
    game = game_of(critic_steps=3)
    places = []
    for _ in range(5):
        places.append(game.position.place)
        game.update()
    assert places == [0, 1, 2, 3, 0]


def test_a_frozen_generator_keeps_its_weights_while_steps_count_cycles() -> None:
    game = game_of(critic_steps=3, generator_steps=0)
    G, D = game.players["generator"].flat.clone(), game.players["discriminator"].flat.clone()
    assert moves(game, 9) == "DDD|DDD|DDD|"
    assert torch.equal(game.players["generator"].flat, G)
    assert not torch.equal(game.players["discriminator"].flat, D)
    assert (game.steps, game.updates_of["generator"], game.updates_of["discriminator"]) == (3, 0, 9)


def test_a_frozen_discriminator_keeps_its_weights() -> None:
    game = game_of(critic_steps=0)
    D, G = game.players["discriminator"].flat.clone(), game.players["generator"].flat.clone()
    assert moves(game, 4) == "G|G|G|G|"
    assert torch.equal(game.players["discriminator"].flat, D)
    assert not torch.equal(game.players["generator"].flat, G)
    assert game.images_seen == 0


def test_both_frozen_is_refused() -> None:
    with pytest.raises(BadInput, match="critic_steps = 0 and generator_steps = 0: at least one player must be trained"):
        game_of(critic_steps=0, generator_steps=0)
    trainer = trainer_of(critic_steps=0)
    with pytest.raises(BadInput, match="at least one player must be trained"):
        trainer.apply(Change(name="generator_steps", value=0))
    assert trainer.settings()["generator_steps"] == 1


def test_a_single_critic_step_leaves_the_cycle_mid_way_and_play_resumes_there() -> None:
    trainer = trainer_of(critic_steps=3)
    trainer.step()
    trainer.apply(SingleStep(player="discriminator"))
    assert trainer.position == Position(steps=1, by_player={"discriminator": 4, "generator": 1}, place=1)
    assert moves(trainer.game, 3) == "DDG|"
    assert trainer.position == Position(steps=2, by_player={"discriminator": 6, "generator": 2}, place=0)


def test_a_step_finishes_the_cycle_under_way() -> None:
    trainer = trainer_of(critic_steps=3)
    trainer.update()
    trainer.update()
    trainer.step()
    assert trainer.position == Position(steps=1, by_player={"discriminator": 3, "generator": 1}, place=0)


def test_more_critic_steps_by_hand_than_k_only_make_the_generator_due() -> None:
    trainer = trainer_of(critic_steps=2)
    for _ in range(4):
        trainer.apply(SingleStep(player="discriminator"))
    assert trainer.position.place == 4
    assert moves(trainer.game, 4) == "G|DDG|"


def test_a_generator_step_by_hand_ends_the_cycle() -> None:
    trainer = trainer_of(critic_steps=3)
    trainer.update()
    trainer.apply(SingleStep(player="generator"))
    assert trainer.position == Position(steps=1, by_player={"discriminator": 1, "generator": 1}, place=0)
    assert moves(trainer.game, 4) == "DDDG|"


def test_a_generator_step_by_hand_moves_a_frozen_generator() -> None:
    trainer = trainer_of(critic_steps=2, generator_steps=0)
    G = trainer.game.players["generator"].flat.clone()
    trainer.apply(SingleStep(player="generator"))
    assert not torch.equal(trainer.game.players["generator"].flat, G)
    assert trainer.position.of("generator") == 1
    assert moves(trainer.game, 4) == "DD|DD|"


def test_k_lowered_in_the_middle_of_a_cycle_takes_effect_at_once() -> None:
    game = game_of(critic_steps=5)
    assert moves(game, 3) == "DDD"
    change(game, critic_steps=2)
    assert moves(game, 4) == "G|DDG|"


def test_k_raised_in_the_middle_of_a_cycle_takes_effect_at_once() -> None:
    game = game_of(critic_steps=1)
    assert moves(game, 1) == "D"
    change(game, critic_steps=3)
    assert moves(game, 3) == "DDG|"


def test_freezing_a_player_in_the_middle_of_a_cycle_does_not_jam() -> None:
    for k, g, played in ((1, 3, 2), (3, 1, 3), (3, 2, 4)):
        game = game_of(critic_steps=k, generator_steps=g)
        moves(game, played)
        change(game, generator_steps=0)
        steps = game.steps
        for _ in range(2 * (k + g)):
            game.update()
        assert game.steps > steps


def test_seen_counts_the_reals_shown_to_the_discriminator() -> None:
    game = game_of(critic_steps=2)
    moves(game, 3)
    assert game.images_seen == 32
    change(game, batch_size=5)
    moves(game, 3)
    assert game.images_seen == 42


def test_the_linear_schedule_falls_to_its_floor_at_the_horizon_and_stays() -> None:
    game = game_of(schedule="linear", horizon=10, rate_floor=0.2)
    shares = []
    for step in (0, 1, 5, 8, 9, 10, 1000):
        game.steps = step
        shares.append(game.rate_share())
    assert shares == pytest.approx([1, 0.9, 0.5, 0.2, 0.2, 0.2, 0.2])
    change(game, schedule="constant")
    assert game.rate_share() == 1.0


def test_the_rate_is_what_moves_the_weights() -> None:
    """At half of the horizon a step of plain SGD is half as long as at the start."""
    lengths = []
    for step in (0, 5):
        game = game_of("ns-gan", optimiser_d="sgd", beta1_d=0.0, learning_rate_d=0.1, schedule="linear", horizon=10)
        game.steps = step
        before = game.players["discriminator"].flat.clone()
        game.update("discriminator")
        lengths.append(float((game.players["discriminator"].flat - before).norm()))
    assert lengths[1] == pytest.approx(lengths[0] / 2, rel=1e-4)


def test_an_optimiser_changed_in_the_middle_of_a_run_starts_with_fresh_memory() -> None:
    game = game_of(optimiser_d="adam", optimiser_g="adam")
    moves(game, 4)
    kept, weights = game.players["generator"].optimiser, game.players["discriminator"].flat.clone()
    change(game, optimiser_d="sgd")
    assert isinstance(game.players["discriminator"].optimiser, SGD)
    assert game.players["generator"].optimiser is kept
    assert torch.equal(game.players["discriminator"].flat, weights)
    change(game, learning_rate_d=0.01)  # another change leaves its memory alone
    moves(game, 2)
    same = game.players["discriminator"].optimiser
    change(game, learning_rate_d=0.02)
    assert game.players["discriminator"].optimiser is same
    change(game, optimiser_d="adam")
    assert isinstance(game.players["discriminator"].optimiser, Adam)
    assert float(game.players["discriminator"].optimiser.mean.abs().max()) == 0.0
    moves(game, 4)


def test_the_parameters_are_windows_on_one_flat_vector() -> None:
    game = game_of()
    for player in (game.players["discriminator"], game.players["generator"]):
        assert player.flat.numel() == sum(p.numel() for p in player.parameters)
        player.flat.fill_(0.5)
        assert all(bool((p == 0.5).all()) for p in player.parameters)


def test_scoring_together_is_scoring_apart() -> None:
    game = game_of()
    real, fake = torch.randn(5, 2), torch.randn(7, 2)
    on_real, on_fake = game.played["D"].both(real, fake)
    assert on_real.shape == (5,) and on_fake.shape == (7,)
    torch.testing.assert_close(on_real, game.played["D"](real))
    torch.testing.assert_close(on_fake, game.played["D"](fake))


def test_the_players_the_data_and_the_latents_have_randomness_of_their_own() -> None:
    """Another batch size shifts no draw of another purpose; another seed shifts all."""
    one, two = game_of(batch_size=16), game_of(batch_size=64)
    torch.testing.assert_close(one.reals.take(100), two.reals.take(100), rtol=0, atol=0)
    for player in ("discriminator", "generator"):
        mine, theirs = one.latents_of(player).take(100), two.latents_of(player).take(100)
        torch.testing.assert_close(mine, theirs, rtol=0, atol=0)
    assert not torch.equal(one.latents_of("discriminator").take(100), one.latents_of("generator").take(100))
    assert torch.equal(one.players["generator"].flat, two.players["generator"].flat)
    digests = {bytes(generator_for(seed, purpose, torch.device("cpu")).get_state().numpy())
               for seed in (0, 1, 2**63 - 1) for purpose in ("real", "latent", "penalty", "generator")}
    assert len(digests) == 12


# Streams -----------------------------------------------------------------------------------------------------------


def counted(n: int, rng: torch.Generator) -> Tensor:
    return torch.randn(n, 2, generator=rng)


def stream(block_rows: int = 64) -> Stream:
    return Stream(counted, torch.Generator().manual_seed(5), block_rows)


@pytest.mark.parametrize("sizes", [
    [1] * 200, [64, 64, 64, 8], [63, 2, 64, 64, 7], [40, 40, 40, 40, 40], [30, 64, 64, 42],
])
def test_rows_come_in_the_order_they_were_drawn_whatever_is_asked_for(sizes: list[int]) -> None:
    rng = torch.Generator().manual_seed(5)
    expected = torch.cat([counted(64, rng) for _ in range(4)])[:200]
    source = stream()
    taken = [source.take(n) for n in sizes]
    assert [len(rows) for rows in taken] == sizes
    assert torch.equal(torch.cat(taken), expected)


def test_more_than_a_block_may_be_asked_for() -> None:
    source = stream()
    first, many, after = source.take(10), source.take(500), source.take(3)
    assert many.shape == (500, 2)
    assert len(torch.unique(torch.cat([first, many, after]), dim=0)) == 513  # no row twice


@pytest.mark.parametrize("taken", [0, 5, 64, 100])
def test_a_stream_goes_on_from_its_state(taken: int) -> None:
    source, other = stream(), stream()
    source.take(taken)
    other.load_state({key: value.clone() for key, value in source.state().items()})
    for n in (7, 64, 1, 64, 20):
        assert torch.equal(source.take(n), other.take(n))
