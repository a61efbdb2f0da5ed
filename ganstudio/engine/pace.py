"""The speed of a run: the bound that the user sets, and the steps per second that result."""

from __future__ import annotations

import math
import time

from ganstudio.core.system.errors import BadInput

SLOWEST = 0.01  # updates a second: one in 100 s is slow enough for any lesson
SLOW_MOTION = 12.0  # updates a second up to which one can follow single updates: their numbers are worked out
BEHIND_S = 0.1  # how much of a delay a run with a bound catches up at most
RATE_S = 0.5  # over which steps are counted, at least


class Pace:
    """When the next update of a run with a bound is due, and how fast the run was lately."""

    def __init__(self, steps: int) -> None:
        """``steps`` is how many the run has done."""
        self.next_update = 0.0  # on the clock of time.perf_counter
        self._updates_per_second = 0.0  # 0: as fast as it goes
        self._rate = 0.0
        self._rate_from = (time.perf_counter(), steps)

    @property
    def bounded(self) -> bool:
        """Whether the user slowed the run down."""
        return self._updates_per_second > 0

    @property
    def slow_motion(self) -> bool:
        """Whether the run is so slow that single updates can be followed."""
        return 0 < self._updates_per_second <= SLOW_MOTION

    def set_bound(self, updates_per_second: float) -> None:
        """Bounds the speed; 0 means no bound. BadInput if the number is not a speed."""
        if not math.isfinite(updates_per_second) or updates_per_second < 0:
            raise BadInput(f"speed = {updates_per_second} updates a second is out of range: allowed is 0 (full speed) "
                           "and more")
        self._updates_per_second = 0.0 if updates_per_second == 0 else max(updates_per_second, SLOWEST)
        self.next_update = time.perf_counter()

    def due(self, now: float) -> bool:
        """Whether a run that plays is updated now."""
        return not self.bounded or now >= self.next_update

    def advance(self) -> None:
        """Sets when the next update is due; called after each update of a run with a bound."""
        self.next_update = max(self.next_update + 1 / self._updates_per_second, time.perf_counter() - BEHIND_S)

    def restart(self, steps: int) -> None:
        """Starts again when the run is played or paused: a delay from before is not caught up."""
        self.next_update = time.perf_counter()
        self._rate_from = (self.next_update, steps)

    def start_counting(self, steps: int) -> None:
        """Starts counting steps for the rate."""
        self._rate_from = (time.perf_counter(), steps)

    def steps_per_second(self, now: float, steps: int) -> float:
        """The rate over the last RATE_S or more and a whole step at least; 0 before the first step is done."""
        began, steps_then = self._rate_from
        elapsed = now - began
        if elapsed < RATE_S:
            return self._rate
        if steps == steps_then:  # the step under way takes longer than those before
            return min(self._rate, 1 / elapsed)
        self._rate = (steps - steps_then) / elapsed
        self._rate_from = (now, steps)
        return self._rate
