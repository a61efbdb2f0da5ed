"""Avatars: eight thousand cartoon faces, shipped with the studio, and a thousand more with one part changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from ganstudio.core.control import Choice, Controls
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.core.examples import Bytes, Examples
from ganstudio.core.system.resources import asset
from ganstudio.datasets.parts.face_drawing import boxes_around
from ganstudio.datasets.parts.images import ImageDataset, Pixels, resized
from ganstudio.datasets.parts.two_domains import between_domains, drawn_of_each
from ganstudio.files.avatar_file import ChangedAvatars, read_avatars, read_changed_avatars

FOR_JUDGE = 3072  # the last avatars: a game with attributes does not see them, the net that judges it learns from them
BOX = 4  # numbers of a place
APART = 24  # levels of a colour: what differs more from the background is the figure
BACKGROUNDS: Bytes = np.array(
    [[0xb6, 0xe3, 0xf4], [0xcd, 0xbd, 0xf0], [0xff, 0xd0, 0xda], [0xff, 0xe0, 0xb8], [0xc9, 0xef, 0xc2]], np.uint8)


def _numbered(word: str, count: int) -> tuple[str, ...]:
    return tuple(f"{word} {number}" for number in range(1, count + 1))


VALUES: dict[str, tuple[str, ...]] = {
    "hair": ("black hair", "brown hair", "ginger hair", "blond hair", "red hair", "blue hair", "pink hair",
             "green hair", "violet hair", "white hair"),
    "glasses": ("no glasses", "glasses"), "style": _numbered("cut", 45),
    "background": ("sky blue", "violet", "pink", "sand", "green"),
    "skin": ("light", "tan", "bronze", "brown", "dark"), "head": _numbered("head", 2), "eyes": _numbered("eyes", 12),
    "brows": _numbered("brows", 8), "nose": _numbered("nose", 4),
    "mouth": (*_numbered("smile", 7), *_numbered("sad mouth", 3)),
}
"""All ten parts with words for their values; hair is its colour and style its cut, as of the drawn faces."""
IN_FILE = {name: name for name in VALUES} | {"hair": "hairColour", "style": "hair"}
"""The name of each part in the file."""
USED: dict[str, tuple[str, ...]] = {
    "hair, glasses": ("hair", "glasses"), "glasses": ("glasses",),
    "colours, glasses": ("hair", "glasses", "background", "skin"), "all": tuple(VALUES)}
"""The parts that a game uses as attributes, for each setting of the control."""


class AvatarsControls(Controls, frozen=True, kw_only=True):
    """What the label is, and what a game with attributes uses; a network's ``resolution`` makes the faces smaller."""

    label: Annotated[
        Literal["background", "skin", "hair-colour", "hair", "head", "eyes", "brows", "nose", "mouth", "glasses"],
        Choice(live=False, ability="label",
               help="The part of the face that is its label, for conditional GANs")] = "hair"
    attributes: Annotated[Literal["hair, glasses", "glasses", "colours, glasses", "all"], Choice(
        live=False, ability="attributes",
        help="The parts that a game uses as attributes: hair (its colour) and glasses (worn or not), whose truth is "
             "known; glasses alone; colours: also background and skin; all: the ten parts")
    ] = "hair, glasses"


class Avatars(ImageDataset[AvatarsControls]):
    """8,192 drawn faces of 64 px: cuts and colours of hair, eyes, brows, noses, mouths and glasses, mixed by chance.

    A thousand more are for tests, each drawn again with glasses put on or taken off and with the next colour of hair.
    Source: the style Lorelei by Lisa Wischofsky (CC0 1.0), rasterised once; see packaging/avatars/NOTICE.
    """

    name = "avatars"
    title = "Avatars"
    gives = frozenset({"label", "source", "attributes", "place"})
    help = ("8,192 cartoon faces of 64 px in colour, labelled by their hair or another part. Comes with the studio. "
            "The truth of a change of glasses or hair colour is known of a thousand others.")
    source = "Lorelei by Lisa Wischofsky, CC0 1.0"

    def load(self) -> Pixels:
        images, parts = _read()
        return Pixels(images, parts[self._label_in_file].astype(np.int64))

    @property
    def used(self) -> tuple[str, ...]:
        """The parts that a game with attributes uses."""
        return USED[self.controls.attributes]

    @property
    def domains(self) -> tuple[str, str]:
        no_glasses, glasses = VALUES["glasses"]
        return (no_glasses, glasses)

    @property
    def attribute_values(self) -> Mapping[str, Sequence[str]]:
        return {name: VALUES[name] for name in self.used}

    @property
    def judged_values(self) -> Mapping[str, Sequence[str]]:
        """What a judge reads: all ten parts, also those that the game does not use."""
        return VALUES

    @property
    def label_attribute(self) -> str:
        """The part that is the label; empty for glasses: as a label they are of four pairs, to a judge worn or not."""
        return {in_file: name for name, in_file in IN_FILE.items() if name != "glasses"}.get(
            self._label_in_file, "")

    @property
    def _label_in_file(self) -> str:
        return "hairColour" if self.controls.label == "hair-colour" else self.controls.label

    @property
    def place_size(self) -> int:
        return BOX

    @property
    def source_shape(self) -> tuple[int, ...]:
        return self.shape

    def draw(self, n: int, rng: Generator, needs: frozenset[str] = NOTHING) -> Tensor:
        """Numbers of avatars; for a game between two domains of one with glasses and one without, ``(n, 2)``."""
        if between_domains(needs):
            worn = _read()[1]["glasses"] > 0
            return drawn_of_each(np.flatnonzero(worn), np.flatnonzero(~worn), n, rng)
        if "attributes" in needs:
            learnt = len(self.pixels.images) - FOR_JUDGE
            return torch.randint(learnt, (n,), generator=rng, device=rng.device)
        return super().draw(n, rng, needs)

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        if between_domains(needs):
            batch = super().batch(drawn[:, 0], needs)
            return Batch(batch.x, batch.label, self.gather(drawn[:, 1]))
        batch, at = super().batch(drawn, needs), drawn.cpu().numpy()
        attributes = place = None
        if "attributes" in needs:
            parts = _values(_read()[1])
            chosen = np.stack([parts[name][at] for name in self.used], axis=1)
            attributes = torch.from_numpy(chosen).to(drawn.device)
        if "place" in needs:
            place = torch.from_numpy(_places()[at]).to(drawn.device)
        return Batch(batch.x, batch.label, batch.x if "source" in needs else None, attributes, place)

    def examples(self, n: int, purpose: str, needs: frozenset[str] = NOTHING) -> Examples:
        """At most n avatars, for there are no more than were shipped.

        For a test of translation they are sources, and the truth is beside them: with attributes that of the next
        colour of hair, between domains that with glasses of a source without.
        """
        if purpose == "judge":
            images, parts = _read()
            kept = slice(max(len(images) - FOR_JUDGE, 0), None)
            judged: dict[str, NDArray[Any]] = {
                name: choices[kept][:n] for name, choices in _values(parts).items()}
            return Examples(images=self._sized(images[kept][:n]), attributes=self._used_of(judged), details=judged)
        held = _read_changed()
        values: dict[str, NDArray[Any]] = {name: choices[:n] for name, choices in _values(held.parts).items()}
        values |= {"number": np.arange(len(held.images))[:n],
                   "box": _boxes(held.images[:n], held.parts["background"][:n])}
        images = self._sized(held.images[:n])
        if "source" not in needs:
            return Examples(images=images, attributes=self._used_of(values), details=values)
        if not between_domains(needs):
            truth = self.truth_of_next(values, self.used[0])
            assert truth is not None
            return Examples(images=truth, sources=images, attributes=self._used_of(values), details=values)
        worn, other = values["glasses"][:, None, None, None] > 0, self.truth_of_next(values, "glasses")
        assert other is not None
        return Examples(images=np.where(worn, images, other), sources=np.where(worn, other, images),
                        details={**values, "glasses": np.ones_like(values["glasses"])})

    def batch_of(self, examples: Examples, needs: frozenset[str], device: torch.device) -> Batch:
        batch = super().batch_of(examples, needs, device)
        return replace(batch, place=torch.from_numpy(examples.details["box"]).to(device)) if "place" in needs else batch

    def truth_of_next(self, details: Mapping[str, NDArray[Any]], name: str) -> Bytes | None:
        """The same avatars with the next value of a part, the first after the last: ``(n, 3, h, h)``.

        None where that was not drawn. Glasses that are put on are one of four pairs, chosen by chance.
        """
        changed = _read_changed().changed.get(IN_FILE[name])
        return None if changed is None else self._sized(changed[details["number"]])

    def _used_of(self, values: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
        return np.stack([values[name] for name in self.used], axis=1)

    def _sized(self, images: Bytes) -> Bytes:
        side = self.shape[-1]
        return images if side == images.shape[-1] else resized(images, side)


def _values(parts: Mapping[str, Bytes]) -> dict[str, NDArray[np.int64]]:
    """The value of each part by its own name, ``(n,)``; of glasses whether they are worn."""
    values = {name: parts[in_file].astype(np.int64) for name, in_file in IN_FILE.items()}
    return {**values, "glasses": np.minimum(values["glasses"], 1)}


def _boxes(images: Bytes, backgrounds: Bytes) -> NDArray[np.float32]:
    """The smallest box around what is not background, ``(n, 4)``, shares of the side."""
    found = np.empty((len(images), BOX), np.float32)
    for at in range(0, len(images), 256):
        part = slice(at, at + 256)
        ground = BACKGROUNDS[backgrounds[part]].astype(np.int16)[:, :, None, None]
        found[part] = boxes_around((np.abs(images[part] - ground) > APART).any(axis=1))
    return found


@lru_cache(maxsize=1)
def _read() -> tuple[Bytes, dict[str, Bytes]]:
    return read_avatars(asset("data", "avatars.npz"))


@lru_cache(maxsize=1)
def _read_changed() -> ChangedAvatars:
    return read_changed_avatars(asset("data", "avatars-changed.npz"))


@lru_cache(maxsize=1)
def _places() -> NDArray[np.float32]:
    images, parts = _read()
    return _boxes(images, parts["background"])
