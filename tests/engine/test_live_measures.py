"""Measures of a watched run: one at a time, no step twice, and within their share of the time."""

from __future__ import annotations

import math

import msgspec
import pytest
from held_executor import HeldExecutor

from ganstudio.core.protocol.spec import Spec
from ganstudio.engine.live_measures import MEASURE_EVERY_S, LiveMeasures
from ganstudio.probes.points import PointsProbe
from ganstudio.training.measuring import Measured, quick
from ganstudio.training.resolve_spec import measures as known_measures
from ganstudio.training.trainer import Trainer

SPEC = Spec(variant="gan", data="ring", seed=4, device="cpu", threads=1, controls={"batch_size": 8},
            network_controls={"width": 4, "depth": 1})


@pytest.fixture
def measuring() -> tuple[Trainer, HeldExecutor, LiveMeasures]:
    trainer, measurer = Trainer(SPEC), HeldExecutor()
    return trainer, measurer, LiveMeasures(trainer, measurer)


def test_one_measurement_at_a_time_and_each_step_once(measuring: tuple[Trainer, HeldExecutor, LiveMeasures]) -> None:
    trainer, measurer, measures = measuring
    measures.begin(0.0)
    trainer.step()
    measures.begin(0.0)
    assert len(measurer.futures) == 1, "one is under way"
    assert measures.collect(3) is None
    measurer.deliver()
    measured = measures.collect(3)
    assert measured is not None
    assert (measured.run, measured.steps, measured.floors["modes"]) == (3, 0, 8.0)
    assert measures.collect(3) is None, "each is handed over once"
    measures.begin(0.0)
    assert len(measurer.futures) == 2
    measurer.deliver()
    assert measures.collect(3) is not None
    measures.begin(100.0)
    assert len(measurer.futures) == 2, "this step is measured"


def test_measures_keep_to_their_share_of_the_time(measuring: tuple[Trainer, HeldExecutor, LiveMeasures]) -> None:
    trainer, measurer, measures = measuring
    waits = []
    for now, busy_s in ((10.0, 5.0), (10.0, 0.01), (20.0, 0.5)):  # the first also pays for the floors
        measures.begin(now)
        measurer.deliver(busy_s)
        measures.collect(1)
        trainer.step()
        waits.append(measures.wait_s(now))
    assert waits == pytest.approx([-10.0, MEASURE_EVERY_S, 5.0])
    measures.begin(24.9)
    assert len(measurer.futures) == 3
    measures.begin(25.1)
    assert len(measurer.futures) == 4


def test_a_number_depends_on_the_step_and_not_on_how_often_it_was_looked_at() -> None:
    found = []
    for steps in ((0, 1, 2, 3), (3,), (2, 3)):
        trainer, measurer = Trainer(SPEC), HeldExecutor()
        measures = LiveMeasures(trainer, measurer)
        for step in range(4):
            if step in steps:
                measures.begin(0.0, playing=False)
                measurer.deliver()
                found.append(measures.collect(1))
            trainer.step()
    last = [one for one in found if one is not None and one.steps == 3]
    assert len(last) == 3 and last[0] == last[1] == last[2]


def test_a_held_run_is_measured_at_once(measuring: tuple[Trainer, HeldExecutor, LiveMeasures]) -> None:
    trainer, measurer, measures = measuring
    for _ in range(2):
        measures.begin(0.0)
        measurer.deliver(busy_s=50.0)
        measures.collect(1)
        trainer.step()
    measures.begin(1.0)
    assert len(measurer.futures) == 2 and measures.wait_s(1.0) > 100
    assert measures.wait_s(1.0, playing=False) == 0
    measures.begin(1.0, playing=False)
    assert len(measurer.futures) == 3


def test_the_floors_are_computed_once(
    measuring: tuple[Trainer, HeldExecutor, LiveMeasures], monkeypatch: pytest.MonkeyPatch,
) -> None:
    trainer, measurer, measures = measuring
    given: list[object] = []

    def computed(_: object, floors: dict[str, float | None] | None, *, blind: bool, which: object) -> Measured:
        assert which is quick
        given.append((floors, blind))
        return Measured(measures={"modes": 1.0}, floors={"modes": 8.0})

    monkeypatch.setattr("ganstudio.engine.live_measures.compute_measures", computed)
    for _ in range(2):
        measures.begin(math.inf)
        measurer.deliver()
        measures.collect(1)
        trainer.step()
    assert given == [(None, False), ({"modes": 8.0}, False), ({"modes": 8.0}, True)]


@pytest.mark.parametrize(("variant", "data"), [("gan", "ring"), ("cgan", "grid"), ("ns-gan", "spiral")])
def test_live_measures_speak_of_the_points_in_the_picture(variant: str, data: str) -> None:
    """The points panel and the measures' table count the same points at a step."""
    trainer = Trainer(msgspec.structs.replace(SPEC, variant=variant, data=data))
    measurer = HeldExecutor()
    measures = LiveMeasures(trainer, measurer)
    for _ in range(3):
        trainer.step()
        measures.begin(math.inf)
        measurer.deliver()
        measured = measures.collect(1)
        shown = PointsProbe().look(trainer.view, 0)
        assert measured is not None and measured.samples == len(shown.fake.numpy())
        if shown.modes is None:
            assert measured.measures["modes"] is None
            continue
        assert measured.measures["modes"] == shown.modes.found
        assert measured.measures["high_quality"] == shown.modes.high_quality
        assert measured.matched == 500


def test_a_step_is_measured_once_more_if_its_data_was_moved(
    measuring: tuple[Trainer, HeldExecutor, LiveMeasures],
) -> None:
    _, measurer, measures = measuring
    measures.begin(0.0, playing=False)
    measurer.deliver()
    assert measures.collect(3) is not None
    assert measures.wait_s(1.0, playing=False) == math.inf
    measures.follow_data()
    assert measures.wait_s(1.0, playing=False) == 0.0
    measures.begin(1.0, playing=False)
    measures.follow_data()  # and again, while that is under way: its floors are of the data before
    measurer.deliver()
    assert measures.collect(3) is not None
    measures.begin(2.0, playing=False)
    assert len(measurer.futures) == 3


def test_what_takes_seconds_is_not_measured_beside_a_run() -> None:
    """Neither the numbers nor the floors: ``fid_untrained`` is there as soon as somebody asks for numbers."""
    spec = msgspec.structs.replace(
        SPEC, variant="dcgan", data="digits", data_controls={"count": 100}, controls={"batch_size": 8},
        network_controls={"width": 4, "resolution": 8})
    trainer, measurer = Trainer(spec), HeldExecutor()
    measures = LiveMeasures(trainer, measurer)
    measures.begin(0.0)
    measurer.deliver()
    measured = measures.collect(1)
    assert measured is not None and "fid" in measured.measures
    late = {name for kind in known_measures().values() if kind.on_request for name in kind.infos()}
    assert "fid_untrained" in late
    assert not late & {*measured.measures, *measured.floors}
