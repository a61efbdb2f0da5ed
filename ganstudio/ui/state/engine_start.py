"""Starts the engine's process. Nothing is imported here that takes time: torch begins to load before Qt does."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple


class StartedEngine(NamedTuple):
    """An engine that was started and that nothing was said to yet."""

    process: subprocess.Popen[bytes]
    token: str  # what it knows its window by


def engine_command() -> list[str]:
    """How an engine is started: this Python, or in a frozen bundle the engine's own executable beside ours."""
    if getattr(sys, "frozen", False):
        studio = Path(sys.executable)
        return [str(studio.with_name("ganstudio-engine" + studio.suffix))]
    return [sys.executable, "-m", "ganstudio.engine"]


def start_engine(command: list[str]) -> StartedEngine:
    """Starts a process that is given its token at once; it ends when its standard input does."""
    token = secrets.token_hex(32)
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE")},
    )
    assert process.stdin is not None
    process.stdin.write(f"{token}\n".encode())
    process.stdin.flush()
    return StartedEngine(process, token)
