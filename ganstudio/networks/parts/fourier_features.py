"""A map of waves in the place of a learnt constant: a picture's coordinates, which can be moved and turned.

Features are sin(2 pi (f . (A x + t) + phase)), x in shares of the picture's side, 0 in its middle, with rows of the
3 x 3 transform [A t]. A transform is applied to coordinates: what is drawn moves the other way, by its inverse; see
`maths.placement`.

Source: Karras et al. 2021, arXiv:2106.12423, section 3.1 and appendix D; frequencies as in the authors' code.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn

from ganstudio.maths.placement import placement_matrix


class Waves(nn.Module):
    """Waves whose frequencies fill a disc evenly."""

    frequencies: Tensor
    phases: Tensor

    def __init__(self, channels: int, size: int, rate: float, bandwidth: float, rng: Generator) -> None:
        """Draws the waves.

        Args:
            channels: Waves.
            size: Side of the map, pixels; beyond ``rate`` it goes on outside the picture.
            rate: Pixels in a side of the picture.
            bandwidth: Highest frequency, waves in a side of the picture.
            rng: Draws frequencies and phases.
        """
        super().__init__()
        self.size, self.rate, self.bandwidth = size, rate, bandwidth
        frequencies = torch.randn(channels, 2, generator=rng)
        radii = frequencies.square().sum(1, keepdim=True).sqrt()
        # The radius of a normal pair brought to one whose square is even in [0, 1): such pairs fill a disc evenly.
        self.register_buffer("frequencies", frequencies / (radii * radii.square().exp().pow(0.25)) * bandwidth)
        self.register_buffer("phases", torch.rand(channels, generator=rng) - 0.5)

    def drawn(self, transforms: Tensor | None) -> Tensor:
        """The map, ``(1, channels, size, size)``, or ``(n, ...)`` for ``n`` transforms ``(n, 3, 3)``."""
        frequencies, phases = self.frequencies[None], self.phases[None]
        if transforms is not None:
            transforms = transforms.to(frequencies)
            phases = phases + (frequencies @ transforms[:, :2, 2:]).squeeze(2)  # (n, c)
            frequencies = frequencies @ transforms[:, :2, :2]  # (n, c, 2)
        at = torch.arange(self.size, device=frequencies.device, dtype=frequencies.dtype) + 0.5 - self.size / 2
        along, across = (frequencies[:, :, axis, None] * (at / self.rate) for axis in (0, 1))  # (n, c, size)
        turns = along[:, :, None, :] + across[:, :, :, None] + phases[:, :, None, None]
        return torch.sin(2 * math.pi * turns) * self._amplitudes(frequencies)[:, :, None, None]

    def _amplitudes(self, frequencies: Tensor) -> Tensor:
        """1 up to the bandwidth, falling to 0 at half the rate: an enlarged wave would be more than its map can hold.
        """
        room = self.rate / 2 - self.bandwidth
        over = frequencies.norm(dim=2) - self.bandwidth
        heard: Tensor = (1 - over / room).clamp(0, 1) if room > 0 else (over <= 1e-6 * self.bandwidth).to(over.dtype)
        return heard


class FourierFeatures(Waves):
    """Fixed waves, the same for all images: configuration B of the paper."""

    def forward(self, transforms: Tensor | None = None) -> Tensor:
        """The map, ``(1, channels, size, size)``, or ``(n, ...)`` for ``n`` transforms ``(n, 3, 3)``."""
        return self.drawn(transforms)


class PlacedFeatures(Waves):
    """Waves that each w moves and turns, by a learned affine, and that a learnt matrix mixes.

    Source: Karras et al. 2021, arXiv:2106.12423, section 3.1 and appendix F; constants as in the authors' code.
    """

    def __init__(
        self, w_dim: int, channels: int, size: int, rate: float, bandwidth: float, rng: Generator,
    ) -> None:
        super().__init__(channels, size, rate, bandwidth, rng)
        self.mix = nn.Parameter(torch.randn(channels, channels, generator=rng))
        self.turn = nn.Parameter(torch.zeros(4, w_dim))
        self.turn_bias = nn.Parameter(torch.tensor([1.0, 0.0, 0.0, 0.0]))

    def learned(self, w: Tensor) -> Tensor:
        """(cos, sin, right, down) of each w ``(n, w_dim)``, ``(n, 4)``: how the learned affine turns and moves."""
        t = w @ self.turn.T / math.sqrt(w.shape[1]) + self.turn_bias
        direction: Tensor = t / t[:, :2].norm(dim=1, keepdim=True)
        return direction

    def forward(self, w: Tensor, transforms: Tensor | None = None) -> Tensor:
        """The mixed waves as each w places them, ``(n, channels, size, size)``.

        Args:
            w: ``(n, w_dim)``.
            transforms: Where the places of moved pictures lie in the pictures as they were, ``(n, 3, 3)`` or
                ``(1, 3, 3)``, see `maths.placement`; None: they are not moved.
        """
        learned = placement_matrix(*self.learned(w).unbind(1))
        waves = self.drawn(learned if transforms is None else learned @ transforms.to(learned))
        mixed: Tensor = (self.mix / math.sqrt(len(self.mix))) @ waves.flatten(2)
        return mixed.reshape(waves.shape)
