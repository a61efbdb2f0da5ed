"""MNIST and what was published in its form: 28 px of grey and ten classes, in a pair of IDX files."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.parts.images import ImageDataset, Pixels
from ganstudio.datasets.parts.published import PublishedControls, chosen_folder, fetched, found
from ganstudio.files.download import Published
from ganstudio.files.idx_file import read_idx
from ganstudio.files.torchvision_import import import_torchvision

SIDE, MARGIN = 28, 2  # px; padded to 32, which halves down to 4
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


class IdxImages(ImageDataset[PublishedControls]):
    """The training images, 60,000 of them, padded with black to 32 px."""

    gives = frozenset({"label"})
    torchvision_class: ClassVar[str]  # in torchvision.datasets: knows the addresses and checksums

    def load(self) -> Pixels:
        folder = chosen_folder(self.name, self.controls.path)
        files = [self._file(folder, stem) for stem in (IMAGES, LABELS)]
        known = tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files)
        if (made := _READ.get(known)) is None:
            made = _read(*files)
            _READ.clear()
            _READ[known] = made
        return made

    def _file(self, folder: Path, stem: str) -> Path:
        below = ["raw", f"{self.torchvision_class}/raw"]  # as torchvision lays them
        there = found(folder, [f"{stem}.gz", stem], below)
        return there or fetched(self.name, self.controls.path, lambda: self._published(f"{stem}.gz"),
                                f"{IMAGES}.gz and {LABELS}.gz")

    def _published(self, name: str) -> Published:
        source = getattr(import_torchvision().datasets, self.torchvision_class)
        return Published(name, [mirror + name for mirror in source.mirrors], dict(source.resources)[name])


def _read(images_file: Path, labels_file: Path) -> Pixels:
    images, labels = read_idx(images_file, axes=3), read_idx(labels_file, axes=1)
    if images.shape[1:] != (SIDE, SIDE) or len(images) < 2:
        raise BadInput(f"'{images_file}' holds {images.shape[0]:,} images of {images.shape[1]} x {images.shape[2]} px: "
                       f"allowed are two or more of {SIDE} x {SIDE}")
    if len(labels) != len(images) or labels.max() > 9:
        raise BadInput(f"'{labels_file}' does not hold a label from 0 to 9 for each of {len(images):,} images")
    padded = np.pad(images[:, None], ((0, 0), (0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))
    return Pixels(padded, labels.astype(np.int64))


_READ: dict[tuple[tuple[str, int, int], ...], Pixels] = {}  # the last ones: a restarted run does not read them again
