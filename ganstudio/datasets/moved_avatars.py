"""Moved avatars: the shipped faces, each moved by a known distance, so that a generator has to move its pictures."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from ganstudio.core.control import Controls, Slider
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.core.examples import Bytes, Examples
from ganstudio.core.system.resources import asset
from ganstudio.datasets.parts.drawn_images import SEEDS
from ganstudio.datasets.parts.images import ImageDataset, Pixels, resized
from ganstudio.files.avatar_file import read_avatars, read_changed_avatars

FINE = 1 << 20  # parts into which the range of a move is cut when it is drawn
JUDGED_FROM = 500  # of the thousand further avatars: those before are for tests, the others for nets that judge


class MovedAvatarsControls(Controls, frozen=True, kw_only=True):
    """An eighth of the side, as far as EQ-T moves pictures."""

    shift: Annotated[float, Slider(
        0.0, 0.25, unit="of the side",
        help="How far a face is moved at most, to the right or left and up or down; it moves by whole pixels of 64 px")
    ] = 0.125


class MovedAvatars(ImageDataset[MovedAvatarsControls]):
    """Avatars of 64 px, moved again whenever it is drawn; the pixels at a border are repeated beyond it.

    Moves are of whole pixels and uniform. Images are made smaller after the move, so that at 16 px they are moved by
    quarters of a pixel.
    Source: the style Lorelei by Lisa Wischofsky (CC0 1.0), rasterised once; see packaging/avatars/NOTICE.
    """

    name = "moved-avatars"
    title = "Moved avatars"
    gives = frozenset({"label"})
    classes = ("black hair", "brown hair", "ginger hair", "blond hair", "red hair", "blue hair", "pink hair",
               "green hair", "violet hair", "white hair")
    help = ("8,192 cartoon faces, each moved by a known distance whenever it is drawn; labelled by the colour of their "
            "hair. Comes with the studio.")
    source = "Lorelei by Lisa Wischofsky, CC0 1.0"
    suits = ("stylegan3",)

    def __init__(self, controls: MovedAvatarsControls) -> None:
        super().__init__(controls)
        self._side = self.pixels.images.shape[-1]

    def load(self) -> Pixels:
        images, parts = _read()
        return Pixels(images, parts["hairColour"].astype(np.int64))

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, self._side, self._side)

    def resized(self, resolution: int) -> MovedAvatars:
        resized(self.pixels.images[:1], resolution)  # refuses what does not fit
        scaled = copy.copy(self)
        scaled._side = resolution
        return scaled

    def draw(self, n: int, rng: Generator, needs: frozenset[str] = NOTHING) -> Tensor:
        """Which avatar, and where in the range of moves it goes to the right and down, ``(n, 3)``."""
        index = torch.randint(len(self.pixels.images), (n, 1), generator=rng, device=rng.device)
        return torch.cat([index, torch.randint(FINE, (n, 2), generator=rng, device=rng.device)], dim=1)

    def moves(self, drawn: Tensor) -> NDArray[np.float64]:
        """How far each of what was drawn is moved to the right and down, exactly, ``(n, 2)``: shares of the side."""
        moves: NDArray[np.float64] = self._whole(self._rows(drawn)[:, 1:]) / self.pixels.images.shape[-1]
        return moves

    def _rows(self, drawn: Tensor) -> NDArray[np.int64]:
        """What was drawn; of plain numbers of avatars, as nets that judge learn from, each has a move of its own."""
        rows: NDArray[np.int64] = drawn.cpu().numpy()
        return np.concatenate([rows[:, None], _own_moves(len(self.pixels.images))[rows]], 1) if rows.ndim == 1 else rows

    def _whole(self, parts: NDArray[np.int64]) -> NDArray[np.int64]:
        """The same in pixels of the avatars as they are shipped."""
        most = round(self.controls.shift * self.pixels.images.shape[-1])
        whole: NDArray[np.int64] = parts * (2 * most + 1) // FINE - most
        return whole

    def gather(self, drawn: Tensor) -> Tensor:
        rows = self._rows(drawn)
        images = self._sized(moved(self.pixels.images[rows[:, 0]], self._whole(rows[:, 1:])))
        return torch.from_numpy(images).to(drawn.device).float().div_(127.5).sub_(1)

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        label = None
        if "label" in needs and self.labels is not None:
            label = torch.from_numpy(self.labels[self._rows(drawn)[:, 0]]).to(drawn.device)
        return Batch(self.gather(drawn), label)

    def examples(self, n: int, purpose: str, needs: frozenset[str] = NOTHING) -> Examples:
        """Avatars that are not in the data, at most 500, moved; their details are ``right`` and ``down``, as moves."""
        kept = slice(JUDGED_FROM, None) if purpose == "judge" else slice(JUDGED_FROM)
        images = _read_further()[kept][:n]
        parts = np.random.default_rng(SEEDS[purpose]).integers(0, FINE, (len(images), 2))
        whole = self._whole(parts)
        right, down = (whole[:, axis] / images.shape[-1] for axis in (0, 1))
        return Examples(images=self._sized(moved(images, whole)), details={"right": right, "down": down})

    def _sized(self, images: Bytes) -> Bytes:
        return images if self._side == images.shape[-1] else resized(images, self._side)


def moved(images: Bytes, by: NDArray[np.int64]) -> Bytes:
    """Images ``(n, c, h, h)`` moved by ``(n, 2)`` pixels to the right and down; the border's pixels are repeated."""
    side = images.shape[-1]
    at = np.arange(side)
    columns, rows = ((at - by[:, axis, None]).clip(0, side - 1) for axis in (0, 1))  # (n, side)
    n = np.arange(len(images))[:, None, None, None]
    c = np.arange(images.shape[1])[None, :, None, None]
    found: Bytes = images[n, c, rows[:, None, :, None], columns[:, None, None, :]]
    return found


@lru_cache(maxsize=1)
def _own_moves(n: int) -> NDArray[np.int64]:
    return np.random.default_rng(SEEDS["training"]).integers(0, FINE, (n, 2))


@lru_cache(maxsize=1)
def _read() -> tuple[Bytes, dict[str, Bytes]]:
    return read_avatars(asset("data", "avatars.npz"))


@lru_cache(maxsize=1)
def _read_further() -> Bytes:
    return read_changed_avatars(asset("data", "avatars-changed.npz")).images
