"""What panels there are, read from their files without importing Qt.

A panel's class states ``name``, ``title``, ``kinds`` and ``help`` as plain literals.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from ganstudio.core.protocol.catalog import PanelInfo

_FOLDER = Path(__file__).resolve().parents[1] / "ui" / "panels"
_FIELDS = ("name", "title", "kinds", "help")


def panels() -> list[PanelInfo]:
    """Every panel, in the order of its name."""
    found = [info for path in sorted(_FOLDER.glob("*.py")) if (info := _read(path)) is not None]
    return sorted(found, key=lambda info: info.name)


def _read(path: Path) -> PanelInfo | None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        literals: dict[str, Any] = {}
        for line in node.body:
            if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                name = line.targets[0].id
                if name in _FIELDS:
                    literals[name] = ast.literal_eval(line.value)
        if set(literals) == set(_FIELDS):
            return PanelInfo(name=literals["name"], title=literals["title"], kinds=list(literals["kinds"]),
                             help=literals["help"])
    return None
