"""Garbage is collected by the event loop, in its own thread; plots that nobody holds go."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ganstudio.ui import collector as collectors
from ganstudio.ui.collector import Collector, collector
from ganstudio.ui.plotting.axes import Plot


class Circle:
    """Garbage that only a collector finds; it notes the thread that it is destroyed in."""

    destroyed: list[threading.Thread]

    def __init__(self, destroyed: list[threading.Thread]) -> None:
        self.destroyed = destroyed
        self.me = self

    def __del__(self) -> None:
        self.destroyed.append(threading.current_thread())


@pytest.fixture
def own(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    monkeypatch.setattr(collectors, "INTERVAL_S", 0.01)
    made = Collector(qapp)
    yield made
    made.setParent(None)
    made.deleteLater()


def test_garbage_of_another_thread_is_collected_by_the_event_loop(own: Collector, qtbot: QtBot) -> None:
    assert not gc.isenabled()
    destroyed: list[threading.Thread] = []

    def litter() -> None:
        Circle(destroyed)
        kept.extend([] for _ in range(5000))  # far more than what makes Python collect by itself

    kept: list[list[int]] = []
    thread = threading.Thread(target=litter)
    thread.start()
    thread.join()
    assert destroyed == []
    qtbot.waitUntil(lambda: destroyed == [threading.main_thread()])


def test_a_program_without_event_loop_collects_when_it_is_due(
    own: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    destroyed: list[threading.Thread] = []
    monkeypatch.setattr(collectors, "INTERVAL_S", 3600.0)
    Circle(destroyed)
    own.collect_if_due()
    assert destroyed == []
    monkeypatch.setattr(collectors, "INTERVAL_S", 0.0)
    own.collect_if_due()
    assert destroyed == [threading.main_thread()]


def test_the_application_has_one(qapp: QApplication) -> None:
    first = collector(qapp)
    try:
        assert collector(qapp) is first
    finally:
        first.setParent(None)
        first.deleteLater()


def test_a_plot_that_nobody_holds_is_destroyed(own: Collector, qtbot: QtBot) -> None:
    plot = Plot(x_label="steps")
    plot.widget.show()
    qtbot.waitExposed(plot.widget)
    gone = weakref.ref(plot)
    plot.widget.close()
    plot.widget.deleteLater()
    del plot
    qtbot.waitUntil(lambda: gone() is None)
