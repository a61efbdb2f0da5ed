"""Scenes: landscapes painted from a label map, whose colours and textures are drawn by chance."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from ganstudio.core.control import Controls, Integer, Slider
from ganstudio.core.examples import Bytes, Examples
from ganstudio.datasets.parts import scene_drawing as scene
from ganstudio.datasets.parts.drawn_images import DrawnImages

AGAIN = 3  # seed of other pictures of the same maps


class ScenesControls(Controls, frozen=True, kw_only=True):
    """As many scenes as a run of some minutes sees a few times over."""

    count: Annotated[int, Integer(100, 100_000, scale="log", live=False, unit="images",
                                  help="Number of different scenes to learn from")] = 8000
    colour_share: Annotated[float, Slider(
        0.5, 1.0, live=False, label="colour share",
        help="Chance of the first of each class's two colours. At 0.5 every grey between the two has the same L1.")
    ] = 0.5
    uniform_share: Annotated[float, Slider(
        0.0, 1.0, live=False, label="one-class maps",
        help="Share of the maps that are of one class everywhere, in training, in tests and for the judge")] = 0.0


class Scenes(DrawnImages[ScenesControls]):
    """A label map of five classes, and a picture of it; the distribution of the pictures of a map is known exactly."""

    name = "scenes"
    title = "Scenes"
    abilities = frozenset({"label maps"})
    classes_of_maps = scene.CLASSES
    brushes = ((120, 180, 240), (40, 90, 180), (80, 165, 70), (190, 80, 70), (30, 100, 45))
    help = ("Landscapes with their label maps: sky, water, grass, house, tree. Each class has one of two colours and a "
            "texture, by chance. Drawn on this machine, at any size.")
    source = "Our own; 32 px unless the network asks for another size"

    @property
    def count(self) -> int:
        return self.controls.count

    def draw_examples(self, n: int, seed: int) -> Examples:
        rng = np.random.default_rng(seed)
        maps = scene.draw_maps(n, self.side, rng)
        uniform = rng.random(n) < self.controls.uniform_share
        of_one = rng.integers(0, len(scene.CLASSES), n)
        maps[uniform] = of_one[uniform, None, None]
        colours = scene.draw_colours(n, self.controls.colour_share, rng)
        pictures = [self.painted(maps[at : at + scene.CHUNK], colours[at : at + scene.CHUNK], rng)
                    for at in range(0, n, scene.CHUNK)]
        images = np.concatenate(pictures) if pictures else np.zeros((0, 3, self.side, self.side), np.uint8)
        return Examples(images=images, sources=maps, maps=maps, details={"colours": colours})

    def painted(self, maps: Bytes, colours: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
                rng: np.random.Generator) -> Bytes:
        """Pictures of maps in given colours, with textures of a phase of their own."""
        return scene.paint(maps, scene.draw_patterns(len(maps), self.side, rng), scene.base_colours(colours))

    def drawn_again(self, examples: Examples) -> Bytes:
        assert examples.maps is not None
        rng = np.random.default_rng(AGAIN)
        colours = scene.draw_colours(len(examples.maps), self.controls.colour_share, rng)
        return self.painted(examples.maps, colours, rng)

    def least_l1_images(self, examples: Examples) -> Bytes | None:
        assert examples.maps is not None
        return self.best_l1(examples.maps)

    def best_l1(self, maps: Bytes) -> Bytes:
        """The picture of each map that has the least expected L1: each pixel's conditional median."""
        return scene.best_picture(maps, scene.conditional_median(self.side, self.controls.colour_share))

    def best_l2(self, maps: Bytes) -> Bytes:
        """The picture of each map that has the least expected squared error: each pixel's conditional mean."""
        return scene.best_picture(maps, scene.conditional_mean(self.side, self.controls.colour_share))
