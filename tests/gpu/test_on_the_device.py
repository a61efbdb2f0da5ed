"""What a run promises, on the device of `make gpu-check`: the GPU if there is one. Without, few cases, on the CPU."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from draws_of_the_cpu import draws_of_the_cpu
from PySide6.QtWidgets import QApplication
from small_games import VARIANTS, small
from torch import Tensor

from ganstudio.cli import main
from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Change, Plan, Spec
from ganstudio.core.variant import Terms
from ganstudio.engine.training_thread import TrainingThread
from ganstudio.training.checkpoint import rebuild
from ganstudio.training.game_state import game_state
from ganstudio.training.measuring import copy_for_measuring
from ganstudio.training.recorder import Recorder
from ganstudio.training.recordings import Rerun
from ganstudio.training.resolve_spec import probes
from ganstudio.training.run_description import abilities
from ganstudio.training.trainer import Trainer
from ganstudio.training.update_graphs import UpdateGraphs
from ganstudio.training.verification import verified
from ganstudio.variants.wgan_gp import WGANGP

pytestmark = pytest.mark.gpu

FEW = ["wgan-gp", "cgan", "dcgan", "stylegan2"]  # of the CPU's part: on points, with labels, images, noise in layers
DEVICE = os.environ.get("GANSTUDIO_TEST_DEVICE", "cpu")  # the GPU if `make gpu-check` says so
ON_GPU = DEVICE == "cuda"
EVERY = list(VARIANTS) if ON_GPU else FEW
UPDATES = 10 if ON_GPU else 2
CLOSE = 0.02  # of how far the weights have moved: Adam's first steps go by the sign of gradients that may be near 0
FIRST = 1e-3  # of the first terms, which no update has touched


@pytest.fixture
def device() -> Iterator[str]:
    """Its name. On a GPU, convolutions of float32 keep all their bits, so that they can be compared with the CPU's."""
    with pytest.MonkeyPatch.context() as patch:
        if ON_GPU:
            patch.setattr(torch.backends.cudnn, "allow_tf32", False)
        yield DEVICE


def spec_of(variant: str, device: str, **more: Any) -> Spec:
    controls: dict[str, Any] = {"batch_size": 8, **more.pop("controls", {})}
    if variant == "vqgan":  # all players move from the first step on
        controls |= {"disc_start": 0, "codebook_start": "uniform"}
    return msgspec.structs.replace(small(variant), seed=3, device=device, threads=1, controls=controls, **more)


def flat(trainer: Trainer) -> Tensor:
    return torch.cat([parameter.detach().flatten().cpu().double()
                      for module in trainer.game.modules.values() for parameter in module.parameters()])


def terms_of(trainer: Trainer) -> list[tuple[str, list[str], list[float]]]:
    """The first row of each batch of terms."""
    return [(batch.player, batch.names, batch.values.numpy()[0].tolist()) for batch in trainer.flush()]


@pytest.mark.parametrize("variant", EVERY)
def test_it_learns_what_it_learns_on_the_cpu(variant: str, device: str) -> None:
    with draws_of_the_cpu():
        here, there = (Trainer(spec_of(variant, on)) for on in ("cpu", device))
        start = flat(here)
        assert torch.equal(start, flat(there))
        for trainer in (here, there):
            for _ in range(UPDATES):
                trainer.update()
    moved = (flat(here) - start).norm()
    assert moved > 0
    assert (flat(there) - flat(here)).norm() <= CLOSE * moved
    for (player, names, values), (_, theirs, found) in zip(terms_of(here), terms_of(there), strict=True):
        assert names == theirs
        assert found == pytest.approx(values, rel=FIRST, abs=FIRST), player
    if not ON_GPU:  # and drawing in this way changes nothing
        plain = Trainer(spec_of(variant, "cpu"))
        for _ in range(UPDATES):
            plain.update()
        assert plain.game.weights_hash() == here.game.weights_hash() == there.game.weights_hash()


def recorded(path: Path, spec: Spec, updates: int, look: Callable[[Trainer], None] = lambda _: None) -> Trainer:
    trainer = Trainer(spec)
    recorder = Recorder(path, trainer, plan=Plan(steps=100))
    for update in range(updates):
        if update == updates // 2:
            trainer.apply(Change(name="learning_rate_g", value=3e-4))
        trainer.update()
        look(trainer)
    recorder.note(trainer.flush())
    recorder.close()
    return trainer


GRAPHS = {"wgan-gp with graphs": Spec(variant="wgan-gp", data="ring", graphs=True,
                                      network_controls={"width": 16, "depth": 2})}


@pytest.mark.parametrize("which", [*EVERY, *GRAPHS] if ON_GPU else ["wgan-gp", "dcgan"])
def test_a_replay_gives_the_same_hash(which: str, device: str, tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    spec = msgspec.structs.replace(GRAPHS[which], device=device) if which in GRAPHS else spec_of(which, device)
    trainer = recorded(path, spec, 24 if which in GRAPHS else UPDATES)
    verdict = verified(path)
    assert verdict.identical, verdict.cause
    assert rebuild(path).trainer.game.weights_hash() == trainer.game.weights_hash()


@pytest.mark.parametrize("variant", EVERY if ON_GPU else ["wgan-gp", "dcgan"])
def test_looks_and_measures_change_nothing(variant: str, device: str) -> None:
    unseen, seen = (Trainer(spec_of(variant, device)) for _ in range(2))
    shown = [leaf() for leaf in probes().values() if leaf.fits(seen.game.data.kind, abilities(seen.game))]
    for update in range(3 if ON_GPU else 2):
        unseen.update()
        for probe in shown:
            probe.look(seen.view, 8)
        copy_for_measuring(seen, 50, draw=update)
        seen.update()
    assert seen.game.weights_hash() == unseen.game.weights_hash()
    state = game_state(unseen.game)
    assert all(torch.equal(mine, state[key]) for key, mine in game_state(seen.game).items())


@pytest.mark.parametrize(
    "variant", [name for name in VARIANTS if "plane" in VARIANTS[name].kinds] if ON_GPU else ["wgan-gp"])
def test_graphs_repeat_what_python_does(variant: str, device: str) -> None:
    plain, repeated, stand_in = (Trainer(spec_of(variant, device, graphs=graphs)) for graphs in (False, True, False))
    stand_in.game.graphs = UpdateGraphs(stand_in.game.modules, Rerun)
    start = flat(plain)
    for trainer in (plain, repeated, stand_in):
        for update in range(20):
            if update > 10:
                trainer.apply(Change(name="learning_rate_d", value=1e-3 * (1 + update / 40)))
            trainer.update()
    moved = (flat(plain) - start).norm()
    assert (flat(repeated) - flat(plain)).norm() <= CLOSE * moved, "but for the last bit of a division"
    assert repeated.game.weights_hash() == stand_in.game.weights_hash(), "the same operations, repeated in two ways"
    assert (repeated.game.graphs is not None) == ON_GPU
    if repeated.game.graphs is not None:
        assert variant == "sn-gan" or repeated.game.graphs.repeated > 0


def greedy(self: WGANGP, D: Any, fake: Tensor, c: Any) -> Terms:
    """Asks for a petabyte."""
    return {"generator": D(fake).mean() + torch.empty(1 << 50, dtype=torch.uint8, device=fake.device).sum()}


SAID = r"out of memory: .* more were needed at once.*: try a smaller batch_size, width or resolution"


def test_out_of_memory_is_said_and_nothing_is_lost(
    device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "run.ganrun"
    trainer = Trainer(spec_of("wgan-gp", device))
    recorder = Recorder(path, trainer, plan=Plan(steps=9))
    for _ in range(4):
        trainer.step()
    monkeypatch.setattr(WGANGP, "generator_terms", greedy)
    with pytest.raises((RuntimeError, MemoryError)):
        trainer.step()
    monkeypatch.undo()
    recorder.note(trainer.flush())
    recorder.close()
    assert verified(path).identical
    again = rebuild(path).trainer
    again.step()
    assert again.game.steps == 5


def test_out_of_memory_ends_its_own_run_and_no_other(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[m.Event] = []
    thread = TrainingThread(events.append)
    thread.post(m.Start(run=1, spec=spec_of("wgan-gp", device), playing=False))
    thread.run_once()
    monkeypatch.setattr(WGANGP, "generator_terms", greedy)
    thread.post(m.Step(run=1, player="generator"))
    thread.run_once()
    monkeypatch.undo()
    (failed,) = [event for event in events if isinstance(event, m.Failed)]
    assert failed.run == 1
    assert re.fullmatch(SAID, failed.reason), failed.reason
    thread.post(m.Start(run=2, spec=spec_of("wgan-gp", device), playing=False))
    thread.post(m.Step(run=2, player="generator"))
    thread.run_once()
    assert any(isinstance(event, m.Started) and event.run == 2 for event in events)
    assert sum(isinstance(event, m.Failed) for event in events) == 1


def test_a_film_of_a_run_can_be_made(device: str, tmp_path: Path, qapp: QApplication) -> None:
    path, film = tmp_path / "run.ganrun", tmp_path / "film.gif"
    recorded(path, spec_of("wgan-gp", device), 6)
    words = ["--layout", "points", "--size", "320x240", "--fps", "5", "--seconds", "1"]
    assert main(["video", str(path), "--out", str(film), "--smooth", *words]) == 0
    assert film.stat().st_size > 1000
