"""The training thread: hosts every run, steps them in turn, and speaks with the window through a mailbox.

Commands are applied between two player updates. Nobody looks, nothing is computed.
"""

from __future__ import annotations

import collections
import math
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import msgspec

from ganstudio.core.control import Value, plain
from ganstudio.core.protocol import spec
from ganstudio.core.protocol.messages import (
    Applied,
    Command,
    Diverged,
    Event,
    Examine,
    Failed,
    Fingerprint,
    Fingerprinted,
    Grow,
    Hello,
    Kept,
    Look,
    MeasuredNow,
    Pin,
    Play,
    Preparing,
    Progress,
    Refused,
    Scalars,
    SetControl,
    SetSpeed,
    Start,
    Step,
    Stop,
    Told,
)
from ganstudio.core.protocol.spec import Change, Parent, SingleStep
from ganstudio.core.protocol.views import ScalarBatch
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import Cancelled, Listener, listening
from ganstudio.engine.auto_recorder import Diary, shown_at
from ganstudio.engine.hosted_run import Hosted
from ganstudio.engine.workshop_worker import Examiner
from ganstudio.training.branching import measured_in
from ganstudio.training.measuring import Copied, CopiedImages, Measured, computed, copied
from ganstudio.training.memory_estimate import explained
from ganstudio.training.run_description import scene_of
from ganstudio.training.scalars import joined
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer

TURN_S = 0.005  # how long a run is stepped before the next one has its turn
REPORT_S = 0.04  # scalars and progress go out in batches of this length
FOR_WINDOW = 1  # cores that are not taken from a window that paints
TELL_S = 0.1  # between two words on how far the building of a run is
MEASURE_EVERY_S = 0.7
MEASURE_SHARE = 0.1  # of one core, for measures of a run somebody watches
SLOWEST = 0.01  # updates a second; one in 100 s is slow enough for any class
LIVE_SAMPLES = 500  # exact transport of 500 points takes some 50 ms
LIVE_SCORED = 1500  # forward and back through D takes some 5 ms


class TrainingThread(threading.Thread):
    """The one thread that trains. ``post`` may be called from any thread; ``publish`` is called from this one."""

    def __init__(self, publish: Callable[[Event], None]) -> None:
        super().__init__(name="training")
        self._publish = publish
        self._mail: collections.deque[tuple[Command, int]] = collections.deque()
        self._awake = threading.Event()
        self._ending = False
        self._runs: dict[int, Hosted] = {}
        self._measurer = ThreadPoolExecutor(1, thread_name_prefix="measurer")
        self._examiner = Examiner(self._awake.set)
        self._ended: list[Diary] = []  # whose last words may still be on their way to the disk

    def post(self, command: Command) -> None:
        """Queues a command; it is applied before the next player update."""
        hosted = None if isinstance(command, Hello | Examine) else self._runs.get(command.run)
        self._mail.append((command, hosted.trainer.game.updates if hosted is not None else 0))
        self._awake.set()

    def end(self) -> None:
        """Ends the thread after the update under way."""
        self._ending = True
        self._awake.set()

    def run(self) -> None:
        """Reads mail, then gives each run its turn; sleeps while none plays."""
        try:
            while not self._ending:
                self._read_mail()
                for answer in self._examiner.answers():
                    self._publish(answer)
                now = time.perf_counter()
                due = [hosted for hosted in self._runs.values() if hosted.due(now)]
                for hosted in due:
                    self._guarded(hosted, self._turn)
                for hosted in list(self._runs.values()):
                    self._guarded(hosted, self._serve)
                if not due:
                    self._sleep()
        finally:
            for hosted in self._runs.values():
                self._let_go(hosted)
            for diary in self._ended:
                diary.close()
            self._examiner.close()
            self._measurer.shutdown(wait=False, cancel_futures=True)

    def _sleep(self) -> None:
        """Until mail comes, a slowed run is due again, or a measurement may be ready."""
        now = time.perf_counter()
        waits = [hosted.next_update - now for hosted in self._runs.values() if hosted.playing]
        waits += [REPORT_S for hosted in self._runs.values()
                  if hosted.paused or (hosted.diary is not None and hosted.diary.keeping)]
        for hosted in self._runs.values():
            if hosted.look is None or not hosted.look.measure:
                continue  # a measurement that nobody waits for is collected with the next look
            if hosted.measuring is not None:
                waits.append(0.02)
            elif hosted.trainer.game.steps != hosted.measured_steps:
                waits.append(hosted.measure_from - now)
        waits += [hosted.affordable[name] - now for hosted in self._runs.values() if hosted.look is not None
                  for name in hosted.missing]
        self._awake.wait(max(min(waits), 0.0) if waits else None)
        self._awake.clear()

    def _guarded(self, hosted: Hosted, action: Callable[[Hosted], None]) -> None:
        """Does something for a run; what it raises ends that run alone."""
        try:
            action(hosted)
        except Exception as fault:  # noqa: BLE001  # the one broad except: a variant may raise anything
            self._runs.pop(hosted.run, None)
            self._publish(_failure(hosted.run, fault))
            if hosted.diary is not None:  # a run that raised keeps its past
                hosted.diary.finish(look=False)
                self._ended.append(hosted.diary)

    # Commands ------------------------------------------------------------------------------------------------

    def _read_mail(self) -> None:
        while self._mail:
            command, arrived_at = self._mail.popleft()
            if isinstance(command, Hello):
                continue
            if isinstance(command, Examine):
                self._examiner.ask(command)
                continue
            if isinstance(command, Start):
                self._start_run(command)
                continue
            hosted = self._runs.get(command.run)
            if hosted is not None:  # what is said to a dead run is dropped
                self._guarded(hosted, partial(self._obey, command, arrived_at))

    def _start_run(self, command: Start) -> None:
        try:
            with listening(self._teller(command.run)):
                trainer, past, beyond, parent = self._built(command)
        except Cancelled:
            self._publish(Refused(run=command.run, reason="preparing was cancelled: the run before it goes on"))
            return
        except BadInput as fault:
            self._publish(Refused(run=command.run, reason=str(fault)))
            return
        except Exception as fault:  # noqa: BLE001  # building a run is part of the run
            self._publish(_failure(command.run, fault))
            return
        for replaced in command.replaces:
            if replaced in self._runs:
                self._let_go(self._runs.pop(replaced))
        playing = command.playing and trainer.divergence is None  # a moment after a divergence is shown, held
        hosted = self._runs[command.run] = Hosted(command.run, trainer, playing)
        hosted.until = command.until
        if command.record:
            hosted.diary = Diary(Path(command.record), trainer, past=past, parent=parent, file=command.file)
        self._publish(scene_of(trainer, run=command.run, playing=playing, record=command.record))
        self._report(hosted)
        if command.file:
            self._tell_past(hosted, past, beyond, Path(command.file))

    def _built(self, command: Start) -> tuple[Trainer, list[ScalarBatch], list[ScalarBatch], Parent | None]:
        """The run, and where it goes on from a file: what it went through before, and how that one went on."""
        if not command.file:
            return Trainer(command.spec, FOR_WINDOW), [], [], None
        path = Path(command.file)
        for hosted in self._runs.values():
            if hosted.diary is not None and hosted.diary.path == path:
                self._flush(hosted)
                hosted.diary.settle()
        found = shown_at(path, None if command.at < 0 else command.at)
        found.trainer.recall_terms(found.past)
        return found.trainer, found.past, found.beyond, Parent(file=path.name, position=found.trainer.position)

    def _let_go(self, hosted: Hosted) -> None:
        """Ends a run; what is left of its file is written beside the next one's training."""
        try:
            self._flush(hosted)
        finally:
            if hosted.diary is not None:
                hosted.diary.finish()
                self._ended = [diary for diary in self._ended if not diary.written]
                self._ended.append(hosted.diary)

    def _teller(self, run: int) -> Listener:
        """Tells the window now and then how far the building of a run is; no longer wanted once it is stopped."""
        told_at = 0.0

        def tell(what: str, done: int, total: int) -> bool:
            nonlocal told_at
            now = time.perf_counter()
            if now - told_at >= TELL_S:
                told_at = now
                self._publish(Preparing(run=run, what=what, done=done, total=total))
            return not self._ending and not any(isinstance(c, Stop) and c.run == run for c, _ in list(self._mail))

        return tell

    def _tell_past(
        self, hosted: Hosted, past: list[ScalarBatch], beyond: list[ScalarBatch], file: Path
    ) -> None:
        """What a stored run went through before: its curves, numbers and the hands laid on it."""
        run, trainer = hosted.run, hosted.trainer
        for batches, further in ((joined(past), False), (joined(beyond), True)):
            for batch in batches:
                self._publish(Scalars(run=run, batches=[batch], beyond=further))
        for entry in trainer.log:
            if isinstance(change := entry.command, Change):
                self._publish(Applied(run=run, id=0, name=change.name, value=change.value, position=entry.position))
        for measured in measured_in(file):
            if measured.steps <= trainer.game.steps:
                self._publish(msgspec.structs.replace(measured, run=run))
        if trainer.divergence is not None:
            self._publish(Diverged(run=run, what=trainer.divergence, good_settings=trainer.good_settings()))

    def _obey(self, command: Command, arrived_at: int, hosted: Hosted) -> None:
        match command:
            case Stop():
                self._let_go(hosted)
                del self._runs[hosted.run]
            case Play(on=on):
                if on and hosted.trainer.divergence is not None:
                    reason = "this run has diverged: go back to before that, or restart it"
                    self._publish(Refused(run=hosted.run, reason=reason))
                    return
                hosted.playing, hosted.paused = on, False
                hosted.next_update = time.perf_counter()
                hosted.rate_from = (hosted.next_update, hosted.trainer.game.steps)
                self._flush(hosted)
            case Step(player="cycle"):
                hosted.trainer.resume_turn()
                hosted.trainer.step()
                self._flush(hosted)
            case Step(player=player):
                hosted.trainer.resume_turn()
                hosted.trainer.apply(SingleStep(player=player))
                self._flush(hosted)
            case Grow():
                hosted.trainer.apply(spec.Grow())
                hosted.changes += 1
            case Pin(for_good=for_good):
                self._flush(hosted)
                try:
                    if hosted.diary is None:
                        raise BadInput("this moment cannot be pinned: the run is not recorded")
                    hosted.diary.pin(for_good=for_good)
                except BadInput as fault:
                    self._publish(Refused(run=hosted.run, reason=str(fault)))
            case SetControl(id=id_, name=name, value=value):
                self._set(hosted, id_, name, value, arrived_at)
            case SetSpeed(updates_per_second=speed):
                if not math.isfinite(speed) or speed < 0:
                    reason = f"speed = {speed} updates a second is out of range: allowed is 0 (unbounded) and more"
                    self._publish(Refused(run=hosted.run, reason=reason))
                    return
                hosted.updates_per_second = 0.0 if speed == 0 else max(speed, SLOWEST)
                hosted.next_update = time.perf_counter()
            case Fingerprint():
                digest = hosted.trainer.game.weights_hash()
                self._publish(Fingerprinted(run=hosted.run, position=hosted.trainer.position, hash=digest))
            case Look():
                hosted.look = command

    def _set(self, hosted: Hosted, id_: int, name: str, value: Value, arrived_at: int) -> None:
        try:
            entry = hosted.trainer.apply(Change(name=name, value=value))
        except BadInput as fault:
            self._publish(Refused(run=hosted.run, reason=str(fault), id=id_))
            return
        hosted.changes += 1
        applied = plain(getattr(hosted.trainer.game.controls, name))
        waited = hosted.trainer.game.updates - arrived_at
        self._publish(Applied(run=hosted.run, id=id_, name=name, value=applied, position=entry.position,
                              waited_updates=waited))

    # Turns ---------------------------------------------------------------------------------------------------

    def _turn(self, hosted: Hosted) -> None:
        """Updates until the turn is over, mail comes, or the speed's bound is reached."""
        trainer, mail = hosted.trainer, self._mail
        trainer.resume_turn()
        if hosted.updates_per_second:
            trainer.update()
            hosted.film()
            self._hold_if_done(hosted)
            hosted.next_update = max(hosted.next_update + 1 / hosted.updates_per_second, time.perf_counter() - 0.1)
            return
        end = time.perf_counter() + TURN_S
        while True:
            trainer.update()
            hosted.film()
            now = time.perf_counter()
            over = now >= end or trainer.waiting_scalars >= FLUSH_UPDATES * 8
            if self._hold_if_done(hosted) or mail:
                return
            # A picture of a whole step can be kept: it is worth a moment's patience, where a step is short.
            if over and (hosted.look is None or now >= end + TURN_S or trainer.position.place == 0):
                return

    def _hold_if_done(self, hosted: Hosted) -> bool:
        """Holds the run at the step it was to play to."""
        if not hosted.until or hosted.trainer.game.steps < hosted.until:
            return False
        hosted.playing, hosted.until = False, 0
        self._flush(hosted)
        return True

    def _serve(self, hosted: Hosted) -> None:
        """What a run owes its audience between two turns."""
        now = time.perf_counter()
        if hosted.paused and now - hosted.reported_at >= REPORT_S:
            self._flush(hosted)
        moving = hosted.trainer.waiting_scalars > 0
        if (moving and now - hosted.reported_at >= REPORT_S) or hosted.trainer.waiting_scalars >= FLUSH_UPDATES * 4:
            self._flush(hosted)
        if hosted.diary is not None and hosted.diary.keeping:
            for position in hosted.diary.arrived():
                self._publish(Kept(run=hosted.run, position=position, file=str(hosted.diary.path)))
        look = hosted.look
        if look is None:
            return
        self._measure(hosted, look, now)
        state = (hosted.trainer.position, hosted.changes, tuple(look.views), look.walk)
        if state != hosted.shown:
            hosted.look, hosted.shown = None, state
            self._show(hosted, look, look.views)
        elif owed := [name for name in look.views if name in hosted.missing and hosted.affords(name, now)]:
            hosted.look = None
            self._show(hosted, look, owed)

    def _show(self, hosted: Hosted, look: Look, names: Sequence[str]) -> None:
        snapshot = hosted.snapshot(look, names)
        self._publish(snapshot)
        if hosted.diary is not None:
            hosted.diary.seen(snapshot.position, snapshot.views)

    def _flush(self, hosted: Hosted) -> None:
        """Sends the terms, and holds the run where one of them is not finite."""
        healthy = hosted.trainer.divergence is None
        batches = hosted.trainer.flush()
        if batches:
            self._publish(Scalars(run=hosted.run, batches=batches))
        self._record(hosted, batches)
        divergence = hosted.trainer.divergence
        if healthy and divergence is not None:
            hosted.playing = False
            self._publish(Diverged(run=hosted.run, what=divergence, good_settings=hosted.trainer.good_settings()))
        self._report(hosted)

    def _record(self, hosted: Hosted, batches: list[ScalarBatch]) -> None:
        """Keeps what was done; a full disk holds the run until there is room."""
        diary = hosted.diary
        if diary is None:
            return
        healthy = not diary.fault
        diary.note(batches)
        if healthy and diary.fault:
            self._publish(Told(run=hosted.run, text=f"{diary.fault[:1].upper()}{diary.fault[1:]}."))
        if diary.trouble and hosted.playing:
            hosted.playing, hosted.paused = False, True
            self._publish(Told(run=hosted.run, text=f"The run is held: {diary.trouble}."))
        elif hosted.paused and not diary.trouble:
            hosted.playing, hosted.paused = True, False
            self._publish(Told(run=hosted.run, text="There is room again: the run goes on."))
            hosted.rate_from = (time.perf_counter(), hosted.trainer.game.steps)

    def _report(self, hosted: Hosted) -> None:
        now = time.perf_counter()
        hosted.reported_at = now
        began, steps = hosted.rate_from
        if now - began >= 0.5:
            hosted.rate = (hosted.trainer.game.steps - steps) / (now - began)
            hosted.rate_from = (now, hosted.trainer.game.steps)
        self._publish(Progress(
            run=hosted.run, position=hosted.trainer.position, seen=hosted.trainer.game.seen,
            steps_per_second=hosted.rate if hosted.playing else 0.0, playing=hosted.playing,
        ))

    # Measures ------------------------------------------------------------------------------------------------

    def _measure(self, hosted: Hosted, look: Look, now: float) -> None:
        """Copies samples here, computes elsewhere: one measurement under way, a tenth of a core on the whole."""
        if hosted.measuring is not None and hosted.measuring.done():
            measured, busy_s = hosted.measuring.result()
            hosted.measuring = None
            if hosted.floors is not None:  # the first one also paid for the dear floors
                hosted.measure_from = hosted.measure_began + max(MEASURE_EVERY_S, busy_s / MEASURE_SHARE)
            hosted.floors = measured.floors
            told = MeasuredNow(
                run=hosted.run, steps=hosted.measured_steps, samples=LIVE_SAMPLES, measures=measured.measures,
                floors=measured.floors, net=measured.net, blind=measured.blind,
            )
            self._publish(told)
            if hosted.diary is not None:
                hosted.diary.measured(told)
        steps = hosted.trainer.game.steps
        if look.measure and hosted.measuring is None and now >= hosted.measure_from and steps != hosted.measured_steps:
            hosted.draws += 1
            evidence = copied(hosted.trainer, LIVE_SAMPLES, hosted.draws, LIVE_SCORED)
            hosted.measured_steps, hosted.measure_began = steps, now
            hosted.measuring = self._measurer.submit(_timed, evidence, hosted.floors)


def _timed(evidence: Copied | CopiedImages, floors: dict[str, float | None] | None) -> tuple[Measured, float]:
    """The numbers, and how long they kept a core busy, in seconds."""
    began = time.thread_time()
    return computed(evidence, floors, blind=floors is not None), time.thread_time() - began


def _failure(run: int, fault: Exception) -> Failed:
    """What is said of a run that raised; called while the fault is being handled."""
    reason = explained(fault) or f"{type(fault).__name__}: {fault}"
    return Failed(run=run, reason=reason, traceback=traceback.format_exc())
