"""Plans of the earth mover against all plans there are, SciPy's linear programme, and the quantile formula."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog
from scipy.stats import wasserstein_distance

from ganstudio.core.earth_mover import (
    Floats,
    Loads,
    area_between,
    assign,
    best_plan,
    cost_of,
    distances,
    distribution,
    plan_on_line,
)


def cheapest(sources: Floats, supply: Loads, targets: Floats, demand: Loads) -> float:
    """The transport problem as a linear programme."""
    m, n = len(supply), len(demand)
    rows = np.kron(np.eye(m), np.ones(n))
    columns = np.kron(np.ones(m), np.eye(n))
    found = linprog(distances(sources, targets).ravel(), A_eq=np.concatenate([rows, columns]),
                    b_eq=np.concatenate([supply, demand]), method="highs")
    assert found.fun is not None
    return float(found.fun)


def drawn(seed: int, dimensions: int, piles: int, holes: int, loads: int) -> tuple[Floats, Loads, Floats, Loads]:
    rng = np.random.default_rng(seed)
    supply, demand = (1 + rng.multinomial(loads - count, np.full(count, 1 / count)) for count in (piles, holes))
    return rng.uniform(0, 10, (piles, dimensions)), supply, rng.uniform(0, 10, (holes, dimensions)), demand


@pytest.mark.parametrize("seed", range(5))
def test_an_assignment_is_the_best_of_all_permutations(seed: int) -> None:
    cost = np.random.default_rng(seed).uniform(-1, 5, (6, 6))
    least = min(cost[np.arange(6), list(order)].sum() for order in itertools.permutations(range(6)))
    columns = assign(cost)
    assert sorted(columns.tolist()) == list(range(6))
    assert cost[np.arange(6), columns].sum() == pytest.approx(least, abs=1e-12)


@pytest.mark.parametrize("n", [0, 1, 2, 40, 90])
def test_an_assignment_is_as_cheap_as_scipys(n: int) -> None:
    rng = np.random.default_rng(n)
    for cost in (distances(rng.normal(size=(n, 2)), rng.normal(size=(n, 2))), np.round(rng.uniform(0, 3, (n, n)))):
        rows, columns = linear_sum_assignment(cost)
        assert cost[np.arange(n), assign(cost)].sum() == pytest.approx(cost[rows, columns].sum(), abs=1e-9)


@pytest.mark.parametrize("cost", [np.zeros((2, 3)), np.array([[np.nan]]), np.array([[np.inf]])])
def test_what_cannot_be_assigned_is_refused(cost: Floats) -> None:
    with pytest.raises(ValueError, match="cannot be assigned"):
        assign(cost)


@pytest.mark.parametrize("dimensions", [1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_a_plan_empties_every_pile_fills_every_hole_and_costs_the_least(seed: int, dimensions: int) -> None:
    sources, supply, targets, demand = drawn(seed, dimensions, 3 + seed % 3, 4, 12)
    plan = best_plan(sources, supply, targets, demand)
    assert (plan >= 0).all()
    assert (plan.sum(axis=1) == supply).all() and (plan.sum(axis=0) == demand).all()
    assert cost_of(plan, sources, targets) == pytest.approx(cheapest(sources, supply, targets, demand), abs=1e-8)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_on_a_line_the_cost_of_a_load_is_the_area_between_the_distribution_functions(
    seed: int, piles: int, holes: int,
) -> None:
    sources, supply, targets, demand = drawn(seed, 1, piles, holes, 24)
    x, y = sources[:, 0], targets[:, 0]
    of_plan = cost_of(best_plan(sources, supply, targets, demand), sources, targets) / supply.sum()
    assert area_between(x, supply, y, demand) == pytest.approx(of_plan, abs=1e-9)
    assert wasserstein_distance(x, y, supply, demand) == pytest.approx(of_plan, abs=1e-9)
    # The quantile formula, the integral of |F^-1 - G^-1|: both are constant over each of 24 equal shares.
    quantiles = [np.repeat(at[np.argsort(at)], loads[np.argsort(at)]) for at, loads in ((x, supply), (y, demand))]
    assert np.abs(quantiles[0] - quantiles[1]).mean() == pytest.approx(of_plan, abs=1e-9)


def test_piles_at_one_place_and_holes_under_them_cost_nothing() -> None:
    x, loads = np.array([3.0, 3.0, 5.0]), np.array([1, 2, 1])
    plan = plan_on_line(x, loads, np.array([5.0, 3.0]), np.array([1, 3]))
    assert plan.tolist() == [[0, 1], [0, 2], [1, 0]]
    assert area_between(x, loads, np.array([5.0, 3.0]), np.array([1, 3])) == 0.0


def test_a_distribution_function_counts_what_lies_at_a_place() -> None:
    at = np.array([-1.0, 0.0, 0.5, 2.0, 9.0])
    assert distribution(at, np.array([2.0, 0.0]), np.array([3, 1])).tolist() == [0.0, 0.25, 0.25, 1.0, 1.0]


@pytest.mark.parametrize("dimensions", [1, 2])
def test_loads_without_room_are_refused(dimensions: int) -> None:
    places = np.zeros((1, dimensions))
    with pytest.raises(ValueError, match="2 loads cannot fill holes for 1"):
        best_plan(places, np.array([2]), places, np.array([1]))
