"""LessonPlayer: brings the run on screen to where the step of a lesson needs it, and measures the step's claims."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from ganstudio.core.control import Value
from ganstudio.core.lessons.lesson import Lesson, RunAsked, Step
from ganstudio.core.lessons.played import ClaimPlayed
from ganstudio.core.protocol.messages import (
    Applied,
    AskedNumber,
    CheckpointSaved,
    Progress,
    QuantitiesMeasured,
    Started,
)
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.state.lesson_notes import LessonNotes, Moment
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.state.run_commands import RunCommands

ONE_RUN = ("This step compares runs. Here the first of them plays; Side by side shows all of them, and `ganstudio "
           "lesson {name} --check` measures all of them.")

Task = Callable[[], bool]
"""Does one thing to the run; returns whether it is done already. If not, an event goes on with the next one."""


class LessonPlayer(QObject):
    """One lesson at a time. Page 0 is its introduction, page n its n-th step.

    A step is played by tasks, one after the other: begin a run, change a control, play to a step, measure. What the
    user changed between two steps is taken back before the next one, from the recorded end of the step before: so a
    lesson shows the same numbers however much was tried in between.
    """

    changed = Signal()  # the page, a claim, or what the run does
    entered = Signal()  # another page is shown: panels are to be arranged
    left = Signal()  # there is no lesson any more

    def __init__(self, commands: RunCommands, preferences: Preferences) -> None:
        super().__init__()
        self._commands, self._preferences = commands, preferences
        run = self._run = commands.run
        self.notes: LessonNotes | None = None
        self.remark = ""  # what is not as the lesson says
        self._tasks: deque[Task] = deque()
        self.waits = ""  # for which kind of event: start, change NAME, play, measure; empty: for none
        self._number = 0  # the run that the lesson began, or has asked for
        self._at = 0  # the page whose end the run on screen has reached; 0: none
        self._changes = 0  # of controls, that had been made then
        self.playing_page = 0  # the page whose tasks are under way; 0: none
        self.until = 0
        self._asked = 0  # the number of the last question
        self._taken: list[tuple[int, int, int]] = []  # page, claim and part of each number that was asked for
        run.began.connect(self._begin)
        run.progressed.connect(self._progressed)
        run.control_applied.connect(self._applied)
        run.quantities_measured.connect(self._measured)
        run.checkpoint_saved.connect(self._saved)
        for fault in (run.refused, run.failed):
            fault.connect(lambda event: self._stop(
                f"The step cannot be played: {event.reason}.", expected=bool(self.waits) and (
                    getattr(event, "id", -1) < 0 or self.waits.startswith("change"))))  # else a slider of the user's
        run.diverged.connect(lambda _: self._next() if self.waits == "play" else None)  # it goes no further
        commands.session.engine_lost.connect(lambda _: self._stop("", expected=bool(self.waits)))

    # What is shown -------------------------------------------------------------------------------------------

    @property
    def lesson(self) -> Lesson | None:
        """The lesson that is open; None if none is."""
        return self.notes.lesson if self.notes is not None else None

    @property
    def page(self) -> int:
        """The page that is shown."""
        return self.notes.page if self.notes is not None else 0

    @property
    def step(self) -> Step | None:
        """The step on this page; None on the introduction."""
        return self.lesson.steps[self.page - 1] if self.lesson is not None and self.page > 0 else None

    @property
    def pages(self) -> int:
        """How many steps the lesson has."""
        return len(self.lesson.steps) if self.lesson is not None else 0

    @property
    def away(self) -> bool:
        """Whether the run on screen is not the lesson's, though this page needs one."""
        step = self.step
        return step is not None and step.has_run and not self.playing_page and not self._ours

    @property
    def done(self) -> int:
        """How many steps the run on screen has done."""
        run = self._run
        if run.progress is not None:
            return run.progress.position.steps
        return run.started.position.steps if run.started is not None else 0

    def claims(self) -> list[ClaimPlayed]:
        """The claims of this page, with the numbers that were measured here."""
        return self.notes.claims(self.page) if self.notes is not None else []

    # What the user does --------------------------------------------------------------------------------------

    def open(self, lesson: Lesson, *, afresh: bool = False) -> None:
        """Opens a lesson on the page that was shown last, or on its introduction."""
        self._drop()
        self.notes = LessonNotes(lesson, self._preferences, afresh=afresh)
        self._at, self._number = 0, 0
        self._commands.play(False)
        self.go(self.notes.page)

    def leave(self) -> None:
        """Closes the lesson, if one is open; the page is remembered. The run stays as it is."""
        if self.notes is None:
            return
        self._drop()
        self.notes = None
        self.left.emit()

    def go_by(self, pages: int) -> None:
        """To the next page, 1, or to the one before, -1."""
        if self.notes is not None and 0 <= self.page + pages <= self.pages:
            self.go(self.page + pages)

    def go(self, page: int) -> None:
        """Shows a page and brings the run to where it needs it."""
        assert self.notes is not None
        self._drop()
        self.notes.go(max(0, min(page, self.pages)))
        self.remark = ""
        self.entered.emit()
        self._bring()
        self.changed.emit()

    def again(self) -> None:
        """Plays the step on this page once more, from its beginning."""
        if self.notes is None or self.step is None:
            return
        self._drop()
        self._at = 0
        self.notes.forget(self.page)
        self.go(self.page)

    def open_answer(self, shown: bool) -> None:
        """Shows the answer of this page, or folds it."""
        if self.notes is not None:
            self.notes.open_answer(self.page, shown)
            self.changed.emit()

    # How a page gets its run ---------------------------------------------------------------------------------

    def _bring(self) -> None:
        """Plans the tasks after which the run is at the end of this page."""
        lesson, step, notes, page = self.lesson, self.step, self.notes, self.page
        if lesson is None or step is None or notes is None:
            return
        first = lesson.beginning_of(page - 1) + 1  # the page where the run of this one begins
        if not step.has_run or (first <= self._at == page - 1 and self._untouched):
            self._plan(page)
        elif self._at != page or not self._untouched:
            back = next((one for one in range(page, first - 1, -1) if notes.moment(one) is not None), 0)
            moment = notes.moment(back)
            if moment is not None:
                self._add(lambda: self._start(self._spec_of(first), file=moment.file, at=moment.steps), back)
                self._add(lambda: self._arrive(back), back)
            for one in range(back + 1 if back else first, page + 1):
                self._plan(one)
        self._next()

    @property
    def _ours(self) -> bool:
        """Whether the run on screen is the one that the lesson began."""
        return self._number > 0 and self._run.number == self._number and self._run.started is not None

    @property
    def _untouched(self) -> bool:
        """Whether the run is as it was when its last page ended."""
        assert self.lesson is not None
        return self._ours and self._at > 0 and self.done == self.lesson.steps[self._at - 1].end and (
            len(self._run.changes) == self._changes)

    def _spec_of(self, page: int) -> Spec:
        """The run that begins on a page, as the lesson asks for it."""
        assert self.lesson is not None
        step = self.lesson.steps[page - 1]
        if step.state:
            return self.lesson.state(step.state).run.spec()
        return (step.compare[0] if step.compare else step.run or RunAsked(variant="", data="")).spec()

    def _plan(self, page: int) -> None:
        """All that a page does: its run, its changes, its play with what is measured on the way."""
        assert self.lesson is not None
        lesson, step = self.lesson, self.lesson.steps[page - 1]
        if step.compare:
            self._add(lambda: self._compare(step), page)
        elif step.begins_run:
            file = str(lesson.folder / lesson.state(step.state).file) if step.state else ""
            self._add(lambda: self._start(self._spec_of(page), file=file, at=step.start if file else -1), page)
        for change in step.changes:
            self._add(self._changing(change.name, change.value), page)
        for moment in step.moments:
            if step.has_run:
                self._add(self._playing_to(moment), page)
            self._add(self._measuring(page, moment), page)
        if step.has_run:
            self._add(self._playing_to(step.end), page)
            self._add(lambda: self._arrive(page), page)

    def _add(self, task: Task, page: int) -> None:
        def begin() -> bool:
            self.playing_page = page
            return task()

        self._tasks.append(begin)

    def _next(self) -> None:
        """Goes on with the tasks until one has to wait."""
        self.waits = ""
        while self._tasks:
            if not self._tasks.popleft()():
                self.changed.emit()
                return
        self.playing_page = 0
        self.changed.emit()

    def _drop(self) -> None:
        """Forgets what was planned; a run that plays to a step is paused, so that it does not run on."""
        self._tasks.clear()
        if self.waits == "play" and self._ours:
            self._commands.play(False)
        if self.waits:
            self._at = 0
        self.waits, self.playing_page = "", 0

    # Tasks ---------------------------------------------------------------------------------------------------

    def _compare(self, step: Step) -> bool:
        """Begins runs side by side. This is the one place where the window does it: for now the first of them plays."""
        assert self.lesson is not None
        self.remark = ONE_RUN.format(name=self.lesson.name)
        return self._start(step.compare[0].spec())

    def _start(self, spec: Spec, *, file: str = "", at: int = -1) -> bool:
        self.waits = "start"
        self._commands.next_run.start(spec, playing=False, file=file, at=at)
        self._number = self._commands.session.last_number
        return False

    def _changing(self, name: str, value: Value) -> Task:
        def change() -> bool:
            if self._run.settings.get(name) == value:
                return True
            self.waits = f"change {name}"
            self._commands.sender.set_control(name, value)
            return False

        return change

    def _playing_to(self, until: int) -> Task:
        def play() -> bool:
            if self._run.last_diverged is not None or self.done >= until:
                return True
            self.waits, self.until = "play", until
            self._commands.play(True, until=until)
            return False

        return play

    def _measuring(self, page: int, moment: int) -> Task:
        """Asks for all that the claims of a page need at a step of the run."""
        def measure() -> bool:
            assert self.lesson is not None
            step = self.lesson.steps[page - 1]
            asked: list[AskedNumber] = []
            self._taken = []
            for index, claim in enumerate(step.claims):
                for part, wanted in enumerate(claim.parts):
                    if step.moment_of(wanted) == moment and step.entry_of(wanted) == 0:
                        self._taken.append((page, index, part))
                        asked.append(AskedNumber(quantity=wanted.quantity, params=wanted.params))
            if not asked or self._run.number == 0:
                return True
            self.waits = "measure"
            self._asked += 1
            self._commands.measure_quantities(self._asked, asked)
            return False

        return measure

    def _arrive(self, page: int) -> bool:
        """The run is at the end of a page: the moment is kept, so that the way back is short."""
        self._at, self._changes = page, len(self._run.changes)
        started = self._run.started
        recorded = started is not None and bool(started.record) and self.done > started.position.steps
        if self._ours and recorded and self.notes is not None and self.notes.moment(page) is None:
            self._commands.pin(for_good=False)
        return True

    # What happens --------------------------------------------------------------------------------------------

    def _begin(self, started: Started) -> None:
        if self.waits == "start" and started.run == self._number:
            self._next()
        elif started.run != self._number:
            self._stop("", expected=self.notes is not None)

    def _progressed(self, progress: Progress) -> None:
        if self.waits == "play" and not progress.playing and progress.position.steps >= self.until:
            self._next()
        elif self.notes is not None:
            self.changed.emit()

    def _applied(self, applied: Applied) -> None:
        if self.waits == f"change {applied.name}" and not self._commands.sender.is_moving(applied.name):
            self._next()

    def _stop(self, remark: str, *, expected: bool) -> None:
        """Gives the rest of the step up, if it was ``expected`` to go on."""
        if not expected:
            return
        self._tasks.clear()
        self.waits, self.playing_page, self._at = "", 0, 0
        self.remark = remark or self.remark
        self.changed.emit()

    def _measured(self, measured: QuantitiesMeasured) -> None:
        if self.waits != "measure" or measured.id != self._asked or self.notes is None:
            return
        for (page, index, part), value in zip(self._taken, measured.values, strict=False):
            self.notes.note(page, index, part, value)
        if measured.faults:
            self.remark = f"Not measured: {'; '.join(measured.faults)}."
        self._next()

    def _saved(self, saved: CheckpointSaved) -> None:
        if self.notes is None or not self._at or not self._ours:
            return
        step = self.notes.lesson.steps[self._at - 1]
        if saved.position.steps == step.end and saved.position.place == 0:
            self.notes.keep_moment(self._at, Moment(saved.file, saved.position.steps))
