"""Sprites: one flat shape in one colour on a plain ground, drawn from five factors and read back from its pixels.

Each value of a factor is as likely as any other, and all are drawn independently. Each shape lies a little aside of its
place, which no factor says: so no two images are the same, and those for tests are other ones than those learnt from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.examples import Bytes

Floats = NDArray[np.float32]
Factors = dict[str, NDArray[np.int64]]
Parameters = dict[str, NDArray[Any]]

PLACES = 16  # along either axis, 1 px of an image of 32 px apart
VALUES: dict[str, tuple[str, ...]] = {
    "shape": ("disc", "square", "triangle"), "colour": ("red", "yellow", "green", "cyan", "blue", "violet"),
    "size": ("tiny", "small", "large", "huge"), "x": tuple(f"column {place + 1}" for place in range(PLACES)),
    "y": tuple(f"row {place + 1}" for place in range(PLACES))}
"""Every factor, with the words for its values."""
BITS = {name: math.log2(len(words)) for name, words in VALUES.items()}
"""The entropy of each factor, exact."""
GROUND: Bytes = np.array([24, 26, 32], np.uint8)
COLOURS: Bytes = np.array(
    [[230, 60, 60], [235, 205, 55], [70, 190, 80], [70, 205, 220], [75, 100, 235], [205, 80, 215]], np.uint8)
WHOLE = 32.0  # px; the following are of an image of that side
RADII = np.array([3.0, 3.75, 4.5, 5.25], np.float32)  # of a disc; the other shapes have its area
FIRST = 8.5  # where the first column and row have their centres of mass
TRIANGLE = math.sqrt(math.pi / math.sqrt(3)) * 2 / math.sqrt(12)  # radius inside a triangle of the area of a disc of 1
CHUNK = 512  # images drawn at a time
ASIDE = 0.2  # px: at most so far from its place along either axis
SURE, SEEN_FROM = 0.5, 0.2  # share of the colour from which a pixel is of the shape for sure, and from which it counts
REACH = 9.2  # px around the centre of the sure pixels; no corner lies further out


def draw_parameters(n: int, seed: int) -> Parameters:
    """The factors of n images, ``(n,)`` each, and ``aside``, ``(n, 2)`` px; the same for the same seed."""
    rng = np.random.default_rng(seed)
    factors = {name: rng.integers(0, len(words), n) for name, words in VALUES.items()}
    return {**factors, "aside": rng.uniform(-ASIDE, ASIDE, (n, 2)).astype(np.float32)}


def draw(p: Mapping[str, NDArray[Any]], side: int) -> Bytes:
    """Images ``(n, 3, side, side)`` of parameters."""
    n = len(p["shape"])
    images = np.empty((n, 3, side, side), np.uint8)
    for at in range(0, n, CHUNK):
        part = slice(at, at + CHUNK)
        share = _covered({name: p[name][part] for name in (*VALUES, "aside")}, side)[:, None]
        colour = COLOURS[p["colour"][part]].astype(np.float32)[:, :, None, None]
        ground = GROUND.astype(np.float32)[None, :, None, None]
        images[part] = np.rint(ground + share * (colour - ground))
    return images


def _middles(side: int) -> Floats:
    """Where the middles of the pixels of a side lie, px of an image of 32."""
    return ((np.arange(side) + 0.5) * WHOLE / side).astype(np.float32)


def _covered(p: Mapping[str, NDArray[Any]], side: int) -> Floats:
    """The share of each pixel that the shape covers, ``(n, side, side)``; edges are a pixel wide."""
    pixel, middles = WHOLE / side, _middles(side)
    x = middles[None, None, :] - (FIRST + p["x"] + p["aside"][:, 0])[:, None, None].astype(np.float32)
    y = middles[None, :, None] - (FIRST + p["y"] + p["aside"][:, 1])[:, None, None].astype(np.float32)
    radius = RADII[p["size"]][:, None, None]
    half = radius * np.float32(math.sqrt(math.pi) / 2)
    down = np.full_like(x, 1) * y  # a triangle stands on its side
    slope = np.float32(math.sqrt(3) / 2)
    outside = np.choose(p["shape"][:, None, None], [
        np.sqrt(x * x + y * y) - radius,
        np.maximum(np.abs(x), np.abs(y)) - half,
        np.maximum(np.abs(x) * slope - y / 2, down) - radius * np.float32(TRIANGLE)])
    covered: Floats = np.clip(0.5 - outside / np.float32(pixel), 0, 1)
    return covered


def read(images: Bytes) -> Factors:
    """The factors of images ``(n, 3, h, h)``, ``(n,)`` each: by the colour that they have most of, and by moments.

    The place is the centre of mass, the size follows from the area, and the shape from how far the mass lies in three
    and in four directions around its centre. An image without any shape is read as some value too.
    """
    found: dict[str, list[NDArray[np.int64]]] = {name: [] for name in VALUES}
    for at in range(0, len(images), CHUNK):
        apart = images[at : at + CHUNK].astype(np.float32) - GROUND.astype(np.float32)[None, :, None, None]
        towards = COLOURS.astype(np.float32) - GROUND
        unit = towards / np.linalg.norm(towards, axis=1, keepdims=True)
        colour = (apart.sum((2, 3)) @ unit.T).argmax(1)
        share = np.einsum("nchw,nc->nhw", apart, unit[colour]) / np.linalg.norm(towards, axis=1)[colour][:, None, None]
        area, x, y, three, four = _moments(_cleaned(share))
        scale = np.log(np.maximum(area, 1e-6))[:, None] - np.log(np.pi * RADII**2)[None]
        known = _shapes(images.shape[-1])
        apart_from = np.square(np.stack([three, four], axis=1)[:, None] - known[None]).sum(2)
        for name, value in (
            ("shape", apart_from.argmin(1)), ("colour", colour), ("size", np.abs(scale).argmin(1)),
            ("x", np.rint(x - FIRST).clip(0, PLACES - 1)), ("y", np.rint(y - FIRST).clip(0, PLACES - 1)),
        ):
            found[name].append(value.astype(np.int64))
    return {name: np.concatenate(parts) if parts else np.zeros(0, np.int64) for name, parts in found.items()}


def _cleaned(share: Floats) -> Floats:
    """Shares ``(n, h, h)`` of a colour without what is no part of the shape: faint, or far from its middle."""
    middles = _middles(share.shape[-1])
    sure = (share >= SURE).astype(np.float32)
    count = np.maximum(sure.sum((1, 2)), 1)
    x, y = (sure.sum(axis) @ middles / count for axis in (1, 2))
    far = np.square(middles[None, None, :] - x[:, None, None]) + np.square(middles[None, :, None] - y[:, None, None])
    cleaned: Floats = np.where((share < SEEN_FROM) | (far > REACH**2), 0, np.minimum(share, 1)).astype(np.float32)
    return cleaned


def _moments(share: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Of masses ``(n, h, h)``: area, centre (px of an image of 32), and how far they lie in three and four directions.

    The last two are |sum m r^k e^(ik phi)| / sum m r^k for k = 3 and 4: 0 for a disc, whatever its size.
    """
    side = share.shape[-1]
    middles, pixel = _middles(side), WHOLE / side
    mass = np.maximum(share.sum((1, 2)), 1e-6)
    x, y = (share.sum(axis) @ middles / mass for axis in (1, 2))
    z = (middles[None, None, :] - x[:, None, None]) + 1j * (middles[None, :, None] - y[:, None, None])
    r, found = np.abs(z), []
    for k in (3, 4):
        size = np.maximum((share * r**k).sum((1, 2)), 1e-6)
        found.append((np.abs((share * z**k).sum((1, 2))) / size).astype(np.float32))
    return (mass * pixel**2).astype(np.float32), x, y, found[0], found[1]


@cache
def _shapes(side: int) -> Floats:
    """What ``_moments`` reads of each shape at this side, the mean over sizes: ``(shapes, 2)``."""
    sizes, shapes = len(RADII), len(VALUES["shape"])
    p = {"shape": np.repeat(np.arange(shapes), sizes), "size": np.tile(np.arange(sizes), shapes),
         "x": np.full(shapes * sizes, 7), "y": np.full(shapes * sizes, 7),
         "aside": np.zeros((shapes * sizes, 2), np.float32)}
    *_, three, four = _moments(_cleaned(_covered(p, side)))
    known: Floats = np.stack([three, four], axis=1).reshape(shapes, sizes, 2).mean(1)
    return known
