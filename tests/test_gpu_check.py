"""`make gpu-check`: what it runs with a GPU and without."""

from __future__ import annotations

import gpu_check
import pytest
import torch

Ran = list[tuple[str, float]]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """What it runs, without running it."""
    found: Ran = []

    def note(what: str, words: list[str], seconds: float) -> bool:
        found.append((words[0] if words[0] == "pytest" else " ".join(words), seconds))
        return False

    monkeypatch.setattr(gpu_check, "_ran", note)
    for name in ("GANSTUDIO_HOME", "QT_QPA_PLATFORM", "GANSTUDIO_TEST_DEVICE", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "as it was")
    return found


def test_without_a_gpu_it_says_so_and_runs_the_tests_on_the_cpu(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu_check.main() == 0
    assert capsys.readouterr().out.startswith(f"{gpu_check.NONE}\n")
    assert [words for words, _ in ran] == ["pytest"]


def test_with_a_gpu_it_measures_in_the_time_that_is_left(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a card")
    assert gpu_check.main() == 0
    assert [words for words, _ in ran] == ["pytest", "ganstudio bench gpu"]
    (_, of_tests), (_, left) = ran
    assert of_tests < left <= gpu_check.LIMIT_S < 360


def test_what_takes_too_long_is_broken_off_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu_check._ran("this", ["timeit", "-n", "1", "-r", "1", "import time; time.sleep(60)"], 0.5)
    assert "Broken off after 0 s: this" in capsys.readouterr().out
    assert not gpu_check._ran("that", ["this"], 60)
