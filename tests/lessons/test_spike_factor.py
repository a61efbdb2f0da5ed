"""The spike of the droplet against the formula: by hand, and by the layers that the networks have."""

from __future__ import annotations

import math

import pytest

from ganstudio.lessons.quantities.spike_factor import SpikeFactor, SpikeParams


def factor(**params: object) -> float:
    return SpikeFactor().compute(None, SpikeParams(**params))  # type: ignore[arg-type]


@pytest.mark.parametrize(("height", "known"), [(10.0, 0.848), (50.0, 0.305), (500.0, 0.032)])
def test_instance_norm_divides_all_others_by_what_the_spike_adds(height: float, known: float) -> None:
    found = factor(height=height)
    assert found == pytest.approx(known, abs=5e-4)
    n = 256
    assert found == pytest.approx(1 / math.sqrt(1 + height**2 / n * (1 - 1 / n)), rel=1e-3)


def test_on_a_larger_map_the_same_spike_takes_less() -> None:
    assert factor(height=50.0, side=64) > 2 * factor(height=50.0, side=16)


@pytest.mark.parametrize("style", [0.01, 1.0, 100.0])
def test_demodulation_never_looks_at_the_map(style: float) -> None:
    assert factor(height=500.0, norm="demodulation", style=style) == pytest.approx(1.0, abs=1e-12)
