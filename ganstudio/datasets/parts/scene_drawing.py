"""Landscapes of five classes, drawn from a label map; what is known of them is exact.

A layout is drawn by chance: sky above a horizon, grass below it, and often water, a house, trees. A picture of a
layout is a base colour for each class, one of two by chance, plus a pattern of random phase: rows of water, a check of
grass, bricks, speckle of trees; the sky has none. So ``p(picture | map)`` is known in closed form at every pixel.

Lengths are in units of 1/32 of the side, so that a scene of 64 px is the scene of 32 px, sharper.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

CLASSES = ("sky", "water", "grass", "house", "tree")
SKY, WATER, GRASS, HOUSE, TREE = range(5)
UNITS = 32  # along a side
SUMMER: Floats = np.array([  # class, one of two, RGB in [0, 1]
    [[.45, .70, .95], [.95, .70, .50]], [[.15, .35, .70], [.15, .55, .60]], [[.30, .65, .25], [.65, .62, .25]],
    [[.75, .30, .25], [.85, .80, .70]], [[.10, .40, .15], [.75, .45, .10]]])
WINTER: Floats = np.array([
    [.62, .66, .72], [.75, .85, .92], [.95, .95, .97], [.55, .45, .45], [.35, .38, .40]])
AMPLITUDES: Floats = np.array([0, .10, .12, .15, .14])  # of each class's pattern, in colour units
WATER_PERIOD, GRASS_PERIODS, BRICK_HEIGHT, BRICK_LENGTH = 4.0, (3.0, 5.0), 3.0, 6.0
MORTAR, JOINT = .34, .17  # shares of a brick's height and length
BRIGHT_BRICK = .6  # a pattern's value on a brick; everywhere else patterns are 1 or -1
CHUNK = 512  # scenes drawn at a time


def places(side: int) -> tuple[Floats, Floats]:
    """Rows and columns of the pixels' middles, ``(side, side)`` each, in units from the first pixel of 32."""
    middles = (np.arange(side) + .5) * UNITS / side - .5
    rows, columns = np.meshgrid(middles, middles, indexing="ij")
    return rows, columns


def draw_maps(n: int, side: int, rng: np.random.Generator) -> Bytes:
    """Label maps ``(n, side, side)`` of layouts drawn by chance. The layouts do not depend on the side."""
    y, x = places(side)
    maps = np.empty((n, side, side), np.uint8)
    for i in range(n):
        horizon, height = rng.uniform(9, 16), rng.uniform(0, 2.5)
        phase, rate = rng.uniform(0, 6.3), rng.uniform(.1, .3)
        one = np.where(y < horizon + height * np.sin(rate * x + phase), SKY, GRASS)
        if rng.random() < .7:
            shore = horizon + rng.uniform(6, 10) + 1.5 * np.sin(.2 * x + phase)
            one = np.where(y > shore, WATER, one)
        if rng.random() < .75:
            middle, half = rng.uniform(5, 27), rng.uniform(3, 5.5)
            bottom = horizon + rng.uniform(2, 5)
            top = bottom - rng.uniform(5, 9)
            one = np.where((abs(x - middle) < half) & (y < bottom) & (y > top), HOUSE, one)
        for _ in range(rng.integers(0, 3)):
            column, radius, row = rng.uniform(3, 29), rng.uniform(2.5, 5), horizon + rng.uniform(-3, 1)
            one = np.where((x - column) ** 2 + (y - row) ** 2 < radius * radius, TREE, one)
        maps[i] = one
    return maps


def draw_patterns(n: int, side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A pattern for each class, ``(n, 5, side, side)``, each of a phase of its own."""
    y, x = places(side)
    patterns = np.zeros((n, len(CLASSES), side, side), np.float32)

    def phase() -> Floats:
        return rng.uniform(0, 2 * np.pi, (n, 1, 1))

    patterns[:, WATER] = np.sign(np.sin(2 * np.pi * y / WATER_PERIOD + phase()))
    across, down = GRASS_PERIODS
    patterns[:, GRASS] = np.sign(np.sin(2 * np.pi * x / across + phase()) * np.sin(2 * np.pi * y / down + phase()))
    course = np.floor(y / BRICK_HEIGHT + rng.uniform(0, 3, (n, 1, 1)))
    mortar = (y / BRICK_HEIGHT + rng.uniform(0, 1, (n, 1, 1))) % 1 < MORTAR
    joint = (x / BRICK_LENGTH + .5 * (course % 2)) % 1 < JOINT
    patterns[:, HOUSE] = np.where(mortar | joint, -1, BRIGHT_BRICK)
    patterns[:, TREE] = np.sign(rng.normal(size=(n, side, side)))
    return patterns


def draw_colours(n: int, share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which of its two summer colours each class has, ``(n, 5)``: the first with chance ``share``."""
    return (rng.random((n, len(CLASSES))) >= share).astype(np.int64)


def base_colours(colours: NDArray[np.int64], *, winter: bool = False) -> Floats:
    """The base colour of each class, ``(n, 5, 3)``: in summer one of two, in winter one."""
    if winter:
        return np.broadcast_to(WINTER, (len(colours), *WINTER.shape))
    return SUMMER[np.arange(len(CLASSES)), colours]


def paint(maps: Bytes, patterns: NDArray[np.float32], base: Floats) -> Bytes:
    """Pictures ``(n, 3, side, side)`` of label maps, with a pattern and a base colour for each class."""
    at = np.arange(len(maps))[:, None, None]
    pattern = np.take_along_axis(patterns, maps[:, None].astype(np.int64), 1)[:, 0]
    colours = base[at, maps] + (AMPLITUDES[maps] * pattern)[..., None]
    return np.rint(np.clip(colours, 0, 1).transpose(0, 3, 1, 2) * 255).astype(np.uint8)


# What is known -------------------------------------------------------------------------------------------------


def dark_share(side: int) -> Floats:
    """The chance that the pattern of each class is -1 at each pixel, ``(5, side, side)``; 0 for the sky."""
    y, x = places(side)
    shares = np.full((len(CLASSES), side, side), .5)
    shares[SKY] = 0
    start = (y / BRICK_HEIGHT) % 2  # where in a pair of courses the row lies before the random shift in [0, 3)
    # A shift s in [0, 3) gives an even course while start + s lies in [0, 1) or [2, 3) or [4, 5).
    even = sum(np.clip(np.minimum(start + 3, e + 1) - np.maximum(start, e), 0, 1) for e in (0, 2, 4)) / 3
    joint = (even * ((x / BRICK_LENGTH) % 1 < JOINT) + (1 - even) * ((x / BRICK_LENGTH + .5) % 1 < JOINT))
    shares[HOUSE] = MORTAR + (1 - MORTAR) * joint
    return shares


def _outcomes(side: int, share: float) -> tuple[Floats, Floats]:
    """The values that a pixel can have, and their chances: ``(4, 5, side, side, 3)`` and ``(4, 5, side, side, 1)``."""
    dark = dark_share(side)[..., None]
    bright = np.ones(len(CLASSES))
    bright[SKY], bright[HOUSE] = 0, BRIGHT_BRICK
    values, chances = [], []
    for colour, chance in enumerate((share, 1 - share)):
        base = SUMMER[:, colour][:, None, None]
        for sign, part in ((-1.0, dark), (bright[:, None, None, None], 1 - dark)):
            values.append(np.broadcast_to(np.clip(base + AMPLITUDES[:, None, None, None] * sign, 0, 1),
                                          (len(CLASSES), side, side, 3)))
            chances.append(np.broadcast_to(chance * part, (len(CLASSES), side, side, 1)))
    return np.stack(values), np.stack(chances)


def conditional_mean(side: int, share: float) -> Floats:
    """The mean of each class at each pixel, ``(5, side, side, 3)`` in [0, 1]: what the squared error asks for."""
    values, chances = _outcomes(side, share)
    mean: Floats = (values * chances).sum(0)
    return mean


def conditional_median(side: int, share: float) -> Floats:
    """The median of each class at each pixel and channel, ``(5, side, side, 3)``: what the absolute error asks for.

    Where every value between two is a median, as with two colours of equal chance, their middle is given.
    """
    values, chances = _outcomes(side, share)
    order = np.argsort(values, axis=0)
    ranked = np.take_along_axis(values, order, 0)
    reached = np.cumsum(np.take_along_axis(np.broadcast_to(chances, values.shape), order, 0), axis=0)
    low = np.argmax(reached >= .5 - 1e-9, axis=0)[None]
    high = np.argmax(reached > .5 + 1e-9, axis=0)[None]
    median: Floats = (np.take_along_axis(ranked, low, 0) + np.take_along_axis(ranked, high, 0))[0] / 2
    return median


def least_l1(maps: Bytes, share: float) -> float:
    """The least mean absolute error that any picture of these maps can have, in units of pixels from -1 to 1."""
    side = maps.shape[-1]
    values, chances = _outcomes(side, share)
    risk = (np.abs(values - conditional_median(side, share)) * chances).sum(0).mean(-1)  # (5, side, side)
    rows, columns = np.indices((side, side))
    return float(2 * risk[maps, rows, columns].mean())


def best_picture(maps: Bytes, table: Floats) -> Bytes:
    """Pictures ``(n, 3, side, side)`` of a table by class and pixel, as the two above give."""
    rows, columns = np.indices(maps.shape[1:])
    pictures: Bytes = np.rint(table[maps, rows, columns].transpose(0, 3, 1, 2) * 255).astype(np.uint8)
    return pictures
