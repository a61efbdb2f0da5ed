"""The engine as a process of its own: its door, its manners and its end."""

from __future__ import annotations

import secrets
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Change, Spec
from ganstudio.core.protocol.views import Landscape
from ganstudio.training.trainer import Trainer

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0  # only ever waited out by a test that fails
SPEC = Spec(variant="wgan-gp", data="ring", seed=4, device="cpu", threads=1,
            controls={"batch_size": 16, "critic_steps": 3}, network_controls={"width": 16, "depth": 2})
E = TypeVar("E", bound=m.Event)


class Engine:
    """The child process, as the window starts it."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(32)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ganstudio.engine"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=ROOT,
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{self.token}\n".encode())
        self.process.stdin.flush()
        self.port = int(self.process.stdout.readline())

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def end(self) -> tuple[int, float, str]:
        """Closes standard input; the exit status, the seconds it took, and what was said on standard error."""
        began = time.monotonic()
        assert self.process.stdin is not None and self.process.stdout is not None and self.process.stderr is not None
        self.process.stdin.close()
        try:
            status = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        seconds = time.monotonic() - began
        said = self.process.stderr.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        return status, seconds, said


class Window:
    """A connection that has said its token."""

    def __init__(self, engine: Engine) -> None:
        self.connect(engine)

    def connect(self, engine: Engine) -> None:
        self.socket = engine.connect()
        self.file = self.socket.makefile("rb")
        self.seen: list[m.Event] = []
        self.post(m.Hello(token=engine.token))
        self.welcome = self.until(m.Welcome)

    def post(self, *commands: m.Command) -> None:
        self.socket.sendall(b"".join(m.framed(command) for command in commands))

    def read(self) -> m.Event:
        (length,) = m.HEADER.unpack(self.file.read(m.HEADER.size))
        return m.event_of(self.file.read(length))

    def until(self, kind: type[E], where: Callable[[E], bool] = lambda _: True) -> E:
        while True:
            event = self.read()
            self.seen.append(event)
            if isinstance(event, kind) and where(event):
                return event

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    found = Engine()
    yield found
    status, _, said = found.end()
    assert (status, said) == (0, "")


@pytest.fixture
def window(engine: Engine) -> Iterator[Window]:
    """Another window could still be on its way out: the engine serves one at a time."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            found = Window(engine)
            break
        except (struct.error, ConnectionError):
            assert time.monotonic() < deadline
    yield found
    found.close()


def dropped(connection: socket.socket) -> bool:
    """Whether the engine closes the connection without a word."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_it_greets_with_its_catalogue(window: Window) -> None:
    welcome = window.welcome
    assert {"gan", "ns-gan", "wgan", "wgan-gp"} <= {variant.name for variant in welcome.catalog.variants}
    assert welcome.devices[:2] == ["auto", "cpu"]
    assert welcome.device and welcome.torch
    assert [event for event in window.seen if not isinstance(event, m.Welcome)] == []


def test_it_listens_on_loopback_only(engine: Engine) -> None:
    psutil = pytest.importorskip("psutil")
    listening = [c.laddr for c in psutil.Process(engine.process.pid).net_connections() if c.status == "LISTEN"]
    assert [tuple(address) for address in listening] == [("127.0.0.1", engine.port)]


HELLO = m.framed(m.Hello(token="0" * 64))
STRANGERS = {
    "another token": HELLO,
    "no token": m.framed(m.Hello(token="")),
    "a token that is no text": HELLO[:-70] + b"\xff" * 70,
    "another protocol": m.framed(m.Hello(token="0" * 64, protocol=99)),
    "a command first": m.framed(m.Stop(run=1)),
    "a truncated header": b"\0\0",
    "a truncated frame": HELLO[:-5],
    "an oversized frame": b"\xff\xff\xff\xff" + bytes(1000),
    "a long hello": m.HEADER.pack(5000) + bytes(5000),
    "an empty frame": m.HEADER.pack(0),
    "a browser": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "random bytes": m.HEADER.pack(64) + np.random.default_rng(0).bytes(64),
    "nothing": b"",
}


def test_strangers_are_dropped_and_the_run_goes_on_unharmed(engine: Engine, window: Window) -> None:
    window.post(m.Start(run=1, spec=SPEC))
    window.until(m.Started)
    for name, said in STRANGERS.items():
        with engine.connect() as stranger:
            stranger.sendall(said)
            stranger.shutdown(socket.SHUT_WR)
            assert dropped(stranger), name
        steps = window.until(m.Progress).position.steps
        window.until(m.Progress, lambda progress, least=steps: progress.position.steps > least)  # type: ignore[misc]
    with engine.connect() as second:  # the right token, while a window is served
        second.sendall(m.framed(m.Hello(token=engine.token)))
        assert dropped(second)
    window.post(m.Play(run=1, on=False), m.Step(run=1, player="cycle"), m.Stop(run=1))
    whole = compared_with_headless(window, 1)
    assert whole > 100


def rows_of(window: Window, run: int, player: str) -> tuple[list[float], list[list[float]]]:
    """Where the terms of a player stand, and the terms, over all that this window was sent."""
    at: list[float] = []
    values: list[list[float]] = []
    for event in window.seen:
        if isinstance(event, m.Scalars) and event.run == run:
            for batch in event.batches:
                if batch.player == player:
                    at.extend(np.frombuffer(batch.at.data, np.float64).tolist())
                    values.extend(batch.values.numpy().tolist())
    return at, values


def compared_with_headless(window: Window, run: int) -> int:
    """All scalars of a stopped run against a run without an engine, bit for bit; how many updates there were."""
    window.post(m.Start(run=run + 1000, spec=SPEC, playing=False))
    window.until(m.Started)
    last = [event for event in window.seen if isinstance(event, m.Progress) and event.run == run][-1].position
    alone = Trainer(SPEC)
    while alone.position.updates < last.updates:
        alone.update()
    assert alone.position == last
    for batch in alone.flush():
        at, values = rows_of(window, run, batch.player)
        count = last.of("discriminator") if batch.player == "discriminator" else last.of("generator")
        assert len(at) == len(values) == count, "a curve has a hole"
        assert at == np.frombuffer(batch.at.data, np.float64).tolist()
        assert values == batch.values.numpy().tolist()
    window.post(m.Stop(run=run + 1000))
    return last.updates


def test_a_run_that_is_watched_is_the_run_without_a_window(window: Window) -> None:
    """Scalars are complete, and the same bits as headless, however often the window looks."""
    look = m.SnapshotRequest(run=2, views=["points", "landscape"], size=20, measure=True)
    window.post(m.Start(run=2, spec=SPEC), look)
    pictures = 0
    positions = []
    while pictures < 15:
        snapshot = window.until(m.Snapshot)
        assert set(snapshot.views) == {"points", "landscape"}
        assert isinstance(landscape := snapshot.views["landscape"], Landscape)
        assert landscape.values.shape == (20, 20)
        positions.append(snapshot.position.updates)
        pictures += 1
        window.post(look)
    assert positions == sorted(set(positions))
    window.post(m.Play(run=2, on=False), m.Step(run=2, player="cycle"), m.Stop(run=2))
    assert compared_with_headless(window, 2) >= positions[-1]


def test_a_window_that_breaks_is_dropped_and_its_run_goes_on_for_the_next(engine: Engine, window: Window) -> None:
    window.post(m.Start(run=3, spec=SPEC))
    steps = window.until(m.Progress).position.steps

    def goes_on(progress: m.Progress) -> bool:
        return progress.run == 3 and progress.position.steps > steps

    for garbage in (b"\xff\xff\xff\xff", m.HEADER.pack(3) + b"abc", m.framed(m.Stop(run=3))[:-1]):
        window.socket.sendall(garbage)
        window.socket.shutdown(socket.SHUT_WR)
        while True:  # what was on its way still comes, then the end
            try:
                if not window.file.read(4096):
                    break
            except ConnectionResetError:
                break
        window.close()
        window.connect(engine)
        reached = window.until(m.Progress, goes_on).position.steps
        assert reached > steps
        steps = reached
    window.post(m.Stop(run=3), m.Start(run=4, spec=SPEC, playing=False), m.Stop(run=4))
    window.until(m.Started)


def test_a_control_is_applied_between_two_updates(window: Window) -> None:
    window.post(m.Start(run=5, spec=SPEC))
    window.until(m.Scalars)
    window.post(m.SetControl(run=5, id=1, name="gp_weight", value=0.5),
                m.SetControl(run=5, id=2, name="gp_weight", value=1e9))
    applied, refused = window.until(m.Applied), window.until(m.Refused)
    assert (applied.id, applied.value, refused.id) == (1, 0.5, 2)
    window.post(m.Play(run=5, on=False), m.Step(run=5, player="cycle"), m.Stop(run=5),
                m.Start(run=6, spec=SPEC, playing=False), m.Stop(run=6))
    window.until(m.Started)

    alone = Trainer(SPEC)
    while alone.position.updates < applied.position.updates:
        alone.update()
    assert alone.position == applied.position
    alone.apply(Change(name="gp_weight", value=0.5))
    at, values = rows_of(window, 5, "discriminator")
    while alone.position.of("discriminator") < len(at):
        alone.update()
    (batch,) = [batch for batch in alone.flush() if batch.player == "discriminator"]
    assert values == batch.values.numpy().tolist()


# Its end -----------------------------------------------------------------------------------------------------------


def test_the_end_of_standard_input_ends_it_before_anybody_connected() -> None:
    status, seconds, said = Engine().end()
    assert (status, said) == (0, "")
    assert seconds < 3


def test_the_end_of_standard_input_ends_it_while_it_trains() -> None:
    engine = Engine()
    window = Window(engine)
    wide = Spec(variant="wgan-gp", data="ring", device="cpu", network_controls={"width": 512})
    window.post(m.Start(run=1, spec=wide), m.SnapshotRequest(run=1, views=["points"], measure=True))
    window.until(m.Snapshot)
    status, seconds, said = engine.end()
    window.close()
    assert (status, said) == (0, "")
    assert seconds < 3


def test_without_a_token_it_does_not_start_and_says_why() -> None:
    done = subprocess.run([sys.executable, "-m", "ganstudio.engine"], input="short\n", capture_output=True, text=True,
                          cwd=ROOT, timeout=PATIENCE_S, check=False)
    assert done.returncode != 0
    assert done.stdout == ""
    assert "token through standard input" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_greeting_makes_no_data_and_loads_nothing_that_it_does_not_need() -> None:
    code = (
        "import sys\n"
        "from ganstudio.core.dataset import Dataset\n"
        "def made(*_): raise AssertionError('a data set was constructed')\n"
        "Dataset.__init__ = made\n"
        "from ganstudio.engine.server import welcome\n"
        "assert welcome().catalog.broken == []\n"
        "print([name for name in ('torchvision', 'scipy', 'PIL', 'av', 'rich') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
                          timeout=PATIENCE_S)
    assert done.stdout.strip() == "[]"


def test_the_engine_never_imports_qt() -> None:
    code = (
        "import sys, ganstudio.engine.server\n"
        "from ganstudio.training import resolve_spec\n"
        "from ganstudio.training.build_catalog import catalogue\n"
        "catalogue(); resolve_spec.probes(); resolve_spec.measures()\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('PySide6', 'pyqtgraph', 'qasync')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
                          timeout=PATIENCE_S)
    assert done.stdout.strip() == "[]"
