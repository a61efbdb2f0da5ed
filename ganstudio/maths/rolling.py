"""Rows that are asked for what the row before them has: within parts of as many rows as are made at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

AT_ONCE = 64  # rows


def rolled(rows: NDArray[Any]) -> NDArray[Any]:
    """The row before each, the last of a part before its first."""
    return np.concatenate([np.roll(rows[at : at + AT_ONCE], 1, axis=0) for at in range(0, len(rows), AT_ONCE)])
