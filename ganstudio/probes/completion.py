"""Completion: the first codes of images are kept, and the prior draws the others."""

from __future__ import annotations

import numpy as np
import torch

from ganstudio.core.codes import drawn_by
from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol import asks
from ganstudio.core.protocol.views import Array
from ganstudio.views.completion import Completion

ROWS = 8  # images, as in Codes
SEED = 7  # of the first draw


class CompletionProbe(Probe):
    """The same draw at every look, until the user asks for another one."""

    name = "completed"
    title = "Completion"
    kinds = ("image",)
    needs = frozenset({"codes"})
    priority = "on request"
    expensive = True

    def look(self, game: GameView, size: int) -> Completion:
        asked = game.asked_for(asks.Completion) or asks.Completion()
        with game.at_rest() as modules:
            E, C, G, T = (modules[name] for name in ("E", "C", "G", "T"))
            codes = C.nearest(E(game.real[:ROWS]))
            n, grid = len(codes), codes.shape[-1]
            kept = round(asked.kept * grid * grid)
            rng = torch.Generator(codes.device)
            rng.manual_seed(SEED + asked.draw)
            given = codes.flatten(1)[:, :kept]
            by = drawn_by(game.variant, game.phase)
            if by == "prior":
                whole = T.draw(given, rng, asked.temperature, asked.top_k)
            else:  # there is none yet
                whole = torch.cat([given, C.draw((n, grid * grid - kept), rng)], dim=1)
            whole = whole.view(n, grid, grid)
            made = G(C(whole))
        return Completion(kept=kept, drawn_by=by, made=Array.of(pixels(made.float().cpu().numpy())),
                          codes=Array.of(whole.cpu().numpy().astype(np.float32)))
