"""What a pyramid of generators makes: G0 from noise, each further one from noise and the image of the one below it.

    x_0 = G0(z_0),   x_n = up(x_{n-1}) + layers(up(x_{n-1}) + sigma_n z_n)

The reconstruction is what comes of z_0 = z*, which is drawn once, and of no noise at the other scales.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Generator, Tensor

from ganstudio.maths.scale_pyramid import Size, enlarged

Noise = Callable[[int, Size], Tensor | None]
"""The noise of a scale of that size, ``(n, 1 or colours, h, w)``, N(0, 1); None: there is none."""


def made_at_scales(
    modules: Mapping[str, Any], last: int, noise: Noise, sizes: list[Size] | None = None,
    below: Tensor | None = None, first: int = 0,
) -> list[Tensor]:
    """The images of the scales from ``first`` to ``last``, each ``(n, c, h, w)``.

    Args:
        modules: ``G0``, ``G1`` and so on.
        last: The finest scale that is made, 0 being the coarsest.
        noise: Gives the noise of each scale.
        sizes: Of the scales, if the canvas is another than the image's.
        below: The image of the scale below ``first``, at any size; None if that is the coarsest.
        first: The first scale that is made.
    """
    sizes = list(modules["G0"].sizes) if sizes is None else sizes
    made: list[Tensor] = []
    for at in range(first, last + 1):
        z = noise(at, sizes[at])
        before = None if below is None else enlarged(below, sizes[at])
        below = modules[f"G{at}"](z, before)
        made.append(below)
    return made


def reconstructions(modules: Mapping[str, Any], last: int) -> list[Tensor]:
    """The reconstruction at each scale up to ``last``, each ``(1, c, h, w)``."""
    z: Tensor = modules["G0"].z_star
    return made_at_scales(modules, last, lambda at, size: None if at else z)


def variations(
    modules: Mapping[str, Any], last: int, n: int, rng: Generator, *, start: int = 0, wide: float = 1.0,
    high: float = 1.0, strength: float = 1.0,
) -> Tensor:
    """Samples ``(n, c, h, w)`` whose noise begins at a scale; below it they are the reconstruction.

    Args:
        modules: ``G0``, ``G1`` and so on.
        last: The finest scale that is made, 0 being the coarsest.
        n: How many.
        rng: Draws the noise.
        start: The first scale with noise.
        wide: Width of the canvas over the image's. Above the coarsest scale the reconstruction is stretched to it.
        high: The same for its height.
        strength: What the noise is multiplied by.
    """
    z_star: Tensor = modules["G0"].z_star
    sizes = [(max(round(h * high), 1), max(round(w * wide), 1)) for h, w in modules["G0"].sizes]
    start = min(start, last)
    below = reconstructions(modules, start - 1)[-1].expand(n, -1, -1, -1) if start else None

    def noise(at: int, size: Size) -> Tensor:
        count = modules[f"G{at}"].colours if at else 1
        return strength * torch.randn((n, count, *size), generator=rng, device=z_star.device)

    return made_at_scales(modules, last, noise, sizes, below, start)[-1]
