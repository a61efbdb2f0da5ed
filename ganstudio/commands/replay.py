"""``ganstudio replay``: repeats a run from its log and says whether it came out the same, bit for bit."""

from __future__ import annotations

import argparse

from ganstudio.commands import arguments, terminal
from ganstudio.commands.device_check import need_device
from ganstudio.commands.progress_display import show_spinner
from ganstudio.core.system.wording import counted

EPILOG = """\
The same bits come only on the same kind of device, with the same number of threads and the same
build of torch. A run whose device is not on this machine is not repeated: it would differ.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("run", metavar="RUN", help="a .ganrun file; it is only read")
    parser.add_argument("--to", default=None, metavar="STEP", help="last step to repeat (default: the run's end)")
    parser.add_argument("--threads", default=None, metavar="N",
                        help="number of CPU threads instead of the run's own; another number may round differently")
    arguments.add_data_path(parser)
    parser.add_argument("--json", action="store_true", help="prints one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Repeats. Returns 0, or 1 if something differs."""
    path = arguments.run_file(args.run)
    to = None if args.to is None else arguments.whole("--to", args.to, 0, arguments.FURTHEST_STEP)
    threads = None if args.threads is None else arguments.whole("--threads", args.threads, 1, 256)

    need_device(path, "on another device its bits differ in any case, so that a replay would prove nothing; "
                      "`ganstudio measure`, `sample`, `export` and `video` work here")

    from ganstudio.training.verification import verified

    with show_spinner(f"repeating {path.name}"):
        verdict = verified(path, to, threads)
    if args.json:
        arguments.print_json({
            "identical": verdict.identical, "steps": verdict.steps, "hash": verdict.hash,
            "first_difference": verdict.first_difference, "compared": verdict.compared, "run": args.run,
            "cause": verdict.cause or None,
        })
    elif verdict.identical:
        terminal.say(f"identical over {counted(verdict.steps, 'step')}   hash {verdict.hash[:16]}")
    else:
        terminal.say(f"differs from step {verdict.first_difference:,} on: {verdict.cause}")
    return 0 if verdict.identical else 1
