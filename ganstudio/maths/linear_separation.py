"""How well a plane separates two classes: logistic regression, and what is left of a label's entropy after it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RIDGE = 1.0  # on the squared weights of standardised inputs, beside a sum over the samples
STEPS = 30  # of Newton's method at most
CLOSE = 1e-8  # where it ends: the largest change of a weight


def fit_plane(x: Floats, labels: NDArray[np.bool_], ridge: float = RIDGE) -> Floats:
    """Logistic regression with a ridge, by Newton's method.

    Args:
        x: Inputs ``(n, d)``; they are standardised inside.
        labels: ``(n,)``.
        ridge: Weight of half the squared weights; the offset has none.

    Returns:
        Weights for the inputs as they are, ``(d + 1,)``, the offset last: positive scores are true.
    """
    mean, spread = x.mean(0), x.std(0)
    spread = np.where(spread > 0, spread, 1.0)
    inputs = np.column_stack([(x - mean) / spread, np.ones(len(x))])
    penalty = np.full(inputs.shape[1], ridge)
    penalty[-1] = 1e-6  # one class alone would send it to infinity
    weights: Floats = np.zeros(inputs.shape[1])
    value = _loss(inputs, labels, weights, penalty)
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(inputs @ weights, -500, 500)))
        slope = inputs.T @ (p - labels) + penalty * weights
        curvature = (inputs.T * (p * (1 - p))) @ inputs + np.diag(penalty)
        move, share = np.linalg.solve(curvature, slope), 1.0
        while (further := _loss(inputs, labels, weights - share * move, penalty)) > value and share > 1e-6:
            share /= 2
        weights, value = weights - share * move, further
        if np.abs(share * move).max() < CLOSE:
            break
    own = weights[:-1] / spread
    return np.append(own, weights[-1] - own @ mean)


def _loss(inputs: Floats, labels: NDArray[np.bool_], weights: Floats, penalty: Floats) -> float:
    scores = inputs @ weights
    return float((np.logaddexp(0, scores) - labels * scores).sum() + 0.5 * (penalty * weights**2).sum())


def side_of(x: Floats, plane: Floats) -> NDArray[np.bool_]:
    """On which side of a plane points ``(n, d)`` lie, ``(n,)``."""
    sides: NDArray[np.bool_] = x @ plane[:-1] + plane[-1] > 0
    return sides


def entropy_bits(labels: NDArray[np.bool_]) -> float:
    """Entropy of a label of two values ``(n,)``, bits."""
    return _entropy(float(np.mean(labels))) if len(labels) else 0.0


def conditional_entropy_bits(labels: NDArray[np.bool_], known: NDArray[np.bool_]) -> float:
    """H(labels | known) of two labels ``(n,)`` of two values, bits: never above ``entropy_bits(labels)``."""
    return sum(float(np.mean(known == side)) * entropy_bits(labels[known == side]) for side in (False, True))


def _entropy(share: float) -> float:
    return -sum(p * float(np.log2(p)) for p in (share, 1 - share) if p > 0)
