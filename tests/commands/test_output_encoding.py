"""An output stream that has no code for a sign of ours: the command goes on, and its status keeps its meaning."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


def told(*words: str, encoding: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "ganstudio", *words], capture_output=True,
                          env={**os.environ, "PYTHONIOENCODING": encoding})


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437"])
def test_a_listing_is_written_whole(encoding: str) -> None:
    found = told("catalog", encoding=encoding)
    assert found.returncode == 0, found.stderr
    assert b"wgan-gp" in found.stdout and b"workshop" in found.stdout


def test_json_stays_json() -> None:
    found = told("catalog", "--json", encoding="ascii")
    assert found.returncode == 0
    assert json.loads(found.stdout) == json.loads(told("catalog", "--json", encoding="utf-8").stdout)


def test_a_refusal_keeps_its_status_and_its_words() -> None:
    found = told("train", "--variant", "λ-gan", "--data", "ring", encoding="ascii")
    assert found.returncode == 2
    assert found.stderr.startswith(b"ganstudio: unknown variant")
    assert rb"\u03bb-gan" in found.stderr
