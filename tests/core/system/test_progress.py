"""Progress: who hears it, and how it is ended."""

from __future__ import annotations

import threading

import pytest

from ganstudio.core.system.progress import Cancelled, listening, report


class Ear:
    """Hears everything, and wants it until ``enough`` is done."""

    def __init__(self, enough: int = 100) -> None:
        self.heard: list[tuple[str, int, int]] = []
        self.enough = enough

    def __call__(self, what: str, done: int, total: int) -> bool:
        self.heard.append((what, done, total))
        return done < self.enough


def test_reports_go_nowhere_where_nobody_listens() -> None:
    report("reading", 1, 2)


def test_the_innermost_listener_hears_and_the_outer_one_comes_back() -> None:
    outer, inner = Ear(), Ear()
    with listening(outer):
        report("a", 1, 2)
        with listening(inner):
            report("b", 2, 0)
        report("c", 3, 3)
    report("d", 4, 4)
    assert outer.heard == [("a", 1, 2), ("c", 3, 3)]
    assert inner.heard == [("b", 2, 0)]


def test_a_listener_that_says_no_ends_it_and_is_let_go() -> None:
    with pytest.raises(Cancelled, match="reading"), listening(Ear(enough=3)):
        for n in range(10):
            report("reading", n, 10)
    assert n == 3
    report("reading", 9, 10)


def test_other_threads_are_not_heard() -> None:
    ear = Ear()
    with listening(ear):
        other = threading.Thread(target=report, args=("there", 1, 1))
        other.start()
        other.join()
        report("here", 2, 2)
    assert ear.heard == [("here", 2, 2)]
