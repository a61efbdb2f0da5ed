"""A lesson in a real studio, on a real engine: the numbers are those of the check, also the second time."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from lesson_kit import TINY, write
from studio_kit import end

from ganstudio.core.lessons.lesson import Lesson
from ganstudio.core.lessons.reader import read_lesson
from ganstudio.core.protocol.spec import Spec
from ganstudio.engine.thread_link import ThreadLink
from ganstudio.lessons.check import check
from ganstudio.lessons.prepare import prepare
from ganstudio.ui.application import Script, Studio, open_studio
from ganstudio.ui.main.window import Window

PATIENCE_S = 40.0
TEXT = TINY.replace('quantity = "step"', 'quantity = "w1"').replace("above = 3.5\nbelow = 4.5", "above = 0.0").replace(
    'quantity = "control:gp_weight"', 'quantity = "term:discriminator/critic"\nless = "sliced_w1"').replace(
    "above = 1.9\nbelow = 2.1", "above = -100.0")
RUN = ('run = { variant = "wgan-gp", data = "ring", controls = { batch_size = 8 }, '
       'network_controls = { width = 4, depth = 1 } }')
COMPARED = TINY.replace(RUN, f"compare = [ {RUN.removeprefix('run = ')}, "
                             f"{RUN.removeprefix('run = ').replace('batch_size = 8', 'batch_size = 12')} ]").replace(
    'quantity = "step"', 'quantity = "w1"\nof = 2\nless = { quantity = "w1", of = 1 }').replace(
    "above = 3.5\nbelow = 4.5", "above = -9.0").replace(
    'quantity = "control:gp_weight"', 'quantity = "term:discriminator/critic"\nof = 2').replace(
    "above = 1.9\nbelow = 2.1", "above = -100.0")


async def until(condition: Callable[[], object], what: str) -> None:
    finish = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < finish, f"waited in vain until {what}"
        await asyncio.sleep(0.01)


async def through(studio: Studio, lesson: Lesson) -> list[float | None]:
    """Goes through a lesson by its keys; the values of its claims."""
    lessons = studio.window.lessons
    lessons.start(lesson)
    lessons.player.go(0)
    found = []
    for _ in lesson.steps:
        lessons.player.go_by(1)
        await until(lambda: lessons.player.playing_page == 0 and all(
            claim.holds is not None for claim in lessons.player.claims()), "the step is played")
        found += [claim.value for claim in lessons.player.claims()]
    return found


def opened(script: Script, runs: Path, windows: list[Window]) -> int:
    """Opens a studio that a script drives; afterwards signals are handled as before, and its windows are ended."""
    handlers = {which: signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)}
    status = open_studio(ThreadLink, None, Spec(data="ring", threads=1), runs=runs, playing=False, script=script,
                         show=True)
    for which, handler in handlers.items():
        signal.signal(which, handler)
    for window in windows:
        end(window)
    return status


@pytest.mark.usefixtures("qapp")
def test_the_window_shows_the_numbers_of_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    lesson = read_lesson(write(tmp_path, TEXT))
    expected = [claim.value for claim in check(lesson).claims]
    seen: dict[str, list[float | None]] = {}
    windows: list[Window] = []

    async def script(studio: Studio) -> int:
        await until(lambda: studio.run.started is not None, "the first run has begun")
        seen["first"] = await through(studio, lesson)
        player = studio.window.lessons.player
        player.go_by(-1)
        await until(lambda: player.playing_page == 0, "the step before is shown")
        assert studio.run.progress is None or studio.run.progress.position.steps == 4
        player.again()
        await until(lambda: player.playing_page == 0 and player.claims()[0].holds is not None, "it is played again")
        seen["again"] = [claim.value for claim in player.claims()]
        studio.commands.sender.set_control("gp_weight", 50.0)  # what is tried between two steps is taken back
        await until(lambda: studio.run.settings.get("gp_weight") == 50.0, "the control is changed")
        seen["second"] = seen["again"] + await on(studio)
        player.leave()
        windows.append(studio.window)
        return 0

    async def on(studio: Studio) -> list[float | None]:
        player = studio.window.lessons.player
        player.notes.forget(2)  # type: ignore[union-attr]
        player.go_by(1)
        await until(lambda: player.playing_page == 0 and player.claims()[0].holds is not None, "the next is played")
        return [claim.value for claim in player.claims()]

    status = opened(script, tmp_path / "runs", windows)
    assert status == 0
    assert seen["first"] == expected and seen["second"] == expected


@pytest.mark.usefixtures("qapp")
def test_the_window_shows_the_numbers_of_the_check_for_runs_that_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    lesson = read_lesson(write(tmp_path, COMPARED))
    expected = [claim.value for claim in check(lesson).claims]
    assert None not in expected
    seen: list[list[float | None]] = []
    shown: list[bool] = []
    windows: list[Window] = []

    async def script(studio: Studio) -> int:
        await until(lambda: studio.run.started is not None, "the first run has begun")
        mine = studio.run.number
        seen.append(await through(studio, lesson))
        player = studio.window.lessons.player
        shown.append(studio.window.comparisons.view is not None and studio.run.number == mine)
        player.go(0)
        shown.append(studio.window.comparisons.view is None and studio.run.number == mine)
        player.leave()
        windows.append(studio.window)
        return 0

    status = opened(script, tmp_path / "runs", windows)
    assert status == 0
    assert seen == [expected] and shown == [True, True]


@pytest.mark.usefixtures("qapp")
def test_a_step_can_look_back_at_a_picture_of_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    state = (f'[[state]]\nname = "ready"\n{RUN}\nsteps = 20\npictures = [ 5 ]\n\n'
             '[[step]]\nstate = "ready"\nshows = 5\n')
    text = TINY.replace("[[step]]\n", state, 1).replace(RUN + "\nuntil = 4", "until = 20").replace(
        "until = 6\n", "until = 21\n").replace("above = 3.5\nbelow = 4.5", "above = 19.5")
    lesson = read_lesson(write(tmp_path, text))
    prepare(lesson)
    seen: list[int | None] = []
    windows: list[Window] = []

    async def script(studio: Studio) -> int:
        await until(lambda: studio.run.started is not None, "the first run has begun")
        lessons, history = studio.window.lessons, studio.window.history
        lessons.start(lesson)
        lessons.player.go(1)
        await until(lambda: history.at == 5, "the picture is shown")
        assert history.snapshot is not None and "points" in history.snapshot.views
        lessons.player.go(2)
        await until(lambda: lessons.player.playing_page == 0 and history.at is None, "the next step shows its run")
        seen.append(studio.run.progress.position.steps if studio.run.progress is not None else None)
        lessons.player.leave()
        windows.append(studio.window)
        return 0

    status = opened(script, tmp_path / "runs", windows)
    assert status == 0 and seen == [21]
