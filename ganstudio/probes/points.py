"""Points: data and generated samples on the plane, and how they fall on the modes."""

from __future__ import annotations

import numpy as np
import torch

from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array, ModeCount, Points
from ganstudio.maths.mode_counts import count_modes


class PointsProbe(Probe):
    """The same latents at every look, so that points move only because the generator does."""

    name = "points"
    title = "Points"
    kinds = ("plane",)
    priority = "front"

    def look(self, game: GameView, size: int) -> Points:
        fake, extent = game.generate(game.latents), game.data.extent
        return Points(
            real=Array.of(game.real.cpu().numpy()), fake=Array.of(fake.cpu().numpy()), modes=_count(game, fake),
            labels=None if game.labels is None else Array.of(game.labels[:len(fake)].cpu().numpy().astype(np.float32)),
            low=extent.low, high=extent.high,
        )


def _count(game: GameView, fake: torch.Tensor) -> ModeCount | None:
    modes = game.data.modes
    if modes is None:
        return None
    with np.errstate(all="ignore"):  # the points of a run that diverges may be of any size
        counts = count_modes(fake.cpu().numpy().astype(np.float64), modes)
    return ModeCount(
        centres=Array.of(modes.centres.astype(np.float32)), radius=Array.of((3 * modes.sds).astype(np.float32)),
        share=Array.of(counts.good.astype(np.float32)), needed=Array.of(modes.found_from.astype(np.float32)),
        found=counts.found, high_quality=counts.high_quality, near=counts.near, distance=counts.distance,
        nearest=Array.of(counts.nearest.astype(np.float32)),
    )
