"""``ganstudio catalog``: variants, networks, data sets, measures and panels, as a table or as data."""

from __future__ import annotations

import argparse

import msgspec

from ganstudio.commands import arguments, terminal


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.add_argument("--json", action="store_true", help="prints one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Lists."""
    from ganstudio.core.panel_catalog import panels
    from ganstudio.training.build_catalog import catalogue

    found = catalogue()
    shown, unseen = panels()
    broken = [*found.broken, *unseen]
    if args.json:
        arguments.print_json({**msgspec.to_builtins(found), "panels": msgspec.to_builtins(shown),
                           "broken": msgspec.to_builtins(broken)})
        return 0

    from rich.table import Table

    console = terminal.console()
    for title, rows in (
        ("Variants", [(v.name, v.title, v.reference) for v in found.variants]),
        ("Networks", [(n.name, n.title, ", ".join(n.kinds)) for n in found.networks]),
        ("Data sets", [(d.name, d.title, d.help) for d in found.data]),
        ("Measures", [(m.name, m.title, m.help) for m in found.measures]),
        ("Panels", [(p.name, p.title, p.help) for p in shown]),
        ("Cannot be used", [
            (leaf.name, f"{leaf.folder}, {leaf.package or 'ours'}", leaf.fault) for leaf in broken
        ]),
    ):
        if not rows:
            continue
        table = Table(title=title, title_justify="left", box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column()
        for row in rows:
            table.add_row(*row)
        console.print(table)
        console.print()
    return 0
