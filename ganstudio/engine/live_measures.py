"""Measures a run while the user watches it: samples are copied between two updates, another thread computes."""

from __future__ import annotations

import time
from concurrent.futures import Executor, Future

from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.training.game_view import SHOWN
from ganstudio.training.measuring import Copied, CopiedImages, Measured, compute_measures, copy_for_measuring, quick
from ganstudio.training.trainer import Trainer

MEASURE_EVERY_S = 0.7
MEASURE_SHARE = 0.1  # of one core
LIVE_SAMPLES = {"line": 1000, "plane": SHOWN["plane"], "image": 500}  # on the plane, the points in the picture
LIVE_MATCHED = 500  # exact transport of 500 points takes some 50 ms
LIVE_SCORED = 1500  # forward and back through D takes some 5 ms
POLL_S = 0.02  # between two checks whether a measurement is done


class LiveMeasures:
    """One measurement at a time, and no step is measured twice."""

    def __init__(self, trainer: Trainer, executor: Executor) -> None:
        self._trainer = trainer
        self._executor = executor
        self.among = 1  # runs that share the time for measuring
        self._under_way: Future[tuple[Measured, float]] | None = None
        self._steps = -1  # of the last measurement
        self._again = False  # whether that step is measured once more, for its data has moved since
        self._began = 0.0
        self._next_from = 0.0  # when the next measurement may begin
        self._floors: dict[str, float | None] | None = None

    def begin(self, now: float, *, playing: bool = True) -> None:
        """Starts a measurement if none is under way, the run has moved since and, while it plays, the budget allows it.

        The samples depend on the step alone, those of the floors on nothing: how often the run was measured before
        changes no number.
        """
        steps = self._trainer.game.steps
        if self._under_way is not None or (playing and now < self._next_from) or not self._moved:
            return
        of_floors = self._copied(0) if self._floors is None else None
        evidence = self._copied(1 + steps)
        self._steps, self._began, self._again = steps, now, False
        self._under_way = self._executor.submit(_timed, evidence, self._floors, of_floors)

    def follow_data(self) -> None:
        """A control of the data was moved: this step is measured once more, and the floors are of other data now."""
        self._again, self._floors = True, None

    @property
    def _moved(self) -> bool:
        """Whether the run is not as it was when it was measured last."""
        return self._again or self._trainer.game.steps != self._steps

    def _copied(self, draw: int) -> Copied | CopiedImages:
        return copy_for_measuring(
            self._trainer, LIVE_SAMPLES[self._trainer.game.data.kind], draw, LIVE_SCORED, shown=True,
            matched=LIVE_MATCHED)

    def collect(self, run: int) -> MeasuredNow | None:
        """Returns the numbers of a measurement that is done, once, as a message about ``run``."""
        if self._under_way is None or not self._under_way.done():
            return None
        measured, busy_s = self._under_way.result()
        self._under_way = None
        if self._floors is not None:  # the first measurement does not count: it also computes the expensive floors
            self._next_from = self._began + max(MEASURE_EVERY_S, self.among * busy_s / MEASURE_SHARE)
        self._floors = None if self._again else measured.floors
        return MeasuredNow(
            run=run, steps=self._steps, samples=measured.samples, matched=LIVE_MATCHED, measures=measured.measures,
            floors=measured.floors, net=measured.net, blind=measured.blind, in_user_units=True,
        )

    def wait_s(self, now: float, *, playing: bool = True) -> float:
        """Seconds until there may be something to collect or to begin; infinite while the measured run is paused."""
        if self._under_way is not None:
            return POLL_S
        if not self._moved:
            return float("inf")
        return self._next_from - now if playing else 0.0


def _timed(
    evidence: Copied | CopiedImages, floors: dict[str, float | None] | None, of_floors: Copied | CopiedImages | None,
) -> tuple[Measured, float]:
    """Computes the numbers, and the floors from ``of_floors`` if it is the first time.

    Returns:
        The numbers, and how many seconds of a core that took.
    """
    began = time.thread_time()
    if of_floors is not None:
        floors = compute_measures(of_floors, None, blind=False, which=quick).floors
    measured = compute_measures(evidence, floors, blind=of_floors is None, which=quick)
    return measured, time.thread_time() - began
