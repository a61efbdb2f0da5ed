"""The benchmark of toy presets: its plain loops play the game that ours plays. No timing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import torch
from small_games import narrow, network_for
from torch import Tensor, nn

from ganstudio.bench import presets
from ganstudio.bench.presets import CASES, Case, Habits, Presets, plain_step, sides
from ganstudio.core.turn import Turn
from ganstudio.networks.parts.noise import copied_module
from ganstudio.training.game import Game
from ganstudio.training.resolve_spec import resolved
from ganstudio.training.trainer import Trainer


def small(name: str) -> Case:
    """The same case with few images, narrow players and small batches, in float32."""
    case = CASES[name]
    network = network_for(case.spec.variant)
    few = {"count": 100} if "count" in case.spec.data_controls else {}
    side = 32 if name in ("gawwn", "vqgan") else 16
    spec = msgspec.structs.replace(
        case.spec, device="cpu", threads=1, dtype="float32", memory="contiguous",
        controls={**case.spec.controls, **({} if name == "singan" else {"batch_size": 4})},
        data_controls={**case.spec.data_controls, **few}, network_controls=narrow(network, side))
    return case._replace(spec=spec, period=1)


def weights(modules: dict[str, nn.Module]) -> Tensor:
    """All weights, in the order of the modules' names."""
    return torch.cat([weight.detach().flatten().clone() for name in sorted(modules)
                      for weight in modules[name].parameters()])


def copies_of(game: Game, monkeypatch: pytest.MonkeyPatch) -> dict[str, nn.Module]:
    """Filled with the copies that a plain loop makes of the modules of a game."""
    copies: dict[str, nn.Module] = {}
    names = {id(module): name for name, module in game.modules.items()}

    def noting(module: nn.Module) -> nn.Module:
        copy = copied_module(module)
        if id(module) in names:
            copies[names[id(module)]] = copy
        return copy

    monkeypatch.setattr(presets, "copied_module", noting)
    return copies


def with_draws_of(twin: Game) -> Any:
    """In the place of ``Turn``: one whose samples and latents are those of a game's next update."""

    def turn(player: str, update: int, *given: Any) -> Turn:
        twin.updates_of[player] = update
        found = twin.turn(player)
        found._modules, found.no_grad, found.place = given[2], given[6], given[7]
        return found

    return turn


@pytest.mark.parametrize("name", ["spade", "vqgan"])
def test_with_the_same_draws_the_plain_loop_moves_as_ours_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = small(name)
    trainer, twin = Trainer(case.spec), Trainer(case.spec)
    copies = copies_of(trainer.game, monkeypatch)
    step = plain_step(trainer.game, case.habits)
    monkeypatch.setattr(presets, "Turn", with_draws_of(twin.game))
    before = weights(trainer.game.modules)
    assert torch.equal(weights(copies), before)
    step()
    assert torch.equal(weights(trainer.game.modules), before)  # the plain loop's weights are its own
    trainer.step()
    moved, theirs = weights(trainer.game.modules) - before, weights(copies) - before
    assert (moved - theirs).norm() < 0.02 * moved.norm()  # Adam's first step makes much of gradients near 0


@pytest.mark.parametrize("name", ["cyclegan", "stylegan2", "vqgan"])
def test_a_plain_step_moves_every_player(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = small(name)
    game = Trainer(case.spec).game
    copies = copies_of(game, monkeypatch)
    step = plain_step(game, case.habits)
    before = {module: weights({module: copy}) for module, copy in copies.items()}
    step()
    moving = {module for team in game.variant.players(game.phase).values() for module in team}
    moved = {module for module, copy in copies.items() if not torch.equal(weights({module: copy}), before[module])}
    assert moved == moving
    assert all(weights({module: copy}).isfinite().all() for module, copy in copies.items())


def test_shared_images_are_made_once_and_detached_for_d() -> None:
    made: list[Tensor] = []

    class Doubling(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            made.append(2 * x)
            return made[-1]

    shared, z = presets._Shared(Doubling()), torch.ones(3, requires_grad=True)
    for_d = shared(z)
    shared.moves = True
    for_g = shared(z)
    assert len(made) == 1
    assert for_g is made[0] and not for_d.requires_grad
    shared(z)  # once more with the same: a pass of its own
    assert len(made) == 2


def test_singan_is_measured_at_its_finest_scale_and_vqgan_with_d(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "SECONDS", 0.0)
    found: list[Game] = []

    def noting(game: Game, habits: Habits) -> Callable[[], None]:
        found.append(game)
        return lambda: None

    monkeypatch.setattr(presets, "plain_step", noting)
    for name in ("singan", "vqgan"):
        ours, theirs = sides(small(name))
        assert ours() > 0 and theirs() > 0
    singan, vqgan = found
    assert singan.phase.scale == singan.phase.levels - 1
    assert set(vqgan.cycle()) == {"generator", "discriminator"} and all(vqgan.cycle().values())


def test_every_case_has_a_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "CASES", {"vqgan": small("vqgan")})
    monkeypatch.setattr(presets, "SECONDS", 0.0)
    monkeypatch.setattr(presets, "REPEATS", 1)
    said: list[str] = []
    figures = Presets().run(said.append)
    assert list(figures) == said == ["vqgan_ratio"]
    assert figures["vqgan_ratio"] > 0


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_measured_runs_stand(name: str) -> None:
    """What follows from the toy preset, and a period in which every penalty comes as often as it should."""
    case = CASES[name]
    spec = small(name).spec
    controls = resolved(msgspec.structs.replace(spec, controls=case.spec.controls)).controls
    intervals = [getattr(controls, interval) for interval in ("r1_interval", "path_interval", "revive_every")
                 if hasattr(controls, interval)]
    assert all(case.period % interval == 0 for interval in intervals)
    assert f"{name}_ratio" in Presets.goals
