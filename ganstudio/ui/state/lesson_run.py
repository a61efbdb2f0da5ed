"""LessonRun: the run on screen, brought to where a step of a lesson needs it, and measured there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import (
    Applied,
    AskedNumber,
    Failed,
    Progress,
    QuantitiesMeasured,
    Refused,
    Started,
)
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.state.run_commands import RunCommands


class LessonRun(QObject):
    """One task at a time: each method returns whether it is done already; if not, ``went_on`` says when it is."""

    went_on = Signal()  # the task that was under way is done
    moved = Signal()  # how far the run is
    stopped = Signal(str)  # the task cannot be done: a sentence
    replaced = Signal()  # another run is on screen
    measured = Signal(list, list)  # the values in the order of what was asked for, and what could not be measured

    def __init__(self, commands: RunCommands) -> None:
        super().__init__()
        self._commands = commands
        run = self._run = commands.run
        self.page = 0  # the page of the lesson whose end the run has reached; 0: none
        self._changes = 0  # of controls, that had been made then
        self.awaits = ""  # start, change NAME, play or measure; empty: nothing
        self._number = 0  # the run that the lesson began, or has asked for
        self._until = 0
        self._id = 0  # of the last question
        run.began.connect(self._begin)
        run.progressed.connect(self._progressed)
        run.diverged.connect(lambda _: self._go_on() if self.awaits == "play" else None)  # it goes no further
        run.control_applied.connect(self._applied)
        run.quantities_measured.connect(self._measured)
        run.refused.connect(self._refused)
        run.failed.connect(self._refused)

    @property
    def is_shown(self) -> bool:
        """Whether the run on screen is the one that the lesson began."""
        return self._number > 0 and self._run.number == self._number and self._run.started is not None

    @property
    def done(self) -> int:
        """How many steps the run on screen has done."""
        run = self._run
        if run.progress is not None:
            return run.progress.position.steps
        return run.started.position.steps if run.started is not None else 0

    @property
    def playing(self) -> bool | None:
        """Whether the run on screen plays; None: it has said nothing yet."""
        return None if self._run.progress is None else self._run.progress.playing

    @property
    def is_recorded(self) -> bool:
        """Whether the moment of the run can be kept in its file, and is not its first one."""
        started = self._run.started
        return self.is_shown and started is not None and bool(started.record) and self.done > started.position.steps

    def untouched(self, end: int) -> bool:
        """Whether the run is as it was when its last page ended, at this step."""
        return self.is_shown and self.page > 0 and self.done == end and len(self._run.changes) == self._changes

    def arrive(self, page: int) -> bool:
        """The run is at the end of a page."""
        self.page, self._changes = page, len(self._run.changes)
        return True

    def give_up(self) -> None:
        """Forgets the task that is under way, and holds the run if it plays for it."""
        if self.awaits == "play" and self.is_shown:
            self._commands.play(False)
        if self.awaits:
            self.page = 0
        self.awaits = ""

    def forget(self) -> None:
        """The lesson has no run on screen yet."""
        self.page, self._number = 0, 0

    # Tasks ---------------------------------------------------------------------------------------------------

    def start(self, spec: Spec, *, file: str = "", at: int = -1) -> bool:
        """Begins a run; with ``file``, at one of its recorded steps."""
        self.awaits = "start"
        self._commands.next_run.start(spec, playing=False, file=file, at=at)
        self._number = self._commands.session.last_number
        return False

    def change(self, name: str, value: Value) -> bool:
        """Changes a control."""
        if self._run.settings.get(name) == value:
            return True
        self.awaits = f"change {name}"
        self._commands.sender.set_control(name, value)
        return False

    def play_to(self, until: int) -> bool:
        """Lets the run play to a step."""
        if self._run.last_diverged is not None or self.done >= until:
            return True
        self.awaits, self._until = "play", until
        self._commands.play(True, until=until)
        return False

    def measure(self, asked: Sequence[tuple[int, AskedNumber]]) -> bool:
        """Measures the run as it is now; ``measured`` has the values before ``went_on``.

        Args:
            asked: What is asked; each is preceded by 0, the place of the only run.
        """
        if self._run.number == 0:
            return True
        self.awaits = "measure"
        self._id += 1
        self._commands.measure_quantities(self._id, [number for _, number in asked])
        return False

    # What happens --------------------------------------------------------------------------------------------

    def _begin(self, started: Started) -> None:
        if started.run != self._number:
            self.awaits, self.page = "", 0
            self.replaced.emit()
        elif self.awaits == "start":
            self._go_on()

    def _progressed(self, progress: Progress) -> None:
        if self.awaits == "play" and not progress.playing and progress.position.steps >= self._until:
            self._go_on()
        else:
            self.moved.emit()

    def _applied(self, applied: Applied) -> None:
        if self.awaits == f"change {applied.name}" and not self._commands.sender.is_moving(applied.name):
            self._go_on()

    def _measured(self, measured: QuantitiesMeasured) -> None:
        if self.awaits == "measure" and measured.id == self._id:
            self.measured.emit(list(measured.values), list(measured.faults))
            self._go_on()

    def _refused(self, event: Refused | Failed) -> None:
        """Says so, unless it is a slider of the user's that was refused."""
        if self.awaits and (getattr(event, "id", -1) < 0 or self.awaits.startswith("change")):
            self.awaits, self.page = "", 0
            self.stopped.emit(f"The step cannot be played: {event.reason}.")

    def _go_on(self) -> None:
        self.awaits = ""
        self.went_on.emit()
