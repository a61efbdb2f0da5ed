"""Earth mover: piles of earth, holes, and the cheapest way to carry one into the other."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton

from ganstudio.core.earth_mover import best_plan, cost_of
from ganstudio.core.protocol.messages import Snapshot, Started
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.earth_mover_text import HELP, MATRIX, chosen_text, hand_words, run_words
from ganstudio.ui.panels.parts.earth_piles import FINE, SIDE, STEP, Piles
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.earth_board import EarthBoard
from ganstudio.ui.widgets.earth_drawing import Earth
from ganstudio.ui.widgets.earth_matrix import EarthMatrix
from ganstudio.ui.widgets.two_views import TwoViews
from ganstudio.views.few_points import FewPoints

SOURCES = (("line", "piles on a line"), ("plane", "points on the plane"), ("run", "this run"))
UP = {"left": (-1, 0), "right": (1, 0), "up": (0, 1), "down": (0, -1)}


class EarthMoverPanel(Panel):
    """The user's own piles, which need no run, or some of the run's points; plans are exact."""

    name = "earth-mover"
    title = "Earth mover"
    kinds = ("line", "plane")
    help = "Piles of earth and holes to be dragged, with the cheapest plan between them; or some points of the run."
    reading = ("Each line carries earth from a pile to a hole, the thicker the more. The cost is the mass times the "
               "distance, and the cheapest plan costs W1.")
    healthy = "With points of the run, the lines become short as the generated points come near the real ones."
    sick = "Long lines that do not get shorter: part of the data gets no generated points, or they lie far from it."
    papers = "Villani 2009, Optimal Transport; Arjovsky et al. 2017, arXiv:1701.07875"
    place = {"line": Place("upper", order=4), "plane": Place("upper", column=1, order=3)}
    views = ("few-points",)
    interactive = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._source = QComboBox()
        for key, text in SOURCES:
            self._source.addItem(text, key)
        self._source.setObjectName("earth-mover.source")
        self._source.setAccessibleName("What is carried")
        self._source.setToolTip("Piles that you put yourself, or 40 points of the run")
        self._best = QCheckBox("best plan")
        self._best.setChecked(True)
        self._best.setObjectName("earth-mover.best")
        self._best.setAccessibleName("Show the best plan")
        self._best.setToolTip("Show or hide the cheapest plan, and what it costs")
        self._carry = QPushButton("Carry by hand")
        self._carry.setCheckable(True)
        self._carry.setObjectName("earth-mover.carry")
        self._carry.setAccessibleName("Carry by hand")
        self._carry.setToolTip("Make a plan of your own: drag from a pile to a hole. The best plan is hidden "
                               "meanwhile.")
        self._clear = QPushButton("Clear plan")
        self._clear.setObjectName("earth-mover.clear")
        self._clear.setAccessibleName("Clear your plan")
        self._clear.setToolTip("Takes back your own plan")
        self._other = QPushButton("Another example")
        self._other.setObjectName("earth-mover.other")
        self._other.setAccessibleName("Another example")
        self._other.setToolTip("Sets out other piles and holes")
        self._as_matrix = QCheckBox("matrix")
        self._as_matrix.setShortcut("Alt+K")
        self._as_matrix.setObjectName("earth-mover.matrix")
        self._as_matrix.setAccessibleName("Show plans as a matrix")
        self._as_matrix.setToolTip("Show or hide plans as a matrix, beside the lines if there is room: a row for each "
                                   "pile, a column for each hole (Alt+K)")
        for tool in (self._source, self._best, self._as_matrix, self._carry, self._clear, self._other):
            self._tools.addWidget(tool)
        self._board = EarthBoard()
        self._board.setObjectName("earth-mover.board")
        self._board.setAccessibleName("Piles and holes")
        self._matrix = EarthMatrix()
        self._matrix.setObjectName("earth-mover.plan")
        self._matrix.setAccessibleName("Plan as a matrix")
        self._views = TwoViews(self._board, self._matrix)
        self.set_body(self._views)
        self._piles = {"line": Piles(1), "plane": Piles(2)}
        self._examples = {"line": 0, "plane": 0}
        self._from = -1  # the pile that is carried from by keys; -1: none
        self._points: FewPoints | None = None
        self._source.currentIndexChanged.connect(self._changed_source)
        self._best.toggled.connect(self._show)
        self._carry.toggled.connect(self._change_carrying)
        self._clear.clicked.connect(self._clear_plan)
        self._other.clicked.connect(self._next_example)
        self._board.dragged.connect(self._dragged)
        self._board.chosen.connect(self._choose)
        self._board.carried.connect(self._carry_to)
        self._board.keyed.connect(self._keyed)
        self._as_matrix.toggled.connect(self._views.show_second)
        self._matrix.carried.connect(self._carry_to)
        self._matrix.cleared.connect(self._clear_route)
        for view in (self._board, self._matrix):
            view.pointed.connect(self._point_at)
        self._changed_source()

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._board.apply_theme(theme)
        self._matrix.apply_theme(theme)

    def begin(self, started: Started) -> None:
        self._points = None
        self._show()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("few-points")
        if isinstance(view, FewPoints):
            self._points = view
            if self._key == "run":
                self._show()

    # What is seen --------------------------------------------------------------------------------------------

    @property
    def _key(self) -> str:
        return str(self._source.currentData())

    def _changed_source(self, _: int = 0) -> None:
        by_hand = self._key != "run"
        for tool in (self._carry, self._clear, self._other):
            tool.setVisible(by_hand)
        self._board.editable = by_hand
        self._carry.setChecked(False)
        self._show()

    def _show(self, _: object = None) -> None:
        """Draws what is chosen, and says what it costs."""
        if self._key == "run":
            self._show_run()
        else:
            self._show_piles(self._piles[self._key])

    def _show_earth(self, earth: Earth | None) -> None:
        self._board.show_earth(earth)
        self._matrix.show_earth(earth)
        self._matrix.setToolTip(MATRIX["carry" if self._carry.isChecked() else "see"])

    def _show_piles(self, piles: Piles) -> None:
        carrying = self._carry.isChecked()
        shown = piles.best if self._best.isChecked() else None
        (sources, targets), (supply, demand) = piles.places, piles.loads
        self._show_earth(Earth(
            sources.copy(), supply.copy(), targets.copy(), demand.copy(), low=0.0, high=SIDE, plan=shown,
            own=piles.own.copy() if piles.carried else None, selected=piles.selected))
        self._clear.setEnabled(piles.carried > 0)
        self._board.setToolTip(HELP["carry" if carrying else self._key])
        self._board.setAccessibleDescription(chosen_text(piles) or HELP[self._key])
        self.set_headline(hand_words(piles, best_shown=self._best.isChecked(), carrying=carrying))

    def _show_run(self) -> None:
        self._board.setToolTip(HELP["run"])
        self._board.setAccessibleDescription(HELP["run"])
        view, started = self._points, self.run.started
        if view is None or started is None:
            self._show_earth(None)
            self.set_headline("Waiting for the first points of a run…")
            return
        fake, real = view.fake.doubles(), view.real.doubles()
        if fake.shape[1] == 1:  # in the matrix the cheapest plan is then the diagonal
            fake, real = np.sort(fake, axis=0), np.sort(real, axis=0)
        if not (np.isfinite(fake).all() and np.isfinite(real).all()):
            self._show_earth(None)
            self.set_headline("Some points are not finite numbers: the run has diverged.")
            return
        ones = [np.ones(len(points), dtype=np.int64) for points in (fake, real)]
        plan = best_plan(fake, ones[0], real, ones[1])
        low, high = min(started.low, float(real.min())), max(started.high, float(real.max()))
        reach = high - low  # generated points are in the picture up to as far again
        self._show_earth(Earth(
            fake, ones[0], real, ones[1], low=min(low, max(float(fake.min()), low - reach)),
            high=max(high, min(float(fake.max()), high + reach)), plan=plan if self._best.isChecked() else None,
            units=self.run.units))
        cost = self.run.units.length(cost_of(plan, fake, real) / len(fake))
        self.set_headline(run_words(len(fake), cost, on_line=fake.shape[1] == 1))

    # What the user does --------------------------------------------------------------------------------------

    def _change_carrying(self, on: bool) -> None:
        self._board.carrying = self._matrix.carrying = on
        self._from = -1
        if on:
            self._best.setChecked(False)
        self._show()

    def _clear_plan(self) -> None:
        self._piles[self._key].clear()
        self._show()

    def _next_example(self) -> None:
        self._examples[self._key] += 1
        self._piles[self._key].example(self._examples[self._key])
        self._show()

    def _dragged(self, which: int, index: int, x: float, y: float) -> None:
        self._piles[self._key].put(which, index, x, y)
        self._show()

    def _choose(self, which: int, index: int) -> None:
        self._piles[self._key].selected = which, index
        self._show()

    def _carry_to(self, pile: int, hole: int) -> None:
        self._piles[self._key].carry(pile, hole)
        self._show()

    def _clear_route(self, pile: int, hole: int) -> None:
        if self._key != "run":
            self._piles[self._key].clear_route(pile, hole)
            self._show()

    def _point_at(self, pile: int, hole: int) -> None:
        """Marks the same in both views. Without the matrix what it would say is beside the pointer."""
        self._board.highlight((pile, hole))
        self._matrix.highlight((pile, hole))
        if not self._as_matrix.isChecked():
            self.show_hover_value(self._matrix.text_of((pile, hole)))

    def _keyed(self, word: str, fine: bool) -> None:
        piles = self._piles[self._key]
        which, index = piles.selected
        if word in ("next", "before"):
            piles.select(1 if word == "next" else -1)
        elif which < 0:
            return
        elif word in UP:
            right, up = UP[word]
            if up and piles.dimensions == 1:
                piles.add(which, index, up)
            else:
                piles.move(right * (FINE if fine else STEP), up * (FINE if fine else STEP))
        elif word == "clear":
            piles.clear(which, index)
        elif which == 0:
            self._from = index
        elif self._from >= 0:
            piles.carry(self._from, index)
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_board"):
            self._board.update()
