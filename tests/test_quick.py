"""`make quick`: which tests belong to what was changed, and what a minute leaves out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import quick

FILES = {
    "ganstudio/core/leaf.py": "",
    "ganstudio/core/middle.py": "from ganstudio.core import leaf\n",
    "ganstudio/core/far.py": "import ganstudio.core.middle\n",
    "ganstudio/variants/one.py": "",
    "tests/kit.py": "",
    "tests/core/test_leaf.py": "",
    "tests/core/test_middle.py": "from ganstudio.core.middle import x\n",
    "tests/core/test_far.py": "def test():\n    from ganstudio.core.far import x\n",
    "tests/core/test_kit_user.py": "from kit import x\n",
    "tests/core/test_a_user.py": "import ganstudio.core.leaf as leaf\n",
    "tests/variants/test_one.py": "",
    "tests/variants/test_variant_contract.py": "",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(("changed", "tests"), [
    (["ganstudio/core/leaf.py"],
     ["tests/core/test_leaf.py", "tests/core/test_a_user.py", "tests/core/test_middle.py"]),
    (["ganstudio/core/middle.py"], ["tests/core/test_middle.py", "tests/core/test_far.py"]),
    (["ganstudio/variants/one.py"], ["tests/variants/test_one.py", "tests/variants/test_variant_contract.py"]),
    (["tests/kit.py"], ["tests/core/test_kit_user.py"]),
    (["ganstudio/core/leaf.py", "tests/core/test_far.py"],
     ["tests/core/test_far.py", "tests/core/test_leaf.py", "tests/core/test_a_user.py", "tests/core/test_middle.py"]),
    (["README.md", "Makefile"], []),
], ids=["mirror and importers", "one step further", "contract", "helper", "itself first", "no Python"])
def test_the_nearest_tests_come_first(house: Path, changed: list[str], tests: list[str]) -> None:
    assert quick.chosen(changed, house) == tests


def test_what_is_changed_is_counted_from_where_the_branch_left_main(house: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e", *words], cwd=house, check=True,
                       capture_output=True)

    git("init", "-b", "main")
    git("add", "-A")
    git("commit", "-m", "first")
    assert quick.changed_files(house) == []
    git("switch", "-c", "branch")
    (house / "tests/kit.py").write_text("x = 1\n")
    git("commit", "-am", "second")
    (house / "ganstudio/core/leaf.py").write_text("x = 1\n")
    (house / "ganstudio/core/new.py").write_text("")
    (house / "ganstudio/core/far.py").unlink()
    assert quick.changed_files(house) == ["ganstudio/core/leaf.py", "ganstudio/core/new.py", "tests/kit.py"]


def test_what_comes_too_late_is_named(request: pytest.FixtureRequest) -> None:
    early, late = quick.Deadline(60.0), quick.Deadline(0.0)
    assert early.pytest_runtest_protocol(request.node) is None
    assert early.words() == ""
    assert late.pytest_runtest_protocol(request.node) is True
    assert late.words() == "Not run: 1 test, of tests/test_quick.py (1)"


@pytest.mark.timeout(quick.ONE_TEST_S + 1)
def test_what_claims_more_time_than_a_minute_has_is_left_out(request: pytest.FixtureRequest) -> None:
    deadline = quick.Deadline(60.0)
    assert deadline.pytest_runtest_protocol(request.node) is True
    assert deadline.left_out.total() == 1
