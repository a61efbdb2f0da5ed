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
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    rows = [[[cos, -sin, -cos * x + sin * y], [sin, cos, -sin * x - cos * y], [0.0, 0.0, 1.0]]
            for x, y in zip(right, down, strict=True)]
    return torch.tensor(rows)
