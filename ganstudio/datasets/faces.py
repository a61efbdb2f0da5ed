"""Faces: drawn from attributes, so that a face with one attribute changed is known to the pixel."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from ganstudio.core.control import Choice, Controls, Integer
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.core.examples import Bytes, Examples
from ganstudio.datasets.parts import face_drawing as face
from ganstudio.datasets.parts.drawn_images import SEEDS, DrawnImages
from ganstudio.datasets.parts.images import Pixels
from ganstudio.maths.kept_arrays import Arrays, Promise

ATTRIBUTES = ("hair", "glasses", "beard", "style", "smile")
"""Those that a game may be told, in the order in which they are kept."""
Domain = Literal["glasses", "beard", "hair", "style"]


class FacesControls(Controls, frozen=True, kw_only=True):
    """As many faces as a run of some minutes sees once or twice."""

    count: Annotated[int, Integer(100, 100_000, scale="log", live=False, unit="images",
                                  help="Number of different faces to learn from")] = 8000
    domain: Annotated[Domain, Choice(
        live=False, help="The attribute that is a face's class. Where a game translates, sources are the faces of its "
                         "first value, and images those of all others")] = "glasses"


class Faces(DrawnImages[FacesControls]):
    """Faces with hair of five colours and three styles, glasses, beard, smile, four skins and five grounds."""

    name = "faces"
    title = "Faces"
    gives = frozenset({"label", "source"})
    help = ("Faces drawn from attributes: hair, style, glasses, beard, smile, skin and ground. A face with one attribute "
            "changed is known to the pixel. Drawn on this machine.")
    source = "Our own; 32 px unless the network asks for another size"

    @property
    def count(self) -> int:
        return self.controls.count

    @property
    def classes(self) -> list[str]:  # type: ignore[override]  # they follow from a control
        return list(face.VALUES[self.controls.domain])

    def draw_examples(self, n: int, seed: int) -> Examples:
        p = face.draw_parameters(n, np.random.default_rng(seed))
        images = face.draw(p, self.side)
        return Examples(images=images, maps=face.draw_maps(p, self.side), attributes=attributes_of(p), details=p)

    def examples(self, n: int, purpose: str) -> Examples:
        """Faces, and as sources the same ones with the domain's first value: the truth of a translation to its others."""
        found = super().examples(n, purpose)
        if purpose != "held out":
            return found
        p: face.Parameters = found.details
        values = np.random.default_rng(SEEDS[purpose]).integers(1, len(self.classes), n)
        before, after = (face.changed(p, {self.controls.domain: value}) for value in (0, values))
        return Examples(images=face.draw(after, self.side), sources=face.draw(before, self.side),
                        attributes=attributes_of(after), details=after)

    def make_arrays(self) -> Arrays:
        drawn = self.draw_examples(self.count, SEEDS["training"])
        assert drawn.attributes is not None
        return {"images": drawn.images, "attributes": drawn.attributes.astype(np.uint8)}

    def promised(self) -> dict[str, Promise]:
        return {"images": Promise("uint8", (self.count, 3, self.side, self.side)),
                "attributes": Promise("uint8", (self.count, len(ATTRIBUTES)))}

    def load(self) -> Pixels:
        drawn = self._kept()
        self.attributes: Bytes = drawn["attributes"]  # (N, 5), as in ATTRIBUTES
        values = self.attributes[:, ATTRIBUTES.index(self.controls.domain)].astype(np.int64)
        self._before, self._after = np.flatnonzero(values == 0), np.flatnonzero(values > 0)
        return Pixels(drawn["images"], values)

    def draw(self, n: int, rng: Generator, needs: frozenset[str] = NOTHING) -> Tensor:
        """Numbers of faces; where sources are needed, of faces of the two domains: ``(n, 2)``."""
        if "source" not in needs:
            return super().draw(n, rng, needs)
        places = [torch.randint(len(side), (n,), generator=rng, device=rng.device) for side in (self._after, self._before)]
        return torch.stack([torch.from_numpy(side).to(rng.device)[at]
                            for side, at in zip((self._after, self._before), places, strict=True)], dim=1)

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        if "source" not in needs:
            return super().batch(drawn, needs)
        label = super().batch(drawn[:, 0], needs).label
        return Batch(self.gather(drawn[:, 0]), label, self.gather(drawn[:, 1]))

    def truth(self, details: face.Parameters, changes: dict[str, Any]) -> Bytes:
        """The faces of ``details`` with some attributes changed, ``(n, 3, h, h)``."""
        return face.draw(face.changed(details, changes), self.side)


def attributes_of(p: face.Parameters) -> NDArray[np.int64]:
    """The attributes that a game may be told, ``(n, 5)``."""
    return np.stack([p[name] for name in ATTRIBUTES], axis=1).astype(np.int64)
