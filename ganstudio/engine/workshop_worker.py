"""Analyses the divergences that the user types in the workshop, on a thread beside the training thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from ganstudio.core.protocol.messages import AnalyseDivergence, DivergenceAnalysed
from ganstudio.core.system.errors import BadInput


class WorkshopWorker:
    """Analyses one text at a time; a newer text cancels older ones, because the user no longer needs their answers."""

    def __init__(self, done: Callable[[], None]) -> None:
        """Starts without texts.

        Args:
            done: Called, from another thread, when an answer is ready.
        """
        self._done = done
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="workshop")
        self._under_way: dict[int, Future[DivergenceAnalysed]] = {}
        self._last = -1

    def ask(self, command: AnalyseDivergence) -> None:
        """Queues a text to analyse."""
        self._last = command.id
        answer = self._executor.submit(_examine, command, lambda: self._last != command.id)
        self._under_way[command.id] = answer
        answer.add_done_callback(lambda _: self._done())

    def take_answers(self) -> list[DivergenceAnalysed]:
        """The answers that are ready, each returned once."""
        ready = [id_ for id_, answer in self._under_way.items() if answer.done()]
        return [self._under_way.pop(id_).result() for id_ in ready]

    def close(self) -> None:
        """Cancels the current search for closed forms."""
        self._last = -1
        self._executor.shutdown(wait=False, cancel_futures=True)


def _examine(command: AnalyseDivergence, abandoned: Callable[[], bool]) -> DivergenceAnalysed:
    """Answers with a report on the text, or with a sentence that says why there is none; it always answers."""
    if abandoned():
        return DivergenceAnalysed(id=command.id, found=None, refusal="a newer text replaced this one")
    from ganstudio.maths.f_divergence.workshop import examine  # imported late: the engine starts faster

    try:
        return DivergenceAnalysed(id=command.id, found=examine(command.text, abandoned))
    except BadInput as fault:
        return DivergenceAnalysed(id=command.id, found=None, refusal=str(fault))
    except Exception as fault:  # noqa: BLE001  # the user may type anything, and the window waits for an answer
        refusal = f"this could not be checked: {type(fault).__name__}: {fault}"
        return DivergenceAnalysed(id=command.id, found=None, refusal=refusal)
