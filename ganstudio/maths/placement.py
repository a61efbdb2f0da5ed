"""Where a picture is on the plane: what a generator whose picture can be moved is given.

Places are shares of the side of the image from its middle, x to the right and y down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def placement(right: Sequence[float], down: Sequence[float], degrees: float = 0.0) -> Tensor:
    """Where each place of a moved picture lies in the picture as it was.

    It is the inverse of the move: what is to be at x + t has to be read at x. A picture that is turned
    counterclockwise by ``degrees`` and then moved is read at R(x - t).

    Args:
        right: How far each of n pictures is moved, shares of the side.
        down: The same downwards.
        degrees: How far all of them are turned about their middle, counterclockwise.

    Returns:
        ``(n, 3, 3)`` float32, for columns (x, y, 1).

    Source:
        Karras et al. 2021, arXiv:2106.12423: their user-specified transform.
    """
    x, y = (torch.tensor(moves, dtype=torch.float64) for moves in (right, down))
    angle = torch.full_like(x, math.radians(degrees))
    return placement_matrix(angle.cos(), angle.sin(), x, y).float()


def placement_matrix(cos: Tensor, sin: Tensor, right: Tensor, down: Tensor) -> Tensor:
    """The same for an angle and a move of each picture: ``(n,)`` each -> ``(n, 3, 3)``, differentiable."""
    zero, one = torch.zeros_like(cos), torch.ones_like(cos)
    rows = [cos, -sin, sin * down - cos * right,
            sin, cos, -sin * right - cos * down,
            zero, zero, one]
    return torch.stack(rows, dim=1).reshape(-1, 3, 3)
