"""The training thread: hosts the runs, gives them turns, and takes the window's commands from a mailbox.

Commands are applied between two player updates. Only what the window asks for is computed.
"""

from __future__ import annotations

import collections
import importlib
import math
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ganstudio.core.protocol.messages import (
    AnalyseDivergence,
    Command,
    DivergenceAnalysed,
    Event,
    Failed,
    Hello,
    InspectData,
    Loading,
    Play,
    Refused,
    SetControl,
    SnapshotRequest,
    Start,
    Stop,
    Together,
)
from ganstudio.core.runs.moved_data import NeedsData, data_at
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import Cancelled, Listener, listening
from ganstudio.engine import lockstep
from ganstudio.engine.auto_recorder import AutoRecorder
from ganstudio.engine.command_check import MOST_RUNS, checked
from ganstudio.engine.data_inspector import DataInspector
from ganstudio.engine.hosted_run import HostedRun
from ganstudio.engine.stored_run import past_events, rebuild_as_shown
from ganstudio.engine.workshop_worker import WorkshopWorker
from ganstudio.training.branching import Branch
from ganstudio.training.memory_estimate import explained
from ganstudio.training.trainer import Trainer

FOR_WINDOW = 1  # cores that are left to the window
LOADING_S = 0.1  # between two messages on how far the building of a run is


class TrainingThread(threading.Thread):
    """The one thread that trains. ``post`` may be called from any thread.

    ``publish`` is called from this one, and from that of the data inspector.
    """

    def __init__(self, publish: Callable[[Event], None]) -> None:
        super().__init__(name="training")
        # Its parts are imported where they are used, by several threads. A package's name is missing from sys.modules
        # for a moment at the end of its import, and a thread that imports one of its parts just then fails.
        importlib.import_module("scipy")
        self._publish = publish
        self._mail: collections.deque[list[tuple[Command, int]]] = collections.deque()  # what is read at once
        self._awake = threading.Event()
        self._ending = False
        self._runs: dict[int, HostedRun] = {}
        self._measurer = ThreadPoolExecutor(1, thread_name_prefix="measurer")
        self._workshop = WorkshopWorker(self._awake.set)
        self._inspector = DataInspector(publish)
        self._finishing: list[AutoRecorder] = []  # of runs that ended, whose files may still be written

    def post(self, command: Command) -> None:
        """Queues a command; it is applied before the next player update. A look at data does not wait for that."""
        if isinstance(command, InspectData):
            self._inspector.ask(command)
            return
        commands = command.commands if isinstance(command, Together) else [command]
        self._mail.append([(each, self._updates_of(each)) for each in commands])
        self._awake.set()

    def _updates_of(self, command: Command) -> int:
        """How many updates the run of a command has done."""
        if isinstance(command, Hello | AnalyseDivergence | InspectData | Together):
            return 0
        hosted = self._runs.get(command.run)
        return hosted.updates if hosted is not None else 0

    def end(self) -> None:
        """Ends the thread after the current update."""
        self._ending = True
        self._awake.set()

    def run(self) -> None:
        """Gives the runs their turns until ``end``; sleeps while none plays."""
        try:
            while not self._ending:
                if not self.run_once():
                    wait_s = self.wait_s()
                    self._awake.wait(wait_s if math.isfinite(wait_s) else None)
                    self._awake.clear()
        finally:
            for hosted in list(self._runs.values()):
                self._guard(hosted, partial(self._let_go, hosted))
            for recorder in self._finishing:
                recorder.close()
            self._workshop.close()
            self._inspector.close()
            self._measurer.shutdown(wait=False, cancel_futures=True)

    def run_once(self) -> bool:
        """Reads mail, then gives each run and each group its turn; returns whether any run moved."""
        self._read_mail()
        for answer in self._workshop.take_answers():
            self._publish(answer)
        now = time.perf_counter()
        due = [members for members in lockstep.in_turn(self._runs.values()) if lockstep.due(members, now)]
        for members in due:
            self._take_turn(members)
        for hosted in list(self._runs.values()):
            self._guard(hosted, hosted.serve)
        return bool(due)

    def wait_s(self) -> float:
        """Seconds until a run has something to do, if no mail comes; infinite if no run has anything to do."""
        now = time.perf_counter()
        waits = [lockstep.wait_s(members, now) for members in lockstep.in_turn(self._runs.values())]
        return max(min(waits, default=math.inf), 0.0)

    def _take_turn(self, members: Sequence[HostedRun]) -> None:
        """Lets a run go on that goes alone, or a group of runs in lockstep."""
        if members[0].group:
            lockstep.take_group_turn(members, self._guard, self._has_mail, self._is_to_pause)
        else:
            self._guard(members[0], partial(members[0].take_turn, self._has_mail))

    def _guard(self, hosted: HostedRun, action: Callable[[], None]) -> bool:
        """Does something for a run; an exception ends that run alone. Returns whether it went well."""
        try:
            action()
        except Exception as fault:  # noqa: BLE001  # the one broad except: a variant may raise anything
            self._runs.pop(hosted.number, None)
            self._publish(_failure(hosted.number, fault))
            self._finish(hosted, look=False)  # a run that raised keeps its past
            return False
        return True

    # Mail ----------------------------------------------------------------------------------------------------

    def _has_mail(self) -> bool:
        return bool(self._mail)

    def _is_to_pause(self) -> bool:
        """Whether commands wait, all of them to pause runs, to end or to show them."""
        waiting = [command for commands in list(self._mail) for command, _ in commands]
        ends = [isinstance(each, Stop) or (isinstance(each, Play) and not each.on) for each in waiting]
        return any(ends) and all(
            end or isinstance(each, SnapshotRequest) for end, each in zip(ends, waiting, strict=True))

    def _read_mail(self) -> None:
        while self._mail:
            for command, arrived_at in self._mail.popleft():
                self._obey(command, arrived_at)

    def _obey(self, command: Command, arrived_at: int) -> None:
        try:
            command = checked(command)
        except BadInput as fault:
            self._refuse(command, str(fault))
            return
        if isinstance(command, Hello | InspectData | Together):
            return
        if isinstance(command, AnalyseDivergence):
            self._workshop.ask(command)
        elif isinstance(command, Start):
            self._start_run(command)
        elif (hosted := self._runs.get(command.run)) is None:
            return  # a command to a dead run is dropped
        elif isinstance(command, Stop):
            self._guard(hosted, partial(self._stop_run, hosted))
        else:
            self._guard(hosted, partial(hosted.obey, command, arrived_at))

    def _refuse(self, command: Command, reason: str) -> None:
        """Answers a command that is none."""
        if isinstance(command, AnalyseDivergence):
            self._publish(DivergenceAnalysed(id=command.id, found=None, refusal=reason))
        elif isinstance(command, SetControl):
            self._publish(Refused(run=command.run, reason=reason, id=command.id))
        elif not isinstance(command, Hello | InspectData | Together):
            self._publish(Refused(run=command.run, reason=reason))

    def _start_run(self, command: Start) -> None:
        if len(self._runs.keys() - set(command.replaces)) >= MOST_RUNS:
            self._refuse(command, f"{MOST_RUNS} runs are open, as many as can be: end one first")
            return
        try:
            with listening(self._loading_listener(command.run)):
                trainer, branch = self._build(command)
        except Cancelled:
            self._publish(Refused(run=command.run, reason="preparing was cancelled: the run before it goes on"))
            return
        except NeedsData as fault:
            self._publish(Refused(run=command.run, reason=fault.what, needs_data=True, one_file=fault.one_file,
                                  way_out=fault.way_out))
            return
        except BadInput as fault:
            self._publish(Refused(run=command.run, reason=str(fault), missing=getattr(fault, "data", "")))
            return
        except Exception as fault:  # noqa: BLE001  # as above: a fault while a run is built ends that run alone
            self._publish(_failure(command.run, fault))
            return
        for replaced in command.replaces:
            if (old := self._runs.get(replaced)) is not None:
                self._guard(old, partial(self._stop_run, old))
        hosted = self._runs[command.run] = HostedRun(
            command.run, trainer, self._publish, self._measurer,
            playing=command.playing and trainer.divergence is None,  # a moment after a divergence is shown, paused
            until=command.until, group=command.group,
            recorder=AutoRecorder(Path(command.record), trainer, branch) if command.record else None,
        )
        if branch is not None:
            hosted.terms.add(branch.past)
        self._guard(hosted, partial(self._announce, hosted, command.record, branch))

    def _announce(self, hosted: HostedRun, record: str, branch: Branch | None) -> None:
        """Says what a new run is; if it goes on from a file, also what came before."""
        hosted.announce(record)
        if branch is not None:
            for event in past_events(hosted.number, branch):
                self._publish(event)

    def _build(self, command: Start) -> tuple[Trainer, Branch | None]:
        """Builds the run; if it goes on from a file, also returns the branch with its past."""
        if not command.file:
            return Trainer(command.spec, FOR_WINDOW), None
        path = Path(command.file)
        for hosted in self._runs.values():
            hosted.settle(path)
        with data_at(command.data_path):
            branch = rebuild_as_shown(path, None if command.at < 0 else command.at)
        branch.trainer.restore_terms(branch.past)
        return branch.trainer, branch

    def _loading_listener(self, run: int) -> Listener:
        """Returns a listener that reports how far the building of a run is, and cancels it after ``Stop``."""
        reported_at, stage = 0.0, ""

        def report(what: str, done: int, total: int) -> bool:
            nonlocal reported_at, stage
            now = time.perf_counter()
            if now - reported_at >= LOADING_S or what != stage:
                reported_at, stage = now, what
                self._publish(Loading(run=run, what=what, done=done, total=total))
            return not self._ending and not any(
                isinstance(each, Stop) and each.run == run for commands in list(self._mail) for each, _ in commands)

        return report

    # Ends ----------------------------------------------------------------------------------------------------

    def _stop_run(self, hosted: HostedRun) -> None:
        self._let_go(hosted)
        del self._runs[hosted.number]

    def _let_go(self, hosted: HostedRun) -> None:
        """Ends a run; the rest of its file is written while the next one trains. To be called through ``_guard``."""
        hosted.flush()
        self._finish(hosted)

    def _finish(self, hosted: HostedRun, *, look: bool = True) -> None:
        """Ends a run's file; with ``look``, records every view of the end first."""
        if (recorder := hosted.finish(look=look)) is not None:
            self._finishing = [other for other in self._finishing if not other.written]
            self._finishing.append(recorder)


def _failure(run: int, fault: Exception) -> Failed:
    """The event about a run that raised; called while the exception is handled."""
    reason = explained(fault) or f"{type(fault).__name__}: {fault}"
    return Failed(run=run, reason=reason, traceback=traceback.format_exc())
