"""An input that is a function of the place: waves whose phases w can move, so that a picture has no fixed grid."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn

from ganstudio.networks.parts.band_limits import Band


class FourierInput(nn.Module):
    """Waves of frequencies spread evenly over a disc, moved and turned by a learned affine of w.

    Source: Karras et al. 2021, arXiv:2106.12423, section 3.1 and appendix F; constants as in the authors' code.
    """

    def __init__(self, w_dim: int, channels: int, band: Band, rng: Generator) -> None:
        super().__init__()
        self.band = band
        normal = torch.empty(channels, 2).normal_(generator=rng)
        radii = normal.norm(dim=1, keepdim=True)
        frequencies = normal / (radii * radii.square().exp().pow(0.25)) * band.cutoff
        self.frequencies: Tensor
        self.phases: Tensor
        self.register_buffer("frequencies", frequencies)
        self.register_buffer("phases", torch.empty(channels).uniform_(-0.5, 0.5, generator=rng))
        self.mix = nn.Parameter(torch.empty(channels, channels).normal_(generator=rng))
        self.turn = nn.Parameter(torch.zeros(4, w_dim))
        self.turn_bias = nn.Parameter(torch.tensor([1.0, 0.0, 0.0, 0.0]))

    def learned(self, w: Tensor) -> Tensor:
        """(cos, sin, right, down) of each w ``(n, w_dim)``, ``(n, 4)``: how the learned affine turns and moves."""
        t = w @ self.turn.T / math.sqrt(w.shape[1]) + self.turn_bias
        direction: Tensor = t / t[:, :2].norm(dim=1, keepdim=True)
        return direction

    def forward(self, w: Tensor, transforms: Tensor | None = None) -> Tensor:
        """The waves as each w places them.

        Args:
            w: ``(n, w_dim)``.
            transforms: Where the places of moved pictures lie in the pictures as they were, ``(n, 3, 3)`` or
                ``(1, 3, 3)``, see `maths.placement`; None: they are not moved.

        Returns:
            ``(n, channels, size, size)``.
        """
        cos, sin, right, down = self.learned(w).T
        linear = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)  # (n, 2, 2)
        offset = -(linear @ torch.stack([right, down], 1)[:, :, None])  # turned first, then moved
        if transforms is not None:
            transforms = transforms.to(linear)
            offset = offset + linear @ transforms[:, :2, 2:]
            linear = linear @ transforms[:, :2, :2]
        phases = self.phases + (self.frequencies @ offset).squeeze(2)  # (n, c)
        frequencies = self.frequencies @ linear  # (n, c, 2)
        room = self.band.rate / 2 - self.band.cutoff
        strength = (1 - (frequencies.norm(dim=2) - self.band.cutoff) / room).clamp(0, 1)  # beyond the band: none
        size = self.band.size
        at = (torch.arange(size, device=w.device) + 0.5 - size / 2) / self.band.rate  # shares of the side
        along, across = (frequencies[:, :, axis, None] * at for axis in (0, 1))  # (n, c, size)
        turns = along[:, :, None, :] + across[:, :, :, None] + phases[:, :, None, None]
        waves = torch.sin(2 * math.pi * turns) * strength[:, :, None, None]
        mixed: Tensor = (self.mix / math.sqrt(len(self.mix))) @ waves.flatten(2)
        return mixed.reshape(*mixed.shape[:2], size, size)
