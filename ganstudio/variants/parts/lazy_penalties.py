"""Lazy regularisation: a penalty comes in every k-th step only, as an update of its own, k times as strong.

The penalty's update is one of the same player and the same optimiser: of k + 1 updates k are the loss's. So that both
together move as the loss and the penalty in each update would, rate <- rate k / (k + 1) and beta <- beta^(k / (k + 1)).

Source: Karras et al. 2020, arXiv:1912.04958, appendix B.
"""

from __future__ import annotations

from ganstudio.core.turn import Pace


def is_lazy(weight: float, interval: int) -> bool:
    """Whether there is a penalty, and as updates of its own; one of every step is added to the loss."""
    return weight > 0 and interval > 1


def is_due(step: int, interval: int) -> bool:
    """Whether the step that follows ``step`` finished ones has the penalty's update: the last of every ``interval``."""
    return step % interval == interval - 1


def corrected(pace: Pace, interval: int) -> Pace:
    """The pace of a player with a lazy penalty in every ``interval`` steps."""
    share = interval / (interval + 1)
    return Pace(pace.rate * share, pace.beta1**share, pace.beta2**share)
