"""What a run keeps of images that lie outside its file: enough to notice that they are others now."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.runs.format import MAX_CLASSES, MAX_NAMES, KeptData, short
from ganstudio.core.runs.moved_data import OPTION, WAY_OUT, WAY_OUT_OF_ONE, NeedsData, data_place
from ganstudio.core.system.wording import counted

MOST_BYTES = 1 << 30  # that are hashed, in about a second; of larger sets images that lie evenly among all


@runtime_checkable
class HasIdentity(Protocol):
    """A data set that may lie outside the run file."""

    name: str

    def identity(self) -> KeptData | None:
        """Its number of images and their hash; None if it is shipped, or made from its controls."""
        ...


def identity_of(images: NDArray[np.uint8], labels: NDArray[np.int64] | None, names: Sequence[str] = ()) -> KeptData:
    """The number of images ``(n, c, h, h)`` and a hash over them and their labels ``(n,)``, in their order.

    Beside them what networks have to know of the images: their shape, and the number of each label with its name.
    """
    hashed = hashlib.sha256()
    every = max(-(-images.nbytes // MOST_BYTES), 1)
    for image in images[::every]:
        hashed.update(image.tobytes())
    if labels is not None:
        hashed.update(labels.astype("<i8").tobytes())
    counts = [] if labels is None else np.bincount(labels).tolist()
    if len(counts) > MAX_CLASSES:
        counts = []
    fits = len(names) <= MAX_CLASSES and sum(map(len, names)) <= MAX_NAMES and all(map(str.isprintable, names))
    return KeptData(count=len(images), sha256=hashed.hexdigest(), shape=list(images.shape[1:]), counts=counts,
                    classes=list(names) if counts and fits else [])


def change_of(run: Path, kept: KeptData | None, data: object) -> str:
    """Says how a data set has changed since a run was trained on it; empty if it has not, or that is not known."""
    found = data.identity() if kept is not None and isinstance(data, HasIdentity) else None
    if kept is None or found is None or (found.count, found.sha256) == (kept.count, kept.sha256):
        return ""
    where = getattr(getattr(data, "controls", msgspec.UNSET), "path", "")
    if where and one_file(data):
        return f"the picture {short(Path(where))} has changed since {short(run)} was trained on it"
    what = f"the images in {short(Path(where))}" if where else f"the images of data set {getattr(data, 'name', '')}"
    how = (f"there were {kept.count:,}, and there are {found.count:,}" if found.count != kept.count else
           f"there are still {kept.count:,}, but others, or in another order" if kept.count > 1 else
           "there is still one, but another")
    return f"{what} have changed since {short(run)} was trained on them: {how}"


def check_place(run: Path, kept: KeptData | None, data: object) -> None:
    """Raises NeedsData if the data was said to lie elsewhere now, and what lies there is other data."""
    place, found = data_place(), data.identity() if isinstance(data, HasIdentity) else None
    if not place or kept is None or found is None or (found.count, found.sha256) == (kept.count, kept.sha256):
        return
    if one_file(data):
        raise NeedsData(f"{short(Path(place))} is another picture than {short(run)} was trained on",
                        f"{OPTION} takes the file of that one", one_file=True)
    now = (f"these are {found.count:,}" if found.count != kept.count else
           "these are as many others, or are in another order" if kept.count > 1 else "this is another")
    raise NeedsData(f"{short(Path(place))} holds other images than {short(run)} was trained on, which were "
                    f"{counted(kept.count, 'image')}, and {now}",
                    f"{OPTION} takes the folder that holds those")


def need_unchanged(changed: str, what: str, data: object) -> None:
    """Raises NeedsData if images have changed, as ``change_of`` says it, so that ``what`` is not done.

    Args:
        changed: The change; empty: there is none.
        what: What is not done for it.
        data: The data set.
    """
    if changed and one_file(data):
        raise NeedsData(f"{changed}, so that {what}", f"put the earlier one back, or {WAY_OUT_OF_ONE}", one_file=True)
    if changed:
        raise NeedsData(f"{changed}, so that {what}", f"put the earlier ones back, or {WAY_OUT}")


def one_file(data: object) -> bool:
    """Whether a data set of the user's own is a single image, and no folder."""
    return bool(getattr(data, "one_file", False))
