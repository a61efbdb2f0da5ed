"""Faces drawn from parameters: change one parameter, draw again, and that is the true translation.

Lengths are in units of 1/32 of the side, so that a face of 64 px is the face of 32 px, sharper.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Parameters = dict[str, NDArray[Any]]
"""Of n faces, each ``(n,)``: the attributes below, and centre, size and eye distance in units."""

UNITS = 32  # along a side
PARTS = ("ground", "hair", "skin", "eyes", "mouth", "glasses", "beard")
GROUND, HAIR, SKIN, EYES, MOUTH, GLASSES, BEARD = range(7)
GROUNDS: Floats = np.array([[182, 227, 244], [205, 189, 240], [255, 208, 218], [255, 224, 184], [201, 239, 194]]) / 255
SKINS: Floats = np.array([[250, 215, 181], [234, 182, 139], [205, 144, 96], [138, 87, 56]]) / 255
HAIRS: Floats = np.array([[35, 30, 30], [122, 69, 38], [232, 177, 63], [215, 56, 44], [61, 116, 207]]) / 255
KEYPOINTS = ("left eye", "right eye", "left corner of the mouth", "right corner of the mouth", "chin")
VALUES: dict[str, tuple[str, ...]] = {
    "hair": ("black hair", "brown hair", "blond hair", "red hair", "blue hair"),
    "style": ("short hair", "long hair", "a mohawk"),
    "glasses": ("no glasses", "glasses"), "beard": ("no beard", "a beard"), "smile": ("not smiling", "smiling"),
    "ground": ("sky blue", "violet", "pink", "sand", "green"), "skin": ("light", "tan", "brown", "dark"),
}
"""The attributes that are chosen by chance, each value as likely, with their words."""
SUPERSAMPLED = 2  # along each side of a pixel
CHUNK = 512  # faces drawn at a time
CENTRE = (16.0, 16.5)  # column and row around which a face of usual place lies


def draw_parameters(n: int, rng: np.random.Generator, *, anywhere: bool = False) -> Parameters:
    """Parameters of n faces by chance.

    Args:
        n: How many.
        rng: Draws them.
        anywhere: Whether a face may be small and anywhere inside the picture; else it fills it.
    """
    drawn: Parameters = {name: rng.integers(0, len(words), n) for name, words in VALUES.items()}
    drawn |= {"column": rng.uniform(13.5, 17.5, n), "row": rng.uniform(15.0, 18.0, n),
              "width": rng.uniform(7.0, 9.0, n), "height": rng.uniform(9.0, 10.5, n),
              "eye": rng.uniform(2.8, 3.8, n), "scale": np.ones(n)}
    if anywhere:
        drawn["scale"] = rng.uniform(0.5, 0.95, n)
        left, top, right, bottom = _reach(drawn)
        drawn["column"] = rng.uniform(0, 1, n) * (UNITS - (right - left)) - left - 0.5
        drawn["row"] = rng.uniform(0, 1, n) * (UNITS - (bottom - top)) - top - 0.5
    return drawn


def _reach(p: Parameters) -> tuple[Floats, Floats, Floats, Floats]:
    """Left, top, right and bottom end of the figure from its centre, units: hair of any style included."""
    s = p["scale"]
    return (-(p["width"] + 2.6) * s, -(p["height"] + 4) * s, (p["width"] + 2.6) * s, (p["height"] + 1) * s)


def boxes(p: Parameters) -> NDArray[np.float32]:
    """The smallest box around each figure, ``(n, 4)``: left, top, right, bottom as shares of the side."""
    found = np.zeros((len(p["column"]), 4), np.float32)
    for at in range(0, len(found), CHUNK):
        maps = draw_maps({name: values[at : at + CHUNK] for name, values in p.items()}, UNITS, SUPERSAMPLED)
        found[at : at + CHUNK] = boxes_around(maps != GROUND)
    return found


def boxes_around(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The smallest box around the pixels ``(n, h, h)`` that lie inside, shares of the side; all of it if none do."""
    side = inside.shape[-1]
    ends = []
    for axis in (1, 2):  # columns: any over rows, and rows: any over columns
        along: NDArray[np.bool_] = np.asarray(inside.any(axis=axis))
        first, last = along.argmax(1), side - along[:, ::-1].argmax(1)
        ends.append((np.where(along.any(1), first, 0), np.where(along.any(1), last, side)))
    (left, right), (top, bottom) = ends
    shares: NDArray[np.float32] = (np.stack([left, top, right, bottom], axis=1) / side).astype(np.float32)
    return shares


def keypoints(p: Parameters) -> NDArray[np.float32]:
    """Left eye, right eye, left and right corner of the mouth, chin, ``(n, 5, 2)``: column and row as shares."""
    s, h = p["scale"], p["height"]
    zero, mouth = np.zeros_like(h), 2.8 + np.zeros_like(h)
    offsets = [(-p["eye"], -0.08 * h), (p["eye"], -0.08 * h), (-mouth, 0.5 * h), (mouth, 0.5 * h), (zero, h)]
    points = [np.stack([p["column"] + s * x, p["row"] + s * y], axis=1) for x, y in offsets]
    return ((np.stack(points, axis=1) + 0.5) / UNITS).astype(np.float32)


def draw_maps(p: Parameters, side: int, fine: int = 1) -> Bytes:
    """The part that each pixel shows, ``(n, side * fine, side * fine)``, numbers of ``PARTS``."""
    n = len(p["column"])
    middles = (np.arange(side * fine) + 0.5) * UNITS / (side * fine) - 0.5
    rows, columns = np.meshgrid(middles, middles, indexing="ij")

    def of(name: str) -> Floats:
        return np.asarray(p[name], float)[:, None, None]

    X, Y = (columns - of("column")) / of("scale"), (rows - of("row")) / of("scale")
    w, h, eye, style = of("width"), of("height"), of("eye"), of("style")
    parts = np.zeros((n, side * fine, side * fine), np.uint8)
    head = (X / w) ** 2 + (Y / h) ** 2 < 1
    short = ((X / (w + 1.6)) ** 2 + ((Y + 1.2) / (h + 1.6)) ** 2 < 1) & (Y < -1.5)
    falls = (abs(X) < w + 2.2) & (Y > -1) & (h * 0.9 > Y)
    long = ((X / (w + 2.6)) ** 2 + ((Y + 1) / (h + 2)) ** 2 < 1) | falls
    mohawk = (abs(X) < 3.0) & (Y < 0) & (-h - 4 < Y)
    parts[np.where(style == 0, short, np.where(style == 1, long, mohawk))] = HAIR
    parts[head] = SKIN
    parts[head & np.where(style == 2, (abs(X) < 3.0) & (-h * 0.62 > Y), -h * 0.52 > Y)] = HAIR
    parts[(of("beard") > 0) & head & (h * 0.42 < Y)] = BEARD
    worn = of("glasses") > 0
    for sign in (-1, 1):
        from_eye = X - sign * eye, Y + h * 0.08
        radius = np.sqrt(from_eye[0] ** 2 + from_eye[1] ** 2)
        parts[worn & (radius < 3.0) & (radius > 1.9)] = GLASSES
        parts[(from_eye[0] / 1.1) ** 2 + (from_eye[1] / 1.3) ** 2 < 1] = EYES
    parts[worn & (abs(X) < eye - 1.9) & (abs(Y + h * 0.08) < 0.6)] = GLASSES
    down = Y - h * 0.5
    smiling = ((X / 3.2) ** 2 + (down / 2.2) ** 2 < 1) & (down > -0.3)
    parts[np.where(of("smile") > 0, smiling, (abs(X) < 2.6) & (abs(down - 0.4) < 0.8))] = MOUTH
    return parts


def colours(p: Parameters) -> Floats:
    """The colour of each part of each face, ``(n, 7, 3)`` in [0, 1]."""
    found = np.zeros((len(p["column"]), len(PARTS), 3))
    found[:, GROUND], found[:, HAIR], found[:, SKIN] = GROUNDS[p["ground"]], HAIRS[p["hair"]], SKINS[p["skin"]]
    found[:, EYES], found[:, MOUTH], found[:, GLASSES] = [0.06, 0.06, 0.08], [0.62, 0.10, 0.14], [0.12, 0.12, 0.15]
    found[:, BEARD] = HAIRS[p["hair"]] * 0.75
    return found


def draw(p: Parameters, side: int) -> Bytes:
    """Faces ``(n, 3, side, side)``."""
    n = len(p["column"])
    pictures = [_drawn({name: values[at : at + CHUNK] for name, values in p.items()}, side)
                for at in range(0, n, CHUNK)]
    return np.concatenate(pictures) if pictures else np.zeros((0, 3, side, side), np.uint8)


def _drawn(p: Parameters, side: int) -> Bytes:
    parts, found = draw_maps(p, side, SUPERSAMPLED), colours(p)
    n = len(parts)
    fine = found[np.arange(n)[:, None, None], parts]
    pictures = fine.reshape(n, side, SUPERSAMPLED, side, SUPERSAMPLED, 3).mean((2, 4))
    levels: Bytes = np.rint(pictures.transpose(0, 3, 1, 2) * 255).astype(np.uint8)
    return levels


def changed(p: Parameters, changes: Mapping[str, Any]) -> Parameters:
    """The same faces with other values of some parameters, one for all or ``(n,)``."""
    n = len(p["column"])
    return {**p, **{name: np.broadcast_to(np.asarray(value), (n,)).copy() for name, value in changes.items()}}


def caption(p: Parameters, at: int) -> str:
    """One face in words: "long hair, red hair, glasses, smiling"."""
    said = [VALUES[name][int(p[name][at])] for name in ("style", "hair", "glasses", "beard", "smile")
            if name in ("style", "hair") or p[name][at]]
    return ", ".join(said)
