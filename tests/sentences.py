"""Lists every sentence that the studio can say: what a widget, a tooltip, a notice, an error or a report shows.

    python tests/sentences.py            prints them, file by file, with their lines
    python tests/sentences.py --count    prints how many there are

Sentences are string literals with two words or more. What only the program reads (SQL, style sheets, LaTeX, patterns,
docstrings, messages of programming errors) is left out. A placeholder is printed as it is in the source.
``tests/docs/test_sentences.py`` holds the rules that they follow.
"""

from __future__ import annotations

import ast
import itertools
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1] / "ganstudio"
OTHERS = {"bench"}  # says nothing to users of the window or the commands but names of measurements
NOT_SAID = re.compile(
    r"^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|PRAGMA|BEGIN|WHERE|ATTACH)\b|^ WHERE |"  # SQL
    r"\\[A-Za-z]+|\(\?[:P]|^[MLm] ?\{|<(svg|path|line|circle|ellipse|rect|text|g) |<!DOCTYPE|"  # LaTeX, patterns, SVG
    r"\bfont-(size|weight|family):|\bcolor:|\bpadding:|\bQ[A-Z][A-Za-z]+ \{|-> Tensor|%[YmdHMb]|^import |\nimport |"
    r"^[#.][^ ]* \{",  # style sheets, dates, programs
)
SILENT = {"compile", "execute", "executescript", "setStyleSheet", "setObjectName", "strftime", "strptime", "sub",
          "match", "search", "fullmatch", "getenv", "which", "Literal", "import_module", "require", "cast",
          "horizontalAdvance", "TypeVar", "split", "partition", "removeprefix", "startswith", "library"}
PROGRAMMING = {"TypeError", "ValueError", "RuntimeError", "AssertionError", "AttributeError", "KeyError", "IndexError",
               "NotImplementedError", "LookupError"}


@dataclass(frozen=True)
class Said:
    """Something that the studio can say."""

    path: str
    line: int
    text: str
    kind: str  # "fault" (what follows "Not done: " or "ganstudio: "), "headline" (stands alone), "help" or "other"


def sentences(root: Path = ROOT) -> list[Said]:
    """All sentences of the package at ``root``, by file and line."""
    found = []
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] not in OTHERS:
            found += [Said(name, *rest) for rest in sorted(_of(ast.parse(path.read_text(encoding="utf-8"))))]
    return found


def _of(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            text = _text(node)
            around = list(_around(node, parents))
            if re.search(r"[^\W\d_].* .*[^\W\d_]", text, re.DOTALL) and not NOT_SAID.search(text) and _is_said(around):
                yield node.lineno, text, _kind([node, *around])


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr)
    return "".join(str(part.value) if isinstance(part, ast.Constant) else ast.unparse(ast.JoinedStr([part]))[2:-1]
                   for part in node.values)


def _around(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    while node in parents:
        node = parents[node]
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return


def _is_said(around: list[ast.AST]) -> bool:
    for node in around:
        if isinstance(node, ast.JoinedStr | ast.Assert):  # a part of another; a check of the program
            return False
        if isinstance(node, ast.Expr) and node is around[0]:  # a docstring
            return False
        if isinstance(node, ast.Call | ast.Subscript) and _called(node) in SILENT:
            return False
        if isinstance(node, ast.Raise) and _called(node.exc) in PROGRAMMING:
            return False
    return True


def _called(node: ast.AST | None) -> str:
    """The last name of what is called or subscripted."""
    if isinstance(node, ast.Call):
        return _called(node.func)
    if isinstance(node, ast.Subscript):
        return _called(node.value)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _kind(around: list[ast.AST]) -> str:
    for child, node in itertools.pairwise(around):
        if isinstance(node, ast.Raise):
            return "fault"
        if isinstance(node, ast.Call) and re.fullmatch(r"BadInput|Refused|_?Refusal|Unreadable|NotFetched|error",
                                                       _called(node)):
            return "fault"
        if isinstance(node, ast.Call) and _called(node) in ("set_headline", "showMessage", "_tell", "tell"):
            return "headline" if child in node.args[:1] else "other"
        if isinstance(node, ast.keyword) and node.arg == "help":
            return "help"
    inside = around[-1] if around else None
    returned = any(isinstance(node, ast.Return) for node in around)
    if returned and isinstance(inside, ast.FunctionDef) and inside.name in ("words", "_words"):
        return "headline"
    return "other"


def main() -> int:
    """Prints the list."""
    said = sentences(Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT)
    if sys.argv[1:2] == ["--count"]:
        print(len(said))
        return 0
    last = ""
    for it in said:
        if it.path != last:
            print(f"\n## {it.path}\n")
            last = it.path
        text = it.text.replace("\n", " / ")
        print(f"- {it.line} ({it.kind}): {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
