"""Claims on images: what DCGAN draws, and the same network under five objectives; pictures go into docs/pictures."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from claim import Claim, Outcome, train

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "images"
COMPARED = ("gan", "wgan", "wgan-gp", "sn-gan", "began")
MINUTES = 6.0


def drawn(variant: str, data: str, *words: str) -> dict[str, Any]:
    """A run's report; 64 of its images lie in docs/pictures/images."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run = str(Path(folder) / "run.ganrun")
        report = train("--variant", variant, "--data", data, "--run", run, *words)
        out = str(PICTURES / f"{variant}-{data}.png")
        subprocess.run([sys.executable, "-m", "ganstudio.cli", "sample", run, "--out", out], check=True)
    kept = {key: report[key] for key in ("variant", "data", "network", "steps", "seen", "seconds", "measures", "floors",
                                         "feature_net")}
    (PICTURES / f"{variant}-{data}.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    return report


def said(report: dict[str, Any]) -> str:
    """Its numbers in a line."""
    m = report["measures"]
    return (f"FID {m['fid']:.1f}, precision {m['precision']:.2f}, recall {m['recall']:.2f}, diversity "
            f"{m['diversity']:.2f}, {report['steps']} steps in {report['seconds']:.0f} s")


def draws_digits() -> Outcome:
    """DCGAN's toy preset by its defaults."""
    before = train("--variant", "dcgan", "--data", "digits", "--steps", "0")["measures"]["fid"]
    report = drawn("dcgan", "digits")
    m = report["measures"]
    holds = m["fid"] < before / 10 and min(m["precision"], m["recall"]) >= 0.5 and report["seconds"] <= 900
    return Outcome(holds, f"FID {before:.1f} at step 0; {said(report)}")


def compared(variant: str) -> Outcome:
    """A toy preset on digits; what it should score is not claimed."""
    report = drawn(variant, "digits")
    return Outcome(report["diverged"] is None and report["seconds"] <= 60 * MINUTES, said(report))


CLAIMS = [
    Claim("dcgan draws digits", "FID < 1/10 of step 0's, precision and recall ≥ .5, 15 minutes", draws_digits),
    *(Claim(f"{variant} on digits", f"{MINUTES:.0f} minutes", partial(compared, variant)) for variant in COMPARED),
]
