"""Games of any cast train, are recorded, resumed, repeated and looked at as games of two are."""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from casts_kit import CASTS, TOYS, Cast, play, same_state
from torch import Tensor
from toy_singan import STEPS

from ganstudio.core import leaves
from ganstudio.core.protocol.messages import SnapshotRequest
from ganstudio.core.protocol.spec import Parent, Plan, SingleStep
from ganstudio.core.protocol.views import View, Walk
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.view_frames import Frame, packed, unpacked
from ganstudio.core.system.errors import BadInput
from ganstudio.engine.live_views import LiveViews
from ganstudio.export.generator import read_generator, write_generator
from ganstudio.export.onnx import write_onnx
from ganstudio.maths.optimisers import optimiser
from ganstudio.training import memory_estimate
from ganstudio.training.branching import branch_run
from ganstudio.training.checkpoint import rebuild, restore
from ganstudio.training.game import SHARED
from ganstudio.training.measuring import CopiedImages, copy_for_measuring
from ganstudio.training.memory_estimate import ALLOCATOR, footprint
from ganstudio.training.recorder import Recorder
from ganstudio.training.resolve_spec import datasets, networks, probes, variants
from ganstudio.training.run_description import abilities, describe_run
from ganstudio.training.trainer import Trainer
from ganstudio.training.verification import verified
from ganstudio.training.view_recording import probes_of

CELLS = 16
WALK = Walk(anchors=[0, 5], path="line", blend="slerp", at=[(0.0, 0.0), (0.5, 0.0), (1.0, 0.0)])


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toys are leaves while a test runs."""
    for walk in variants, networks, datasets:
        walk()
    for folder, found in TOYS.items():
        for leaf in found:
            monkeypatch.setitem(leaves._KNOWN[f"ganstudio.{folder}"].leaves, leaf.name, leaf)


@pytest.fixture(params=CASTS)
def cast(request: pytest.FixtureRequest) -> Cast:
    return CASTS[request.param]


def look(trainer: Trainer) -> dict[str, View]:
    """Every view that a window may ask for."""
    trainer.view.walk_asked = WALK
    has = abilities(trainer.game)
    return {name: leaf().look(trainer.view, CELLS) for name, leaf in probes().items() if leaf.fits("image", has)}


# Training and its record -------------------------------------------------------------------------------------------


def test_it_trains_and_its_terms_stand_under_their_players(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    trainer = cast.kept(path)
    reader = RunReader(path)
    batches, scene = reader.scalars_of(trainer.game.variant.cast), reader.scene()
    reader.close()
    names, rows = defaultdict[str, set[str]](set), defaultdict[str, int](int)
    for batch in batches:
        names[batch.player] |= set(batch.names)
        rows[batch.player] += batch.at.shape[0]
        assert np.isfinite(batch.values.numpy()).all()
    assert names == cast.terms
    assert dict(rows) == trainer.position.by_player
    assert scene is not None and {player.name for player in scene.players} == set(cast.terms)
    verdict = verified(path)
    assert verdict.identical and verdict.steps == cast.steps and verdict.hash == trainer.game.weights_hash()
    assert verdict.compared == trainer.game.updates + 2


@pytest.mark.parametrize(
    ("cast", "updates"), [(cast, at) for cast in CASTS.values() for at in cast.moments],
    ids=[f"{name}-{at}" for name, cast in CASTS.items() for at in cast.moments])
def test_a_run_that_was_killed_goes_on_bit_for_bit(cast: Cast, updates: int, tmp_path: Path) -> None:
    whole = cast.trainer()
    play(whole, cast.steps)
    trainer = cast.trainer()
    recorder = Recorder(tmp_path / "run.ganrun", trainer)
    while trainer.game.updates < updates:
        trainer.update()
    recorder.note(trainer.flush())
    recorder.pin(for_good=False)
    at_checkpoint = trainer.position
    assert at_checkpoint.place or set(trainer.game.cycle().values()) == {1}
    trainer.update()
    trainer.update()
    recorder.note(trainer.flush())
    trainer.update()  # of this one the file knows nothing
    recorder.settle()
    left = tmp_path / "left"
    left.mkdir()
    for file in tmp_path.glob("run.ganrun*"):
        shutil.copy(file, left / file.name)
    recorder.close()
    path = left / "run.ganrun"
    assert restore(path).position == at_checkpoint
    run = rebuild(path)
    assert run.repeated == 2
    resumed = Recorder.resumed(path, run, Plan(steps=cast.steps))
    play(run.trainer, cast.steps, resumed)
    resumed.note(run.trainer.flush())
    resumed.close()
    assert same_state(run.trainer, whole)
    verdict = verified(path)
    assert verdict.identical and verdict.compared == whole.game.updates + 3


def test_a_branch_of_every_phase_repeats_by_itself(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    cast.kept(path)
    for steps in sorted({3, cast.steps // 2, cast.steps - 2}):
        found = branch_run(path, steps)
        whole = cast.trainer()
        play(whole, steps)
        assert same_state(found.trainer, whole)
        assert all(batch.at.doubles().max() <= steps for batch in found.past)
        assert all(batch.at.doubles().min() > steps for batch in found.beyond)
        child = tmp_path / f"branch{steps}.ganrun"
        recorder = found.recorder(child, Plan(), Parent(file=path.name, position=found.trainer.position))
        play(found.trainer, cast.steps, recorder)
        recorder.note(found.trainer.flush())
        recorder.close()
        play(whole, cast.steps)
        assert same_state(rebuild(child).trainer, whole)
        assert verified(child).identical


def test_each_player_of_the_phase_can_be_stepped_and_no_other(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    trainer = cast.trainer()
    recorder = Recorder(path, trainer)
    for steps in (0, 2, cast.steps - 1):
        play(trainer, steps, recorder)
        there = list(trainer.game.players)
        for player in [*cast.terms, "critic"]:
            before = trainer.position
            if player in there:
                trainer.apply(SingleStep(player=player))
                assert trainer.position.of(player) == before.of(player) + 1
            else:
                with pytest.raises(BadInput, match=f"'{player}' cannot be stepped: the players are {there[0]}"):
                    trainer.apply(SingleStep(player=player))
                assert trainer.position == before
    play(trainer, cast.steps, recorder)
    recorder.note(trainer.flush())
    recorder.close()
    verdict = verified(path)
    assert verdict.identical and verdict.hash == trainer.game.weights_hash()
    assert same_state(rebuild(path).trainer, trainer)


# Looking -----------------------------------------------------------------------------------------------------------


def test_looking_changes_nothing_and_only_learning_moves_the_picture(cast: Cast) -> None:
    alone, watched = cast.trainer(), cast.trainer()
    play(alone, cast.steps)
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    begun = look(watched)["samples"]
    while watched.game.steps < cast.steps:
        assert msgspec.msgpack.encode(look(watched)) == msgspec.msgpack.encode(look(watched))
        watched.update()
    assert msgspec.msgpack.encode(look(watched)["samples"]) != msgspec.msgpack.encode(begun)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert same_state(watched, alone)


def test_every_view_that_is_recorded_reads_back(cast: Cast) -> None:
    trainer = cast.trainer()
    for steps in (0, 1, cast.steps):
        play(trainer, steps)
        for name, probe in probes_of(trainer).items():
            frame = Frame(name=name, position=trainer.position, view=probe.look(trainer.view, CELLS))
            assert msgspec.msgpack.encode(unpacked(packed(frame)).view) == msgspec.msgpack.encode(frame.view)


def test_only_games_with_a_loss_of_scores_are_asked_for_the_gradients_of_one() -> None:
    has_scores = {name for name, cast in CASTS.items() if "scores" in describe_run(cast.trainer()).has}
    assert has_scores == {"cgan"}  # the toys state their terms whole
    for name, cast in CASTS.items():
        trainer = cast.trainer()
        recorded = probes_of(trainer).keys()
        assert ({"gradients", "balance"} & recorded) == ({"gradients", "balance"} if name in has_scores else set())
        look = LiveViews(trainer).snapshot(
            1, SnapshotRequest(run=1, views=["gradients", "samples"]), ["gradients", "samples"], playing=False)
        assert look.views.keys() == ({"gradients", "samples"} if name in has_scores else {"samples"})


def test_pictures_are_as_large_as_the_players_have_come() -> None:
    trainer = CASTS["singan"].trainer()
    for scale in range(3):
        play(trainer, scale * STEPS)
        side = 4 << scale
        assert trainer.view.real.shape[1:] == trainer.view.generate(trainer.view.latents).shape[1:] == (1, side, side)
        assert trainer.view.score(trainer.view.real).shape == (64,)
        levels, few = range(scale + 1), trainer.view.latents[:2]
        sides = [trainer.view.generate_at_level(few, level, False).shape[-1] for level in levels]
        assert sides == [4 << level for level in levels]


def test_what_is_measured_is_made_by_copies(cast: Cast) -> None:
    trainer = cast.trainer()
    play(trainer, cast.steps)
    hash_before = trainer.game.weights_hash()
    made: list[Tensor] = []
    for _ in range(2):
        evidence = copy_for_measuring(trainer, 6)
        assert isinstance(evidence, CopiedImages)
        with torch.no_grad():
            made.append(evidence.generate(evidence.given.rows(0, 6)))
    assert made[0].shape == (6, *trainer.view.real.shape[1:]) and torch.equal(*made)
    assert trainer.game.weights_hash() == hash_before


# Memory ------------------------------------------------------------------------------------------------------------


def test_the_estimate_is_near_what_a_run_takes(cast: Cast) -> None:
    size = 256  # activations, not blocks of draws, are most of it
    with memory_estimate._Living() as living:
        trainer = cast.trainer(batch_size=size)
        built = living.now
        play(trainer, cast.steps if len(cast.moments) > 2 or "prior" in cast.terms else 2)
    plan = trainer._plan
    assert plan is not None
    estimated = (footprint(plan).of(size) - footprint(plan).lasting) / ALLOCATOR
    assert 0.6 < estimated / (max(living.moments) - built) < 1.7


# Randomness --------------------------------------------------------------------------------------------------------


def draws(cast: Cast, streams: int, critic_steps: int) -> dict[str, list[Tensor]]:
    """The latents of each player, in the order in which they were taken."""
    trainer = cast.trainer(streams=streams, critic_steps=critic_steps)
    taken = defaultdict[str, list[Tensor]](list)
    while trainer.game.steps < 4:
        player = trainer.game.next_player()
        stream = trainer.game.latents_of(trainer.game.stream_of(player))
        before, at = stream._block, stream._at
        trainer.update()
        taken[player].append(before[at : stream._at].clone())
    assert list(trainer.game.latents) == ([SHARED] if streams == 1 else ["discriminator", "generator"])
    return taken


@pytest.mark.parametrize("name", ["cgan", "stylegan2", "msg-gan"])
def test_each_player_draws_the_same_latents_however_often_the_other_moves(name: str) -> None:
    one, three = (draws(CASTS[name], 2, k) for k in (1, 3))
    for player in "discriminator", "generator":
        assert len(one[player]) >= 4
        assert all(torch.equal(a, b) for a, b in zip(one[player], three[player], strict=False))
    assert not torch.equal(one["discriminator"][0], one["generator"][0])
    shared, others = (draws(CASTS[name], 1, k) for k in (1, 3))
    assert torch.equal(shared["discriminator"][0], others["discriminator"][0])
    assert not torch.equal(shared["generator"][0], others["generator"][0])


def test_dropout_is_noise_that_training_draws_and_looking_holds_still() -> None:
    trainer = CASTS["pix2pix"].trainer()
    trainer.step()
    first, second = (trainer.view.generate(trainer.view.latents[:8]) for _ in range(2))
    assert torch.equal(first, second)
    source = trainer.view.batch.source
    assert source is not None
    turn = trainer.game.turn("generator")
    with torch.no_grad():
        assert not torch.equal(turn.G(source[:8]), turn.G(source[:8]))


# Phases ------------------------------------------------------------------------------------------------------------


def test_scales_that_are_done_are_frozen_and_optimisers_begin_again() -> None:
    trainer = CASTS["singan"].trainer()
    play(trainer, STEPS)
    done = {name: module.state_dict()["0.weight"].clone() for name, module in trainer.game.modules.items()}
    assert list(trainer.game.players) == ["discriminator", "generator"]
    for player in trainer.game.players.values():
        fresh = optimiser(player.optimiser_name, player.flat).state()
        assert all(torch.equal(tensor, fresh[name]) for name, tensor in player.optimiser.state().items())
    play(trainer, 2 * STEPS)
    moved = {name for name, module in trainer.game.modules.items()
             if not torch.equal(module.state_dict()["0.weight"], done[name])}
    assert moved == {"D1", "G1"}


def test_a_prior_plays_alone_after_the_autoencoder() -> None:
    trainer = CASTS["vqgan"].trainer()
    play(trainer, 6)
    assert trainer.position.by_player == {"generator": 6, "discriminator": 6}
    assert list(trainer.game.players) == ["prior"]
    before = trainer.game.modules["E"].state_dict()["weight"].clone()
    play(trainer, 9)
    assert trainer.position.by_player == {"generator": 6, "discriminator": 6, "prior": 3}
    assert trainer.position.place == 0 and not trainer.game.in_step
    assert torch.equal(trainer.game.modules["E"].state_dict()["weight"], before)
    assert [(p.name, p.letter) for p in trainer.game.variant.player_info()] == [
        ("generator", "G"), ("discriminator", "D"), ("prior", "P")]


# The average and the file of a generator ---------------------------------------------------------------------------


def test_the_average_of_a_generator_that_draws_follows_it() -> None:
    trainer = CASTS["stylegan2"].trainer()
    play(trainer, 5)
    average = trainer.game.average
    assert average is not None and average.count == 5
    z = trainer.view.latents[:4]
    first, second = trainer.view.average(z), trainer.view.average(z)
    assert first is not None and second is not None and torch.equal(first, second)
    assert not torch.equal(first, trainer.view.generate(z))
    assert CASTS["cyclegan"].trainer().game.average is None  # no module is called G


def test_a_generator_of_a_latent_is_exported_and_others_are_refused(tmp_path: Path) -> None:
    trainer = CASTS["stylegan2"].trainer()
    play(trainer, 2)
    write_generator(trainer, tmp_path / "g.safetensors")
    z = trainer.view.latents[:4]
    made = [read_generator(tmp_path / "g.safetensors")[0](z) for _ in range(2)]
    assert torch.equal(*made)
    for name in "pix2pix", "cyclegan", "cgan", "singan", "vqgan":
        with pytest.raises(BadInput, match="has no generator that makes samples of a latent alone"):
            write_generator(CASTS[name].trainer(), tmp_path / f"{name}.safetensors")


def test_of_several_scales_the_finest_is_exported(tmp_path: Path) -> None:
    trainer = CASTS["msg-gan"].trainer()
    play(trainer, 2)
    z = trainer.view.latents[:4]
    write_generator(trainer, tmp_path / "g.safetensors")
    module, words = read_generator(tmp_path / "g.safetensors")
    made = module(z)
    assert list(made.shape[1:]) == words.samples.shape
    averaged = trainer.view.average(z)
    assert averaged is not None and torch.equal(made, averaged)
    assert module.state_dict().keys() == trainer.game.modules["G"].state_dict().keys()


def test_of_several_scales_onnx_has_the_finest(tmp_path: Path) -> None:
    pytest.importorskip("onnxscript")
    reference = pytest.importorskip("onnx.reference")
    trainer = CASTS["msg-gan"].trainer()
    play(trainer, 2)
    z = trainer.view.latents[:4]
    write_onnx(trainer, tmp_path / "g.onnx")
    (made,) = reference.ReferenceEvaluator(str(tmp_path / "g.onnx")).run(None, {"z": z.numpy()})
    averaged = trainer.view.average(z)
    assert averaged is not None
    np.testing.assert_allclose(made, averaged.numpy(), atol=1e-5)
