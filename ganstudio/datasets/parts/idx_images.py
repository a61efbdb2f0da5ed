"""MNIST and what was published in its form: 28 px of grey and ten classes, in a pair of IDX files."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.parts.images import ImageDataset, Pixels
from ganstudio.datasets.parts.published import PublishedControls, chosen_folder, fetched, found
from ganstudio.files.download import Published
from ganstudio.files.idx_file import pairs_below, read_idx
from ganstudio.files.torchvision_import import import_torchvision
from ganstudio.files.unpacking import stamps

SIDE, MARGIN = 28, 2  # px; padded to 32, which halves down to 4
TESTING = re.compile("t10k|(^|[^a-z])test")  # names of the images that are held out
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


class IdxImages(ImageDataset[PublishedControls]):
    """The training images, 60,000 of them, padded with black to 32 px."""

    gives = frozenset({"label"})
    torchvision_class: ClassVar[str]  # in torchvision.datasets: knows the addresses and checksums
    own_names: ClassVar[str] = ""  # a pattern of paths that are this set's, over that of others
    other_names: ClassVar[str]  # a pattern of paths that are those of another set of the same form

    def load(self) -> Pixels:
        folder = chosen_folder(self.name, self.controls.path)
        below = ["raw", f"{self.torchvision_class}/raw"]  # as torchvision lays them
        there = [found(folder, [f"{stem}.gz", stem], below) for stem in (IMAGES, LABELS)]
        if None in there and folder.is_dir() and (searched := self._searched(folder)) is not None:
            return searched
        files = [file or fetched(self.name, self.controls.path, partial(self._published, f"{stem}.gz"),
                                 f"{IMAGES}.gz and {LABELS}.gz")
                 for file, stem in zip(there, (IMAGES, LABELS), strict=True)]
        known = tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files)
        made = _kept(known, lambda: _read(*files))
        assert made is not None
        return made

    def _searched(self, folder: Path) -> Pixels | None:
        """From files of any name, in the folder or in archives in it; None if there are none."""
        faults: list[str] = []

        def search() -> Pixels | None:
            pairs, damaged = pairs_below(folder, SIDE)
            faults.extend(damaged)
            ranks = [self._rank(str(Path(images.name).relative_to(folder)).lower()) for images, _ in pairs]
            mine = [pair for pair, rank in zip(pairs, ranks, strict=True) if 0 < rank == max(ranks)]
            train = [pair for pair in mine if not TESTING.search(Path(pair[0].name).name.lower())]
            if mine and not train:
                raise BadInput(f"'{folder}' holds the images to test with alone ({mine[0][0].name}): "
                               f"{self.name} is learnt from {IMAGES}")
            if not train:
                return None
            images, labels = max(train, key=lambda pair: len(pair[0].values))
            return _padded(images.values, labels.values, images.name, labels.name)

        made = _kept((self.name, *stamps(folder)), search)
        if made is None and faults and self.controls.path:
            raise BadInput(f"'{folder}' does not hold {self.name}: {faults[0]}")
        return made

    def _rank(self, path: str) -> int:
        """2 if a path names this set, 0 if it names another one of the same form, else 1."""
        if self.own_names and re.search(self.own_names, path):
            return 2
        return 0 if re.search(self.other_names, path) else 1

    def _published(self, name: str) -> Published:
        source = getattr(import_torchvision().datasets, self.torchvision_class)
        return Published(name, [mirror + name for mirror in source.mirrors], dict(source.resources)[name])


def _read(images_file: Path, labels_file: Path) -> Pixels:
    return _padded(read_idx(images_file, axes=3), read_idx(labels_file, axes=1), str(images_file), str(labels_file))


def _padded(images: NDArray[np.uint8], labels: NDArray[np.uint8], images_file: str, labels_file: str) -> Pixels:
    if images.shape[1:] != (SIDE, SIDE) or len(images) < 2:
        raise BadInput(f"'{images_file}' holds {images.shape[0]:,} images of {images.shape[1]} x {images.shape[2]} px: "
                       f"allowed are two or more of {SIDE} x {SIDE}")
    if len(labels) != len(images) or labels.max() > 9:
        raise BadInput(f"'{labels_file}' does not hold a label from 0 to 9 for each of {len(images):,} images")
    padded = np.pad(images[:, None], ((0, 0), (0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))
    return Pixels(padded, labels.astype(np.int64))


_READ: dict[tuple[object, ...], Pixels] = {}  # the last ones: a restarted run does not read them again


def _kept(known: tuple[object, ...], read: Callable[[], Pixels | None]) -> Pixels | None:
    if (made := _READ.get(known)) is not None:
        return made
    fresh = read()
    if fresh is not None:
        _READ.clear()
        _READ[known] = fresh
    return fresh
