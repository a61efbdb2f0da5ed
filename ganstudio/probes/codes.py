"""Codes: the images that are shown, written in codes and drawn again, and the whole codebook."""

from __future__ import annotations

import numpy as np
import torch

from ganstudio.core.codes import drawn_by
from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.views.codes import Codes

ROWS = 8  # images
ALIKE = 3  # codes a side around a code that is drawn: all the same, so that its neighbours are
AT_ONCE = 256  # codes


class CodesProbe(Probe):
    """Uses are counted over all real images that the window shows; a code that none of them has is dead."""

    name = "codes"
    title = "Codes"
    kinds = ("image",)
    needs = frozenset({"codes"})
    priority = "front"
    expensive = True

    def look(self, game: GameView, size: int) -> Codes:
        with game.at_rest() as modules:
            E, C, G = modules["E"], modules["C"], modules["G"]
            real = game.real
            codes = C.nearest(E(real))
            back = G(C(codes[:ROWS]))
            count = len(C.weight)
            book = []
            for at in range(0, count, AT_ONCE):
                every = torch.arange(at, min(at + AT_ONCE, count), device=codes.device)
                made = G(C(every[:, None, None].expand(-1, ALIKE, ALIKE)))
                side = made.shape[-1] // ALIKE
                book.append(made[:, :, side : 2 * side, side : 2 * side])
            uses = torch.bincount(codes.flatten(), minlength=count)

        def array(images: torch.Tensor) -> Array:
            return Array.of(pixels(images.float().cpu().numpy()))

        return Codes(
            image=array(real[:ROWS]), codes=Array.of(codes[:ROWS].cpu().numpy().astype(np.float32)), back=array(back),
            book=array(torch.cat(book)), uses=Array.of(uses.cpu().numpy().astype(np.float32)), counted=len(real),
            drawn_by=drawn_by(game.variant, game.phase))
