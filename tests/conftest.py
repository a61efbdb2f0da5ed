"""Every test sees a studio without a screen, and settings of nobody's."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # read when the first test asks for an application


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the studio keeps between starts lands in a folder of the session's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSTUDIO_HOME", str(tmp_path_factory.mktemp("home")))
        yield


_BEGUN: dict[threading.Thread, str] = {}  # threads a program waits for before it ends, and the test each began in


def _awaited() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate()
            if not thread.daemon and thread is not threading.main_thread()]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Remembers where a thread comes from."""
    for thread in _awaited():
        _BEGUN.setdefault(thread, item.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """A thread that never ends would keep the tests from ending, without a word: it is named, and they fail."""
    for thread in _awaited():
        thread.join(10)
    if not (left := _awaited()):
        return
    frames = sys._current_frames()
    for thread in left:
        where = "".join(traceback.format_stack(frames.get(thread.ident or 0)))
        print(f"thread {thread.name!r} of {_BEGUN.get(thread, 'no test')} never ended:\n{where}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


_FRESH: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def undressed(request: pytest.FixtureRequest) -> None:
    """A test of the window starts with the application's own text and colours, whatever the last one chose."""
    if "qapp" not in request.fixturenames or "studio_home" in request.fixturenames:  # its scenes share one window
        return
    app = request.getfixturevalue("qapp")
    if not _FRESH:
        _FRESH.update(font=app.font(), palette=app.palette())
    app.setStyleSheet("")
    app.setFont(_FRESH["font"])
    app.setPalette(_FRESH["palette"])
