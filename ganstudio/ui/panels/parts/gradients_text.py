"""What the gradients panel says: whether gradients explode or vanish on their way through D, and what reaches G."""

from __future__ import annotations

import numpy as np

from ganstudio.core.protocol.views import Gradients

EVEN = 0.15  # decades a layer, up to which a gradient is called even
FAR = 3.0  # decades over all layers, from which on it explodes or vanishes


def signed(value: float) -> str:
    """With its sign, which is a minus and no hyphen."""
    return f"{value:+.2f}".replace("-", "−")


def words(view: Gradients, player: str) -> str:
    """What is to be seen, in one or two plain sentences.

    Args:
        view: The gradients.
        player: What the discriminator is called.
    """
    norms, received = view.discriminator.doubles(), view.received.doubles()
    if not (np.isfinite(norms).all() and np.isfinite(received).all()):
        return "The gradients are not finite numbers any more: the run has diverged."
    parts = [_way(view.decades_d, len(norms), player)]
    if not len(received):  # a game whose objective is not one of scores
        parts.append("")
    elif np.median(received) == 0:
        parts.append("Half of G's samples and more receive none.")
    elif view.bound is not None:
        parts.append(f"{view.at_bound or 0:.0%} of the weights sit at ±{view.bound:g}.")
    elif view.spectral_bound is not None:
        largest = max((float(layer.doubles().max(initial=0)) for layer in view.singular), default=0.0)
        parts.append(f"Its layers stretch at most {largest:.2g}-fold.")
    else:
        parts.append(f"Half of G's samples receive over {np.median(received):.2g}.")
    return " ".join(part for part in parts if part)


def _way(decades: float | None, layers: int, player: str) -> str:
    """How the gradient changes from the output of the discriminator to its input, in words."""
    if decades is None:
        return f"Nothing comes back through the {player}." if layers else ""
    rate = f"{signed(decades)} decades a layer"
    if abs(decades) < EVEN:
        return f"The gradient passes the {player} evenly ({rate})."
    if abs(decades) * (layers - 1) < FAR:
        return f"The gradient {'grows' if decades > 0 else 'shrinks'} through the {player}: {rate}."
    return f"The gradient {'explodes' if decades > 0 else 'vanishes'} through the {player}: {rate}."
