"""A claim: what is said, what is allowed, and how it is checked, through the command line as anybody would."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """What was measured."""

    holds: bool
    measured: str


@dataclass(frozen=True)
class Claim:
    """Something said of the studio that takes a training run to check."""

    name: str
    allowed: str
    check: Callable[[], Outcome]


def train(*words: str) -> dict[str, Any]:
    """What `ganstudio train ... --json` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "ganstudio.cli", "train", *words, "--json"], capture_output=True, text=True, check=True
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report
