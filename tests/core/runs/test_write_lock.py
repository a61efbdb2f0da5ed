"""One program at a time writes a run: a second one is refused, whatever it is about to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ganstudio.cli import main
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput

HOLDS = """
import sys
from pathlib import Path
from ganstudio.core.runs.write_lock import WriteLock
lock = WriteLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def train(*words: str) -> list[str]:
    return ["train", "--variant", "gan", "--data", "ring", "--net-set", "width=4", "--net-set", "depth=1", *words]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "a.ganrun"
    assert main(train("--steps", "2", "--run", str(path))) == 0
    return path


def files(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir())


def test_a_new_run_is_locked_while_it_is_written_and_leaves_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.ganrun"
    writer = RunWriter(path, Spec())
    with pytest.raises(BadInput, match=r"a\.ganrun is being written by another program: wait until it ends"):
        RunWriter.reopened(path)
    writer.close()
    assert files(path) == ["a.ganrun"]
    again = RunWriter.reopened(path)
    again.abandon()
    assert files(path) == ["a.ganrun"]


def test_a_run_that_another_program_writes_is_not_gone_on_with(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = run.read_bytes()
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(run)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as it:
        assert it.stdout is not None and it.stdin is not None
        assert it.stdout.readline() == b"held\n"
        assert main(["train", "--resume", str(run), "--steps", "1"]) == 2
        it.stdin.close()
    assert "is being written by another program" in capsys.readouterr().err
    assert run.read_bytes() == before
    assert main(["train", "--resume", str(run), "--steps", "1"]) == 0
    assert files(run) == ["a.ganrun"]


def test_the_lock_of_a_program_that_died_holds_no_one_up(run: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(run)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as it:
        assert it.stdout is not None
        it.stdout.readline()
        it.kill()
    assert files(run) == ["a.ganrun", "a.ganrun-lock"]
    assert main(["train", "--resume", str(run), "--steps", "1"]) == 0
    assert files(run) == ["a.ganrun"]


def test_a_resume_that_is_refused_gives_the_lock_back(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--resume", str(run)]) == 2
    assert "has done its 2 steps" in capsys.readouterr().err
    assert files(run) == ["a.ganrun"]


@pytest.mark.parametrize("words", [("--streams", "2"), ("--seed", "0"), ("--preset", "toy"), ("--dtype", "auto")])
def test_options_of_a_new_run_are_refused_at_their_usual_values_too(
    run: Path, words: tuple[str, str], capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["train", "--resume", str(run), "--steps", "1", *words]) == 2
    assert f"{words[0]} cannot be given for a run that is continued" in capsys.readouterr().err
