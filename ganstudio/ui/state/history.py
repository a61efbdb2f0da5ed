"""Looking back: the run on screen as it was at a recorded moment, while it goes on or is paused."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.runs.history import Past
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.state.run_commands import RunCommands

REFRESH_MS = 1000  # how often the file is read for new moments
SCRUB_MS = 15  # between two moments while the user scrubs
NEAR = 0.006  # of the run's length: about as far as the mark of a pin reaches to its sides


class RunHistory(QObject):
    """The recorded moments of the run on screen, and which of them is shown."""

    changed = Signal()  # there are other moments or pins
    moved = Signal()  # another moment is shown, or the live one again

    def __init__(self, commands: RunCommands) -> None:
        super().__init__()
        self._commands = commands
        run = self._run = commands.run
        self._pasts: list[Past] = []  # the file that the run went on from, and its own
        self.moments: list[int] = []  # steps that were recorded, ascending
        self.at: int | None = None  # the step that is shown; None: the live one
        self.snapshot: Snapshot | None = None
        self._wanted: int | None = None
        self._refresh = QTimer(self, interval=REFRESH_MS)
        self._refresh.timeout.connect(self.refresh)
        self._scrub = QTimer(self, singleShot=True, interval=SCRUB_MS)
        self._scrub.timeout.connect(self._go)
        run.began.connect(self._begin)
        commands.session.engine_lost.connect(self._lose_engine)

    # What there is -------------------------------------------------------------------------------------------

    @property
    def recorded(self) -> bool:
        """Whether the run on screen has a file, or will have one with its first update."""
        return bool(self._pasts)

    @property
    def pins(self) -> list[int]:
        """Steps that were pinned, ascending."""
        return sorted({steps for past in self._pasts for steps in past.pins})

    @property
    def end(self) -> int:
        """How far the run on screen is."""
        progress, started = self._run.progress, self._run.started
        if progress is not None:
            return progress.position.steps
        return started.position.steps if started is not None else 0

    @property
    def left_at(self) -> int | None:
        """Where the run left another one."""
        started = self._run.started
        return started.position.steps if started is not None and self._run.file else None

    def _begin(self, started: Started) -> None:
        self._pasts = []
        if self._run.file:
            self._pasts.append(Past(Path(self._run.file), started.position.steps))
        if started.record:
            self._pasts.append(Past(Path(started.record)))
        self.moments = []
        was, self.at, self.snapshot, self._wanted = self.at, None, None, None
        self._scrub.stop()
        if self._pasts:
            self._refresh.start()
        else:
            self._refresh.stop()
        self.refresh()
        self.changed.emit()
        if was is not None:
            self.moved.emit()

    def _lose_engine(self, _: str) -> None:
        self.refresh()

    def close(self) -> None:
        """Reads the files no more."""
        self._refresh.stop()
        self._scrub.stop()

    def refresh(self) -> None:
        """Reads what the files hold by now."""
        news = False
        for past in self._pasts:
            try:
                news |= past.refresh()
            except BadInput:
                continue  # the file is made with the first update, or was deleted since: what is known stays
        if news:
            self.moments = sorted({steps for past in self._pasts for steps in past.moments})
            self.changed.emit()

    # Which moment is shown -----------------------------------------------------------------------------------

    def to(self, steps: int) -> None:
        """Shows the recorded moment at or before a step, or the pin whose mark is there.

        A step that was recorded is shown itself, even if a pin is near. If many calls come, the latest counts.
        """
        pinned = min(self.pins, key=lambda at: abs(at - steps), default=None)
        exact = steps in self.moments or steps <= min(self.moments, default=0)
        near = pinned is not None and not exact and abs(pinned - steps) <= NEAR * self.end
        self._ask(pinned if pinned is not None and near else steps)

    def _ask(self, steps: int) -> None:
        self._wanted = max(0, min(steps, self.end))
        if not self._scrub.isActive():
            self._go()
            self._scrub.start()

    def _go(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is None or wanted == self.at:
            return
        snapshot = self._seen(wanted)
        if snapshot is None or snapshot.position.steps == self.at:
            return
        self.at, self.snapshot = snapshot.position.steps, snapshot  # what is shown, not what was asked for
        self.moved.emit()
        self._scrub.start()

    def to_live(self) -> None:
        """Shows the live run again."""
        self._wanted = None
        self._scrub.stop()
        if self.at is not None:
            self.at = self.snapshot = None
            self.moved.emit()

    def by(self, moments: int) -> None:
        """Moves by that many recorded moments: forward, or back if negative."""
        known = self.moments
        if not known:
            return
        here = self.end + 1 if self.at is None else self.at
        if self._wanted is not None:
            here = self._wanted  # the key was pressed again before the last one was answered
        earlier = [steps for steps in known if steps < here]
        later = [steps for steps in known if steps > here]
        if moments < 0:
            self._ask(earlier[max(moments, -len(earlier))] if earlier else known[0])
        elif moments <= len(later):
            self._ask(later[moments - 1])
        else:
            self.to_live()

    def _seen(self, steps: int) -> Snapshot | None:
        """The picture of a moment: from the run's own file or, if that begins later, from the one before."""
        started = self._run.started
        own = [past for past in self._pasts if past.moments]
        if started is None or not own:
            return None
        past = next((past for past in reversed(own) if past.moments[0] <= steps), own[0])
        try:
            position, views = past.views(steps)
        except BadInput:
            return None
        return Snapshot(run=started.run, position=position, views=views, seconds=0.0)

    @property
    def numbers(self) -> MeasuredNow | None:
        """The generator's numbers at the moment that is shown."""
        if self.at is None:
            return self._run.last_measured
        found = [past.numbers(self.at) for past in self._pasts]
        measured = next((one for one in reversed(found) if one is not None), None)
        return None if measured is None else self._run.in_user_units(measured)

    # What the user does there ----------------------------------------------------------------------------------

    def go_on(self) -> None:
        """Branches off at the moment that is shown, or at the live one; the branch trains at once."""
        if self._run.source:
            self._commands.next_run.go_back(self.end if self.at is None else self.at, playing=True)

    def pin(self) -> None:
        """Keeps the live moment for good."""
        self._commands.pin()
