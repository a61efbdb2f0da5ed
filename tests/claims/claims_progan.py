"""Claims on growing players: they reach full size sooner than players that start there, by the clock."""

from __future__ import annotations

import sys

from claim import Claim, Outcome

from ganstudio.bench.progan import in_full


def sooner() -> Outcome:
    """56,000 images shown to both, phase by phase in turn."""
    found = in_full(lambda text: print(text, file=sys.stderr, flush=True))
    return Outcome(found["speedup"] >= 1.5,
                   f"{found['speedup']:.2f} times: {found['growing_s']:.0f} s against {found['grown_s']:.0f} s")


CLAIMS = [
    Claim("progan: 56,000 images to 32 px, 32 channels, in full: growing over starting there", "≥ 1.5 times", sooner),
]
