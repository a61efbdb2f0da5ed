"""Charts of a report as inline SVG: curves with their extremes, points on the plane, densities on the line.

Colours come from the page's style sheet, by class, so that one drawing serves both palettes and paper.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from ganstudio.core.dataset import Extent, Modes
from ganstudio.core.ticks import MOST, round_numbers
from ganstudio.core.user_units import SAME, UserUnits
from ganstudio.export.curves import Curve

Floats = NDArray[np.floating[Any]]

WIDTH, HEIGHT = 480, 200  # units of a curve's drawing
LEFT, RIGHT, TOP, BOTTOM = 54, 20, 22, 34  # around its frame
SIDE = 480  # units of a picture of points
PIECES = 600  # of a curve: of each its lowest and highest value are kept
TREND = 80  # points of the thick line through a noisy curve
DENSE = 400  # updates from which a curve gets one
WIDE_RANGE = 50.0  # times the median: what is positive and reaches so far is drawn over a logarithmic axis
MOST_NUMBERED = 30  # changes whose numbers are drawn above their ticks
BINS = 60  # of a histogram
LONGEST = 80  # characters of a name


class Scale(msgspec.Struct, frozen=True):
    """Maps values to places along an axis."""

    low: float
    high: float
    start: float  # in units of the drawing
    end: float
    logarithmic: bool = False

    def place(self, values: Floats) -> NDArray[np.float64]:
        """Values as units of the drawing."""
        at, low, high = (self._bent(np.asarray(x, np.float64)) for x in (values, self.low, self.high))
        placed: NDArray[np.float64] = self.start + (at - low) / (high - low) * (self.end - self.start)
        return placed

    def _bent(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.log10(values) if self.logarithmic else values

    def ticks(self, most: int = MOST) -> list[float]:
        """Round numbers on the axis."""
        if self.logarithmic:
            low, high = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            every = max(1, -(-(high - low + 1) // most))
            if high - low >= 1:
                return [10.0**power for power in range(low, high + 1, every)]
        return round_numbers(self.low, self.high, most)


def number(value: float, digits: int = 4) -> str:
    """A number for a sentence, with a true minus sign."""
    return f"{value:.{digits}g}".replace("-", "−")


def steps(value: float) -> str:
    """A place among the steps: whole ones with commas."""
    return f"{value:,.0f}" if abs(value - round(value)) < 1e-6 else f"{value:,.2f}"


# Curves ---------------------------------------------------------------------------------------------------------------


def thinned(curve: Curve, pieces: int = PIECES) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most ``2 * pieces`` points of a curve, all finite: of each piece the lowest and the highest."""
    finite = np.isfinite(curve.values)
    at, values = curve.at[finite], curve.values[finite].astype(np.float64)
    if len(at) <= 2 * pieces:
        return at, values
    edges = np.linspace(0, len(at), pieces + 1).astype(int)
    kept = {
        place for start, end in itertools.pairwise(edges.tolist())
        for place in (start + int(values[start:end].argmin()), start + int(values[start:end].argmax()))
    }
    chosen = np.array(sorted(kept))
    return at[chosen], values[chosen]


def trend(curve: Curve) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means of equally long stretches of a long curve; nothing of a short one."""
    finite = np.isfinite(curve.values)
    at, values = curve.at[finite], curve.values[finite].astype(np.float64)
    if len(at) < DENSE:
        return np.zeros(0), np.zeros(0)
    edges = np.linspace(0, len(at), TREND + 1).astype(int)
    count = np.diff(edges)
    return np.add.reduceat(at, edges[:-1]) / count, np.add.reduceat(values, edges[:-1]) / count


def curve_chart(curve: Curve, end: float, changes: Sequence[float]) -> Markup:
    """A curve over the steps of a run.

    Args:
        curve: One term.
        end: The last step of all curves, so that they share one axis.
        changes: Steps at which controls were moved; numbered in order.
    """
    at, values = thinned(curve)
    frame = _frame(LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM)
    name = escape(f"{curve.player}: {shortened(curve.name)}")
    if not len(at):
        body = [frame, _text(WIDTH / 2, HEIGHT / 2, "no finite value", "middle")]
        return _drawing(WIDTH, HEIGHT, f"{name}, no finite value", body)
    across = Scale(0.0, max(end, 1.0), LEFT, WIDTH - RIGHT)
    upward = _upward(values)
    thick = trend(curve)
    body = [*_axes(across, upward, steps), frame]
    for index, change in enumerate(changes, start=1):
        x = _one(across, change)
        body.append(f'<line class="change" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>')
        if len(changes) <= MOST_NUMBERED:
            body.append(_text(x, TOP - 6, str(index), "middle", "small"))
    if not np.isfinite(curve.values).all():
        x = _one(across, float(curve.at[~np.isfinite(curve.values)][0]))
        body.append(f'<line class="lost" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>')
        body.append(_text(min(x + 4, WIDTH - 80), HEIGHT - BOTTOM - 6, "not finite", "start", "warning"))
    noisy = " noisy" if len(thick[0]) else ""
    body.append(f'<path class="curve {curve.player}{noisy}" d="{_path(across, upward, at, values)}"/>')
    if noisy:
        body.append(f'<path class="curve {curve.player}" d="{_path(across, upward, *thick)}"/>')
    body.append(_text(WIDTH - RIGHT, HEIGHT - 2, "step", "end"))
    if upward.logarithmic:
        body.append(_text(LEFT, TOP - 6, "logarithmic", "start", "small"))
    caption = f"{name}, from {number(float(values.min()))} to {number(float(values.max()))}"
    return _drawing(WIDTH, HEIGHT, caption, body)


def _upward(values: NDArray[np.float64]) -> Scale:
    low, high = float(values.min()), float(values.max())
    if low > 0 and high > WIDE_RANGE * float(np.median(values)):
        return Scale(low * 0.9, high * 1.1, HEIGHT - BOTTOM, TOP, True)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return Scale(low - margin, high + margin, HEIGHT - BOTTOM, TOP)


def shortened(name: str) -> str:
    """A name of an unknown source, at a length that fits."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


# Points ---------------------------------------------------------------------------------------------------------------


def scatter(
    real: Floats, fake: Floats, extent: Extent, modes: Modes | None, units: UserUnits = SAME,
) -> tuple[Markup, int]:
    """Points on the plane ``(n, 2)``: real ones hollow, generated ones filled, modes dashed at 3 sd; axes in ``units``.

    Returns:
        The drawing, and how many generated points lie outside it or are not finite.
    """
    across, upward = Scale(extent.low, extent.high, 44, SIDE - 8), Scale(extent.low, extent.high, SIDE - 28, 8)
    right, up = (Scale(units.place(extent.low, axis), units.place(extent.high, axis), scale.start, scale.end)
                 for axis, scale in enumerate((across, upward)))
    body = [*_axes(right, up, number), _frame(44, 8, SIDE - 8, SIDE - 28)]
    if modes is not None:
        one = (SIDE - 52) / (extent.high - extent.low), (SIDE - 36) / (extent.high - extent.low)
        for (x, y), sd in zip(modes.centres, modes.sds, strict=True):
            body.append(
                f'<ellipse class="truth" cx="{_one(across, x):.1f}" cy="{_one(upward, y):.1f}" '
                f'rx="{3 * sd * one[0]:.1f}" ry="{3 * sd * one[1]:.1f}"/>')
    outside = 0
    for points, kind, radius in ((real, "real", 2.4), (fake, "generated", 2.2)):
        inside = (np.isfinite(points) & (points >= extent.low) & (points <= extent.high)).all(axis=1)
        outside = int((~inside).sum())
        kept = points[inside]
        body.append(f'<g class="{kind}">')
        body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'
                 for x, y in zip(across.place(kept[:, 0]).tolist(), upward.place(kept[:, 1]).tolist(), strict=True)]
        body.append("</g>")
    caption = f"{len(real)} real and {len(fake)} generated points on the plane"
    return _drawing(SIDE, SIDE, caption, body), outside


def densities(
    real: Floats, fake: Floats, extent: Extent, density: Callable[[NDArray[np.float64]], NDArray[np.float64] | None],
    units: UserUnits = SAME,
) -> tuple[Markup, int]:
    """Histograms on the line: real values an outline, generated ones filled, the exact density dashed.

    Args:
        real: Values ``(n,)``, data units.
        fake: Values ``(m,)``, data units.
        extent: What is drawn.
        density: Of the data at ``(n,)``, if it is known.
        units: That the axes are in.

    Returns:
        The drawing, and how many generated values lie outside it or are not finite.
    """
    edges = np.linspace(extent.low, extent.high, BINS + 1)
    heights = [np.histogram(x[np.isfinite(x)], edges)[0] / max(len(x), 1) / np.diff(edges) for x in (real, fake)]
    fine = np.linspace(extent.low, extent.high, 4 * BINS + 1)
    exact = density(fine)
    top = max(float(heights[0].max()), float(heights[1].max()), 0.0 if exact is None else float(exact.max()), 1e-9)
    across = Scale(extent.low, extent.high, LEFT, WIDTH - RIGHT)
    upward = Scale(0.0, 1.05 * top, HEIGHT + 40 - BOTTOM, TOP)
    body = _axes(Scale(units.place(extent.low), units.place(extent.high), across.start, across.end),
                 Scale(0.0, units.slope(1.05 * top), upward.start, upward.end), number)
    body.append(_frame(LEFT, TOP, WIDTH - RIGHT, HEIGHT + 40 - BOTTOM))
    for kind, height in (("generated", heights[1]), ("real", heights[0])):
        at = np.repeat(edges, 2)
        values = np.concatenate([[0.0], np.repeat(height, 2), [0.0]])
        body.append(f'<path class="bars {kind}" d="{_path(across, upward, at, values)}"/>')
    if exact is not None:
        body.append(f'<path class="truth" d="{_path(across, upward, fine, exact)}"/>')
    outside = int((~(np.isfinite(fake) & (fake >= extent.low) & (fake <= extent.high))).sum())
    return _drawing(WIDTH, HEIGHT + 40, f"{len(real)} real and {len(fake)} generated values on the line", body), outside


# Parts ----------------------------------------------------------------------------------------------------------------


def _axes(across: Scale, upward: Scale, say: Callable[[float], str]) -> list[str]:
    """Grid lines with their numbers, below and to the left."""
    made = []
    for value in across.ticks():
        x = _one(across, value)
        made.append(f'<line class="grid" x1="{x:.1f}" y1="{upward.start}" x2="{x:.1f}" y2="{upward.end}"/>')
        made.append(_text(x, upward.start + 14, say(value), "middle"))
    for value in upward.ticks():
        y = _one(upward, value)
        made.append(f'<line class="grid" x1="{across.start}" y1="{y:.1f}" x2="{across.end}" y2="{y:.1f}"/>')
        made.append(_text(across.start - 5, y + 4, number(value), "end"))
    return made


def _frame(left: float, top: float, right: float, bottom: float) -> str:
    return f'<rect class="frame" x="{left}" y="{top}" width="{right - left}" height="{bottom - top}"/>'


def _one(scale: Scale, value: float) -> float:
    return float(scale.place(np.array([value]))[0])


def _path(across: Scale, upward: Scale, at: NDArray[np.float64], values: NDArray[np.float64]) -> str:
    points = zip(across.place(at).tolist(), upward.place(values).tolist(), strict=True)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _drawing(width: int, height: int, caption: str, body: Sequence[str]) -> Markup:
    """The SVG; ``caption`` is its label for screen readers."""
    inner = Markup("\n".join(body))
    page = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">\n{}\n</svg>')
    return page.format(width, height, caption, inner)
