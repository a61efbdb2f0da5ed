"""``ganstudio branch``: starts a new run from any moment of another one, which is only read."""

from __future__ import annotations

import argparse

from ganstudio.commands import arguments, terminal
from ganstudio.commands.device_check import tell_device
from ganstudio.commands.progress_display import show_spinner
from ganstudio.core.protocol.spec import OF_DATA, Change, Parent, Plan
from ganstudio.core.system.errors import BadInput

EPILOG = """\
Of a run whose device is not on this machine, you can go on only from a checkpoint: what lies
between two checkpoints was computed elsewhere, and would differ if it were computed here. From
there on the CPU is used, in float32 and with other random numbers.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("parent", metavar="RUN", help="a .ganrun file")
    parser.add_argument("--at", required=True, metavar="STEP", help="number of finished steps")
    parser.add_argument("--set", action="append", default=[], metavar="K=V",
                        help="changes a control there; one of the data set as data.K")
    parser.add_argument("--run", required=True, metavar="NEW", help="the new .ganrun file; nothing is replaced")
    arguments.add_data_path(parser)
    parser.add_argument("--json", action="store_true", help="prints one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Branches. `ganstudio train --resume NEW` goes on with it."""
    at = arguments.whole("--at", args.at, 0, arguments.FURTHEST_STEP)
    changes = arguments.pairs("--set", args.set)
    parent, path = arguments.run_file(args.parent), arguments.new_run(args.run)
    if path.exists():
        raise BadInput(f"run file {path} exists already: nothing is overwritten, choose another name")

    from ganstudio.core.control import Controls, declared
    from ganstudio.training.branching import branch_run

    tell_device(parent, "and what follows will not be the same, bit for bit, as on that device")
    with show_spinner(f"going to step {at:,} of {parent.name}"):
        found = branch_run(parent, at)
    trainer = found.trainer
    for name in changes:
        controls: Controls = trainer.game.data.controls if name.startswith(OF_DATA) else trainer.game.controls
        owner, own = type(controls), name.removeprefix(OF_DATA)
        if own in declared(owner) and not declared(owner)[own][0].live:
            raise BadInput(f"--set {name} is not possible: {name} is not live, a change of it restarts the run")
    for name, value in changes.items():
        trainer.apply(Change(name=name, value=value))
    found.keep(path, Plan(steps=found.plan.steps), Parent(file=parent.name, position=trainer.position))
    report = {
        "run": str(path), "parent": str(parent), "steps": trainer.game.steps, "hash": trainer.game.weights_hash(),
        "settings": trainer.settings(),
    }
    if args.json:
        arguments.print_json(report)
    else:
        terminal.say(f"{path} starts at step {trainer.game.steps:,} of {parent.name}: "
                     f"`ganstudio train --resume {path}` goes on with it")
    return 0
