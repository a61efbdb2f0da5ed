"""Runs that were trained on a GPU, on a machine without: their weights are used, and what cannot be is said."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from ganstudio.cli import main
from ganstudio.core.protocol.spec import Change, Plan, Spec
from ganstudio.core.runs.format import Checkpoint
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.export.generator import read_generator
from ganstudio.export.latent_walk_film import Walking
from ganstudio.training.branching import branch_run
from ganstudio.training.checkpoint import checkpoint_of, rebuild, restore
from ganstudio.training.streams import is_foreign_rng_state, set_rng_state
from ganstudio.training.trainer import Trainer

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")

NOTE = "note: run.ganrun was trained on cuda, which is not on this machine: its CPU is used"
STATE_OF_CUDA = torch.arange(16, dtype=torch.uint8)  # its generators' states are seed and offset, 8 bytes each


def as_on_cuda(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint with generators as a run on CUDA keeps them."""
    tensors = load(checkpoint.tensors)
    for name in tensors:
        if name.endswith("rng"):
            tensors[name] = STATE_OF_CUDA.clone()
    return msgspec.structs.replace(checkpoint, tensors=save(tensors))


def written(path: Path, variant: str = "wgan-gp", data: str = "ring", device: str = "cuda", **words: Any) -> Trainer:
    """A run as it lies after 6 steps on CUDA, with checkpoints at 0, 2, 4 and 6; it was computed here on the CPU."""
    spec = Spec(variant=variant, data=data, seed=5, device="cpu", threads=1, dtype="float32", **words)
    trainer = Trainer(spec)
    there = msgspec.structs.replace(trainer.spec, device=device, dtype="bfloat16" if data == "digits" else "float32")
    writer = RunWriter(path, there, plan=Plan(steps=8))
    writer.add_checkpoint(as_on_cuda(checkpoint_of(trainer)))
    while trainer.game.steps < 6:
        if trainer.game.steps == 3:
            writer.add_entry(trainer.apply(Change(name="learning_rate_g", value=0.0005)))
        trainer.step()
        for batch in trainer.flush():
            writer.add_scalars(batch)
        if trainer.game.steps % 2 == 0:
            writer.add_checkpoint(as_on_cuda(checkpoint_of(trainer)))
    writer.commit()
    writer.close()
    return trainer


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trainer]:
    path = tmp_path_factory.mktemp("runs") / "run.ganrun"
    return path, written(path, controls={"batch_size": 8}, network_controls={"width": 4, "depth": 1})


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trainer]:
    path = tmp_path_factory.mktemp("images") / "run.ganrun"
    return path, written(path, "dcgan", "digits", controls={"batch_size": 4, "ema_decay": 0.5},
                         network_controls={"width": 8})


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    return err


# What needs only weights ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["ring", "digits"])
def test_the_weights_are_the_runs(which: str, request: pytest.FixtureRequest) -> None:
    path, trained = request.getfixturevalue(which)
    there = restore(path)
    assert there.game.weights_hash() == trained.game.weights_hash()
    assert (there.spec.device, there.game.device.type, there.game.precision.dtype) == ("cuda", "cpu", "float32")
    assert there.settings()["learning_rate_g"] == 0.0005
    z = trained.view.latents[:4]
    assert torch.equal(there.view.generate(z), trained.view.generate(z))


def test_measure_prints_one_object_and_one_line_beside_it(
    ring: tuple[Path, Trainer], capsys: pytest.CaptureFixture[str]
) -> None:
    path, trained = ring
    assert main(["measure", str(path), "--samples", "150", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["hash"] == trained.game.weights_hash()
    assert err == f"{NOTE}\n"


@pytest.mark.parametrize("file", ["x.csv", "x.npz", "x.png"])
def test_samples(file: str, ring: tuple[Path, Trainer], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, trained = ring
    assert main(["sample", str(path), "--n", "20", "--out", str(tmp_path / file)]) == 0
    assert capsys.readouterr().err == f"{NOTE}, and the same --seed draws other latents\n"
    if file == "x.npz":
        with np.load(tmp_path / file) as kept:
            made = trained.view.generate(torch.from_numpy(kept["latents"])).numpy()
            assert np.allclose(kept["samples"], made, atol=1e-6)


@pytest.mark.parametrize(("target", "told"), [
    (["--out", "x.csv"], False), (["--out", "x.safetensors"], True), (["--out", "x.html", "--samples", "120"], True),
    pytest.param(["--out", "x.onnx"], True, marks=pytest.mark.skipif(
        importlib.util.find_spec("onnxscript") is None, reason="the extra is not installed")),
    pytest.param(["--tensorboard", "log"], True, marks=pytest.mark.skipif(
        importlib.util.find_spec("tensorboard") is None, reason="the extra is not installed")),
])
def test_exports(
    target: list[str], told: bool, ring: tuple[Path, Trainer], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, trained = ring
    monkeypatch.chdir(tmp_path)
    assert main(["export", str(path), *target]) == 0
    assert capsys.readouterr().err == (f"{NOTE}\n" if told else "")
    assert (tmp_path / target[1]).exists()
    if target[1] == "x.safetensors":
        generator, words = read_generator(tmp_path / "x.safetensors")
        z = trained.view.latents[:4]
        assert words.spec.device == "cuda" and torch.equal(generator(z), trained.view.generate(z))


def test_nothing_is_said_of_a_run_whose_device_is_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.ganrun"
    written(path, device="cpu", controls={"batch_size": 8}, network_controls={"width": 4, "depth": 1})
    assert main(["sample", str(path), "--out", str(tmp_path / "x.csv")]) == 0
    assert capsys.readouterr().err == ""


def test_a_device_that_is_nowhere_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.ganrun"
    written(path, device="toaster", controls={"batch_size": 8}, network_controls={"width": 4, "depth": 1})
    out = str(tmp_path / "x.csv")
    for words in (["sample", str(path), "--out", out], ["measure", str(path)], ["replay", str(path)]):
        assert "unknown device 'toaster'" in refused(capsys, *words)


# What needs more than weights -----------------------------------------------------------------------------------------


def test_a_replay_says_that_it_cannot_be(ring: tuple[Path, Trainer], capsys: pytest.CaptureFixture[str]) -> None:
    for more in ([], ["--json"], ["--to", "2"]):
        said = refused(capsys, "replay", str(ring[0]), *more)
        assert "was trained on cuda, which is not on this machine: on another device its bits differ" in said


def test_a_film_is_made_of_what_was_recorded_alone(
    ring: tuple[Path, Trainer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, "video", str(ring[0]), "--smooth", "--out", str(tmp_path / "x.gif"))
    assert "was trained on cuda" in said and "without it the recorded moments are filmed" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("steps", [0, 2, 4, 6, None])
def test_checkpoints_are_taken_up(steps: int | None, ring: tuple[Path, Trainer]) -> None:
    run = rebuild(ring[0], steps)
    assert run.foreign and run.repeated == 0
    assert run.trainer.game.steps == (6 if steps is None else steps)
    if steps in (6, None):
        assert run.trainer.game.weights_hash() == ring[1].game.weights_hash()


def test_what_lies_between_is_not_made_up(ring: tuple[Path, Trainer]) -> None:
    with pytest.raises(BadInput, match=r"step 3 of .* cannot be rebuilt here.* checkpoints are at step 2 and 4$"):
        rebuild(ring[0], 3)
    with pytest.raises(BadInput, match="step 9 is past the end"):
        rebuild(ring[0], 9)


def test_a_walk_goes_through_the_latents_of_a_checkpoint(digits: tuple[Path, Trainer]) -> None:
    assert Walking(digits[0], 4).images(0.0).dtype == np.uint8
    with pytest.raises(BadInput, match="its nearest checkpoints are at step 4 and 6"):
        Walking(digits[0], 5)


def test_a_branch_goes_on_here_with_draws_of_its_own(
    ring: tuple[Path, Trainer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = ring
    new, again = tmp_path / "new.ganrun", tmp_path / "again.ganrun"
    assert main(["branch", str(path), "--at", "3", "--run", str(new)]) == 2
    assert "nearest checkpoints are at step 2 and 4" in capsys.readouterr().err and not new.exists()
    hashes = []
    for file in (new, again):
        assert main(["branch", str(path), "--at", "4", "--run", str(file), "--json"]) == 0
        out, err = capsys.readouterr()
        assert json.loads(out)["steps"] == 4 and err.count("\n") == 1 and err.startswith(NOTE)
        assert branch_run(file, None).trainer.game.weights_hash() == branch_run(path, 4).trainer.game.weights_hash()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ganstudio.commands.train.SAMPLES", 120)
            assert main(["train", "--resume", str(file), "--steps", "3", "--json"]) == 0
        hashes.append(json.loads(capsys.readouterr().out)["hash"])
    assert hashes[0] == hashes[1]  # the same each time
    assert rebuild(new, 6).trainer.game.steps == 6  # from the branch on it is this CPU's, and can be done again
    with pytest.raises(BadInput, match="cannot be rebuilt here"):
        rebuild(new, 3)  # what was before is not


def test_a_run_is_gone_on_with_and_the_file_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganstudio.commands.train.SAMPLES", 120)
    path = tmp_path / "run.ganrun"
    written(path, controls={"batch_size": 8}, network_controls={"width": 4, "depth": 1})
    assert main(["train", "--resume", str(path), "--json"]) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out)["device"], json.loads(out)["steps"]) == ("cpu", 8)
    assert err.splitlines()[0] == (
        f"{NOTE}, with other random numbers: from here on the run is not the same, bit for bit, as on that device")
    reader = RunReader(path)
    kinds = [(position.steps, load(reader.checkpoint(at).tensors)["reals/rng"].numel() > 64)
             for at, position in reader.moments()]
    reader.close()
    assert kinds == [(0, False), (2, False), (4, False), (6, False), (6, True), (8, True)]
    whole = rebuild(path)
    assert not whole.foreign
    assert rebuild(path, 7).repeated > 0  # this CPU's own
    with pytest.raises(BadInput, match="cannot be rebuilt here"):
        rebuild(path, 5)
    assert main(["train", "--resume", str(path), "--steps", "1"]) == 0
    assert rebuild(path).trainer.game.steps == 9


def test_a_killed_run_is_taken_up_at_its_last_checkpoint_alone(
    ring: tuple[Path, Trainer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its terms go further than its checkpoints."""
    path = tmp_path / "run.ganrun"
    path.write_bytes(ring[0].read_bytes())
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM checkpoints WHERE id = (SELECT max(id) FROM checkpoints)")
    db.close()
    capsys.readouterr()
    assert main(["train", "--resume", str(path), "--steps", "1"]) == 2
    assert "nearest checkpoints are at step 4" in capsys.readouterr().err
    assert main(["branch", str(path), "--at", "4", "--run", str(tmp_path / "new.ganrun")]) == 0


# Generators -----------------------------------------------------------------------------------------------------------


def test_a_foreign_state_is_a_seed() -> None:
    one, two, other = (torch.Generator() for _ in range(3))
    set_rng_state(one, STATE_OF_CUDA)
    set_rng_state(two, STATE_OF_CUDA)
    set_rng_state(other, STATE_OF_CUDA + 1)
    draws = [torch.randn(8, generator=rng) for rng in (one, two, other)]
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])


def test_ones_own_state_is_taken_as_it_is_and_a_damaged_one_is_none() -> None:
    rng = torch.Generator().manual_seed(3)
    state, expected = rng.get_state(), torch.randn(8, generator=rng)
    set_rng_state(rng, state)
    assert torch.equal(torch.randn(8, generator=rng), expected)
    for damaged in (state[:-1], state[:0], state.float()):
        assert not is_foreign_rng_state(rng, damaged)
        with pytest.raises((RuntimeError, TypeError)):
            set_rng_state(rng, damaged)
