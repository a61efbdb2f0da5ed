"""``ganstudio bench``: the benchmarks, both sides in one run, medians."""

from __future__ import annotations

import argparse
import sys

from ganstudio.commands import asking


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")
    parser.add_argument("--json", action="store_true", help="prints one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Measures."""
    from ganstudio.bench.benchmark import Benchmark
    from ganstudio.core.leaves import leaves

    known = leaves("ganstudio.bench", Benchmark)
    for name in args.names:
        asking.one_of("benchmark", name, list(known))
    figures: dict[str, dict[str, float]] = {}
    for name in args.names or known:
        figures[name] = known[name]().run(lambda text: print(text, file=sys.stderr, flush=True))
    if args.json:
        asking.print_json(figures)
        return 0

    from rich.console import Console
    from rich.table import Table

    table = Table("benchmark", "figure", "value", "goal", "reached", box=None, pad_edge=False)
    for name, values in figures.items():
        for figure, value in values.items():
            sign, goal = known[name].goals[figure]
            reached = value >= goal if sign == ">=" else value <= goal
            table.add_row(name, figure, f"{value:.3g}", f"{sign} {goal:g}", "yes" if reached else "NO")
    Console().print(table)
    return 0
