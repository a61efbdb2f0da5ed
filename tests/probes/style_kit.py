"""A small generator of styles at rest, as a probe sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ganstudio.core.protocol.asks import Ask
from ganstudio.core.protocol.views import Walk
from ganstudio.networks.style2 import Style2, Style2Controls

A = TypeVar("A")
SIDE = 16
CONTROLS = Style2Controls(latent_dim=8, w_dim=8, width=8, resolution=SIDE, mapping_layers=2)


def generator(noise: float = 0.3, seed: int = 0) -> nn.Module:
    """With noise that is seen, and a mean of w."""
    rng = torch.Generator().manual_seed(seed)
    made: Any = Style2().generator(CONTROLS, (3, SIDE, SIDE), rng)
    for layer in made.noise_layers:
        nn.init.constant_(layer.strength, noise)
    with torch.no_grad():
        made.w_avg.copy_(made.mapping(torch.randn(1000, 8, generator=rng)).mean(0))
    module: nn.Module = made.eval()
    return module


class StyleGame:
    """The game view of a run with such a generator; its average is another one."""

    def __init__(self, G: nn.Module | None = None) -> None:
        self.G, self.mean = generator() if G is None else G, generator(seed=1)
        self.latents = torch.randn(64, 8, generator=torch.Generator().manual_seed(3))
        self.asks: Sequence[Ask] = ()
        self.walk_asked: Walk | None = None
        self.labels = None
        self.data = SimpleNamespace(label_frequencies=None)
        self.asked_many = 0
        self.averages = False

    def asked_for(self, kind: type[A]) -> A | None:
        return next((ask for ask in self.asks if isinstance(ask, kind)), None)

    @contextmanager
    def at_rest(self, *, averaged: bool = True) -> Iterator[Mapping[str, Any]]:
        with torch.no_grad():
            yield {"G": self.mean if averaged and self.averages else self.G}

    def average(self, z: Tensor) -> Tensor | None:
        with torch.no_grad():
            return self.mean(z) if self.averages else None

    def many_latents(self, n: int) -> Tensor:
        self.asked_many += 1
        return torch.randn(n, 8, generator=torch.Generator().manual_seed(4))
