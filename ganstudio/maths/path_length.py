"""How far an image moves for a step in w: the length of J^T y for noise y on the image."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor


def path_lengths(synthesis: Callable[[Tensor], Tensor], ws: Tensor, rng: Generator) -> Tensor:
    """Lengths ``(n,)``, differentiable: sqrt of the mean over layers of |d(image . y)/dw|^2, y ~ N(0, 1) / sqrt(h w).

    Divided by the root of the pixels, y gives images of any size the same length; without, 8 px read 8 times as much.

    Args:
        synthesis: A w for each layer, ``(n, layers, w_dim)`` -> images ``(n, c, h, w)``.
        ws: Where to measure; carries a gradient, or is given one here.
        rng: Draws y.

    Source: Karras et al. 2020, arXiv:1912.04958, section 3.2 and appendix B; the mean over layers as in the authors'
    code.
    """
    if not ws.requires_grad:
        ws = ws.detach().requires_grad_()
    images = synthesis(ws)
    y = torch.randn(images.shape, generator=rng, device=images.device, dtype=images.dtype)
    y = y / math.sqrt(images.shape[2] * images.shape[3])
    (slope,) = torch.autograd.grad((images * y).sum(), ws, create_graph=True)
    return slope.square().sum(2).mean(1).sqrt()
