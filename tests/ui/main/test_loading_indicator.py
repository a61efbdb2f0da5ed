"""A run that takes its time to prepare: how far it is, and how it is cancelled."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QPushButton
from window_kit import House

from ganstudio.core.protocol.messages import Loading, Refused, Start, Stop

pytest_plugins = ["window_fixtures"]


def test_a_run_that_takes_its_time_is_announced(house: House) -> None:
    bar = house.window.findChild(QProgressBar, "preparing")
    assert isinstance(bar, QProgressBar)
    house.begin()
    assert not bar.isVisible()
    house.stage.next_run.choose_data("moons")
    house.qtbot.waitUntil(bar.isVisible)
    house.stage.stand()
    assert not bar.isVisible()


def test_a_long_reading_shows_how_far_it_is_and_can_be_left(house: House) -> None:
    bar = house.window.findChild(QProgressBar, "preparing")
    cancel = house.window.findChild(QPushButton, "preparing.cancel")
    assert isinstance(bar, QProgressBar)
    assert isinstance(cancel, QPushButton)
    house.begin()
    house.stage.next_run.choose_data("moons")
    asked = house.stage.link.told(Start)[-1].run
    house.qtbot.waitUntil(bar.isVisible)
    assert not cancel.isVisible(), "there is nothing to leave yet"
    house.stage.link.say(Loading(run=asked, what="reading images", done=30, total=120))
    assert bar.text() == "reading images: 25%"
    assert cancel.isVisible()
    cancel.click()
    assert house.stage.link.told(Stop)[-1].run == asked
    house.stage.link.say(Refused(run=asked, reason="preparing was cancelled"))
    assert not bar.isVisible()
    assert not cancel.isVisible()
