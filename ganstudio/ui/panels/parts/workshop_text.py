"""What the workshop says: examples to begin with, and which divergence a function is."""

from __future__ import annotations

from ganstudio.core.protocol.divergence_report import Examination
from ganstudio.core.system.wording import figure

FIRST = "u*log(u) - (u+1)*log((u+1)/2)"
EXAMPLES = (
    ("Jensen–Shannon", FIRST),
    ("the original GAN", "u*log(u) - (u+1)*log(u+1)"),
    ("Kullback–Leibler", "u*log(u)"),
    ("reverse Kullback–Leibler", "-log(u)"),
    ("Pearson χ²", "(u-1)**2"),
    ("Neyman χ²", "(1-u)**2/u"),
    ("squared Hellinger", "(sqrt(u)-1)**2"),
    ("Jeffrey", "(u-1)*log(u)"),
    ("total variation: a kink", "abs(u-1)/2"),
    ("Pearson in disguise", "u**2 - 1"),
    ("Le Cam: bounded slopes", "(u-1)**2/(u+1)"),
    ("not among the known ones", "u*atan(u) - pi/4"),
    ("not convex: refused", "(u-1)**3"),
)


def verdict(found: Examination) -> str:
    """What a function is, in plain words."""
    shift = found.shifted_by
    if shift:
        start = f"Convex; f(1) = {figure(shift)}".replace("-", "−")
        start += f": trained as f {'−' if shift > 0 else '+'} {figure(abs(shift))}, which changes nothing else."
    else:
        start = "Convex, f(1) = 0."
    known = found.known_as or "None of the known divergences: a GAN of your own."
    return " ".join(part for part in (start, known, found.remark) if part)
