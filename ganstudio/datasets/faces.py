"""Faces: drawn from attributes, so that a face with one attribute changed is known to the pixel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.core.control import Choice, Controls, Integer, Toggle
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.core.examples import Bytes, Examples
from ganstudio.datasets.parts import face_drawing as face
from ganstudio.datasets.parts.attributed_images import AttributedImages
from ganstudio.datasets.parts.drawn_images import SEEDS
from ganstudio.datasets.parts.images import Pixels
from ganstudio.datasets.parts.two_domains import between_domains
from ganstudio.maths.kept_arrays import Arrays, Promise

ATTRIBUTES = ("hair", "glasses", "beard", "style", "smile")
"""Those that a game may use, in the order in which they are kept."""
BOX, KEYPOINTS = 4, 2 * len(face.KEYPOINTS)  # numbers of a place
Domain = Literal["glasses", "beard", "hair", "style"]


USED: dict[str, tuple[str, ...]] = {
    "hair, glasses, beard": ("hair", "glasses", "beard"), "style": ("style",), "all": ATTRIBUTES}
"""The attributes of a face that a game uses, by the setting of the control."""


class FacesControls(Controls, frozen=True, kw_only=True):
    """As many faces as a run of some minutes sees once or twice."""

    count: Annotated[int, Integer(100, 100_000, scale="log", live=False, unit="images",
                                  help="Number of different faces to learn from")] = 8000
    domain: Annotated[Domain, Choice(
        live=False, help="The attribute that is a face's class. Where a game translates, sources are the faces of its "
                         "first value, and images those of all others.")] = "glasses"
    attributes: Annotated[Literal["hair, glasses, beard", "style", "all"], Choice(
        live=False, help="The attributes that the game uses; all: hair, glasses, beard, style and smile")
    ] = "hair, glasses, beard"
    anywhere: Annotated[bool, Toggle(
        live=False, help="Whether a face may be small and anywhere in the image")] = False


class Faces(AttributedImages[FacesControls]):
    """Faces with hair of five colours and three styles, glasses, beard, smile, four skins and five grounds."""

    name = "faces"
    title = "Faces"
    gives = frozenset({"label", "source", "attributes", "place"})
    keypoints = face.KEYPOINTS
    values = face.VALUES
    help = ("Faces drawn from attributes: hair, style, glasses, beard, smile, skin and ground. A face with one "
            "attribute "
            "changed is known to the pixel. Drawn on this machine.")
    source = "Our own; 32 px unless the network asks for another size"

    @property
    def count(self) -> int:
        return self.controls.count

    @property
    def classes(self) -> list[str]:  # type: ignore[override]  # they follow from a control
        return list(face.VALUES[self.controls.domain])

    @property
    def used(self) -> tuple[str, ...]:
        return USED[self.controls.attributes]

    @property
    def domain(self) -> str:
        return self.controls.domain

    def drawn(self, p: Mapping[str, NDArray[Any]]) -> Bytes:
        return face.draw(dict(p), self.side)

    @property
    def place_size(self) -> int:
        return BOX + KEYPOINTS

    def draw_examples(self, n: int, seed: int) -> Examples:
        p = face.draw_parameters(n, np.random.default_rng(seed), anywhere=self.controls.anywhere)
        return Examples(images=face.draw(p, self.side), maps=face.draw_maps(p, self.side),
                        attributes=self.used_of(p), details={**p, "box": face.boxes(p)})

    def batch_of(self, examples: Examples, needs: frozenset[str], device: torch.device) -> Batch:
        batch = super().batch_of(examples, needs, device)
        if "place" not in needs:
            return batch
        p = examples.details
        places = np.concatenate([p["box"], face.keypoints(p).reshape(len(p["box"]), KEYPOINTS)], axis=1)
        return replace(batch, place=torch.from_numpy(places).to(device))

    def make_arrays(self) -> Arrays:
        p = face.draw_parameters(self.count, np.random.default_rng(SEEDS["training"]), anywhere=self.controls.anywhere)
        places = np.concatenate([face.boxes(p), face.keypoints(p).reshape(self.count, KEYPOINTS)], axis=1)
        every = np.stack([p[name] for name in ATTRIBUTES], axis=1)
        return {"images": face.draw(p, self.side), "attributes": every.astype(np.uint8), "places": places}

    def promised(self) -> dict[str, Promise]:
        return {"images": Promise("uint8", (self.count, 3, self.side, self.side)),
                "attributes": Promise("uint8", (self.count, len(ATTRIBUTES))),
                "places": Promise("float32", (self.count, BOX + KEYPOINTS))}

    def load(self) -> Pixels:
        drawn = self._kept()
        self._places: NDArray[np.float32] = drawn["places"]
        every: Bytes = drawn["attributes"]
        values = every[:, ATTRIBUTES.index(self.controls.domain)].astype(np.int64)
        self.keep_attributes(every[:, [ATTRIBUTES.index(name) for name in self.used]].astype(np.int64), values)
        return Pixels(drawn["images"], values)

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        batch = super().batch(drawn, needs)
        if "place" not in needs or between_domains(needs):
            return batch
        return replace(batch, place=torch.from_numpy(self._places[drawn.cpu().numpy()]).to(drawn.device))
