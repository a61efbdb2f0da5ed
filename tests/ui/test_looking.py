"""Who looks, and when: one credit, and none where nobody sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest
import shiboken6
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import Stage, snapshot

from ganstudio.core.messages import Look, Snapshot
from ganstudio.ui.looking import INTERVAL_S, PATIENCE_MS, Looking
from ganstudio.ui.panel import Panel


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


class _Numbers(Panel):
    """A panel without pictures."""

    name = "three"
    title = "Three"
    kinds = ("plane",)
    help = "Three."
    measures = True


class Room:
    """A window with three panels, and who looks at it."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.stage = Stage()
        self.one, self.two, self.three = _Picture(self.stage.session), _Other(self.stage.session), _Numbers(
            self.stage.session)
        self.window = QWidget()
        row = QHBoxLayout(self.window)
        for panel in (self.one, self.two, self.three):
            row.addWidget(panel)
        self.window.resize(600, 200)
        self.window.show()
        self.seen = True
        self.looking = Looking(self.stage.session, [self.one, self.two, self.three], lambda: self.seen)

    @property
    def looks(self) -> list[Look]:
        return self.stage.link.told(Look)

    def until_looks(self, count: int) -> None:
        self.qtbot.waitUntil(lambda: len(self.looks) == count)

    def answer(self, steps: int = 1) -> None:
        self.stage.link.say(snapshot(self.looks[-1].run, steps=steps))

    def scheduled(self) -> bool:
        """Whether another look is on its way."""
        return self.looking._next.isActive()


@pytest.fixture
def room(qtbot: QtBot) -> Iterator[Room]:
    made = Room(qtbot)
    yield made
    made.looking._next.stop()
    made.looking._patience.stop()
    made.window.close()
    made.window.deleteLater()
    qtbot.waitUntil(lambda: not shiboken6.isValid(made.window))


def test_nobody_looks_before_there_is_a_run(room: Room) -> None:
    room.looking.ask()
    room.looking.refresh()
    room.qtbot.waitUntil(lambda: not room.scheduled())
    assert room.looks == []


def test_a_run_is_looked_at_with_what_is_visible(room: Room) -> None:
    run = room.stage.begin()
    room.until_looks(1)
    assert room.looks[0] == Look(run=run, views=["landscape", "points"], size=36, measure=True)


def test_one_look_is_outstanding(room: Room) -> None:
    """Nothing more is asked for until the picture has come, whatever else happens."""
    room.stage.begin()
    room.until_looks(1)
    assert not room.scheduled()
    room.one.painted.emit()
    room.two.painted.emit()
    assert not room.scheduled()
    assert room.looking.pictures == 0


def test_the_next_look_waits_until_all_visible_panels_are_painted(room: Room) -> None:
    room.stage.begin()
    room.until_looks(1)
    room.answer(steps=7)
    assert (room.one.came, room.two.came) == (1, 1)
    assert room.looking.shown_steps == 7
    room.one.painted.emit()
    room.one.painted.emit()
    assert not room.scheduled()
    assert room.looking.pictures == 0
    room.two.painted.emit()
    assert room.scheduled()
    assert room.looking.pictures == 1
    room.until_looks(2)
    assert not room.scheduled()


def test_looks_are_not_faster_than_an_eye(room: Room) -> None:
    room.stage.begin()
    room.until_looks(1)
    asked = room.looking._asked_at
    room.answer()
    room.one.painted.emit()
    room.two.painted.emit()
    room.until_looks(2)
    assert room.looking._asked_at - asked >= INTERVAL_S - 0.003


def test_many_reasons_to_look_are_one_look(room: Room) -> None:
    room.stage.begin()
    for _ in range(100):
        room.looking.refresh()
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
    assert room.looking.pictures == 1


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
    room.looking.refresh()
    room.until_looks(2)


def test_a_panel_that_is_covered_does_not_stop_the_others(room: Room) -> None:
    """No paint event ever comes for a panel below another window: after a while one looks again all the same."""
    room.stage.begin()
    room.until_looks(1)
    room.answer()
    room.one.painted.emit()
    room.qtbot.waitUntil(lambda: len(room.looks) == 2, timeout=PATIENCE_MS * 10)
    assert room.looking.pictures == 0


def test_another_run_is_looked_at_at_once(room: Room) -> None:
    room.stage.begin()
    room.until_looks(1)
    room.answer(steps=50)
    run = room.stage.begin()
    assert room.looking.shown_steps == -1
    room.until_looks(2)
    assert room.looks[-1].run == run


def test_a_picture_of_a_dead_run_is_not_shown(room: Room) -> None:
    old = room.stage.begin()
    room.until_looks(1)
    room.stage.begin()
    room.stage.link.say(snapshot(old, steps=99))
    assert room.one.came == 0
    assert room.looking.shown_steps == -1
