"""What a run keeps of images that lie outside its file: enough to notice that they are others now."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.runs.format import KeptData, short

MOST_BYTES = 1 << 30  # that are hashed, in about a second; of larger sets images that lie evenly among all


@runtime_checkable
class HasIdentity(Protocol):
    """A data set that may lie outside the run file."""

    name: str

    def identity(self) -> KeptData | None:
        """Its number of images and their hash; None if it is shipped, or made from its controls."""
        ...


def identity_of(images: NDArray[np.uint8], labels: NDArray[np.int64] | None) -> KeptData:
    """The number of images ``(n, c, h, h)`` and a hash over them and their labels ``(n,)``, in their order."""
    hashed = hashlib.sha256()
    every = max(-(-images.nbytes // MOST_BYTES), 1)
    for image in images[::every]:
        hashed.update(image.tobytes())
    if labels is not None:
        hashed.update(labels.astype("<i8").tobytes())
    return KeptData(count=len(images), sha256=hashed.hexdigest())


def change_of(run: Path, kept: KeptData | None, data: object) -> str:
    """Says how a data set has changed since a run was trained on it; empty if it has not, or that is not known."""
    found = data.identity() if kept is not None and isinstance(data, HasIdentity) else None
    if kept is None or found is None or found == kept:
        return ""
    where = getattr(getattr(data, "controls", msgspec.UNSET), "path", "")
    what = f"the images in {short(Path(where))}" if where else f"the images of data set {getattr(data, 'name', '')}"
    how = (f"there were {kept.count:,}, and there are {found.count:,}" if found.count != kept.count else
           f"there are still {kept.count:,}, but others, or in another order")
    return f"{what} have changed since {short(run)} was trained on them: {how}"
