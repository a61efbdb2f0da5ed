"""The lessons of the studio: their order, what each one asks to be read before it, and their prepared states."""

from __future__ import annotations

import math
from contextlib import closing

import pytest

from ganstudio.core.lessons.lesson import Lesson
from ganstudio.core.lessons.shelf import shelf
from ganstudio.core.runs.reader import RunReader

MOST_BYTES = 40_000_000  # the recording of sixty epochs at 64 px is 12 MB of them
NEVER_NEGATIVE = {"l1", "texture_ratio", "draws_differ", "true_error", "true_error_ab", "true_error_ba", "cycle_error",
                  "own_label_change"}
LESSONS = [lesson for lesson in shelf().lessons if lesson.name not in shelf().own]

every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


def test_each_lesson_has_a_place_of_its_own_in_the_order() -> None:
    assert [lesson.order for lesson in LESSONS] == list(range(1, len(LESSONS) + 1))


@every_lesson
def test_what_is_to_be_read_before_comes_before(lesson: Lesson) -> None:
    places = {each.name: each.order for each in LESSONS}
    for name in lesson.prerequisites:
        assert places[name] < lesson.order


@every_lesson
def test_a_prepared_state_is_of_the_run_that_the_lesson_names(lesson: Lesson) -> None:
    files = {state.file for state in lesson.states}
    assert {f"states/{path.name}" for path in (lesson.folder / "states").glob("*")} == files
    for state in lesson.states:
        with closing(RunReader(lesson.folder / state.file)) as reader:
            spec, asked = reader.spec(), state.run.spec()
            assert (spec.variant, spec.data, spec.seed) == (asked.variant, asked.data, asked.seed)
            for name in ("controls", "network_controls", "data_controls"):
                kept = getattr(spec, name)
                assert {key: kept[key] for key in getattr(asked, name)} == getattr(asked, name)
            assert state.steps in reader.pins()


def test_the_prepared_states_are_small() -> None:
    files = [lesson.folder / state.file for lesson in LESSONS for state in lesson.states]
    assert 0 < sum(path.stat().st_size for path in files) <= MOST_BYTES


@every_lesson
def test_each_claim_can_fail(lesson: Lesson) -> None:
    """A number that is never negative is above 0 whatever happens: such a bound says nothing."""
    for step in lesson.steps:
        for claim in step.claims:
            bounds = [bound for bound in (claim.above, claim.below) if bound is not None]
            assert bounds and all(math.isfinite(bound) for bound in bounds)
            if claim.less is None and claim.value.quantity in NEVER_NEGATIVE:
                assert claim.above is None or claim.above > 0, f"{claim.text}: above 0 says nothing"

