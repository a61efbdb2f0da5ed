"""``ganstudio bench``: the benchmarks, both sides in one run, medians."""

from __future__ import annotations

import argparse
import sys

from ganstudio.commands import arguments, terminal


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")
    parser.add_argument("--json", action="store_true", help="prints one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Measures."""
    from ganstudio.bench.benchmark import Benchmark, NotHere, NotMeasured
    from ganstudio.core.leaves import leaves

    known = leaves("ganstudio.bench", Benchmark)
    for name in args.names:
        arguments.one_of("benchmark", name, list(known))
    figures: dict[str, dict[str, float | None]] = {}
    status = 0
    for name in dict.fromkeys(args.names or known):
        try:
            figures[name] = {**known[name]().run(_say)}
        except NotMeasured as fault:  # the others are measured all the same
            _say(f"{name} could not be measured: {fault}")
            figures[name] = dict.fromkeys(known[name].goals)
            if name in args.names or not isinstance(fault, NotHere):
                status = 1
    if args.json:
        arguments.print_json(figures)
    else:
        _print(figures, {name: known[name].goals for name in figures})
    return status


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _print(figures: dict[str, dict[str, float | None]], goals: dict[str, dict[str, tuple[str, float]]]) -> None:
    from rich.table import Table

    from ganstudio.core.system.wording import format_measure

    table = Table("benchmark", "figure", "value", "goal", "reached", box=None, pad_edge=False)
    for name, values in figures.items():
        for figure, value in values.items():
            sign, goal = goals[name][figure]
            table.add_row(name, figure, format_measure(value, ".3g"), f"{sign} {goal:g}", reached(value, sign, goal))
    terminal.console().print(table)


def reached(value: float | None, sign: str, goal: float) -> str:
    """Whether a figure meets its goal, in a word."""
    if value is None:
        return "–"
    return "yes" if (value >= goal if sign == ">=" else value <= goal) else "NO"
