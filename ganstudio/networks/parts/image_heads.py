"""What players for images share: the sizes they are built for, and the output activation of a generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from ganstudio.core.system.errors import BadInput

Output = Literal["linear", "sigmoid", "tanh"]

START = 4  # px, the side of the smallest map

# Each maps a layer's output to pixels in [-1, 1]; the linear one may go beyond.
OUTPUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda x: x, "sigmoid": lambda x: 2 * torch.sigmoid(x) - 1, "tanh": torch.tanh,
}


class OutputActivation(nn.Module):
    """The output activation of a generator: turns a layer's output into pixels."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self._bend = OUTPUTS[output]

    def forward(self, x: Tensor) -> Tensor:
        return self._bend(x)


class ScoreHead(nn.Linear):
    """The last layer of a discriminator, in float32 for any precision of the rest: losses are differences of scores."""

    def forward(self, x: Tensor) -> Tensor:
        if x.is_meta:  # autocast knows no tensors without contents
            return super().forward(x)
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.to(self.bias.dtype))


def num_upsamplings(shape: tuple[int, ...], low: int, high: int, network: str) -> int:
    """How many times a map of 4 px is doubled until it has the size of an image.

    Args:
        shape: Of one image, ``(c, h, w)``.
        low: Smallest side the network is built for, px, a power of two.
        high: Largest one.
        network: Its name, for the sentence.

    Raises:
        BadInput: The image is not square, or its side not a power of two from ``low`` to ``high``.
    """
    _, height, width = shape
    if height != width or not low <= height <= high or height & (height - 1):
        ends = "; set resolution" if height == width else ", as wide as high"  # no resolution makes a square of it
        raise BadInput(f"images of {width}×{height} px do not suit the {network} network: "
                       f"it takes a power of two from {low} to {high} px a side{ends}")
    return (height // START).bit_length() - 1
