"""Numbers for claims: each measured once a moment, and what takes seconds only if it is named."""

from __future__ import annotations

from typing import Any

import pytest

from ganstudio.core.protocol.spec import Spec
from ganstudio.lessons import measured_numbers
from ganstudio.lessons.measured_numbers import floor, number, owner_on_request
from ganstudio.measures.untrained import Untrained
from ganstudio.training.measuring import compute_measures, copy_for_measuring
from ganstudio.training.trainer import Trainer


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each measurement whether it took the measure that takes seconds, from fewer samples than usual."""
    found: list[bool] = []

    def noted(*args: Any, which: Any, **more: Any) -> Any:
        found.append(which(Untrained))
        return compute_measures(*args, which=which, **more)

    monkeypatch.setattr(measured_numbers, "compute_measures", noted)
    monkeypatch.setattr(measured_numbers, "SAMPLES", 80)
    return found


def test_a_number_that_takes_seconds_is_measured_when_it_is_named(asked: list[bool]) -> None:
    trainer = Trainer(Spec(variant="dcgan", data="digits", seed=2, device="cpu", threads=1,
                           data_controls={"count": 100}, controls={"batch_size": 8},
                           network_controls={"width": 4, "resolution": 8}))
    trainer.step()
    every = compute_measures(copy_for_measuring(trainer, 80)).measures
    for _ in range(2):
        assert number(trainer, "fid") == every["fid"]
        assert number(trainer, "diversity") == every["diversity"]
    assert asked == [False]
    for _ in range(2):
        assert number(trainer, "fid_untrained") == every["fid_untrained"]
    assert asked == [False, True]
    assert floor(trainer, "fid_untrained") is None
    fid = floor(trainer, "fid")
    assert fid is not None and fid > 0
    assert asked == [False, True, True, False]
    trainer.step()
    assert number(trainer, "fid") is not None
    assert asked[4:] == [False]


def test_the_owner_of_a_family_is_found_by_one_of_its_numbers() -> None:
    assert owner_on_request("fid") is None
    assert owner_on_request("nothing") is None
    for name in ("crossover_3", "crossover_of_hair_1", "crossover_se"):
        owner = owner_on_request(name)
        assert owner is not None and owner.name == "crossover"
