"""Claims on the window: at every size of window and of text, in both palettes, no text is cut."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path

from claim import Claim, Outcome

SHOWN = 20  # of what is wrong
RUNS = (("wgan-gp", "ring"), ("ns-gan", "mixture"), ("dcgan", "digits"))


def whole(variant: str, data: str) -> Outcome:
    """Walks through all poses with a real run."""
    script = Path(__file__).parent / "window_texts.py"
    done = subprocess.run([sys.executable, str(script), variant, data], stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print("\n".join(found["wrong"][:SHOWN]), file=sys.stderr)
    return Outcome(not found["wrong"], f"{len(found['wrong'])} in {found['poses']} poses")


CLAIMS = [
    Claim(f"window: {variant} on {data}, text of 100 to 250 %, 1366x768 to 1920x1080: texts that are cut", "0",
          functools.partial(whole, variant, data))
    for variant, data in RUNS
]
