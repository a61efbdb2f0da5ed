"""Paths in a report say which code failed, and nothing of whose machine it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.core.system import redaction
from ganstudio.core.system.redaction import without_paths

TRACE = '''Traceback (most recent call last):
  File "/home/ada lovelace/work/ganstudio/ganstudio/training/trainer.py", line 12 in step
  File "/home/ada lovelace/.venv/lib/python3.11/site-packages/torch/nn/functional.py", line 7 in linear
  File "/usr/lib/python3.11/threading.py", line 975 in run
  File "C:\\Users\\Ada\\AppData\\ganstudio\\ui\\panel.py", line 3'''


def test_a_trace_keeps_what_is_code() -> None:
    assert without_paths(TRACE) == '''Traceback (most recent call last):
  File "…/ganstudio/training/trainer.py", line 12 in step
  File "…/torch/nn/functional.py", line 7 in linear
  File "…/threading.py", line 975 in run
  File "…/ganstudio/ui/panel.py", line 3'''


@pytest.mark.parametrize(("text", "cut"), [
    ('"file": "/data/patients/Meier 1962/heart.csv"', '"file": "….csv"'),
    ("run /home/ada/runs/2026 wgan.ganrun is damaged", "run ….ganrun is damaged"),
    ("~/runs/a.ganrun", "….ganrun"),
    (r"\\server\share\secret\x.npz", "….npz"), (r"D:\own\faces", "…"),
    ("/mnt/faces", "…"),
])
def test_any_other_path_keeps_its_ending_at_most(text: str, cut: str) -> None:
    assert without_paths(text) == cut


@pytest.mark.parametrize("text", ["65 steps/s", "gap / slope", "p/q", "D(x) = 1/2 at 3/4", "a and/or b",
                                  "step 1: k = 5", "https: none", "wgan-gp/toy@ring"])
def test_what_is_no_path_stays(text: str) -> None:
    assert without_paths(text) == text


def test_the_users_name_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "getuser", lambda: "ada")
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: Path("/home/lovelace")))
    said = without_paths("written by ada on lovelace's machine, not adam's")
    assert said == "written by … on …'s machine, not adam's"
