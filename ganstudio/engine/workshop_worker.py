"""Examines the divergences that the user types in the workshop, on a thread of its own beside the runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from ganstudio.core.protocol.messages import AnalyseDivergence, DivergenceAnalysed
from ganstudio.core.system.errors import BadInput


class WorkshopWorker:
    """Examines one text at a time; a newer text cuts the older ones short, whose answers the user does not need."""

    def __init__(self, done: Callable[[], None]) -> None:
        """Waits for texts.

        Args:
            done: Called, from another thread, when an answer is ready.
        """
        self._done = done
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="workshop")
        self._under_way: dict[int, Future[DivergenceAnalysed]] = {}
        self._last = -1

    def ask(self, command: AnalyseDivergence) -> None:
        """Queues a text."""
        self._last = command.id
        answer = self._executor.submit(_examine, command, lambda: self._last != command.id)
        self._under_way[command.id] = answer
        answer.add_done_callback(lambda _: self._done())

    def take_answers(self) -> list[DivergenceAnalysed]:
        """The answers that are ready, each once."""
        ready = [id_ for id_, answer in self._under_way.items() if answer.done()]
        return [self._under_way.pop(id_).result() for id_ in ready]

    def close(self) -> None:
        """Ends the search for closed forms under way."""
        self._last = -1
        self._executor.shutdown(wait=False, cancel_futures=True)


def _examine(command: AnalyseDivergence, abandoned: Callable[[], bool]) -> DivergenceAnalysed:
    """Answers with what the text is, or with one sentence; it always answers."""
    if abandoned():
        return DivergenceAnalysed(id=command.id, found=None, refusal="a later text was asked about")
    from ganstudio.maths.f_divergence.workshop import examine  # the engine is up sooner without it

    try:
        return DivergenceAnalysed(id=command.id, found=examine(command.text, abandoned))
    except BadInput as fault:
        return DivergenceAnalysed(id=command.id, found=None, refusal=str(fault))
    except Exception as fault:  # noqa: BLE001  # the user may type anything, and the window waits for an answer
        refusal = f"this could not be examined: {type(fault).__name__}: {fault}"
        return DivergenceAnalysed(id=command.id, found=None, refusal=refusal)
