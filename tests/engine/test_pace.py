"""How fast a run is played, by a clock that the test moves."""

from __future__ import annotations

import math
import time

import pytest

from ganstudio.core.system.errors import BadInput
from ganstudio.engine.pace import BEHIND_S, SLOWEST, Pace


class Clock:
    """In the place of ``time.perf_counter``."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time, "perf_counter", found)
    return found


def test_without_a_bound_every_moment_is_right(clock: Clock) -> None:
    pace = Pace(0)
    assert pace.due(clock.now) and not pace.bounded
    pace.set_bound(5.0)
    pace.set_bound(0.0)
    assert pace.due(clock.now - 1000) and not pace.bounded


def test_a_bound_spaces_the_updates(clock: Clock) -> None:
    pace = Pace(0)
    pace.set_bound(4.0)
    assert pace.due(clock.now), "the first comes at once"
    pace.advance()
    assert not pace.due(clock.now + 0.24)
    assert pace.due(clock.now + 0.26)


def test_little_is_made_up_for(clock: Clock) -> None:
    pace = Pace(0)
    pace.set_bound(4.0)
    clock.now += 60
    pace.advance()
    assert pace.next_update == clock.now - BEHIND_S


@pytest.mark.parametrize("bound", [math.nan, math.inf, -math.inf, -1.0])
def test_what_is_no_speed_is_refused_and_changes_nothing(clock: Clock, bound: float) -> None:
    pace = Pace(0)
    pace.set_bound(4.0)
    pace.advance()
    before = pace.next_update
    with pytest.raises(BadInput, match="updates a second is out of range"):
        pace.set_bound(bound)
    assert pace.bounded and pace.next_update == before


def test_the_slowest_bound_is_slow_enough(clock: Clock) -> None:
    pace = Pace(0)
    pace.set_bound(1e-300)
    pace.advance()
    assert pace.next_update == clock.now + 1 / SLOWEST


def test_the_rate_is_counted_over_half_a_second(clock: Clock) -> None:
    pace = Pace(10)
    assert pace.steps_per_second(clock.now + 0.4, 100) == 0.0
    assert pace.steps_per_second(clock.now + 0.5, 60) == 100.0
    assert pace.steps_per_second(clock.now + 0.6, 1000) == 100.0, "the next half second is not over"
    clock.now += 5
    pace.restart(1000)
    assert pace.steps_per_second(clock.now + 1, 1050) == 50.0, "the time it was paused does not count"


def test_steps_that_take_longer_than_a_report_have_a_speed(clock: Clock) -> None:
    """One in three seconds: it was 0 steps a second, and now and then 2."""
    pace = Pace(0)
    pace.start_counting(0)
    told = []
    for tenth in range(1, 121):
        clock.now += 0.1
        told.append(pace.steps_per_second(clock.now, tenth // 30))
    assert told[:29] == [0.0] * 29  # nothing is known before the first step is done
    assert told[29:] == pytest.approx([1 / 3] * len(told[29:]), rel=0.05)


def test_a_step_that_never_ends_is_slower_than_those_before(clock: Clock) -> None:
    pace = Pace(0)
    pace.start_counting(0)
    clock.now += 1
    assert pace.steps_per_second(clock.now, 10) == pytest.approx(10)
    clock.now += 20
    assert pace.steps_per_second(clock.now, 10) == pytest.approx(1 / 20, rel=0.1)
    assert pace.steps_per_second(clock.now, 11) == pytest.approx(1 / 20, rel=0.1)
