"""StyleGAN2: mapping and synthesis, noise maps, mixed styles, and penalties that come in some updates only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional
from toy_parts import Toy, ToyNetwork, first_weights, softplus

from ganstudio.core.network import NetworkControls
from ganstudio.core.turn import Turn
from ganstudio.core.variant import GameControls, Terms
from ganstudio.networks.parts.noise import NoiseMap


class StyleGAN2(Toy):
    """Karras et al. 2020, arXiv:1912.04958."""

    name = "toy-stylegan2"
    title = "StyleGAN2"
    networks = ("toy-style",)
    gamma, path_weight, every_d, every_g = 10.0, 2.0, 4, 3

    def __init__(self) -> None:
        self.path_mean = torch.zeros(())

    def _styles(self, turn: Turn) -> Tensor:
        """``(n, layers, width)``: at nine updates of ten, the styles of one latent and from some layer on another's."""
        w: Tensor = turn.G.mapping(turn.latent())
        mixed = float(torch.rand((), generator=turn.rng, device=turn.rng.device)) < 0.9
        cut = 1 if mixed else w.shape[1]
        return torch.cat([w[:, :cut], turn.G.mapping(turn.latent())[:, cut:]], 1)

    def terms(self, turn: Turn, c: GameControls) -> Terms:
        if turn.player == "discriminator":
            lazy = turn.update % self.every_d == 0
            real = turn.batch.x.requires_grad_(lazy)
            with turn.no_grad():
                fake = turn.G.synthesis(self._styles(turn))
            on_real = turn.D(real)
            terms = {"real": softplus(-on_real).mean(), "fake": softplus(turn.D(fake)).mean()}
            if lazy:
                (slope,) = torch.autograd.grad(on_real.sum(), real, create_graph=True)
                terms["R1"] = self.gamma / 2 * self.every_d * slope.square().flatten(1).sum(1).mean()
            return terms
        w = self._styles(turn)
        fake = turn.G.synthesis(w)
        terms = {"generator": softplus(-turn.D(fake)).mean()}
        if turn.update % self.every_g == 0:
            noise = torch.randn(fake.shape, generator=turn.rng, device=fake.device) / fake.shape[-1]
            (slope,) = torch.autograd.grad((fake * noise).sum(), w, create_graph=True)
            length = slope.square().sum(2).mean(1).sqrt()
            self.path_mean = self.path_mean.to(length.device).lerp(length.mean().detach(), 0.01)
            terms["path length"] = self.path_weight * self.every_g * (length - self.path_mean).square().mean()
        return terms

    def state(self) -> dict[str, Tensor]:
        return {"path_mean": self.path_mean}

    def load_state(self, state: Mapping[str, Any]) -> None:
        self.path_mean = state["path_mean"]


class Style(ToyNetwork):
    """Two layers."""

    name = "toy-style"
    title = "Style"

    def generator(self, c: NetworkControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return first_weights(_Synthesis(c.latent_dim, shape), rng)

    def discriminator(self, c: NetworkControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        numbers = shape[0] * shape[1] * shape[2]
        D = nn.Sequential(nn.Flatten(), nn.Linear(numbers, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
        return first_weights(D, rng)


class _Synthesis(nn.Module):
    """Latents ``(n, latent_dim)`` -> images ``(n, colours, h, h)``, by way of styles ``(n, 2, 8)``."""

    def __init__(self, latent_dim: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.to_styles = nn.Linear(latent_dim, 8)
        self.start = nn.Parameter(torch.empty(1, 8, *shape[1:]))
        self.scales = nn.ModuleList([nn.Linear(8, 8), nn.Linear(8, 8)])
        self.inner, self.noise, self.last = nn.Conv2d(8, 8, 3, 1, 1), NoiseMap(8), nn.Conv2d(8, shape[0], 1)

    def mapping(self, z: Tensor) -> Tensor:
        w: Tensor = self.to_styles(z)
        return w[:, None].repeat(1, 2, 1)

    def synthesis(self, w: Tensor) -> Tensor:
        first, second = (1 + scale(w[:, at])[..., None, None] for at, scale in enumerate(self.scales))
        image: Tensor = self.last(self.noise(functional.leaky_relu(self.inner(self.start * first), 0.2)) * second)
        return image

    def forward(self, z: Tensor) -> Tensor:
        return self.synthesis(self.mapping(z))
