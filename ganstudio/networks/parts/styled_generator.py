"""What every generator of styles has: a mapping from z to w, the running mean of w, and a w for each layer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from ganstudio.maths.styles import mixed, repeated
from ganstudio.networks.parts.noise import NoiseMap
from ganstudio.networks.parts.pixel_norm import pixel_norm
from ganstudio.networks.parts.scaled_layers import ScaledLinear, leaky

MAPPING_RATE = 0.01
W_AVG_BETA = 0.995
FIRST_LATENTS = 1024  # whose w give the first mean


class MappingLayers(nn.Module):
    """z ``(n, latent_dim)`` -> w ``(n, w_dim)``: z is brought to a mean square of 1, then dense layers.

    Source: Karras et al. 2019, arXiv:1812.04948, section 2 and appendix C.
    """

    def __init__(self, latent_dim: int, w_dim: int, layers: int, rng: Generator, rate: float = MAPPING_RATE) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            ScaledLinear(latent_dim if at == 0 else w_dim, w_dim, rng, rate=rate) for at in range(layers))

    def forward(self, z: Tensor) -> Tensor:
        w = pixel_norm(z)
        for layer in self.layers:
            w = leaky(layer(w))
        return w


class StyledGenerator(nn.Module):
    """Latents ``(n, latent_dim)`` to images: the base of those of styles. It is a ``core.network.StyleBased``."""

    w_avg: Tensor

    def __init__(
        self, latent_dim: int, w_dim: int, mapping_layers: int, rng: Generator, *, beta: float = W_AVG_BETA,
    ) -> None:
        """``beta``: share of the old mean of w that a batch keeps; it begins where ``init_w_avg`` is called."""
        super().__init__()
        self.latent_dim, self.w_dim, self.beta = latent_dim, w_dim, beta
        self.map = MappingLayers(latent_dim, w_dim, mapping_layers, rng)
        self.register_buffer("w_avg", torch.zeros(w_dim))

    def init_w_avg(self, rng: Generator) -> None:
        """The mean begins as that of some latents: from 0 it would lead truncation to no image at all for a while."""
        with torch.no_grad():
            self.w_avg.copy_(self.map(torch.randn(FIRST_LATENTS, self.latent_dim, generator=rng)).mean(0))

    @property
    @abstractmethod
    def num_ws(self) -> int:
        """How many w its layers take."""

    @property
    def noise_layers(self) -> Sequence[NoiseMap]:
        """Its layers with noise, the coarsest first."""
        return [layer for layer in self.modules() if isinstance(layer, NoiseMap)]

    @abstractmethod
    def names_of_ws(self) -> list[str]:
        """What each w steers, in words."""

    @abstractmethod
    def synthesis(self, ws: Tensor) -> Tensor:
        """A w for each layer, ``(n, num_ws, w_dim)`` -> images ``(n, colours, side, side)``."""

    def mapping(self, z: Tensor, *, follow: bool = True) -> Tensor:
        """Latents ``(n, latent_dim)`` -> w ``(n, w_dim)``.

        Args:
            z: Latents.
            follow: Whether the running mean of w follows this batch, in training: not if it is to be mixed in.
        """
        w: Tensor = self.map(z)
        if follow and self.training:
            with torch.no_grad():
                self.w_avg.lerp_(w.detach().to(self.w_avg.dtype).mean(0), 1 - self.beta)
        return w

    def mapped(self, z: Tensor, other: Tensor | None = None, crossover: int = 0, *, follow: bool = True) -> Tensor:
        """Latents ``(n, latent_dim)`` -> a w for each layer, ``(n, num_ws, w_dim)``; the rest as in ``forward``."""
        ws = repeated(self.mapping(z, follow=follow), self.num_ws)
        if other is not None:
            ws = mixed(ws, repeated(self.mapping(other, follow=False), self.num_ws), crossover)
        return ws

    def forward(self, z: Tensor, other: Tensor | None = None, crossover: int = 0, follow: bool = True) -> Tensor:
        """Images ``(n, colours, side, side)`` of latents.

        Args:
            z: Latents.
            other: Of a second latent for each image; None: the styles of all layers are the first one's.
            crossover: The layer from which on styles are the second one's.
            follow: Whether the running means follow this batch, in training.
        """
        return self.synthesis(self.mapped(z, other, crossover, follow=follow))
