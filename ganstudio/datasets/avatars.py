"""Avatars: eight thousand cartoon faces, shipped with the studio."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from ganstudio.core.control import Choice, Controls
from ganstudio.core.system.resources import asset
from ganstudio.datasets.parts.images import ImageDataset, Pixels
from ganstudio.files.avatar_file import Bytes, read_avatars


class AvatarsControls(Controls, frozen=True, kw_only=True):
    """What the label is; a network's ``resolution`` makes the faces smaller."""

    label: Annotated[
        Literal["background", "skin", "hair-colour", "hair", "head", "eyes", "brows", "nose", "mouth", "glasses"],
        Choice(live=False, ability="label",
               help="The part of the face that is its label, for conditional GANs")] = "hair"


class Avatars(ImageDataset[AvatarsControls]):
    """8,192 drawn faces of 64 px: cuts and colours of hair, eyes, brows, noses, mouths and glasses, mixed by chance.

    Source: the style Lorelei by Lisa Wischofsky (CC0 1.0), rasterised once; see packaging/avatars/NOTICE.
    """

    name = "avatars"
    title = "Avatars"
    gives = frozenset({"label"})
    help = "8,192 cartoon faces of 64 px in colour, labelled by their hair or another part. Comes with the studio."
    source = "Lorelei by Lisa Wischofsky, CC0 1.0"

    def load(self) -> Pixels:
        images, parts = _read()
        part = "hairColour" if self.controls.label == "hair-colour" else self.controls.label  # as the file names it
        return Pixels(images, parts[part].astype(np.int64))


@lru_cache(maxsize=1)
def _read() -> tuple[Bytes, dict[str, Bytes]]:
    return read_avatars(asset("data", "avatars.npz"))
