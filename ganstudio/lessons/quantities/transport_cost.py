"""Transport cost: the least cost of carrying one row of piles into another, or the cost of a given plan."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.control import Controls, Integer, Numbers, Text
from ganstudio.core.system.errors import BadInput
from ganstudio.lessons.quantity import Quantity
from ganstudio.training.trainer import Trainer

CLOSE = 1e-9  # as which shares count as equal

Floats = NDArray[np.float64]


class PileParams(Controls, frozen=True, kw_only=True):
    """Two rows of piles on a line; heights are divided by their sum."""

    source_at: Annotated[tuple[float, ...], Numbers(help="Where the piles are")] = (0.0,)
    source_height: Annotated[tuple[float, ...], Numbers(0.0, 1e6, help="How high they are")] = (1.0,)
    target_at: Annotated[tuple[float, ...], Numbers(help="Where piles are wanted")] = (1.0,)
    target_height: Annotated[tuple[float, ...], Numbers(0.0, 1e6, help="How high these are")] = (1.0,)
    power: Annotated[int, Integer(1, 2, help="The power of the distance that a unit of mass costs")] = 1
    plan: Annotated[str, Text(help="A plan to price instead of the best one: how much goes from each pile to each "
                                   "place, row by row, separated by commas")] = ""

    def check(self) -> None:
        for name in ("source", "target"):
            at, height = getattr(self, f"{name}_at"), getattr(self, f"{name}_height")
            if len(at) != len(height):
                raise BadInput(f"{name}_at has {len(at)} places and {name}_height {len(height)} heights: there must be "
                               "as many of each")
            if sum(height) <= 0:
                raise BadInput(f"{name}_height has no pile that is higher than 0")


class TransportCost(Quantity[PileParams]):
    """On a line the best plan keeps the order: what is left of all stays left of all."""

    name = "transport-cost"
    title = "cost of moving piles"
    unit = "mass × distance"
    help = "The least cost of moving piles on a line into others of the same mass: W1, or with power 2 its square; " \
           "or the cost of a given plan"
    needs_run = False

    def compute(self, trainer: Trainer | None, params: PileParams) -> float | None:
        p, q = (np.array(height) / sum(height) for height in (params.source_height, params.target_height))
        x, y = np.array(params.source_at), np.array(params.target_at)
        cost = np.abs(x[:, None] - y[None, :]) ** params.power
        plan = _given(params.plan, p, q) if params.plan else _best(x, y, p, q)
        return float((plan * cost).sum())


def _given(text: str, p: Floats, q: Floats) -> Floats:
    """The plan of a text, ``(piles, places)``; BadInput if it does not carry one row into the other."""
    try:
        plan = np.array([float(part) for part in text.split(",")])
    except ValueError:
        raise BadInput(f"plan takes numbers separated by commas, not '{text[:60]}'") from None
    if plan.size != p.size * q.size or not np.isfinite(plan).all() or plan.min() < 0 or plan.sum() <= 0:
        raise BadInput(f"plan has {plan.size} numbers: allowed are {p.size * q.size} from 0 on, a row of {q.size} for "
                       f"each of {p.size} piles")
    plan = (plan / plan.sum()).reshape(p.size, q.size)
    if np.abs(plan.sum(1) - p).max() > CLOSE or np.abs(plan.sum(0) - q).max() > CLOSE:
        raise BadInput("plan does not move these piles into those: its rows must sum to source_height, and its columns "
                       "to target_height")
    return plan


def _best(x: Floats, y: Floats, p: Floats, q: Floats) -> Floats:
    """The plan that keeps the order, ``(piles, places)``."""
    rows, columns = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    plan = np.zeros((x.size, y.size))
    left, wanted = p[rows].copy(), q[columns].copy()
    i = j = 0
    while i < x.size and j < y.size:
        moved = min(left[i], wanted[j])
        plan[rows[i], columns[j]] += moved
        left[i] -= moved
        wanted[j] -= moved
        if left[i] <= wanted[j]:
            i += 1
        else:
            j += 1
    return plan
