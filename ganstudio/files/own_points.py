"""The user's own points as a run keeps them: what was read of their file, packed for the run file and read back.

When a run is rebuilt, ``standing_in`` puts its points in the place of the file; the data set calls ``own_points`` and
need not know where they come from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from ganstudio.core.runs.format import MAX_POINTS, KeptPoints, line, short
from ganstudio.core.runs.moved_data import OPTION, NeedsData, data_place
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.wording import figure
from ganstudio.files.point_file import Floats, check_spread, find_points

TENSOR = "points"
FEW_POINTS = 20  # fewer different ones are remarked on
MOST_COMPARED = 10_000  # rows that are looked through for that


@dataclass(frozen=True)
class OwnPoints:
    """Points of the user's own, as their file has them.

    Attributes:
        sha256: Over the values as float64, little-endian, row by row.
        shape: Rows and columns.
        values: ``(n, d)``, float64, not to be written to; None if they take more than ``MAX_POINTS``.
    """

    sha256: str
    shape: tuple[int, int]
    values: Floats | None = field(compare=False)  # the hash is of them

    @classmethod
    def of(cls, points: Floats) -> OwnPoints:
        """What is to be known of points ``(n, d)`` that are about to be changed in place."""
        values = points.copy() if points.nbytes <= MAX_POINTS else None
        return cls(_hash(points), (points.shape[0], points.shape[1]), values)

    def packed(self) -> KeptPoints:
        """As a run file holds them."""
        tensors = b"" if self.values is None else save({TENSOR: torch.from_numpy(self.values)})
        return KeptPoints(sha256=self.sha256, shape=self.shape, tensors=tensors)


@runtime_checkable
class HasOwnPoints(Protocol):
    """A data set that is made of the user's own points."""

    own: OwnPoints


def unpacked(kept: KeptPoints, run: Path) -> OwnPoints:
    """The points of a run file, which may come from an unknown source.

    Raises:
        BadInput: They are none that a run can have been trained on, or not those that their hash is of.
    """
    if not kept.tensors:
        return OwnPoints(kept.sha256, kept.shape, None)
    damaged = f"run file {short(run)} has damaged points"
    try:
        tensors: dict[str, torch.Tensor] = load(kept.tensors)
    except (SafetensorError, ValueError, LookupError, TypeError, RuntimeError) as fault:
        raise BadInput(f"{damaged}: {line(fault)}") from None
    points = tensors.get(TENSOR)
    if points is None or len(tensors) > 1:
        raise BadInput(f"{damaged}: it holds {len(tensors)} tensors, and there should be one named '{TENSOR}'")
    if points.dtype != torch.float64 or tuple(points.shape) != kept.shape:
        raise BadInput(f"{damaged}: they are {str(points.dtype).removeprefix('torch.')} {tuple(points.shape)}, and "
                       f"float64 {kept.shape} was written")
    values: Floats = points.numpy()
    if not np.isfinite(values).all():
        raise BadInput(f"{damaged}: allowed are finite numbers")
    check_spread(values, f"what run file {short(run)} keeps of its points")
    if _hash(values) != kept.sha256:
        raise BadInput(f"{damaged}: they do not match their hash")
    return OwnPoints(kept.sha256, kept.shape, values)


@dataclass(frozen=True)
class _StandIn:
    own: OwnPoints
    run: Path


_STAND_IN: ContextVar[_StandIn | None] = ContextVar("stand_in", default=None)


@contextmanager
def standing_in(kept: KeptPoints | None, run: Path) -> Iterator[None]:
    """Has ``own_points`` give those of a run file inside the block, in this thread; None: of the file that is named.

    Raises:
        BadInput: What the run file holds are no points.
    """
    token = _STAND_IN.set(None if kept is None else _StandIn(unpacked(kept, run), run))
    try:
        yield
    finally:
        _STAND_IN.reset(token)


def own_points(file: str, columns: str = "") -> tuple[Floats, OwnPoints, tuple[str, ...]]:
    """The points of a file, or those that a run kept of it while that run is rebuilt.

    Args:
        file: Its path.
        columns: As in ``find_points``.

    Returns:
        ``(n, d)``, float64, the caller's to change, what is to be kept of them, and notes for the user.

    Raises:
        BadInput: The file cannot be read, or it has changed and the run could not keep its points.
    """
    stand_in = _STAND_IN.get()
    if stand_in is None:
        table = find_points(file, columns)
        return table.points, OwnPoints.of(table.points), (*table.notes, *remarks(table.points))
    own, run = stand_in.own, short(stand_in.run)
    if own.values is not None and not data_place():
        return own.values.copy(), own, ()
    try:
        points = find_points(file, columns).points
    except BadInput as fault:
        raise NeedsData(f"run file {run} needs the points that it was trained on, {own.shape[0]:,} rows, too many to "
                        f"be kept in it ({fault})", f"say with {OPTION} FILE where they lie now",
                        one_file=True) from None
    if (found := OwnPoints.of(points)) != own and data_place():
        raise NeedsData(f"{short(Path(file))} holds other points than run file {run} was trained on: "
                        f"{_difference(found, own)}", f"{OPTION} takes the file that holds those", one_file=True)
    if found != own:
        raise BadInput(f"the points file '{short(Path(file))}' has changed since run file {run} was trained on it, and "
                       f"its {own.shape[0]:,} rows were too many to be kept there: {_difference(found, own)}; "
                       f"put the earlier file back, or say with {OPTION} FILE where it lies now")
    return points, own, ()


def remarks(points: Floats) -> list[str]:
    """What the user should know of points ``(n, d)`` that train, but not to much use: a sentence each."""
    said = []
    rows = len(points)
    different = len(np.unique(points, axis=0)) if rows <= MOST_COMPARED else rows
    if different < FEW_POINTS:
        same = "" if different == rows else f" in {rows:,} rows"
        said.append(f"It has only {different} different points{same}: G can learn them by heart, so the measures say "
                    "how well it repeats them, not whether it has learnt a distribution.")
    for axis, values in enumerate(points.T):
        if points.shape[1] > 1 and values.min() == values.max():
            said.append(f"Its {('first', 'second')[axis]} coordinate is {figure(float(values[0]))} in all {rows:,} "
                        "rows: all points are on one straight line, and the other column alone says as much.")
    return said


def _difference(found: OwnPoints, own: OwnPoints) -> str:
    """How a file's points differ from those that a run was trained on."""
    if found.shape == own.shape:
        return "as many rows, with other values"
    return f"now {found.shape[0]:,} rows of {_columns(found)}, then {own.shape[0]:,} of {_columns(own)}"


def _columns(own: OwnPoints) -> str:
    return f"{own.shape[1]} column{'s' * (own.shape[1] > 1)}"


def _hash(points: Floats) -> str:
    """At .8 GB a second: .4 s for the largest file, which takes 10 s to read."""
    return hashlib.sha256(np.ascontiguousarray(points, dtype="<f8").data).hexdigest()
