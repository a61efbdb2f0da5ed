"""A generator with styles that can be worked out on paper: images are linear in the w of its layers, plus noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Generator, Tensor, nn

from ganstudio.core.control import Controls
from ganstudio.core.examples import Examples
from ganstudio.core.measure import MeasuredGame
from ganstudio.networks.parts.noise import NoiseMap

SIDE = 4
COLOURS = 3


class LinearStyles(nn.Module):
    """w = M z; image = sum over layers of A_l w_l, in each pixel, plus noise of strength 1."""

    def __init__(self, latent_dim: int, w_dim: int, num_ws: int, seed: int = 0) -> None:
        super().__init__()
        rng = Generator().manual_seed(seed)
        self.num_ws, self.w_dim = num_ws, w_dim
        self.register_buffer("w_avg", torch.zeros(w_dim))
        self.map = nn.Parameter(torch.randn(w_dim, latent_dim, generator=rng))
        self.layers = nn.Parameter(torch.randn(num_ws, COLOURS * SIDE * SIDE, w_dim, generator=rng))
        self.noise = NoiseMap(COLOURS)
        with torch.no_grad():
            self.noise.strength.fill_(1.0)

    @property
    def noise_layers(self) -> list[NoiseMap]:
        return [self.noise]

    def names_of_ws(self) -> list[str]:
        return [f"w {k}" for k in range(self.num_ws)]

    def mapping(self, z: Tensor, *, follow: bool = True) -> Tensor:
        return z @ self.map.T

    def synthesis(self, ws: Tensor) -> Tensor:
        plain = torch.einsum("nlw,lpw->np", ws, self.layers).reshape(-1, COLOURS, SIDE, SIDE)
        noisy: Tensor = self.noise(plain)
        return noisy


class Quadrants:
    """A data set with two attributes: whether the first colour, and whether the last, is bright."""

    name = "quadrants"
    controls = Controls()
    judged_values: Mapping[str, Sequence[str]] = {"first": ("dark", "bright"), "last": ("dark", "bright")}
    shape = (COLOURS, SIDE, SIDE)

    def examples(self, n: int, purpose: str) -> Examples:
        images = np.random.default_rng(0).integers(0, 256, (n, *self.shape), dtype=np.uint8)
        return Examples(images=images, details=read(images))


def read(images: np.ndarray) -> dict[str, np.ndarray]:
    """The truth: the mean of a colour against the middle."""
    means = images.astype(np.float64).mean((2, 3))
    return {"first": (means[:, 0] > 127.5).astype(np.int64), "last": (means[:, -1] > 127.5).astype(np.int64)}


class PerfectJudge:
    """Reads them without a fault, and is the surer, the farther from the middle."""

    name = "perfect judge"

    def read(self, images: np.ndarray) -> dict[str, np.ndarray]:
        return read(images)

    def shares(self, images: np.ndarray) -> dict[str, np.ndarray]:
        means = images.astype(np.float64).mean((2, 3))
        bright = {"first": means[:, 0] / 255, "last": means[:, -1] / 255}
        return {name: np.stack([1 - share, share], axis=1) for name, share in bright.items()}

    def reads_well(self, data: object) -> list[str]:
        return ["first", "last"]


def game_of(module: nn.Module, draw: Callable[[int, Generator], Tensor]) -> MeasuredGame:
    """A measured game with this G."""
    rng = Generator().manual_seed(5)
    return MeasuredGame(modules={"G": module}, latents=lambda n: draw(n, rng), rng=rng, device=torch.device("cpu"),
                        phase=None, variant=None, controls=None)
