"""Line: densities of data and generator on the line, and the discriminator over them."""

from __future__ import annotations

import numpy as np
import torch

from ganstudio.core.probe import GameView, Probe
from ganstudio.core.views import Array, Line

CELLS = 120


class LineProbe(Probe):
    """Cells of equal width over where the data lies; the generator's density is a histogram of its samples."""

    name = "line"
    title = "Line"
    kinds = ("line",)

    def look(self, game: GameView, size: int) -> Line:
        extent = game.data.extent
        edges = np.linspace(extent.low, extent.high, CELLS + 1)
        x = (edges[:-1] + edges[1:]) / 2
        width = edges[1] - edges[0]
        fake = game.generate(game.latents).cpu().numpy()[:, 0]
        log_density = game.data.log_density(x[:, None])
        if log_density is None:
            data = np.histogram(game.real.cpu().numpy()[:, 0], edges)[0] / (len(game.real) * width)
        else:
            data = np.exp(log_density)
        finite = fake[np.isfinite(fake)]
        density = np.histogram(finite, edges)[0] / (max(len(fake), 1) * width)
        at = torch.as_tensor(x[:, None], dtype=torch.float32, device=game.real.device)
        return Line(
            x=Array.of(x.astype(np.float32)), data=Array.of(data.astype(np.float32)), exact=log_density is not None,
            generator=Array.of(density.astype(np.float32)), score=Array.of(game.score(at).cpu().numpy()),
            kind=game.variant.score,
        )
