"""One image: a single picture that all is learnt from, the user's own or a landscape drawn by formula."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ganstudio.core.control import Controls, FilePath, Integer
from ganstudio.core.runs.format import KeptData, short
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.parts.images import ImageDataset, Pixels
from ganstudio.datasets.parts.one_scene import draw_scene

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic")


class OneImageControls(Controls, frozen=True, kw_only=True):
    """Which picture, and how large."""

    path: Annotated[str, FilePath(live=False, suffixes=SUFFIXES, label="picture",
                                  help="A picture of your own, of any size and kind; empty: a landscape that is drawn"
                                  )] = ""
    longest_side: Annotated[int, Integer(
        16, 512, live=False, unit="px", label="longest side",
        help="Pixels of the picture's longer side, to which it is scaled; its shape stays as it is")] = 48


class OneImage(ImageDataset[OneImageControls]):
    """A picture of any height and width, in three colours. Every sample is this picture."""

    name = "one-image"
    title = "One image"
    abilities = frozenset({"one image"})
    suits = ("singan",)
    one_file = True
    help = ("A single picture, of any shape: your own, or a landscape with balloons that is drawn on this machine. "
            "A generator learns its patches, and makes new pictures of them.")
    source = "Our own drawing, or your picture"

    def load(self) -> Pixels:
        c = self.controls
        if not c.path:
            return Pixels(draw_scene(round(0.75 * c.longest_side), c.longest_side)[None])
        # Here and not above: Pillow takes 0.1 s that the engine's greeting need not.
        from ganstudio.files.image_decoding import Square, Unreadable, decoded_file, prepare

        prepare()
        try:
            return Pixels(decoded_file(Path(c.path).expanduser(), Square(c.longest_side, "keep"))[None])
        except Unreadable as fault:
            raise BadInput(f"the picture '{short(Path(c.path))}' {fault}") from None
        except (OSError, RuntimeError, ValueError):  # '~name' of a user without a home; a letter that no name may hold
            raise BadInput(f"the picture '{short(Path(c.path))}' cannot be opened: give the path of a file") from None

    def identity(self) -> KeptData | None:
        return super().identity() if self.controls.path else None
