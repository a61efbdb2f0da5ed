"""What the interpolation panel says: where on the path the point is, and whether its latent is a usual one."""

from __future__ import annotations

import math

from ganstudio.core.protocol.views import Walk
from ganstudio.core.system.wording import figure
from ganstudio.ui.state.latent_anchors import LETTERS

SPREAD = {"gaussian": 0.71, "uniform": 0.26}  # sd of the norm of a latent of many dimensions, whatever their number
FAR = 2.5  # in such spreads: the distance from the usual norm


def where(walk: Walk) -> str:
    """The place that a way was last asked for, in words."""
    (x, y), k = walk.at[-1], len(walk.anchors)
    if walk.path == "square":
        corners = {2: "ABAB", 3: "ABCC", 4: "ABCD"}[k]
        share = dict.fromkeys(corners, 0.0)
        for letter, part in zip(corners, ((1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y), strict=True):
            share[letter] += part
        return ", ".join(f"{letter} {part:.0%}" for letter, part in share.items() if part >= 0.005)
    names = list(LETTERS[:k]) if walk.path == "line" or k > 2 else ["A", "B", "−A", "−B"]
    if walk.path == "circle":
        names.append(names[0])
    piece = min(int(x * (len(names) - 1) + 1e-9), len(names) - 2)
    part = x * (len(names) - 1) - piece
    if part < 0.005 or part > 0.995:
        return f"at {names[piece + (part > 0.5)]}"
    return (f"{'halfway' if abs(part - 0.5) < 0.005 else f'{part:.0%} of the path'} from {names[piece]} to "
            f"{names[piece + 1]}")


def usual_norms(latent_dim: int, prior: str) -> tuple[float, float]:
    """Between which norms nearly all latents of a prior lie: many dimensions make a thin shell."""
    middle = math.sqrt(latent_dim / 3 if prior == "uniform" else latent_dim)
    off = FAR * SPREAD.get(prior, SPREAD["gaussian"])
    return max(middle - off, 0.0), middle + off


def words(walk: Walk, norm: float, usual: tuple[float, float]) -> str:
    """What the picture shows, in one or two plain sentences.

    Args:
        walk: The way, with the point last.
        norm: Of the latent there, or of w.
        usual: Between which norms latents of the prior lie.
    """
    place = where(walk)
    first = f"{place[0].upper()}{place[1:]}"
    if walk.space == "w":
        return f"{first}, straight through W. Faces should change evenly: compare with z."
    low, high = usual
    if not low <= norm <= high:
        return (f"{first}. The latent's norm is {figure(norm)}; G was trained on {figure(low, 2)} to "
                f"{figure(high, 2)} and has seen few like it.")
    return f"{first}. A sudden jump marks a gap in what G has learnt."
