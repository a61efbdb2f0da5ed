"""Curves as they grow, against plain numpy over the whole series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from call_count import Calls
from hypothesis import given, settings
from hypothesis import strategies as st

from ganstudio.core.protocol.views import Array, ScalarBatch
from ganstudio.ui.state.curve_store import CurveStore, Series


def grown(y: np.ndarray[tuple[int, ...], np.dtype[np.float64]], pieces: int = 1, pitch: float = 1.0) -> Series:
    """A series of y over 0, pitch, 2 pitch, ..., appended in pieces."""
    series = Series()
    for part in np.array_split(np.arange(len(y)), pieces):
        series.append((part * pitch).astype(np.float64), y[part])
    return series


def trailing_mean(y: np.ndarray[tuple[int, ...], np.dtype[np.float64]], last: int, width: int) -> float:
    return float(np.mean(y[max(last - width + 1, 0) : last + 1]))


@settings(derandomize=True, deadline=None)
@given(st.integers(1, 5000), st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_however_a_series_came_it_is_whole(count: int, pieces: int, seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=count)
    series = grown(y, pieces)
    assert series.count == count
    np.testing.assert_array_equal(series.x, np.arange(count))
    np.testing.assert_array_equal(series.y, y)


@settings(derandomize=True, deadline=None)
@given(st.integers(1, 3000), st.integers(2, 1000), st.integers(10, 400), st.integers(0, 2**32 - 1))
def test_smoothing_is_the_trailing_mean(count: int, width: int, pixels: int, seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=count)
    x, drawn = grown(y, 7).drawn(0, count, pixels, width)
    assert len(x) <= pixels
    assert x[-1] == count - 1
    expected = [trailing_mean(y, int(at), width) for at in x]
    np.testing.assert_allclose(drawn, expected, atol=1e-9)


def test_smoothing_reaches_before_what_is_shown() -> None:
    y = np.arange(1000.0) ** 2
    x, drawn = grown(y).drawn(500, 600, 300, 50)
    np.testing.assert_allclose(drawn, [trailing_mean(y, int(at), 50) for at in x])


def test_smoothing_invents_no_value_where_there_is_none() -> None:
    """A term of 5 that is NaN for a while must not look as if it fell towards 0."""
    y = np.full(100, 5.0)
    y[40:80] = np.nan
    _, drawn = grown(y).drawn(0, 100, 300, 10)
    assert np.isnan(drawn[60])
    finite = drawn[np.isfinite(drawn)]
    assert len(finite) > 30
    np.testing.assert_allclose(finite, 5.0)


def test_one_wild_value_does_not_blind_the_mean_for_ever() -> None:
    """A term that explodes and is brought back by a hand is worth reading again."""
    y = np.ones(400)
    y[100] = 1e20
    _, drawn = grown(y).drawn(0, 400, 1000, 10)
    np.testing.assert_allclose(drawn[200:], 1.0)


def test_few_points_are_drawn_as_they_are() -> None:
    y = np.array([3.0, np.nan, -1.0, np.inf])
    x, drawn = grown(y).drawn(0, 10, 100, 1)
    np.testing.assert_array_equal(x, np.arange(4))
    np.testing.assert_array_equal(drawn, y)


@settings(derandomize=True, deadline=None)
@given(st.integers(1000, 20_000), st.integers(50, 400), st.integers(0, 2**32 - 1))
def test_decimation_keeps_the_extremes(count: int, pixels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=count)
    y[rng.integers(count)] = 1e3
    y[rng.integers(count)] = -1e3
    x, drawn = grown(y, 5).drawn(0, count, pixels, 1)
    assert len(drawn) <= 2 * pixels + 2
    assert (drawn.min(), drawn.max()) == (y.min(), y.max())
    assert (np.diff(x) >= 0).all()


@pytest.mark.parametrize("spike", [0, 1, 2, 9_998, 9_999])
def test_decimation_keeps_the_ends(spike: int) -> None:
    """The first update of a run is often its wildest."""
    y = np.zeros(10_000)
    y[spike] = 100.0
    _, drawn = grown(y).drawn(0, 10_000, 300, 1)
    assert drawn.max() == 100.0


def test_decimation_puts_a_spike_where_it_was() -> None:
    y = np.zeros(100_000)
    y[54_321] = 1.0
    x, drawn = grown(y).drawn(0, 100_000, 500, 1)
    assert abs(x[int(np.argmax(drawn))] - 54_321) <= 100_000 / 500 + 1


def test_nan_is_a_gap_in_a_decimated_curve_too() -> None:
    y = np.ones(50_000)
    y[20_000:30_000] = np.nan
    x, drawn = grown(y).drawn(0, 50_000, 200, 1)
    inside = (x > 20_500) & (x < 29_500)
    assert np.isnan(drawn[inside]).all()
    assert np.isfinite(drawn[(x < 19_500) | (x > 30_500)]).all()


def test_a_part_is_drawn_with_its_neighbours() -> None:
    """The line goes on to the edges of what is shown."""
    x, _ = grown(np.zeros(100)).drawn(10.5, 20.5, 500, 1)
    assert (x[0], x[-1]) == (10, 21)


@pytest.mark.parametrize("smoothing", [1, 5])
def test_nothing_is_drawn_of_nothing(smoothing: int) -> None:
    x, y = Series().drawn(0, 1, 100, smoothing)
    assert len(x) == len(y) == 0


def test_at_is_the_last_update_at_or_before() -> None:
    series = grown(np.array([10.0, 20.0, 30.0]), pitch=0.5)
    assert [series.at(x) for x in (-0.1, 0.0, 0.4, 0.5, 99.0)] == [None, 10.0, 10.0, 20.0, 30.0]
    assert Series().at(0.0) is None


def test_a_store_keeps_terms_apart_and_knows_their_player() -> None:
    store = CurveStore()
    for start in (0, 2):
        at = np.arange(start, start + 2, dtype=np.float64)
        store.add(ScalarBatch(player="discriminator", names=["critic", "penalty"], at=Array.of(at),
                              values=Array.of(np.stack([at + 1, at + 100], axis=1).astype(np.float32))))
    store.add(ScalarBatch(player="generator", names=["generator"], at=Array.of(np.array([3.0])),
                          values=Array.of(np.array([[7.0]], dtype=np.float32))))
    assert {name: list(series.y) for name, series in store.series.items()} == {
        "critic": [1, 2, 3, 4], "penalty": [100, 101, 102, 103], "generator": [7],
    }
    assert store.player_of == {"critic": "discriminator", "penalty": "discriminator", "generator": "generator"}


def test_a_million_updates_are_kept_and_drawn_at_little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Appending is not quadratic, and drawing looks at what is shown."""
    series = Series()
    values = np.random.default_rng(0).normal(size=1_000_000)
    copied = []
    whole = np.concatenate

    def concatenate(parts: Sequence[np.ndarray]) -> np.ndarray:
        copied.append(sum(map(len, parts)))
        return whole(parts)

    monkeypatch.setattr(np, "concatenate", concatenate)
    with Calls() as first:
        series.append(np.arange(1000.0), values[:1000])
    for at in range(1000, 999_000, 1000):
        series.append(np.arange(at, at + 1000.0), values[at : at + 1000])
    with Calls() as last:
        series.append(np.arange(999_000.0, 1_000_000.0), values[999_000:])
    assert last.number < first.number + 20
    assert sum(copied) < 2 * 4 * 1_000_000  # both columns, whose room doubles
    for smoothing in (1, 100):
        with Calls() as drawing:
            x, y = series.drawn(0, 1_000_000, 800, smoothing)
        assert drawing.number < 200 and len(x) == len(y) <= 2 * 802


def in_pieces(x: list[float], sizes: list[int]) -> Series:
    """A series that came in pieces of these sizes."""
    series, at = Series(), 0
    for size in sizes:
        part = np.array(x[at : at + size])
        series.append(part, np.ones(len(part)))
        at += size
    return series


def gaps(series: Series, smoothing: int = 1, pixels: int = 1000) -> list[float]:
    x, y = series.drawn(0, 1e9, pixels, smoothing)
    found: list[float] = x[np.isnan(y)].tolist()
    return found


@pytest.mark.parametrize("sizes", [[40], [1] * 40, [10, 1, 1, 28], [11, 29], [12, 28]])
def test_a_gap_is_found_however_the_points_came(sizes: list[int]) -> None:
    frozen = [*map(float, range(11)), *map(float, range(100, 129))]
    series = in_pieces(frozen, sizes)
    assert gaps(series) == [10.0]
    assert gaps(series, smoothing=5) == [10.0]
    assert gaps(series, pixels=8) == [10.0]


def test_a_change_of_speed_is_no_gap() -> None:
    slow_then_fast = [*map(float, range(20)), *map(float, range(20, 6000, 300))]
    assert gaps(in_pieces(slow_then_fast, [40])) == []
    assert gaps(in_pieces(sorted(6000 - x for x in slow_then_fast), [1] * 40)) == []


def test_a_panel_that_was_hidden_leaves_a_gap() -> None:
    measured = [*np.arange(0.0, 6900, 290), *np.arange(9900.0, 12000, 310)]
    assert gaps(in_pieces(measured, [len(measured)])) == [6670.0]


def test_the_last_point_ends_no_gap_before_another_is_there() -> None:
    series = in_pieces([*map(float, range(10)), 200.0], [11])
    assert gaps(series) == []
    series.append(np.array([201.0, 202.0]), np.ones(2))
    assert gaps(series) == [9.0]
