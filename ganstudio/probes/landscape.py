"""Landscape: the discriminator over the plane, and the gradient it gives the generated points."""

from __future__ import annotations

import torch

from ganstudio.core.dataset import Extent
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array, Landscape

ARROWS = 96


class LandscapeProbe(Probe):
    """A square grid of scores over the data's extent."""

    name = "landscape"
    title = "Landscape"
    kinds = ("plane",)
    priority = "front"

    def __init__(self) -> None:
        self._grid: tuple[tuple[int, Extent], torch.Tensor] | None = None

    def look(self, game: GameView, size: int) -> Landscape:
        extent = game.data.extent
        if self._grid is None or self._grid[0] != (size, extent):  # the data may have moved
            half = (extent.high - extent.low) / (2 * size)
            axis = torch.linspace(extent.low + half, extent.high - half, size, device=game.real.device)
            y, x = torch.meshgrid(axis, axis, indexing="ij")
            self._grid = (size, extent), torch.stack([x.flatten(), y.flatten()], dim=1)
        values = game.score(self._grid[1]).reshape(size, size)
        if game.labels is None:
            at = game.generate(game.latents)[:ARROWS]  # those that the points beside it show
        else:
            latents = game.latents[:ARROWS]
            at = game.generate(latents, game.shown_labels(len(latents)))
        _, gradient = game.score_and_gradient(at)
        return Landscape(
            low=extent.low, high=extent.high, values=Array.of(values.cpu().numpy()), kind=game.variant.score_kind,
            at=Array.of(at.cpu().numpy()), gradient=Array.of(gradient.cpu().numpy()),
            label=game.judged_label,
        )
