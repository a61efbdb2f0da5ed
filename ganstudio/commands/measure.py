"""``ganstudio measure``: measures a run's generator against its data."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import msgspec

from ganstudio.commands import arguments, terminal
from ganstudio.commands.device_check import tell_device
from ganstudio.commands.progress_display import show_spinner
from ganstudio.commands.run_at import AT, moment, trainer_at
from ganstudio.core.system.wording import counted

if TYPE_CHECKING:
    from ganstudio.training.measuring import Measured


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.add_argument("run", metavar="RUN", help="a .ganrun file; if its device is not here, the CPU is used")
    parser.add_argument("--samples", default="2500", metavar="N",
                        help="number of samples of each kind (default: 2500)")
    parser.add_argument("--at", default=None, metavar="STEP", help=AT)
    arguments.add_data_path(parser)
    parser.add_argument("--json", action="store_true", help="prints one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Measures."""
    samples = arguments.whole("--samples", args.samples, 100, 100_000)
    path, at = arguments.run_file(args.run), moment(args.at)

    from ganstudio.export.nan_message import why_not_finite
    from ganstudio.training.measuring import SCORED, compute_measures, copy_for_measuring

    tell_device(path)
    with show_spinner(f"measuring {path.name}"):
        trainer = trainer_at(path, at)
        measured = compute_measures(copy_for_measuring(trainer, samples, scored=SCORED))
        why = why_not_finite(path, trainer)
    if why and trainer.game.data.kind == "image":  # NaN is drawn black, and black would be judged
        measured = msgspec.structs.replace(measured, measures=dict.fromkeys(measured.measures))
    if args.json:
        spec = trainer.spec
        arguments.print_json({
            "run": args.run, "variant": spec.variant, "data": spec.data, "network": spec.network, "seed": spec.seed,
            "steps": trainer.game.steps, "samples": measured.samples, "measures": measured.measures,
            "floors": measured.floors,
            **({"feature_net": measured.net} if measured.net else {}),
            **({"classes": measured.classes} if measured.classes else {}),
            "hash": trainer.game.weights_hash(),
        })
    else:
        _print(f"{args.run} at step {trainer.game.steps:,}, {counted(measured.samples, 'sample')}", measured,
               reads_w1=trainer.game.variant.reads_w1)
    if why:
        terminal.remark(f"note: no sample can be measured: {why}")
    return 0


def _print(head: str, measured: Measured, *, reads_w1: bool) -> None:

    from ganstudio.commands.measures_table import measures_table

    console = terminal.console()
    console.print(head, highlight=False, markup=False)
    console.print(measures_table(measured.measures, measured.floors, reads_w1=reads_w1))
    if measured.net:
        console.print(f"features: {measured.net}", highlight=False)
