"""Folder: the user's own images, of any size and mode."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from ganstudio.core.control import Choice, Controls, FilePath
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.parts.images import ImageDataset, Pixels

if TYPE_CHECKING:
    from ganstudio.files.image_folder import Skipped


class FolderControls(Controls, frozen=True, kw_only=True):
    """Which images, and how each becomes a square."""

    path: Annotated[str, FilePath(folder=True, live=False, label="folder",
                                  help="Folder or ZIP archive with images; sub-folders count too")] = ""
    resolution: Annotated[Literal["8", "16", "32", "64", "128", "256"],
                          Choice(live=False, unit="px", help="Side of the square images that G learns")] = "64"
    crop: Annotated[Literal["centre", "fit", "stretch"],
                    Choice(live=False, help="How an image becomes square: its middle is cut out, white is added "
                                            "beside or above it, or it is stretched to a square")] = "centre"
    colour: Annotated[Literal["rgb", "grey"],
                      Choice(live=False, help="Three colour channels, or one of brightness")] = "rgb"


class Folder(ImageDataset[FolderControls]):
    """Every image below a folder that can be read, decoded once and kept in the cache.

    Attributes:
        skipped: Name below the folder and reason of each file that could not be used.
        classes: Names of the sub-folders that give the labels; empty if there are none.
    """

    name = "folder"
    title = "Images from a folder"
    help = ("Your own images, of any size and kind, scaled to squares. Sub-folders become labels if all images are in "
            "two or more of them.")
    source = "Your folder"

    skipped: list[Skipped]
    classes: list[str]

    def load(self) -> Pixels:
        # Here and not above: Pillow takes 0.1 s that the engine's greeting need not.
        from ganstudio.files.image_decoding import Square
        from ganstudio.files.image_folder import is_archive, read_folder, read_zip, skipped_sentence

        c = self.controls
        if not c.path:
            raise BadInput("the data set folder needs a folder with images: give path=FOLDER")
        square = Square(int(c.resolution), c.crop, c.colour)
        if is_archive(c.path):
            images = read_zip(Path(c.path).expanduser(), square, "the image archive")
        else:
            images = read_folder(c.path, square)
        self.skipped, self.classes = images.skipped, images.classes
        self.warnings = tuple(sentence for sentence in (skipped_sentence(images.skipped), *images.notes) if sentence)
        return Pixels(images.pixels, images.labels)
