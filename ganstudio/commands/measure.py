"""``ganstudio measure``: measures a run's generator against its data."""

from __future__ import annotations

import argparse
from pathlib import Path

from ganstudio.commands import asking
from ganstudio.commands.elsewhere import tell_device


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.add_argument("run", metavar="RUN", help="a .ganrun file; where its device is not here, the CPU stands in")
    parser.add_argument("--samples", default="2500", metavar="N", help="how many samples of each (default: 2500)")
    parser.add_argument("--json", action="store_true", help="prints one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Measures."""
    samples = asking.whole("--samples", args.samples, 100, 100_000)

    from rich.console import Console

    from ganstudio.commands.tables import measures_table
    from ganstudio.training.checkpoint import restored
    from ganstudio.training.measuring import SCORED, computed, copied

    tell_device(Path(args.run))
    trainer = restored(Path(args.run))
    measured = computed(copied(trainer, samples, scored=SCORED))
    if args.json:
        spec = trainer.spec
        asking.print_json({
            "run": args.run, "variant": spec.variant, "data": spec.data, "network": spec.network, "seed": spec.seed,
            "steps": trainer.game.steps, "samples": samples, "measures": measured.measures, "floors": measured.floors,
            **({"feature_net": measured.net} if measured.net else {}),
            "hash": trainer.game.weights_hash(),
        })
        return 0
    console = Console()
    console.print(f"{args.run} at step {trainer.game.steps}, {samples} samples", highlight=False)
    console.print(measures_table(measured.measures, measured.floors))
    if measured.net:
        console.print(f"features: {measured.net}", highlight=False)
    return 0
