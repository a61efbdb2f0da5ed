"""The examiner: looks at what is typed in the workshop, on a thread of its own beside the runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from ganstudio.core.protocol.messages import Examine, Examined
from ganstudio.core.system.errors import BadInput


class Examiner:
    """One text at a time; those before the last, whose answers nobody waits for, are cut short."""

    def __init__(self, done: Callable[[], None]) -> None:
        """Starts waiting for texts.

        Args:
            done: Called, from another thread, when an answer is ready.
        """
        self._done = done
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="examiner")
        self._under_way: dict[int, Future[Examined]] = {}
        self._last = -1

    def ask(self, command: Examine) -> None:
        """Looks at a text."""
        self._last = command.id
        answer = self._thread.submit(_examined, command, lambda: self._last != command.id)
        self._under_way[command.id] = answer
        answer.add_done_callback(lambda _: self._done())

    def answers(self) -> list[Examined]:
        """Those that are ready, each once."""
        ready = [id_ for id_, answer in self._under_way.items() if answer.done()]
        return [self._under_way.pop(id_).result() for id_ in ready]

    def close(self) -> None:
        """Ends the search for closed forms under way."""
        self._last = -1
        self._thread.shutdown(wait=False, cancel_futures=True)


def _examined(command: Examine, abandoned: Callable[[], bool]) -> Examined:
    """What a text is, or one sentence; whatever happens, an answer."""
    if abandoned():
        return Examined(id=command.id, found=None, refusal="a later text was asked about")
    from ganstudio.maths.f_divergence.workshop import examine  # the engine is up sooner without it

    try:
        return Examined(id=command.id, found=examine(command.text, abandoned))
    except BadInput as fault:
        return Examined(id=command.id, found=None, refusal=str(fault))
    except Exception as fault:  # noqa: BLE001  # what is typed is anybody's, and an answer is owed
        refusal = f"this could not be examined: {type(fault).__name__}: {fault}"
        return Examined(id=command.id, found=None, refusal=refusal)
