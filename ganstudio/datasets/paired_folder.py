"""Paired folder: the user's own pairs, in two folders with the same names or side by side in one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from ganstudio.core.control import Choice, FilePath
from ganstudio.datasets.parts.own_translations import OwnImageControls, OwnTranslations, path_of, square_of

if TYPE_CHECKING:
    from ganstudio.files.image_layouts import Pairs


class PairedFolderControls(OwnImageControls, frozen=True, kw_only=True):
    """Where the pairs lie, and which of two is given."""

    path: Annotated[str, FilePath(folder=True, live=False, label="folder",
                                  help="Folder or ZIP archive with pairs: two folders A and B (or trainA and trainB) "
                                       "with images of the same names, or pictures that hold two, side by side")] = ""
    direction: Annotated[Literal["a to b", "b to a"],
                         Choice(live=False, help="Which image of a pair G is given: that of A, the left half, or that "
                                                 "of B, the right half")] = "a to b"


class PairedFolder(OwnTranslations[PairedFolderControls]):
    """Pairs of a source and its image, read once and kept in the cache."""

    name = "paired-folder"
    title = "Pairs from a folder"
    help = ("Your own pairs of images: two folders A and B with the same names, or pictures that hold both side by "
            "side. Both of a pair are cut in the same way. Other true images of a source are not known.")
    pairs = True
    suits = ("pix2pix", "cyclegan")

    def read(self) -> Pairs:
        from ganstudio.files.image_layouts import read_pairs

        return read_pairs(path_of(self.controls, self.name, "a folder with pairs of images"), square_of(self.controls))

    @property
    def swapped(self) -> bool:
        return self.controls.direction == "b to a"
