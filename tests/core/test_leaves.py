"""Leaves are found by walking a folder: one public class a file, each name once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest

from ganstudio.core.dataset import Dataset
from ganstudio.core.leaves import Leaf, broken_leaves, leaves
from ganstudio.core.measure import Measure
from ganstudio.core.variant import Variant

HEAD = "from ganstudio.core.leaves import Leaf\n"


def package(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> str:
    """A package on the path whose files each start with HEAD."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("")
    for file, text in files.items():
        (folder / name / f"{file}.py").write_text(HEAD + text)
    monkeypatch.syspath_prepend(folder)
    return name


def a_leaf(cls: str, name: str) -> str:
    return f"class {cls}(Leaf):\n    name = {name!r}\n    title = {name!r}\n"


def test_each_file_gives_its_leaf_under_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grove = package("grove_plain", tmp_path, monkeypatch, b_oak=a_leaf("Oak", "the-oak"), a_elm=a_leaf("Elm", "elm"))
    found = leaves(grove, Leaf)
    assert list(found) == ["elm", "the-oak"]  # in the order of the files
    assert found["the-oak"].__name__ == "Oak"


def test_helpers_abstract_classes_imports_and_folders_are_no_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    grove = package(
        "grove_mixed", tmp_path, monkeypatch,
        elm=a_leaf("Elm", "elm") + a_leaf("_Twig", "twig") + "class Other: name = 'other'\nCONSTANT = 3\n",
        oak="from grove_mixed.elm import Elm\n" + a_leaf("Oak", "oak"),
        base="from abc import ABC, abstractmethod\n"
             "class Tree(ABC, Leaf):\n    name = 'tree'\n    @abstractmethod\n    def grow(self): ...\n",
        empty="",
    )
    (tmp_path / grove / "parts").mkdir()
    (tmp_path / grove / "parts" / "__init__.py").write_text(HEAD + a_leaf("Part", "part"))
    assert list(leaves(grove, Leaf)) == ["elm", "oak"]


@pytest.mark.parametrize(("text", "fault"), [
    (a_leaf("Elm", "elm") + a_leaf("Oak", "oak"), r"grove_\d+\.bad_file holds 2 leaves: a leaf is one file"),
    (a_leaf("Elm", "ash"), r"another file of grove_\d+ has a leaf called ash already"),
    ("import a_module_that_does_not_exist\n",
     r"it cannot be imported: ModuleNotFoundError: No module named 'a_module\w+' \(bad_file.py, line 2\)"),
    ("def half(:\n", r"it cannot be imported: SyntaxError: .* \(bad_file.py, line 2\)"),
    ("raise SystemExit\n", r"it cannot be imported: SystemExit \(bad_file.py, line 2\)"),
    ("class Elm(Leaf):\n    name = 'elm'\n", "Elm has no title"),
    (a_leaf("Elm", "The Elm"), "'The Elm' is not a name for a leaf: allowed are lower-case letters and digits"),
])
def test_a_file_that_cannot_be_used_costs_its_leaf_alone(
    text: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest,
) -> None:
    name = f"grove_{abs(hash(request.node.name))}"
    grove = package(name, tmp_path, monkeypatch, ash=a_leaf("Ash", "ash"), bad_file=text, oak=a_leaf("Oak", "oak"))
    assert list(leaves(grove, Leaf)) == ["ash", "oak"]
    (found,) = broken_leaves(grove, Leaf)
    assert (found.name, found.folder, found.package) == ("bad-file", grove, "")
    assert re.match(fault, found.fault), found.fault


def test_a_second_walk_gives_the_same_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grove = package("grove_again", tmp_path, monkeypatch, elm=a_leaf("Elm", "elm"), oak=a_leaf("Oak", "oak"))
    first = leaves(grove, Leaf)
    assert leaves(grove, Leaf) == first
    first.clear()  # what was handed out is the caller's
    assert list(leaves(grove, Leaf)) == ["elm", "oak"]


def test_an_empty_folder_has_no_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grove = package("grove_empty", tmp_path, monkeypatch)
    assert leaves(grove, Leaf) == {}


@pytest.mark.parametrize(("folder", "contract", "known"), [
    ("variants", Variant, "wgan-gp"), ("datasets", Dataset, "ring"), ("measures", Measure, "modes"),
])
def test_the_houses_own_leaves_are_found(folder: str, contract: type[Leaf], known: str) -> None:
    found = leaves(f"ganstudio.{folder}", cast(Any, contract))
    assert known in found
    assert all(issubclass(one, contract) and one.name == name and one.title for name, one in found.items())
    assert all(name == name.lower() and " " not in name and "_" not in name for name in found)
