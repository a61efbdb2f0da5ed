"""A map of fixed waves in the place of a learnt constant: a picture's coordinates, which can be moved and turned.

Features are sin(2 pi (f . (A x + t) + phase)), x in shares of the picture's side, 0 in its middle, with rows of the
3 x 3 transform [A t]. A transform is applied to coordinates: what is drawn moves the other way, by its inverse.

Source: Karras et al. 2021, arXiv:2106.12423, section 3.1 and appendix D; frequencies as in the authors' code.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn


def moving(t_x: float, t_y: float, angle: float = 0.0) -> Tensor:
    """The transform ``(3, 3)`` with which the picture turns about its middle and then moves.

    Args:
        t_x: To the right, in shares of the side.
        t_y: Downwards, in shares of the side.
        angle: Clockwise as it is seen, radians.
    """
    cos, sin = math.cos(angle), math.sin(angle)
    there = torch.tensor([[cos, -sin, t_x], [sin, cos, t_y], [0, 0, 1]], dtype=torch.float64)
    back: Tensor = torch.linalg.inv(there)
    return back.float()


class FourierFeatures(nn.Module):
    """Waves whose frequencies fill a disc evenly: a map ``(1, channels, size, size)``, the same for all images.

    Attributes:
        transform: ``(3, 3)``, or ``(n, 3, 3)`` for one of each image; None: nothing is moved. No part of the state.
    """

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
        self.transform: Tensor | None = None

    def forward(self, transform: Tensor | None = None) -> Tensor:
        """The map, ``(1, channels, size, size)``, or ``(n, ...)`` for ``n`` transforms ``(n, 3, 3)``.

        ``transform``: used instead of its own.
        """
        transform = self.transform if transform is None else transform
        frequencies, phases = self.frequencies[None], self.phases[None]
        if transform is not None:
            transform = transform.to(frequencies).reshape(-1, 3, 3)
            phases = phases + (frequencies @ transform[:, :2, 2:]).squeeze(2)
            frequencies = frequencies @ transform[:, :2, :2]
        at = (torch.arange(self.size, device=frequencies.device, dtype=frequencies.dtype) + 0.5 - self.size / 2)
        at = at / self.rate
        rows, columns = torch.meshgrid(at, at, indexing="ij")
        angles = torch.stack([columns, rows], dim=-1).flatten(0, 1) @ frequencies.transpose(1, 2)
        waves = torch.sin(2 * math.pi * (angles + phases[:, None])).transpose(1, 2)
        heard: Tensor = waves * self._amplitudes(frequencies)
        return heard.reshape(*heard.shape[:2], self.size, self.size)

    def _amplitudes(self, frequencies: Tensor) -> Tensor:
        """1 up to the bandwidth, falling to 0 at half the rate: an enlarged wave would be more than its map can hold.
        """
        room = self.rate / 2 - self.bandwidth
        over = frequencies.norm(dim=2, keepdim=True) - self.bandwidth
        heard: Tensor = (1 - over / room).clamp(0, 1) if room > 0 else (over <= 1e-6 * self.bandwidth).to(over.dtype)
        return heard
