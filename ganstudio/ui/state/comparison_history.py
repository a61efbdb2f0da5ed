"""Looking back at all runs of a comparison: one step, and of each run what was recorded by then."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from ganstudio.ui.state.comparison import Comparison


class ComparisonHistory(QObject):
    """The recorded moments of all runs, and the step of which they are shown."""

    changed = Signal()  # there are other moments
    moved = Signal()  # another step is shown, or the live runs again

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self._members = comparison.members
        self.at: int | None = None  # the step that is shown; None: the live runs
        self.moments: list[int] = []  # steps at which any run was recorded, ascending
        self._soon = QTimer(self, singleShot=True, interval=0)  # the runs answer one after the other
        self._soon.timeout.connect(self.moved)
        for member in self._members:
            member.history.changed.connect(self._gather)
            member.history.moved.connect(self._follow)

    def _gather(self) -> None:
        self.moments = sorted({steps for member in self._members for steps in member.history.moments})
        self.changed.emit()

    @property
    def end(self) -> int:
        """How far the run is that is furthest."""
        return max((member.history.end for member in self._members), default=0)

    def to(self, steps: int) -> None:
        """Shows each run as it was recorded at or before a step; one that ended earlier, as it was then."""
        if not self.moments:
            return
        self.at = max(0, min(steps, self.end))
        for member in self._members:
            if member.history.moments:
                member.history.to(self.at)
        self._soon.start()

    def by(self, moments: int) -> None:
        """Moves by that many recorded moments: forward, or back if negative; after the last one comes live."""
        here = self.end + 1 if self.at is None else self.at
        earlier = [steps for steps in self.moments if steps < here]
        later = [steps for steps in self.moments if steps > here]
        if moments < 0 and earlier:
            self.to(earlier[max(moments, -len(earlier))])
        elif 0 < moments <= len(later):
            self.to(later[moments - 1])
        elif moments > 0:
            self.to_live()

    def to_live(self) -> None:
        """Shows the live runs again."""
        self.at = None
        for member in self._members:
            member.history.to_live()
        self._soon.start()

    def _follow(self) -> None:
        if self.at is not None and all(member.history.at is None for member in self._members):
            self.at = None  # all began again
        self._soon.start()
