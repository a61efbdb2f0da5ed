"""Who looks, and when: one credit, and none where nobody sees."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

import pytest
import shiboken6
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import RING, Stage, applied, landscape_view, points_view, snapshot

from ganstudio.core.protocol.messages import Snapshot, SnapshotRequest
from ganstudio.core.protocol.views import View
from ganstudio.ui.main.snapshot_scheduler import INTERVAL_S, PATIENCE_MS, SnapshotScheduler
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.history import RunHistory

VIEWS: dict[str, tuple[str, View]] = {
    "points": points_view(RING), "landscape": landscape_view([[0.0, 1.0], [2.0, 3.0]], RING[:1]),
}


class _Picture(Panel):
    """A panel that is painted when the test says so."""

    name = "one"
    title = "One"
    kinds = ("plane",)
    help = "One."
    views: ClassVar[tuple[str, ...]] = ("points",)
    pictures = True
    came = 0

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.came += 1


class _Other(_Picture):
    name = "two"
    views = ("landscape", "points")


class _Landscape(_Picture):
    name = "four"
    views = ("landscape",)


class _Curves(_Picture):
    """It draws what the run keeps, whatever a picture holds."""

    name = "five"
    views = ()


class _Numbers(_Picture):
    """A panel without pictures."""

    name = "three"
    title = "Three"
    help = "Three."
    views = ()
    measures = True
    pictures = False


class Room:
    """A window with three panels, and who looks at it."""

    def __init__(self, qtbot: QtBot, two: type[_Picture] = _Other, three: type[_Picture] = _Numbers) -> None:
        self.qtbot = qtbot
        self.stage = Stage()
        self.one, self.two, self.three = (kind(self.stage.run, self.stage.commands) for kind in (_Picture, two, three))
        self.window = QWidget()
        row = QHBoxLayout(self.window)
        for panel in (self.one, self.two, self.three):
            row.addWidget(panel)
        self.window.resize(600, 200)
        self.window.show()
        self.seen = True
        self.scheduler = SnapshotScheduler(self.stage.commands, [self.one, self.two, self.three], lambda: self.seen,
                               RunHistory(self.stage.commands))

    @property
    def looks(self) -> list[SnapshotRequest]:
        return self.stage.link.told(SnapshotRequest)

    def until_looks(self, count: int) -> None:
        self.qtbot.waitUntil(lambda: len(self.looks) == count)

    def answer(self, steps: int = 1, without: str = "") -> None:
        """A picture with the views asked for, but one."""
        views = [VIEWS[name] for name in self.looks[-1].views if name != without]
        self.stage.link.say(snapshot(self.looks[-1].run, *views, steps=steps))

    def scheduled(self) -> bool:
        """Whether another look is on its way."""
        return self.scheduler._next.isActive()

    def end(self) -> None:
        self.scheduler._next.stop()
        self.scheduler._patience.stop()
        self.window.close()
        self.window.deleteLater()
        self.qtbot.waitUntil(lambda: not shiboken6.isValid(self.window))


@pytest.fixture
def room(qtbot: QtBot) -> Iterator[Room]:
    made = Room(qtbot)
    yield made
    made.end()


def test_nobody_looks_before_there_is_a_run(room: Room) -> None:
    room.scheduler.ask()
    room.scheduler.refresh()
    room.qtbot.waitUntil(lambda: not room.scheduled())
    assert room.looks == []


def test_a_run_is_looked_at_with_what_is_visible(room: Room) -> None:
    run = room.stage.begin()
    room.until_looks(1)
    assert room.looks[0] == SnapshotRequest(run=run, views=["landscape", "points"], size=36, measure=True)


def test_a_window_that_is_paused_withdraws_its_look_and_asks_again_when_it_is_told(room: Room) -> None:
    room.scheduler.pause()
    room.stage.begin()
    room.qtbot.waitUntil(lambda: not room.scheduled())
    assert room.looks == []
    room.scheduler.resume()
    room.until_looks(1)
    assert room.looks[-1].views == ["landscape", "points"]
    room.scheduler.pause()
    assert room.looks[-1].views == [] and not room.looks[-1].measure
    room.answer()
    room.qtbot.waitUntil(lambda: not room.scheduled())
    assert len(room.looks) == 2


def test_one_look_is_outstanding(room: Room) -> None:
    """Nothing more is asked for until the picture has come, whatever else happens."""
    room.stage.begin()
    room.until_looks(1)
    assert not room.scheduled()
    room.one.painted.emit()
    room.two.painted.emit()
    assert not room.scheduled()
    assert room.scheduler.pictures == 0


def test_the_next_picture_is_made_while_this_one_is_painted_and_waits_until_it_is(room: Room) -> None:
    room.stage.begin()
    room.until_looks(1)
    room.answer(steps=7)
    assert (room.one.came, room.two.came) == (1, 1)
    assert room.scheduler.shown_steps == 7
    room.until_looks(2)
    room.answer(steps=8)
    assert (room.one.came, room.two.came) == (1, 1)
    room.one.painted.emit()
    room.one.painted.emit()
    room.qtbot.wait(20)
    assert room.scheduler.pictures == 0 and room.scheduler.shown_steps == 7
    room.two.painted.emit()
    assert room.scheduler.pictures == 1
    room.qtbot.waitUntil(lambda: (room.one.came, room.two.came) == (2, 2))
    assert room.scheduler.shown_steps == 8


def test_a_slow_window_makes_no_queue(room: Room) -> None:
    """While a picture waits for its turn nobody asks for another one."""
    room.stage.begin()
    room.until_looks(1)
    room.answer(steps=7)
    room.until_looks(2)
    room.answer(steps=8)
    room.scheduler.refresh()
    room.qtbot.waitUntil(lambda: not room.scheduled())
    assert len(room.looks) == 2
    room.one.painted.emit()
    room.two.painted.emit()
    room.until_looks(3)


def test_looks_are_not_faster_than_an_eye(room: Room) -> None:
    room.stage.begin()
    room.until_looks(1)
    asked = room.scheduler._asked_at
    room.answer()
    room.one.painted.emit()
    room.two.painted.emit()
    room.until_looks(2)
    assert room.scheduler._asked_at - asked >= INTERVAL_S - 0.003


def test_many_reasons_to_look_are_one_look(room: Room) -> None:
    room.stage.begin()
    for _ in range(100):
        room.scheduler.refresh()
    room.until_looks(1)
    assert not room.scheduled()


def test_a_hidden_panel_is_not_computed_for(room: Room) -> None:
    room.two.hide()
    room.three.hide()
    room.stage.begin()
    room.until_looks(1)
    assert (room.looks[0].views, room.looks[0].measure) == (["points"], False)
    room.answer()
    assert room.two.came == 0
    room.one.painted.emit()
    assert room.scheduler.pictures == 1


def test_a_panel_without_size_is_not_seen(room: Room) -> None:
    """Squeezed to nothing by a splitter, or scrolled away."""
    layout = room.window.layout()
    assert layout is not None
    layout.removeWidget(room.two)
    room.two.move(5000, 0)
    assert room.two.isVisible()
    room.stage.begin()
    room.until_looks(1)
    assert room.looks[0].views == ["points"]


@pytest.mark.parametrize("how", ["minimised", "hidden"])
def test_a_window_that_is_not_seen_looks_at_nothing(room: Room, how: str) -> None:
    room.stage.begin()
    room.until_looks(1)
    if how == "hidden":
        room.window.hide()
    else:
        room.seen = False
    room.answer()
    assert (room.one.came, room.two.came) == (0, 0)
    room.qtbot.waitUntil(lambda: not room.scheduled())
    assert len(room.looks) == 1
    room.seen = True
    room.window.show()
    room.scheduler.refresh()
    room.until_looks(2)


def test_a_panel_that_is_covered_does_not_stop_the_others(room: Room) -> None:
    """No paint event ever comes for a panel below another window: after a while one looks again all the same."""
    room.stage.begin()
    room.until_looks(1)
    room.answer()
    room.one.painted.emit()
    room.qtbot.waitUntil(lambda: len(room.looks) == 2, timeout=PATIENCE_MS * 10)
    assert room.scheduler.pictures == 0


def test_another_run_is_looked_at_at_once(room: Room) -> None:
    room.stage.begin()
    room.until_looks(1)
    room.answer(steps=50)
    run = room.stage.begin()
    assert room.scheduler.shown_steps == -1
    room.until_looks(2)
    assert room.looks[-1].run == run


def test_a_picture_of_a_dead_run_is_not_shown(room: Room) -> None:
    old = room.stage.begin()
    room.until_looks(1)
    room.stage.begin()
    room.stage.link.say(snapshot(old, steps=99))
    assert room.one.came == 0
    assert room.scheduler.shown_steps == -1


@pytest.fixture
def thinned(qtbot: QtBot) -> Iterator[Room]:
    """The second panel shows a landscape alone, the third curves."""
    made = Room(qtbot, two=_Landscape, three=_Curves)
    yield made
    made.end()


def test_a_panel_whose_view_was_left_out_is_not_waited_for(thinned: Room) -> None:
    thinned.stage.begin()
    thinned.until_looks(1)
    thinned.answer(without="landscape")
    assert (thinned.one.came, thinned.two.came, thinned.three.came) == (1, 0, 1)
    thinned.one.painted.emit()
    assert thinned.scheduler.pictures == 0, "a panel that asks for no view draws at every picture"
    thinned.three.painted.emit()
    assert thinned.scheduler.pictures == 1
    thinned.until_looks(2)
    assert thinned.looks[-1].views == ["landscape", "points"], "it is asked for again all the same"
    thinned.answer()
    assert (thinned.one.came, thinned.two.came) == (2, 1)
    thinned.one.painted.emit()
    thinned.three.painted.emit()
    assert thinned.scheduler.pictures == 1
    thinned.two.painted.emit()
    assert thinned.scheduler.pictures == 2


def test_a_panel_with_one_of_its_views_is_shown_and_waited_for(room: Room) -> None:
    room.stage.begin()
    room.until_looks(1)
    room.answer(without="landscape")
    assert (room.one.came, room.two.came) == (1, 1)
    room.one.painted.emit()
    assert room.scheduler.pictures == 0


def test_a_picture_without_any_view_is_over_at_once(room: Room) -> None:
    room.stage.begin()
    room.until_looks(1)
    room.stage.link.say(snapshot(room.looks[-1].run, steps=5))
    assert (room.one.came, room.two.came) == (0, 0)
    assert room.scheduler.shown_steps == 5
    room.until_looks(2)
    assert room.scheduler.pictures == 0


def test_curves_are_drawn_ten_times_a_second_and_never_stay_behind(qtbot: QtBot) -> None:
    room = Room(qtbot, two=_Curves)
    room.stage.begin()
    room.until_looks(1)
    room.answer(steps=1)
    assert (room.one.came, room.two.came) == (1, 1)
    room.one.painted.emit()
    room.two.painted.emit()
    room.scheduler._drawn_at[room.two] = math.inf  # just now, however slow the machine is
    room.until_looks(2)
    room.answer(steps=2)
    assert (room.one.came, room.two.came) == (2, 1)
    room.qtbot.waitUntil(lambda: room.two.came == 2)  # no other picture comes: the run may be paused
    room.end()


def test_what_the_user_changed_is_drawn_on_curves_at_once(qtbot: QtBot) -> None:
    room = Room(qtbot, two=_Curves)
    room.stage.begin()
    room.until_looks(1)
    room.answer(steps=1)
    room.one.painted.emit()
    room.two.painted.emit()
    room.scheduler._drawn_at[room.two] = math.inf
    room.until_looks(2)
    room.stage.link.say(applied(room.looks[-1].run, 0, "gp_weight", 25.0, steps=1))
    room.answer(steps=2)
    assert (room.one.came, room.two.came) == (2, 2)
    room.end()
