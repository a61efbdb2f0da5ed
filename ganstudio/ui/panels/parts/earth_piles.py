"""Piles and holes that the user puts where they like, and the plan that the user makes for them."""

from __future__ import annotations

import numpy as np

from ganstudio.core.earth_mover import Floats, Loads, best_plan, cost_of

SIDE = 10.0  # length of the line, and side of the square
MOST_LOADS = 9  # of one pile or hole
PILES, POINTS = 3, 6  # of an example: on the line, on the plane
STEP, FINE = 0.5, 0.1  # of an arrow key, and with Shift
FIRST = ((2.0, 4.0, 5.0), (3, 1, 2), (3.5, 7.0, 8.5), (2, 3, 1))  # piles and their loads, holes and their room


class Piles:
    """On the line piles of several loads; on the plane points of one load each."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self.places: list[Floats] = []  # of the piles (m, d), and of the holes (n, d)
        self.loads: list[Loads] = []  # (m,) and (n,)
        self.own: Loads = np.zeros((0, 0), dtype=np.int64)  # the user's plan, (m, n)
        self.selected = (-1, -1)  # 0: a pile, 1: a hole; and which
        self.example(0)

    def example(self, number: int) -> None:
        """Sets out an example: the same for the same number; 0 is the first one that is seen."""
        rng = np.random.default_rng(number)
        if self.dimensions == 2:
            centres = rng.uniform(2.5, 7.5, (2, 2))
            self.places = [np.clip(rng.normal(centre, 1.6, (POINTS, 2)), 0.5, 9.5).round(1) for centre in centres]
            self.loads = [np.ones(POINTS, dtype=np.int64) for _ in range(2)]
        elif number == 0:
            self.places = [np.array(FIRST[0])[:, None], np.array(FIRST[2])[:, None]]
            self.loads = [np.array(FIRST[1]), np.array(FIRST[3])]
        else:
            self.places = [(0.5 + 9 * rng.permutation(19)[:PILES, None] / 18).round(1) for _ in range(2)]
            self.loads = [1 + rng.multinomial(4, np.full(PILES, 1 / PILES)) for _ in range(2)]
        self.clear()
        self.selected = (-1, -1)

    @property
    def even(self) -> bool:
        """Whether there are as many loads as there is room for."""
        return bool(self.loads[0].sum() == self.loads[1].sum())

    @property
    def best(self) -> Loads | None:
        """The cheapest plan, ``(m, n)``; None if loads and room differ."""
        return best_plan(self.places[0], self.loads[0], self.places[1], self.loads[1]) if self.even else None

    @property
    def total(self) -> int:
        """Loads of all piles."""
        return int(self.loads[0].sum())

    @property
    def carried(self) -> int:
        """Loads that the user's plan carries."""
        return int(self.own.sum())

    def cost(self, plan: Loads) -> float:
        """Loads times distance of a plan."""
        return cost_of(plan, *self.places)

    def put(self, which: int, index: int, x: float, y: float) -> None:
        """Moves a pile or a hole, not beyond the ends; on the line ``y`` counts for nothing."""
        self.places[which][index] = np.clip([x, y][: self.dimensions], 0, SIDE)

    def add(self, which: int, index: int, loads: int) -> None:
        """More loads, or fewer; never less than one. What of the user's plan is then too much is taken back."""
        self.loads[which][index] = min(max(int(self.loads[which][index]) + loads, 1), MOST_LOADS)
        routes = self.own[index] if which == 0 else self.own[:, index]
        for at in range(len(routes)):
            routes[at] -= min(max(int(routes.sum() - self.loads[which][index]), 0), int(routes[at]))

    def carry(self, pile: int, hole: int) -> None:
        """Carries to a hole as many loads of a pile as are left and as it has room for."""
        left = self.loads[0][pile] - self.own[pile].sum()
        room = self.loads[1][hole] - self.own[:, hole].sum()
        self.own[pile, hole] += max(min(left, room), 0)

    def clear(self, which: int = -1, index: int = -1) -> None:
        """Takes back the user's plan, or what of it concerns a pile (0) or a hole (1)."""
        if which == 0:
            self.own[index] = 0
        elif which == 1:
            self.own[:, index] = 0
        else:
            self.own = np.zeros((len(self.loads[0]), len(self.loads[1])), dtype=np.int64)

    def clear_route(self, pile: int, hole: int) -> None:
        """Takes back what the user's plan carries from a pile to a hole."""
        self.own[pile, hole] = 0

    def select(self, step: int) -> None:
        """Chooses the next pile or hole (1) or the one before (-1), piles first, both from left to right as made."""
        everything = [(which, index) for which in (0, 1) for index in range(len(self.loads[which]))]
        at = everything.index(self.selected) if self.selected in everything else (-1 if step > 0 else 0)
        self.selected = everything[(at + step) % len(everything)]

    def move(self, right: float, up: float) -> None:
        """Moves what is chosen."""
        which, index = self.selected
        if which >= 0:
            x, y = (*self.places[which][index].tolist(), 0.0)[:2]
            self.put(which, index, round(x + right, 6), round(y + up, 6))
