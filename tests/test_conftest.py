"""What holds for all tests: a thread that never ends is named and fails them, in workers too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import LONGEST

HERE = Path(__file__).parent
TEST = """
import threading, conftest

conftest.PATIENCE_S = 0.1

def test_passes():
    threading.Thread(target=threading.Event().wait, name="stuck").start()
"""


@pytest.mark.parametrize("options", [[], ["-n", "1", "--dist", "loadfile"]], ids=["one process", "workers"])
def test_a_thread_that_never_ends_is_named_and_fails_the_run(options: list[str], tmp_path: Path) -> None:
    shutil.copy(HERE / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(TEST)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(tmp_path)], cwd=tmp_path,
        capture_output=True, text=True, timeout=100, check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "thread 'stuck' of test_it.py::test_passes never ended:" in done.stdout
    assert "in wait\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 passed")


def test_the_longest_files_are_there() -> None:
    assert [name for name in LONGEST if not (HERE.parent / name).is_file()] == []


def test_the_longest_file_goes_first_to_a_worker_and_then_the_one_with_most_tests(tmp_path: Path) -> None:
    source = (HERE / "conftest.py").read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(source.replace(f'    "{LONGEST[0]}",', '    "test_slow.py",'))
    for name, count in (("few", 1), ("many", 3), ("slow", 2)):
        tests = "".join(f"def test_{place}() -> None: pass\n" for place in range(count))
        (tmp_path / f"test_{name}.py").write_text(tests)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-n", "1", "--dist", "loadfile",
         "--no-loadscope-reorder", str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    passed = [line.split("test_")[1].split(".")[0] for line in done.stdout.splitlines() if " PASSED " in line]
    assert passed == ["slow"] * 2 + ["many"] * 3 + ["few"], done.stdout
