"""Labelled folder: the user's own images, a folder for each class; a class is also an attribute that can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import numpy as np
import torch
from torch import Generator, Tensor

from ganstudio.core.control import FilePath
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.datasets.parts.images import ImageDataset, Pixels
from ganstudio.datasets.parts.own_translations import OwnImageControls, path_of, square_of, warnings_of
from ganstudio.datasets.parts.two_domains import between_domains, drawn_of_each

if TYPE_CHECKING:
    from ganstudio.files.image_folder import Skipped

ATTRIBUTE = "class"


class LabelledFolderControls(OwnImageControls, frozen=True, kw_only=True):
    """Where the classes lie."""

    path: Annotated[str, FilePath(folder=True, live=False, label="folder",
                                  help="Folder or ZIP archive that holds a folder of images for each class")] = ""


class LabelledFolder(ImageDataset[LabelledFolderControls]):
    """Images with labels. Where a game translates without attributes, sources are the images of the first class.

    Attributes:
        skipped: Name below the folder and reason of each file that could not be used.
    """

    name = "labelled-folder"
    title = "Classes from a folder"
    gives = frozenset({"label", "source", "attributes"})
    help = ("Your own images, a folder for each class: for games with labels, and for those that change an image from "
            "one class to another. What a change should give is not known.")
    source = "Your folder"

    skipped: Sequence[Skipped] = ()

    def load(self) -> Pixels:
        from ganstudio.files.image_layouts import read_classes

        images = read_classes(path_of(self.controls, self.name, "a folder that holds a folder for each class"),
                              square_of(self.controls))
        self.skipped, self.classes = images.skipped, images.classes
        self.warnings = warnings_of(images.skipped, images.notes)
        return Pixels(images.pixels, images.labels)

    @property
    def source_shape(self) -> tuple[int, ...]:
        return self.shape

    @property
    def attribute_values(self) -> Mapping[str, Sequence[str]]:
        return {ATTRIBUTE: list(self.classes)}

    def draw(self, n: int, rng: Generator, needs: frozenset[str] = NOTHING) -> Tensor:
        """Numbers of images; for a game between two domains numbers of an image of each, ``(n, 2)``."""
        if not between_domains(needs):
            return super().draw(n, rng, needs)
        labels = np.zeros(1, np.int64) if self.labels is None else self.labels
        sides = (np.flatnonzero(labels > 0), np.flatnonzero(labels == 0))
        if self.labels is None:  # the images are not here: what is drawn is gathered by none
            sides = (labels, labels)
        return drawn_of_each(*sides, n, rng)

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        if between_domains(needs):
            first = super().batch(drawn[:, 0], needs)
            return Batch(first.x, first.label, self.gather(drawn[:, 1]))
        batch = super().batch(drawn, needs)
        attributes = None
        if "attributes" in needs and self.labels is not None:
            attributes = torch.from_numpy(self.labels[drawn.cpu().numpy()]).to(drawn.device)[:, None]
        return Batch(batch.x, batch.label, batch.x if "source" in needs else None, attributes)
