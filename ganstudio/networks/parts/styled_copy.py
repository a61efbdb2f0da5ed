"""A copy of a generator with styles for measures: of any number type, with the same noise whenever it is asked for."""

from __future__ import annotations

from typing import Any

import torch
from torch import Generator, Tensor

from ganstudio.core.measure import MeasuredGame
from ganstudio.core.network import StyleBased
from ganstudio.maths.styles import repeated
from ganstudio.networks.parts.noise import copied_module, has_noise

AT_ONCE = 100  # images
APART = 1_000_003  # between the seeds of two parts' noise


class StyledCopy:
    """Maps latents and draws images, a part at a time. Noise depends on the place in the batch and on a seed alone.

    Attributes:
        num_ws: How many w its layers take.
    """

    def __init__(self, game: MeasuredGame, dtype: torch.dtype = torch.float32) -> None:
        """Copies the generator; TypeError if it has no styles."""
        module = game.modules["G"].module if hasattr(game.modules["G"], "module") else game.modules["G"]
        if not isinstance(module, StyleBased):
            raise TypeError(f"{type(module).__name__} has no styles")
        self.device = torch.device("cpu") if game.device.type == "mps" else game.device  # mps knows no float64
        copied: Any = copied_module(module)  # type: ignore[arg-type]
        self._module = copied.to(self.device, dtype).eval()
        self._dtype, self._rng = dtype, Generator(self.device)
        for layer in self._module.modules():
            if has_noise(layer):
                layer.noise_rng = self._rng
        self.num_ws: int = self._module.num_ws

    @property
    def module(self) -> Any:
        """The copy itself."""
        return self._module

    @torch.no_grad()
    def mapped(self, z: Tensor) -> Tensor:
        """Latents ``(n, latent_dim)`` -> w ``(n, w_dim)``."""
        return torch.cat([self._module.mapping(part) for part in torch.split(z.to(self.device, self._dtype), AT_ONCE)])

    @torch.no_grad()
    def drawn(self, ws: Tensor, noise: int = 0) -> Tensor:
        """A w for each layer ``(n, num_ws, w_dim)``, or one for all ``(n, w_dim)`` -> images, on the CPU.

        Args:
            ws: The w.
            noise: Seed of the noise; the same one gives the same noise to the same place.
        """
        if ws.ndim == 2:
            ws = repeated(ws, self.num_ws)
        parts = []
        for at, part in enumerate(torch.split(ws.to(self.device, self._dtype), AT_ONCE)):
            self._rng.manual_seed(noise + APART * at)
            parts.append(self._module.synthesis(part).cpu())
        return torch.cat(parts)


def latents_for(game: MeasuredGame, n: int, seed: int) -> Tensor:
    """Latents ``(n, latent_dim)`` that depend on the seed alone, whatever was measured before."""
    game.rng.manual_seed(seed)
    latents: Tensor = game.latents(n)
    return latents
