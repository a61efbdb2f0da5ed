"""How far a long piece of work is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ganstudio.commands.progress_display import LINES, show_bar
from ganstudio.core.system.progress import report


def test_another_program_reads_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(LINES, "1")
    with show_bar("filming", 7) as show:
        report("repeating updates", 5, 900)  # in another unit: no line
        show(7, 7)  # the last is always shown
    out, err = capsys.readouterr()
    assert (out, err) == ("", "progress 7 7\n")


def test_lines_come_now_and_then_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter([10.0, 10.01, 10.05, 10.2, 10.21, 10.22])
    monkeypatch.setattr("ganstudio.commands.progress_display.time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setenv(LINES, "1")
    with show_bar("filming", 5) as show:
        for done in range(5):
            show(done, 5)
        show(5, 5)
    assert capsys.readouterr().err.splitlines() == ["progress 0 5", "progress 3 5", "progress 5 5"]


def test_without_a_terminal_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with show_bar("filming", 3) as show:
        report("repeating updates", 0, 0)
        show(3, 3)
    assert capsys.readouterr() == ("", "")
