"""Benchmarks: what they promise, their arithmetic, their command, and one drive of the real window. No timing."""

from __future__ import annotations

import inspect
import itertools
import json
import math
import os
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from ganstudio.bench import board, compare, driving, latency, live, memory, points, startup
from ganstudio.bench.benchmark import Benchmark, NotMeasured, paired, rate
from ganstudio.bench.driving import SCRIPTS, in_window, resident_mb
from ganstudio.bench.specs import cyclegan_spec, ganlab_spec, gawwn_spec, spade_spec, wgan_gp_spec
from ganstudio.cli import main
from ganstudio.commands.bench import reached
from ganstudio.core.leaves import leaves
from ganstudio.core.protocol.spec import Spec
from ganstudio.training.resolve_spec import resolved

KNOWN = leaves("ganstudio.bench", Benchmark)
CONTRACT = {  # DESIGN section 6
    "live": {"ratio", "pictures_per_second"},
    "points": {"ganlab_ratio", "w128_ratio", "w512_ratio"},
    "startup": {"window_s", "panels_s", "first_picture_s", "first_picture_ratio"},
    "latency": {"apply_steps", "visible_ms"},
    "memory": {"window_mb", "engine_mb"},
    "compare": {"plots_per_second", "rate_share", "slowest_plots_per_second"},
    "board": {*(f"{run}_{state}_ms{part}" for run in ("spade", "box", "keypoints") for state in ("training", "paused")
                for part in ("", "_90", "_worst")), "translation_refresh_ms", "translation_gap_ms"},
}
ON_IMAGES = {  # likewise; each is tried in a file of its own
    "loader": {"wait_share"},
    "recorder": {"rate_share"},
    "progan": {"speedup"},
    "images": {"ratio_64", "ratio_32"},
    "presets": {f"{case}_ratio" for case in (
        "pix2pix", "cyclegan", "stargan", "stargan_v2", "spade", "gawwn", "cgan", "stylegan", "stylegan2", "stylegan3",
        "msg_gan", "singan", "vqgan")},
    "images-live": {"ratio", "pictures_per_second"},
    "gpu": {"graphs_ratio", "live_ratio", "peak_mb"},
}
MEASURED = {
    "rate": {"steps_per_second": 80.0, "pictures_per_second": 30.0},
    "startup": {"window_s": 0.25, "panels_s": 0.75, "first_picture_s": 2.0},
    "latency": {"apply_steps": 1.0, "visible_ms": 40.0},
    "memory": {"window_mb": 3.0, "engine_mb": 2.0},
    "compare": {"steps_per_second": 12.0, "plots_per_second": 30.0, "slowest_plots_per_second": 4.5},
    "board": {"training": 60.0, "training_90": 120.0, "training_worst": 200.0,
              "paused": 40.0, "paused_90": 50.0, "paused_worst": 70.0},
    "refresh": {"refresh_ms": 3.0, "gap_ms": 40.0},
}


@pytest.fixture
def undriven(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Benchmarks without windows: scripts answer at once. Returns the names of those that were asked for."""
    asked: list[str] = []

    def answer(name: str, home: str | None = None, **parameters: Any) -> dict[str, float]:
        msgspec.convert(parameters.pop("spec", {}), Spec)
        assert parameters.pop("layout", "plane") in ("plane", "image")
        inspect.signature(SCRIPTS[name]).bind(None, **parameters)
        asked.append(name)
        return MEASURED[name]

    for module in (board, compare, latency, live, memory, startup):
        monkeypatch.setattr(module, "in_window", answer)
    monkeypatch.setattr(startup, "import_torch", lambda: 1.6)
    monkeypatch.setattr(live, "headless_rate", lambda *_: 100.0)
    monkeypatch.setattr(points, "paired", lambda ours, theirs, repeats: 1.5)
    return asked


# Arithmetic --------------------------------------------------------------------------------------------------------


def test_paired_measures_in_turn_and_takes_the_median_of_the_ratios() -> None:
    order: list[str] = []
    ours, theirs = iter([2.0, 30.0, 8.0]), iter([1.0, 3.0, 2.0])

    def side(name: str, rates: Iterator[float]) -> float:
        order.append(name)
        return next(rates)

    assert paired(lambda: side("A", ours), lambda: side("B", theirs), 3) == 4.0
    assert order == ["A", "B"] * 3


def test_rate_is_calls_over_the_time_that_they_took(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(10.0, 0.75)  # each call takes so long
    monkeypatch.setattr("ganstudio.bench.benchmark.time.perf_counter", lambda: next(clock))
    calls: list[None] = []
    assert rate(lambda: calls.append(None), 3.0) == pytest.approx(4 / 3.0)
    assert len(calls) == 4


def test_rate_calls_once_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(0.0, 5.0)
    monkeypatch.setattr("ganstudio.bench.benchmark.time.perf_counter", lambda: next(clock))
    assert rate(lambda: None, 0.1) == pytest.approx(1 / 5.0)


def test_live_is_the_median_ratio_of_pairs(undriven: list[str]) -> None:
    assert KNOWN["live"]().run(lambda _: None) == {"ratio": 0.8, "pictures_per_second": 30.0}
    assert undriven == ["rate"] * live.REPEATS


def test_six_runs_are_measured_beside_one_alone(undriven: list[str]) -> None:
    assert KNOWN["compare"]().run(lambda _: None) == {
        "plots_per_second": 30.0, "rate_share": pytest.approx(6 * 12 / 80), "slowest_plots_per_second": 4.5}
    assert undriven == ["rate", "compare"] * compare.REPEATS


def test_memory_is_the_larger_growth_of_its_runs(undriven: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    grown = iter([{"window_mb": 1.0, "engine_mb": 9.0}, {"window_mb": 4.0, "engine_mb": 2.0}])
    monkeypatch.setattr(memory, "in_window", lambda *_, **__: next(grown))
    assert KNOWN["memory"]().run(lambda _: None) == {"window_mb": 4.0, "engine_mb": 9.0}


def test_the_first_start_only_warms_caches(undriven: list[str]) -> None:
    KNOWN["startup"]().run(lambda _: None)
    assert undriven == ["startup"] * (startup.REPEATS + 1)


# Contract ----------------------------------------------------------------------------------------------------------


def test_the_benchmarks_of_the_contract_are_there() -> None:
    assert {name: set(KNOWN[name].goals) for name in CONTRACT} == CONTRACT
    for name, figures in ON_IMAGES.items():
        assert figures <= set(KNOWN[name].goals)


@pytest.mark.parametrize("name", sorted(CONTRACT))
def test_every_figure_has_a_goal(name: str, undriven: list[str]) -> None:
    leaf = KNOWN[name]
    said: list[str] = []
    figures = leaf().run(said.append)
    assert list(figures) == list(leaf.goals)
    assert said and leaf.title and leaf.__doc__
    for sign, goal in leaf.goals.values():
        assert sign in (">=", "<=") and math.isfinite(goal)


@pytest.mark.parametrize("spec", [
    ganlab_spec(), wgan_gp_spec(128, 128, 3), spade_spec(), gawwn_spec("box"), gawwn_spec("keypoints"), cyclegan_spec(),
], ids=["ganlab", "wgan-gp", "spade", "box", "keypoints", "cyclegan"])
def test_the_measured_runs_stand(spec: Spec) -> None:
    found = resolved(spec).spec
    for asked, has in ((spec.controls, found.controls), (spec.network_controls, found.network_controls),
                       (spec.data_controls, found.data_controls)):
        assert {name: has[name] for name in asked} == asked


# The command -------------------------------------------------------------------------------------------------------


def test_an_unknown_benchmark_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "lief", "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("ganstudio: unknown benchmark 'lief': did you mean 'live'? known are ")
    assert captured.err.count("\n") == 1


def test_json_is_one_object_and_progress_goes_elsewhere(
    undriven: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "latency", "startup", "latency", "--json"]) == 0
    captured = capsys.readouterr()
    starting = {**MEASURED["startup"], "first_picture_ratio": 1.25}
    assert json.loads(captured.out) == {"latency": MEASURED["latency"], "startup": starting}
    assert "latency" in captured.err
    assert undriven.count("latency") == 1


def test_the_table_tells_what_was_reached(undriven: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "startup", "live"]) == 0
    printed = capsys.readouterr().out
    rows = {line.split()[1]: line.split()[2:] for line in printed.splitlines()[1:]}
    assert rows["window_s"] == ["0.25", "<=", "0.5", "yes"]
    assert rows["ratio"] == ["0.8", ">=", "0.9", "NO"]


def test_one_that_cannot_be_measured_is_null_beside_the_others(
    undriven: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> dict[str, float]:
        raise NotMeasured("no window here")

    monkeypatch.setattr(latency, "in_window", fail)
    assert main(["bench", "latency", "memory", "--json"]) == 1
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["latency"] == {"apply_steps": None, "visible_ms": None}
    assert found["memory"] == MEASURED["memory"]
    assert "latency could not be measured: no window here" in captured.err


def test_reached() -> None:
    assert [reached(value, ">=", 2.0) for value in (2.0, 3.0, 1.0, None)] == ["yes", "yes", "NO", "–"]
    assert [reached(value, "<=", 2.0) for value in (2.0, 3.0, 1.0)] == ["yes", "NO", "yes"]


# The window --------------------------------------------------------------------------------------------------------


def test_a_script_drives_the_real_window_without_torch() -> None:
    """The window's process says so itself where torch has come in."""
    found = in_window("latency", spec=msgspec.to_builtins(wgan_gp_spec(8, 16, 1)), moves=1)
    assert set(found) == {"apply_steps", "visible_ms"}
    assert all(math.isfinite(value) and value >= 0 for value in found.values())


def test_a_script_draws_on_the_board() -> None:
    spec = narrow(gawwn_spec("keypoints"))
    found = in_window("board", spec=msgspec.to_builtins(spec), layout="image", strokes=1)
    assert found.keys() == MEASURED["board"].keys()
    assert 0 < found["paused"] <= found["paused_90"] <= found["paused_worst"]


def test_a_script_watches_translations() -> None:
    spec = narrow(spade_spec())
    found = in_window("refresh", spec=msgspec.to_builtins(spec), layout="image", seconds=0.1, refreshes=2)
    assert found.keys() == MEASURED["refresh"].keys() and all(value > 0 for value in found.values())


def narrow(spec: Spec) -> Spec:
    """The same run with few images and small players."""
    return msgspec.structs.replace(
        spec, data_controls={**spec.data_controls, "count": 100}, controls={**spec.controls, "batch_size": 2},
        network_controls={**spec.network_controls, "width": 4, "words" if spec.variant == "gawwn" else "hidden": 4})


def test_a_script_drives_a_comparison() -> None:
    runs = [wgan_gp_spec(8, 16, 1), wgan_gp_spec(8, 16, 2)]
    found = in_window("compare", spec=msgspec.to_builtins(runs[0]), runs=msgspec.to_builtins(runs), warm_up=1,
                      seconds=0.1)
    assert found.keys() == MEASURED["compare"].keys()
    assert all(math.isfinite(value) and value >= 0 for value in found.values())


def test_a_run_that_is_refused_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "PATIENCE_S", 60.0)
    with pytest.raises(NotMeasured, match=r"script rate failed: refused: unknown variant 'none'"):
        in_window("rate", spec=msgspec.to_builtins(Spec(variant="none")), warm_up=1, seconds=0.1)


def test_resident_memory_is_what_another_witness_says() -> None:
    psutil = pytest.importorskip("psutil")
    assert resident_mb(os.getpid()) == pytest.approx(psutil.Process().memory_info().rss / 2**20, rel=0.05)
