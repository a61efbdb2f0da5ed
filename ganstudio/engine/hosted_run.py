"""A run inside the engine: it is trained in turns, shown, measured and recorded, and obeys the user's commands."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Literal

from ganstudio.core.lessons.lesson import Asked
from ganstudio.core.protocol import spec
from ganstudio.core.protocol.asks import Ask
from ganstudio.core.protocol.messages import (
    Applied,
    CheckpointSaved,
    Command,
    Diverged,
    Event,
    Grow,
    LastUpdate,
    MeasureQuantities,
    Notice,
    Pin,
    Play,
    Progress,
    QuantitiesMeasured,
    Refused,
    Scalars,
    SetClock,
    SetControl,
    SetSpeed,
    SnapshotRequest,
    Step,
    WeightsHash,
    WeightsHashRequest,
)
from ganstudio.core.protocol.spec import OF_DATA, Change, Position, SingleStep
from ganstudio.core.protocol.views import Picture, ScalarBatch, Sketch, Walk
from ganstudio.core.system.errors import BadInput
from ganstudio.engine.auto_recorder import AutoRecorder
from ganstudio.engine.live_measures import LiveMeasures
from ganstudio.engine.live_views import LiveViews
from ganstudio.engine.pace import Pace
from ganstudio.lessons.recent_terms import RecentTerms
from ganstudio.training.run_description import describe_run
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer
from ganstudio.training.update_watch import UpdateWatch

TURN_S = 0.005  # how long a run is stepped before the next one has its turn
DRAWING_S = 0.3  # after a sketch's answer: another stroke is likely to come
REPORT_S = 0.04  # scalars and progress go out in batches of this length
LONGEST_REPORT_S = 0.16  # if many runs share a group, each has longer ones
FIRST_LOOK_S = 3.0  # that a new run of images waits for the window's first look: its first update can take seconds


class HostedRun:
    """One run of the training thread. Only that thread calls it; other threads may read ``updates``."""

    def __init__(
        self, number: int, trainer: Trainer, publish: Callable[[Event], None], measurer: Executor, *,
        playing: bool, until: int = 0, recorder: AutoRecorder | None = None, group: int = 0,
    ) -> None:
        """Hosts a run.

        Args:
            number: The number that the window gave it.
            trainer: The run itself.
            publish: Sends an event to the window.
            measurer: The executor that computes measures.
            playing: Whether it plays from the start.
            until: It is paused when this many steps are done; 0: never.
            recorder: Writes its file; None: the run is not recorded.
            group: Runs of one group go in lockstep; 0: this run goes alone.
        """
        self.number = number
        self.group = group
        self.trainer = trainer
        self._publish = publish
        self._recorder = recorder
        self._playing = playing
        self.clock: Literal["step", "time"] = "step"  # of its group
        self.trained_s = 0.0  # in the turns of its group
        self._among = 1
        self._out_of_room = False  # paused because nothing can be written
        self._until = until
        self._pace = Pace(trainer.game.steps)
        self._look: SnapshotRequest | None = None  # not answered yet
        self._shown: tuple[Position, int, tuple[str, ...], int] | None = None  # the last answer's state
        self._asked: tuple[Walk | None, Sketch | None, Picture | None, list[Ask]] = (None, None, None, [])  # of it
        self._drawn_at = -math.inf  # when the last sketch was answered
        self._changes = 0
        self._views = LiveViews(trainer)
        self._measures = LiveMeasures(trainer, measurer)
        self.terms = RecentTerms()
        self._reported_at = 0.0
        waits = playing and trainer.game.data.kind == "image"
        self._plays_from = time.perf_counter() + FIRST_LOOK_S if waits else 0.0  # at the latest

    @property
    def updates(self) -> int:
        """How many updates all players have made."""
        return self.trainer.game.updates

    @property
    def steps(self) -> int:
        """How many steps are done."""
        return self.trainer.game.steps

    @property
    def playing(self) -> bool:
        """Whether it plays, be it its turn or not."""
        return self._playing

    @property
    def bounded(self) -> bool:
        """Whether the user slowed it down."""
        return self._pace.bounded

    @property
    def among(self) -> int:
        """How many runs share what looking and measuring may cost."""
        return self._among

    @among.setter
    def among(self, runs: int) -> None:
        self._among = self._views.among = self._measures.among = runs

    # Commands ------------------------------------------------------------------------------------------------

    def obey(self, command: Command, arrived_at: int) -> None:
        """Applies a command of the user.

        Args:
            command: A command to this run; the thread itself applies ``Start`` and ``Stop``.
            arrived_at: How many updates were done when it arrived.
        """
        match command:
            case Play(on=on, until=until):
                self._play(on)
                self._until = until or self._until
            case Step(player=player):
                self._single_step(player)
            case Grow():
                self.trainer.apply(spec.Grow())
                self._changes += 1
            case Pin(for_good=for_good):
                self._pin(for_good)
            case SetControl():
                self._set_control(command, arrived_at)
            case SetSpeed(updates_per_second=bound):
                self._set_speed(bound)
            case SetClock(clock=clock):
                self.clock = clock
            case WeightsHashRequest():
                digest = self.trainer.game.weights_hash()
                self._publish(WeightsHash(run=self.number, position=self.trainer.position, hash=digest))
            case MeasureQuantities():
                self._measure_quantities(command)
            case SnapshotRequest():
                self._look = command

    def _play(self, on: bool) -> None:
        if on and self.trainer.divergence is not None:
            self._refuse("this run has diverged: go back to a step before that, or restart it")
            return
        self._playing, self._out_of_room = on, False
        self._pace.restart(self.trainer.game.steps)
        self.flush()

    def _single_step(self, player: str) -> None:
        """Updates the named player, the one whose turn it is, or all that the step still waits for."""
        trainer, first = self.trainer, True
        trainer.activate()
        target = trainer.game.steps + 1
        while first or (player == "cycle" and trainer.game.steps < target):
            if player in ("cycle", "next"):
                self._watched(trainer.update, first=first)
            else:
                self._watched(lambda: trainer.apply(SingleStep(player=player)), first=first)
            first = False
        self.flush()

    def _watched(self, update: Callable[[], object], *, first: bool = True) -> None:
        """Makes one update and sends its numbers."""
        game = self.trainer.game
        game.watch = watch = UpdateWatch()
        try:
            update()
        finally:
            game.watch = None
        if (numbers := watch.numbers) is not None:
            self._publish(LastUpdate(run=self.number, position=self.trainer.position, first=first,
                                     next=game.next_player(), **numbers._asdict()))

    def _pin(self, for_good: bool) -> None:
        self.flush()
        try:
            if self._recorder is None:
                raise BadInput("this moment cannot be pinned: the run is not recorded")
            self._recorder.pin(for_good=for_good)
        except BadInput as fault:
            self._refuse(str(fault))

    def _set_control(self, command: SetControl, arrived_at: int) -> None:
        try:
            entry = self.trainer.apply(Change(name=command.name, value=command.value))
        except BadInput as fault:
            self._refuse(str(fault), command.id)
            return
        self._changes += 1
        if command.name.startswith(OF_DATA):
            self._measures.follow_data()
        assert isinstance(entry.command, Change)
        self._publish(Applied(run=self.number, id=command.id, name=command.name, value=entry.command.value,
                              position=entry.position, waited_updates=self.updates - arrived_at))

    def _set_speed(self, updates_per_second: float) -> None:
        try:
            self._pace.set_bound(updates_per_second)
        except BadInput as fault:
            self._refuse(str(fault))

    def _measure_quantities(self, command: MeasureQuantities) -> None:
        """Measures what the claims of a lesson ask for. One that cannot be measured does not cost the others."""
        from ganstudio.lessons.moment import value_of  # here: a window without a lesson does not need it

        self.trainer.activate()
        self.flush()
        values: list[float | None] = []
        faults: list[str] = []
        for asked in command.asked:
            try:
                values.append(value_of(Asked(quantity=asked.quantity, params=asked.params), self.trainer, self.terms))
            except BadInput as fault:
                values.append(None)
                faults.append(str(fault))
        self._publish(QuantitiesMeasured(
            run=self.number, id=command.id, position=self.trainer.position, values=values, faults=faults))

    def _refuse(self, reason: str, command: int = -1) -> None:
        self._publish(Refused(run=self.number, reason=reason, id=command))

    # Turns ---------------------------------------------------------------------------------------------------

    def due(self, now: float) -> bool:
        """Whether the run moves now."""
        return self._playing and self._pace.due(now) and not self._waits_for_look(now) and not self._drawn_on(now)

    def _waits_for_look(self, now: float) -> bool:
        """Whether the first picture is still to be asked for."""
        return self._shown is None and now < self._plays_from

    def _drawn_on(self, now: float) -> bool:
        """Whether the user draws: an update is not begun, for each stroke would wait until it is done."""
        return now < self._drawn_at + DRAWING_S or self._is_new(self._look)

    def _is_new(self, look: SnapshotRequest | None) -> bool:
        """Whether a look has a sketch that was not answered yet."""
        return look is not None and look.sketch is not None and look.sketch != self._asked[1]

    def wait_s(self, now: float) -> float:
        """Seconds until the run has something to do, if no command comes; infinite if it has nothing to do."""
        return min(self.turn_wait_s(now) if self._playing else math.inf, self.serve_wait_s(now))

    def turn_wait_s(self, now: float) -> float:
        """Seconds until the run, which plays, may go on."""
        start = self._plays_from if self._waits_for_look(now) else self._pace.next_update
        return max(start, self._drawn_at + DRAWING_S) - now

    def serve_wait_s(self, now: float) -> float:
        """Seconds until something may be to send, if no command comes; infinite if there is nothing."""
        waits = [math.inf]
        if self._out_of_room or (self._recorder is not None and self._recorder.has_pending_pins):
            waits.append(REPORT_S)
        if self._look is not None:
            rest = self._drawn_at + DRAWING_S - now
            waits.append(rest if rest > 0 else self._views.wait_s(now))
            if self._look.measure:  # else a measurement is collected with the next look that asks for measures
                waits.append(self._measures.wait_s(now, playing=self._playing))
        return min(waits)

    def take_turn(self, has_mail: Callable[[], bool]) -> None:
        """Updates until the turn is over, mail comes, or the speed's bound is reached."""
        trainer = self.trainer
        trainer.activate()
        if self._pace.bounded:
            if self._pace.slow_motion:
                self._watched(self._update)
            else:
                self._update()
            self._pause_if_done()
            self._pace.advance()
            return
        end = time.perf_counter() + TURN_S
        while True:
            self._update()
            now = time.perf_counter()
            over = now >= end or trainer.waiting_scalars >= FLUSH_UPDATES * 8
            if self._pause_if_done() or has_mail():
                return
            # Only views of whole steps are recorded: if the window waits for a look, the turn had better end with one.
            if over and (self._look is None or now >= end + TURN_S or trainer.position.place == 0):
                return

    def make_step(self) -> None:
        """Makes updates until one more step is done, or the run is paused: the share of a group's round."""
        began = time.perf_counter()
        self.trainer.activate()
        target = self.steps + 1
        while self._playing and self.steps < target:
            self._update()
            if self.trainer.waiting_scalars >= FLUSH_UPDATES:
                self.flush()  # it pauses the run if a term is not finite
        self.trained_s += time.perf_counter() - began
        self._pause_if_done()
        if self._pace.bounded:
            self._pace.advance()

    def _update(self) -> None:
        self.trainer.update()
        if self._recorder is not None:
            self._recorder.record_due_views()

    def _pause_if_done(self) -> bool:
        """Pauses the run if it has reached the step that it was to play to; returns whether it has."""
        if not self._until or self.trainer.game.steps < self._until:
            return False
        self._playing, self._until = False, 0
        self.flush()
        return True

    # What the window sees ------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Sends what is due between two turns: terms, pinned moments, measures, and the answer to a look."""
        now = time.perf_counter()
        due = now - self._reported_at >= min(REPORT_S * self._among, LONGEST_REPORT_S)
        waiting = self.trainer.waiting_scalars
        if (due and (waiting or self._out_of_room)) or waiting >= FLUSH_UPDATES * 4:
            self.flush()
        if self._recorder is not None and self._recorder.has_pending_pins:
            for position in self._recorder.take_saved():
                self._publish(CheckpointSaved(run=self.number, position=position, file=str(self._recorder.path)))
        if (look := self._look) is None:
            return
        self._measure(look, now)
        state = (self.trainer.position, self._changes, tuple(look.views), look.label)
        asked, drawn = (look.walk, look.sketch, look.picture, look.asks), self._is_new(look)
        if drawn or (state == self._shown and asked != self._asked):  # no other view follows what the user moves
            stale = state != self._shown
            self._shown, self._asked = state, asked
            self._show(look, self._views.on_request(look.views), stale=stale)
            if drawn:
                self._drawn_at = time.perf_counter()
        elif self._drawn_on(now):
            return
        elif state != self._shown:
            self._shown, self._asked = state, asked
            self._show(look, look.views)
        elif overdue := self._views.overdue(look, now, playing=self._playing):
            self._show(look, overdue)

    def _show(self, look: SnapshotRequest, names: Sequence[str], *, stale: bool = False) -> None:
        """Answers a look with some of its views; ``stale``: the others have changed since they were sent."""
        self._look = None
        snapshot = self._views.snapshot(self.number, look, names, playing=self._playing, stale=stale)
        self._publish(snapshot)
        if self._recorder is not None:
            self._recorder.record_views(snapshot.position, snapshot.views)

    def _measure(self, look: SnapshotRequest, now: float) -> None:
        if (measured := self._measures.collect(self.number)) is not None:
            self._publish(measured)
            if self._recorder is not None:
                self._recorder.record_measures(measured)
        if look.measure:
            self._measures.begin(now, playing=self._playing)

    def announce(self, record: str) -> None:
        """Sends a description of the run and how far it is; ``record`` is the file that it is recorded in."""
        self._publish(describe_run(self.trainer, run=self.number, playing=self._playing, record=record))
        self._report()

    def _report(self) -> None:
        now = time.perf_counter()
        self._reported_at = now
        rate = self._pace.steps_per_second(now, self.trainer.game.steps)
        self._publish(Progress(
            run=self.number, position=self.trainer.position, seen=self.trainer.game.images_seen,
            steps_per_second=rate if self._playing else 0.0, playing=self._playing,
            next=self.trainer.game.next_player(),
            trained_s=self.trained_s,
        ))

    # The record ----------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Sends and records the terms since the last flush, and holds the run if one of them is not finite."""
        healthy = self.trainer.divergence is None
        batches = self.trainer.flush()
        if batches:
            self._publish(Scalars(run=self.number, batches=batches))
            self.terms.add(batches)
        self._record(batches)
        divergence = self.trainer.divergence
        if healthy and divergence is not None:
            self._playing = False
            good = self.trainer.safe_settings()
            self._publish(Diverged(run=self.number, what=divergence, good_settings=good))
        self._report()

    def _record(self, batches: list[ScalarBatch]) -> None:
        """Records terms and log entries; if the disk is full, pauses the run until there is room."""
        recorder = self._recorder
        if recorder is None:
            return
        healthy = not recorder.fault
        recorder.note(batches)
        if healthy and recorder.fault:
            self._tell(f"{recorder.fault[:1].upper()}{recorder.fault[1:]}.")
        if recorder.trouble and self._playing:
            self._playing, self._out_of_room = False, True
            self._tell(f"The run is paused: {recorder.trouble}.")
        elif self._out_of_room and not recorder.trouble:
            self._playing, self._out_of_room = True, False
            if not recorder.fault:  # else it goes on without being recorded
                self._tell("There is room again: the run goes on.")
            self._pace.start_counting(self.trainer.game.steps)

    def _tell(self, text: str) -> None:
        self._publish(Notice(run=self.number, text=text))

    def settle(self, path: Path) -> None:
        """If the run is recorded in that file, waits until the file holds everything up to now."""
        if self._recorder is not None and self._recorder.path == path:
            self.flush()
            self._recorder.settle()

    def finish(self, *, look: bool = True) -> AutoRecorder | None:
        """Ends the file and does not wait until it is written; with ``look``, records every view of the end first.

        Returns:
            The recorder, which may still be writing; None if the run is not recorded.
        """
        if self._recorder is not None:
            self._recorder.finish(look=look)
        return self._recorder
