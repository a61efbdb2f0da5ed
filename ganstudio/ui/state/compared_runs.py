"""ComparedRuns: the runs that a lesson compares, brought together to where a step needs them, and measured there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import Applied, AskedNumber, QuantitiesMeasured
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.comparison_member import Member


class ComparedRuns(QObject):
    """First the runs begin. Then one task at a time: each returns whether it is done; if not, ``went_on`` follows."""

    went_on = Signal()  # the task that was under way is done
    moved = Signal()  # how far the runs are
    stopped = Signal(str)  # the task cannot be done: a sentence
    replaced = Signal()  # the user has started them again
    closed = Signal()  # the runs have ended
    measured = Signal(list, list)  # the values in the order of what was asked for, and what could not be measured

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison
        self.page = 0  # the page of the lesson whose end the runs have reached; 0: none
        self._changes = 0  # of controls, that had been made then
        self.awaits = "start"  # start, change NAME, play or measure; empty: nothing
        self._until = 0
        self._left: set[int] = set()  # the places of the runs whose answer is to come
        self._asked: list[tuple[int, AskedNumber]] = []
        self._answers: dict[int, list[float | None]] = {}  # by place
        self._faults: list[str] = []
        self._id = 0  # of the last question
        comparison.began.connect(self._begin)
        comparison.moved.connect(self.moved)
        comparison.refused.connect(self._stop)
        comparison.closed.connect(self.closed)
        for member in comparison.members:
            member.run.progressed.connect(self._progressed)
            member.run.diverged.connect(self._progressed)
            member.run.control_applied.connect(partial(self._applied, member))
            member.run.quantities_measured.connect(partial(self._measured, member))
            member.changed.connect(partial(self._member_changed, member))

    @property
    def playing(self) -> bool | None:
        """Whether any of the runs plays."""
        return self.comparison.playing

    @property
    def done(self) -> int:
        """How many steps the run that is furthest has done."""
        return max((member.steps for member in self.comparison.members), default=0)

    def untouched(self, end: int) -> bool:
        """Whether the runs are as they were when their last page ended, at this step."""
        return self.page > 0 and self._count_changes() == self._changes and all(
            member.steps == end for member in self.comparison.members if member.alive)

    def arrive(self, page: int) -> bool:
        """The runs are at the end of a page."""
        self.page, self._changes = page, self._count_changes()
        return True

    def give_up(self) -> None:
        """Forgets the task that is under way, and holds the runs if they play for it."""
        if self.awaits == "play":
            self.comparison.play(False)
        if self.awaits:
            self.page = 0
        self.awaits = ""

    # Tasks ---------------------------------------------------------------------------------------------------

    def change(self, name: str, value: Value) -> bool:
        """Changes a control in every run that has it."""
        self._left = {member.index for member in self.comparison.having(name)
                      if member.run.settings.get(name) != value}
        if not self._left:
            return True
        self.awaits = f"change {name}"
        self.comparison.set_control(name, value)
        return False

    def play_to(self, until: int) -> bool:
        """Lets the runs play to a step."""
        self._until = until
        if self._there():
            return True
        self.awaits = "play"
        self.comparison.play(True, until)
        return False

    def measure(self, asked: Sequence[tuple[int, AskedNumber]]) -> bool:
        """Measures the runs as they are now; ``measured`` has the values before ``went_on``.

        Args:
            asked: The place of a run, from 0, and what is asked of it.
        """
        self._asked, self._answers, self._faults = list(asked), {}, []
        self._left = {at for at, _ in asked if self.comparison.members[at].run.started is not None}
        if not self._left:
            return True
        self.awaits = "measure"
        self._id += 1
        with self.comparison.session.together():
            for at in sorted(self._left):
                self.comparison.members[at].commands.measure_quantities(
                    self._id, [wanted for place, wanted in asked if place == at])
        return False

    # What happens --------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Every run has begun, or will not."""
        faults = [member.fault for member in self.comparison.members if member.run.started is None]
        if faults:
            self._stop(faults[0])
        elif self.awaits == "start":
            self._go_on()
        else:
            self.awaits, self.page = "", 0
            self.replaced.emit()

    def _progressed(self, _: object) -> None:
        if self.awaits == "play" and self._there():
            self._go_on()

    def _applied(self, member: Member, applied: Applied) -> None:
        if self.awaits == f"change {applied.name}" and not member.commands.sender.is_moving(applied.name):
            self._answer(member)

    def _measured(self, member: Member, measured: QuantitiesMeasured) -> None:
        if self.awaits != "measure" or measured.id != self._id:
            return
        self._answers[member.index] = list(measured.values)
        self._faults += measured.faults
        self._answer(member)

    def _answer(self, member: Member) -> None:
        self._left.discard(member.index)
        if self._left:
            return
        if self.awaits == "measure":
            found = {at: iter(values) for at, values in self._answers.items()}
            self.measured.emit([next(found[at], None) if at in found else None for at, _ in self._asked], self._faults)
        self._go_on()

    def _member_changed(self, member: Member) -> None:
        if self.awaits not in ("", "start") and member.fault:
            self._stop(member.fault)

    def _go_on(self) -> None:
        self.awaits = ""
        self.went_on.emit()

    def _stop(self, why: str) -> None:
        if self.awaits:
            self.awaits, self.page = "", 0
            self.stopped.emit(f"The step cannot be played. {why}")

    def _there(self) -> bool:
        """Whether every run that can go on is held at the step where it is wanted."""
        return all(member.steps >= self._until and not member.playing
                   for member in self.comparison.members if member.alive)

    def _count_changes(self) -> int:
        return sum(len(member.run.changes) for member in self.comparison.members)
