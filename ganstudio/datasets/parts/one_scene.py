"""A landscape drawn by formula, at any size: a sky that grows lighter, two lines of hills, nine balloons, a ground.

Places are shares of the height, from the top left; so the picture is the same at each size, but for its detail.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FINE = 4  # samples of a pixel along each axis
SKY_TOP, SKY_LOW = (70, 130, 215), (215, 230, 245)
FAR_HILLS, NEAR_HILLS = (95, 125, 150), (55, 105, 75)
GROUND, FURROWS = (165, 140, 80), (120, 95, 50)
HORIZON = 0.72  # where the ground begins
BALLOONS = (  # x, y, radius, colour
    (0.15, 0.16, 0.075, (215, 60, 50)), (0.42, 0.09, 0.055, (240, 170, 40)), (0.63, 0.24, 0.085, (150, 60, 160)),
    (0.90, 0.12, 0.065, (225, 90, 60)), (1.14, 0.26, 0.075, (240, 200, 70)), (0.31, 0.33, 0.055, (60, 90, 170)),
    (0.80, 0.40, 0.050, (210, 50, 90)), (1.04, 0.44, 0.045, (235, 130, 40)), (1.25, 0.10, 0.045, (180, 40, 60)),
)


def draw_scene(height: int, width: int) -> NDArray[np.uint8]:
    """The picture, ``(3, height, width)``; it is drawn for a width of 4/3 of the height."""
    rows, columns = height * FINE, width * FINE
    y = ((np.arange(rows) + 0.5) / rows)[:, None]
    x = ((np.arange(columns) + 0.5) / rows)[None]
    picture = _mix(SKY_TOP, SKY_LOW, np.broadcast_to(y / HORIZON, (rows, columns)).clip(0, 1))
    far = 0.56 + 0.05 * np.sin(5.1 * x) + 0.025 * np.sin(11.7 * x + 1.0)
    near = 0.65 + 0.045 * np.sin(3.7 * x + 2.0) + 0.02 * np.sin(13.1 * x)
    picture[np.broadcast_to(y > far, (rows, columns))] = FAR_HILLS
    picture[np.broadcast_to(y > near, (rows, columns))] = NEAR_HILLS
    # Furrows that lie closer the farther they are away.
    depth = ((y - HORIZON) / (1 - HORIZON)).clip(0.0, 1.0)
    waves = np.sin(42 * x / (0.45 + depth) + 6 * np.sin(9 * depth)) * np.sin(30 * np.sqrt(depth + 0.02))
    ground = _mix(GROUND, FURROWS, 0.5 + 0.5 * waves)
    under = np.broadcast_to(y > HORIZON + 0.01 * np.sin(17 * x), (rows, columns))
    picture[under] = ground[under]
    for at_x, at_y, radius, colour in BALLOONS:
        reach = np.hypot((x - at_x) / radius, (y - at_y) / (1.15 * radius))
        stripes = np.cos(5 * (x - at_x) / radius)
        shaded = np.array(colour) * (0.82 + 0.18 * np.sign(stripes))[..., None]
        inside = reach < 1
        picture[inside] = np.broadcast_to(shaded, picture.shape)[inside]
        basket = (np.abs(x - at_x) < 0.22 * radius) & (np.abs(y - at_y - 1.55 * radius) < 0.2 * radius)
        picture[basket] = (80, 55, 35)
    blocks = picture.reshape(height, FINE, width, FINE, 3).mean(axis=(1, 3))
    pixels: NDArray[np.uint8] = np.rint(blocks).clip(0, 255).astype(np.uint8)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _mix(one: tuple[int, int, int], other: tuple[int, int, int], share: NDArray[Any]) -> NDArray[np.float64]:
    first, second = np.array(one, np.float64), np.array(other, np.float64)
    return np.asarray(first + share[..., None] * (second - first))
