"""Asks the engine for pictures: the next one is computed while the last one is painted.

One request is outstanding at a time, and none while a picture waits to be painted: a slow window makes no queue. A
minimised window asks for nothing, and the engine computes nothing.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QObject, Qt, QTimer, SignalInstance

from ganstudio.core.protocol.asks import Ask
from ganstudio.core.protocol.messages import Snapshot
from ganstudio.core.protocol.views import Picture, Sketch, Walk
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.state.run_commands import RunCommands

INTERVAL_S = 1 / 35  # a higher rate cannot be seen, and slows the training
IMAGES_S = 1 / 12  # images change little between two steps, and painting takes a core from the training
CELLS = 36  # along a side of the landscape, which is drawn smoothly: 40 cost a fifth more and showed no more
CURVES_S = 0.08  # curves grow by less than a pixel between two pictures, and drawing them costs as much as the rest
PATIENCE_MS = 400  # a panel that is covered by another window is never painted: ask again after this time


@runtime_checkable
class Asks(Protocol):
    """A panel in which the user can change what it asks for, also while the run is paused."""

    asks: SignalInstance  # it wants something else than it asked for last


@runtime_checkable
class Walks(Protocol):
    """A panel that asks for a way through the latent space."""

    def walk(self) -> Walk | None:
        """The way, with the places on it whose images are wanted now."""
        ...


@runtime_checkable
class Sketches(Protocol):
    """A panel that asks for the picture of a sketch."""

    def sketch(self) -> Sketch | None:
        """What the user has drawn; None: nothing yet."""
        ...


@runtime_checkable
class ShowsPicture(Protocol):
    """A panel that asks for the translation of a picture of the user's."""

    def picture(self) -> Picture | None:
        """The picture; None: none was chosen."""
        ...


@runtime_checkable
class AsksOfView(Protocol):
    """A panel whose view follows the user's hand."""

    def ask(self) -> Ask | None:
        """What it asks for now; None: what the view shows by itself."""
        ...


class SnapshotScheduler(QObject):
    """Keeps one request outstanding for the visible panels."""

    def __init__(
        self, commands: RunCommands, panels: Sequence[Panel], seen: Callable[[], bool], history: RunHistory
    ) -> None:
        """Starts asking.

        Args:
            commands: Of the run on screen.
            panels: All panels; the visible ones are asked what they need.
            seen: Whether the window can be seen at all.
            history: While a moment that has passed is shown, the live one is not asked for.
        """
        super().__init__()
        self._history = history
        self._commands = commands
        run = self._run = commands.run
        self._panels = panels
        # Asking a protocol takes a millisecond for all panels: they are asked once.
        self._walkers = [panel for panel in panels if isinstance(panel, Walks)]
        self._sketchers = [panel for panel in panels if isinstance(panel, Sketches)]
        self._picturers = [panel for panel in panels if isinstance(panel, ShowsPicture)]
        self._askers = [panel for panel in panels if isinstance(panel, AsksOfView)]
        self._seen = seen
        self._waiting: set[Panel] = set()
        self._ahead: deque[Snapshot] = deque()  # the picture that came while the one before was painted
        self._asked_at = 0.0
        self._hurried = False  # the user moved something, and the answer to that request is on its way
        self._paused = False
        self.pictures = 0
        self.shown_steps = -1
        self._next = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._next.timeout.connect(self.ask)
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._go_on)
        self._drawn_at: dict[Panel, float] = {}  # when panels of curves were drawn last
        self._behind: set[Panel] = set()  # panels of curves that the last picture left out
        self._last: Snapshot | None = None
        self._curves = QTimer(panels[0], singleShot=True, interval=round(2000 * CURVES_S))  # it ends with the panels
        self._curves.timeout.connect(self._catch_up)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._give_up)
        for panel in panels:
            panel.painted.connect(lambda panel=panel: self._painted(panel))
            if isinstance(panel, Asks):
                panel.asks.connect(self._hurry)
        run.snapshot_came.connect(self._show)
        run.began.connect(self._begin)
        run.control_applied.connect(lambda _: self._drawn_at.clear())  # what the user changed shows everywhere at once
        history.moved.connect(self._look_back)

    def visible(self) -> list[Panel]:
        """The panels that can be seen."""
        if not self._seen():
            return []
        return [panel for panel in self._panels if panel.isVisible() and not panel.visibleRegion().isEmpty()]

    def refresh(self) -> None:
        """Asks for a picture: the set of visible panels has changed."""
        self._next.start(0)

    def pause(self) -> None:
        """Asks for nothing until ``resume``: what was asked for is withdrawn."""
        self._paused = True
        if self._run.started is not None:
            self._commands.look([], CELLS, False, None)

    def resume(self) -> None:
        """Asks again, now."""
        self._paused = False
        self.refresh()

    def ask(self) -> None:
        """Sends the next request, if any panel can be seen."""
        panels = self.visible()
        if self._paused or not panels or self._run.started is None or self._ahead:
            return
        if self._history.snapshot is not None:
            self._show_past(self._history.snapshot)
            return
        views = sorted({view for panel in panels for view in panel.views})
        walk = next((walk for panel in self._walkers if panel in panels and (walk := panel.walk()) is not None), None)
        sketch = next((panel.sketch() for panel in self._sketchers if panel in panels), None)
        picture = next((panel.picture() for panel in self._picturers if panel in panels), None)
        of_views = {type(ask): ask for panel in self._askers if panel in panels and (ask := panel.ask()) is not None}
        self._asked_at = time.perf_counter()
        self._commands.look(views, CELLS, any(panel.measures for panel in panels), walk, sketch, picture,
                            list(of_views.values()))

    def _hurry(self) -> None:
        """Asks again soon: the user moved what a panel asks for, and a run that is paused sends no picture by itself.

        While such a request is being answered the next one waits for it, so that a drag cannot flood the engine.
        """
        since = time.perf_counter() - self._asked_at
        if self._hurried and since < PATIENCE_MS / 1000:
            return
        self._hurried = True
        self._next.start(max(0, round((INTERVAL_S - since) * 1000)))

    def _begin(self, _: object) -> None:
        self._hurried = False
        self._ahead.clear()
        self._waiting.clear()
        self._patience.stop()
        self._drawn_at.clear()
        self._forget_last()
        self.shown_steps = -1
        self.refresh()

    def _look_back(self) -> None:
        """Follows the history: another moment is shown, or the live one again."""
        self._forget_last()
        for panel in self._panels:
            panel.show_past(self._history.at, self._history.numbers)
        if self._history.snapshot is not None:
            self._show_past(self._history.snapshot)
        else:
            self.refresh()

    def _show_past(self, snapshot: Snapshot) -> None:
        for panel in self.visible():
            if panel.pictures:
                panel.show_snapshot(snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        if self._history.at is not None:
            self._pace()  # an answer to an earlier request
        elif self._waiting:
            self._ahead.append(snapshot)
        else:
            self._paint(snapshot)

    def _paint(self, snapshot: Snapshot) -> None:
        # An expensive view that was computed a moment ago is left out: its panel keeps the picture that it has.
        visible = [panel for panel in self.visible() if panel.pictures
                   and (not panel.views or not snapshot.views.keys().isdisjoint(panel.views))]
        now = time.perf_counter()
        self._behind = {panel for panel in visible
                        if not panel.views and now - self._drawn_at.get(panel, 0.0) < CURVES_S}
        visible = [panel for panel in visible if panel not in self._behind]
        self._drawn_at.update((panel, now) for panel in visible if not panel.views)
        self._last = snapshot
        self._curves.stop()
        if self._behind:
            self._curves.start()  # if no other picture comes
        self._waiting = set(visible)
        self._hurried = False
        self.shown_steps = snapshot.position.steps
        for panel in visible:
            panel.show_snapshot(snapshot)
        self._patience.start()
        self._pace()
        if not visible:
            self._finished()

    def _catch_up(self) -> None:
        """Draws the panels of curves that the last picture left out, if no other came: the run may be paused."""
        if self._last is None:
            return
        for panel in [panel for panel in self.visible() if panel in self._behind]:
            self._behind.discard(panel)
            self._drawn_at[panel] = time.perf_counter()
            panel.show_snapshot(self._last)

    def _forget_last(self) -> None:
        self._curves.stop()
        self._behind.clear()
        self._last = None

    def _painted(self, panel: Panel) -> None:
        if panel in self._waiting:
            self._waiting.discard(panel)
            if not self._waiting:
                self.pictures += 1
                self._finished()

    def _give_up(self) -> None:
        self._waiting.clear()
        self._finished()

    def _finished(self) -> None:
        self._patience.stop()
        if self._ahead:
            self._turn.start()  # not from within the painting of a panel

    def _go_on(self) -> None:
        if self._ahead and not self._waiting:
            self._show(self._ahead.popleft())

    def _pace(self) -> None:
        """Asks for the next picture when its time has come."""
        interval = IMAGES_S if self._run.kind == "image" else INTERVAL_S
        left = interval - (time.perf_counter() - self._asked_at)
        self._next.start(max(0, round(left * 1000)))
