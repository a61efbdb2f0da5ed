"""Which views there are, by the names under which a run file keeps them, without importing what computes them."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

from ganstudio.core.leaves import outside_names
from ganstudio.core.protocol.any_view import VIEWS

FOLDER = Path(__file__).resolve().parents[2] / "probes"


@functools.cache
def known_views() -> frozenset[str]:
    """The names of the studio's probes, read from their files, and of those that other packages declare."""
    found = {*VIEWS, *outside_names("ganstudio.probes")}
    for path in FOLDER.glob("*.py"):
        try:
            found.update(_names_in(path))
        except (OSError, ValueError, SyntaxError):  # the catalogue lists it with the fault
            continue
    return frozenset(found)


def _names_in(path: Path) -> set[str]:
    """What the public classes of a file state as their ``name``."""
    return {
        line.value.value
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        for line in node.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)
        and any(isinstance(target, ast.Name) and target.id == "name" for target in line.targets)
    }
