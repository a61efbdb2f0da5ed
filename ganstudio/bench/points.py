"""points: headless steps a second over the loop that a student would write in plain PyTorch.

Same networks, batch, optimiser, critic steps and data. The student's loop is measured with one thread and with torch's
default number, and the better of both counts: beside a busy neighbour more threads are slower. Ours has the number that
the studio chooses.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ganstudio.bench.benchmark import Benchmark, paired, rate
from ganstudio.bench.driving import QUICK
from ganstudio.bench.specs import ganlab_spec, wgan_gp_spec
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import ScalarBatch
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer

REPEATS = 1 if QUICK else 7
SECONDS = 0.1 if QUICK else 1.5  # of each side in each repeat
DEFAULT_THREADS = torch.get_num_threads()


class Points(Benchmark):
    """GAN Lab's networks, and WGAN-GP with 3 layers of 128 and of 512."""

    name = "points"
    title = "Headless training on points over plain PyTorch"
    goals = {"ganlab_ratio": (">=", 2.0), "w128_ratio": (">=", 1.6), "w512_ratio": (">=", 1.3)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        figures: dict[str, float] = {}
        for figure, spec, student in (
            ("ganlab_ratio", ganlab_spec(), student_ganlab()),
            ("w128_ratio", wgan_gp_spec(128, 128, 3), student_wgan_gp(128, 128, 3)),
            ("w512_ratio", wgan_gp_spec(512, 256, 5), student_wgan_gp(512, 256, 5)),
        ):
            say(figure)
            figures[figure] = paired(studio_rate(spec), student_rate(student), REPEATS)
        return figures


def studio_rate(spec: Spec) -> Callable[[], float]:
    """Steps a second of the studio's own loop, terms read as a headless run reads them."""
    return rate_of(Trainer(spec), lambda _: None)


def rate_of(
    trainer: Trainer, note: Callable[[list[ScalarBatch]], None], look: Callable[[], None] = lambda: None
) -> Callable[[], float]:
    """Steps a second of a run whose terms are noted as they are read, and which is looked at after every step."""

    def step() -> None:
        trainer.step()
        look()
        if trainer.waiting_scalars >= FLUSH_UPDATES:
            note(trainer.flush())

    def measured() -> float:
        trainer.activate()
        for _ in range(5):
            step()
        return rate(step, SECONDS)

    return measured


def student_rate(step: Callable[[], None]) -> Callable[[], float]:
    """Steps a second of a student's loop, with one thread or with torch's default: whichever is faster."""

    def of(threads: int) -> float:
        torch.set_num_threads(threads)
        for _ in range(5):
            step()
        return rate(step, SECONDS)

    return lambda: max(of(threads) for threads in {1, DEFAULT_THREADS})


def _ring(n: int) -> Tensor:
    """Eight Gaussians, as most scripts draw them."""
    angles = torch.randint(0, 8, (n,)) * (2 * math.pi / 8)
    return torch.stack([angles.cos(), angles.sin()], dim=1) * 1.414 + 0.01414 * torch.randn(n, 2)


def _mlp(*sizes: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for n, m in itertools.pairwise(sizes[:-1]):
        layers += [nn.Linear(n, m), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


def student_ganlab() -> Callable[[], None]:
    """One step of the log-loss game, as tutorials write it."""
    G, D = _mlp(2, 8, 8, 2), _mlp(2, 8, 8, 1)
    optimiser_g, optimiser_d = (torch.optim.SGD(net.parameters(), lr=0.1) for net in (G, D))
    criterion = nn.BCEWithLogitsLoss()
    batch = 150
    ones, zeros = torch.ones(batch, 1), torch.zeros(batch, 1)

    def step() -> None:
        for _ in range(2):
            optimiser_d.zero_grad()
            fake = G(torch.randn(batch, 2)).detach()
            loss = criterion(D(_ring(batch)), ones) + criterion(D(fake), zeros)
            loss.backward()
            optimiser_d.step()
        optimiser_g.zero_grad()
        loss = criterion(D(G(torch.randn(batch, 2))), ones)
        loss.backward()
        optimiser_g.step()

    return step


def student_wgan_gp(width: int, batch: int, k: int) -> Callable[[], None]:
    """One step of WGAN-GP, as tutorials write it."""
    G, D = _mlp(2, width, width, width, 2), _mlp(2, width, width, width, 1)
    optimiser_g, optimiser_d = (torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.5, 0.9)) for net in (G, D))

    def step() -> None:
        for _ in range(k):
            optimiser_d.zero_grad()
            real = _ring(batch)
            fake = G(torch.randn(batch, 2)).detach()
            eps = torch.rand(batch, 1)
            between = (eps * real + (1 - eps) * fake).requires_grad_(True)
            (gradient,) = torch.autograd.grad(D(between).sum(), between, create_graph=True)
            penalty = ((gradient.norm(2, dim=1) - 1) ** 2).mean()
            loss = D(fake).mean() - D(real).mean() + 0.1 * penalty
            loss.backward()
            optimiser_d.step()
        optimiser_g.zero_grad()
        loss = -D(G(torch.randn(batch, 2))).mean()
        loss.backward()
        optimiser_g.step()

    return step
