"""Mutual information of two discrete values from a sample, with what a sample of independent values would show."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def mutual_information_bits(first: Integers, second: Integers) -> float:
    """Of the counts of two values ``(n,)``, bits; too high by about ``bias_bits``."""
    counts = np.zeros((int(first.max()) + 1, int(second.max()) + 1))
    np.add.at(counts, (first, second), 1)
    joint = counts / len(first)
    apart = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    seen = joint > 0
    return float((joint[seen] * np.log2(joint[seen] / apart[seen])).sum())


def bias_bits(first: Integers, second: Integers) -> float:
    """(a - 1)(b - 1) / (2 n ln 2), a and b the values that occur: what independent values show on average, bits.

    Source: Miller 1955, Note on the bias of information estimates; holds if each cell is expected some times.
    """
    a, b = len(np.unique(first)), len(np.unique(second))
    return (a - 1) * (b - 1) / (2 * len(first) * math.log(2))
