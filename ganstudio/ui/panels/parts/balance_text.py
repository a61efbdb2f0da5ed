"""What the balance panel says: how far D tells real and generated images apart, and what BEGAN steers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.protocol.views import Array, Balance
from ganstudio.core.system.wording import figure

Floats = NDArray[np.float64]
RATIO, K, M = "L(G)/L(x)", "k", "M"


def finite(values: Array) -> Floats:
    """The values that are finite."""
    given = values.doubles().ravel()
    return given[np.isfinite(given)]


def pair_accuracy(real: Floats, fake: Floats) -> float:
    """How often a real image's number is above a generated one's, a tie counting half: 0.5 if D cannot tell."""
    order = np.sort(fake)
    below = np.searchsorted(order, real, side="left")
    upto = np.searchsorted(order, real, side="right")
    return float((below + upto).mean() / 2 / len(fake))


def words(view: Balance, wanted: float | None, player: str) -> str:
    """What is to be seen, in one or two plain sentences.

    Args:
        view: What D says.
        wanted: BEGAN's γ, if the variant has one.
        player: What the discriminator is called.
    """
    real, fake = finite(view.real), finite(view.fake)
    if len(real) < math.prod(view.real.shape) or len(fake) < math.prod(view.fake.shape) or not len(real) * len(fake):
        return f"The {player}'s output is not finite any more: the run has diverged."
    if view.kind == "reconstruction":
        ratio = float(fake.mean()) / max(float(real.mean()), 1e-12)
        steered = f", target γ = {figure(wanted, 2)}" if wanted is not None else ""
        by = f", steered by k = {figure(view.readings[K])}" if K in view.readings else ""
        m = f" M = {figure(view.readings[M])} (M cannot detect collapse)." if M in view.readings else ""
        return f"L(G)/L(x) is {ratio:.2f}{steered}{by}.{m}"
    apart = f"it ranks a real above a generated one in {pair_accuracy(real, fake):.0%} of pairs."
    if view.kind == "logit":
        return (f"D calls {np.mean(real > 0):.0%} of real and {np.mean(fake > 0):.0%} of generated images "
                f"real; {apart}")
    return f"D scores real images {signed(real)} and generated ones {signed(fake)} on average; {apart}"


def signed(values: Floats) -> str:
    """The mean of the values with its sign; a minus, not a hyphen."""
    return f"{values.mean():+.2g}".replace("-", "−")
