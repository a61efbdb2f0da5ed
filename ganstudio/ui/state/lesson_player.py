"""LessonPlayer: brings the runs of a lesson to where a step needs them, and measures the step's claims."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from ganstudio.core.control import Value
from ganstudio.core.lessons.lesson import Lesson, RunAsked, Step
from ganstudio.core.lessons.played import ClaimPlayed
from ganstudio.core.protocol.messages import AskedNumber, CheckpointSaved
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.state.compared_runs import ComparedRuns
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.lesson_notes import LessonNotes, Moment
from ganstudio.ui.state.lesson_run import LessonRun
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.state.run_commands import RunCommands

Task = Callable[[], bool]
"""Does one thing to the run; returns whether it is done already. If not, an event goes on with the next one."""


class LessonPlayer(QObject):
    """One lesson at a time. Page 0 is its introduction, page n its n-th step.

    A step is played by tasks, one after the other: begin a run, change a control, play to a step, measure. What the
    user changed between two steps is taken back before the next one, from the recorded end of the step before: so a
    lesson shows the same numbers however much was tried in between. Runs that are compared are shown beside the run on
    screen, which stays as it is; they end with the last step that compares them.
    """

    changed = Signal()  # the page, a claim, or what the run does
    entered = Signal()  # another page is shown: panels are to be arranged
    left = Signal()  # there is no lesson any more

    def __init__(self, commands: RunCommands, preferences: Preferences) -> None:
        super().__init__()
        self._commands, self._preferences = commands, preferences
        self.notes: LessonNotes | None = None
        self.remark = ""  # what is not as the lesson says
        self._tasks: deque[Task] = deque()
        self.playing_page = 0  # the page whose tasks are under way; 0: none
        self.until = 0  # the step of the run that it plays to
        self._taken: list[tuple[int, int, int]] = []  # page, claim and part of each number that was asked for
        self._screen = LessonRun(commands)
        self._listen(self._screen)
        self.compared: ComparedRuns | None = None  # the runs that are compared, while they are shown
        self.open_comparison: Callable[[Step], Comparison] | None = None  # shows the runs of a step, held
        self.close_comparison: Callable[[], None] = lambda: None
        commands.run.checkpoint_saved.connect(self._saved)
        commands.session.engine_lost.connect(lambda _: self._stop("") if self.waits else None)

    def _listen(self, runs: LessonRun | ComparedRuns) -> None:
        runs.went_on.connect(self._next)
        runs.moved.connect(lambda: self.changed.emit() if self.notes is not None else None)
        runs.measured.connect(self._take)
        runs.stopped.connect(self._stop)
        runs.replaced.connect(lambda: self._stop("") if self.notes is not None and runs is self._runs else None)

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
        """Whether the runs on screen are not the lesson's, though this page needs some."""
        step = self.step
        return step is not None and step.has_run and not self.playing_page and not (
            self.compared is not None if step.compared else self._screen.is_shown)

    @property
    def waits(self) -> str:
        """For which kind of event: start, change NAME, play, measure; empty: for none."""
        return self._runs.awaits

    @property
    def playing(self) -> bool | None:
        """Whether the run of this page plays, or any of those that are compared; None: it has said nothing yet."""
        return self._runs.playing

    @property
    def done(self) -> int:
        """How many steps the run of this page has done; of those that are compared, the one that is furthest."""
        return self._runs.done

    @property
    def _runs(self) -> LessonRun | ComparedRuns:
        return self._screen if self.compared is None else self.compared

    def claims(self) -> list[ClaimPlayed]:
        """The claims of this page, with the numbers that were measured here."""
        return self.notes.claims(self.page) if self.notes is not None else []

    # What the user does --------------------------------------------------------------------------------------

    def open(self, lesson: Lesson, *, afresh: bool = False) -> None:
        """Opens a lesson on the page that was shown last, or on its introduction."""
        self._drop()
        self.notes = LessonNotes(lesson, self._preferences, afresh=afresh)
        self._screen.forget()
        self._commands.play(False)
        self.go(self.notes.page)

    def leave(self) -> None:
        """Closes the lesson, if one is open; the page is remembered. The run stays as it is."""
        if self.notes is None:
            return
        self._drop()
        self._end_comparison()
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
        if self.step is None or not self.step.compared:
            self._end_comparison()
        self.entered.emit()
        self._bring()
        self.changed.emit()

    def again(self) -> None:
        """Plays the step on this page once more, from its beginning."""
        if self.notes is None or self.step is None:
            return
        self._drop()
        self._runs.page = 0
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
        at = self._runs.page
        if at < first or at > page or not self._runs.untouched(lesson.steps[at - 1].end):
            at = 0  # the run on screen is of no use here
        if bool(step.compared) != (self.compared is not None):
            at = 0
        if not step.has_run or at == page - 1 >= first:
            self._plan(page)
        elif at != page:
            back = 0 if step.compared else next(
                (one for one in range(page, first - 1, -1) if notes.moment(one) is not None), 0)
            moment = notes.moment(back)
            if moment is not None:
                self._add(lambda: self._screen.start(self._spec_of(first), file=moment.file, at=moment.steps), back)
                self._add(lambda: self._arrive(back), back)
            for one in range(back + 1 if back else first, page + 1):
                self._plan(one)
        self._next()

    def _spec_of(self, page: int) -> Spec:
        """The run that begins on a page, as the lesson asks for it."""
        assert self.lesson is not None
        step = self.lesson.steps[page - 1]
        if step.state:
            return self.lesson.state(step.state).run.spec()
        return (step.run or RunAsked(variant="", data="")).spec()

    def _plan(self, page: int) -> None:
        """All that a page does: its run, its changes, its play with what is measured on the way."""
        assert self.lesson is not None
        lesson, step = self.lesson, self.lesson.steps[page - 1]
        if step.compare:
            self._add(lambda: self._compare(step), page)
        elif step.begins_run:
            file = str(lesson.folder / lesson.state(step.state).file) if step.state else ""
            self._add(lambda: self._screen.start(self._spec_of(page), file=file, at=step.start if file else -1), page)
        for change in step.changes:
            self._add(partial(self._change, change.name, change.value), page)
        for moment in step.moments:
            if step.has_run:
                self._add(partial(self._play_to, moment), page)
            self._add(partial(self._measure, page, moment), page)
        if step.has_run:
            self._add(partial(self._play_to, step.end), page)
            self._add(lambda: self._arrive(page), page)

    def _add(self, task: Task, page: int) -> None:
        def begin() -> bool:
            self.playing_page = page
            return task()

        self._tasks.append(begin)

    def _next(self) -> None:
        """Goes on with the tasks until one has to wait."""
        while self._tasks:
            if not self._tasks.popleft()():
                self.changed.emit()
                return
        self.playing_page = 0
        self.changed.emit()

    def _drop(self) -> None:
        """Forgets what was planned; a run that plays to a step is paused, so that it does not run on."""
        self._tasks.clear()
        self._runs.give_up()
        self.playing_page = 0

    # Tasks ---------------------------------------------------------------------------------------------------

    def _compare(self, step: Step) -> bool:
        """Begins runs side by side."""
        self._end_comparison()
        assert self.open_comparison is not None, "a window that shows lessons shows comparisons"
        runs = self.compared = ComparedRuns(self.open_comparison(step))
        self._listen(runs)
        runs.closed.connect(lambda: self._lose_comparison(runs))
        return False

    def _end_comparison(self) -> None:
        """Closes the comparison, if one is shown: the run on screen is seen again."""
        runs, self.compared = self.compared, None
        if runs is not None:
            self.close_comparison()

    def _change(self, name: str, value: Value) -> bool:
        return self._runs.change(name, value)

    def _play_to(self, until: int) -> bool:
        self.until = until
        return self._runs.play_to(until)

    def _measure(self, page: int, moment: int) -> bool:
        """Asks for all that the claims of a page need at a step of the run."""
        assert self.lesson is not None
        step = self.lesson.steps[page - 1]
        wanted = step.measured_at(moment)
        self._taken = [(page, index, part) for index, part, _ in wanted]
        return not wanted or self._runs.measure([
            (step.entry_of(asked), AskedNumber(quantity=asked.quantity, params=asked.params))
            for _, _, asked in wanted])

    def _arrive(self, page: int) -> bool:
        """The run is at the end of a page: the moment is kept, so that the way back is short."""
        if self.compared is None and self._screen.is_recorded and self.notes is not None and (
                self.notes.moment(page) is None):
            self._commands.pin(for_good=False)
        return self._runs.arrive(page)

    # What happens --------------------------------------------------------------------------------------------

    def _lose_comparison(self, runs: ComparedRuns) -> None:
        """The comparison was closed."""
        if runs is self.compared:
            self._tasks.clear()
            self.compared, self.playing_page = None, 0
            self.changed.emit()

    def _stop(self, remark: str) -> None:
        """Gives the rest of the step up; ``remark`` says why, if that is not to be seen."""
        self._tasks.clear()
        self._runs.awaits, self._runs.page, self.playing_page = "", 0, 0
        self.remark = remark or self.remark
        self.changed.emit()

    def _take(self, values: list[float | None], faults: list[str]) -> None:
        """Notes the numbers that were asked for."""
        for (page, index, part), value in zip(self._taken, values, strict=False):
            if self.notes is not None:
                self.notes.note(page, index, part, value)
        if faults:
            self.remark = f"Not measured: {'; '.join(faults)}."

    def _saved(self, saved: CheckpointSaved) -> None:
        page = self._screen.page
        if self.notes is None or not page or not self._screen.is_shown:
            return
        step = self.notes.lesson.steps[page - 1]
        if saved.position.steps == step.end and saved.position.place == 0:
            self.notes.keep_moment(page, Moment(saved.file, saved.position.steps))
