"""Own picture: one forward pass of a translation over a picture of the user's."""

from __future__ import annotations

import numpy as np

from ganstudio.core.images import coloured, pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.views.own_picture import OwnPicture


class OwnPictureProbe(Probe):
    """In evaluation mode, with a latent and noise of its own: nothing is drawn from the run, and nothing is kept."""

    name = "own-picture"
    title = "Own picture"
    kinds = ("image",)
    priority = "on request"
    needs = frozenset({"source"})
    expensive = True
    time_share = 0.05

    def look(self, game: GameView, size: int) -> OwnPicture:
        asked, made = game.translation.picture_asked, game.translation.of_picture()
        number = 0 if asked is None else asked.number
        if not made:
            none = Array.of(np.zeros((0, 1, 1, 3), np.uint8))
            return OwnPicture(number=number, source=none, made=none)
        shown = {name: Array.of(coloured(pixels(tensor.float().cpu().numpy()))) for name, tensor in made.items()}
        return OwnPicture(
            number=number, source=shown["source"], made=shown["made"], back=shown.get("back"),
            other=shown.get("other"), other_back=shown.get("other_back"))
