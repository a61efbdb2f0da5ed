"""`make quick`: style, types and the tests of what was changed, within a minute.

Changed is what differs from where this branch left `main`, committed or not. The tests are, in this order: the test
files that were changed, those that mirror a changed file, those that import one by name, and those that import one of
the modules which import it. What a minute does not hold is named; `make test` runs everything.
"""

from __future__ import annotations

import ast
import collections
import functools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from ganstudio.core.system.wording import counted

ROOT = Path(__file__).resolve().parents[1]
TESTS_S = 40.0  # after that no test is begun; style and types take the rest of the minute
ONE_TEST_S = 30
NAMED = 6  # files named where tests are left out
FIXED = {"tests/conftest.py", "pyproject.toml"}  # of every test: no choice of files would do


# What was changed --------------------------------------------------------------------------------------------------


def git(*words: str, root: Path = ROOT) -> str | None:
    """What git answers; nothing where it refuses."""
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def changed_files(root: Path = ROOT) -> list[str]:
    """Files that were changed or added since the branch left `main`, and that are still there."""
    base = None
    for branch in ("main", "origin/main"):
        base = base or git("merge-base", "HEAD", branch, root=root)
    differing = git("diff", "--name-only", "--diff-filter=d", base or "HEAD", root=root) or ""
    added = git("ls-files", "--others", "--exclude-standard", root=root) or ""
    return sorted({*differing.splitlines(), *added.splitlines()})


# What tests it ------------------------------------------------------------------------------------------------------


def module_of(path: str) -> str:
    """The dotted name of a file of the package; a helper beside the tests is imported by its bare name."""
    parts = Path(path).with_suffix("").parts
    if parts[0] == "tests":
        return parts[-1]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> set[str]:
    """The names that a file imports, wherever in it; of `from a import b` both `a` and `a.b`, for b may be a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def mirrors(path: str) -> set[str]:
    """Where a file's tests would be: `ganstudio/a/b.py` has `tests/a/test_b.py`, a leaf also its contract's tests."""
    folder = Path("tests", *Path(path).parts[1:-1])
    stem = Path(path).stem
    singular = folder.name.removesuffix("s")
    names = {f"test_{stem}.py", f"test_{stem}_{singular}.py", f"test_{stem}_command.py", f"test_{singular}_contract.py"}
    return {str(folder / name) for name in names}


def chosen(changed: Iterable[str], root: Path = ROOT) -> list[str]:
    """The test files to run, the nearest first."""
    changed = [path for path in changed if path.endswith(".py") and Path(path).parts[0] in ("ganstudio", "tests")]
    imports = {
        str(path.relative_to(root)): imported(path)
        for folder in ("ganstudio", "tests") for path in sorted((root / folder).rglob("*.py"))
    }
    importers: dict[str, set[str]] = collections.defaultdict(set)
    for path, names in imports.items():
        for name in names:
            importers[name].add(path)

    def who_imports(paths: Iterable[str]) -> set[str]:
        return {importer for path in paths for importer in importers[module_of(path)]}

    mirrored = {mirror for path in changed for mirror in mirrors(path) if mirror in imports}
    first = who_imports(changed)
    second = who_imports(path for path in first if not is_test(path))
    ranked = [*[path for path in changed if path in imports], *sorted(mirrored), *sorted(first), *sorted(second)]
    return [path for path in dict.fromkeys(ranked) if is_test(path)]


def is_test(path: str) -> bool:
    """Whether pytest looks for tests in it."""
    return Path(path).parts[0] == "tests" and Path(path).name.startswith("test_")


# Running them -------------------------------------------------------------------------------------------------------


class Deadline:
    """A plugin of pytest: no test is begun after so many seconds, and none that claims more time than one may take."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self.left_out: collections.Counter[str] = collections.Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Passes over what comes too late or takes too long."""
        claimed = item.get_closest_marker("timeout")
        if time.monotonic() < self.end and not (claimed and claimed.args and claimed.args[0] > ONE_TEST_S):
            return None
        self.left_out[item.nodeid.split("::")[0]] += 1
        return True

    def words(self) -> str:
        """What was left out, or nothing."""
        if not self.left_out:
            return ""
        files = [f"{name} ({count})" for name, count in self.left_out.items()]
        more = f" and {counted(len(files) - NAMED, 'other file')}" if len(files) > NAMED else ""
        return f"Not run: {counted(self.left_out.total(), 'test')}, of {', '.join(files[:NAMED])}{more}"


def main() -> int:
    """Runs the checks; 1 where one fails."""
    began = time.monotonic()
    changed = changed_files()
    if not changed:
        print("Nothing was changed since main.")
        return 0
    python = [path for path in changed if path.endswith(".py")]
    tool = functools.partial(os.path.join, Path(sys.executable).parent)
    print(f"{counted(len(changed), 'file')} changed, {len(python)} of them Python", flush=True)
    types = subprocess.Popen([tool("mypy")], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    style = [tool("ruff"), "check", "--quiet", *python]
    failed = bool(python) and subprocess.run(style, cwd=ROOT, check=False).returncode != 0
    tests = chosen(changed)
    deadline = Deadline(TESTS_S)
    if tests:
        os.chdir(ROOT)
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "OMP_NUM_THREADS"):
            os.environ.pop(name, None)
        with tempfile.TemporaryDirectory() as home:
            os.environ["GANSTUDIO_HOME"] = home
            failed = pytest.main([f"--timeout={ONE_TEST_S}", *tests], plugins=[deadline]) not in (0, 5) or failed
    else:
        print("No test file belongs to what was changed.")
    said, _ = types.communicate()
    print(f"mypy: {said.strip()}")
    for words in (deadline.words(), *[f"{path} concerns every test: `make test`" for path in changed if path in FIXED]):
        if words:
            print(words)
    failed = failed or types.returncode != 0
    print(f"{'Something failed' if failed else 'All well'}, in {time.monotonic() - began:.0f} s")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
