"""gpu: what the studio makes of a GPU. It has not been run on one yet: its goals are what we expect, not what we saw.

``graphs_ratio``: updates of small networks as CUDA graphs over the same made by Python, the smaller ratio of two runs.
``*_ratio``: our loop, in bfloat16 and channels_last as the studio chooses them, over a plain loop in float32. DCGAN's
is that of PyTorch's tutorial; the others play our networks and losses with ``backward`` and torch's Adam, as a script
would. ``live_ratio``: DCGAN with the window open over the same without. ``peak_mb``: the most memory on the device that
StyleGAN2 takes at 128 px.
"""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable
from functools import partial

import msgspec
import torch
from torch import Tensor

from ganstudio.bench.benchmark import Benchmark, NotHere, NotMeasured, paired
from ganstudio.bench.driving import QUICK, in_window, resident_mb
from ganstudio.bench.headless import headless_rate
from ganstudio.bench.images import tutorial_step
from ganstudio.bench.specs import dcgan_spec, ganlab_spec, wgan_gp_spec
from ganstudio.core.control import Value
from ganstudio.core.dataset import Batch
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.turn import Turn
from ganstudio.maths.latents import draw_latents
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer

DEVICE = "cuda"
NO_GPU = "there is no GPU here that torch can use"
SIDES = (8, 16) if QUICK else (64, 128)  # px, in the names as 64 and 128
BATCH = 2 if QUICK else 32
WIDTH = 4 if QUICK else 64  # DCGAN's
REPEATS = 1 if QUICK else 3
SECONDS = 0.02 if QUICK else 1.5  # of each side in each repeat
LIVE_SECONDS = 1.0 if QUICK else 4.0
WARM_UP = 1 if QUICK else 10  # steps: kernels are loaded and algorithms chosen
IMAGES = 256  # that the plain loops draw from


class GPU(Benchmark):
    """CUDA graphs, images in bfloat16, the open window, and memory."""

    name = "gpu"
    title = "Training on a GPU"
    goals = {
        "graphs_ratio": (">=", 5.0),
        **{f"{name}_{side}_ratio": (">=", 1.5) for name in ("dcgan", "progan", "stylegan2") for side in (64, 128)},
        "live_ratio": (">=", 0.85),
        "peak_mb": ("<=", 8000.0),  # a card of 8 GB
    }

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        if DEVICE == "cuda" and not torch.cuda.is_available():
            raise NotHere(NO_GPU)
        measures: dict[str, Callable[[], float]] = {
            "graphs_ratio": lambda: min(graphs_ratio(spec) for spec in (ganlab_spec(), wgan_gp_spec(128, 128, 3))),
            **{f"{name}_{called}_ratio": partial(plain_ratio, spec_of, side)
               for name, spec_of in SPECS.items() for called, side in zip((64, 128), SIDES, strict=True)},
            "live_ratio": lambda: live_ratio(_dcgan(SIDES[0])),
            "peak_mb": lambda: peak_mb(stylegan2_spec(SIDES[1])),
        }
        figures: dict[str, float] = {}
        faults: list[str] = []
        for figure, measure in measures.items():
            try:
                figures[figure] = measure()
            except (RuntimeError, NotMeasured) as fault:  # the others are measured and said all the same
                faults.append(f"{figure}: {' '.join(str(fault).split())[:200]}")
            say(f"gpu: {figure} {figures[figure]:.3g}" if figure in figures else f"gpu: {faults[-1]}")
        if faults:
            raise NotMeasured("; ".join(faults))
        return figures


# The runs ----------------------------------------------------------------------------------------------------------


def progan_spec(side: int) -> Spec:
    """ProGAN at its full size from the start; the paper's channels at 128 px, half as many at 64."""
    return _on_avatars("progan", {"resolution": side, "width": 4 if QUICK else 4 * side},
                       {"start_resolution": side})


def stylegan2_spec(side: int) -> Spec:
    """StyleGAN2 as its authors' code has it at 128 px (512 channels, 64 at full size); at 64 px half as many."""
    width = 4 if QUICK else 4 * side
    return _on_avatars("stylegan2", {
        "resolution": side, "width": width, "channel_base": 8 if QUICK else 64 * side, "latent_dim": width,
        "w_dim": width})


def _dcgan(side: int) -> Spec:
    return dcgan_spec(side, WIDTH, BATCH)


SPECS: dict[str, Callable[[int], Spec]] = {"dcgan": _dcgan, "progan": progan_spec, "stylegan2": stylegan2_spec}


def _on_avatars(variant: str, network: dict[str, Value], controls: dict[str, Value] | None = None) -> Spec:
    return Spec(variant=variant, data="avatars", network_controls=network,
                controls={"batch_size": BATCH, **(controls or {})})


# What is measured --------------------------------------------------------------------------------------------------


def graphs_ratio(spec: Spec) -> float:
    """Steps a second with CUDA graphs over those without."""
    ours, theirs = (our_rate(msgspec.structs.replace(spec, graphs=graphs)) for graphs in (True, False))
    return paired(ours, theirs, REPEATS)


def plain_ratio(spec_of: Callable[[int], Spec], side: int) -> float:
    """Steps a second of our loop over those of a plain one; ``side``: of the images, px."""
    spec = spec_of(side)
    if torch.cuda.is_available():  # what earlier runs have left is not to be in the way
        gc.collect()
        torch.cuda.empty_cache()
    ours, theirs = our_rate(spec), plain_step(spec)
    return paired(ours, lambda: rate_on_device(theirs), REPEATS)


def live_ratio(spec: Spec) -> float:
    """Steps a second with the window open over those without, in turn."""
    spec = msgspec.structs.replace(Trainer(_there(spec)).spec, threads=0)
    ratios: list[float] = []
    for _ in range(REPEATS):
        alone = headless_rate(spec, WARM_UP, LIVE_SECONDS)
        seen = in_window("rate", spec=msgspec.to_builtins(spec), layout="image", warm_up=WARM_UP, seconds=LIVE_SECONDS)
        ratios.append(seen["steps_per_second"] / alone)
    return statistics.median(ratios)


def peak_mb(spec: Spec) -> float:
    """The most memory that a few steps of a run hold on the device; on the CPU that of the process, MB."""
    if DEVICE == "cuda":
        torch.cuda.reset_peak_memory_stats()
    step = _step_of(spec)
    for _ in range(WARM_UP):
        step()
    return torch.cuda.max_memory_allocated() / 2**20 if DEVICE == "cuda" else resident_mb(os.getpid())


def rate_on_device(step: Callable[[], object]) -> float:
    """Steps a second over some seconds, to the end of what the device was asked to do."""
    for _ in range(WARM_UP):
        step()
    _wait()
    began, steps = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        step()
        steps += 1
    _wait()
    return steps / (time.perf_counter() - began)


def our_rate(spec: Spec) -> Callable[[], float]:
    """Measures a run as a headless one goes."""
    step = _step_of(spec)
    return lambda: rate_on_device(step)


def _step_of(spec: Spec) -> Callable[[], None]:
    trainer = Trainer(_there(spec))

    def step() -> None:
        trainer.step()
        if trainer.waiting_scalars >= FLUSH_UPDATES:
            trainer.flush()

    return step


def plain_step(spec: Spec) -> Callable[[], None]:
    """A step as a plain script makes it, in float32: of DCGAN that of the tutorial."""
    game = Trainer(msgspec.structs.replace(_there(spec), dtype="float32", memory="contiguous")).game
    images = game.data.gather(torch.arange(IMAGES)).to(game.device)
    if spec.variant == "dcgan":
        return tutorial_step(images, WIDTH, BATCH)
    variant, c = game.variant, game.controls
    optimisers = {}
    for player in game.players:
        pace = variant.pace(player, c)
        weights = [weight for module in game.modules_of(player) for weight in module.parameters()]
        optimisers[player] = torch.optim.Adam(weights, lr=pace.rate, betas=(pace.beta1, pace.beta2))
    G = game.modules["G"]
    average = [weight.detach().clone() for weight in G.parameters()]
    done = dict.fromkeys(game.players, 0)
    steps = 0

    def draw() -> Batch:
        return Batch(images[torch.randint(IMAGES, (BATCH,), device=game.device)])

    def latent() -> Tensor:
        return draw_latents(game.network_controls, BATCH, game.rng_of(""))

    def no_labels() -> Tensor:
        raise NotMeasured(f"the plain loop of {spec.variant} draws no labels")

    def step() -> None:
        nonlocal steps
        for player, count in variant.cycle(steps, c).items():
            for place in range(count):
                turn = Turn(player, done[player], game.phase, game.rng_of(""), game.played, draw, latent,
                            no_labels, torch.no_grad, place, steps)
                game._let_layers_draw(turn.rng)
                optimisers[player].zero_grad()
                torch.autograd.backward(list(variant.terms(turn, c).values()))
                optimisers[player].step()
                done[player] += 1
        with torch.no_grad():
            for mean, weight in zip(average, G.parameters(), strict=True):
                mean.lerp_(weight, 0.001)
        steps += 1

    return step


def _there(spec: Spec) -> Spec:
    return msgspec.structs.replace(spec, device=DEVICE)


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
