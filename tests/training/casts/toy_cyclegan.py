"""CycleGAN: two generators are one player, two discriminators the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Generator, Tensor, nn
from toy_parts import Toy, ToyNetwork, first_weights, maps, patches

from ganstudio.core.dataset import DataShape
from ganstudio.core.network import NetworkControls
from ganstudio.core.turn import Given, Phase, Turn
from ganstudio.core.variant import GameControls, Terms


class CycleGAN(Toy):
    """Zhu et al. 2017, arXiv:1703.10593; G_AB makes images of sources, G_BA sources of images."""

    name = "toy-cyclegan"
    title = "CycleGAN"
    networks = ("toy-cycle",)
    needs = frozenset({"source"})

    def players(self, phase: Phase) -> dict[str, tuple[str, ...]]:
        return {"discriminator": ("D_A", "D_B"), "generator": ("G_AB", "G_BA")}

    def terms(self, turn: Turn, c: GameControls) -> Terms:
        a, b = turn.batch.source, turn.batch.x
        assert a is not None
        if turn.player == "discriminator":
            with turn.no_grad():
                of_b, of_a = turn.G_BA(b), turn.G_AB(a)
            return {name: (D(real) - 1).square().mean() + D(fake).square().mean() for name, D, real, fake in (
                ("D_A", turn.D_A, a, of_b), ("D_B", turn.D_B, b, of_a))}
        of_b, of_a = turn.G_BA(b), turn.G_AB(a)
        cycle = (turn.G_BA(of_a) - a).abs().mean() + (turn.G_AB(of_b) - b).abs().mean()
        return {"G_AB": (turn.D_B(of_a) - 1).square().mean(), "G_BA": (turn.D_A(of_b) - 1).square().mean(),
                "cycle": 10 * cycle}

    def generate(self, modules: Mapping[str, Any], given: Given) -> Any:
        return modules["G_AB"](given.source)

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: GameControls) -> Tensor:
        scores: Tensor = modules["D_B"](x)
        return scores


class Cycle(ToyNetwork):
    """Four modules."""

    name = "toy-cycle"
    title = "Cycle"
    has_latent = False

    def modules(
        self, c: NetworkControls, data: DataShape, rng: Callable[[str], Generator],
    ) -> dict[str, nn.Module]:
        a, b = data.source[0], data.x[0]
        built = {"G_AB": maps(a, b), "G_BA": maps(b, a), "D_A": patches(a), "D_B": patches(b)}
        return {name: first_weights(module, rng(name)) for name, module in built.items()}
