"""Runs every training that the issues' claims rest on; writes docs/claims.json and prints a table.

`make claims`, by hand, on a quiet machine: most of an hour. `make claims ONLY=word` runs those whose name has the word;
what was measured before of the others stays in the file.
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
    _keep(records, [claim.name for claim in claims])
    return 0 if all(record["holds"] for record in records) else 1


def _keep(records: list[dict[str, object]], names: list[str]) -> None:
    """Writes what was measured over what stood there; claims that are made no more go."""
    import torch

    path = ROOT / "docs" / "claims.json"
    before = json.loads(path.read_text(encoding="utf-8"))["claims"] if path.exists() else []
    known = {str(record["claim"]): record for record in [*before, *records]}
    machine = {"python": platform.python_version(), "torch": str(torch.__version__), "cores": os.cpu_count()}
    kept = [known[name] for name in names if name in known]
    text = json.dumps({"machine": machine, "claims": kept}, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
