"""The way to a real engine process: how it opens, how it ends, and what is said when it dies."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ganstudio.core.protocol.messages import Event, Play, Progress, Refused, Start, Started, Welcome
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.state import engine_client
from ganstudio.ui.state.engine_client import EngineProcess

PATIENCE_S = 60.0  # only ever waited out by a test that fails
SPEC = Spec(variant="wgan-gp", data="ring", controls={"batch_size": 16}, network_controls={"width": 16, "depth": 1})


class Window:
    """The other end of the link."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.lost: list[str] = []

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(0.005)

    def came(self, kind: type[Event]) -> bool:
        return any(isinstance(event, kind) for event in self.events)

    async def open(self, link: EngineProcess) -> None:
        await link.open(self.events.append, self.lost.append)


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet has."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not gone(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def resources() -> tuple[int, int]:
    """Open files and threads of this process, without what other tests have let go of."""
    gc.collect()
    return psutil.Process().num_fds(), threading.active_count()


def settled(before: tuple[int, int]) -> bool:
    """Whether nothing is left; a thread that has said its last word may take a moment to end.

    Less than before is well too: what another test has left in the process may end in the middle of this one.
    """
    def is_left() -> bool:
        files, threads = resources()
        return files > before[0] or threads > before[1]

    end = time.monotonic() + 3
    while is_left() and time.monotonic() < end:
        time.sleep(0.02)
    return not is_left()


def started_with(code: str, monkeypatch: pytest.MonkeyPatch) -> EngineProcess:
    """An engine that is another program."""
    monkeypatch.setattr(engine_client, "engine_command", lambda: [sys.executable, "-c", code])
    return EngineProcess()


def test_an_engine_trains_and_is_ended_while_it_does() -> None:
    before = resources()

    async def life() -> float:
        link, window = EngineProcess(), Window()
        await window.open(link)
        await window.until(lambda: window.came(Welcome))
        link.send(Start(run=1, spec=SPEC))
        await window.until(lambda: any(isinstance(e, Progress) and e.position.steps > 5 for e in window.events))
        assert isinstance(window.events[0], Welcome)
        assert window.came(Started)
        began = time.monotonic()
        await link.close()
        seconds = time.monotonic() - began
        assert gone(link.pid)
        assert window.lost == []  # an end that was asked for is no loss
        link.send(Play(run=1, on=True))  # said to nobody
        return seconds

    assert asyncio.run(life()) < 3.0
    assert settled(before)


def test_an_engine_that_is_killed_is_told_with_the_signal() -> None:
    before = resources()

    async def life() -> None:
        link, window = EngineProcess(), Window()
        await window.open(link)
        link.send(Start(run=1, spec=SPEC))
        await window.until(lambda: window.came(Started))
        os.kill(link.pid, signal.SIGKILL)
        await window.until(lambda: bool(window.lost))
        assert window.lost == ["it was ended by signal 9"]
        link.send(Play(run=1, on=True))

    asyncio.run(life())
    assert settled(before)  # though nobody has closed the link: a window only makes another one


def test_what_is_refused_comes_back_as_a_sentence() -> None:
    async def life() -> None:
        link, window = EngineProcess(), Window()
        try:
            await window.open(link)
            link.send(Start(run=1, spec=Spec(variant="wgan-pg")))
            await window.until(lambda: window.came(Refused))
            refused = next(event for event in window.events if isinstance(event, Refused))
            assert "did you mean 'wgan-gp'?" in refused.reason
        finally:
            await link.close()

    asyncio.run(life())


# Engines that are none ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "said"), [
    ("raise SystemExit('the disk is full')", "the disk is full"),
    ("import sys; sys.exit(3)", "exit code 3"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "signal 11"),
    ("print('not a port')", "exit code 0"),
    ("print(1)", "exit code 0"),
    ("print(99999999)", "exit code 0"),
    ("import socket, sys; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); "
     "c = s.accept()[0]; c.recv(4); c.sendall(b'\\xff' * 64); c.close(); sys.exit('nonsense')", "nonsense"),
], ids=["words", "exit", "crash", "no port", "closed port", "no such port", "bad frames"])
def test_an_engine_that_cannot_be_used_is_a_loss_with_a_reason(
    code: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = resources()

    async def life() -> None:
        link, window = started_with(code, monkeypatch), Window()
        try:
            await window.open(link)
            await window.until(lambda: bool(window.lost))
            assert len(window.lost) == 1
            assert said in window.lost[0]
        finally:
            await link.close()

    asyncio.run(life())
    assert settled(before)


def test_an_engine_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_client, "STOP_S", 0.1)
    before = resources()

    async def life() -> None:
        link, window = started_with("import time; print('x', flush=True); time.sleep(1000)", monkeypatch), Window()
        await window.open(link)
        assert window.lost == ["it stopped answering and was ended"]
        await link.close()
        assert gone(link.pid)

    asyncio.run(life())
    assert settled(before)


def test_closing_while_the_engine_is_still_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window is closed before torch has loaded."""
    monkeypatch.setattr(engine_client, "STOP_S", 0.1)
    before = resources()

    async def life() -> None:
        link, window = started_with("import time; time.sleep(1000)", monkeypatch), Window()
        opening = asyncio.ensure_future(window.open(link))
        await asyncio.sleep(0)
        await link.close()
        await opening
        assert gone(link.pid)
        assert window.lost == []

    asyncio.run(life())
    assert settled(before)


# A window that is killed -------------------------------------------------------------------------------------------


WINDOW = """
import asyncio, sys
from ganstudio.core.protocol.messages import Start, Welcome
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.state.engine_client import EngineProcess

async def live():
    link = EngineProcess()
    print(link.pid, flush=True)
    if sys.argv[1] == "training":
        came = asyncio.Event()
        await link.open(lambda event: came.set(), print)
        await came.wait()
        link.send(Start(run=1, spec=Spec(variant="wgan-gp", data="ring")))
        print("training", flush=True)
    await asyncio.sleep(1000)

asyncio.run(live())
"""


@pytest.mark.parametrize("when", ["starting", "training"])
def test_a_window_that_is_killed_takes_its_engine_with_it(when: str) -> None:
    window = subprocess.Popen([sys.executable, "-c", WINDOW, when], stdout=subprocess.PIPE, text=True,
                              cwd=Path(__file__).resolve().parents[3])
    assert window.stdout is not None
    try:
        engine = int(window.stdout.readline())
        if when == "training":
            assert window.stdout.readline() == "training\n"
        assert not gone(engine)
        window.kill()
        if not wait_until_gone(engine, 3.0):
            os.kill(engine, signal.SIGKILL)
            pytest.fail("the engine has outlived its window")
    finally:
        window.kill()
        window.wait()
        window.stdout.close()
