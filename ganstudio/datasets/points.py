"""Points: the user's own, from a CSV or NPY file with one or two columns."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from ganstudio.core.control import Controls, FilePath, Text
from ganstudio.core.dataset import Dataset, Extent, Kind
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.wording import figure
from ganstudio.core.user_units import UserUnits
from ganstudio.files.own_points import own_points
from ganstudio.files.point_file import SUFFIXES


class PointsControls(Controls, frozen=True, kw_only=True):
    """Which file the points come from."""

    file: Annotated[str, FilePath(suffixes=SUFFIXES, live=False,
                                  help="Table (CSV) or NumPy file (NPY, NPZ) of numbers, one point a row")] = ""
    columns: Annotated[str, Text(live=False, help="The one or two columns that are points, by name or "
                                                  "number, as in x,y; empty: the file has no others")] = ""


class Points(Dataset[PointsControls]):
    """Rows drawn with replacement from a file, standardised.

    Each column loses its mean; all are divided by one number, their common standard deviation, so that
    shapes keep their aspect. ``x * scale + shift`` is the value in the file.

    Attributes:
        scale: Common standard deviation of the columns, in the file's units.
        shift: Mean of each column, ``(d,)``, in the file's units.
        own: What a run keeps of them, so that it can be repeated when the file changes or goes.
    """

    name = "points"
    title = "Points from a file"
    kinds = ("plane", "line")
    help = "Your own points from a table (CSV) or a NumPy file: one or two of its columns, centred and scaled."
    source = "Your file"

    def __init__(self, controls: PointsControls) -> None:
        super().__init__(controls)
        if not controls.file:
            raise BadInput("the data set points needs a file: give file=NAME.csv or file=NAME.npy")
        points, self.own, notes = own_points(controls.file, controls.columns)
        self.warnings = notes
        # From the first row, so that a far offset costs no digits.
        first = points[0].copy()
        points -= first
        centre = points.mean(axis=0)
        points -= centre
        self.shift = first + centre
        self.scale = float(np.sqrt(np.mean(points**2)))
        points /= self.scale
        # Both ends of the 99.8 % that lie in the middle: a stray point must not shrink the picture to a dot.
        ends = np.quantile(points, [0.001, 0.999], axis=0)
        low, high = float(ends.min()), float(ends.max())
        margin = max(0.1 * (high - low), 0.1)
        self._extent = Extent(low - margin, high + margin)
        self._points = torch.from_numpy(points.astype(np.float32))

    @property
    def kind(self) -> Kind:
        return "line" if self._points.shape[1] == 1 else "plane"

    @property
    def extent(self) -> Extent:
        return self._extent

    @property
    def user_units(self) -> UserUnits:
        return UserUnits(tuple(float(value) for value in self.shift), self.scale)

    @property
    def units(self) -> str:
        origin = ", ".join(figure(value, 6) for value in self.shift)
        return f"1 data unit is {figure(self.scale, 6)} of the file's units, and 0 is the file's mean ({origin})"

    def to_user_units(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        original: NDArray[np.float32] = (samples * self.scale + self.shift).astype(np.float32)
        return original

    def sample(self, n: int, rng: Generator) -> Tensor:
        self._points = self._points.to(rng.device)  # moves once, if the generator is on a GPU
        which = torch.randint(len(self._points), (n,), generator=rng, device=rng.device)
        return self._points[which]
