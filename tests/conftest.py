"""Every test sees a studio without a screen, and settings of nobody's."""

from __future__ import annotations

import collections
import gc
import importlib
import itertools
import os
import signal
import sys
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # read when the first test asks for an application
hypothesis.settings.register_profile("studio", derandomize=True, deadline=None, database=None)  # the same every time
hypothesis.settings.load_profile("studio")
if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A script that runs the tests in the background has it ignored, and the programs under test would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the studio keeps between starts lands in a folder of the session's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSTUDIO_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a run of four steps."""
    from ganstudio.core.protocol.spec import Spec
    from ganstudio.training.recorder import Recorder
    from ganstudio.training.trainer import Trainer

    path = tmp_path_factory.mktemp("runs") / "run.ganrun"
    trainer = Trainer(Spec(variant="wgan-gp", data="ring", seed=5, device="cpu", threads=1,
                           controls={"batch_size": 8}, network_controls={"width": 4, "depth": 1}))
    recorder = Recorder(path, trainer)
    for _ in range(4):
        trainer.step()
    recorder.note(trainer.flush())
    recorder.close()
    return path


# Threads of torch ---------------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Each test begins with one torch thread, whatever the last one set: the nets are small and the cores are taken.

    What a run chooses is left to it: it goes by the count that ``resolve_spec`` takes when it is imported.
    """
    torch = sys.modules.get("torch")
    if torch is not None and torch.get_num_threads() != 1:
        importlib.import_module("ganstudio.training.resolve_spec")
        torch.set_num_threads(1)


# Threads that never end ---------------------------------------------------------------------------------------------

PATIENCE_S = 10.0
_BEGUN: dict[threading.Thread, str] = {}  # threads a program waits for before it ends, and the test each began in
_NEVER_ENDED = pytest.StashKey[list[str]]()
_SENT = "ganstudio_never_ended"  # under which a worker hands them to the process that started it


def _awaited() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate()
            if not thread.daemon and thread is not threading.main_thread()]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Remembers where a thread comes from."""
    for thread in _awaited():
        _BEGUN.setdefault(thread, item.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A thread that never ends would keep the tests from ending, without a word: it is named, and they fail."""
    config = session.config
    found = config.stash.setdefault(_NEVER_ENDED, [])
    end = time.monotonic() + PATIENCE_S
    for thread in _awaited():
        thread.join(max(0.0, end - time.monotonic()))
    frames = sys._current_frames()
    for thread in _awaited():
        where = "".join(traceback.format_stack(frames.get(thread.ident or 0)))
        found.append(f"thread {thread.name!r} of {_BEGUN.get(thread, 'no test')} never ended:\n{where}")
    if hasattr(config, "workeroutput"):
        config.workeroutput[_SENT] = found
    elif found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of pytest-xdist has ended: what it found counts here."""
    node.config.stash.setdefault(_NEVER_ENDED, []).extend(getattr(node, "workeroutput", {}).get(_SENT, []))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends a process that would wait for such a thread; a worker's failure has been handed over by then."""
    if _awaited() and _NEVER_ENDED in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)


# What is said at the end --------------------------------------------------------------------------------------------

BUDGET_S = 5.0  # of one test on a quiet core, with what it is the first to need; nothing fails above it
SLOWEST = 5


@pytest.hookimpl(tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Threads that never ended, and the slowest tests where some are over their budget."""
    for words in config.stash.get(_NEVER_ENDED, []):
        terminalreporter.write_line(words)
    seconds: dict[str, float] = defaultdict(float)
    for report in itertools.chain.from_iterable(terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport):
            seconds[report.nodeid] += report.duration
    over = sum(taken > BUDGET_S for taken in seconds.values())
    if over:
        terminalreporter.write_line(f"{over} of {len(seconds)} tests took longer than {BUDGET_S:g} s; the slowest:")
        for name, taken in sorted(seconds.items(), key=lambda pair: -pair[1])[:SLOWEST]:
            terminalreporter.write_line(f"{taken:7.1f} s  {name}")


# Workers ------------------------------------------------------------------------------------------------------------

MOST_WORKERS = 8  # each takes up to a gigabyte


LONGEST = (  # by their seconds: if a worker began such a file last, the others would wait for it
    "tests/variants/test_variant_contract.py",
    "tests/ui/test_application.py",
    "tests/training/test_going_on.py",
    "tests/crash/test_crash_matrix.py",
    "tests/variants/test_cgan.py",
    "tests/variants/test_singan.py",
    "tests/variants/test_stylegan.py",
    "tests/ui/main/test_comparisons.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """What ``-n auto`` means: the cores that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST_WORKERS, cores)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Puts the longest files first if several workers share the files; they are given out in this order."""
    if not hasattr(config, "workerinput"):
        return
    counts = collections.Counter(item.nodeid.split("::")[0] for item in items)
    places = {name: place for place, name in enumerate(LONGEST)}

    def place(item: pytest.Item) -> tuple[int, int]:
        name = item.nodeid.split("::")[0]
        return places.get(name, len(places)), -counts[name]

    items.sort(key=place)


# The application ----------------------------------------------------------------------------------------------------

_DEFERRED_DELETE = 52  # QEvent.Type.DeferredDelete, without loading Qt for tests that need none
_DRESS_THEMSELVES = {"studio_home", "shared", "fresh"}  # fixtures of whole windows, which see to it what they wear
_FRESH: dict[str, Any] = {}
_ALL_EVERY = 50  # tests
_COUNTER = itertools.count(1)


def _collect_garbage() -> None:
    """Collects what tests have left in circles; what stays is looked through once more every fifty tests.

    In a test of the window Python does not collect by itself, as in the window: see ``Collector``.
    """
    if next(_COUNTER) % _ALL_EVERY == 0:
        gc.unfreeze()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def qapp(qapp: Any) -> Any:
    """The application, whose text and colours are noted before the first window chooses others."""
    _FRESH.update(font=qapp.font(), palette=qapp.palette())
    return qapp


@pytest.fixture(autouse=True)
def undressed(request: pytest.FixtureRequest) -> None:
    """A test of the window starts with the application's own text and colours, whatever the last one chose.

    Widgets that the last test has let go of are deleted first: no event loop runs between tests, so they would stay,
    and whatever dresses the application walks over every widget that there is. Only what differs is put back.
    """
    names = request.fixturenames
    windowed = "qapp" in names
    if windowed:
        gc.disable()
        app = request.getfixturevalue("qapp")
        app.sendPostedEvents(None, _DEFERRED_DELETE)
    if not gc.isenabled():
        _collect_garbage()
    if not windowed:
        gc.enable()  # no widget is garbage by now, and a test that trains may leave much in circles
        return
    if not _DRESS_THEMSELVES.isdisjoint(names):
        return
    if app.styleSheet():
        app.setStyleSheet("")
    if app.font() != _FRESH["font"]:
        app.setFont(_FRESH["font"])
    if app.palette() != _FRESH["palette"]:
        app.setPalette(_FRESH["palette"])
