"""Unpaired folders: the user's own images of two kinds, which are no pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import torch
from torch import Generator, Tensor

from ganstudio.core.control import FilePath
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.datasets.parts.own_translations import OwnImageControls, OwnTranslations, path_of, square_of

if TYPE_CHECKING:
    from ganstudio.files.image_layouts import Pairs


class UnpairedFoldersControls(OwnImageControls, frozen=True, kw_only=True):
    """Where the images of both kinds lie."""

    path: Annotated[str, FilePath(folder=True, live=False, label="folder",
                                  help="Folder or ZIP archive that holds two folders of images: A and B, or trainA and "
                                       "trainB, or any other two")] = ""


class UnpairedFolders(OwnTranslations[UnpairedFoldersControls]):
    """The sources are of the first folder, the images of the second; each is drawn on its own."""

    name = "unpaired-folders"
    title = "Two folders"
    help = ("Your own images of two kinds, in two folders: A and B, or of other names, the first by its name being the "
            "sources. They need not be pairs, nor as many. True translations are not known.")
    suits = ("cyclegan",)

    _names = ("", "")

    def read(self) -> Pairs:
        from ganstudio.files.image_layouts import read_two_kinds

        found = read_two_kinds(path_of(self.controls, self.name, "a folder that holds two folders of images"),
                               square_of(self.controls))
        self._names = found.names
        return found

    @property
    def domains(self) -> tuple[str, str]:
        """The names of the two folders, unless they are A and B."""
        return self._names

    def draw(self, n: int, rng: Generator, needs: frozenset[str] = NOTHING) -> Tensor:
        """Numbers of images, and beside them, where sources are needed, numbers of sources: ``(n, 2)``."""
        of_images = super().draw(n, rng, needs)
        if "source" not in needs:
            return of_images
        of_sources = torch.randint(max(len(self.sources), 1), (n,), generator=rng, device=rng.device)
        return torch.stack([of_images, of_sources], dim=1)

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        if "source" not in needs:
            return Batch(self.gather(drawn))
        return self.with_sources(self.gather(drawn[:, 0]), drawn[:, 1])
