"""The runs of a lesson as it is played: begun, changed, trained to a step and measured, on one thread."""

from __future__ import annotations

from collections.abc import Sequence

from ganstudio.core.control import declared
from ganstudio.core.lessons.lesson import Asked, Lesson, RunAsked, Step
from ganstudio.core.protocol.spec import Change
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.paths import why_absent
from ganstudio.core.system.progress import report
from ganstudio.lessons.moment import value_of
from ganstudio.lessons.recent_terms import RecentTerms
from ganstudio.training.branching import branch_run
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer


class Run:
    """A run, with the terms of its last updates."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.terms = RecentTerms()

    def flush(self) -> None:
        """Reads the terms so far: a run that has diverged is seen to have."""
        self.terms.add(self.trainer.flush())

    def step(self, until: int) -> bool:
        """Makes one step, unless it is there or has diverged; returns whether it did."""
        trainer = self.trainer
        if trainer.game.steps >= until or trainer.divergence is not None:
            return False
        trainer.step()
        if trainer.waiting_scalars >= FLUSH_UPDATES:
            self.flush()
        return True


def step_together(runs: Sequence[Run], until: int) -> None:
    """Trains runs side by side up to a step: each makes a step, then each the next one."""
    start = runs[0].trainer.game.steps if runs else 0
    moved = bool(runs)
    while moved:
        moved = sum(run.step(until) for run in runs) > 0
        report("training", runs[0].trainer.game.steps - start, until - start)
    for run in runs:
        run.flush()


def begin(asked: RunAsked) -> Run:
    """A new run, before its first step; BadInput if there is no such variant, data set or value."""
    return Run(Trainer(asked.spec()))


def prepared(lesson: Lesson, name: str, at: int) -> Run:
    """A prepared state at one of its steps; BadInput if it was not made yet, or cannot be read."""
    state = lesson.state(name)
    path = lesson.folder / state.file
    if why_absent(path):
        raise BadInput(f"the prepared state {state.file} of lesson {lesson.name} is not there: `ganstudio lesson "
                       f"{lesson.name} --prepare` makes it")
    branch = branch_run(path, at)
    run = Run(branch.trainer)
    run.trainer.activate()
    run.trainer.restore_terms(branch.past)
    run.terms.add(branch.past)
    return run


class Stage:
    """The runs on stage: one, or several that are compared."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.runs: list[Run] = []

    def enter(self, step: Step) -> None:
        """Begins the runs of a step, or goes on with those that are there, and makes its changes."""
        if step.run is not None:
            self.runs = [begin(step.run)]
        elif step.compare:
            self.runs = [begin(asked) for asked in step.compare]
        elif step.state:
            self.runs = [prepared(self.lesson, step.state, step.start)]
        for change in step.changes:
            self._change(change)

    def _change(self, change: Change) -> None:
        """Changes a control in every run that has it."""
        takers = [run for run in self.runs if change.name in declared(type(run.trainer.game.controls))]
        for run in takers or self.runs[:1]:  # the first one says which controls there are
            run.trainer.apply(change)

    def play(self, step: Step) -> list[float | None]:
        """Trains to the end of a step and measures its claims on the way; the values, a claim each."""
        found: dict[int, float | None] = {}
        for moment in step.moments:
            self.play_to(moment)
            for claim in step.claims:
                for part in claim.parts:
                    if step.moment_of(part) == moment:
                        found[id(part)] = self.measure(step, part)
        self.play_to(step.end)
        return [claim.combine([found[id(part)] for part in claim.parts]) for claim in step.claims]

    def play_to(self, until: int) -> None:
        """Trains to a step of the run."""
        for run in self.runs:
            run.trainer.activate()
        step_together(self.runs, until)

    def measure(self, step: Step, asked: Asked) -> float | None:
        """A quantity of one of the runs, as it is now."""
        if not self.runs:
            return value_of(asked, None, RecentTerms())
        run = self.runs[step.entry_of(asked)]
        return value_of(asked, run.trainer, run.terms)
