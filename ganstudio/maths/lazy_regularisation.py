"""Regularisers that come in every k-th step alone: k times as strong, in an update of their own."""

from __future__ import annotations

from ganstudio.core.turn import Pace


def lazy_pace(pace: Pace, every: int) -> Pace:
    """The pace of a player that has one update more in every ``every``-th step: c = k / (k + 1); rate c, betas to c.

    So that the optimiser moves and forgets over k steps as much as without the further update.

    Source: Karras et al. 2020, arXiv:1912.04958, appendix B, lazy regularisation.
    """
    share = every / (every + 1)
    return Pace(share * pace.rate, pace.beta1**share, pace.beta2**share)
