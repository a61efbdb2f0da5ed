"""What is done with the w of a generator of styles: repeated for each layer, mixed, brought nearer to their mean."""

from __future__ import annotations

import torch
from torch import Tensor


def repeated(w: Tensor, num_ws: int) -> Tensor:
    """The same w for each layer: ``(n, w_dim)`` -> ``(n, num_ws, w_dim)``, in memory of its own."""
    return w[:, None].repeat(1, num_ws, 1)


def mixed(first: Tensor, second: Tensor, crossover: int) -> Tensor:
    """Layers before ``crossover`` take the w of the first, those from it on the w of the second.

    At 0 it is the second, at ``num_ws`` the first.

    Args:
        first: ``(n, num_ws, w_dim)``.
        second: The same shape.
        crossover: From 0 to ``num_ws``.

    Source: Karras et al. 2019, arXiv:1812.04948, section 3.1.
    """
    return torch.cat([first[:, :crossover], second[:, crossover:]], dim=1)


def truncated(ws: Tensor, w_avg: Tensor, psi: float, cutoff: int | None = None) -> Tensor:
    """w' = w_avg + psi (w - w_avg) for layers before ``cutoff``: less variety, fewer bad images. Never in training.

    Args:
        ws: ``(n, num_ws, w_dim)``.
        w_avg: The running mean of w, ``(w_dim,)``.
        psi: 1 leaves them as they are, at 0 they are all the mean.
        cutoff: None: all layers.

    Source: Karras et al. 2019, arXiv:1812.04948, appendix B.
    """
    if psi == 1:
        return ws
    nearer = w_avg + psi * (ws - w_avg) if psi else w_avg.expand_as(ws)
    return nearer if cutoff is None else mixed(nearer, ws, cutoff)
