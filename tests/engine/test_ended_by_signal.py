"""Ctrl+C in a terminal reaches the engine as well as the window: the run it records is kept whole."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from ganstudio.core.protocol.messages import Event, Progress, Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.training.checkpoint import rebuild
from ganstudio.ui.state.engine_client import EngineProcess


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
@pytest.mark.parametrize("request_", [signal.SIGINT, signal.SIGTERM])
def test_a_run_is_whole_when_the_engine_is_asked_to_end(tmp_path: Path, request_: signal.Signals) -> None:
    path = tmp_path / "run.ganrun"
    last = 0

    async def play() -> None:
        nonlocal last
        ended = asyncio.Event()
        link = EngineProcess()

        def hear(event: Event) -> None:
            nonlocal last
            if isinstance(event, Progress):
                last = event.position.steps
                if last >= 5 and path.exists():
                    os.kill(link.pid, request_)

        await link.open(hear, lambda _: ended.set())
        link.send(Start(run=1, spec=Spec(variant="gan", data="ring"), record=str(path)))
        await asyncio.wait_for(ended.wait(), 60)
        await link.close()

    asyncio.run(play())
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert rebuild(path).trainer.position.steps >= last >= 5  # a run as short as this may have no checkpoint
