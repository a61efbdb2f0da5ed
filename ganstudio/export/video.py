"""A film of a run: its panels at every moment, from what was recorded or done again by replay."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.messages import Started
from ganstudio.core.runs.history import Past, steps_in
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.shutdown_signals import defer_signals
from ganstudio.core.system.wording import counted
from ganstudio.export.film import Film
from ganstudio.export.run_story import Moment, Story
from ganstudio.ui.docks.layouts import FRAMES

SPARSE = 3  # film frames for each recorded moment: with more the film jerks
FEW = 10  # moments: with fewer every gap is seen

Report = Callable[[int, int], None]  # frames done, and of how many
Shown = TypeVar("Shown", contravariant=True)  # a moment of a run, or one of each of several


class Sheet(Protocol[Shown]):
    """What is filmed."""

    def show(self, moment: Shown, times: int = 1, /) -> NDArray[np.uint8]:
        """The picture of a moment that is shown for so many frames, ``(height, width, 4)`` BGRX."""


def story_of(path: Path, catalog: Catalog) -> Story:
    """What a film needs of a run beside its pictures.

    Raises:
        BadInput: The file is no run, or is damaged.
    """
    reader = RunReader(path)
    try:
        scene, log, scalars, measured, moments, frames = (
            reader.scene(), reader.log(), reader.scalars(), reader.measured(), reader.moments(), reader.frames())
        reader.spec()  # a file without one is no run
    finally:
        reader.close()
    if scene is not None and not _stands(scene):
        raise BadInput(f"run file {path} has a damaged scene: the kind of its data is unknown, or their range is empty")
    if scene is None:  # a file of before there were films
        from ganstudio.training.checkpoint import new_trainer
        from ganstudio.training.run_description import describe_run

        reader = RunReader(path)
        try:
            scene = describe_run(new_trainer(reader, elsewhere=True))
        finally:
            reader.close()
    end = max([steps_in(scalars), *(position.steps for _, position in moments), *(steps for _, _, steps in frames)])
    return Story(catalog=catalog, scene=scene, log=log, scalars=scalars, measured=measured, end=end)


def _stands(scene: Started) -> bool:
    """Whether there can be such data."""
    return scene.kind in FRAMES and math.isfinite(scene.high - scene.low) and scene.low < scene.high


def paced(first: int, last: int, frames: int, *, log: bool = False) -> list[int]:
    """The step that each frame of a film shows: evenly from the first to the last, or evenly in their logarithm."""
    if log:
        low = max(first, 1)
        return [round(step) for step in np.geomspace(low, max(last, low), frames)]
    return [round(step) for step in np.linspace(first, last, frames)]


def sparse(targets: Sequence[int], moments: Sequence[int]) -> str:
    """What a film of these steps lacks that is made of these recorded moments; empty if it lacks little."""
    first, last = targets[0], targets[-1]
    there = [steps for steps in moments if first <= steps <= last]
    wanted = set(targets) - {0}  # nothing is to be seen before the first step
    if len(wanted) <= SPARSE * len(there) and (len(there) >= FEW or wanted <= set(there)):
        return ""
    span = f"from step {first:,} to {last:,}" if first < last else f"of step {last:,}"
    if not there:
        return f"no moment {span} was recorded: the film shows the one before"
    had = f"{counted(len(there), 'moment')} {span} {'was' if len(there) == 1 else 'were'} recorded"
    how = "does not move" if len(there) == 1 else "jumps from one to the next"
    return f"{had}, for {counted(len(targets), 'frame')}: the film {how}"


def seen_at(past: Past, targets: Sequence[int]) -> NDArray[np.int64]:
    """The step of the recorded moment at or before each of the steps, else of the first one, ``(n,)``.

    Raises:
        BadInput: Nothing was recorded.
    """
    known = np.array(past.moments, dtype=np.int64)
    if not len(known):
        raise BadInput(f"{past.path} holds no pictures: --smooth makes them by repeating the run")
    found: NDArray[np.int64] = known[np.maximum(np.searchsorted(known, targets, side="right") - 1, 0)]
    return found


def recorded(past: Past, targets: Sequence[int]) -> Iterator[tuple[Moment, int]]:
    """The recorded moment at or before each of the steps, and how many of them it is shown for.

    Raises:
        BadInput: Nothing was recorded there.
    """
    moments, times = np.unique(seen_at(past, targets), return_counts=True)
    with past.kept_open():
        for steps, count in zip(moments.tolist(), times.tolist(), strict=True):
            position, views = past.views(steps)
            yield Moment(position, views, past.numbers(steps)), count


def replayed(path: Path, targets: Sequence[int], names: set[str], past: Past) -> Iterator[tuple[Moment, int]]:
    """The run repeated, with a picture at each of the steps; ``names`` are the views that are wanted.

    Raises:
        BadInput: It was not recorded so far.
    """
    from ganstudio.training.checkpoint import Replay, rebuild
    from ganstudio.training.view_recording import CELLS, probes_of

    run = rebuild(path, targets[0])
    run.need_data()
    trainer = run.trainer
    replay = Replay(trainer, run.ahead)
    probes = {name: probe for name, probe in probes_of(trainer).items() if name in names}
    steps, times = np.unique(targets, return_counts=True)
    for target, count in zip(steps.tolist(), times.tolist(), strict=True):
        while trainer.game.steps < target:
            replay.update()
            if trainer.waiting_scalars >= 64:
                trainer.flush()
        views = {name: probe.look(trainer.view, CELLS) for name, probe in probes.items()}
        yield Moment(trainer.position, views, past.numbers(target)), count


def side_by_side(runs: Sequence[Iterator[tuple[Moment, int]]]) -> Iterator[tuple[list[tuple[Moment, int]], int]]:
    """The moments of several runs, each with its frames that are to come, and for how many they are shown together.

    Args:
        runs: The moments of each run, and for how many frames each is shown; all of the same number of frames.
    """
    now = [next(moments) for moments in runs]
    while True:
        times = min(left for _, left in now)
        yield list(now), times
        for at, (moment, left) in enumerate(now):
            fresh = (moment, left - times) if left > times else next(runs[at], None)
            if fresh is None:  # all end together
                return
            now[at] = fresh


def shoot(
    film: Film, screen: Sheet[Shown], moments: Iterator[tuple[Shown, int]], frames: int, report: Report
) -> None:
    """Films the moments; what ``report`` raises cancels the film, as does any fault."""
    done = 0
    with film:
        for moment, times in moments:
            with defer_signals():
                picture = screen.show(moment, times)
            film.add(picture, times)
            done += times
            report(done, frames)
        film.finish(lambda written, _: report(written, frames))
