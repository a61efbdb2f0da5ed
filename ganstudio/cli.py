"""The command line: which command, and how its faults are reported. Each command is a file of ``commands/``."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace
    from types import ModuleType

# One sentence each, here and not in the files, so that `ganstudio --help` imports none of them.
COMMANDS = {
    "catalog": "list variants, networks, data sets, measures and panels with their controls",
    "train": "train without a window",
    "measure": "measure a run's generator against its data",
    "sample": "draw samples from a run's generator",
    "translate": "translate pictures of yours with a run's generator",
    "export": "export a run as curves, a generator, a TensorBoard log or a report in one file",
    "video": "film a run's panels, or a walk through its latents",
    "branch": "start a new run from any moment of another",
    "lesson": "list lessons, play one without a window, check its claims, or make a new one",
    "replay": "repeat a run from its log and say whether it comes out the same, bit for bit",
    "shoot": "take a picture of the real window",
    "bench": "run the benchmarks",
    "doctor": "report what this machine has, and how to get what is missing",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command.

    Returns:
        Its exit status: 2 with one sentence on bad input, 130 where Ctrl+C ended it and 143 where SIGTERM did.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    # Waiting OpenMP threads must sleep, not spin beside the window; read when torch loads.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Small matrices of measures: beside torch's threads, OpenBLAS's own made them six times slower on a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from ganstudio.core.system.errors import BadInput
    from ganstudio.core.system.shutdown_signals import status_of

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # one for which a sign of ours has no code is written as \u03bb
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(words)
    except BadInput as fault:
        sys.stderr.write(f"ganstudio: {fault}\n")  # the sentence has been made printable
        return 2
    except KeyboardInterrupt as request:
        sys.stderr.write("stopped\n")
        return status_of(request)
    except BrokenPipeError:  # `ganstudio catalog | head`: the reader has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(words: list[str]) -> int:
    from ganstudio import __version__
    from ganstudio.commands.arguments import Parser
    from ganstudio.core.system.shutdown_signals import handle_signals

    if words and words[0] in COMMANDS:
        name = words[0]
        command = importlib.import_module(f"ganstudio.commands.{name}")
        parser = Parser(prog=f"ganstudio {name}", description=COMMANDS[name], allow_abbrev=False)
        command.add(parser)
        with handle_signals() if name != "bench" else nullcontext():  # its windows would swallow what is raised
            return _run_command(command, parser.parse_args(words[1:]))

    listing = "\n".join(f"  {name:<10}{what}" for name, what in COMMANDS.items())
    from argparse import RawDescriptionHelpFormatter

    parser = Parser(
        prog="ganstudio", allow_abbrev=False, formatter_class=RawDescriptionHelpFormatter,
        description="Watch a GAN learn, and change it while it does. Without a command: opens the studio.",
        epilog=f"commands:\n{listing}\n\n`ganstudio COMMAND --help` says more about each.",
    )
    parser.add_argument("--version", action="version", version=f"ganstudio {__version__}")
    studio = importlib.import_module("ganstudio.commands.studio")
    studio.add(parser)
    return _run_command(studio, parser.parse_args(words))


def _run_command(command: ModuleType, args: Namespace) -> int:
    """Runs a command; runs that it rebuilds have their data where ``--data-path`` says, if the command has it."""
    if not getattr(args, "data_path", ""):
        return int(command.run(args))
    from ganstudio.core.runs.moved_data import data_at

    with data_at(args.data_path):
        return int(command.run(args))


if __name__ == "__main__":
    sys.exit(main())
