"""Avatars: eight thousand cartoon faces, shipped with the studio."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ganstudio.core.control import Controls
from ganstudio.core.system.resources import asset
from ganstudio.datasets.parts.images import ImageDataset, Pixels
from ganstudio.files.avatar_file import read_avatars

LABELLED = "hair"  # the part that tells most of the pixels apart: 45 cuts


class AvatarsControls(Controls, frozen=True, kw_only=True):
    """Nothing to set: a network's ``resolution`` makes them smaller."""


class Avatars(ImageDataset[AvatarsControls]):
    """8,192 drawn faces of 64 px: cuts and colours of hair, eyes, brows, noses, mouths and glasses, mixed by chance.

    Source: the style Lorelei by Lisa Wischofsky (CC0 1.0), rasterised once; see packaging/avatars/NOTICE.
    """

    name = "avatars"
    title = "Avatars"
    help = "8,192 cartoon faces of 64 px in colour, labelled by their hair. Shipped with the studio."
    source = "Lorelei by Lisa Wischofsky, CC0 1.0"

    def load(self) -> Pixels:
        return _read()


@lru_cache(maxsize=1)
def _read() -> Pixels:
    images, parts = read_avatars(asset("data", "avatars.npz"))
    return Pixels(images, parts[LABELLED].astype(np.int64))
