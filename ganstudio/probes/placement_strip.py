"""Placement strip: what becomes of one column of a picture when it is moved by small parts of a pixel."""

from __future__ import annotations

import torch
from torch import Tensor

from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.maths.equivariance import psnr, whole_moves
from ganstudio.maths.placement import placement
from ganstudio.views.placement_strip import PlacementStrip

MOVES = 64
SPAN = 0.25  # of the side: a sixteenth of a pixel for each move at 16 px
AT_ONCE = 16
PICTURES = 8  # whose EQ-T is taken: the measure takes more


class PlacementStripProbe(Probe):
    """Eighty forward passes: computed rarely, and kept, so that a stored run shows it."""

    name = "placement-strip"
    title = "Placement strip"
    kinds = ("image",)
    needs = frozenset({"placement"})
    expensive = True
    time_share = 0.04

    def look(self, game: GameView, size: int) -> PlacementStrip:
        down = torch.linspace(-SPAN / 2, SPAN / 2, MOVES).tolist()
        shifts = (torch.rand(PICTURES, 2, generator=torch.Generator().manual_seed(0)) - 0.5) * SPAN
        columns = []
        for first in range(0, MOVES, AT_ONCE):
            part = down[first : first + AT_ONCE]
            columns.append(_moved(game, game.latents[:1].expand(len(part), -1), placement([0.0] * len(part), part)))
        strip = torch.cat([made[:, :, :, made.shape[3] // 2] for made in columns]).permute(1, 2, 0)  # (c, h, moves)
        side = columns[0].shape[-1]
        errors = whole_moves(lambda t: _moved(game, game.latents[:PICTURES], t), shifts, side)
        return PlacementStrip(
            strip=Array.of(pixels(strip[None].float().cpu().numpy())), span=SPAN, eq_t=psnr(errors),
            pictures=PICTURES, averaged=game.has_average)


def _moved(game: GameView, z: Tensor, transforms: Tensor) -> Tensor:
    """The same noise in each call."""
    with game.at_rest() as modules:
        made: Tensor = modules["G"].moved(z, transforms.to(z.device))
    return made
