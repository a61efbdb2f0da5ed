"""The pages for readers: files that they name and links that they hold exist, and the worked example works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w./-]+\.py)`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
MADE_BY_THE_READER = {"lk_gan.py"}  # the worked example

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@cache
def files() -> frozenset[str]:
    """Every Python file, and each end of its path: ``training/game.py`` and ``game.py`` are named alike."""
    found = [path.relative_to(ROOT).parts for folder in ("ganstudio", "tests", "packaging")
             for path in (ROOT / folder).rglob("*.py")]
    return frozenset("/".join(parts[first:]) for parts in found for first in range(len(parts)))


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@every_page
def test_every_file_that_is_named_exists(page: Path) -> None:
    missing = set(NAMED.findall(prose(page))) - files() - MADE_BY_THE_READER
    assert not missing


@every_page
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_decision_is_in_the_index_with_its_status() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[\d+\]\(([\w.-]+)\) \| [^|]+ \| ([^|]+) \|", index, re.MULTILINE)
    assert [file for file, _ in rows] == sorted(path.name for path in folder.glob("[0-9]*.md"))
    for file, status in rows:
        assert f"\n**Status**: {status}" in (folder / file).read_text(encoding="utf-8"), file


def ran(folder: Path, lines: str) -> str:
    """What a Python that finds the packages of a folder prints, standard error included; it ends with exit code 0."""
    start = f"import sys; sys.path[:0] = {[str(folder), str(ROOT)]}; {lines}"
    ended = subprocess.run([sys.executable, "-c", start], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder)
    said = ended.stdout.decode()
    assert ended.returncode == 0, said
    return said


def test_the_contributors_example_trains_and_passes_its_own_test(tmp_path: Path) -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    variant, test = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "lk_gan.py").write_text(variant, encoding="utf-8")
    (tmp_path / "test_lk_gan.py").write_text(test.replace("ganstudio.variants.lk_gan", "lk_gan"), encoding="utf-8")
    about = tmp_path / "lk_gan-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lk-gan\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[ganstudio.variants]\nlk-gan = lk_gan:LkGAN\n")
    words = ["train", "--variant", "lk-gan", "--data", "ring", "--steps", "4", "--net-set", "width=8"]
    assert "lk-gan on ring" in ran(tmp_path, f"from ganstudio.cli import main; sys.exit(main({words}))")
    words = ["-q", "-c", os.devnull, "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    assert "3 passed" in ran(tmp_path, f"import pytest; sys.exit(pytest.main({words}))")
