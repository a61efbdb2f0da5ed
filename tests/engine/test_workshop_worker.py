"""A text is examined beside the runs: it needs no run, holds none up, and every text has its answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest

from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.engine.training_thread import TrainingThread
from ganstudio.maths.f_divergence import workshop

PATIENCE_S = 30.0  # only ever waited out by a test that fails


class Window:
    """The other side of the mailbox."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
        self.thread = TrainingThread(self.events.put)
        self.thread.start()

    def answers(self, count: int) -> dict[int, m.DivergenceAnalysed]:
        """The next answers, by their number."""
        found: dict[int, m.DivergenceAnalysed] = {}
        while len(found) < count:
            event = self.events.get(timeout=PATIENCE_S)
            if isinstance(event, m.DivergenceAnalysed):
                found[event.id] = event
        return found


@pytest.fixture
def window() -> Iterator[Window]:
    made = Window()
    yield made
    made.thread.end()
    made.thread.join(PATIENCE_S)
    assert not made.thread.is_alive()


def test_a_sleeping_thread_answers(window: Window) -> None:
    window.thread.post(m.AnalyseDivergence(id=5, text="u*log(u)"))
    answer = window.answers(1)[5]
    assert answer.refusal == "" and answer.found is not None
    assert answer.found.known_as == "This is kl (Kullback–Leibler)."
    assert m.event_of(m.framed(answer)[m.HEADER.size:]) == answer  # it travels


def test_bad_input_is_a_sentence_and_a_fault_is_one_too(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    window.thread.post(m.AnalyseDivergence(id=1, text="__import__('os')"))
    answer = window.answers(1)[1]
    assert answer.found is None and "unexpected '_'" in answer.refusal

    def broken(*_: object) -> None:
        raise ArithmeticError("a hole")

    monkeypatch.setattr(workshop, "examine", broken)
    window.thread.post(m.AnalyseDivergence(id=2, text="u*log(u)"))
    answer = window.answers(1)[2]
    assert answer.found is None and "ArithmeticError: a hole" in answer.refusal


def test_every_question_is_answered_and_the_last_one_in_full(window: Window) -> None:
    texts = ["u*log(u)", "(u-1)**2", "-log(u)", "(u-1)**3", "abs(u-1)/2"]
    for id_, text in enumerate(texts):
        window.thread.post(m.AnalyseDivergence(id=id_, text=text))
    found = window.answers(len(texts))
    assert set(found) == set(range(len(texts)))
    last = found[len(texts) - 1].found
    assert last is not None and "total-variation" in last.known_as


def test_a_run_goes_on_while_a_text_is_examined(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = threading.Event()

    def slow(*_: object) -> None:
        assert moved.wait(PATIENCE_S)
        raise BadInput("examined after the run had moved")

    monkeypatch.setattr(workshop, "examine", slow)
    spec = Spec(variant="wgan-gp", data="ring", seed=4, device="cpu", threads=1, controls={"batch_size": 8},
                network_controls={"width": 8, "depth": 1})
    window.thread.post(m.AnalyseDivergence(id=1, text="u**2 - 1"))
    window.thread.post(m.Start(run=1, spec=spec))
    while not (isinstance(event := window.events.get(timeout=PATIENCE_S), m.Progress) and event.position.steps > 20):
        assert not isinstance(event, m.Failed | m.Refused | m.DivergenceAnalysed)
    moved.set()
    assert window.answers(1)[1].refusal == "examined after the run had moved"
