"""images: DCGAN's steps a second over the loop of PyTorch's own DCGAN tutorial.

Same channels, batch, optimiser and images, 64 and 32 px, both in the same process with as many threads. The
tutorial's loop plays in float32, takes G's update on the fake batch that D was just shown, and has its images in
memory like ours. Ours draws fresh fakes for G, keeps the average of G's weights, and chooses its own precision.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from ganstudio.bench.benchmark import Benchmark, paired, rate
from ganstudio.bench.driving import QUICK
from ganstudio.bench.specs import dcgan_spec
from ganstudio.core.protocol.spec import Spec
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer

BATCH = 32
WIDTH = 4 if QUICK else 64  # channels of the largest maps
LATENT = 100
REPEATS = 1 if QUICK else 5
SECONDS = 0.05 if QUICK else 4.0  # of each side in each repeat
WARM_UP = 1 if QUICK else 2  # steps before each measurement
CPUINFO = Path("/proc/cpuinfo")


def to_reach(with_amx: float) -> float:
    """How many times as fast ours is to be: ``with_amx`` if the processor multiplies matrices of bfloat16, else 1.2.

    In float32 both sides do the same products, which take nearly all of the time.
    """
    return with_amx if CPUINFO.exists() and "amx_bf16" in CPUINFO.read_text().split() else 1.2


class Images(Benchmark):
    """DCGAN at full width, batch 32."""

    name = "images"
    title = "DCGAN over plain PyTorch"
    goals = {"ratio_64": (">=", to_reach(2.0)), "ratio_32": (">=", to_reach(1.7))}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        figures: dict[str, float] = {}
        for px in (64, 32):
            say(f"ratio_{px}")
            figures[f"ratio_{px}"] = paired(*sides(dcgan_spec(px, WIDTH, BATCH)), REPEATS)
        return figures


def sides(spec: Spec) -> tuple[Callable[[], float], Callable[[], float]]:
    """Steps a second of our loop and of the tutorial's, on the same images."""
    trainer = Trainer(spec)
    data = trainer.game.data
    images = data.gather(torch.arange(256))
    tutorial = tutorial_step(images, WIDTH, BATCH)

    def ours() -> None:
        trainer.step()
        if trainer.waiting_scalars >= FLUSH_UPDATES:
            trainer.flush()

    def measured(step: Callable[[], None]) -> float:
        trainer.activate()  # both sides play with the run's number of threads
        for _ in range(WARM_UP):
            step()
        return rate(step, SECONDS)

    return lambda: measured(ours), lambda: measured(tutorial)


def tutorial_step(images: Tensor, width: int, batch: int) -> Callable[[], None]:
    """One step of PyTorch's DCGAN tutorial.

    Args:
        images: To draw from, ``(n, c, side, side)``, float32 in [-1, 1]; the players are on their device.
        width: Channels of the largest maps; they double as the side halves.
        batch: Images in each half of a batch.

    Source: Inkawhich, DCGAN Tutorial, pytorch/tutorials, beginner_source/dcgan_faces_tutorial.py.
    """
    colours, side = images.shape[1], images.shape[-1]
    channels = [width << level for level in range((side // 8).bit_length())]  # of the maps from side / 2 down to 4 px
    G, D = _generator(channels[::-1], colours), _discriminator(channels, colours)
    for layer in itertools.chain(G.modules(), D.modules()):
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
    device = images.device
    G.to(device)
    D.to(device)
    optimiser_g, optimiser_d = (torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in (G, D))
    criterion = nn.BCEWithLogitsLoss()
    ones, zeros = torch.ones(batch, device=device), torch.zeros(batch, device=device)

    def step() -> None:
        D.zero_grad()
        real = images[torch.randint(len(images), (batch,), device=device)]
        criterion(D(real).view(-1), ones).backward()
        fake = G(torch.randn(batch, LATENT, 1, 1, device=device))
        criterion(D(fake.detach()).view(-1), zeros).backward()
        optimiser_d.step()
        G.zero_grad()
        criterion(D(fake).view(-1), ones).backward()
        optimiser_g.step()

    return step


def _generator(channels: list[int], colours: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.ConvTranspose2d(LATENT, channels[0], 4, 1, 0, bias=False),
                               nn.BatchNorm2d(channels[0]), nn.ReLU(True)]
    for before, after in itertools.pairwise(channels):
        layers += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(True)]
    return nn.Sequential(*layers, nn.ConvTranspose2d(channels[-1], colours, 4, 2, 1, bias=False), nn.Tanh())


def _discriminator(channels: list[int], colours: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(colours, channels[0], 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
    for before, after in itertools.pairwise(channels):
        layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after),
                   nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(channels[-1], 1, 4, 1, 0, bias=False))
