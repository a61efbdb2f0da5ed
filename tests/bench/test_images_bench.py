"""The benchmarks on images: both sides play the same networks, and the goals follow the processor. No timing."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from torch import nn

from ganstudio.bench import images, images_live
from ganstudio.bench.driving import SCRIPTS
from ganstudio.bench.specs import dcgan_spec
from ganstudio.core.protocol.spec import Spec
from ganstudio.networks.dcgan import DCGANControls, DCGANNetwork
from ganstudio.training.resolve_spec import resolved


@pytest.mark.parametrize(("flags", "goal"), [
    ("flags\t\t: fpu avx512_bf16 amx_bf16 amx_tile", 2.0),
    ("flags\t\t: fpu avx2 avx512_bf16", 1.2),
])
def test_amx_is_to_gain_more(flags: str, goal: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cpuinfo").write_text(f"model name : any\n{flags}\n")
    monkeypatch.setattr(images, "CPUINFO", tmp_path / "cpuinfo")
    assert images.to_reach(2.0) == goal
    monkeypatch.setattr(images, "CPUINFO", tmp_path / "none")
    assert images.to_reach(2.0) == 1.2


def kernels(player: nn.Module) -> int:
    """Weights of convolutions and matrices: what the time goes into."""
    return sum(weight.numel() for weight in player.parameters() if weight.dim() > 1)


@pytest.mark.parametrize("px", [64, 32])
def test_the_tutorials_players_are_as_large_as_ours(px: int) -> None:
    channels = [8 << level for level in range(px.bit_length() - 3)]
    G, D = images._generator(channels[::-1], 3), images._discriminator(channels, 3)
    c, rng = DCGANControls(width=8), torch.Generator()
    assert kernels(G) == kernels(DCGANNetwork().generator(c, (3, px, px), rng))
    assert kernels(D) == kernels(DCGANNetwork().discriminator(c, (3, px, px), rng))
    made = G(torch.zeros(2, images.LATENT, 1, 1))
    assert made.shape == (2, 3, px, px)
    assert D(made).shape == (2, 1, 1, 1)


def test_at_64_px_the_channels_are_the_papers() -> None:
    layers = [layer for layer in images._generator([512, 256, 128, 64], 3) if isinstance(layer, nn.ConvTranspose2d)]
    assert [layers[0].in_channels, *[layer.out_channels for layer in layers]] == [100, 512, 256, 128, 64, 3]


def test_a_step_of_the_tutorial_moves_both_players(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[nn.Sequential] = []

    def keeping(build: Callable[..., nn.Sequential]) -> Callable[..., nn.Sequential]:
        def kept(*args: Any) -> nn.Sequential:
            built.append(build(*args))
            return built[-1]

        return kept

    for name in ("_generator", "_discriminator"):
        monkeypatch.setattr(images, name, keeping(getattr(images, name)))
    step = images.tutorial_step(torch.rand(5, 3, 16, 16), 4, 3)
    before = [[weight.clone() for weight in player.parameters()] for player in built]
    step()
    for player, weights in zip(built, before, strict=True):
        assert all(not torch.equal(now, then) for now, then in zip(player.parameters(), weights, strict=True))


@pytest.mark.parametrize("px", [64, 32])
def test_the_measured_run_stands(px: int) -> None:
    spec = msgspec.structs.replace(dcgan_spec(px, 64, 32), device="cpu", dtype="float32", memory="contiguous")
    parts = resolved(spec)
    assert parts.data.shape == (3, px, px)
    assert parts.spec.network_controls["width"] == 64
    assert parts.spec.controls["batch_size"] == 32


def test_live_takes_the_median_ratio_and_looks_at_the_image_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = itertools.cycle([10.0, 8.0, 9.0])
    asked: list[tuple[str, str]] = []

    def answer(name: str, **parameters: Any) -> dict[str, float]:
        spec = msgspec.convert(parameters.pop("spec"), Spec)
        assert name in SCRIPTS
        assert spec.data == "avatars"
        asked.append((name, parameters["layout"]))
        return {"latent_ms": 80.0} if name == "latent" else {
            "steps_per_second": next(rates), "pictures_per_second": 12.0}

    monkeypatch.setattr(images_live, "in_window", answer)
    monkeypatch.setattr(images_live, "headless_rate", lambda *_: 10.0)
    monkeypatch.setattr(images_live, "REPEATS", 3)
    found = images_live.ImagesLive().run(lambda _: None)
    assert found == {"ratio": 0.9, "pictures_per_second": 12.0, "pictures_per_second_64": 12.0,
                     "visible_ms_latent": 80.0}
    assert list(found) == list(images_live.ImagesLive.goals)
    assert asked == [("rate", "image")] * 3 + [("latent", "image"), ("rate", "image")]
