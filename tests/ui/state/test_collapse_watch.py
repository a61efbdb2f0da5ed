"""When a collapse is told: after all was well, once it lasts, and never of a run that only begins or hops about."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest
from studio_kit import RING, Stage, measured, mode_count, points_view, snapshot

from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.state.collapse_watch import (
    EVER_STEPS,
    SEEN,
    STEPS,
    Collapse,
    CollapseWatch,
    State,
    Watch,
    of_concentration,
    of_measures,
    of_modes,
)

EVEN = np.full(8, 0.125)
ONE = np.eye(8)[2]


def seen(watch: Watch, *stretches: tuple[State, Iterable[int]]) -> list[Collapse]:
    found = [watch.see(steps, state, "few") for state, there in stretches for steps in there]
    return [one for one in found if one is not None]


def test_a_run_that_was_well_and_has_lost_its_modes_for_a_while_has_collapsed() -> None:
    assert seen(Watch(), ("between", range(10, 100, 10)), ("well", range(100, 1000, 10)),
                ("lost", range(1000, 1390, 10))) == []
    watch = Watch()
    found = seen(watch, ("between", range(10, 100, 10)), ("well", range(100, 1000, 10)),
                 ("lost", range(1000, 5000, 10)))
    assert found == [Collapse(at=1000, well_at=990, well_from=110, words="few")]
    assert seen(watch, ("well", range(5000, 6000, 10)), ("lost", range(6000, 7000, 10)))[0].well_at == 5990


def test_it_is_sure_only_after_steps_and_looks() -> None:
    watch = Watch()
    assert seen(watch, ("well", (100, 200)), ("lost", range(5000, 5000 + 350 * (SEEN - 1), 350))) == []
    assert [one.at for one in seen(watch, ("lost", (8000,)))] == [5000]
    assert seen(Watch(), ("well", range(100)), ("lost", range(100, 100 + STEPS - 1))) == [], "many looks, few steps"


def test_a_generator_that_hops_from_mode_to_mode_passes_between_two() -> None:
    hops: list[State] = ["lost", "lost", "lost", "lost", "between"]
    watch = Watch()
    seen(watch, ("well", range(0, 500, 10)))
    found = [watch.see(500 + 10 * step, hops[step % 5], "") for step in range(100)]
    assert sum(one is not None for one in found) == 1
    watch = Watch()
    seen(watch, ("well", range(0, 500, 10)))
    assert not any(watch.see(500 + 10 * step, "lost" if step % 2 else "between", "") for step in range(200))


def test_a_run_that_never_was_well_is_given_longer() -> None:
    assert seen(Watch(), ("lost", range(0, EVER_STEPS, 20))) == []
    once = seen(Watch(), ("between", (1,)), ("lost", range(20, 130, 10)), ("well", (130,)),
                ("lost", range(140, 1600, 20)))
    assert [(one.at, one.well_at) for one in once] == [(20, None)], "one moment by chance is not well"


def test_what_comes_late_is_left_out() -> None:
    watch = Watch()
    seen(watch, ("well", (100, 200)), ("lost", (300,)))
    assert watch.see(250, "well") is None and watch.see(300, "well") is None
    assert watch.last == 300


def test_how_few_modes_are_a_collapse() -> None:
    for K, lost, kept in ((8, 1, 4), (8, 2, 5), (25, 6, 13), (2, 1, 2)):
        assert of_concentration(K, found=0, reverse_kl=math.log(K / lost)) == "lost"
        assert of_concentration(K, found=kept, reverse_kl=0.1) == "well"
    assert of_concentration(8, found=8, reverse_kl=math.log(8 / 4)) == "between", "half of them are lost"
    assert of_concentration(8, found=0, reverse_kl=0.0) == "between", "the untrained blob lies between all modes"
    assert of_concentration(2, found=1, reverse_kl=0.0) == "between"


def test_shown_points_and_measures_are_judged_alike() -> None:
    assert of_modes(mode_count(ONE), EVEN) == ("lost", "nearly all points are near one mode of 8")
    pair = np.zeros(8)
    pair[[1, 5]] = 0.5
    assert of_modes(mode_count(pair), EVEN) == ("lost", "nearly all points are near 2 modes of 8")
    assert of_modes(mode_count(EVEN), EVEN)[0] == "well"
    floors: dict[str, float | None] = {"modes": 8.0, "reverse_kl": 0.01}
    assert of_measures(measured(1, 5, {"modes": 1.0, "reverse_kl": math.log(8)}, floors)) == (
        "lost", "1 of 8 modes are found")
    judged = of_measures(measured(1, 5, {"modes": 8.0, "reverse_kl": 0.01}, floors))
    assert judged is not None and judged[0] == "well"


def test_where_nothing_is_known_of_modes_nothing_is_said() -> None:
    assert of_measures(measured(1, 5, {"modes": None, "reverse_kl": None}, {"modes": None})) is None
    assert of_measures(measured(1, 5, {}, {})) is None
    assert of_measures(measured(1, 5, {"modes": 1.0, "reverse_kl": 0.0}, {"modes": 1.0})) is None


@pytest.mark.parametrize(("ratio", "state"), [(0.1, "lost"), (0.4, "between"), (0.9, "well")])
def test_images_are_judged_by_how_much_they_differ(ratio: float, state: State) -> None:
    judged = of_measures(measured(1, 5, {"diversity": ratio}, {"diversity": 1.0}))
    assert judged == (state, f"the generated images differ {ratio:.0%} as much as real ones")


def test_the_session_is_told_once_and_another_run_begins_anew(qapp: object) -> None:
    stage = Stage()
    watch = CollapseWatch(stage.session)
    told: list[Collapse] = []
    stage.session.collapsed.connect(told.append)
    run = stage.begin(Spec())
    for steps in range(0, 500, 20):
        stage.link.say(snapshot(run, points_view(RING, modes=mode_count(EVEN)), steps=steps))
    for steps in range(500, 1500, 20):
        stage.link.say(snapshot(run, points_view(RING, modes=mode_count(ONE)), steps=steps))
        stage.link.say(measured(run, steps - 300, {"modes": 8.0, "reverse_kl": 0.0}, {"modes": 8.0}))
    assert [(one.at, one.well_at) for one in told] == [(500, 480)]
    assert stage.session.collapses == told
    run = stage.begin(Spec())
    assert stage.session.collapses == []
    for steps in range(0, 900, 20):
        stage.link.say(snapshot(run, points_view(RING, modes=mode_count(ONE)), steps=steps))
    assert len(told) == 1
    del watch
