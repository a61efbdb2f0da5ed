"""Runs every training that the issues' claims rest on; writes docs/claims.json and prints a table.

`make claims`, by hand, on a quiet machine: some minutes. `make claims ONLY=word` runs those whose name has the word.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent))

from claim import Claim, Outcome  # the folder is no package: it is run, not imported

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in Path(__file__).parent.glob("claims_*.py"))


def main() -> int:
    """Runs the claims; 1 where one does not hold."""
    only = os.environ.get("ONLY", "")
    claims: list[Claim] = [claim for name in MODULES for claim in importlib.import_module(name).CLAIMS]
    console = Console()
    table = Table("claim", "allowed", "measured", "holds", box=None, pad_edge=False)
    records: list[dict[str, object]] = []
    for claim in claims:
        if only not in claim.name:
            continue
        console.print(f"[dim]{claim.name} …[/dim]", highlight=False)
        began = time.perf_counter()
        outcome: Outcome = claim.check()
        table.add_row(claim.name, claim.allowed, outcome.measured, "yes" if outcome.holds else "NO")
        records.append({
            "claim": claim.name, "allowed": claim.allowed, "measured": outcome.measured, "holds": outcome.holds,
            "seconds": round(time.perf_counter() - began, 1),
        })
    console.print(table)
    if not only:
        import torch

        machine = {"python": platform.python_version(), "torch": str(torch.__version__), "cores": os.cpu_count()}
        text = json.dumps({"machine": machine, "claims": records}, indent=2, ensure_ascii=False) + "\n"
        (ROOT / "docs" / "claims.json").write_text(text, encoding="utf-8")
    return 0 if all(record["holds"] for record in records) else 1


if __name__ == "__main__":
    sys.exit(main())
