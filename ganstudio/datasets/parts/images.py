"""Image sets: pixels in memory or in a mapped file, of which samples are drawn with replacement."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, TypeVar

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor
from torch.nn.functional import one_hot

from ganstudio.core.control import Controls, FilePath, declared
from ganstudio.core.dataset import NOTHING, Batch, Dataset, Extent, Floats
from ganstudio.core.examples import Bytes, Examples
from ganstudio.core.runs.format import KeptData
from ganstudio.core.runs.moved_data import Absent, absent
from ganstudio.core.system.errors import BadInput
from ganstudio.files.data_identity import identity_of

CHUNK = 1024  # images scaled at a time
DEVICE_SHARE = 0.2  # of a GPU's free memory that pixels may take

DC = TypeVar("DC", bound=Controls)


class Pixels(msgspec.Struct, frozen=True):
    """The images of a set."""

    images: NDArray[np.uint8]  # (N, c, h, h), c 1 or 3; may be a mapped file
    labels: NDArray[np.int64] | None = None  # (N,)


class ImageDataset(Dataset[DC]):
    """Square images with values from -1 (black) to 1 (white). Subclasses read or make the pixels."""

    kinds = ("image",)
    classes: Sequence[str] = ()  # the names of the labels, if they have names
    warnings: tuple[str, ...] = ()  # notes for the user on what was read: one sentence each
    one_file: ClassVar[bool] = False  # whether the user's own data is a single image, and no folder

    def __init__(self, controls: DC) -> None:
        super().__init__(controls)
        self.absent: Absent | None = None  # what stands in for the images, if a run is rebuilt without them
        try:
            self.pixels = self.load()
        except BadInput as fault:
            self.absent = absent(fault, str(getattr(controls, "path", "")), one=self.one_file)
            self.pixels = Pixels(np.empty((0, *self.absent.known.shape), np.uint8))
            self.classes = self.absent.known.classes or self.classes
        self._on_device: Tensor | None = None

    @abstractmethod
    def load(self) -> Pixels:
        """Reads or makes the images; BadInput if that cannot be."""

    @property
    def shape(self) -> tuple[int, ...]:
        return self.pixels.images.shape[1:]

    @property
    def labels(self) -> NDArray[np.int64] | None:
        return self.pixels.labels

    @property
    def extent(self) -> Extent:
        return Extent(-1.0, 1.0)

    def identity(self) -> KeptData | None:
        """What a run keeps to notice that the user's images are others now; None if they are the studio's own."""
        own = any(isinstance(control, FilePath) for control, _ in declared(type(self.controls)).values())
        if not own or self.absent is not None:
            return None
        return identity_of(self.pixels.images, self.pixels.labels, self.label_names)

    def resized(self, resolution: int) -> ImageDataset[DC]:
        """The same images scaled to ``resolution`` px: means of whole blocks going down, repeated pixels going up."""
        if resolution == self.shape[-1]:
            return self
        scaled = copy.copy(self)
        scaled.pixels = Pixels(resized(self.pixels.images, resolution), self.pixels.labels)
        scaled._on_device = None
        return scaled

    def draw(self, n: int, rng: Generator, needs: frozenset[str] = NOTHING) -> Tensor:
        count = len(self.pixels.images) if self.absent is None else max(self.absent.known.count, 1)
        return torch.randint(count, (n,), generator=rng, device=rng.device)

    def gather(self, drawn: Tensor) -> Tensor:
        if self.absent is not None:
            raise self.absent.fault
        if drawn.device.type == "cpu":
            chosen = torch.from_numpy(self.pixels.images[drawn.numpy()])
        else:
            chosen = self._pixels_on(drawn.device, drawn)
        return chosen.float().div_(127.5).sub_(1)

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        if "label" not in needs or self.labels is None:
            return Batch(self.gather(drawn))
        chosen = torch.from_numpy(self.labels[drawn.cpu().numpy()]).to(drawn.device)
        return Batch(self.gather(drawn), chosen)

    @property
    def label_names(self) -> list[str]:
        return list(self.classes)

    @property
    def label_frequencies(self) -> Floats | None:
        if self.absent is not None and self.absent.known.counts:
            return np.array(self.absent.known.counts, np.float64) / sum(self.absent.known.counts)
        if self.labels is None:
            return None
        counts: Floats = np.bincount(self.labels).astype(np.float64)
        return counts / len(self.labels)

    def source_of_images(self, images: NDArray[np.uint8]) -> Tensor:
        if not self.brushes:
            return torch.from_numpy(images.copy()).float().div_(127.5).sub_(1)  # pixels of a file may be read-only
        brushes = torch.tensor(self.brushes).float()
        apart = torch.stack([(torch.from_numpy(images).float() - brush[:, None, None]).square().sum(1)
                             for brush in brushes], dim=1)
        return one_hot(apart.argmin(1), len(brushes)).permute(0, 3, 1, 2).float()

    def source_tensor(self, sources: Bytes) -> Tensor:
        """Sources as the networks see them, ``(n, *source_shape)`` float32: maps as planes of 0 and 1."""
        chosen = torch.from_numpy(np.ascontiguousarray(sources))
        if self.classes_of_maps:
            return one_hot(chosen.long(), len(self.classes_of_maps)).permute(0, 3, 1, 2).float()
        return chosen.float().div_(127.5).sub_(1)

    def batch_of(self, examples: Examples, needs: frozenset[str], device: torch.device) -> Batch:
        """Examples as a variant is given them."""
        x = torch.from_numpy(examples.images).to(device).float().div_(127.5).sub_(1)
        source = None
        if "source" in needs and examples.sources is not None:
            source = self.source_tensor(examples.sources).to(device)
        attributes = None
        if "attributes" in needs and examples.attributes is not None:
            attributes = torch.from_numpy(examples.attributes).to(device)
        return Batch(x, None, source, attributes)

    def sample(self, n: int, rng: Generator) -> Tensor:
        return self.gather(self.draw(n, rng))

    def _pixels_on(self, device: torch.device, drawn: Tensor) -> Tensor:
        """The drawn pixels on a GPU: from its own memory if they all fit there, else sent over."""
        if self._on_device is None and device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(device)
            if self.pixels.images.nbytes <= DEVICE_SHARE * free:
                self._on_device = torch.from_numpy(np.ascontiguousarray(self.pixels.images)).to(device)
        if self._on_device is not None:
            return self._on_device[drawn]
        return torch.from_numpy(self.pixels.images[drawn.cpu().numpy()]).to(device)


def resized(images: NDArray[np.uint8], resolution: int) -> NDArray[np.uint8]:
    """Square images ``(n, c, h, h)`` at ``resolution`` px; each side must be a whole multiple of the other.

    Raises:
        BadInput: It is not, or the images are not square.
    """
    n, c, h, w = images.shape
    if h != w:
        raise BadInput(f"resolution = {resolution} does not fit images of {w}×{h} px: only square ones are scaled")
    if resolution > h and resolution % h == 0:
        return images.repeat(resolution // h, axis=2).repeat(resolution // h, axis=3)
    if h % resolution:
        raise BadInput(f"resolution = {resolution} does not fit images of {h} px: one must be a multiple of the other")
    f = h // resolution
    scaled = np.empty((n, c, resolution, resolution), np.uint8)
    for at in range(0, n, CHUNK):
        blocks = images[at : at + CHUNK].reshape(-1, c, resolution, f, resolution, f)
        scaled[at : at + CHUNK] = np.rint(blocks.mean(axis=(3, 5), dtype=np.float32))
    return scaled
