"""A film as it is chosen: its command, what is wrong with it, and what it will be."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ganstudio.ui.export.film_plan import GIF_FPS, FilmPlan


@pytest.fixture
def plan(tmp_path: Path) -> FilmPlan:
    return FilmPlan(
        file=str(tmp_path / "film.mp4"), ending=".mp4", panels=("points", "curves"), size=(1280, 720), fps=30,
        seconds=10.0, first=0, last=100, end=100, pace="steps", palette="dark", smooth=False, walk=False,
    )


def test_the_whole_run_needs_no_steps_in_the_command(plan: FilmPlan) -> None:
    assert plan.words == ["--fps", "30", "--seconds", "10", "--size", "1280x720", "--theme", "dark", "--pace", "steps",
                          "--layout", "points,curves"]
    part = dataclasses.replace(plan, first=10, last=50, smooth=True)
    assert part.words[8:12] == ["--to", "50", "--from", "10"] and part.words[-1] == "--smooth"


def test_a_walk_is_of_one_moment(plan: FilmPlan) -> None:
    walk = dataclasses.replace(plan, walk=True, last=50, panels=())
    assert walk.words[-3:] == ["--to", "50", "--interpolate"]
    assert walk.faults() == {}, "it needs no panels"
    assert "of the generator after 50 steps" in walk.summary([])


@pytest.mark.parametrize(("changes", "line"), [
    ({}, ""),
    ({"panels": ()}, "panels"),
    ({"size": (641, 480)}, "size"),
    ({"first": 60, "last": 50}, "steps"),
    ({"file": ""}, "file"),
    ({"file": "film.mp4"}, "file"),
    ({"ending": ".webm"}, "file"),
])
def test_what_is_wrong_is_said_at_its_line(plan: FilmPlan, changes: dict[str, object], line: str) -> None:
    assert list(dataclasses.replace(plan, **changes).faults()) == ([line] if line else [])  # type: ignore[arg-type]


def test_a_gif_is_small_in_its_own_way(plan: FilmPlan) -> None:
    gif = dataclasses.replace(plan, file=plan.file.replace(".mp4", ".gif"), ending=".gif", size=(641, 481))
    assert gif.faults() == {}
    assert list(dataclasses.replace(gif, fps=GIF_FPS + 1).faults()) == ["pace"]


def test_a_file_that_is_there_is_replaced_and_pictures_are_not(plan: FilmPlan) -> None:
    before = plan.replaces
    Path(plan.file).touch()
    assert (before, plan.replaces) == (False, True)
    pictures = dataclasses.replace(plan, file=plan.file.replace(".mp4", ".png"), ending=".png")
    Path(pictures.file).with_name("film-00001.png").touch()
    assert not pictures.replaces
    assert "already" in pictures.faults()["file"]


@pytest.mark.parametrize(("changes", "said"), [
    ({}, "300 frames, 10 s, of 3 recorded moments between steps 0 and 100. Each is shown for 100 frames"),
    ({"seconds": 0.1}, "3 frames, 0.1 s, of 3 recorded moments between steps 0 and 100."),
    ({"first": 60, "last": 90}, "of 0 recorded moments between steps 60 and 90. Nothing will move in the film"),
    ({"first": 50, "last": 50}, "of 1 recorded moment between steps 50 and 50."),
    ({"smooth": True}, "of 101 moments between steps 0 and 100."),
])
def test_what_it_will_be(plan: FilmPlan, changes: dict[str, object], said: str) -> None:
    assert said in dataclasses.replace(plan, **changes).summary([0, 50, 100])  # type: ignore[arg-type]


@pytest.mark.parametrize(("rate", "said"), [
    (0.0, "as long as the training"), (10.0, "about 10 s"), (0.5, "about 3 min"), (0.01, "about 2.8 h"),
])
def test_how_long_smooth_takes(plan: FilmPlan, rate: float, said: str) -> None:
    assert said in plan.cost(rate)


def test_a_walk_goes_through_w_if_that_was_chosen(plan: FilmPlan) -> None:
    walk = dataclasses.replace(plan, walk=True, panels=(), space="w")
    assert walk.words[-3:] == ["--interpolate", "--space", "w"]
    assert dataclasses.replace(walk, walk=False, panels=("points",)).words[-1] == "points"
