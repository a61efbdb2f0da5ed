"""The transport: keys and buttons that drive the run, the speed, the seed and where the run is."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QSlider
from studio_kit import progress
from window_kit import House

from ganstudio.core.protocol.messages import Play, SetSpeed, Start, Step
from ganstudio.core.protocol.spec import MAX_SEED, Spec
from ganstudio.ui.main.transport import SPEED_TICKS

pytest_plugins = ["window_fixtures"]


@pytest.mark.parametrize(("rate", "text"), [(0.25, "4 s/step"), (3.456, "3.5 steps/s"), (100.0, "100 steps/s")])
def test_slow_steps_are_told_in_seconds(house: House, rate: float, text: str) -> None:
    run = house.begin()
    house.stage.link.say(msgspec.structs.replace(progress(run, 5), steps_per_second=rate))
    assert text in house.window.transport.readout.text()


def test_keys_drive_the_run(house: House) -> None:
    run = house.begin()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_D, Qt.Key.Key_G, Qt.Key.Key_S):
        QTest.keyClick(house.window, key)
        house.stage.link.say(progress(run, 1, playing=False))
    QTest.keyClick(house.window, Qt.Key.Key_Space)
    sent = [command for command in house.stage.link.sent if isinstance(command, Play | Step)]
    assert sent == [
        Play(run=run, on=False), Step(run=run, player="discriminator"), Step(run=run, player="generator"),
        Step(run=run, player="cycle"), Play(run=run, on=True),
    ]
    QTest.keyClick(house.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert len(house.stage.link.told(Start)) == 2


@pytest.mark.parametrize("name", ["menu.search", "transport.seed", "box.gp_weight"])
def test_keys_that_are_typed_drive_nothing(house: House, name: str) -> None:
    """A d in the search field is a letter."""
    house.begin()
    box = house.window.findChild(QLineEdit, name)
    assert isinstance(box, QLineEdit)
    box.setFocus()
    before = len(house.stage.link.told(Step)) + len(house.stage.link.told(Play))
    QTest.keyClicks(box, "dgs 1")
    assert len(house.stage.link.told(Step)) + len(house.stage.link.told(Play)) == before


def test_the_read_out_says_where_the_run_stands(house: House) -> None:
    run = house.begin()
    house.stage.link.say(progress(run, 1234))
    text = house.window.transport.readout.text()
    assert "step 1,234" in text
    assert "100 steps/s" in text
    assert "real samples" in text
    assert "CPU" in text
    house.stage.link.say(progress(run, 1234, place=3, playing=False))
    assert "step 1,234, update 3 of 4, paused" in house.window.transport.readout.text()
    assert "paused" in house.window.transport.readout.text()
    assert house.window.transport.play.text() == "Play"


@pytest.mark.parametrize(("typed", "seed"), [("7", 7), (str(MAX_SEED), MAX_SEED), (" 12 ", 12)])
def test_another_seed_restarts(house: House, typed: str, seed: int) -> None:
    house.begin()
    box = house.window.findChild(QLineEdit, "transport.seed")
    assert isinstance(box, QLineEdit)
    box.setText(typed)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert house.stage.link.told(Start)[-1].spec.seed == seed


@pytest.mark.parametrize("typed", ["", "-1", "x", str(MAX_SEED + 1), "1.5", "0", "²"])
def test_what_is_no_seed_is_put_back_and_answered(house: House, typed: str) -> None:
    house.begin()
    box = house.window.findChild(QLineEdit, "transport.seed")
    assert isinstance(box, QLineEdit)
    box.setText(typed)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert len(house.stage.link.told(Start)) == 1
    assert box.text() == "0"
    assert (f"“{typed}” is not a seed" in box.statusTip()) == (typed != "0")


def test_the_speed_reaches_from_slow_motion_to_full_and_is_kept(house: House) -> None:
    run = house.begin()
    slider = house.window.findChild(QSlider, "transport.speed")
    assert isinstance(slider, QSlider)
    slider.setValue(0)
    slow = house.stage.link.told(SetSpeed)[-1]
    assert (slow.run, slow.updates_per_second) == (run, 0.5)
    again = house.begin(Spec(seed=1))
    assert house.stage.link.told(SetSpeed)[-1] == SetSpeed(run=again, updates_per_second=0.5)
    slider.setValue(SPEED_TICKS)
    assert house.stage.link.told(SetSpeed)[-1].updates_per_second == 0
