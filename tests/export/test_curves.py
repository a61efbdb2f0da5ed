"""The table of curves holds every number of the run file, and the curves are those numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array, ScalarBatch
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.export.curves import curves, read_batches, write_curves


def batch(player: str, names: list[str], at: list[float], values: list[list[float]]) -> ScalarBatch:
    return ScalarBatch(player=player, names=names, at=Array.of(np.array(at)),
                       values=Array.of(np.array(values, np.float32).reshape(len(at), len(names))))


# Two critic updates a step; the penalty is switched on in the second step, and the generator then runs away.
BATCHES = [
    batch("discriminator", ["critic"], [1 / 3, 2 / 3], [[0.1], [-0.25]]),
    batch("generator", ["generator"], [1.0], [[1e-30]]),
    batch("discriminator", ["critic", "penalty"], [4 / 3, 5 / 3], [[3.0, 0.5], [7.0, 1e20]]),
    batch("generator", ["generator"], [2.0], [[float("nan")]]),
    batch("generator", ["generator"], [3.0], [[float("-inf")]]),
]


def run_of(path: Path, batches: list[ScalarBatch]) -> Path:
    writer = RunWriter(path, Spec())
    for one in batches:
        writer.add_scalars(one)
    writer.close()
    return path


def test_the_table_by_hand(tmp_path: Path) -> None:
    assert write_curves(BATCHES, tmp_path / "x.csv") == 7
    assert (tmp_path / "x.csv").read_bytes().decode().split("\n") == [
        "step,player,discriminator.critic,discriminator.penalty,generator.generator",
        "0.3333333333333333,discriminator,0.1,,", "0.6666666666666666,discriminator,-0.25,,",
        "1.0,generator,,,1e-30", "1.3333333333333333,discriminator,3.0,0.5,",
        "1.6666666666666667,discriminator,7.0,1e+20,", "2.0,generator,,,nan", "3.0,generator,,,-inf", "",
    ]


def test_the_table_holds_the_runs_own_bits(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    drawn = [batch("discriminator", ["a", "b"], sorted(rng.uniform(0, 50, 40)), rng.normal(size=(40, 2)).tolist()),
             batch("generator", ["a"], sorted(rng.uniform(0, 50, 30)), (rng.normal(size=(30, 1)) * 1e-20).tolist())]
    path = run_of(tmp_path / "run.ganrun", drawn)
    write_curves(read_batches(path), tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["step"]) for row in rows] == sorted(float(row["step"]) for row in rows)
    reader = RunReader(path)
    stored = reader.scalars()
    reader.close()
    for one in stored:
        mine = [row for row in rows if row["player"] == one.player]
        assert np.array_equal([float(row["step"]) for row in mine], one.at.doubles())
        for column, name in enumerate(one.names):
            read = np.array([row[f"{one.player}.{name}"] for row in mine]).astype(np.float32)
            assert np.array_equal(read, one.values.numpy()[:, column])


def test_curves_are_the_terms_over_the_updates_that_had_them() -> None:
    found = curves(BATCHES)
    assert [curve.title for curve in found] == [
        "discriminator.critic", "discriminator.penalty", "generator.generator"]
    assert found[1].at.tolist() == [4 / 3, 5 / 3] and found[1].values.tolist() == [0.5, np.float32(1e20)]


def test_a_term_is_never_a_formula(tmp_path: Path) -> None:
    hostile = [batch("generator", ["=cmd|'/c calc'!A0", 'a,"b"\n'], [1.0], [[1.0, 2.0]])]
    write_curves(hostile, tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        head, row = list(csv.reader(file))
    assert head[2:] == ["generator.=cmd|'/c calc'!A0", 'generator.a,"b"\n'] and row[2:] == ["1.0", "2.0"]


@pytest.mark.parametrize(("bad", "sentence"), [
    ([], "no terms yet"),
    ([ScalarBatch(player="generator", names=["a"], at=Array.of(np.zeros(2)), values=Array.of(np.zeros((3, 1))))],
     "damaged scalar"),
    ([ScalarBatch(player="../x", names=["a"], at=Array.of(np.zeros(1)), values=Array.of(np.zeros((1, 1))))],
     "damaged scalar"),
    ([ScalarBatch(player="generator", names=["a"], at=Array((10**9,), "f8", b""), values=Array((1,), "f4", b""))],
     "damaged scalar"),
    ([batch("generator", ["a"], [float("nan")], [[1.0]])], "at no step"),
    ([batch("generator", ["a"], [1e300], [[1.0]])], "at no step"),
    ([batch("generator", ["a", "a"], [1.0], [[1.0, 2.0]])], "twice"),
    ([batch("generator", [f"t{n}" for n in range(300)], [1.0], [[0.0] * 300])], "300 different terms"),
])
def test_damaged_curves_are_refused_in_a_sentence(bad: list[ScalarBatch], sentence: str, tmp_path: Path) -> None:
    path = run_of(tmp_path / "run.ganrun", bad)
    with pytest.raises(BadInput, match=sentence):
        read_batches(path)


def test_nothing_half_written_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.csv").write_text("mine")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ganstudio.export.curves._cells", full)
    with pytest.raises(BadInput, match="No space left on device"):
        write_curves(BATCHES, tmp_path / "x.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"] and (tmp_path / "x.csv").read_text() == "mine"
