"""How a program is asked to end, and when it hears of it."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from ganstudio.core.system.shutdown_signals import REQUESTS, Ended, defer_signals, handle_signals, status_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")


def ask(request: signal.Signals) -> None:
    os.kill(os.getpid(), request)


@pytest.mark.parametrize(("request_", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_request_does_not_disturb_the_tidying_up(request_: signal.Signals, status: int) -> None:
    before = [signal.getsignal(number) for number in REQUESTS]
    tidied = False
    with pytest.raises(Ended) as ended, handle_signals():
        try:
            ask(request_)
            pytest.fail("nobody was asked")
        finally:
            for number in REQUESTS:
                ask(number)
            tidied = True
    assert tidied and status_of(ended.value) == status
    assert [signal.getsignal(number) for number in REQUESTS] == before


def test_without_a_number_it_was_the_keyboard() -> None:
    assert status_of(KeyboardInterrupt()) == 130


@pytest.mark.parametrize("request_", REQUESTS)
def test_what_is_undisturbed_is_done_before_the_request_is_heard(request_: signal.Signals) -> None:
    before = [signal.getsignal(number) for number in REQUESTS]
    done = 0
    with pytest.raises(Ended) as ended, handle_signals():
        with defer_signals() as came:
            ask(request_)
            done = 1
            ask(request_)
            done = 2
        done = 3
    assert (done, came, ended.value.request) == (2, [request_, request_], request_)
    assert [signal.getsignal(number) for number in REQUESTS] == before


def test_a_request_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with handle_signals(), defer_signals() as came:
            ask(signal.SIGINT)
        assert came == [] and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_hear_nothing_and_change_nothing() -> None:
    before = [signal.getsignal(number) for number in REQUESTS]
    seen: list[object] = []

    def work() -> None:
        with handle_signals(), defer_signals() as came:
            seen.extend([came, [signal.getsignal(number) for number in REQUESTS]])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [[], before]
