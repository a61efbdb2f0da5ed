"""VQGAN: β and λ exactly, its two phases, and what the prior leaves alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from ganstudio.core.control import Value
from ganstudio.core.protocol.spec import Change, Spec
from ganstudio.core.turn import Given, Phase
from ganstudio.training.game_state import game_state, load_game_state
from ganstudio.training.run_description import cast_of
from ganstudio.training.trainer import Trainer
from ganstudio.variants.vqgan import (
    ALONE,
    PRIOR,
    VQGAN,
    WITH_D,
    VQGANControls,
    adaptive_weight,
    quantisation_terms,
)

SMALL: dict[str, Value] = {
    "width": 4, "widest": 8, "width_d": 4, "code_dim": 4, "codes": 8, "prior_layers": 1, "prior_heads": 1,
    "prior_width": 8, "resolution": 16}
SHORT: dict[str, Value] = {"first_steps": 6, "prior_steps": 5, "disc_start": 3, "batch_size": 4, "schedule": "linear",
                           "codebook_start": "first batch", "revive_every": 2}


def run(seed: int = 0, network: Mapping[str, Value] | None = None, **controls: Value) -> Trainer:
    return Trainer(Spec(
        variant="vqgan", data="tiles", data_controls={"count": 100}, seed=seed, device="cpu", threads=1,
        dtype="float32", memory="contiguous", controls={**SHORT, **controls},
        network_controls={**SMALL, **(network or {})}))


def stepped(trainer: Trainer, steps: int) -> Trainer:
    for _ in range(steps):
        trainer.step()
    return trainer


@pytest.mark.parametrize(("slip", "of_z", "of_q"), [(False, 0.5, -2.0), (True, 2.0, -0.5)])
def test_beta_weights_the_commitment_and_in_the_published_code_the_codebook(
    slip: bool, of_z: float, of_q: float,
) -> None:
    z, q = torch.tensor([[[[1.0]]]], requires_grad=True), torch.tensor([[[[0.0]]]], requires_grad=True)
    loss = torch.stack(list(quantisation_terms(z, q, 0.25, slip=slip).values())).sum()
    assert loss.item() == 1.25  # the same for both: only gradients tell
    gradients = torch.autograd.grad(loss, (z, q))
    assert [gradient.item() for gradient in gradients] == [of_z, of_q]


def test_the_slip_changes_no_loss_in_the_first_update_and_the_weights_after_it() -> None:
    right, slipped = run(), run(beta_slip=True)
    losses = [float(torch.stack([term.detach() for name, term in one.game.update().terms.items()
                                 if name in ("reconstruction", "codebook", "commitment")]).sum())
              for one in (right, slipped)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    assert right.game.weights_hash() != slipped.game.weights_hash()


def test_lambda_is_the_ratio_of_gradients_at_the_last_layer() -> None:
    last = torch.tensor([[3.0, -1.0]], requires_grad=True)
    reconstruction, adversarial = (last * torch.tensor([[3.0, 4.0]])).sum(), (last * torch.tensor([[0.6, 0.8]])).sum()
    found = adaptive_weight(reconstruction, adversarial, last)
    assert found.item() == pytest.approx(5 / (1 + 1e-4), rel=1e-6) and not found.requires_grad


def test_lambda_reaches_its_end_where_the_adversarial_gradient_vanishes() -> None:
    last = torch.tensor([3.0], requires_grad=True)
    assert adaptive_weight(5 * last.sum(), 0 * last.sum(), last).item() == 1e4


def test_lambda_is_taken_at_the_decoders_last_convolution() -> None:
    trainer = run(disc_start=0)
    game = trainer.game
    terms = game.terms_of("generator")
    G: Any = game.modules["G"]
    last = G.last.weight
    of_reconstruction, of_scaled = (
        torch.autograd.grad(terms[name], last, retain_graph=True)[0] for name in ("reconstruction", "generator"))
    # w lambda |adversarial| = w |reconstruction| |adversarial| / (|adversarial| + 1e-4), at this layer and no other
    assert float(of_scaled.norm() / of_reconstruction.norm()) == pytest.approx(0.8, rel=2e-2)
    first = G.layers[0].weight
    others = [torch.autograd.grad(terms[name], first, retain_graph=True)[0] for name in ("reconstruction", "generator")]
    assert float(others[1].norm() / others[0].norm()) != pytest.approx(0.8, rel=2e-2)


def test_the_gradient_goes_straight_through_the_codes() -> None:
    game = run(disc_weight=0.0).game
    vectors: list[Tensor] = []
    E, G = cast("tuple[Any, Any]", (game.modules["E"], game.modules["G"]))
    E.register_forward_hook(lambda module, given, made: vectors.append(made))
    G.register_forward_hook(lambda module, given, made: vectors.append(given[0]))
    reconstruction = game.terms_of("generator")["reconstruction"]
    z, q = vectors
    of_z, of_q = torch.autograd.grad(reconstruction, (z, q))
    assert torch.equal(of_z, of_q) and of_z.abs().sum() > 0
    assert not torch.equal(z, q)


def test_three_phases_two_casts() -> None:
    variant, c = VQGAN(), VQGANControls(first_steps=6, prior_steps=5, disc_start=3)
    phases = [variant.phase(step, 0, c) for step in range(9)]
    assert [phase.name for phase in phases] == [ALONE] * 3 + [WITH_D] * 3 + [PRIOR] * 3
    assert [variant.cycle(step, c) for step in (2, 3, 6)] == [
        {"generator": 1, "discriminator": 0}, {"generator": 1, "discriminator": 1}, {"prior": 1}]
    assert variant.players(phases[0]) == variant.players(phases[3]) != variant.players(phases[6])
    assert variant.phase(100, 0, VQGANControls(first_steps=6, prior_steps=0)).name == WITH_D
    assert [(phase.shown, phase.lasts) for phase in phases[5:8]] == [(5, 6), (0, 0), (1, 0)]


def test_rates_fall_in_each_phase_by_themselves() -> None:
    variant = VQGAN()
    c = VQGANControls(first_steps=100, prior_steps=200, schedule="linear", rate_floor=0.02)
    shares = [variant.rate_share(step, c) for step in (0, 50, 99, 100, 124, 149, 200, 300, 400)]
    assert shares == pytest.approx([1, 0.5, 0.02, 1 / 50, 0.5 * 0.88, 0.755, 0.5, 0, 0])
    assert variant.rate_share(250, VQGANControls()) == 1.0


def test_before_disc_start_no_one_meets_the_discriminator() -> None:
    trainer = run()
    D = trainer.game.players["discriminator"].flat.clone()
    stepped(trainer, 3)
    assert torch.equal(trainer.game.players["discriminator"].flat, D)
    assert "generator" not in trainer.game.terms_of("generator") or trainer.game.phase.name == WITH_D
    stepped(trainer, 1)
    assert not torch.equal(trainer.game.players["discriminator"].flat, D)


def test_the_prior_learns_alone_from_codes_in_evaluation_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = stepped(run(), 6)
    game = trainer.game
    assert game.phase.name == PRIOR and list(game.players) == ["prior"]
    before = {name: {key: tensor.clone() for key, tensor in game.modules[name].state_dict().items()}
              for name in ("C", "D", "E", "G", "T")}
    modes: list[bool] = []
    E: Any = game.modules["E"]
    E.train()
    E.register_forward_hook(lambda module, given, made: modes.append(module.training or made.requires_grad))
    update = game.update()
    assert modes == [False] and set(update.terms) == {"prior"}
    moved = {name: any(not torch.equal(tensor, before[name][key])
                       for key, tensor in game.modules[name].state_dict().items()) for name in before}
    assert moved == {"C": False, "D": False, "E": False, "G": False, "T": True}
    assert E.training, "it is as it was"


def test_dropout_in_the_first_stage_would_not_reach_the_codes() -> None:
    trainer = stepped(run(), 6)
    game = trainer.game
    E: Any = game.modules["E"]
    E.layers.append(nn.Dropout(0.9).train(E.training))
    torch.manual_seed(1)
    one = float(game.terms_of("prior")["prior"].detach())
    other = run()
    load_game_state(other.game, game_state(stepped(run(), 6).game))
    assert one == float(other.game.terms_of("prior")["prior"].detach())


def test_the_codebook_begins_with_vectors_of_the_first_batch() -> None:
    trainer = run(optimiser_g="sgd", learning_rate_g=1e-6, beta1_g=0.0)
    E: Any = trainer.game.modules["E"]
    z: list[Tensor] = []
    E.register_forward_hook(lambda module, given, made: z.append(made.detach()))
    trainer.game.update()
    flat = z[0].permute(0, 2, 3, 1).reshape(-1, 4)
    C: Any = trainer.game.modules["C"]
    apart = (C.weight.detach()[:, None] - flat[None]).abs().amax(2)
    assert apart.min(1).values.max() < 1e-4


def test_dead_codes_come_back_by_a_seeded_stream() -> None:
    one, again = (run(network={"codes": 64}, codebook_start="uniform", revive_every=1, learning_rate_g=1e-6)
                  for _ in range(2))
    for trainer in (one, again):
        C: Any = trainer.game.modules["C"]
        before = C.weight.detach().clone()
        trainer.game.update()
        moved = (C.weight - before).abs().amax(1) > 1e-3
        assert 0 < int(moved.sum()) < 64
    assert one.game.weights_hash() == again.game.weights_hash()


def test_a_large_uniform_codebook_has_dead_codes_and_revival_brings_them_to_use() -> None:
    def used(revive_every: int) -> float:
        trainer = run(network={"codes": 256, "code_dim": 16}, codebook_start="uniform", first_steps=40, disc_start=40,
                      learning_rate_g=2e-3, schedule="constant", revive_every=revive_every)
        stepped(trainer, 30)
        return float(trainer.game.variant.diagnostics()["codes used"])

    assert used(0) < 12
    assert used(5) > 2 * used(0)


@pytest.mark.parametrize("updates", [1, 5, 8, 9, 11])
def test_a_run_goes_on_bit_for_bit_in_both_phases_and_across_their_border(updates: int) -> None:
    straight = run()
    for _ in range(updates):
        straight.update()
    state = load(save(game_state(straight.game)))
    other = run()
    load_game_state(other.game, state)
    assert other.position == straight.position and other.game.phase == straight.game.phase
    for _ in range(7):
        mine, theirs = straight.game.update(), other.game.update()
        assert (mine.player, mine.at) == (theirs.player, theirs.at) and mine.terms.keys() == theirs.terms.keys()
        assert all(torch.equal(term, theirs.terms[name]) for name, term in mine.terms.items())
    assert straight.game.phase.name == PRIOR or updates < 3
    assert game_state(other.game).keys() == game_state(straight.game).keys()
    assert all(torch.equal(tensor, game_state(other.game)[name])
               for name, tensor in game_state(straight.game).items())


def test_a_user_can_end_the_first_phase_and_what_follows_is_repeated_from_a_state() -> None:
    trainer = stepped(run(), 2)
    trainer.game.end_phase()
    assert trainer.game.phase == Phase(name=PRIOR)
    stepped(trainer, 2)
    other = run()
    load_game_state(other.game, load(save(game_state(trainer.game))))
    assert other.game.phase.name == PRIOR and other.game.phase.shown == 2
    assert stepped(other, 2).game.weights_hash() == stepped(trainer, 2).game.weights_hash()


def test_decay_takes_from_the_priors_linear_weights_alone() -> None:
    plain, decayed = (stepped(run(weight_decay=decay, schedule="constant"), 6) for decay in (0.0, 0.5))
    for trainer in (plain, decayed):
        trainer.game.update()
    ours, theirs = (trainer.game.modules["T"].state_dict() for trainer in (decayed, plain))
    kept = 1 - 0.5 * 2e-3
    for name, weight in theirs.items():
        linear = name.endswith("weight") and any(part in name for part in ("attend", "joined", "mlp", "head"))
        torch.testing.assert_close(ours[name], weight * kept if linear else weight, rtol=1e-5, atol=1e-8)


def test_samples_are_codes_by_frequency_and_then_by_the_prior() -> None:
    trainer = stepped(run(), 5)
    game = trainer.game

    def made(phase: Phase, seed: int = 2) -> Tensor:
        with torch.no_grad():
            return game.generate(Given(count=3, phase=phase, rng=torch.Generator().manual_seed(seed)))

    by_frequency, by_prior = made(Phase(name=WITH_D)), made(Phase(name=PRIOR))
    assert by_frequency.shape == by_prior.shape == (3, 3, 16, 16)
    assert torch.equal(by_prior, made(Phase(name=PRIOR))) and not torch.equal(by_prior, made(Phase(name=PRIOR), 4))
    assert trainer.view.generate(trainer.view.latents[:5]).shape == (5, 3, 16, 16)


def test_the_cast_of_all_phases_is_known_from_the_start() -> None:
    assert {info.name: info.modules for info in cast_of(run().game)} == {
        "discriminator": ["D"], "generator": ["E", "C", "G"], "prior": ["T"]}


def test_moving_the_border_leaves_the_run_where_it_is() -> None:
    trainer = stepped(run(), 4)
    trainer.apply(Change(name="first_steps", value=4))
    assert trainer.game.phase.name == PRIOR
    stepped(trainer, 2)
    assert trainer.position.steps == 6
