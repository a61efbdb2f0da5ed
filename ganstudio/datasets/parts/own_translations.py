"""The user's own images for translation: sources beside images, from files. Their true translations are not known."""

from __future__ import annotations

import copy
import hashlib
from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec
import torch
from torch import Tensor

from ganstudio.core.control import Choice, Controls
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.core.examples import Bytes
from ganstudio.core.runs.format import KeptData
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.parts.images import ImageDataset, Pixels, resized
from ganstudio.files.data_identity import identity_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ganstudio.files.image_decoding import Square
    from ganstudio.files.image_folder import Skipped
    from ganstudio.files.image_layouts import Pairs


class OwnImageControls(Controls, frozen=True, kw_only=True):
    """How each image becomes a square; the same for a source as for its image."""

    resolution: Annotated[Literal["8", "16", "32", "64", "128", "256"],
                          Choice(live=False, unit="px", help="Side of the square images that G learns")] = "64"
    crop: Annotated[Literal["centre", "fit", "stretch"],
                    Choice(live=False, help="How an image becomes square: its middle is cut out, white is added "
                                            "beside or above it, or it is stretched to a square; the same for both of "
                                            "a pair")] = "centre"
    colour: Annotated[Literal["rgb", "grey"],
                      Choice(live=False, help="Three colour channels, or one of brightness")] = "rgb"


DC = TypeVar("DC", bound=OwnImageControls)


def square_of(controls: OwnImageControls) -> Square:
    """What becomes of each image."""
    from ganstudio.files.image_decoding import Square  # Pillow takes 0.1 s that the engine's greeting need not

    return Square(int(controls.resolution), controls.crop, controls.colour)


def path_of(controls: Controls, name: str, what: str) -> str:
    """The path that was given; BadInput if none was."""
    path = str(getattr(controls, "path", ""))
    if not path:
        raise BadInput(f"the data set {name} needs {what}: give path=FOLDER")
    return path


def warnings_of(skipped: Sequence[Skipped], notes: Sequence[str]) -> tuple[str, ...]:
    """Notices about the files that were read, a sentence each."""
    from ganstudio.files.image_folder import skipped_sentence

    return tuple(sentence for sentence in (skipped_sentence(skipped), *notes) if sentence)


class OwnTranslations(ImageDataset[DC]):
    """Sources and images that lie in files. A subclass reads them, and draws.

    Attributes:
        sources: ``(M, c, h, h)``, of the same size as the images.
        skipped: Name below the folder and reason of each file that could not be used.
    """

    gives = frozenset({"source"})
    source = "Your folder"
    skipped: Sequence[Skipped] = ()

    def __init__(self, controls: DC) -> None:
        super().__init__(controls)
        if self.absent is not None:
            self.sources: Bytes = self.pixels.images

    @abstractmethod
    def read(self) -> Pairs:
        """The images of both kinds; BadInput if that cannot be."""

    @property
    def swapped(self) -> bool:
        """Whether the second kind are the sources."""
        return False

    def load(self) -> Pixels:
        found = self.read()
        self.skipped = found.skipped
        self.warnings = warnings_of(found.skipped, found.notes)
        images, self.sources = (found.first, found.second) if self.swapped else (found.second, found.first)
        return Pixels(images)

    @property
    def source_shape(self) -> tuple[int, ...]:
        return self.shape

    def identity(self) -> KeptData | None:
        of_images = super().identity()
        if of_images is None:
            return None
        of_sources = identity_of(self.sources, None)
        both = hashlib.sha256(f"{of_images.sha256} {of_sources.sha256}".encode()).hexdigest()
        return msgspec.structs.replace(of_images, sha256=both)

    def resized(self, resolution: int) -> OwnTranslations[DC]:
        if resolution == self.shape[-1]:
            return self
        scaled = copy.copy(self)
        scaled.pixels = Pixels(resized(self.pixels.images, resolution))
        scaled.sources = resized(self.sources, resolution)
        scaled._on_device = None
        return scaled

    def with_sources(self, images: Tensor, of_sources: Tensor) -> Batch:
        """Images ``(n, *shape)`` beside the sources of these numbers ``(n,)``."""
        chosen = torch.from_numpy(self.sources[of_sources.cpu().numpy()]).to(of_sources.device)
        return Batch(images, source=chosen.float().div_(127.5).sub_(1))

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        return self.with_sources(self.gather(drawn), drawn) if "source" in needs else Batch(self.gather(drawn))
