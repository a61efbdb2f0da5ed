"""A look into a generator of styles: images of given w, with given noise, and nothing of the run is moved by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from ganstudio.maths.styles import repeated, truncated
from ganstudio.networks.parts.noise import SILENT, numbered_noise

SEED = 15  # of the noise that is looked at


class StyleLook:
    """A generator that is in evaluation mode, as `core.probe.GameView.at_rest` gives it."""

    def __init__(self, G: Any) -> None:
        """``G``: a `core.network.StyleBased`, or what stands for it."""
        self._G = G
        self._module: nn.Module = G if isinstance(G, nn.Module) else G.module
        self.num_ws: int = G.num_ws
        self.noisy: list[nn.Module] = list(G.noise_layers)

    def w(self, z: Tensor, psi: float = 1.0) -> Tensor:
        """Latents ``(n, latent_dim)`` -> w ``(n, w_dim)``, truncated."""
        return truncated(self._G.mapping(z), self.w_avg, psi)

    @property
    def w_avg(self) -> Tensor:
        """The running mean of w, ``(w_dim,)``."""
        return cast(Tensor, self._G.w_avg)

    def images(self, ws: Tensor, draws: Sequence[Sequence[int]] | None = None, *, draw: int = 0,
               silent: Sequence[int] = ()) -> Tensor:
        """Images ``(n, colours, side, side)``, float32, on the CPU.

        Args:
            ws: ``(n, num_ws, w_dim)``, or ``(n, w_dim)`` for the same w in each layer.
            draws: The number of each image's draw of noise for each layer with noise; None: ``draw`` for all.
            draw: As above.
            silent: Layers with noise, counted by themselves, that add none.
        """
        ws = repeated(ws, self.num_ws) if ws.ndim == 2 else ws
        if draws is None:
            draws = self.same_noise(len(ws), draw, silent)
        with numbered_noise(self.noisy, draws, SEED):
            made: Tensor = self._G.synthesis(ws)
        return made.float().cpu()

    def same_noise(self, n: int, draw: int, silent: Sequence[int] = ()) -> list[list[int]]:
        """One draw for all images, but none in silent layers."""
        return [[SILENT if layer in silent else draw] * n for layer in range(len(self.noisy))]

    def parts(self, ws: Tensor) -> tuple[list[Tensor], Tensor]:
        """What each level adds, the coarsest first, and the image, of one and the same noise; on the CPU."""
        ws = repeated(ws, self.num_ws)
        with numbered_noise(self.noisy, self.same_noise(len(ws), 0), SEED):
            parts = [part.float().cpu() for part in self._G.skip_parts(ws)]
            made: Tensor = self._G.synthesis(ws)
        return parts, made.float().cpu()

    @property
    def names(self) -> list[str]:
        """What each w steers, in words, the coarsest first."""
        names: list[str] = self._G.names_of_ws()
        return names

    def noisy_sides(self, z: Tensor) -> list[int]:
        """Side of the maps that each layer with noise adds it to, px."""
        found: list[int] = []

        def note(layer: nn.Module, given: tuple[Tensor, ...]) -> None:
            found.append(given[0].shape[-1])

        hooks = [layer.register_forward_pre_hook(note) for layer in self.noisy]
        try:
            self.images(self.w(z[:1]))
        finally:
            for hook in hooks:
                hook.remove()
        return found[:len(self.noisy)]


def truncated_samples(G: Any, z: Tensor, psi: float) -> Tensor:
    """Samples ``(n, colours, side, side)`` of latents ``(n, latent_dim)`` whose w are truncated."""
    samples: Tensor = G.synthesis(truncated(repeated(G.mapping(z), G.num_ws), G.w_avg, psi))
    return samples


class Truncated(nn.Module):
    """A generator of styles with its truncation baked in: latents ``(n, latent_dim)`` to samples."""

    def __init__(self, G: nn.Module, psi: float) -> None:
        super().__init__()
        self.G, self.psi = G, psi

    def forward(self, z: Tensor) -> Tensor:
        return truncated_samples(self.G, z, self.psi)


def spread(images: Tensor) -> Tensor:
    """Standard deviation over the first axis, the colours together: ``(k, n, c, h, w)`` -> ``(n, h, w)``."""
    return images.var(0, correction=1).mean(1).sqrt()


def rms_spread(images: Tensor) -> float:
    """Root of the mean variance over the first axis, of ``(k, ...)``, image units."""
    return float(torch.sqrt(images.var(0, correction=1).mean()))
