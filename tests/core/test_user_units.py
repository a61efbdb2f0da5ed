"""The user's units: one place converts, and all that is shown is as the file has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.core.protocol.spec import Spec, data_name
from ganstudio.core.user_units import SAME, UserUnits
from ganstudio.datasets.points import Points, PointsControls
from ganstudio.export.report import _samples
from ganstudio.maths.transport import exact_w1
from ganstudio.training.measuring import compute_measures, copy_for_measuring
from ganstudio.training.run_description import describe_run
from ganstudio.training.trainer import Trainer

HEART = UserUnits((54.0, 240.0), 16.0)


def test_places_lengths_and_slopes() -> None:
    assert (HEART.place(1.0), HEART.place(-1.0, 1)) == (70.0, 224.0)
    assert (HEART.length(0.5), HEART.slope(8.0)) == (8.0, 0.5)
    assert (HEART.measure(0.5, "length"), HEART.measure(0.5, "place"), HEART.measure(0.5, "")) == (8.0, 62.0, 0.5)
    assert HEART.measure(None, "length") is None
    assert SAME.same
    assert not HEART.same
    assert not UserUnits((1.0,)).same


@pytest.mark.parametrize(("units", "text"), [
    (SAME, "0.123"), (HEART, "55.97"), (UserUnits((0.0,), 1e-6), "0.000000123"), (UserUnits((1e6,), 1e5), "1012340"),
])
def test_a_place_in_words(units: UserUnits, text: str) -> None:
    assert units.text(0.1234) == text


def file_of(folder: Path, columns: int) -> tuple[Path, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    rng = np.random.default_rng(0)
    points = rng.normal((54, 240)[:columns], (9, 21)[:columns], (400, columns))
    np.savetxt(folder / "heart.csv", points, delimiter=",")
    return folder / "heart.csv", points


def trained(path: Path) -> Trainer:
    return Trainer(Spec(variant="wgan-gp", data="points", data_controls={"file": str(path)}, device="cpu", threads=1,
                        controls={"batch_size": 8}, network_controls={"width": 4, "depth": 1}))


@pytest.mark.parametrize("columns", [1, 2])
def test_what_is_measured_is_in_the_units_of_the_file(tmp_path: Path, columns: int) -> None:
    """W1 is that of the file's own points and of the samples as ``sample`` writes them, computed anew."""
    path, points = file_of(tmp_path, columns)
    trainer = trained(path)
    data = trainer.game.data
    evidence = copy_for_measuring(trainer, 200)
    found = compute_measures(evidence)
    real, fake = (data.to_user_units(x.astype(np.float32)).astype(np.float64)
                  for x in (evidence.generated.real, evidence.generated.fake))  # type: ignore[union-attr]
    assert abs(real[:, None] - points[None]).sum(-1).min(axis=1).max() < 1e-3, "they are rows of the file"
    assert found.measures["w1"] == pytest.approx(exact_w1(real, fake), rel=1e-4)
    assert found.measures["w1"] > 2 * found.floors["w1"] > 0.2  # type: ignore[operator]
    if columns == 1:
        assert found.measures["mean"] == pytest.approx(fake.mean(), rel=1e-4)
        assert found.measures["sd"] == pytest.approx(fake.std(), rel=1e-3)
        assert found.floors["mean"] == pytest.approx(54, abs=2)
    again = compute_measures(evidence, found.floors)
    assert again.floors["w1"] == found.floors["w1"], "floors that are known are in these units already"


def test_a_run_says_its_units(tmp_path: Path) -> None:
    path, points = file_of(tmp_path, 2)
    started = describe_run(trained(path))
    units = started.user_units
    np.testing.assert_allclose(units.center, points.mean(axis=0))
    assert units.scale == pytest.approx(np.sqrt(((points - points.mean(axis=0)) ** 2).mean()))
    for axis, column in enumerate(points.T):
        low, high = units.place(started.low, axis), units.place(started.high, axis)
        assert low < np.quantile(column, 0.01)
        assert high > np.quantile(column, 0.99)
    assert started.units.startswith("1 data unit is")
    data = Points(PointsControls(file=str(path)))
    np.testing.assert_allclose(data.to_user_units(np.zeros((1, 2), np.float32))[0], units.center, rtol=1e-6)


@pytest.mark.parametrize("columns", [1, 2])
def test_a_report_draws_the_units_of_the_file(tmp_path: Path, columns: int) -> None:
    path, _ = file_of(tmp_path, columns)
    _, drawing, caption, _ = _samples(trained(path))
    assert "in the data's units" in caption
    numbers = [float(part.rpartition(">")[2]) for part in str(drawing).replace("−", "-").split("</text>")[:-1]]
    assert ({50.0, 200.0, 250.0} if columns == 2 else {40.0, 60.0}) <= set(numbers), "the axes go around the means"


@pytest.mark.parametrize(("data", "controls", "name"), [
    ("ring", {}, "T"), ("points", {"file": "/home/x/heart.csv"}, "heart.csv"),
    ("folder", {"path": "/p/faces/"}, "faces"),
    ("points", {"file": "C:\\data\\heart.csv"}, "heart.csv"), ("mnist", {"path": "/p/x"}, "T"), ("points", {}, "T"),
    ("points", {"file": "/s/drawings/unkept.plane.csv"}, "your drawing"), ("points", {"file": "a\nb.csv"}, "T"),
    ("points", {"file": "/s/drawings/two moons.csv"}, "the drawing two moons"),
])
def test_data_is_called_by_its_file(data: str, controls: dict[str, str], name: str) -> None:
    assert data_name(Spec(data=data, data_controls=dict(controls)), "T") == name
