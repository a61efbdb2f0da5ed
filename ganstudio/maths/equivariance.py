"""How far a generator's picture that was moved before it was drawn differs from the picture moved afterwards: EQ-T.

PSNR = 20 log10(2) - 10 log10 MSE in dB, for images from -1 to 1, over the pixels that are known in both pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from ganstudio.maths.placement import placement

LANCZOS = 3  # lobes of the kernel by which a picture is moved by parts of a pixel
PEAK = 2.0  # from black to white


class Errors(NamedTuple):
    """The sum of the squared differences of some pixels, and how many they are."""

    total: float
    pixels: int

    def plus(self, other: Errors) -> Errors:
        return Errors(self.total + other.total, self.pixels + other.pixels)


def psnr(errors: Errors) -> float:
    """In dB; infinite if there is no difference, NaN if no pixel was compared or one is NaN."""
    if errors.pixels == 0:
        return math.nan
    mean = errors.total / errors.pixels
    return math.inf if mean == 0 else 20 * math.log10(PEAK) - 10 * math.log10(mean)


def lanczos_matrix(side: int, shift: float) -> tuple[Tensor, slice]:
    """Moves a row of ``side`` pixels to the right by ``shift`` pixels.

    Returns:
        ``(side, side)`` float64, and the pixels of which all taps lie within the row.

    Source: Karras et al. 2021, arXiv:2106.12423, appendix E.3: Lanczos with three lobes.
    """
    whole = math.floor(shift)
    part = shift - whole
    taps = torch.arange(1 - LANCZOS, LANCZOS + 1, dtype=torch.float64)  # distances of the sources behind a pixel
    weights = torch.sinc(taps - part) * torch.sinc((taps - part) / LANCZOS)
    weights = weights / weights.sum()
    matrix = torch.zeros(side, side, dtype=torch.float64)
    at = torch.arange(side)
    for tap, weight in zip(taps.long(), weights, strict=True):
        source = at - whole - tap
        there = (source >= 0) & (source < side)
        matrix[at[there], source[there]] = weight
    return matrix, slice(max(whole + LANCZOS, 0), side + min(whole + 1 - LANCZOS, 0))


def whole_errors(still: Tensor, moved: Tensor, right: int, down: int) -> Errors:
    """Compares an image ``(c, h, h)`` with the one that was moved by whole pixels."""
    side = still.shape[-1]
    before, after = zip(*((slice(max(-by, 0), side - max(by, 0)), slice(max(by, 0), side - max(-by, 0)))
                          for by in (down, right)), strict=True)
    apart = _exactly(moved[:, after[0], after[1]]) - _exactly(still[:, before[0], before[1]])
    return Errors(float(apart.square().sum()), apart.numel())


def part_errors(still: Tensor, moved: Tensor, right: float, down: float) -> Errors:
    """Compares an image ``(c, h, h)`` with the one that was moved by parts of pixels."""
    (rows, high), (columns, wide) = (lanczos_matrix(still.shape[-1], by) for by in (down, right))
    shifted = rows @ _exactly(still) @ columns.T
    apart = _exactly(moved[:, high, wide]) - shifted[:, high, wide]
    return Errors(float(apart.square().sum()), apart.numel())


def _exactly(x: Tensor) -> Tensor:
    """In float64, which not every device has."""
    return x.cpu().double()


Make = Callable[[Tensor], Tensor]
"""Transforms ``(n, 3, 3)`` -> images ``(n, c, side, side)``, of the same latents and noise each time."""


def whole_moves(make: Make, shifts: Tensor, side: int) -> Errors:
    """Compares images of some latents with those that are moved by whole pixels before they are drawn.

    Args:
        make: As above.
        shifts: To the right and down, ``(n, 2)``, shares of the side; they are rounded to pixels.
        side: Of the images, px.

    Source: Karras et al. 2021, arXiv:2106.12423, section 3 and appendix E.
    """
    return _whole(make, make(_unmoved(shifts)), shifts, side)


def translation_equivariance(make: Make, shifts: Tensor, side: int) -> tuple[Errors, Errors]:
    """The same of moves by whole pixels, and of the moves as they are, by parts of pixels."""
    still = make(_unmoved(shifts))
    by_part, part = make(placement(*shifts.T.tolist())), Errors(0.0, 0)
    for at, (right, down) in enumerate((shifts * side).tolist()):
        part = part.plus(part_errors(still[at], by_part[at], right, down))
    return _whole(make, still, shifts, side), part


def _whole(make: Make, still: Tensor, shifts: Tensor, side: int) -> Errors:
    pixels = (shifts * side).round()
    moved, found = make(placement(*(pixels / side).T.tolist())), Errors(0.0, 0)
    for at, (right, down) in enumerate(pixels.int().tolist()):
        found = found.plus(whole_errors(still[at], moved[at], right, down))
    return found


def _unmoved(shifts: Tensor) -> Tensor:
    nowhere = [0.0] * len(shifts)
    return placement(nowhere, nowhere)
