"""The game as probes and measures see it: evaluation mode, no gradient kept, no draw from the run's randomness."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.core.dataset import Dataset
from ganstudio.core.variant import Variant
from ganstudio.maths.latents import draw_latents
from ganstudio.training.game import Game
from ganstudio.training.streams import seeded

SHOWN = 1000  # points of each kind in a panel
SHOWN_ON_LINE = 8000  # where they make a histogram


class ReadOnlyGame:
    """A ``core.probe.GameView`` over a running game."""

    def __init__(self, game: Game, seed: int) -> None:
        self._game = game
        self.data: Dataset[Any] = game.data
        self.variant: Variant[Any] = game.variant
        rng = seeded(seed, "shown", game.device)
        shown = SHOWN_ON_LINE if game.data.kind == "line" else SHOWN
        self.real: Tensor = game.data.sample(shown, rng)
        self.latents: Tensor = draw_latents(game.network_controls, shown, rng)

    def generate(self, z: Tensor) -> Tensor:
        """Samples ``(n, *shape)`` for latents ``(n, latent_dim)``."""
        with torch.no_grad(), evaluating(self._game.generator.module) as G:
            samples: Tensor = G(z)
            return samples

    def score(self, x: Tensor) -> Tensor:
        """Scores ``(n,)``."""
        with torch.no_grad(), evaluating(self._game.discriminator.module) as D:
            scores: Tensor = D(x)
            return scores

    def slope(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores ``(n,)`` and gradients ``(n, *shape)``, zero where the score does not depend on x."""
        x = x.detach().requires_grad_()
        with evaluating(self._game.discriminator.module) as D:
            scores: Tensor = D(x)
            if not scores.requires_grad:
                return scores, torch.zeros_like(x)
            (gradient,) = torch.autograd.grad(scores.sum(), x, allow_unused=True)
        return scores.detach(), torch.zeros_like(x) if gradient is None else gradient


@contextmanager
def evaluating(module: nn.Module) -> Iterator[nn.Module]:
    """The module in evaluation mode, and back in training mode afterwards."""
    module.eval()
    try:
        yield module
    finally:
        module.train()
