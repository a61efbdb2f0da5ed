"""MSG-GAN: G makes, and D is shown, images of every size at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional
from toy_parts import Toy, ToyNetwork, first_weights, maps, patches, softplus

from ganstudio.core.network import NetworkControls
from ganstudio.core.turn import Given, Turn
from ganstudio.core.variant import GameControls, Terms


class MSGGAN(Toy):
    """Karnewar and Wang 2020, arXiv:1903.06048."""

    name = "toy-msg-gan"
    title = "MSG-GAN"
    networks = ("toy-scales",)

    def terms(self, turn: Turn, c: GameControls) -> Terms:
        if turn.player == "discriminator":
            with turn.no_grad():
                fake = turn.G(turn.latent())
            on_real, on_fake = turn.D.both(_scales(turn.batch.x), fake)
            return {"real": softplus(-on_real).mean(), "fake": softplus(on_fake).mean()}
        return {"generator": softplus(-turn.D(turn.G(turn.latent()))).mean()}

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: GameControls) -> Tensor:
        scores: Tensor = modules["D"](_scales(x))
        return scores


def _scales(x: Tensor) -> list[Tensor]:
    return [functional.avg_pool2d(x, 2), x]


class Scales(ToyNetwork):
    """Two scales."""

    name = "toy-scales"
    title = "Scales"

    def generator(self, c: NetworkControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return first_weights(_ScalesG(c.latent_dim, shape), rng)

    def discriminator(self, c: NetworkControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return first_weights(_ScalesD(shape[0]), rng)


class _ScalesG(nn.Module):
    def __init__(self, latent_dim: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = (shape[0], shape[1] // 2, shape[2] // 2)
        self.first, self.second = nn.Linear(latent_dim, shape[0] * shape[1] * shape[2] // 4), maps(shape[0], shape[0])

    def forward(self, z: Tensor) -> list[Tensor]:
        coarse = self.first(z).view(-1, *self.shape)
        return [coarse, self.second(functional.interpolate(coarse, scale_factor=2))]


class _ScalesD(nn.Module):
    def __init__(self, colours: int) -> None:
        super().__init__()
        self.fine, self.coarse = patches(colours), maps(1 + colours, 1)

    def forward(self, scales: list[Tensor]) -> Tensor:
        scores: Tensor = self.coarse(torch.cat([self.fine(scales[1]), scales[0]], 1))
        return scores.mean((1, 2, 3))
