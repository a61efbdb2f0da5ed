"""Translation: the same sources at every look, with what is made of them and their withheld truth."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ganstudio.core.images import coloured, pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.views.translation import Translation

ROWS = 8


class TranslationProbe(Probe):
    """Up to eight sources: those that are not in the training data, where the data set knows such."""

    name = "translation"
    title = "Translation"
    kinds = ("image",)
    needs = frozenset({"source"})
    priority = "front"
    expensive = True
    time_share = 0.07

    def look(self, game: GameView, size: int) -> Translation:
        shown = game.translation.translated(ROWS)
        none = np.zeros((0, *shown["made"].shape[2:], 3), np.uint8)

        def images(name: str) -> Array:
            found: Tensor | None = shown.get(name)
            return Array.of(none if found is None else coloured(pixels(found.float().cpu().numpy())))

        def of_other(name: str) -> Array | None:
            return images(name) if "other" in shown and name in shown else None

        asked = game.data.attribute_values if "attributes" in game.variant.needs else {}
        domains = [] if asked or "" in game.data.domains else list(game.data.domains)
        return Translation(
            source=images("source"), made=images("made"), truth=images("truth"), back=images("back"),
            pair=images("pair"), best=images("best"), unseen="truth" in shown, domains=domains,
            label_maps=bool(game.data.brushes), made_word=f"next {next(iter(asked))}" if asked else "made",
            other_source=of_other("target"), other=of_other("other"), other_back=of_other("other_back"))
