"""What panels there are, read from their files without importing Qt, nor anything that a panel imports.

A panel's class states ``name``, ``title``, ``kinds`` and ``help`` as plain literals. Panels of other packages are
declared as entry points of the group ``ganstudio.panels``; their files are found without importing them.
"""

from __future__ import annotations

import ast
from importlib.machinery import PathFinder
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from ganstudio.core.leaves import BrokenLeaf, Unfit, declared_outside, origin, refusal
from ganstudio.core.protocol.catalog import PanelInfo

_FOLDER = Path(__file__).resolve().parents[1] / "ui" / "panels"
_FIELDS = ("name", "title", "kinds", "help")


def panels() -> tuple[list[PanelInfo], list[BrokenLeaf]]:
    """Every panel, sorted by name, and those whose files cannot be read."""
    found: dict[str, PanelInfo] = {}
    broken: list[BrokenLeaf] = []
    for path in sorted(_FOLDER.glob("*.py")):
        try:
            found.update((info.name, info) for info in _read(path))
        except (OSError, ValueError, SyntaxError, Unfit) as fault:
            broken.append(BrokenLeaf(name=path.stem.replace("_", "-"), folder="panels", fault=_sentence(fault)))
    taken = dict.fromkeys([*found, *(leaf.name for leaf in broken)], "")
    for entry in declared_outside("ganstudio.ui.panels"):
        try:
            if entry.name in taken:
                raise Unfit(refusal(entry.name, taken))
            found[entry.name] = _outside(entry)
            taken[entry.name] = origin(entry)
        except (OSError, ValueError, SyntaxError, Unfit) as fault:
            broken.append(BrokenLeaf(name=entry.name, folder="panels", fault=_sentence(fault), package=origin(entry)))
    return sorted(found.values(), key=lambda info: info.name), broken


def _outside(entry: EntryPoint) -> PanelInfo:
    info = next((info for info in _read(_file_of(entry.module), entry.attr)), None)
    if info is None or info.name != entry.name:
        raise Unfit(f"{entry.value} does not state name = {entry.name!r}, title, kinds and help as plain literals")
    return info


def _file_of(module: str) -> Path:
    """The file of a module, found as an import would find it, but running none of it."""
    path = None
    for depth, _ in enumerate(parts := module.split("."), start=1):
        spec = PathFinder.find_spec(".".join(parts[:depth]), path)
        if spec is None:
            raise Unfit(f"there is no module {module}")
        path = spec.submodule_search_locations
        if depth < len(parts) and path is None:
            raise Unfit(f"there is no module {module}")
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        raise Unfit(f"the module {module} is not a Python file")
    return Path(spec.origin)


def _read(path: Path, only: str = "") -> list[PanelInfo]:
    """The panel of a file, or nothing; with ``only``, the one of that class."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_") or only not in ("", node.name):
            continue
        literals: dict[str, Any] = {}
        for line in node.body:
            if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                name = line.targets[0].id
                if name in _FIELDS:
                    literals[name] = ast.literal_eval(line.value)
        if set(literals) == set(_FIELDS):
            return [PanelInfo(name=literals["name"], title=literals["title"], kinds=list(literals["kinds"]),
                              help=literals["help"])]
    return []


def _sentence(fault: Exception) -> str:
    said = " ".join(str(fault).split())
    return said if isinstance(fault, Unfit) else f"its file cannot be read: {said}"
