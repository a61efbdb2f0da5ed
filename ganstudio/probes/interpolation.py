"""Interpolation: images along a path through the latent space that the user chose."""

from __future__ import annotations

import msgspec
import numpy as np
import torch

from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array, Interpolation, Walk
from ganstudio.maths.latents import along

MOST = 256  # images of one look
NOWHERE = Walk(anchors=[], path="line", blend="slerp", at=[], averaged=False)


class InterpolationProbe(Probe):
    """The ends are the anchors' own images: the path meets the anchors bit for bit."""

    name = "interpolation"
    title = "Interpolation"
    kinds = ("image",)
    expensive = True
    time_share = 0.02

    def look(self, game: GameView, size: int) -> Interpolation:
        """The images asked for; none if no path is asked for, or none that these latents have."""
        walk, z = game.walk_asked, game.latents
        if walk is None or not 2 <= len(walk.anchors) <= 4 or not all(0 <= i < len(z) for i in walk.anchors):
            none = Array.of(np.zeros((0, 1, 1, 1), np.uint8))
            return Interpolation(walk=NOWHERE, images=none, anchors=none, norms=Array.of(np.zeros(0, np.float32)),
                                 latent_dim=z.shape[1])
        walk = msgspec.structs.replace(walk, at=walk.at[:MOST])
        ends = z[walk.anchors]
        at = torch.tensor(walk.at, dtype=torch.float64).reshape(-1, 2)
        latents = along(ends, walk.path, walk.blend, at)
        asked = torch.cat([latents, ends])
        averaged = game.average(asked) if walk.averaged else None
        images = pixels((game.generate(asked) if averaged is None else averaged).float().cpu().numpy())
        return Interpolation(
            walk=msgspec.structs.replace(walk, averaged=averaged is not None),
            images=Array.of(images[: len(latents)]), anchors=Array.of(images[len(latents) :]),
            norms=Array.of(latents.float().norm(dim=1).cpu().numpy()), latent_dim=z.shape[1],
        )
