"""The benchmark of a GPU, on the CPU and with the smallest players: that its paths run, and what it says without a GPU.
"""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import pytest
import torch

from ganstudio.bench import gpu
from ganstudio.bench.benchmark import NotHere, NotMeasured
from ganstudio.cli import main
from ganstudio.datasets.parts import images as image_sets
from ganstudio.training.resolve_spec import resolved
from ganstudio.training.trainer import Trainer
from ganstudio.variants.stylegan2 import StyleGAN2


@pytest.fixture
def on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DEVICE": "cpu", "QUICK": True, "WIDTH": 4, "SIDES": (8, 16), "BATCH": 2, "REPEATS": 1,
                        "SECONDS": 0.02, "WARM_UP": 1, "IMAGES": 50}.items():
        monkeypatch.setattr(gpu, name, value)
    monkeypatch.setattr(gpu, "_there", lambda spec: msgspec.structs.replace(
        spec, device="cpu", threads=1, dtype="float32", memory="contiguous"))  # no self-test of the machine
    monkeypatch.setattr("ganstudio.training.trainer.check_memory", lambda *_: None)  # it takes longer than all else
    monkeypatch.setattr(image_sets, "resized", lambda pixels, side: pixels[:100, :, :side, :side])


@pytest.mark.usefixtures("on_the_cpu")
def test_every_figure_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def window(name: str, **parameters: Any) -> dict[str, float]:
        asked.append((name, parameters["layout"], parameters["spec"]["device"]))
        return {"steps_per_second": 8.0}

    monkeypatch.setattr(gpu, "in_window", window)
    monkeypatch.setattr(gpu, "headless_rate", lambda *_: 10.0)
    said: list[str] = []
    figures = gpu.GPU().run(said.append)
    assert list(figures) == list(gpu.GPU.goals)
    assert all(math.isfinite(value) and value > 0 for value in figures.values())
    assert figures["live_ratio"] == 0.8 and asked == [("rate", "image", "cpu")]
    assert [words.split()[1] for words in said] == list(figures), "said as they come: a run may be broken off"


@pytest.mark.usefixtures("on_the_cpu")
@pytest.mark.parametrize("name", ["progan", "stylegan2"])
def test_a_plain_step_moves_both_players(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    games = []

    def keeping(spec: Any) -> Any:
        games.append(Trainer(spec).game)
        trainer: Any = type("Kept", (), {"game": games[-1]})
        return trainer

    monkeypatch.setattr(gpu, "Trainer", keeping)
    step = gpu.plain_step(gpu.SPECS[name](8))
    (game,) = games
    assert game.precision.dtype == "float32"
    before = {player: moved.flat.clone() for player, moved in game.players.items()}
    for _ in range(2):
        step()
    assert all(not torch.equal(moved.flat, before[player]) for player, moved in game.players.items())


def test_a_figure_that_fails_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> float:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 20.00 MiB.")

    monkeypatch.setattr(gpu, "DEVICE", "cpu")
    for name in ("graphs_ratio", "plain_ratio", "live_ratio"):
        monkeypatch.setattr(gpu, name, lambda *_: 2.0)
    monkeypatch.setattr(gpu, "peak_mb", failing)
    said: list[str] = []
    with pytest.raises(NotMeasured, match=r"^peak_mb: CUDA out of memory\. Tried to allocate 20\.00 MiB\.$"):
        gpu.GPU().run(said.append)
    assert said[:2] == ["gpu: graphs_ratio 2", "gpu: dcgan_64_ratio 2"] and len(said) == 9


@pytest.mark.parametrize(("name", "side"), [("dcgan", 64), ("progan", 64), ("stylegan2", 128)])
def test_the_measured_runs_can_be_made(name: str, side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "QUICK", False)
    monkeypatch.setattr(gpu, "WIDTH", 64)
    spec = msgspec.structs.replace(gpu.SPECS[name](side), device="cpu", dtype="float32", memory="contiguous")
    parts = resolved(spec)
    assert parts.data.shape == (3, side, side)
    if name == "stylegan2" and side == 128:
        assert isinstance(parts.variant, StyleGAN2)
        assert (parts.spec.network_controls["width"], parts.spec.network_controls["channel_base"]) == (512, 8192)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_it_says_so_in_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(NotHere, match="no GPU"):
        gpu.GPU().run(lambda _: None)
    assert main(["bench", "gpu", "--json"]) == 1
    captured = capsys.readouterr()
    assert captured.err == f"gpu could not be measured: {gpu.NO_GPU}\n"
    assert json.loads(captured.out) == {"gpu": dict.fromkeys(gpu.GPU.goals)}
    monkeypatch.setattr("ganstudio.core.leaves.leaves", lambda *_: {"gpu": gpu.GPU})
    assert main(["bench"]) == 0, "one of all benchmarks, it is passed over"
