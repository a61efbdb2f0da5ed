"""StyleGAN's games: lazy penalties and their paces, mixing, path lengths, the average of G, adaptive augmentation."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import torch
from safetensors.torch import load, save
from small_games import small
from torch import Tensor

from ganstudio.core.dataset import DataShape
from ganstudio.core.protocol.spec import Change
from ganstudio.core.turn import Pace
from ganstudio.maths.gradients import r1_penalty
from ganstudio.training import memory_estimate
from ganstudio.training.game import Game
from ganstudio.training.game_state import game_state, load_game_state
from ganstudio.training.memory_estimate import Plan, footprint
from ganstudio.training.players import learn
from ganstudio.training.precision import Precision
from ganstudio.training.resolve_spec import networks
from ganstudio.training.trainer import Trainer
from ganstudio.variants import stylegan2 as module
from ganstudio.variants.parts.lazy_penalties import corrected
from ganstudio.variants.parts.style_game import chance
from ganstudio.variants.stylegan import StyleGAN, StyleGANControls
from ganstudio.variants.stylegan2 import StyleGAN2, StyleGAN2Controls

D, G = "discriminator", "generator"


def trainer(name: str = "stylegan2", seed: int = 3, **controls: Any) -> Trainer:
    return Trainer(msgspec.structs.replace(
        small(name), seed=seed, device="cpu", threads=1,
        controls={"batch_size": 8, "r1_interval": 3, "path_interval": 2, **controls} if name == "stylegan2"
        else {"batch_size": 8, "r1_interval": 3, **controls}))


def game(name: str = "stylegan2", **controls: Any) -> Game:
    return trainer(name, **controls).game


# Lazy penalties -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("interval", "rate", "beta2"), [
    (16, 0.00188235, 0.990585), (4, 0.0016, 0.991992), (8, 0.00177778, 0.991106)])
def test_rate_and_betas_are_corrected(interval: int, rate: float, beta2: float) -> None:
    pace = corrected(Pace(0.002, 0.0, 0.99), interval)
    assert pace.rate == pytest.approx(rate, abs=5e-9)
    assert pace.beta1 == 0
    assert pace.beta2 == pytest.approx(beta2, abs=5e-7)


def test_each_player_has_the_pace_of_its_own_penalty() -> None:
    variant, c = StyleGAN2(), StyleGAN2Controls()
    assert variant.pace(D, c) == corrected(Pace(0.002, 0.0, 0.99), 16)
    assert variant.pace(G, c) == corrected(Pace(0.002, 0.0, 0.99), 4)
    plain = StyleGAN2Controls(gamma=0.0, path_weight=0.0)
    assert variant.pace(D, plain) == variant.pace(G, plain) == Pace(0.002, 0.0, 0.99)
    eager = StyleGAN2Controls(r1_interval=1, path_interval=1)
    assert variant.pace(D, eager) == variant.pace(G, eager) == Pace(0.002, 0.0, 0.99)
    assert StyleGAN().pace(D, StyleGANControls()) == Pace(0.001, 0.0, 0.99)


def test_penalties_are_updates_more_in_the_last_of_every_k_steps() -> None:
    variant, c = StyleGAN2(), StyleGAN2Controls(r1_interval=3, path_interval=2)
    assert [dict(variant.cycle(step, c)) for step in range(6)] == [
        {D: 1, G: 1}, {D: 1, G: 2}, {D: 2, G: 1}, {D: 1, G: 2}, {D: 1, G: 1}, {D: 2, G: 2}]
    frozen = StyleGAN2Controls(r1_interval=2, path_interval=2, critic_steps=0)
    assert dict(variant.cycle(1, frozen)) == {D: 0, G: 2}


def names_of(run: Trainer, updates: int) -> list[tuple[str, ...]]:
    return [(made.player[0].upper(), *made.terms) for made in (run.game.update() for _ in range(updates))]


def test_the_penalty_comes_alone() -> None:
    a = "mean path length"
    assert names_of(trainer(), 9) == [
        ("D", "real", "fake", a), ("G", "generator"),
        ("D", "real", "fake", a), ("G", "generator"), ("G", "path length"),
        ("D", "real", "fake", a), ("D", "R1", a), ("G", "generator"),
        ("D", "real", "fake", a)]


def test_at_1_it_is_added_to_the_loss() -> None:
    found = names_of(trainer(r1_interval=1, path_interval=1), 2)
    assert found == [("D", "real", "fake", "R1", "mean path length"), ("G", "generator", "path length")]
    assert names_of(trainer("stylegan", r1_interval=1), 2) == [("D", "real", "fake", "R1"), ("G", "generator")]


def test_a_player_that_is_stepped_by_hand_minimises_its_loss() -> None:
    """Only the one place of the step has the penalty, and only in the steps that have it."""
    run = trainer()
    for _ in range(3):
        assert "R1" not in run.game.update(D).terms
    run = trainer(r1_interval=2)
    run.step()
    assert ["R1" in run.game.update(D).terms for _ in range(3)] == [False, True, False]


def test_the_penalty_is_k_times_as_strong_and_a_sum_over_pixels_and_colours() -> None:
    """D = sum of all pixels: |dD/dx|^2 is their number; a mean over them would be 3072 times weaker at 32 px."""
    run = game(gamma=0.5)

    class Sum(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.slope = torch.nn.Parameter(torch.ones(()))

        def forward(self, x: Tensor) -> Tensor:
            return self.slope * x.flatten(1).sum(1)

    real = run.turn(D).batch.x
    assert float(r1_penalty(Sum(), torch.zeros(2, 3, 32, 32)).detach()) == pytest.approx(3072 / 2)  # type: ignore[arg-type]
    played: Any = run.played["D"]
    played._module = Sum()
    run.steps, run.done = 2, {D: 1}
    terms = run.terms_of(D)
    assert list(terms) == ["R1"]
    assert float(terms["R1"].detach()) == pytest.approx(3 * 0.5 * real[0].numel() / 2, rel=1e-5)


# Mixing ---------------------------------------------------------------------------------------------------------------


def test_one_coin_and_one_crossover_for_a_batch_never_at_an_end() -> None:
    run = game(mixing=0.9)
    layers: Any = run.modules["G"].num_ws
    found = [run.variant.styles(run.turn(G), run.controls) for _ in range(400)]  # type: ignore[attr-defined]
    mixed = [each for each in found if len(each) == 3]
    assert len(mixed) / len(found) == pytest.approx(0.9, abs=0.05)
    assert {cut for _, _, cut in mixed} == set(range(1, layers))
    first, second, _ = mixed[0]
    assert first.shape == second.shape and not torch.equal(first, second)


def test_without_mixing_there_is_one_latent() -> None:
    run = game(mixing=0.0)
    assert all(len(run.variant.styles(run.turn(G), run.controls)) == 1 for _ in range(50))  # type: ignore[attr-defined]


def test_coins_come_from_the_runs_generator() -> None:
    rng = torch.Generator().manual_seed(1)
    torch.manual_seed(1)
    first = [chance(rng) for _ in range(5)]
    torch.manual_seed(2)
    rng.manual_seed(1)
    assert [chance(rng) for _ in range(5)] == first
    assert all(0 <= number < 1 for number in first)


# Path length ----------------------------------------------------------------------------------------------------------


def test_the_mean_of_lengths_follows_by_a_hundredth_and_is_kept() -> None:
    run = trainer(path_interval=2, path_weight=1.0)
    run.step()
    for _ in range(2):
        run.game.update()
    before = run.game.variant.state()["length"]
    assert before == 0
    terms = run.game.update().terms
    after = float(run.game.variant.state()["length"])
    # The first mean is .01 of the batch's, so lengths are .01 l below ... 2 E(l - .01 E l)^2 is what was minimised.
    assert list(terms) == ["path length"] and after > 0
    assert float(terms["path length"].detach()) >= 2 * (0.99 * after / 0.01) ** 2 * 0.99


def test_it_reaches_the_mapping_and_every_layer_of_g() -> None:
    run = game()
    run.steps, run.done = 1, {D: 1, G: 1}
    terms = run.terms_of(G)
    parameters = dict(run.modules["G"].named_parameters())
    slopes = torch.autograd.grad(terms["path length"], list(parameters.values()), allow_unused=True)
    reached = {name for name, slope in zip(parameters, slopes, strict=True) if slope is not None and slope.any()}
    assert {name for name in parameters if "map" in name or "weight" in name} <= reached


def test_looking_at_terms_leaves_the_mean_as_it_was() -> None:
    run = game()
    run.steps, run.done = 1, {D: 1, G: 1}
    before = dict(run.variant.state())
    for player in (D, G):
        run.terms_of(player)
    assert run.variant.state() == before


# The average of G -----------------------------------------------------------------------------------------------------


def test_the_half_life_is_in_images() -> None:
    """A half-life of 10,000 images is .997784 at a batch of 32, whatever the batch: two of 16 keep as much as one."""
    variant = StyleGAN2()
    run = game()
    keeps = [variant.average_decay(run.turn(G), 100_000, StyleGAN2Controls(batch_size=n)) for n in (32, 16)]
    assert keeps[0] == pytest.approx(0.997784, abs=5e-7)
    assert keeps[1] is not None and keeps[1] ** 2 == pytest.approx(keeps[0], rel=1e-12)


@pytest.mark.parametrize(("controls", "share"), [({}, 0.05), ({"average_ramp": 0.3}, 0.3)])
def test_at_the_beginning_it_is_a_share_of_the_images_so_far(controls: dict[str, Any], share: float) -> None:
    run, c = game(), StyleGAN2Controls(batch_size=32, **controls)
    assert StyleGAN2().average_decay(run.turn(G), 200, c) == pytest.approx(0.5 ** (1 / (share * 200)))


@pytest.mark.parametrize("name", ["stylegan", "stylegan2"])
def test_parameters_are_averaged_and_buffers_copied(name: str) -> None:
    run = trainer(name)
    for _ in range(3):
        run.step()
    average = run.game.average
    assert average is not None and average.count == run.game.steps
    own = run.game.modules["G"]
    assert torch.equal(average.module.w_avg, own.w_avg)  # type: ignore[arg-type]
    moved = [not torch.equal(ours, theirs) for ours, theirs in
             zip(average.module.parameters(), own.parameters(), strict=True)]
    assert all(moved)


def test_the_penaltys_update_does_not_move_it() -> None:
    run = trainer(path_interval=2)
    run.step()
    run.update()
    run.update()
    average = run.game.average
    assert average is not None and run.game.in_step
    before = [parameter.clone() for parameter in average.module.parameters()]
    assert run.game.next_player() == G
    run.update()
    assert run.game.steps == 2 and average.count == 2
    assert all(torch.equal(*pair) for pair in zip(before, average.module.parameters(), strict=True))


# Adaptive augmentation ------------------------------------------------------------------------------------------------


def test_p_rises_and_falls_with_the_signs_of_scores() -> None:
    """Every four batches by 4 B / images: .00128 for 500,000 images and batches of 160."""
    variant, c = StyleGAN2(), StyleGAN2Controls(ada_target=0.6, batch_size=160)
    for _ in range(8):
        variant._adjust(1.0, c)
    assert variant.state()["p"] == pytest.approx(2 * 160 * 4 / 500_000)
    assert float(variant.diagnostics()["r_t"]) == 1
    for _ in range(16):
        variant._adjust(0.2, c)
    assert variant.state()["p"] == 0  # never below


def test_without_a_target_nothing_is_changed() -> None:
    run = trainer(ada_target=0.5, ada_images=1000)
    for _ in range(30):
        run.update()
    state = run.game.variant.state()
    assert state["p"] > 0 or state["batches"] > 0
    run.apply(Change(name="ada_target", value=0.0))
    for _ in range(3):
        run.update()
    assert run.game.variant.state()["p"] == 0


def test_both_players_see_the_same_changes_of_reals_and_of_fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[int, float]] = []

    def noted(x: Tensor, p: float, rng: torch.Generator) -> Tensor:
        shown.append((len(x), p))
        return x + 0

    monkeypatch.setattr(module, "augmented", noted)
    run = game()
    run.variant.load_state({**run.variant.state(), "p": 0.5})
    run.terms_of(D)
    assert shown == [(8, 0.5), (8, 0.5)]  # reals, fakes
    run.terms_of(G)
    assert shown[2:] == [(8, 0.5)]
    run.steps, run.done = 2, {D: 1}
    assert list(run.terms_of(D)) == ["R1"]
    assert shown[3:] == [(8, 0.5)]


def test_a_run_with_changes_trains() -> None:
    run = trainer(ada_target=0.1, ada_images=1000, seed=5)
    run.game.variant.load_state({**run.game.variant.state(), "p": 0.6})
    for _ in range(14):
        run.update()
    run.flush()
    assert run.divergence is None
    assert run.game.variant.state()["p"] != 0.6


# A run goes on --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["stylegan", "stylegan2"])
@pytest.mark.parametrize("done", range(12, 22))
def test_from_any_place_of_a_step(name: str, done: int) -> None:
    """Also between a loss and its penalty."""
    chosen: dict[str, Any] = {"ada_target": 0.5, "ada_images": 1000} if name == "stylegan2" else {}
    straight = trainer(name, **chosen)
    for _ in range(done):
        straight.update()
    state = load(save(game_state(straight.game)))
    other = trainer(name, **chosen)
    load_game_state(other.game, state)
    for _ in range(9):
        straight.update()
        other.update()
    assert straight.position == other.position
    assert straight.game.weights_hash() == other.game.weights_hash()
    kept = game_state(other.game)
    assert all(torch.equal(tensor, kept[key]) for key, tensor in game_state(straight.game).items())


# What is rehearsed ----------------------------------------------------------------------------------------------------


def test_the_memory_of_the_penalties_updates_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    rehearsed: list[tuple[str, int, int, list[str]]] = []

    def noted(variant: Any, c: Any, turn: Any, *more: Any) -> Any:
        terms = learn(variant, c, turn, *more)
        rehearsed.append((turn.player, turn.step, turn.place, list(terms)))
        return terms

    monkeypatch.setattr(memory_estimate, "learn", noted)
    network = networks()["style2"]
    footprint(Plan(
        variant=StyleGAN2, controls=StyleGAN2Controls(), network=network, network_controls=network.controls_type()(),
        data=DataShape(x=(3, 16, 16)), precision=Precision("cpu", False, False)))
    once = [(D, 0, 0, ["real", "fake"]), (D, 15, 1, ["R1"]), (G, 0, 0, ["generator"]), (G, 3, 1, ["path length"])]
    assert rehearsed == 2 * once


def test_kinds_of_update() -> None:
    variant = StyleGAN2()
    assert variant.kinds_of_update(D, StyleGAN2Controls(critic_steps=2)) == [(0, 0), (15, 2)]
    assert variant.kinds_of_update(G, StyleGAN2Controls(path_weight=0.0)) == [(0, 0)]
    assert StyleGAN().kinds_of_update(D, StyleGANControls()) == [(0, 0)]
