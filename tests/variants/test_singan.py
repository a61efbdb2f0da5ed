"""SinGAN's scales: how each begins, what is frozen, what is drawn once, and runs that are broken off between them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ganstudio.core.control import Value
from ganstudio.core.game_graph import game_graph
from ganstudio.core.protocol.spec import Change, Grow, Parent, Plan, SingleStep, Spec
from ganstudio.maths.optimisers import optimiser
from ganstudio.maths.scale_pyramid import enlarged, reduced
from ganstudio.networks.parts.scales import reconstructions
from ganstudio.training.branching import branch_run
from ganstudio.training.checkpoint import rebuild, restore
from ganstudio.training.game_state import game_state
from ganstudio.training.recorder import Recorder
from ganstudio.training.run_description import abilities, describe_run
from ganstudio.training.trainer import Trainer
from ganstudio.training.verification import verified

ITERATIONS = 3
LAYERS = "layers."


def trainer(seed: int = 3, network: dict[str, Value] | None = None, **controls: Value) -> Trainer:
    """Three scales of three steps, narrow."""
    return Trainer(Spec(
        variant="singan", data="one-image", seed=seed, device="cpu", threads=1, dtype="float32", memory="contiguous",
        controls={"iterations_per_scale": ITERATIONS, **controls},
        network_controls={"width": 4, "scales": 3, **(network or {})}))


def play(run: Trainer, steps: int, recorder: Recorder | None = None) -> None:
    while run.game.steps < steps:
        run.step()
        if recorder is not None and run.waiting_scalars >= 5:
            recorder.note(run.flush())


def module(run: Trainer, name: str) -> Any:
    """A module of the run."""
    return run.game.modules[name]


def weights(run: Trainer, name: str) -> dict[str, Tensor]:
    return {key: tensor.clone() for key, tensor in run.game.modules[name].state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(tensor, other[key]) for key, tensor in one.items())


def same_state(one: Trainer, other: Trainer) -> bool:
    return one.game.weights_hash() == other.game.weights_hash() and same(game_state(one.game), game_state(other.game))


def error_of(run: Trainer, scale: int) -> float:
    """RMSE between the enlarged reconstruction of the scale below and the image at this scale."""
    size = module(run, "G0").sizes[scale]
    with run.view.at_rest() as modules:
        below = enlarged(reconstructions(modules, scale - 1)[-1], size)
    return float((below - reduced(run.view.real[:1], size)).square().mean().sqrt())


# Phases ------------------------------------------------------------------------------------------------------------


def test_a_step_is_three_updates_of_each_player_of_its_scale() -> None:
    run = trainer()
    assert run.game.levels == 3 and dict(run.game.cycle()) == {"discriminator": 3, "generator": 3}
    for scale in range(3):
        play(run, scale * ITERATIONS + 1)
        phase = run.game.phase
        assert (phase.scale, phase.shown, phase.lasts) == (scale, 1, ITERATIONS if scale < 2 else 0)
        assert phase.name == f"scale {scale} of 0 to 2"
        assert run.game.variant.players(phase) == {"discriminator": (f"D{scale}",), "generator": (f"G{scale}",)}
    play(run, 20)
    assert run.game.phase.scale == 2 and run.game.phase.shown == 14
    assert run.position.by_player == {"discriminator": 60, "generator": 60}
    assert "phases" not in abilities(run.game) and {"one image", "scales"} <= abilities(run.game)


def test_a_scale_that_is_done_is_frozen_and_rests_on_its_running_statistics() -> None:
    run = trainer()
    play(run, ITERATIONS)
    done = {name: weights(run, name) for name in ("G0", "D0")}
    assert [run.game.modules[f"{kind}{at}"].training for at in range(3) for kind in "GD"] == [
        False, False, True, True, False, False]
    play(run, 2 * ITERATIONS)
    assert all(same(before, weights(run, name)) for name, before in done.items())
    assert not run.game.modules["G1"].training and run.game.modules["G2"].training


def test_a_scale_begins_from_the_weights_of_the_one_before_with_fresh_optimisers() -> None:
    run = trainer()
    play(run, ITERATIONS - 1)
    first = weights(run, "G1")
    play(run, ITERATIONS)
    before, after = weights(run, "G0"), weights(run, "G1")
    layers = [key for key in after if key.startswith(LAYERS)]
    assert layers and all(torch.equal(before[key], after[key]) for key in layers)
    assert not same(first, after) and same(weights(run, "D0"), weights(run, "D1"))
    for player in run.game.players.values():
        fresh = optimiser(player.optimiser_name, player.flat).state()
        assert same(dict(player.optimiser.state()), dict(fresh))


def test_a_scale_of_another_width_begins_from_its_own_weights() -> None:
    run = trainer(network={"double_every": 1})
    first = weights(run, "G1")
    play(run, ITERATIONS)
    after = weights(run, "G1")
    assert all(torch.equal(first[key], after[key]) for key in first if key != "sigma")
    assert not torch.equal(first["sigma"], after["sigma"])


def test_the_noise_of_a_scale_is_a_tenth_of_the_error_that_it_begins_from() -> None:
    run = trainer()
    assert float(module(run, "G0").sigma) == 1
    for scale in (1, 2):
        play(run, scale * ITERATIONS)
        assert float(module(run, f"G{scale}").sigma) == pytest.approx(0.1 * error_of(run, scale), rel=1e-5)
    play(run, 3 * ITERATIONS)
    assert float(module(run, "G2").sigma) == pytest.approx(0.1 * error_of(run, 2), rel=1e-5)  # the same since


def test_the_fixed_noise_is_drawn_once_and_is_what_the_reconstruction_is_asked_of() -> None:
    run = trainer()
    z = module(run, "G0").z_star.clone()
    play(run, 8)
    assert torch.equal(module(run, "G0").z_star, z)
    assert torch.equal(module(trainer(), "G0").z_star, z)
    assert not torch.equal(module(trainer(seed=4), "G0").z_star, z)


def test_rates_are_a_tenth_in_the_last_fifth_of_a_scale() -> None:
    run = trainer(iterations_per_scale=5)
    seen = []
    while run.game.steps < 7:
        seen.append(run.game.pace_of("generator").rate)
        run.step()
    rate = run.game.controls.learning_rate_g
    assert seen == pytest.approx([rate, rate, rate, rate, 0.1 * rate, rate, rate])


def test_a_scale_can_be_ended_by_hand_and_the_finest_cannot() -> None:
    run = trainer(iterations_per_scale=1000)
    for scale in range(3):
        assert run.game.phase.scale == scale
        run.apply(Grow())
        assert run.game.phase.scale == scale  # it takes the image to begin a scale: the next update has it
        run.update()
    assert run.game.phase.scale == 2
    run.apply(Change(name="iterations_per_scale", value=1))
    play(run, run.game.steps + 2)
    assert run.game.phase.scale == 2


def test_a_frozen_generator_counts_the_critics_updates() -> None:
    run = trainer(generator_steps=0)
    play(run, ITERATIONS)
    assert run.game.phase.scale == 1


def test_what_the_scales_minimise() -> None:
    run = trainer()
    of_d, of_g = run.game.terms_of("discriminator"), run.game.terms_of("generator")
    assert set(of_d) == {"critic", "penalty"} and set(of_g) == {"generator", "reconstruction"}
    run.apply(Change(name="reconstruction_weight", value=0.0))
    run.apply(Change(name="gp_weight", value=0.0))
    assert set(run.game.terms_of("discriminator")) == {"critic"}
    assert set(run.game.terms_of("generator")) == {"generator"}
    play(run, ITERATIONS + 1)
    run.apply(Change(name="reconstruction_weight", value=10.0))
    state = game_state(run.game)
    term = run.game.terms_of("generator")["reconstruction"]
    G = module(run, "G1")
    size = module(run, "G0").sizes[1]
    with torch.no_grad():
        below = enlarged(reconstructions(run.game.modules, 0)[-1], size)
        expected = 10 * (G(None, below) - reduced(run.view.real[:1], size)).square().mean()
    assert float(term.detach()) == pytest.approx(float(expected), rel=1e-5)
    assert state["variant/scale"] == 1


# Looking -----------------------------------------------------------------------------------------------------------


def test_images_have_the_size_of_the_data_at_every_scale() -> None:
    run = trainer()
    for scale in range(3):
        play(run, scale * ITERATIONS)
        z = run.view.latents[:4]
        made = run.view.generate(z)
        assert made.shape == (4, 3, 36, 48) == run.view.real[:4].shape
        assert torch.equal(made, run.view.generate(z)), "the same noise at every look"
        torch.testing.assert_close(made[1:2], run.view.generate(z[1:2]), atol=1e-5, rtol=0)
        assert run.view.score(run.view.real[:2]).shape == (2,)
    assert run.view.latents.shape == (64, 12 * 16) and run.spec.network_controls["latent_dim"] == 1


def test_a_run_says_its_players_and_what_flows() -> None:
    started = describe_run(trainer())
    assert started.shape == [3, 36, 48]
    assert {player.name: player.modules for player in started.players} == {
        "discriminator": ["D0", "D1", "D2"], "generator": ["G0", "G1", "G2"]}
    graph = game_graph(started.players, started.flows)
    assert (graph.node("G").count, graph.node("D").count) == (3, 3), "D1 is drawn although no update of it is rehearsed"
    flows = {(flow.player, flow.origin, flow.target) for flow in started.flows}
    assert {("discriminator", "noise", "G0"), ("discriminator", "data", "D0"), ("generator", "G2", "D2"),
            ("generator", "G2", "loss"), ("generator", "data", "loss")} <= flows


# Runs that are broken off ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("updates", [4, 17, 20, 38])  # within scales, and one before and after a scale begins
def test_a_run_that_was_killed_goes_on_bit_for_bit_across_scales(updates: int, tmp_path: Path) -> None:
    whole, steps = trainer(), 8
    play(whole, steps)
    run = trainer()
    recorder = Recorder(tmp_path / "run.ganrun", run)
    while run.game.updates < updates:
        run.update()
    recorder.note(run.flush())
    recorder.pin(for_good=False)
    at = run.position
    for _ in range(3):
        run.update()
    recorder.note(run.flush())
    recorder.settle()
    left = tmp_path / "left"
    left.mkdir()
    for file in tmp_path.glob("run.ganrun*"):
        shutil.copy(file, left / file.name)
    recorder.close()
    path = left / "run.ganrun"
    assert restore(path).position == at
    resumed = rebuild(path)
    again = Recorder.resumed(path, resumed, Plan(steps=steps))
    play(resumed.trainer, steps, again)
    again.note(resumed.trainer.flush())
    again.close()
    assert same_state(resumed.trainer, whole)
    assert verified(path).identical


def test_a_branch_of_every_scale_repeats_by_itself(tmp_path: Path) -> None:
    path, steps = tmp_path / "run.ganrun", 8
    run = trainer()
    recorder = Recorder(path, run)
    run.apply(SingleStep(player="generator"))
    play(run, 4, recorder)
    run.apply(Change(name="reconstruction_weight", value=50.0))
    play(run, steps, recorder)
    recorder.note(run.flush())
    recorder.close()
    verdict = verified(path)
    assert verdict.identical and verdict.hash == run.game.weights_hash()
    for begin in (2, 3, 6):
        found = branch_run(path, begin)
        child = tmp_path / f"branch{begin}.ganrun"
        recorder = found.recorder(child, Plan(), Parent(file=path.name, position=found.trainer.position))
        play(found.trainer, steps, recorder)
        recorder.note(found.trainer.flush())
        recorder.close()
        assert verified(child).identical
        assert same_state(rebuild(child).trainer, found.trainer)


def test_looking_draws_nothing_of_the_run_and_moves_no_buffer() -> None:
    from ganstudio.core.protocol.asks import Variation
    from ganstudio.training.resolve_spec import probes

    seen, unseen = trainer(), trainer()
    leaves: list[Any] = [leaf() for leaf in probes().values() if leaf.fits("image", abilities(seen.game))]
    assert {"reconstructions", "variations"} <= {leaf.name for leaf in leaves}
    for step in range(1, 8):
        seen.view.asks = [Variation(start=step % 3, wide=1.5, draw=step)]
        for leaf in leaves:
            leaf.look(seen.view, 16)
        play(seen, step)
        play(unseen, step)
    assert same_state(seen, unseen)
