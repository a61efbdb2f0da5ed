"""Comparison: two to six runs in lockstep, each at a place of its own, driven by one set of commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import Refused, SetClock
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.state.comparison_member import Member
from ganstudio.ui.state.comparison_plan import labels, with_batch_of
from ganstudio.ui.state.control_sender import SEND_EVERY_MS
from ganstudio.ui.state.session import Session

NEWS_MS = 100  # between two reports of how far the runs are
Clock = Literal["step", "time"]


class Comparison(QObject):
    """The runs, in their order on screen."""

    began = Signal()  # every run has begun, or will not
    changed = Signal()  # what one of them is called, or how it is
    moved = Signal()  # how far they are
    control_applied = Signal(str)  # its name, in any of them
    refused = Signal(str)  # why a command was: a sentence
    closed = Signal()  # its runs have ended

    def __init__(self, session: Session, folder: Path | None, runs: int) -> None:
        """Makes the places of the runs.

        Args:
            session: Where their commands go.
            folder: Where each is recorded; None: nowhere.
            runs: How many.
        """
        super().__init__()
        self.session = session
        self.clock: Clock = "step"
        group = session.new_group()
        self.members = [Member(index, session, folder, group) for index in range(runs)]
        self._left: list[tuple[Spec, str]] = []  # to be asked for once the first run has begun
        self._awaited = False  # ``began`` is to come
        self._playing = True  # once all have begun
        self._alike = True  # all get the batch size of the first
        self._speed = 0.0  # steps a second; 0: full speed
        self._moves: dict[tuple[int, str], Value] = {}  # member and control: to be sent
        self._send = QTimer(self, singleShot=True, interval=SEND_EVERY_MS)
        self._send.timeout.connect(self._send_moves)
        self._news = QTimer(self, singleShot=True, interval=NEWS_MS)
        self._news.timeout.connect(self.moved)
        for member in self.members:
            member.changed.connect(self._member_changed)
            member.run.progressed.connect(self._progressed)
            member.run.control_applied.connect(self._applied)
            member.run.refused.connect(self._refused)
        session.engine_lost.connect(self._lose_engine)

    # Starting --------------------------------------------------------------------------------------------------

    def start(self, runs: Sequence[tuple[Spec, str]], *, playing: bool = True, alike: bool = True) -> None:
        """Asks for the runs; they go on together once each of them has begun.

        The first comes first: if they are to be alike, its batch size is that of all that are new, so that they get
        the same data and noise.

        Args:
            runs: A spec for each place, and the file that it goes on from, if any.
            playing: Whether they play at once.
            alike: Whether all have the batch size of the first; else each has its spec's.
        """
        self._playing, self._awaited, self._alike = playing, True, alike
        (spec, file), *self._left = runs
        self.members[0].start(spec, playing=False, file=file)

    def restart(self, seed: int | None = None) -> None:
        """Starts all runs again from step 0, with the settings as they are, and perhaps with another seed."""
        if not self.session.is_open:
            self.session.open()
        self._playing = self._awaited = True
        with self.session.together():
            for member in self.members:
                member.restart(seed)

    def _ask_for_rest(self) -> None:
        left, self._left = self._left, []
        first = self.members[0].run
        batch = first.settings if self._alike and first.started else {}
        with self.session.together():
            for member, (spec, file) in zip(self.members[1:], left, strict=True):
                member.start(spec if file else with_batch_of(spec, batch), playing=False, file=file)

    def _member_changed(self) -> None:
        if self._left and not self.members[0].waiting:  # the first has begun, or will not
            self._ask_for_rest()
        self.name_runs()
        self.changed.emit()
        if self._awaited and not self._left and not any(member.waiting for member in self.members):
            self._awaited = False
            self._settle()

    def _settle(self) -> None:
        """All have begun: they get what holds for all, and go on at the same moment."""
        with self.session.together():
            for member in self.members:
                if member.run.started is None:
                    continue
                if self._speed:
                    member.commands.set_speed(self._speed)
                self.session.send(SetClock(run=member.run.number, clock=self.clock))
                if self._playing and not self.why_held:
                    member.commands.play(True)
        self.began.emit()

    def name_runs(self) -> None:
        """Says of each run what it is called beside the others, by its controls as they are now."""
        there = [member for member in self.members if member.run.started is not None]
        for member, label in zip(there, labels([member.run for member in there]), strict=True):
            member.label = label

    def close(self) -> None:
        """Ends all runs; their files are completed."""
        self._send.stop()
        self._news.stop()
        self._left, self._awaited = [], False
        self.session.engine_lost.disconnect(self._lose_engine)
        with self.session.together():
            for member in self.members:
                member.history.close()
                member.commands.next_run.end()
        self.closed.emit()

    # What is known ---------------------------------------------------------------------------------------------

    @property
    def files(self) -> set[Path]:
        """The files of all runs: those that they are read from, and those that they are recorded into."""
        return {Path(file) for member in self.members for file in member.files}

    @property
    def first(self) -> Member | None:
        """The first run that there is."""
        return next((member for member in self.members if member.run.started is not None), None)

    @property
    def kind(self) -> str:
        """The kind of the runs' data."""
        return self.first.run.kind if self.first is not None else "plane"

    @property
    def playing(self) -> bool:
        """Whether any run goes on."""
        return any(member.playing for member in self.members)

    @property
    def why_held(self) -> str:
        """Why the runs cannot go on together, as a sentence; empty if they can."""
        there = [member.run for member in self.members if member.run.started is not None]
        data = {(run.spec.data, msgspec.json.encode(run.spec.data_controls, order="sorted")): run for run in there}
        if len(data) > 1:
            names = " and ".join(dict.fromkeys(run.data_name for run in data.values()))
            return f"These runs are on different data ({names}): they can be looked at, but not go on together."
        return "" if any(member.alive for member in self.members) or not there else "All runs have ended."

    @property
    def batch_size(self) -> int | None:
        """Of all runs; None if they differ."""
        sizes = {member.run.settings.get("batch_size") for member in self.members if member.run.started is not None}
        size = sizes.pop() if len(sizes) == 1 else None
        return size if isinstance(size, int) else None

    # Commands --------------------------------------------------------------------------------------------------

    def play(self, on: bool, until: int = 0) -> None:
        """Lets all runs go on that can, or holds them; ``until``: the step at which each is held, 0: as before."""
        if on and self.why_held:
            self.refused.emit(self.why_held)
            return
        with self.session.together():
            for member in self.members:
                if member.run.started is not None and (member.alive or not on):
                    member.commands.play(on, until)

    def step(self) -> None:
        """Holds the runs and has each do one step; by the clock of steps, those that are behind first."""
        alive = [member for member in self.members if member.alive]
        fewest = min((member.steps for member in alive), default=0)
        if self.why_held:
            self.refused.emit(self.why_held)
            return
        with self.session.together():
            for member in alive:
                if self.clock == "time" or member.steps == fewest or self.playing:
                    member.commands.step("cycle")

    def set_speed(self, steps_per_second: float) -> None:
        """Bounds how fast they play; 0 is full speed."""
        self._speed = steps_per_second
        with self.session.together():
            for member in self.members:
                if member.run.started is not None:
                    member.commands.set_speed(steps_per_second)

    def set_clock(self, clock: Clock) -> None:
        """Says whether all get the same number of steps, or the same time."""
        self.clock = clock
        with self.session.together():
            for member in self.members:
                if member.run.started is not None:
                    self.session.send(SetClock(run=member.run.number, clock=clock))

    def having(self, name: str) -> list[Member]:
        """The runs that have a live control of that name."""
        return [member for member in self.members if member.run.started is not None and name in member.run.settings]

    def set_control(self, name: str, value: Value, index: int | None = None) -> None:
        """Moves a live control in all runs that have it, at the same step, or in one of them.

        Args:
            name: The control.
            value: Its new value. If it moves many times in a short time, the last one is sent.
            index: The run; None: all.
        """
        for member in self.having(name):
            if index in (None, member.index):
                self._moves[member.index, name] = value
        if not self._send.isActive():
            self._send_moves()

    def _send_moves(self) -> None:
        moves, self._moves = self._moves, {}
        with self.session.together():
            for (index, name), value in moves.items():
                sender = self.members[index].commands.sender
                sender.set_control(name, value)
                sender.send_waiting()
        if moves:
            self._send.start()

    def is_moving(self, name: str) -> bool:
        """Whether the user has moved a control further than the engine knows."""
        return any(moved == name for _, moved in self._moves) or any(
            member.commands.sender.is_moving(name) for member in self.members)

    # What happens ----------------------------------------------------------------------------------------------

    def _progressed(self, _: object) -> None:
        if not self._news.isActive():
            self._news.start()

    def _applied(self, applied: object) -> None:
        self.name_runs()
        self.control_applied.emit(getattr(applied, "name", ""))
        self.changed.emit()

    def _refused(self, refused: Refused) -> None:
        if refused.id >= 0:
            self.refused.emit(f"Not done: {refused.reason}. Nothing was changed.")

    def _lose_engine(self, _: str) -> None:
        self._left, self._awaited = [], False
        for member in self.members:
            member.waiting = False
        self.changed.emit()
        self.moved.emit()
