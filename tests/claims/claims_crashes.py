"""Claims on crashes: whatever system call a program is killed at, and when the power fails, every command opens a run.

How a crash is made, and what is promised, is in tests/crash.
"""

from __future__ import annotations

import sys
from pathlib import Path

from claim import Claim, Outcome

sys.path.insert(0, str(Path(__file__).parents[1] / "crash"))

from crash_claims import Tried, lost, really, tried

MOST_LOST_S = 1.0


def _no_faults(found: Tried) -> Outcome:
    for fault in found.faults:
        sys.stderr.write(f"{fault}\n")
    return Outcome(not found.faults, f"{len(found.faults)} faults in {found.states:,} states")


def _lost() -> Outcome:
    found = lost()
    return Outcome(found.seconds <= MOST_LOST_S,
                   f"{found.seconds:.2f} s at most, of {found.moments} moments of {found.updates:,} updates")


CLAIMS = [
    Claim("crash: a kill at every call, every command opens every run", "0 faults",
          lambda: _no_faults(tried(power=False))),
    Claim("crash: a power cut at every call", "0 faults", lambda: _no_faults(tried(power=True, every=2))),
    Claim("crash: the program killed by a signal at twelve calls", "0 faults", lambda: _no_faults(really())),
    Claim("crash: training that a kill costs", f"{MOST_LOST_S:g} s at most", _lost),
]
