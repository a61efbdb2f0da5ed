"""Handwritten digits without a download: pen strokes, bent by chance and drawn as MNIST's are.

Each digit has a few ways of writing it. A way is a list of pieces; a piece is a smooth line through its points, and
pieces that share a point meet in a corner there. For each image the points are jittered, the line is bent by a slow
wave, slanted, turned and stretched; the result is fitted into 20 px and put with its centre of mass in the middle of
28 px, as MNIST was prepared (LeCun et al. 1998, section III.A), and drawn with a round pen of varying pressure.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Piece = tuple[tuple[float, float], ...]  # x to the right, y down; a digit is 1 high

SIDE = 28  # px
THIN = 0.6  # px, radius of the pen that draws bare strokes
BOX = 20.0  # px, the longer side of a digit in MNIST
POINTS = 88  # along the whole line: half a pixel apart, so that the pen's discs leave no notches
MARGIN = np.float32(1.2)  # px from the pen's rim to the outermost pixel's middle
CHUNK = 64  # images drawn at a time: 200 kB, which stays in the processor's cache


class Way(NamedTuple):
    """One way of writing a digit, and how common it is among the ways of that digit."""

    digit: int
    share: float
    pieces: tuple[Piece, ...]


def _oval(width: float, start: float, sweep: float, shrink: float) -> Piece:
    """An oval against the clock from ``start`` (degrees from the right, clockwise), its end ``shrink`` as far out."""
    angles = np.radians(start - np.linspace(0, sweep, 13))
    out = np.linspace(1, shrink, 13)
    points = np.stack([width * (1 + out * np.cos(angles)), 1 + out * np.sin(angles)], axis=1) / 2
    return tuple((float(x), float(y)) for x, y in points)


WAYS = (
    Way(0, 0.50, (_oval(width=0.72, start=-100, sweep=375, shrink=0.94),)),
    Way(0, 0.30, (_oval(width=0.62, start=-60, sweep=352, shrink=1.0),)),
    Way(0, 0.20, (_oval(width=0.78, start=-85, sweep=420, shrink=0.86),)),
    Way(1, 0.72, (((0.21, 0.00), (0.20, 0.33), (0.20, 0.67), (0.19, 1.0)),)),
    Way(1, 0.20, (((0.02, 0.24), (0.14, 0.15), (0.26, 0.00)), ((0.26, 0.00), (0.26, 0.50), (0.25, 1.0)))),
    Way(1, 0.08, (((0.06, 0.20), (0.30, 0.00)), ((0.30, 0.00), (0.30, 0.50), (0.29, 0.98)),
                  ((0.02, 1.0), (0.29, 0.98), (0.58, 0.98)))),
    Way(2, 0.45, (((0.06, 0.22), (0.22, 0.03), (0.48, 0.02), (0.63, 0.20), (0.55, 0.46), (0.32, 0.74), (0.04, 0.98)),
                  ((0.04, 0.98), (0.36, 0.95), (0.74, 0.97)))),
    Way(2, 0.40, (((0.08, 0.20), (0.26, 0.02), (0.52, 0.06), (0.62, 0.28), (0.48, 0.58), (0.24, 0.88), (0.08, 0.98),
                   (0.01, 0.89), (0.10, 0.79), (0.30, 0.86), (0.52, 0.98), (0.80, 0.92)),)),
    Way(2, 0.15, (((0.04, 0.10), (0.28, 0.00), (0.54, 0.10), (0.58, 0.34), (0.38, 0.64), (0.08, 0.96)),
                  ((0.08, 0.96), (0.24, 0.88), (0.46, 0.98), (0.72, 0.94)))),
    Way(3, 0.50, (((0.08, 0.12), (0.28, 0.00), (0.54, 0.08), (0.54, 0.30), (0.24, 0.47)),
                  ((0.24, 0.47), (0.54, 0.55), (0.64, 0.76), (0.42, 0.98), (0.16, 0.98), (0.02, 0.88)))),
    Way(3, 0.30, (((0.06, 0.08), (0.32, 0.00), (0.56, 0.12), (0.48, 0.36), (0.26, 0.48), (0.22, 0.46), (0.34, 0.45),
                   (0.58, 0.58), (0.60, 0.82), (0.36, 1.0), (0.03, 0.92)),)),
    Way(3, 0.20, (((0.06, 0.03), (0.32, 0.04), (0.58, 0.01)), ((0.58, 0.01), (0.42, 0.20), (0.26, 0.38)),
                  ((0.26, 0.38), (0.52, 0.44), (0.64, 0.66), (0.50, 0.92), (0.24, 1.0), (0.02, 0.92)))),
    Way(4, 0.45, (((0.14, 0.04), (0.08, 0.26), (0.06, 0.46), (0.20, 0.55), (0.46, 0.51), (0.74, 0.46)),
                  ((0.62, 0.00), (0.58, 0.34), (0.54, 0.68), (0.52, 1.0)))),
    Way(4, 0.30, (((0.08, 0.06), (0.06, 0.28), (0.05, 0.52)), ((0.05, 0.52), (0.34, 0.53), (0.76, 0.47)),
                  ((0.52, 0.02), (0.50, 0.48), (0.46, 1.0)))),
    Way(4, 0.25, (((0.50, 0.00), (0.26, 0.32), (0.02, 0.64)), ((0.02, 0.64), (0.36, 0.64), (0.72, 0.61)),
                  ((0.50, 0.00), (0.49, 0.50), (0.47, 1.0)))),
    Way(5, 0.45, (((0.74, -0.02), (0.46, 0.01), (0.20, 0.04)), ((0.20, 0.04), (0.16, 0.22), (0.12, 0.42)),
                  ((0.12, 0.42), (0.36, 0.37), (0.60, 0.52), (0.60, 0.80), (0.34, 0.99), (0.02, 0.92)))),
    Way(5, 0.30, (((0.14, 0.06), (0.12, 0.24), (0.11, 0.42)),
                  ((0.11, 0.42), (0.36, 0.40), (0.56, 0.58), (0.52, 0.86), (0.26, 1.0), (0.02, 0.90)),
                  ((0.14, 0.06), (0.38, 0.04), (0.66, 0.00)))),
    Way(5, 0.25, (((0.72, 0.00), (0.44, 0.04), (0.26, 0.12), (0.18, 0.34), (0.34, 0.46), (0.56, 0.60), (0.54, 0.84),
                   (0.32, 0.99), (0.03, 0.94)),)),
    Way(6, 0.55, (((0.50, 0.00), (0.24, 0.22), (0.06, 0.56), (0.10, 0.88), (0.34, 1.0), (0.58, 0.84), (0.54, 0.60),
                   (0.32, 0.56), (0.10, 0.76)),)),
    Way(6, 0.45, (((0.30, 0.00), (0.12, 0.30), (0.04, 0.66), (0.16, 0.95), (0.42, 0.98), (0.58, 0.76), (0.44, 0.55),
                   (0.20, 0.64), (0.09, 0.82)),)),
    Way(7, 0.50, (((0.00, 0.07), (0.36, 0.05), (0.72, 0.03)), ((0.72, 0.03), (0.53, 0.34), (0.39, 0.66), (0.31, 1.0)))),
    Way(7, 0.30, (((0.04, 0.22), (0.03, 0.06)), ((0.03, 0.06), (0.38, 0.07), (0.74, 0.03)),
                  ((0.74, 0.03), (0.57, 0.36), (0.47, 0.68), (0.43, 1.0)))),
    Way(7, 0.20, (((0.00, 0.06), (0.36, 0.06), (0.72, 0.02)), ((0.72, 0.02), (0.53, 0.34), (0.39, 0.66), (0.31, 1.0)),
                  ((0.22, 0.52), (0.44, 0.50), (0.68, 0.46)))),
    Way(8, 0.35, (((0.62, 0.05), (0.42, 0.00), (0.20, 0.10), (0.20, 0.30), (0.38, 0.50), (0.46, 0.76), (0.32, 0.99),
                   (0.11, 0.94), (0.08, 0.74), (0.28, 0.53), (0.52, 0.30), (0.68, 0.09)),)),
    Way(8, 0.40, (((0.56, 0.12), (0.38, 0.00), (0.14, 0.10), (0.16, 0.32), (0.36, 0.50), (0.56, 0.70), (0.48, 0.94),
                   (0.26, 1.0), (0.08, 0.84), (0.16, 0.64), (0.38, 0.46), (0.58, 0.26), (0.54, 0.08)),)),
    Way(8, 0.25, (((0.34, 0.00), (0.14, 0.10), (0.14, 0.34), (0.32, 0.46), (0.52, 0.32), (0.50, 0.08), (0.34, 0.00)),
                  ((0.32, 0.46), (0.10, 0.62), (0.08, 0.88), (0.32, 1.0), (0.56, 0.86), (0.54, 0.60), (0.32, 0.46)))),
    Way(9, 0.45, (((0.56, 0.16), (0.34, 0.00), (0.10, 0.14), (0.08, 0.36), (0.28, 0.47), (0.50, 0.32), (0.58, 0.08)),
                  ((0.58, 0.08), (0.54, 0.40), (0.48, 0.70), (0.42, 1.0)))),
    Way(9, 0.30, (((0.54, 0.14), (0.32, 0.00), (0.08, 0.18), (0.12, 0.42), (0.34, 0.44), (0.54, 0.22), (0.58, 0.24),
                   (0.56, 0.60), (0.42, 0.92), (0.20, 1.0), (0.04, 0.92)),)),
    Way(9, 0.25, (((0.52, 0.08), (0.26, 0.02), (0.06, 0.22), (0.14, 0.44), (0.38, 0.40), (0.52, 0.08)),
                  ((0.52, 0.08), (0.48, 0.40), (0.38, 0.72), (0.24, 1.0)))),
)  # fmt: skip


class Pen(NamedTuple):
    """How far one hand strays from the next: standard deviations unless said otherwise, lengths in digit heights."""

    jitter: float = 0.020
    wave: float = 0.034  # of the slow wave
    slant: float = 0.20  # of the shear; its mean leans to the right, as most writers do
    lean: float = 0.16
    turn: float = 0.11  # radians
    stretch: float = 0.18  # of the logarithm of width over height
    radius: tuple[float, float] = (0.85, 1.95)  # px, least and most
    pressure: float = 0.10  # share of the radius
    edge: float = 1.35  # px from ink to paper


class Strokes(NamedTuple):
    """Digits before they are inked. A line's longer side is BOX less the pen's width: the line knows its pen."""

    lines: Floats  # (n, POINTS, 2), px of an image of SIDE
    radius: Floats  # (n,) px, of the pen
    pressure: Floats  # (n, POINTS), by which the radius is multiplied at each point
    labels: Bytes  # (n,), 0 to 9
    hand: dict[str, Floats]  # (n,) each: shear, angle (radians, clockwise), stretch (log of width), beat and phase


def digits(n: int, seed: int) -> tuple[Bytes, Bytes]:
    """Draws labelled digits, the same ones for the same ``n`` and ``seed``.

    Args:
        n: How many; all ten digits are equally likely.
        seed: Of the draw, at least 0.

    Returns:
        Images ``(n, 28, 28)``, ink 255 on paper 0, and labels ``(n,)``, 0 to 9.
    """
    drawn = strokes(n, seed)
    return inked(drawn.lines, drawn.radius[:, None] * drawn.pressure), drawn.labels


def strokes(n: int, seed: int) -> Strokes:
    """The digits of ``digits`` before they are inked."""
    rng = np.random.default_rng(seed)
    shares = np.array([way.share for way in WAYS]) / 10
    chosen = rng.choice(len(WAYS), size=n, p=shares / shares.sum())
    lines, radius, pressure, hand = _write(chosen, Pen(), rng)
    return Strokes(lines, radius, pressure, np.array([way.digit for way in WAYS], np.uint8)[chosen], hand)


def inked(lines: Floats, radii: Floats, middles: Floats | None = None) -> Bytes:
    """Images ``(n, h, h)``, ink 255 on paper 0, of lines drawn with a pen of radii ``(n, POINTS)`` px.

    Args:
        lines: ``(n, POINTS, 2)``, px of an image of SIDE.
        radii: Of the pen at each point, in the same px.
        middles: Where the middles of the h pixels of a side lie, in the same px; None: those of an image of SIDE.
    """
    if middles is None:
        middles = np.arange(SIDE, dtype=np.float32)
    edge = Pen().edge * float(middles[1] - middles[0])
    images = np.empty((len(lines), len(middles), len(middles)), np.uint8)
    for start in range(0, len(lines), CHUNK):
        part = slice(start, start + CHUNK)
        images[part] = _ink(lines[part], radii[part], edge, middles)
    return images


def draw_pressure(n: int, rng: np.random.Generator, size: float) -> Floats:
    """How hard the pen is pressed along each line, ``(n, POINTS)`` around 1."""
    return _pressed(*_draw_beats(n, rng), size)


def _draw_beats(n: int, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How many times the pressure swings along a line, and where in its swing it begins, ``(n, 1)`` each."""
    return rng.uniform(0.5, 1.5, (n, 1)), rng.uniform(0, 1, (n, 1))


def _pressed(beat: NDArray[np.float64], phase: NDArray[np.float64], size: float) -> Floats:
    places = np.linspace(0, 1, POINTS, dtype=np.float32)
    pressure: Floats = 1 + np.float32(size) * np.sin(2 * np.pi * (beat * places + phase)).astype(np.float32)
    return pressure


def _write(
    chosen: NDArray[np.int64], pen: Pen, rng: np.random.Generator,
) -> tuple[Floats, Floats, Floats, dict[str, Floats]]:
    """Lines ``(n, POINTS, 2)`` in px, the pen's radius ``(n,)`` in px, its pressure ``(n, POINTS)`` and the hand."""
    n = len(chosen)
    lines = np.empty((n, POINTS, 2), np.float32)
    for number in range(len(WAYS)):
        mine = np.flatnonzero(chosen == number)
        controls, basis = _splines(number)
        noise = rng.normal(0, pen.jitter, (len(mine), len(controls) + 2, 2))
        strayed = (noise[:, :-2] + 1.4 * noise[:, 1:-1] + noise[:, 2:]) / 2  # neighbours stray together: no kinks
        lines[mine] = basis @ (controls + strayed).astype(np.float32)
    lines += _wave(lines, pen.wave, rng)
    lines, hand = _slant(lines, pen, rng)
    thin, thick = pen.radius
    radius = (thin + (thick - thin) * rng.beta(2, 2.5, n)).astype(np.float32)
    beat, phase = _draw_beats(n, rng)
    hand |= {"beat": beat[:, 0].astype(np.float32), "phase": phase[:, 0].astype(np.float32)}
    return _fit(lines, radius), radius, _pressed(beat, phase, pen.pressure), hand


def _wave(lines: Floats, size: float, rng: np.random.Generator) -> Floats:
    """A slow warp of the paper: two plane waves for each coordinate, of about a digit's length."""
    n = len(lines)
    warp = np.zeros_like(lines)
    for _ in range(2):
        waves = rng.normal(0, 3.0, (n, 2, 2)).astype(np.float32)  # radians a digit height
        phases = rng.uniform(0, 2 * np.pi, (n, 1, 2)).astype(np.float32)
        warp += np.float32(size) * np.sin(lines @ waves + phases)
    return warp


def _slant(lines: Floats, pen: Pen, rng: np.random.Generator) -> tuple[Floats, dict[str, Floats]]:
    """Each line stretched, sheared and turned; and by how much."""
    n = len(lines)
    stretch = np.exp(rng.normal(0, pen.stretch, n))
    shear = rng.normal(pen.lean, pen.slant, n)
    angle = rng.normal(0, pen.turn, n)
    cos, sin = np.cos(angle), np.sin(angle)
    # rows are what x and y become: first (stretch x - shear y, y), then the turn
    matrix = np.stack([
        np.stack([cos * stretch, sin * stretch], axis=1),
        np.stack([-cos * shear - sin, -sin * shear + cos], axis=1),
    ], axis=1).astype(np.float32)
    hand = {"stretch": np.log(stretch), "shear": shear, "angle": angle}
    return lines @ matrix, {name: values.astype(np.float32) for name, values in hand.items()}


def _fit(lines: Floats, radius: Floats) -> Floats:
    """Scaled so that the ink's longer side is BOX, moved so that its centre of mass is the image's centre."""
    extent = np.ptp(lines, axis=1).max(axis=1)
    scaled = lines * ((BOX - 2 * radius) / extent)[:, None, None]
    centred = scaled - scaled.mean(axis=1, keepdims=True) + np.float32((SIDE - 1) / 2)
    inside = radius[:, None] + MARGIN  # a 7's centre is so high that its foot may leave the image
    above = np.maximum(inside - centred.min(axis=1), 0)
    below = np.maximum(centred.max(axis=1) - (SIDE - 1 - inside), 0)
    fitted: Floats = centred + (above - below)[:, None]
    return fitted


def _ink(lines: Floats, radii: Floats, edge: float, pixels: Floats) -> Bytes:
    """Images ``(n, h, h)`` with pixels around the given middles: the union of discs, with edges ``edge`` px wide."""
    across = (pixels - lines[:, :, 0, None]) ** 2  # (n, POINTS, h)
    down = (pixels - lines[:, :, 1, None]) ** 2 - radii[:, :, None] ** 2
    outside = np.full((len(lines), len(pixels), len(pixels)), np.inf, np.float32)  # px^2, below 0 under the pen
    disc = np.empty_like(outside)
    for point in range(POINTS):
        np.add(down[:, point, :, None], across[:, point, None, :], out=disc)
        np.minimum(outside, disc, out=outside)
    radius = radii.mean(axis=1)[:, None, None]
    distance = np.sqrt(np.maximum(outside + radius**2, 0)) - radius
    ink: Bytes = np.rint(255 * np.clip(0.5 - distance / edge, 0, 1)).astype(np.uint8)
    return ink


@cache
def _splines(number: int) -> tuple[Floats, Floats]:
    """Control points ``(c, 2)`` of a way, and the matrix ``(POINTS, c)`` that spaces its line's points evenly."""
    pieces = WAYS[number].pieces
    places = list(dict.fromkeys(point for piece in pieces for point in piece))
    controls = np.array(places)
    fine = [_catmull_rom([places.index(point) for point in piece], len(places)) for piece in pieces]
    lengths = [np.linalg.norm(np.diff(rows @ controls, axis=0), axis=1) for rows in fine]
    total = sum(float(length.sum()) for length in lengths)
    ends = np.rint(POINTS * np.cumsum([length.sum() for length in lengths]) / total).astype(int)
    basis = []
    for count, rows, length in zip(np.diff(ends, prepend=0), fine, lengths, strict=True):
        along = np.concatenate([[0], np.cumsum(length)])
        wanted = np.searchsorted(along, np.linspace(0, along[-1], count)).clip(0, len(rows) - 1)
        basis.append(rows[wanted])
    return controls.astype(np.float32), np.concatenate(basis).astype(np.float32)


def _catmull_rom(places: list[int], controls: int, steps: int = 200) -> NDArray[np.float64]:
    """Weights ``(m, controls)`` of a uniform Catmull-Rom line through the controls at ``places``."""
    around = [places[0], *places, places[-1]]
    t = np.linspace(0, 1, steps)
    t2, t3 = t * t, t * t * t
    weights = np.stack([-t3 + 2 * t2 - t, 3 * t3 - 5 * t2 + 2, -3 * t3 + 4 * t2 + t, t3 - t2], axis=1) / 2
    rows = np.zeros((len(places) - 1, steps, controls))
    for span in range(len(places) - 1):
        for place, weight in zip(around[span : span + 4], weights.T, strict=True):
            rows[span, :, place] += weight
    return rows.reshape(-1, controls)
