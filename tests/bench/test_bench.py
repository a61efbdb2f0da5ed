"""Benchmarks: their contract and their arithmetic. No test here looks at a clock."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys

import pytest

from ganstudio.bench.benchmark import Benchmark, paired, rate
from ganstudio.bench.driving import resident_mb
from ganstudio.cli import main
from ganstudio.core.leaves import leaves

FIGURES = {
    "live": {"ratio", "pictures_per_second"}, "points": {"ganlab_ratio", "w128_ratio", "w512_ratio"},
    "startup": {"window_s", "first_picture_s"}, "latency": {"apply_steps", "visible_ms"},
    "memory": {"window_mb", "engine_mb"},
}


def test_every_benchmark_promises_its_figures() -> None:
    found = leaves("ganstudio.bench", Benchmark)
    assert {name: set(leaf.goals) for name, leaf in found.items()} == FIGURES
    assert all(sign in (">=", "<=") for leaf in found.values() for sign, _ in leaf.goals.values())


def test_a_pair_is_the_median_of_ratios() -> None:
    ours, theirs = itertools.cycle([2.0, 9.0, 4.0]), itertools.cycle([1.0, 1.0, 2.0])
    assert paired(lambda: next(ours), lambda: next(theirs), 3) == 2.0


def test_a_rate_counts_at_least_one_call() -> None:
    calls: list[int] = []
    assert rate(lambda: calls.append(1), 0.0) > 0
    assert calls == [1]


def test_an_unknown_benchmark_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "lve"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "unknown benchmark 'lve': did you mean 'live'?" in captured.err


def test_a_window_measures_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_BENCH_QUICK", "1")
    done = subprocess.run([sys.executable, "-m", "ganstudio.cli", "bench", "latency", "--json"], capture_output=True,
                          text=True, check=True)
    figures = json.loads(done.stdout)
    assert set(figures["latency"]) == FIGURES["latency"]
    assert figures["latency"]["apply_steps"] <= 1  # a command never waits for more than the update under way


def test_resident_memory_is_told_in_megabytes() -> None:
    import os

    assert 5 < resident_mb(os.getpid()) < 100_000
