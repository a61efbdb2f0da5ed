"""What holds for all tests: a thread that never ends is named and fails them, in workers too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
