"""The window's state is free of widgets and of painting: of Qt it sees QtCore only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "ganstudio" / "ui" / "state").glob("*.py"))


def qt_modules(path: Path) -> set[str]:
    """What a file imports from PySide6, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"PySide6.{alias.name}" for alias in node.names} if node.module == "PySide6" else {node.module}
    return {name for name in found if name.split(".")[0] == "PySide6"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_state_imports_only_qtcore_from_qt(path: Path) -> None:
    assert qt_modules(path) <= {"PySide6.QtCore"}
