"""How far a long piece of work is."""

from __future__ import annotations

import pytest

from ganstudio.commands.progress_display import LINES, metered
from ganstudio.core.system.progress import report


def test_another_program_reads_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(LINES, "1")
    with metered("filming", 7) as told:
        report("repeating updates", 5, 900)  # in another unit: no line
        told(7, 7)  # the last is always told
    out, err = capsys.readouterr()
    assert (out, err) == ("", "progress 7 7\n")


def test_lines_come_now_and_then_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter([10.0, 10.01, 10.05, 10.2, 10.21, 10.22])
    monkeypatch.setattr("ganstudio.commands.progress_display.time.monotonic", lambda: next(clock))
    monkeypatch.setenv(LINES, "1")
    with metered("filming", 5) as told:
        for done in range(5):
            told(done, 5)
        told(5, 5)
    assert capsys.readouterr().err.splitlines() == ["progress 0 5", "progress 3 5", "progress 5 5"]


def test_where_nobody_looks_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with metered("filming", 3) as told:
        report("repeating updates", 0, 0)
        told(3, 3)
    assert capsys.readouterr() == ("", "")
