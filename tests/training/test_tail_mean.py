"""The mean over the last quarter, against NumPy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ganstudio.training import tail_mean
from ganstudio.training.tail_mean import TailMean


def value(i: int) -> torch.Tensor:
    return torch.tensor([[math.sin(i)], [float(i)]], dtype=torch.float64)


def seen(n: int, mean: TailMean | None = None, start: int = 0) -> TailMean:
    mean = mean or TailMean()
    for i in range(start, start + n):
        mean.add(value(i))
    return mean


def by_numpy(n: int, tail: int) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = np.mean([value(i).numpy() for i in range(n - tail, n)], axis=0)
    return mean


def test_before_any_value_there_is_no_mean() -> None:
    assert TailMean().mean() is None


@pytest.mark.parametrize("n", [*range(1, 30), 100, 999, 1000, 4000, 4095])
def test_it_is_numpys_mean_over_the_last_quarter(n: int) -> None:
    found = seen(n).mean()
    assert found is not None
    assert found.dtype == torch.float64 and found.shape == (2, 1)
    np.testing.assert_allclose(found.numpy(), by_numpy(n, math.ceil(n / 4)), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", [4096, 4097, 5001, 8191, 12_000, 20_011])
def test_a_long_run_is_thinned_and_the_quarter_is_right_to_a_thousandth_of_the_run(n: int) -> None:
    mean = seen(n)
    found = mean.mean()
    assert found is not None
    tail = 2 * (n - 1 - float(found[1, 0])) + 1  # of 0, 1, ... n - 1 the mean of the last m is n - 1 - (m - 1) / 2
    assert tail == pytest.approx(round(tail), abs=1e-4)
    assert 0.25 * n <= round(tail) <= 0.251 * n
    np.testing.assert_allclose(found.numpy(), by_numpy(n, round(tail)), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", [1, 5, 7, 8, 9, 63, 64, 65, 1000, 3001])
def test_memory_is_bounded_however_long_it_runs(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_mean, "MOST", 8)
    mean = seen(n)
    assert len(mean.state().get("sums", ())) < 8
    found = mean.mean()
    assert found is not None
    tail = 2 * (n - 1 - float(found[1, 0])) + 1
    assert round(tail) >= 0.25 * n
    assert round(tail) <= math.ceil(0.25 * n) + n / 4  # marks are at most a quarter of the run apart
    np.testing.assert_allclose(found.numpy(), by_numpy(n, round(tail)), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", [0, 1, 3, 100, 5000])
def test_it_goes_on_from_its_state(n: int) -> None:
    mean, other = seen(n), TailMean()
    other.load_state({key: tensor.clone() for key, tensor in mean.state().items()})
    for more in (0, 1, 77, 4200):
        start = n + {0: 0, 1: 0, 77: 1, 4200: 78}[more]
        one, two = seen(more, mean, start).mean(), seen(more, other, start).mean()
        assert (one is None) == (two is None)
        assert one is None or two is None or torch.equal(one, two)


def test_a_state_is_not_moved_by_what_comes_after() -> None:
    mean = seen(10)
    state = mean.state()
    kept = {key: tensor.clone() for key, tensor in state.items()}
    seen(10, mean, 10)
    assert all(torch.equal(state[key], kept[key]) for key in kept)


def test_a_value_with_a_graph_leaves_no_graph_behind() -> None:
    mean = TailMean()
    mean.add(torch.ones(2, dtype=torch.float64, requires_grad=True) * 2)
    found = mean.mean()
    assert found is not None and not found.requires_grad
