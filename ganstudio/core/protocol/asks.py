"""What a panel asks of a view that follows the user's hand: one struct for each, all in one union.

A panel gives its own by ``ask()``; the probe finds it with ``game.asked_for(Mix)``. A further one is a struct here with
its bounds in ``check``, and a member of ``Ask``: nothing between the panel and the probe has to know it.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from ganstudio.core.system.errors import BadInput

MOST_LAYERS = 64  # of a generator
MOST_ROWS = 16  # of a grid
FURTHEST = 1 << 30


class Mix(msgspec.Struct, frozen=True, kw_only=True, tag="mix"):
    """What the user looks at in a generator of styles. None of it takes part in training."""

    show: Literal["mixing", "noise", "directions"] = "mixing"
    crossover: int = -1  # layers from this one on take the style of the column; -1: a third of the way up
    psi: float = 1.0  # truncation: w' = w_avg + psi (w - w_avg)
    silent: list[int] = []  # layers with noise, counted by themselves, whose noise is switched off
    noise: int = 0  # which draw of the noise, the same for all images
    layer: int = -1  # the layer whose w is moved; -1: all
    moved: list[float] = []  # how far along the first principal directions of W, standard deviations

    def check(self) -> None:
        _whole("crossover", self.crossover, -1, MOST_LAYERS)
        _real("psi", self.psi, -2.0, 2.0)
        _whole("noise", self.noise, 0, FURTHEST)
        _whole("layer", self.layer, -1, MOST_LAYERS)
        if len(self.silent) > MOST_LAYERS or len(self.moved) > MOST_ROWS:
            raise BadInput(f"a mix names at most {MOST_LAYERS} layers and {MOST_ROWS} directions")
        for layer in self.silent:
            _whole("silent", layer, 0, MOST_LAYERS)
        for sds in self.moved:
            _real("moved", sds, -10.0, 10.0)


class Placement(msgspec.Struct, frozen=True, kw_only=True, tag="placement"):
    """Where the user has dragged the picture of a generator whose input can be moved."""

    right: float = 0.0  # shares of the side of the image; the picture moves to the right
    down: float = 0.0
    angle: float = 0.0  # degrees, counterclockwise
    latent: int = 0  # whose picture: of the latents shown

    def check(self) -> None:
        _whole("latent", self.latent, 0, FURTHEST)
        _real("right", self.right, -1.0, 1.0)
        _real("down", self.down, -1.0, 1.0)
        _real("angle", self.angle, -360.0, 360.0)


class Variation(msgspec.Struct, frozen=True, kw_only=True, tag="variation"):
    """Samples of a generator of one image: from which scale on noise is drawn, and how large the canvas is."""

    start: int = 0  # scale, 0 being the coarsest; coarser ones repeat the reconstruction
    wide: float = 1.0  # the canvas over the image
    high: float = 1.0
    noise: float = 1.0  # the noise over that of the training
    draw: int = 0  # which draw of it

    def check(self) -> None:
        _whole("start", self.start, 0, MOST_LAYERS)
        _real("wide", self.wide, 0.25, 4.0)
        _real("high", self.high, 0.25, 4.0)
        _real("noise", self.noise, 0.0, 4.0)
        _whole("draw", self.draw, 0, FURTHEST)


class Completion(msgspec.Struct, frozen=True, kw_only=True, tag="completion"):
    """Which codes the prior draws after those that it is given."""

    kept: float = 0.5  # share of an image's codes that is kept, in raster order; 0: the prior draws all
    temperature: float = 1.0  # logits are divided by it; 0: the most probable code
    top_k: int = 0  # codes that are drawn among, the most probable ones; 0: all
    draw: int = 0  # which draw

    def check(self) -> None:
        _real("kept", self.kept, 0.0, 1.0)
        _real("temperature", self.temperature, 0.0, 10.0)
        _whole("top_k", self.top_k, 0, FURTHEST)
        _whole("draw", self.draw, 0, FURTHEST)


Ask = Mix | Placement | Variation | Completion


def _whole(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise BadInput(f"{name} = {value} is out of range: allowed is {low} to {high}")


def _real(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise BadInput(f"{name} = {value:g} is out of range: allowed is {low:g} to {high:g}")
