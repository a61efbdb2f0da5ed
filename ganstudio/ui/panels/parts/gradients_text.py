"""What the gradients panel says: whether gradients explode or vanish on their way through D, and what reaches G."""

from __future__ import annotations

import numpy as np

from ganstudio.core.protocol.views import Gradients
from ganstudio.core.system.wording import figure

EVEN = 0.15  # decades a layer, up to which a gradient is called even
FAR = 3.0  # decades over all layers, from which on it explodes or vanishes


READING = ("The first plot has the size of the gradient at each layer, counted from the output: if the line is level, "
           "the gradient keeps its size through the layers. The others show what G receives at each sample, D's "
           "weights, and the singular values of D's layers.")
HEALTHY = "The lines are nearly level (×1 per layer), and most samples receive gradients of a similar size."
SICK = ("A factor far below 1 per layer: the gradient vanishes before it reaches G. Far above 1: it explodes. With "
        "clipping, nearly all weights are at ±c, the dashed lines.")
FORMULA = r"\left\| \partial L / \partial h_l \right\|, \quad l = 1, 2, \ldots"
PAPER = ("Gulrajani et al. 2017, arXiv:1704.00028, figure 1b; Miyato et al. 2018, arXiv:1802.05957 (singular values)")
GUIDE = (READING, HEALTHY, SICK, FORMULA, PAPER)


def factor(decades: float) -> str:
    """By which factor a gradient grows from one layer to the one before; ``decades`` are powers of ten."""
    return f"×{figure(10 ** decades)}"


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
        parts.append("At least half of G's samples receive no gradient.")
    elif view.bound is not None:
        parts.append(f"{view.at_bound or 0:.0%} of the weights are clipped at ±{view.bound:g}.")
    elif view.spectral_bound is not None:
        largest = max((float(layer.doubles().max(initial=0)) for layer in view.singular), default=0.0)
        parts.append(f"Each layer stretches distances at most {figure(largest, 2)}-fold.")
    else:
        parts.append(f"Half of G's samples receive a gradient above {figure(np.median(received), 2)}.")
    return " ".join(part for part in parts if part)


def _way(decades: float | None, layers: int, player: str) -> str:
    """How the gradient changes from the output of the discriminator to its input, in words."""
    if decades is None:
        return f"No gradient comes back through the {player}." if layers else ""
    rate = f"{factor(decades)} per layer"
    if abs(decades) < EVEN:
        return f"Gradients keep their size through the {player} ({rate})."
    if abs(decades) * (layers - 1) < FAR:
        return f"Gradients {'grow' if decades > 0 else 'shrink'} through the {player} ({rate})."
    return f"Gradients {'explode' if decades > 0 else 'vanish'} through the {player} ({rate})."
