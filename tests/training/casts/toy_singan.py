"""SinGAN: one scale of a pyramid after another, each with modules of its own; those that are done are frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional
from toy_parts import Toy, ToyNetwork, first_weights, maps, patches

from ganstudio.core.dataset import DataShape
from ganstudio.core.network import NetworkControls, Stage
from ganstudio.core.turn import Given, Phase, Turn
from ganstudio.core.variant import GameControls, Terms

SCALES, STEPS = 3, 5  # steps of each scale


class SinGAN(Toy):
    """Shaham et al. 2019, arXiv:1905.01164."""

    name = "toy-singan"
    title = "SinGAN"
    networks = ("toy-pyramid",)

    def phase(self, step: int, levels: int, c: GameControls) -> Phase:
        scale = min(step // STEPS, SCALES - 1)
        last = scale == SCALES - 1
        return Phase(name=f"scale {scale}", stage=Stage(scale), levels=SCALES, shown=step - scale * STEPS,
                     lasts=0 if last else STEPS)

    def phases(self, levels: int, c: GameControls) -> Sequence[Phase]:
        return [self.phase((SCALES - 1) * STEPS, levels, c)]

    def players(self, phase: Phase) -> dict[str, tuple[str, ...]]:
        assert phase.stage is not None
        return {"discriminator": (f"D{phase.stage.level}",), "generator": (f"G{phase.stage.level}",)}

    def terms(self, turn: Turn, c: GameControls) -> Terms:
        real = turn.batch.x
        assert turn.phase.stage is not None
        n, level = len(real), turn.phase.stage.level
        G, D = [getattr(turn, f"G{at}") for at in range(level + 1)], getattr(turn, f"D{level}")
        if turn.player == "discriminator":
            with turn.no_grad():
                fake = _made(G, n, turn.rng, real)
            return {"critic": D(fake).mean() - D(real).mean()}
        same = _made(G, n, None, real)
        return {"generator": -D(_made(G, n, turn.rng, real)).mean(),
                "reconstruction": 10 * (same - real).square().mean()}

    def generate(self, modules: Mapping[str, Any], given: Given) -> Any:
        assert given.phase.stage is not None
        G = [modules[f"G{at}"] for at in range(given.phase.stage.level + 1)]
        return _made(G, len(given.latent), given.rng, given.latent)

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: GameControls) -> Tensor:
        assert given.phase.stage is not None
        scores: Tensor = modules[f"D{given.phase.stage.level}"](x)
        return scores


def _made(G: Sequence[Any], n: int, rng: Generator | None, like: Tensor) -> Tensor:
    """Images from noise at every scale, or where there is no generator from fixed noise at the first alone."""
    x = torch.zeros(n, 1, 4, 4, device=like.device)
    for at, scale in enumerate(G):
        x = functional.interpolate(x, scale_factor=2).detach() if at else x
        if rng is not None:
            z = torch.randn(x.shape, generator=rng, device=like.device)
        else:
            z = torch.full_like(x, 0.0 if at else 0.5)
        x = x + scale(x + z)
    return x


class Pyramid(ToyNetwork):
    """A generator and a discriminator of patches for each scale."""

    name = "toy-pyramid"
    title = "Pyramid"

    def modules(
        self, c: NetworkControls, data: DataShape, rng: Callable[[str], Generator],
    ) -> dict[str, nn.Module]:
        built = {**{f"D{at}": patches(1) for at in range(SCALES)}, **{f"G{at}": maps(1, 1) for at in range(SCALES)}}
        return {name: first_weights(module, rng(name)) for name, module in built.items()}
