"""Digits in styles: one hand's strokes in other inks, on other papers and with other pens, known to the pixel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.control import Choice, Controls, Integer
from ganstudio.core.examples import Bytes
from ganstudio.datasets.parts.attributed_images import ParametricImages
from ganstudio.datasets.parts.stroke_digits import SIDE as DRAWN
from ganstudio.datasets.parts.stroke_digits import inked, strokes

Parameters = dict[str, NDArray[Any]]
VALUES: dict[str, tuple[str, ...]] = {
    "ink": ("red ink", "green ink", "blue ink", "violet ink"), "paper": ("white paper", "yellow paper", "black paper"),
    "pen": ("thin pen", "thick pen"), "digit": tuple("0123456789")}
"""What an image shows, each value as likely, with its words."""
STYLE = ("ink", "paper", "pen")
INKS: Bytes = np.array([[225, 60, 60], [40, 165, 90], [60, 120, 235], [165, 85, 215]], np.uint8)
PAPERS: Bytes = np.array([[255, 255, 255], [255, 232, 160], [24, 24, 28]], np.uint8)
PENS = np.array([0.8, 1.9], np.float32)  # px, radius in an image of 28
WHOLE = 32.0  # px in which the 28 lie in the middle
STYLES = 300  # added to a seed: styles have a stream of their own
CHUNK = 512  # images drawn at a time

USED: dict[str, tuple[str, ...]] = {
    "ink, paper, pen": STYLE, "ink": ("ink",), "paper": ("paper",), "pen": ("pen",)}


class DigitStylesControls(Controls, frozen=True, kw_only=True):
    """As many digits as a run of some minutes sees once or twice."""

    count: Annotated[int, Integer(100, 100_000, scale="log", live=False, unit="images",
                                  help="Number of different digits to learn from")] = 8000
    attributes: Annotated[Literal["ink, paper, pen", "ink", "paper", "pen"], Choice(
        live=False, ability="attributes", help="The attributes that the game uses")] = "ink, paper, pen"
    domain: Annotated[Literal["pen", "paper", "ink"], Choice(
        live=False, help="Where a game translates without attributes, sources are the digits of its first value (thin "
                         "pen, white paper, red ink), and images those of all others.")] = "pen"


class DigitStyles(ParametricImages[DigitStylesControls]):
    """Digits in four inks, on three papers, with two pens; the same strokes in another style are the truth."""

    name = "digit-styles"
    title = "Digits in styles"
    classes = list(VALUES["digit"])
    values = VALUES
    gives = frozenset({"label", "source", "attributes"})
    help = ("Handwritten digits in four inks, on three papers, with a thin or a thick pen. The same strokes in another "
            "style are known to the pixel. Drawn on this machine, at any size.")
    source = "Our own; 32 px unless the network asks for another size"

    @property
    def count(self) -> int:
        return self.controls.count

    @property
    def used(self) -> tuple[str, ...]:
        return USED[self.controls.attributes]

    @property
    def domain(self) -> str:
        return self.controls.domain

    def drawn(self, p: Mapping[str, NDArray[Any]]) -> Bytes:
        return written(dict(p), self.side)

    @property
    def class_attribute(self) -> str:
        return "digit"

    def parameters(self, n: int, seed: int) -> dict[str, NDArray[Any]]:
        return draw_parameters(n, seed)


def draw_parameters(n: int, seed: int) -> Parameters:
    """Strokes and styles of n digits, the same for the same seed: ``lines``, ``pressure``, and the attributes."""
    drawn, rng = strokes(n, seed), np.random.default_rng(seed + STYLES)
    style = {name: rng.integers(0, len(VALUES[name]), n) for name in STYLE}
    return {**style, "digit": drawn.labels.astype(np.int64), "lines": drawn.lines, "pressure": drawn.pressure}


def written(p: Parameters, side: int) -> Bytes:
    """Digits ``(n, 3, side, side)``."""
    n = len(p["digit"])
    middles = ((np.arange(side) + 0.5) * WHOLE / side - 0.5 - (WHOLE - DRAWN) / 2).astype(np.float32)
    images = np.empty((n, 3, side, side), np.uint8)
    for at in range(0, n, CHUNK):
        part = slice(at, at + CHUNK)
        radii = PENS[p["pen"][part], None] * p["pressure"][part]
        share = inked(p["lines"][part], radii, middles)[:, None].astype(np.float32) / 255
        ink, paper = (colours[p[name][part]][:, :, None, None] for name, colours in (("ink", INKS), ("paper", PAPERS)))
        images[part] = np.rint(paper * (1 - share) + ink * share)
    return images
