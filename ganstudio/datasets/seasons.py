"""Seasons: scenes in summer and in winter, drawn from layouts of their own; the true translation is withheld."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from torch import Generator, Tensor

from ganstudio.core.control import Controls, Integer
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.core.examples import Bytes, Examples
from ganstudio.datasets.parts import scene_drawing as scene
from ganstudio.datasets.parts.drawn_images import SEEDS, DrawnImages
from ganstudio.maths.kept_arrays import Arrays

OF_SOURCES = 100  # added to a seed: layouts of the other domain
OF_COLOURS = 200  # added to a seed: colours have a stream of their own, so that the phases of both seasons match


class SeasonsControls(Controls, frozen=True, kw_only=True):
    """As many pictures of each season as a run of some minutes sees once or twice."""

    count: Annotated[int, Integer(100, 100_000, scale="log", live=False, unit="images",
                                  help="Number of pictures of each season to learn from")] = 4000
    summer_colours: Annotated[int, Integer(
        1, 2, live=False, label="summer colours",
        help="Colours that each class may have in summer. With 2, winter has no room for which one it was.")] = 1


class Seasons(DrawnImages[SeasonsControls]):
    """The source is summer, the image winter. A picture and its truth have one layout and one phase of each texture."""

    name = "seasons"
    title = "Seasons"
    abilities = frozenset({"seasons"})
    help = ("Landscapes in summer and in winter, unpaired: no summer picture has its winter in the data. The true "
            "translation of unseen pictures is known, and withheld.")
    source = "Our own; 32 px unless the network asks for another size"

    @property
    def count(self) -> int:
        return self.controls.count

    @property
    def domains(self) -> tuple[str, str]:
        return ("summer", "winter")

    def draw_examples(self, n: int, seed: int) -> Examples:
        """Summers, and the true winter of each."""
        rng = np.random.default_rng(seed)
        maps = scene.draw_maps(n, self.side, rng)
        share = 1.0 if self.controls.summer_colours == 1 else 0.5
        colours = scene.draw_colours(n, share, np.random.default_rng(seed + OF_COLOURS))
        summers, winters = [], []
        for at in range(0, n, scene.CHUNK):
            part, chosen = maps[at : at + scene.CHUNK], colours[at : at + scene.CHUNK]
            patterns = scene.draw_patterns(len(part), self.side, rng)
            summers.append(scene.paint(part, patterns, scene.base_colours(chosen)))
            winters.append(scene.paint(part, patterns, scene.base_colours(chosen, winter=True)))
        empty = np.zeros((0, 3, self.side, self.side), np.uint8)
        return Examples(images=np.concatenate([empty, *winters]), sources=np.concatenate([empty, *summers]), maps=maps,
                        details={"colours": colours}, tables={"summer": scene.SUMMER, "winter": scene.WINTER})

    def make_arrays(self) -> Arrays:
        winters = self.draw_examples(self.count, SEEDS["training"])
        summers = self.draw_examples(self.count, SEEDS["training"] + OF_SOURCES)
        assert summers.sources is not None
        return {"images": winters.images, "sources": summers.sources}

    def draw(self, n: int, rng: Generator, needs: frozenset[str] = NOTHING) -> Tensor:
        """Numbers of winters, and beside them, where sources are needed, numbers of summers: ``(n, 2)``."""
        of_images = super().draw(n, rng, needs)
        return torch.stack([of_images, super().draw(n, rng, needs)], dim=1) if "source" in needs else of_images

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        if "source" not in needs:
            return Batch(self.gather(drawn))
        chosen: Bytes = self.sources[drawn[:, 1].cpu().numpy()]
        return Batch(self.gather(drawn[:, 0]), source=self.source_tensor(chosen).to(drawn.device))
