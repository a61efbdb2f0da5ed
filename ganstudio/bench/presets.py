"""presets: updates a second of toy presets that translate, that draw by styles or by words, over plain PyTorch loops.

Both sides play the same game: modules of the same classes with the same first weights, the variant's own terms, Adam
at the preset's rates, batches as large of the same 500 images in memory, the same phase. What differs:

- The plain loop is what a student would write after the authors' code: float32, contiguous, ``backward`` on the sum of
  the terms, ``torch.optim.Adam`` on the list of parameters, averages tensor by tensor. Real and generated images pass D
  one after the other, unless the paper joins them. ``Habits`` says what else the authors do. It is measured with one
  thread and with torch's default number, and the better counts.
- Ours has the trainer around it: fresh images and latents for each update, gradients of the mover's weights alone, flat
  optimisers, written terms, the schedule, and the precision, memory format and threads that the studio chooses.

Nearly all of the time goes into convolutions, which are the same on both sides. If the authors' code updates G on the
images that D has just been shown, ours makes one pass of G more in each step: there it is slower.

SinGAN is measured at its finest scale, VQGAN in its first phase with D.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn

from ganstudio.bench.benchmark import Benchmark, paired, rate
from ganstudio.bench.driving import QUICK
from ganstudio.bench.specs import COUNT, cyclegan_spec, gawwn_spec, spade_spec
from ganstudio.core.control import Value
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.turn import Turn
from ganstudio.maths.latents import draw_latents
from ganstudio.networks.parts.noise import copied_module, has_noise
from ganstudio.training.game import Game
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer

REPEATS = 1 if QUICK else 5
SECONDS = 0.01 if QUICK else 2.0  # of each side in each repeat
DEFAULT_THREADS = torch.get_num_threads()


class Habits(NamedTuple):
    """What the authors' code does beside the game's terms.

    Sources: the repositories junyanz/pytorch-CycleGAN-and-pix2pix, yunjey/stargan, clovaai/stargan-v2, NVlabs/SPADE,
    NVlabs/stylegan2-ada-pytorch, akanimax/BMSG-GAN, tamarott/SinGAN, CompVis/taming-transformers, reedscot/nips2016 (in
    Lua) and, for labels, PyTorch's DCGAN tutorial. Images that are not shared are made without a graph for D, as a
    careful student would.
    """

    shares: bool = False  # G is updated on the images that D has just been shown, made once
    rests: bool = False  # D's weights take no gradient while G moves
    averages: bool = False  # it keeps a running mean of G's weights


class Case(NamedTuple):
    """A preset to measure."""

    spec: Spec
    habits: Habits
    period: int = 1  # steps after which penalties that come in some steps alone come again
    ahead: int = 0  # steps before the phase that is measured


def _on(data: str, variant: str, controls: dict[str, Value] | None = None, **of_data: Value) -> Spec:
    return Spec(variant=variant, data=data, controls=controls or {}, data_controls=of_data)


STYLES = Habits(rests=True, averages=True)
CASES: Mapping[str, Case] = {
    "pix2pix": Case(_on("scenes", "pix2pix", count=COUNT), Habits(shares=True, rests=True)),
    "cyclegan": Case(cyclegan_spec(), Habits(shares=True, rests=True)),
    "stargan": Case(_on("faces", "stargan", count=COUNT), Habits()),
    "stargan_v2": Case(_on("faces", "stargan-v2", count=COUNT), Habits()),
    "spade": Case(spade_spec(), Habits()),
    "gawwn": Case(gawwn_spec("box"), Habits(shares=True, rests=True)),
    "cgan": Case(_on("digits", "cgan", count=COUNT), Habits(shares=True)),
    "stylegan": Case(_on("faces", "stylegan", count=COUNT), STYLES, period=16),
    "stylegan2": Case(_on("faces", "stylegan2", count=COUNT), STYLES, period=16),
    "stylegan3": Case(_on("faces", "stylegan3", count=COUNT), STYLES, period=16),
    "msg_gan": Case(_on("faces", "msg-gan", count=COUNT), Habits(averages=True), period=8),
    "singan": Case(_on("one-image", "singan", {"iterations_per_scale": 1}), Habits(), ahead=4),
    "vqgan": Case(_on("tiles", "vqgan", {"disc_start": 0, "first_steps": 1_000_000}, count=COUNT), Habits(rests=True),
                  period=20),
}


class Presets(Benchmark):
    """Each variant's toy preset beside a plain loop of its own."""

    name = "presets"
    title = "Toy presets of translation, styles and conditions over plain PyTorch"
    goals = {f"{case}_ratio": (">=", 1.2) for case in CASES}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        figures: dict[str, float] = {}
        for name, case in CASES.items():
            say(f"{name}_ratio")
            figures[f"{name}_ratio"] = paired(*sides(case), REPEATS)
        return figures


def sides(case: Case) -> tuple[Callable[[], float], Callable[[], float]]:
    """Steps a second of our loop and of the plain one."""
    trainer = Trainer(case.spec)
    for _ in range(case.ahead):
        trainer.step()
    plain, period = plain_step(trainer.game, case.habits), 1 if QUICK else case.period

    def ours() -> float:
        trainer.activate()
        return _rate(lambda: _our_step(trainer), period)

    def theirs(threads: int) -> float:
        torch.set_num_threads(threads)
        return _rate(plain, period)

    return ours, lambda: max(theirs(threads) for threads in {1, DEFAULT_THREADS})


def _our_step(trainer: Trainer) -> None:
    trainer.step()
    if trainer.waiting_scalars >= FLUSH_UPDATES:
        trainer.flush()


def _rate(step: Callable[[], None], period: int) -> float:
    """Steps a second, over whole periods; one is made before."""

    def whole() -> None:
        for _ in range(period):
            step()

    step()
    return rate(whole, SECONDS) * period


# The plain loop ----------------------------------------------------------------------------------------------------


class _Module:
    """A module as the terms of a variant call it: nothing but the module, and one batch after the other."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module

    def __call__(self, *given: Any) -> Any:
        return self.module(*given)

    def both(self, real: Any, fake: Any, *given: Tensor) -> tuple[Any, Any]:
        """Scores of two batches, in a pass each."""
        return self(real, *given), self(fake, *given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)


class _Shared(_Module):
    """A generator whose images for D's update, detached there, are those of its own update."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__(module)
        self.moves = False  # whether it is its own update
        self.made: dict[tuple[int, ...], tuple[Any, Tensor]] = {}  # by what it was given, which is kept as well

    def __call__(self, *given: Any) -> Any:
        key = tuple(map(id, given))
        if self.moves:
            return self.made.pop(key)[1] if key in self.made else self.module(*given)
        self.made[key] = given, self.module(*given)
        return self.made[key][1].detach()


def plain_step(game: Game, habits: Habits) -> Callable[[], None]:
    """One step of the game as a student's loop plays it, on copies of all that moves."""
    c, phase, variant = game.controls, game.phase, copy.deepcopy(game.variant)
    rng = Generator().manual_seed(0)
    modules = {name: copied_module(module) for name, module in game.modules.items()}
    for module in modules.values():
        for weight in module.parameters():
            weight.data = weight.data.contiguous()
        for layer in module.modules():
            if has_noise(layer):
                layer.noise_rng = rng
    teams = variant.players(phase)
    optimisers = {name: _adam(game, name, [modules[module] for module in team]) for name, team in teams.items()}
    called: dict[str, Any] = {
        name: (_Shared if habits.shares and name in teams["generator"] else _Module)(module)
        for name, module in modules.items()}
    averaged = [(modules[name], copied_module(modules[name])) for name in variant.averaged if habits.averages]
    data = game.data.batch(game.data.draw(COUNT, rng, variant.needs), variant.needs)
    updates, steps, in_mean = dict(game.updates_of), game.steps, 0
    batch, latent = data, data.x

    def draw() -> Any:
        nonlocal batch
        batch = data.rows(torch.randint(COUNT, (c.batch_size,), generator=rng))
        return batch

    def draw_latent() -> Tensor:
        nonlocal latent
        latent = draw_latents(game.network_controls, c.batch_size, rng)
        return latent

    def labels() -> Tensor:
        label = batch.label if habits.shares else draw().label
        assert label is not None
        return label

    def step() -> None:
        nonlocal steps, in_mean
        for name, count in variant.cycle(steps, c).items():
            for place in range(count):
                again = habits.shares and name == "generator"
                turn = Turn(name, updates[name], phase, rng, called, (lambda: batch) if again else draw,
                            (lambda: latent) if again else draw_latent, labels,
                            nullcontext if habits.shares else torch.no_grad, place, steps)
                for player in called.values():
                    player.moves = again
                if habits.rests:
                    for judge in teams["discriminator"]:
                        modules[judge].requires_grad_(name == "discriminator")
                optimisers[name].zero_grad()
                terms = list(variant.terms(turn, c).values())
                torch.autograd.backward(sum(terms[1:], start=terms[0]))
                optimisers[name].step()
                variant.after(turn, c)
                updates[name] += 1
                if averaged and name == "generator" and (decay := variant.average_decay(turn, in_mean, c)) is not None:
                    in_mean += 1
                    _follow(averaged, decay)
        steps += 1

    return step


def _adam(game: Game, player: str, modules: list[nn.Module]) -> torch.optim.Optimizer:
    pace = game.variant.pace(player, game.controls)
    weights = [weight for module in modules for weight in module.parameters()]
    return torch.optim.Adam(weights, lr=pace.rate, betas=(pace.beta1, pace.beta2))


@torch.no_grad()
def _follow(averaged: list[tuple[nn.Module, nn.Module]], decay: float) -> None:
    """Moves the running means, tensor by tensor, as the authors of StyleGAN2 do."""
    for module, mean in averaged:
        for ours, theirs in zip(mean.parameters(), module.parameters(), strict=True):
            ours.copy_(theirs.lerp(ours, decay))
        for buffer, now in zip(mean.buffers(), module.buffers(), strict=True):
            buffer.copy_(now)
