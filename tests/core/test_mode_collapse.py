"""When a collapse is reported: after all was well, once it lasts, never for a run that only begins or hops about."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec
import numpy as np
import pytest

from ganstudio.core.mode_collapse import (
    EVER_STEPS,
    SEEN,
    STEPS,
    Collapse,
    CollapseDetector,
    State,
    judge_concentration,
    judge_measures,
    judge_modes,
    mode_shares,
)
from ganstudio.core.protocol.views import Array, ModeCount

EVEN = np.full(8, 0.125)
ONE = np.eye(8)[2]


def mode_count(nearest: object) -> ModeCount:
    """How points fall on eight modes, of which those with a share are found."""
    share = np.asarray(nearest, dtype=np.float32)
    array = Array.of(share)
    centres, ones = np.zeros((8, 2), dtype=np.float32), np.ones(8, dtype=np.float32)
    return ModeCount(
        centres=Array.of(centres), radius=Array.of(ones), share=array, nearest=array,
        needed=Array.of(np.full(8, 0.008, dtype=np.float32)), found=int((share >= 0.008).sum()),
        high_quality=0.9,
    )


def seen(detector: CollapseDetector, *stretches: tuple[State, Iterable[int]]) -> list[Collapse]:
    found = [detector.see(steps, state, "few") for state, there in stretches for steps in there]
    return [one for one in found if one is not None]


def test_a_run_that_was_well_and_has_lost_its_modes_for_a_while_has_collapsed() -> None:
    assert seen(CollapseDetector(), ("between", range(10, 100, 10)), ("well", range(100, 1000, 10)),
                ("lost", range(1000, 1390, 10))) == []
    detector = CollapseDetector()
    found = seen(detector, ("between", range(10, 100, 10)), ("well", range(100, 1000, 10)),
                 ("lost", range(1000, 5000, 10)))
    assert found == [Collapse(at=1000, well_at=990, well_from=110, words="few", seen_at=1400)]
    assert seen(detector, ("well", range(5000, 6000, 10)), ("lost", range(6000, 7000, 10)))[0].well_at == 5990


def test_it_is_sure_only_after_steps_and_looks() -> None:
    detector = CollapseDetector()
    assert seen(detector, ("well", (100, 200)), ("lost", range(5000, 5000 + 350 * (SEEN - 1), 350))) == []
    assert [one.at for one in seen(detector, ("lost", (8000,)))] == [5000]
    many_looks = seen(CollapseDetector(), ("well", range(100)), ("lost", range(100, 100 + STEPS - 1)))
    assert many_looks == [], "over too few steps"


def test_a_generator_that_hops_from_mode_to_mode_passes_between_two() -> None:
    hops: list[State] = ["lost", "lost", "lost", "lost", "between"]
    detector = CollapseDetector()
    seen(detector, ("well", range(0, 500, 10)))
    found = [detector.see(500 + 10 * step, hops[step % 5], "") for step in range(100)]
    assert sum(one is not None for one in found) == 1
    detector = CollapseDetector()
    seen(detector, ("well", range(0, 500, 10)))
    assert not any(detector.see(500 + 10 * step, "lost" if step % 2 else "between", "") for step in range(200))


def test_a_run_that_never_was_well_is_given_longer() -> None:
    assert seen(CollapseDetector(), ("lost", range(0, EVER_STEPS, 20))) == []
    once = seen(CollapseDetector(), ("between", (1,)), ("lost", range(20, 130, 10)), ("well", (130,)),
                ("lost", range(140, 1600, 20)))
    assert [(one.at, one.well_at) for one in once] == [(20, None)], "one moment by chance is not well"


def test_what_comes_late_is_left_out() -> None:
    detector = CollapseDetector()
    seen(detector, ("well", (100, 200)), ("lost", (300,)))
    assert detector.see(250, "well") is None and detector.see(300, "well") is None
    assert detector.last == 300


def test_how_few_modes_are_a_collapse() -> None:
    for K, lost, kept in ((8, 1, 4), (8, 2, 5), (25, 6, 13), (2, 1, 2)):
        assert judge_concentration(K, found=0, reverse_kl=math.log(K / lost)) == "lost"
        assert judge_concentration(K, found=kept, reverse_kl=0.1) == "well"
    assert judge_concentration(8, found=8, reverse_kl=math.log(8 / 4)) == "between", "half of them are lost"
    assert judge_concentration(8, found=0, reverse_kl=0.0) == "between", "the untrained blob lies between all modes"
    assert judge_concentration(2, found=1, reverse_kl=0.0) == "between"


def test_shown_points_and_measures_are_judged_alike() -> None:
    assert judge_modes(mode_count(ONE), EVEN) == ("lost", "one of 8 modes gets nearly all points")
    pair = np.zeros(8)
    pair[[1, 5]] = 0.5
    assert judge_modes(mode_count(pair), EVEN) == ("lost", "2 of 8 modes get nearly all points")
    assert judge_modes(mode_count(EVEN), EVEN)[0] == "well"
    floors: dict[str, float | None] = {"modes": 8.0, "reverse_kl": 0.01}
    assert judge_measures({"modes": 1.0, "reverse_kl": math.log(8)}, floors) == (
        "lost", "1 of 8 modes are found")
    judged = judge_measures({"modes": 8.0, "reverse_kl": 0.01}, floors)
    assert judged is not None and judged[0] == "well"


def test_where_nothing_is_known_judge_modes_nothing_is_said() -> None:
    assert judge_measures({"modes": None, "reverse_kl": None}, {"modes": None}) is None
    assert judge_measures({}, {}) is None
    assert judge_measures({"modes": 1.0, "reverse_kl": 0.0}, {"modes": 1.0}) is None


@pytest.mark.parametrize(("ratio", "state"), [(0.1, "lost"), (0.4, "between"), (0.9, "well")])
def test_images_are_judged_by_how_much_they_differ(ratio: float, state: State) -> None:
    judged = judge_measures({"diversity": ratio}, {"diversity": 1.0})
    assert judged == (state, f"generated images vary only {ratio:.0%} as much as real ones")


def test_a_real_point_belongs_to_the_mode_that_is_nearest_in_its_own_sd() -> None:
    modes = mode_count(EVEN)
    two = ModeCount(
        centres=Array.of(np.array([[0, 0], [4, 0]], dtype=np.float32)),
        radius=Array.of(np.array([3, 0.3], dtype=np.float32)), share=modes.share, nearest=modes.nearest,
        needed=modes.needed, found=2, high_quality=1.0,
    )
    points = np.array([[0, 0], [3, 0], [4, 0], [3.9, 0]], dtype=np.float32)
    assert mode_shares(points, two).tolist() == [0.5, 0.5], "3 is nearer to 4, but wide modes reach further"
    assert mode_shares(points[:0], two).tolist() == [0.5, 0.5]


def over_at(detector: CollapseDetector) -> int | None:
    return detector.over_at


@pytest.mark.parametrize(("after", "since"), [("well", 3000), ("between", 3000)])
def test_a_collapse_that_is_over_is_taken_back_once(after: State, since: int) -> None:
    detector = CollapseDetector()
    assert len(seen(detector, ("well", range(0, 1000, 10)), ("lost", range(1000, 3000, 10)))) == 1
    assert over_at(detector) is None
    seen(detector, (after, (3000,)))
    assert over_at(detector) is None, "it may pass through by chance"
    seen(detector, (after, range(3010, 3150, 10)))
    assert over_at(detector) == since
    assert len(seen(detector, ("lost", range(3150, 5000, 10)))) == 1, "and it may come again"
    assert over_at(detector) is None


def test_points_far_from_every_mode_are_not_said_to_be_near_one() -> None:
    expected = np.full(8, 0.125)
    far = msgspec.structs.replace(mode_count(ONE), near=0.0, distance=1.25, found=0)
    state, words = judge_modes(far, expected)
    assert state == "lost"
    assert words == "the points are far from every mode, half of them by more than 1.2 data units"
    state, words = judge_modes(msgspec.structs.replace(far, near=0.9), expected)
    assert words == "one of 8 modes gets nearly all points"
